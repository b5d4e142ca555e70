# SPDX-FileCopyrightText: gbz.zorgid contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""Fetches many rows directly from the driver: SQLAlchemy's rows take as long as to hash them."""

from __future__ import annotations

import functools
import gc
import sqlite3
from collections import namedtuple
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from .._common.libraries import needs

with needs("SQLAlchemy>=2.0.36"):
    import sqlalchemy as sa
    from sqlalchemy.dialects import sqlite
    from sqlalchemy.dialects.postgresql import psycopg

_PAGE = 1000
#: Name of a table -> its columns and rows.
Tables = dict[str, tuple[tuple[str, ...], list[tuple[Any, ...]]]]


def fetched(connection: sa.Connection, query: sa.Select[Any], **values: Any) -> list[tuple[Any, ...]]:
    """Only for columns that need no conversion (text, numbers), and for a ``query`` that is built once."""
    driver = connection.connection.driver_connection
    if not isinstance(driver, sqlite3.Connection):
        text, own = _in_postgresql(query)
        with connection.exec_driver_sql(text, own | values) as result:
            found: Any = result.cursor
            rows: list[tuple[Any, ...]] = found.fetchall()
            return rows
    text, own = _in_sqlite(query)
    # The conversion that accepts bytes that are not text (database.py) takes three times as long.
    careful, driver.text_factory = driver.text_factory, str
    try:
        return driver.execute(text, own | values).fetchall()
    except sqlite3.OperationalError as error:
        if "decode" not in str(error):
            raise
    finally:
        driver.text_factory = careful
    return driver.execute(text, own | values).fetchall()


@contextmanager
def many() -> Iterator[None]:
    """Switch Python's cycle collector off for the block: rows have no cycles, and the search takes a fifteenth of the
    time."""
    enabled = gc.isenabled()
    gc.disable()
    try:
        yield
    finally:
        if enabled:
            gc.enable()


def prepare(query: sa.Select[Any]) -> None:
    """Compile the SQL before it is needed: that takes three times as long as to run it."""
    _in_sqlite(query)


def prepare_for_postgresql() -> None:
    """The same for PostgreSQL, for all queries that were compiled for SQLite."""
    for query in list(_IN_SQLITE):
        _in_postgresql(query)


#: Queries are built once, so there are as many as the code has.
_IN_SQLITE: dict[sa.Select[Any], tuple[str, dict[str, Any]]] = {}


def _in_sqlite(query: sa.Select[Any]) -> tuple[str, dict[str, Any]]:
    """The compiled SQL, and the values bound in the query itself."""
    if query not in _IN_SQLITE:
        _IN_SQLITE[query] = _compiled(query, sqlite.dialect(paramstyle="named"))
    return _IN_SQLITE[query]


@functools.cache
def _in_postgresql(query: sa.Select[Any]) -> tuple[str, dict[str, Any]]:
    return _compiled(query, psycopg.dialect())  # type: ignore[no-untyped-call]  # SQLAlchemy's


def _compiled(query: sa.Select[Any], dialect: sa.Dialect) -> tuple[str, dict[str, Any]]:
    compiled = query.compile(dialect=dialect)
    return str(compiled), dict(compiled.params)


def named(
    connection: sa.Connection, table: str, columns: tuple[str, ...], query: sa.Select[Any], **values: Any
) -> Iterator[Any]:
    """The same rows with the names of their columns."""
    return as_named(table, columns, fetched(connection, query, **values))


def as_named(table: str, columns: tuple[str, ...], rows: list[tuple[Any, ...]]) -> Iterator[Any]:
    return map(_row_of(table, columns)._make, rows)


@functools.cache
def _row_of(table: str, columns: tuple[str, ...]) -> Any:
    return namedtuple(table, columns)


def paged(connection: sa.Connection, query: sa.Select[Any], **values: Any) -> Iterator[tuple[Any, ...]]:
    """Fetch page by page, because psycopg would load the whole journal into memory. The first column is an increasing
    number; ``query`` (``by_pages``) starts after the last one."""
    page = fetched(connection, query, after=-1, **values)
    while page:
        yield from page
        page = fetched(connection, query, after=page[-1][0], **values) if len(page) == _PAGE else []


def by_pages(query: sa.Select[Any], number: sa.ColumnElement[int]) -> sa.Select[Any]:
    return query.where(number > sa.bindparam("after")).order_by(number).limit(_PAGE)
