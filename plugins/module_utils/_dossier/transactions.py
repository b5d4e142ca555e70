# SPDX-FileCopyrightText: gbz.zorgid contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""The transactions of one dossier: database, keys, and the checks at the start of every change."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from .._common.libraries import needs
from . import head, journal_verification, records, schema, whose
from .database import Database
from .keys import Keys
from .rows import fetched

with needs("SQLAlchemy>=2.0.36"):
    import sqlalchemy as sa

    _THERE = sa.select(schema.organisation.c.ura).where(schema.organisation.c.ura == sa.bindparam("of"))


class Transactions:
    """``keys`` is None if no key was given; ``whose``: environment, customer and keys at the moment of opening."""

    def __init__(
        self, database: Database, opener: whose.Opener, *, read_only: bool, head_path: Path | None = None
    ) -> None:
        self.database = database
        self.read_only = read_only
        self.opener = opener
        self._head_path = head_path
        self.whose, self.keys = whose.admit(database, opener, head_path, read_only=read_only)
        database.keys = self.keys
        self._demanded: set[str] = set()

    def use(self, keys: Keys) -> None:
        """Use these new keys from now on."""
        self.keys = self.database.keys = keys

    def close(self) -> None:
        """Write the journal's last row to the file of the head."""
        if self._head_path is not None and not self.read_only:
            with self.database.reading() as connection:
                head.note(connection, self._head_path)

    @contextmanager
    def changing(self) -> Iterator[tuple[sa.Connection, str]]:
        """For calls that return a Change: if read-only, the same code runs and stops before it writes."""
        if self.read_only:
            with self.database.reading() as connection:
                yield connection, self.database.moment(connection)
        else:
            with self.database.writing() as writer:
                yield writer

    def demand(self, connection: sa.Connection, ura: str) -> None:
        """Check once per opening that the rows of ``ura`` (as the dossier writes it) are unchanged.

        Errors: ``dossier_changed``, ``dossier_journal_broken``.
        """
        if ura not in self._demanded:
            journal_verification.demand(connection, ura, self.keys)
            self._demanded.add(ura)

    def ensure(self, connection: sa.Connection, ura: str) -> str:
        """``ura`` as the dossier writes it; a new organisation is added with the given spelling."""
        table, ura = schema.organisation, records.spelling(connection, ura)
        if not fetched(connection, _THERE, of=ura):
            connection.execute(sa.insert(table), {"ura": ura, "digits": ura.zfill(8), "name": ""})
        return ura
