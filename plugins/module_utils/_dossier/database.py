# SPDX-FileCopyrightText: gbz.zorgid contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""The database behind a dossier: its URL, its schema, its transactions, its errors.

There is one writer at a time, on SQLite (BEGIN IMMEDIATE) and on PostgreSQL (the journal's head row is locked first):
the journal is one chain, and two writers must not start from the same state. Every transaction has its own connection,
so that no connection is shared over a fork; only a process that does not fork may keep the opening's for its reads.
"""

from __future__ import annotations

import datetime
import sqlite3
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING
from urllib.parse import quote

from .._common import moments
from .._common.errors import ZorgidError
from .._common.libraries import needs
from . import location, migration, schema, writable
from .rows import fetched
from .sentences import forbidden, sentence

with needs("SQLAlchemy>=2.0.36"):
    import sqlalchemy as sa
    from sqlalchemy.exc import DBAPIError
    from sqlalchemy.pool import NullPool

    _NEWEST = sa.select(schema.journal.c.at).order_by(schema.journal.c.seq.desc()).limit(1)

if TYPE_CHECKING:
    from .keys import Keys

_PATIENCE = 60  # seconds to wait for other writers
_MIGRATION_LOCK = 0x5A4F5247  # "ZORG": number of PostgreSQL's advisory lock for migrations
_SLACK = datetime.timedelta(minutes=5)  # by how much clocks may differ


def stored_now() -> str:
    """The present moment, as the dossier stores it."""
    return moments.iso(moments.now())


class Database:
    """A database for reading: missing tables are read as empty, and an older schema as a migrated copy in memory.

    Call ``prepare`` before writing; without it, nothing is created or changed.
    """

    def __init__(self, url: str) -> None:
        parsed = location.parse(url)
        self._secret = parsed.password or ""
        #: The keys that prove journal rows; set if the dossier is opened with a key.
        self.keys: Keys | None = None
        self.sqlite = parsed.get_backend_name() == "sqlite"
        self._path = location.file_of(parsed) if self.sqlite else None
        self._copy: sa.Engine | None = None
        self._held: sa.Connection | None = None
        self._seen: sa.Connection | None = None
        #: The revision of the schema in the database; None if there is none.
        self.found: str | None = None
        if self._path is not None:
            self.shown = str(self._path)
            self._engine = _sqlite(self._path, read_only=True)
            if not location.there(self._path):
                return
        else:
            self.shown = f"{parsed.database or ''} on {parsed.host or 'the local server'}"
            # Readers get a snapshot. Writers wait for each other and then see what the previous one wrote.
            # hstore: SQLAlchemy would ask for it in each new process, and no column has that type.
            self._engine = sa.create_engine(
                parsed, poolclass=NullPool, isolation_level="READ COMMITTED", use_native_hstore=False
            )
        with self.translated():
            # Kept until ``let_go``: to connect takes longer than to read.
            self._held = self._engine.connect()
            try:
                with self._held.begin():
                    self.found = migration.version(self._held, self.shown)
            except BaseException:
                self.let_go()
                raise
        if self.found != schema.REVISIONS[-1]:
            self.let_go()  # readers use a copy

    def let_go(self) -> None:
        """From now on every transaction has its own connection. Until then, reads share the one of the opening; each
        still sees its own moment."""
        if self._held is not None:
            self._held.close()
            self._held = None

    def close(self) -> None:
        self.let_go()
        self._engine.dispose()
        if self._copy is not None:
            self._copy.dispose()

    def prepare(self) -> bool:
        """Create the tables or migrate them, so that the dossier can be written. Returns whether that was needed.

        Errors: ``dossier_on_network``, ``dossier_migration_forbidden``, ``dossier_twins``.
        """
        if self._path is not None:
            location.demand_local(self._path)
            location.make_file(self._path)
            self._engine = _sqlite(self._path, read_only=False)
        if self.found == schema.REVISIONS[-1]:
            return False
        with self.translated():
            try:
                self._migrate()
            except DBAPIError as error:
                if forbidden(error):
                    raise self._owner_needed() from None
                raise
        self.found = schema.REVISIONS[-1]
        return True

    def place(self) -> writable.Place:
        if self._path is not None:
            return writable.of_file(self._path, self.found)
        with self.translated(), self._engine.connect() as connection:
            return writable.of_server(connection, self.shown, self.found)

    @contextmanager
    def reading(self) -> Iterator[sa.Connection]:
        """A connection with one consistent view of the whole database."""
        if self._seen is not None:
            yield self._seen
            return
        if self._held is not None and not self._held.in_transaction():
            with self.translated(), _snapshot(self._held) as view:
                yield view
            return
        with self.translated(), self._view().connect() as connection, _snapshot(connection) as view:
            yield view

    @contextmanager
    def at_once(self) -> Iterator[None]:
        """All reads in the block see the same moment. Nothing is written in the block."""
        with self.reading() as view:
            before, self._seen = self._seen, view
            try:
                yield
            finally:
                self._seen = before

    @contextmanager
    def session(self) -> Iterator[sa.Connection]:
        """A connection of its own, where each statement is committed by itself; its locks end with it."""
        with self._engine.connect() as connection:
            yield connection.execution_options(isolation_level="AUTOCOMMIT")

    @contextmanager
    def writing(self) -> Iterator[tuple[sa.Connection, str]]:
        """The only writer until the block ends, with the present moment. The block is committed as a whole or not at
        all."""
        with self.translated(), self._engine.connect() as connection:
            connection = connection.execution_options(zorgid_begin="IMMEDIATE", zorgid_keys=self.keys)
            with connection.begin():
                if not self.sqlite:
                    connection.exec_driver_sql(f"SET LOCAL lock_timeout = '{_PATIENCE}s'")
                    connection.execute(sa.select(schema.journal_head.c.id).with_for_update())
                yield connection, self._not_before(connection, self.moment(connection))

    def moment(self, connection: sa.Connection) -> str:
        """The moment by the clock of the database server, if there is one: leases of several controllers then depend on
        one clock."""
        if connection.dialect.name == "sqlite":
            return stored_now()
        at = connection.execute(sa.select(sa.func.clock_timestamp())).scalar_one()
        return moments.iso(at)

    def _not_before(self, connection: sa.Connection, at: str) -> str:
        """``at``, or the moment of the newest row if the clock went back a little: moments in the journal never
        decrease.

        Error: ``dossier_clock_behind``, if the difference would make leases and "the later one applies" wrong.
        """
        newest_rows = fetched(connection, _NEWEST)
        try:
            newest = datetime.datetime.fromisoformat(newest_rows[0][0] if newest_rows else "").astimezone(datetime.UTC)
        except (TypeError, ValueError):
            return at  # no row, or a damaged one, which is reported when it is read
        here = datetime.datetime.fromisoformat(at)
        if newest - here > _SLACK:
            raise ZorgidError(
                "dossier_clock_behind",
                "The clock of "
                + ("this controller" if self.sqlite else f"the server of the dossier {self.shown}")
                + " has an earlier time than the journal, so nothing was recorded",
                expected=f"a time after {newest.isoformat(timespec='seconds')}, when the newest row was written",
                found=at,
                action=("correct the clock; if the row was written with a wrong clock, see docs/dossier.md, Clocks"),
            )
        return max(here, newest).isoformat(timespec="seconds")

    def forget(self) -> None:
        """Remove overwritten content from SQLite's log (on PostgreSQL the administrator runs VACUUM)."""
        if self.sqlite:
            with self.translated(), self._engine.connect() as connection:
                connection = connection.execution_options(isolation_level="AUTOCOMMIT", zorgid_begin="")
                connection.exec_driver_sql("PRAGMA wal_checkpoint(TRUNCATE)")

    def _view(self) -> sa.Engine:
        if self.found == schema.REVISIONS[-1]:
            return self._engine
        if self._copy is None and self.found is None:
            self._copy = migration.empty()
        elif self._copy is None:
            with self._engine.connect() as connection:
                if not self.sqlite:
                    # Wait for a migration of another process: each would otherwise wait for tables of the other. Lock
                    # in the session before the snapshot is taken, or the snapshot would be of the moment at which the
                    # wait began.
                    connection.execute(sa.select(sa.func.pg_advisory_lock_shared(_MIGRATION_LOCK)))
                    connection.commit()
                with _snapshot(connection) as source:
                    # Read again: another process may have migrated it meanwhile.
                    self.found = migration.version(source, self.shown)
                    if self.found == schema.REVISIONS[-1]:
                        return self._engine
                    self._copy = migration.migrated_copy(source, self.found) if self.found else migration.empty()
        return self._copy

    def _migrate(self) -> None:
        if self.sqlite:
            self._use_wal()
        with self._engine.connect() as connection:
            connection = connection.execution_options(zorgid_begin="IMMEDIATE")
            with connection.begin():
                if not self.sqlite:
                    connection.execute(sa.select(sa.func.pg_advisory_xact_lock(_MIGRATION_LOCK)))
                # Another process may have migrated it while this one waited.
                found = migration.version(connection, self.shown)
                if found is None:
                    migration.create(connection)
                elif found != schema.REVISIONS[-1]:
                    migration.run(connection)

    def _owner_needed(self) -> ZorgidError:
        return ZorgidError(
            "dossier_migration_forbidden",
            (f"The tables of the dossier {self.shown} must be migrated, and this database user may not do that"),
            expected=f"schema {schema.REVISIONS[-1]}",
            found=f"schema {self.found}" if self.found else "no tables yet",
            action="let the owner of the tables do this once: gbz.zorgid.dossier with migrate: true and "
            "the owner's dossier_url; then docs/examples/postgresql/roles.sql again",
        )

    def _use_wal(self) -> None:
        # The file stores this mode, so once is enough. This statement does not wait for other writers by itself.
        patience = time.monotonic() + _PATIENCE
        while True:
            try:
                with self._engine.connect() as connection:
                    connection = connection.execution_options(isolation_level="AUTOCOMMIT", zorgid_begin="")
                    connection.exec_driver_sql("PRAGMA journal_mode = WAL")
                    return
            except DBAPIError as error:
                if "locked" not in str(error.orig) or time.monotonic() > patience:
                    raise
                time.sleep(0.02)

    @contextmanager
    def translated(self) -> Iterator[None]:
        """Turn errors of drivers into sentences without the password of the URL."""
        try:
            yield
        except (DBAPIError, sqlite3.Error) as error:
            # Errors of sqlite3 itself: rows.py fetches from the driver.
            raise sentence(error, self.shown, self._secret, self._path, _PATIENCE) from None


@contextmanager
def _snapshot(connection: sa.Connection) -> Iterator[sa.Connection]:
    if connection.dialect.name != "sqlite":
        connection = connection.execution_options(isolation_level="REPEATABLE READ", postgresql_readonly=True)
    with connection.begin():
        yield connection


def _sqlite(path: Path, *, read_only: bool) -> sa.Engine:
    def connect() -> sqlite3.Connection:
        # rw for readers too (SQLite falls back to ro for a read-only file): a reader in mode ro would leave its log
        # files.
        connection = sqlite3.connect(
            f"file:{quote(str(path))}?mode=rw", uri=True, timeout=_PATIENCE, isolation_level=None
        )
        migration.decode(connection)
        if read_only:
            connection.execute("PRAGMA query_only = ON")
        else:
            # FULL: a commit is on the disk before a mail is sent. secure_delete: erased content is overwritten.
            connection.execute("PRAGMA synchronous = FULL")
            connection.execute("PRAGMA secure_delete = ON")
        return connection

    return migration.with_begin(sa.create_engine("sqlite://", creator=connect, poolclass=NullPool))
