# SPDX-FileCopyrightText: gbz.zorgid contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""What was filled in, and the links to the follow-up form. Each post is a row, so two posts are two applications."""

from __future__ import annotations

import hashlib
import json
import secrets
import sqlite3
from contextlib import closing
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, Literal

from ..state import connect as connect_sandbox

Kind = Literal["application", "follow_up"]
_TABLES = """
CREATE TABLE IF NOT EXISTS intake_form (
    id INTEGER PRIMARY KEY AUTOINCREMENT, kind TEXT NOT NULL, ura TEXT NOT NULL, at TEXT NOT NULL,
    fields TEXT NOT NULL, handled TEXT);
CREATE TABLE IF NOT EXISTS intake_link (
    digest TEXT PRIMARY KEY, ura TEXT NOT NULL, name TEXT NOT NULL, issued TEXT NOT NULL, used TEXT);
"""


@dataclass(frozen=True)
class Filled:
    """One form that came in. handled: when VZVZ's desk dealt with it."""

    id: int
    kind: Kind
    ura: str
    at: str
    fields: dict[str, str]
    handled: str | None

    @property
    def reference(self) -> str:
        return f"ZS-{self.at[:4]}-{self.id:05}"


def connect(state: Path) -> sqlite3.Connection:
    connection = connect_sandbox(state)
    connection.executescript(_TABLES)
    return connection


def now() -> str:
    return datetime.now(UTC).isoformat(timespec="seconds")


def _digest(secret: str) -> str:
    return hashlib.sha256(secret.encode()).hexdigest()


def _filled(row: sqlite3.Row) -> Filled:
    return Filled(**{**dict(row), "fields": json.loads(row["fields"])})


def _insert(connection: sqlite3.Connection, kind: Kind, ura: str, fields: dict[str, str]) -> Filled:
    row = connection.execute(
        "INSERT INTO intake_form (kind, ura, at, fields) VALUES (?, ?, ?, ?) RETURNING *",
        (kind, ura, now(), json.dumps(fields)),
    ).fetchone()
    return _filled(row)


def add_application(state: Path, fields: dict[str, str]) -> Filled:
    with closing(connect(state)) as connection:
        return _insert(connection, "application", fields["ura"], fields)


def forms(state: Path, kind: Kind) -> list[Filled]:
    """All forms of a kind, in the order they came in."""
    with closing(connect(state)) as connection:
        rows = connection.execute("SELECT * FROM intake_form WHERE kind = ? ORDER BY id", (kind,)).fetchall()
    return [_filled(row) for row in rows]


def mark_handled(state: Path, form: Filled) -> None:
    with closing(connect(state)) as connection:
        connection.execute("UPDATE intake_form SET handled = ? WHERE id = ?", (now(), form.id))


def issue_link(state: Path, ura: str, name: str) -> str:
    """A new secret for the follow-up form of this organisation; only its digest is kept."""
    secret = secrets.token_urlsafe(24)
    with closing(connect(state)) as connection:
        connection.execute("INSERT INTO intake_link VALUES (?, ?, ?, ?, NULL)", (_digest(secret), ura, name, now()))
    return secret


def linked(state: Path) -> set[str]:
    """The organisations (URA) that were sent a link."""
    with closing(connect(state)) as connection:
        return {row["ura"] for row in connection.execute("SELECT ura FROM intake_link")}


def link(state: Path, secret: str) -> dict[str, Any] | None:
    """ura, name, issued and used of the link; None when there is none."""
    with closing(connect(state)) as connection:
        row = connection.execute("SELECT * FROM intake_link WHERE digest = ?", (_digest(secret),)).fetchone()
    return None if row is None else dict(row)


def add_follow_up(state: Path, secret: str, fields: dict[str, str]) -> Filled | None:
    """The form, and the link is used from now on; None when it was used already."""
    with closing(connect(state)) as connection:
        connection.execute("BEGIN IMMEDIATE")
        row = connection.execute(
            "UPDATE intake_link SET used = ? WHERE digest = ? AND used IS NULL RETURNING ura", (now(), _digest(secret))
        ).fetchone()
        filled = None if row is None else _insert(connection, "follow_up", row["ura"], fields)
        connection.execute("COMMIT")
    return filled
