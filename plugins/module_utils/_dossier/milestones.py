# SPDX-FileCopyrightText: gbz.zorgid contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""Records the state of a step, by a run or by a person's statement, in the caller's transaction."""

from __future__ import annotations

import dataclasses
from typing import Any

from .._common.libraries import needs
from . import records, said, schema
from .journal import append
from .model import DossierChange, Milestone, Statement, shown_milestone
from .progress import doubt, settle
from .rows import named
from .soundness import sound
from .transactions import Transactions

with needs("SQLAlchemy>=2.0.36"):
    import sqlalchemy as sa

    # Built once: to build them takes as long as to run them.
    _TABLE = schema.milestone
    _COLUMNS = tuple(_TABLE.c.keys())
    _ONE = sa.select(_TABLE).where(_TABLE.c.ura == sa.bindparam("of"), _TABLE.c.step == sa.bindparam("step"))
    _UPDATE = sa.update(_TABLE).where(_TABLE.c.ura == sa.bindparam("of"), _TABLE.c.step == sa.bindparam("known"))


def current(connection: sa.Connection, ura: str, step: str) -> Milestone | None:
    rows = list(named(connection, "milestone", _COLUMNS, _ONE, of=ura, step=step))
    return records.as_milestone(sound("milestone", rows[0])) if rows else None


def proven(known: Milestone | None, wanted: Milestone) -> bool:
    """Whether the dossier already has this step as done: by a person's statement, or with all evidence of
    ``wanted``."""
    if known is None or known.state != "done":
        return False
    evidence = {name: value for name, value in wanted.evidence.items() if value is not None}
    return known.attested is not None or evidence.items() <= known.evidence.items()


def prove(transactions: Transactions, connection: sa.Connection, at: str, ura: str, wanted: Milestone) -> DossierChange:
    """Record the step that an effect proves; nothing if the dossier already has it."""
    known = current(connection, ura, wanted.step)
    if known and proven(known, wanted):
        return DossierChange(False, shown_milestone(known), shown_milestone(known))
    return record(transactions, connection, at, ura, wanted, records.words(connection, ura))


def record(
    transactions: Transactions,
    connection: sa.Connection,
    at: str,
    ura: str,
    wanted: Milestone,
    words: list[Statement],
    *,
    undo: Statement | None = None,
) -> DossierChange:
    """``words``: the statements about this organisation. ``undo``: the statement that undoes the step in this call."""
    transactions.demand(connection, ura)
    row = current(connection, ura, wanted.step)
    before = row or Milestone(wanted.step)
    # If a run opens a step, earlier statements play no part.
    undone = undo if wanted.state == "open" else said.undone(words, wanted.step)
    undone_at = undone.at if undone else None
    after = settle(before, dataclasses.replace(wanted, since=at), undone_at=undone_at)
    why = doubt(before, wanted, undone_at=undone_at)
    change = DossierChange(after != before, shown_milestone(before), shown_milestone(after), (why,) if why else ())
    if change.changed and not transactions.read_only:
        transactions.ensure(connection, ura)
        values: dict[str, Any] = records.as_row(after)
        if row is None:
            connection.execute(sa.insert(_TABLE), {"ura": ura, "step": wanted.step, **values})
        else:
            connection.execute(_UPDATE, {"of": ura, "known": wanted.step, **values})
        event = "milestone_attested" if wanted.attested else "milestone_changed"
        append(connection, at, ura, event, dataclasses.asdict(after))
    return change
