# SPDX-FileCopyrightText: gbz.zorgid contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""The limit of what is sent in a day, judged in the transaction of a claim: several runs at once never exceed it.

A run also judges it when it decides, but then it cannot know what other runs claim at the same moment.
"""

from __future__ import annotations

import datetime
from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass

from .._common.errors import ZorgidError
from .._common.libraries import needs
from .._common.moments import iso, parse
from . import schema
from .soundness import loaded_json
from .submissions import held_elsewhere

with needs("SQLAlchemy>=2.0.36"):
    import sqlalchemy as sa

DAY = datetime.timedelta(days=1)


@dataclass(frozen=True)
class DayLimit:
    """``kinds``: how the kinds of submission begin that count together: each organisation counts with the kind of which
    it has most, because an application and the document that it announces are one. ``most``: how many may be sent in 24
    hours, by the number of organisations in the dossier. ``refused``: makes the error from that number and the number
    with this submission."""

    kinds: tuple[str, ...]
    most: Callable[[int], int]
    refused: Callable[[int, int], ZorgidError]


def demand(connection: sa.Connection, at: str, claimed: int, limit: DayLimit) -> None:
    """``claimed``: the row that was claimed in this transaction. Claims of runs that may still send count as sent.
    Error: that of ``limit``; the caller's transaction then ends without the claim."""
    organisations = sa.select(sa.func.count()).select_from(schema.organisation)
    most = limit.most(int(connection.execute(organisations).scalar_one()))
    before, after = _counted(connection, at, claimed, limit.kinds)
    if after > max(most, before):
        raise limit.refused(most, after)


def _counted(connection: sa.Connection, at: str, claimed: int, kinds: tuple[str, ...]) -> tuple[int, int]:
    """The number without the claimed row, and with it."""
    table = schema.submission
    since = datetime.datetime.fromisoformat(at) - DAY
    begins = sa.or_(*(table.c.kind.startswith(kind, autoescape=True) for kind in kinds))
    # A row changes after its mail was sent, so no mail of the last day has an older one.
    recent = sa.select(table).where(begins, table.c.since > iso(since))
    others: Counter[tuple[str, str]] = Counter()
    mine = None
    for row in connection.execute(recent):
        key = row.ura, next(kind for kind in kinds if row.kind.startswith(kind))
        if row.id == claimed:
            mine = key
        elif row.state in ("sending", "done"):
            sent = parse(str(loaded_json(row.evidence).get("sent_at") or row.since))
            others[key] += sent is not None and sent > since
        elif held_elsewhere(row, at):
            others[key] += 1
    return _sum(others), _sum(others + Counter([mine] if mine else []))


def _sum(counted: Counter[tuple[str, str]]) -> int:
    most: dict[str, int] = {}
    for (ura, _kind), count in counted.items():
        most[ura] = max(most.get(ura, 0), count)
    return sum(most.values())
