# SPDX-FileCopyrightText: gbz.zorgid contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""What is recorded about runs themselves: begin, end, and how many organisations failed with each code.

For telemetry only. The rows contain nothing about a single organisation, so they are not in the journal and prove
nothing. A run records itself at its end: an interrupted run has no row.
"""

from __future__ import annotations

import datetime
import json
from collections.abc import Mapping
from dataclasses import dataclass

from .._common import moments
from .._common.libraries import needs
from . import schema
from .rows import named
from .soundness import loaded_json, sound
from .transactions import Transactions

with needs("SQLAlchemy>=2.0.36"):
    import sqlalchemy as sa

    _COLUMNS = tuple(column.name for column in schema.run.columns)
    _ALL = sa.select(schema.run).order_by(schema.run.c.ended_at, schema.run.c.id)

#: Rows of earlier runs are removed by the first run that ends later than this; the newest row stays.
KEPT = datetime.timedelta(days=1)


@dataclass(frozen=True)
class Ran:
    """One run that reached its end. ``id``: random, the same in each dossier of the run. ``failures``: error code ->
    number of organisations of this dossier."""

    id: str
    began_at: str
    ended_at: str
    failures: Mapping[str, int]


class Runs:
    def __init__(self, transactions: Transactions) -> None:
        self._transactions = transactions

    def record(self, run: str, *, seconds: int, failures: Mapping[str, int]) -> None:
        """The run ends now and took ``seconds``. On PostgreSQL by the server's clock, because slices of one job may
        run on controllers with different clocks."""
        table = schema.run
        with self._transactions.database.writing() as (connection, at):
            ended = moments.stored(at)
            gone = sa.or_(table.c.ended_at < moments.iso(ended - KEPT), table.c.id == run)
            connection.execute(sa.delete(table).where(gone))
            row = {
                "id": run,
                "began_at": moments.iso(ended - datetime.timedelta(seconds=seconds)),
                "ended_at": moments.iso(ended),
                "failures": json.dumps(dict(failures), sort_keys=True),
            }
            connection.execute(sa.insert(table), row)

    def recorded(self) -> list[Ran]:
        """The runs of the last day, or the last one, oldest first. Error: ``dossier_damaged``."""
        with self._transactions.database.reading() as connection:
            rows = [sound("run", row) for row in named(connection, "run", _COLUMNS, _ALL)]
        return [Ran(row.id, row.began_at, row.ended_at, loaded_json(row.failures)) for row in rows]
