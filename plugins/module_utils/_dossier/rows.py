# SPDX-FileCopyrightText: gbz.zorgid contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""Many rows at once, as the driver gives them: a row of SQLAlchemy costs as much as hashing it."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator
from typing import Any

from .._common.libraries import needs

with needs("SQLAlchemy>=2.0.36"):
    import sqlalchemy as sa

_PAGE = 5000


def fetched(connection: sa.Connection, query: sa.Select[Any], **values: Any) -> list[tuple[Any, ...]]:
    """Only for columns that a driver gives as they are (text, numbers)."""
    driver = connection.connection.driver_connection
    if not isinstance(driver, sqlite3.Connection):
        return _all(connection, query, values)
    # The way that also takes bytes that are no text (database.py) costs thrice as much.
    careful, driver.text_factory = driver.text_factory, str
    try:
        return _all(connection, query, values)
    except sqlite3.OperationalError as error:
        if "decode" not in str(error):
            raise
    finally:
        driver.text_factory = careful
    return _all(connection, query, values)


def _all(connection: sa.Connection, query: sa.Select[Any], values: dict[str, Any]) -> list[tuple[Any, ...]]:
    with connection.execute(query, values) as result:
        found: Any = result.cursor
        rows: list[tuple[Any, ...]] = found.fetchall()
        return rows


def paged(connection: sa.Connection, query: sa.Select[Any], **values: Any) -> Iterator[tuple[Any, ...]]:
    """By the number that is the first column, which grows, and which ``query`` (``by_pages``) begins after: psycopg
    would hold all rows of a journal at once."""
    page = fetched(connection, query, after=-1, **values)
    while page:
        yield from page
        page = fetched(connection, query, after=page[-1][0], **values) if len(page) == _PAGE else []


def by_pages(query: sa.Select[Any], number: sa.ColumnElement[int]) -> sa.Select[Any]:
    return query.where(number > sa.bindparam("after")).order_by(number).limit(_PAGE)
