# SPDX-FileCopyrightText: gbz.zorgid contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""The database behind a dossier: its URL, its schema, its transactions, its errors.

One writer at a time, on SQLite (BEGIN IMMEDIATE) and on PostgreSQL (the journal's head row is locked first): a journal
that is one chain has no use for more, and no two writers can then see the same state. Every transaction has a
connection of its own, so that nothing is shared over a fork.
"""

from __future__ import annotations

import datetime
import functools
import os
import sqlite3
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any
from urllib.parse import quote

from .._common.errors import ZorgidError
from .._common.files import make_folder
from .._common.libraries import needs
from . import schema

with needs("SQLAlchemy>=2.0.36"):
    import sqlalchemy as sa
    from sqlalchemy.exc import ArgumentError, DBAPIError, NoSuchModuleError
    from sqlalchemy.pool import NullPool, StaticPool

if TYPE_CHECKING:
    from .keys import Keys

_PATIENCE = 60  # seconds to wait for other writers
_MIGRATION_LOCK = 0x5A4F5247  # "ZORG": PostgreSQL's advisory lock around migrations


def now() -> str:
    return datetime.datetime.now(datetime.UTC).isoformat(timespec="seconds")


class Database:
    """An opened and migrated database; with ``read_only`` what is not there is empty, and nothing is made."""

    def __init__(self, url: str, *, read_only: bool = False) -> None:
        parsed = _parse(url)
        self._secret = parsed.password or ""
        self._read_only = read_only
        #: What journal rows are proven with, once the dossier is opened with a key.
        self.keys: Keys | None = None
        self.sqlite = parsed.get_backend_name() == "sqlite"
        if self.sqlite:
            path = Path(parsed.database or "").expanduser().absolute()
            self.shown = str(path)
            if not path.exists() and read_only:
                self._engine = _empty()
                return
            if not read_only:
                _make_file(path)
            self._engine = _sqlite(path, read_only=read_only)
        else:
            self.shown = f"{parsed.database or ''} on {parsed.host or 'the local server'}"
            # A snapshot for readers; writers wait for each other and then see what the one before wrote.
            self._engine = sa.create_engine(parsed, poolclass=NullPool, isolation_level="READ COMMITTED")
        with self.translated():
            self._bring_up_to_date()

    def close(self) -> None:
        self._engine.dispose()

    @contextmanager
    def reading(self) -> Iterator[sa.Connection]:
        """One consistent view of everything."""
        with self.translated(), self._engine.connect() as connection:
            # Not self.sqlite: an empty PostgreSQL is read as an empty SQLite.
            if self._engine.dialect.name != "sqlite":
                connection = connection.execution_options(isolation_level="REPEATABLE READ", postgresql_readonly=True)
            with connection.begin():
                yield connection

    @contextmanager
    def writing(self) -> Iterator[tuple[sa.Connection, str]]:
        """The only writer until the block ends, with the present moment; all of it is kept or nothing."""
        with self.translated(), self._engine.connect() as connection:
            connection = connection.execution_options(zorgid_begin="IMMEDIATE", zorgid_keys=self.keys)
            with connection.begin():
                if self.sqlite:
                    yield connection, now()
                    return
                connection.exec_driver_sql(f"SET LOCAL lock_timeout = '{_PATIENCE}s'")
                connection.execute(sa.select(schema.journal_head.c.id).with_for_update())
                # The server's clock: leases of several controllers are told by one clock.
                at = connection.execute(sa.select(sa.func.clock_timestamp())).scalar_one()
                yield connection, at.astimezone(datetime.UTC).isoformat(timespec="seconds")

    def forget(self) -> None:
        """Let nothing of what was overwritten stay in SQLite's log (PostgreSQL: VACUUM is the administrator's)."""
        if self.sqlite:
            with self.translated(), self._engine.connect() as connection:
                connection = connection.execution_options(isolation_level="AUTOCOMMIT", zorgid_begin="")
                connection.exec_driver_sql("PRAGMA wal_checkpoint(TRUNCATE)")

    def _bring_up_to_date(self) -> None:
        with self._engine.connect() as connection, connection.begin():
            found = _version(connection)
        if found == schema.REVISIONS[-1]:
            return
        if found is not None and found not in schema.REVISIONS:
            raise ZorgidError(
                "dossier_too_new",
                f"The dossier {self.shown} was written by a newer version of this collection",
                expected=f"schema {schema.REVISIONS[-1]} or older",
                found=f"schema {found}",
                action="install the newer version of gbz.zorgid here too",
            )
        if self._read_only:
            if found is None:
                self._engine.dispose()
                self._engine = _empty()
                return
            raise ZorgidError(
                "dossier_too_old",
                f"The dossier {self.shown} has the schema of an older version of this collection",
                expected=f"schema {schema.REVISIONS[-1]}",
                found=f"schema {found}",
                action="run once without check mode: the first task that records something brings it up to date",
            )
        self._migrate()

    def _migrate(self) -> None:
        if self.sqlite:
            self._use_wal()
        with self._engine.connect() as connection:
            connection = connection.execution_options(zorgid_begin="IMMEDIATE")
            with connection.begin():
                if not self.sqlite:
                    connection.execute(sa.select(sa.func.pg_advisory_xact_lock(_MIGRATION_LOCK)))
                # Another process may have done it while this one waited.
                if _version(connection) != schema.REVISIONS[-1]:
                    _run_migrations(connection)

    def _use_wal(self) -> None:
        # Kept in the file, so once is enough. This one statement does not wait for others by itself.
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
        """Errors of drivers as sentences; the password of the URL in none of them."""
        try:
            yield
        except (DBAPIError, sqlite3.Error) as error:
            # SQLite's own: where many rows are fetched from the driver (rows.py).
            cause = error.orig if isinstance(error, DBAPIError) else error
            reason = " ".join(str(cause).split()) or type(cause).__name__
            if self._secret:
                reason = reason.replace(self._secret, "***")
            raise self._sentence(reason) from None

    def _sentence(self, reason: str) -> ZorgidError:
        low = reason.lower()
        if "database is locked" in low or "lock timeout" in low:
            return ZorgidError(
                "dossier_busy",
                f"The dossier {self.shown} is held by another process",
                expected=f"a turn within {_PATIENCE} seconds",
                found=reason,
                action="look for a process or a backup that keeps it locked, then run again",
            )
        absent = ("no such table", "no such column", 'relation "', "column ", "already exists")
        if any(low.startswith(one) for one in absent) or "already exists" in low:
            return ZorgidError(
                "dossier_damaged",
                f"The tables of the dossier {self.shown} are not those that this collection made",
                expected="the tables of its schema",
                found=reason,
                action="put back a copy of the dossier from before the damage",
            )
        if "not a database" in low or "malformed" in low:
            return ZorgidError(
                "dossier_damaged",
                f"The dossier {self.shown} cannot be read as a database",
                expected="a SQLite file that this collection made",
                found=reason,
                action="correct dossier_url, or put back a copy of the file",
            )
        return ZorgidError(
            "dossier_unreachable",
            f"The dossier {self.shown} cannot be used",
            expected="a database that answers and lets this user read and write",
            found=reason,
            action="check dossier_url, the server and the rights of its user",
        )


def _parse(url: str) -> sa.URL:
    try:
        parsed = sa.make_url(url)
        if parsed.drivername == "postgresql":
            parsed = parsed.set(drivername="postgresql+psycopg")
        if parsed.drivername in ("sqlite", "sqlite+pysqlite"):
            if parsed.database in (None, "", ":memory:") or "\0" in str(parsed.database):
                raise ValueError
            return parsed
        if parsed.drivername == "postgresql+psycopg":
            parsed.get_dialect().import_dbapi()
            return parsed
    except (ArgumentError, NoSuchModuleError, ValueError):
        pass
    except ImportError:
        raise ZorgidError(
            "library_missing",
            "A dossier in PostgreSQL needs the Python library psycopg on the controller",
            action="install it into the Python that runs Ansible: python -m pip install 'psycopg[binary]'",
        ) from None
    raise ZorgidError(
        "dossier_url_invalid",
        "dossier_url names no database that a dossier can be kept in",
        expected="sqlite:////srv/zorgid/dossier.sqlite3 or postgresql+psycopg://user:password@host/database",
        action="correct dossier_url",
    )


def _make_file(path: Path) -> None:
    """Before SQLite does, because it would make it readable for others."""
    try:
        make_folder(path.parent)
        if not path.exists():
            os.close(os.open(path, os.O_CREAT | os.O_RDWR, 0o600))
    except OSError as error:
        raise ZorgidError(
            "dossier_unreachable",
            f"The dossier {path} cannot be made",
            expected="a folder on the controller that this user may write in",
            found=error.strerror or type(error).__name__,
            action="correct dossier_url, or the rights of the folder",
        ) from error


def _sqlite(path: Path, *, read_only: bool) -> sa.Engine:
    def connect() -> sqlite3.Connection:
        # rw for readers too (SQLite makes that ro where the file is): a reader in mode ro leaves its log files behind.
        connection = sqlite3.connect(
            f"file:{quote(str(path))}?mode=rw", uri=True, timeout=_PATIENCE, isolation_level=None
        )
        # Bytes that are no text are found, and their row named, where rows are looked at: soundness.py.
        connection.text_factory = functools.partial(str, encoding="utf-8", errors="surrogateescape")
        if read_only:
            connection.execute("PRAGMA query_only = ON")
        else:
            # FULL: what was committed before a mail was sent is on the disk. secure_delete: what is erased is gone.
            connection.execute("PRAGMA synchronous = FULL")
            connection.execute("PRAGMA secure_delete = ON")
        return connection

    return _with_begin(sa.create_engine("sqlite://", creator=connect, poolclass=NullPool))


def _empty() -> sa.Engine:
    """What is not there yet, for readers: the same tables without a row."""
    engine = sa.create_engine("sqlite://", poolclass=StaticPool, connect_args={"check_same_thread": False})
    schema.metadata.create_all(engine)
    with engine.begin() as connection:
        connection.execute(sa.insert(schema.journal_head), {"id": 1, "seq": 0, "hash": schema.START})
        connection.execute(sa.insert(schema.dossier), {"id": 1, "identity": ""})
    return engine


def _with_begin(engine: sa.Engine) -> sa.Engine:
    @sa.event.listens_for(engine, "begin")
    def begin(connection: sa.Connection) -> None:
        kind = connection.get_execution_options().get("zorgid_begin", "DEFERRED")
        if kind:
            connection.exec_driver_sql(f"BEGIN {kind}")

    return engine


def _version(connection: sa.Connection) -> str | None:
    if not sa.inspect(connection).has_table(schema.VERSION_TABLE):
        return None
    found: Any = connection.execute(sa.select(schema.version.c.version_num)).scalar()
    return None if found is None else str(found)


def _run_migrations(connection: sa.Connection) -> None:
    # Only here: most runs have nothing to migrate, and Alembic takes longer to import than a task lasts.
    from alembic.config import Config
    from alembic.runtime.environment import EnvironmentContext
    from alembic.script import ScriptDirectory

    config = Config()
    config.set_main_option("script_location", str(Path(__file__).parent / "migrations").replace("%", "%%"))
    scripts = ScriptDirectory.from_config(config)

    def upgrade(revision: Any, _context: Any) -> Any:
        return scripts._upgrade_revs("head", revision)

    with EnvironmentContext(config, scripts, fn=upgrade) as environment:
        environment.configure(connection=connection, version_table=schema.VERSION_TABLE)
        environment.run_migrations()
