# SPDX-FileCopyrightText: gbz.zorgid contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""Creates the tables of a new dossier, and migrates an older schema to the present one: in the database itself or, for
readers, in a copy in memory."""

from __future__ import annotations

import functools
import sqlite3
import uuid
from pathlib import Path
from typing import Any

from .._common.errors import ZorgidError
from .._common.libraries import needs
from .._common.text import printable
from . import schema
from .rows import fetched

with needs("SQLAlchemy>=2.0.36"):
    import sqlalchemy as sa
    from sqlalchemy.pool import StaticPool

    _VERSION = sa.select(schema.version.c.version_num)
    _NAME = sa.column("name", sa.Text)
    # Direct queries: SQLAlchemy's inspection takes three times as long.
    _IN_FILE = sa.select(_NAME).select_from(sa.table("sqlite_master")).where(_NAME == schema.VERSION_TABLE)
    _IN_SERVER = sa.select(sa.func.to_regclass(schema.VERSION_TABLE).is_not(None))


def version(connection: sa.Connection, shown: str) -> str | None:
    """The revision of the schema in the database, None if there is none. Errors: ``dossier_too_new``,
    ``dossier_forbidden``."""
    if not _has_tables(connection):
        _demand_schema(connection, shown)
        return None
    rows = fetched(connection, _VERSION)
    found: Any = rows[0][0] if rows else None
    if found is not None and found not in schema.REVISIONS:
        raise ZorgidError(
            "dossier_too_new",
            f"The dossier {shown} was written by a newer version of this collection",
            expected=f"schema {schema.REVISIONS[-1]} or older",
            found=f"schema {printable(found)}",
            action="install the newer version of gbz.zorgid here too",
        )
    return None if found is None else str(found)


def _has_tables(connection: sa.Connection) -> bool:
    if connection.dialect.name == "sqlite":
        return bool(fetched(connection, _IN_FILE))
    return bool(fetched(connection, _IN_SERVER)[0][0])


def _demand_schema(connection: sa.Connection, shown: str) -> None:
    # PostgreSQL hides the tables of a schema that the user may not use; that must not look like an empty dossier.
    if connection.dialect.name == "sqlite" or connection.execute(sa.select(sa.func.current_schema())).scalar():
        return
    raise ZorgidError(
        "dossier_forbidden",
        f"The database user has no usable schema in {shown}",
        expected="an existing schema in search_path that this user may use",
        found="none",
        action="correct dossier_url, or let the administrator run docs/examples/postgresql/roles.sql",
    )


def create(connection: sa.Connection) -> None:
    """Create the present tables in the caller's transaction, where there are none: the same that the migrations lead
    to, without Alembic."""
    _create(connection, str(uuid.uuid4()))
    schema.transient.create_all(connection, checkfirst=False)
    schema.version.create(connection, checkfirst=True)
    connection.execute(sa.insert(schema.version), {"version_num": schema.REVISIONS[-1]})


def _create(connection: sa.Connection, identity: str) -> None:
    schema.metadata.create_all(connection, checkfirst=False)
    connection.execute(sa.insert(schema.journal_head), {"id": 1, "seq": 0, "hash": schema.START})
    connection.execute(sa.insert(schema.dossier), {"id": 1, "identity": identity})


def run(connection: sa.Connection, revision: str = "head") -> None:
    """Migrate in the caller's transaction. Error: ``dossier_twins``."""
    # Imported here: most runs do not migrate, and to import Alembic takes longer than a task.
    from alembic.config import Config
    from alembic.runtime.environment import EnvironmentContext
    from alembic.script import ScriptDirectory

    config = Config()
    config.set_main_option("script_location", str(Path(__file__).parent / "migrations").replace("%", "%%"))
    scripts = ScriptDirectory.from_config(config)

    def upgrade(found: Any, _context: Any) -> Any:
        return scripts._upgrade_revs(revision, found)

    with EnvironmentContext(config, scripts, fn=upgrade) as environment:
        environment.configure(connection=connection, version_table=schema.VERSION_TABLE)
        environment.run_migrations()


def empty() -> sa.Engine:
    """For readers of a dossier that does not exist yet: the same tables without rows."""
    engine = _memory()
    raw = engine.raw_connection()
    raw.driver_connection.executescript(_empty_tables())  # type: ignore[union-attr]  # sqlite3's
    raw.close()
    return engine


@functools.cache
def _empty_tables() -> str:
    """Their SQL: SQLAlchemy takes most of the time of opening to write it."""
    engine = _memory()
    with engine.begin() as connection:
        _create(connection, identity="")
    raw = engine.raw_connection()
    script = "\n".join(raw.driver_connection.iterdump())  # type: ignore[union-attr]  # sqlite3's
    raw.close()
    engine.dispose()
    return script


def migrated_copy(source: sa.Connection, found: str) -> sa.Engine:
    """A copy of ``source`` (one snapshot, with the schema ``found``) in memory, migrated there."""
    engine = _memory()
    try:
        if source.dialect.name == "sqlite":
            raw = engine.raw_connection()
            source.connection.driver_connection.backup(raw.driver_connection)  # type: ignore[union-attr]  # sqlite3's
            raw.close()
        else:
            with engine.begin() as copy:
                run(copy, found)
                _copy_rows(source, copy)
        with engine.begin() as copy:
            run(copy)
    except BaseException:
        engine.dispose()
        raise
    return engine


def _copy_rows(source: sa.Connection, copy: sa.Connection) -> None:
    tables = sa.MetaData()
    tables.reflect(copy)
    for table in tables.sorted_tables:
        if table.name == schema.VERSION_TABLE:
            continue
        copy.execute(sa.delete(table))
        columns = [_readable(source, column) for column in table.columns]
        rows = [dict(row) for row in source.execute(sa.select(*columns).select_from(table)).mappings()]
        if rows:
            copy.execute(sa.insert(table), rows)


def _readable(source: sa.Connection, column: sa.Column[Any]) -> Any:
    """The column, or null in its place: a reader may not read encrypted columns and does not need them."""
    if not isinstance(column.type, sa.LargeBinary):
        return column
    name = f'"{column.table.name}"'
    allowed = source.execute(sa.select(sa.func.has_column_privilege(name, column.name, "SELECT"))).scalar()
    return column if allowed else sa.literal(b"").label(column.name)


def _memory() -> sa.Engine:
    def connect() -> sqlite3.Connection:
        connection = sqlite3.connect(":memory:", isolation_level=None, check_same_thread=False)
        decode(connection)
        return connection

    return with_begin(sa.create_engine("sqlite://", creator=connect, poolclass=StaticPool))


def decode(connection: sqlite3.Connection) -> None:
    """Accept bytes that are not text; soundness.py finds them later and names their row."""
    connection.text_factory = functools.partial(str, encoding="utf-8", errors="surrogateescape")


def with_begin(engine: sa.Engine) -> sa.Engine:
    @sa.event.listens_for(engine, "begin")
    def begin(connection: sa.Connection) -> None:
        kind = connection.get_execution_options().get("zorgid_begin", "DEFERRED")
        if kind:
            connection.exec_driver_sql(f"BEGIN {kind}")

    return engine
