# SPDX-FileCopyrightText: gbz.zorgid contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""Recording the state of a step, by a run or with a person's word, within the caller's transaction."""

from __future__ import annotations

import dataclasses
from typing import Any

from .._common.libraries import needs
from . import records, said, schema
from .journal import append
from .model import Change, Milestone, doubt, settle, shown
from .said import Word
from .soundness import sound
from .transactions import Transactions

with needs("SQLAlchemy>=2.0.36"):
    import sqlalchemy as sa


def current(connection: sa.Connection, ura: str, step: str) -> Milestone | None:
    table = schema.milestone
    row = connection.execute(sa.select(table).where(table.c.ura == ura, table.c.step == step)).first()
    return records.as_milestone(sound("milestone", row)) if row else None


def record(
    transactions: Transactions,
    connection: sa.Connection,
    at: str,
    ura: str,
    wanted: Milestone,
    words: list[Word],
    *,
    undo: Word | None = None,
) -> Change:
    """``words``: what people said of this organisation. ``undo``: the word that takes the step back just now."""
    table = schema.milestone
    transactions.demand(connection, ura)
    row = current(connection, ura, wanted.step)
    before = row or Milestone(wanted.step)
    # A run that opens a step says nothing of what a person said before.
    undone = undo if wanted.state == "open" else said.undone(words, wanted.step)
    undone_at = undone.at if undone else None
    after = settle(before, dataclasses.replace(wanted, since=at), undone_at=undone_at)
    why = doubt(before, wanted, undone_at=undone_at)
    change = Change(after != before, shown(before), shown(after), (why,) if why else ())
    if change.changed and not transactions.read_only:
        transactions.ensure(connection, ura)
        values: dict[str, Any] = records.as_row(after)
        if row is None:
            connection.execute(sa.insert(table), {"ura": ura, "step": wanted.step, **values})
        else:
            same = (table.c.ura == ura, table.c.step == wanted.step)
            connection.execute(sa.update(table).where(*same).values(**values))
        event = "milestone_attested" if wanted.attested else "milestone_changed"
        append(connection, at, ura, event, dataclasses.asdict(after))
    return change
