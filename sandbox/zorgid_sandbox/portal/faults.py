# SPDX-FileCopyrightText: gbz.zorgid contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""Faults on request: failures that a client of a real portal has to handle.

A fault is one line, `KIND name=value …`; every kind takes `times=N` (then it is over; without it until cleared),
`method=POST` and `path=Bulk` (a part of the path) to be choosy:

    status code=503 retry_after=1     the request is answered so and not processed (429, 503, 500 …)
    reset after=50                    the connection is cut after so many bulk operations were processed (0: before any)
    lost_answer                       processed completely, then the connection is cut
    operation_error every=100         one bulk operation (or request that changes) in so many: 500, not processed
    forget every=100                  one change in so many: answered as done, then forgotten
    latency request_ms=20 operation_ms=5
    slow_pages ms=500                 every list
    page_shift                        the order changes between two pages of one list
    token_expired                     401 as with an expired token
    bulk_off                          ServiceProviderConfig offers no Bulk; /Bulk answers 501
"""

from __future__ import annotations

import json
import sqlite3
from pathlib import Path
from typing import Any

from ..state import SandboxError
from .store import connect, transaction

KINDS: dict[str, dict[str, int]] = {
    "status": {"code": 503, "retry_after": 1},
    "reset": {"after": 0},
    "lost_answer": {},
    "operation_error": {"every": 100},
    "forget": {"every": 100},
    "latency": {"request_ms": 0, "operation_ms": 0},
    "slow_pages": {"ms": 500},
    "page_shift": {},
    "token_expired": {},
    "bulk_off": {},
}


def parse_fault(line: str) -> dict[str, Any]:
    """The fault that a line describes; SandboxError with the reason if the line is invalid."""
    kind, *words = line.split() or [""]
    if kind not in KINDS:
        raise SandboxError(f"The portal knows no fault {kind!r}, but {', '.join(KINDS)}.")
    fault: dict[str, Any] = {"kind": kind, **KINDS[kind]}
    for word in words:
        name, _, value = word.partition("=")
        if name in ("method", "path"):
            fault[name] = value
        elif name in (*KINDS[kind], "times") and value.isdecimal():
            fault[name] = int(value)
        else:
            raise SandboxError(f"{word!r} does not fit the fault {kind}.")
    return fault


class Faults:
    """The faults in force. The check costs one PRAGMA per request, whose value changes if another process has
    written."""

    def __init__(self, connection: sqlite3.Connection) -> None:
        self._connection = connection
        self._seen = -1
        self._faults: list[tuple[int, dict[str, Any]]] = []
        self._counted: dict[int, int] = {}

    def refresh(self) -> None:
        version = self._connection.execute("PRAGMA data_version").fetchone()[0]
        if version != self._seen:
            self._seen = version
            rows = self._connection.execute("SELECT id, fault FROM portal_fault ORDER BY id").fetchall()
            self._faults = [(row[0], json.loads(row[1])) for row in rows]

    def take(self, kind: str, method: str, path: str) -> dict[str, Any] | None:
        """The fault of this kind that hits this request, counted as used."""
        for number, fault in self._faults:
            if fault["kind"] == kind and fault.get("method", method) == method and fault.get("path", "") in path:
                self._use(number, fault)
                return fault
        return None

    def hits(self, kind: str, method: str, path: str) -> bool:
        """Whether the one operation in `every` is this one."""
        for number, fault in self._faults:
            if fault["kind"] == kind and fault.get("method", method) == method and fault.get("path", "") in path:
                self._counted[number] = self._counted.get(number, 0) + 1
                if self._counted[number] % max(1, fault["every"]) == 0:
                    self._use(number, fault)
                    return True
        return False

    def _use(self, number: int, fault: dict[str, Any]) -> None:
        if "times" not in fault:
            return
        fault["times"] -= 1
        with transaction(self._connection):
            if fault["times"] > 0:
                self._connection.execute("UPDATE portal_fault SET fault = ? WHERE id = ?", (json.dumps(fault), number))
            else:
                self._connection.execute("DELETE FROM portal_fault WHERE id = ?", (number,))
        if fault["times"] <= 0:
            self._faults = [(other, item) for other, item in self._faults if other != number]


def put_fault(state: Path, line: str) -> int:
    """Order a fault from any process; returns its number."""
    fault = parse_fault(line)
    connection = connect(state)
    try:
        return int(
            connection.execute("INSERT INTO portal_fault (fault) VALUES (?)", (json.dumps(fault),)).lastrowid or 0
        )
    finally:
        connection.close()


def clear_faults(state: Path) -> int:
    """End all faults; returns how many there were."""
    connection = connect(state)
    try:
        return connection.execute("DELETE FROM portal_fault").rowcount
    finally:
        connection.close()
