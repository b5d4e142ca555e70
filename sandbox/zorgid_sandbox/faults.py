# SPDX-FileCopyrightText: gbz.zorgid contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""Faults on request, one line each: ``KIND name=value … [times=N]``; it strikes once unless ``times`` says more."""

from __future__ import annotations

import json
from collections.abc import Mapping
from contextlib import closing
from pathlib import Path
from sqlite3 import Connection

from .state import SandboxError, connect

# The options of a kind with their defaults: a number is a setting, a word has to be equal to that of the request.
Kinds = Mapping[str, Mapping[str, int | float | str]]
_TABLE = """
CREATE TABLE IF NOT EXISTS service_fault (
    id INTEGER PRIMARY KEY, service TEXT NOT NULL, kind TEXT NOT NULL, settings TEXT NOT NULL,
    remaining INTEGER NOT NULL)"""


def _open(state: Path) -> Connection:
    connection = connect(state)
    connection.execute(_TABLE)
    return connection


def put(state: Path, service: str, kinds: Kinds, line: str) -> None:
    """Arm the fault that the line describes; SandboxError with the reason if the line is invalid."""
    kind, *words = line.split() or [""]
    if kind not in kinds:
        raise SandboxError(f"The service {service} knows no fault {kind!r}, but {', '.join(kinds)}.")
    settings: dict[str, int | float | str] = {"times": 1, **kinds[kind]}
    for word in words:
        name, _, value = word.partition("=")
        try:
            settings[name] = type(settings[name])(value)
        except (KeyError, ValueError):
            raise SandboxError(f"{word!r} does not fit the fault {kind}.") from None
    times = settings.pop("times")
    with closing(_open(state)) as connection:
        connection.execute(
            "INSERT INTO service_fault (service, kind, settings, remaining) VALUES (?, ?, ?, ?)",
            (service, kind, json.dumps(settings), times),
        )


def clear(state: Path, service: str) -> None:
    """Disarm every fault of the service."""
    with closing(_open(state)) as connection:
        connection.execute("DELETE FROM service_fault WHERE service = ?", (service,))


def strike(state: Path, service: str, kind: str, **here: str) -> dict[str, int | float | str] | None:
    """The settings of the fault of this kind that strikes now, with one strike fewer left; None if none does.

    here: the words of this request that a fault is compared with; an empty word of a fault fits every request.
    """
    with closing(_open(state)) as connection:
        rows = connection.execute(
            "SELECT id, settings FROM service_fault WHERE service = ? AND kind = ? AND remaining > 0 ORDER BY id",
            (service, kind),
        ).fetchall()
        for row in rows:
            settings: dict[str, int | float | str] = json.loads(row["settings"])
            if any(settings.get(name) not in (None, "", value) for name, value in here.items()):
                continue
            struck = connection.execute(
                "UPDATE service_fault SET remaining = remaining - 1 WHERE id = ? AND remaining > 0", (row["id"],)
            )
            if struck.rowcount:
                return settings
    return None
