# SPDX-FileCopyrightText: gbz.zorgid contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""Faults on request: failures that a client of a real portal has to handle.

A fault is one line, `KIND name=value …`; every kind takes `times=N` (then it is over; without it until cleared),
`method=POST` and `path=Bulk` (a part of the path) to be choosy:

    status code=503 retry_after=1     the request is answered so and not processed (429, 503, 500 …); processed=1:
                                      pages only, it is answered so although it was processed
    reset after=50                    the connection is cut after so many bulk operations were processed (0: before
                                      any)
    lost_answer                       processed completely, then the connection is cut; how=stream,
                                      how=refused_stream: over HTTP/2 only the stream is reset (the second one claims
                                      that nothing was processed)
    operation_error every=100         one bulk operation (or request that changes) in so many: 500, not processed
    forget every=100                  one change in so many: answered as done, then forgotten
    latency request_ms=20 operation_ms=5
    slow_pages ms=500                 every list
    page_shift                        the order changes between two pages of one list
    token_expired                     401 as with an expired token
    bulk_off                          ServiceProviderConfig offers no Bulk; /Bulk answers 501
    slow_answer ms=5000               pages only: processed at once, answered later
    session_over                      pages only: not processed, the session has ended, the login page follows

Without `path` these are faults of SCIM. A line whose `path` begins with a slash is about the pages (`path=/portal`):
there `status`, `reset` (before processing), `lost_answer`, `latency request_ms`, `slow_answer` and `session_over`
strike. What the pages can show or do otherwise than usual, by lines of the same kind, stands in page_faults.py.
"""

from __future__ import annotations

import json
import sqlite3
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from ..state import SandboxError
from . import page_faults
from .store import connect, transaction

KINDS: dict[str, Mapping[str, int | str]] = {
    "status": {"code": 503, "retry_after": 1, "processed": 0},
    "reset": {"after": 0},
    "lost_answer": {"how": "connection"},
    "operation_error": {"every": 100},
    "forget": {"every": 100},
    "latency": {"request_ms": 0, "operation_ms": 0},
    "slow_pages": {"ms": 500},
    "page_shift": {},
    "token_expired": {},
    "bulk_off": {},
    "slow_answer": {"ms": 5000},
    "session_over": {},
    **page_faults.KINDS,
}
PAGES_ONLY, PAGES_TOO = ("slow_answer", "session_over"), ("status", "reset", "lost_answer", "latency")
CHOICES = {("lost_answer", "how"): ("connection", "stream", "refused_stream"), **page_faults.CHOICES}


def parse_fault(line: str) -> dict[str, Any]:
    """The fault that a line describes; SandboxError with the reason if the line is invalid."""
    kind, *words = line.split() or [""]
    if kind not in KINDS:
        raise SandboxError(f"The portal knows no fault {kind!r}, but {', '.join(KINDS)}.")
    fault: dict[str, Any] = {"kind": kind, **KINDS[kind]}
    for word in words:
        name, _, value = word.partition("=")
        usual: int | str = 0 if name == "times" else KINDS[kind].get(name, "")
        lasting = kind in page_faults.KINDS and name in ("method", "times")
        text = value.replace("_", " ") if (kind, name) not in CHOICES and name != "path" else value
        if name not in (*KINDS[kind], "times", "method", "path") or lasting or not value:
            raise SandboxError(f"{word!r} does not fit the fault {kind}.")
        if isinstance(usual, int) and not value.isdecimal():
            raise SandboxError(f"{word!r} does not fit the fault {kind}: {name} is a whole number.")
        if value not in CHOICES.get((kind, name), (value,)):
            raise SandboxError(f"{word!r} does not fit the fault {kind}: {', '.join(CHOICES[kind, name])}.")
        fault[name] = int(value) if isinstance(usual, int) else text
    about_pages = str(fault.get("path", "")).startswith("/")
    if kind in PAGES_ONLY and not about_pages:
        raise SandboxError(f"The fault {kind} is one of the pages: say which with path=/portal.")
    if about_pages and kind not in (*PAGES_ONLY, *PAGES_TOO, *page_faults.KINDS):
        raise SandboxError(f"The fault {kind} is none of the pages: say the path of SCIM without a slash.")
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

    def take_page(self, kind: str, method: str, path: str) -> dict[str, Any] | None:
        """As take, for a page: only what was ordered for a path of the pages."""
        for number, fault in self._faults:
            wanted = str(fault.get("path", ""))
            there = wanted.startswith("/") and wanted in path
            if fault["kind"] == kind and there and fault.get("method", method) == method:
                self._use(number, fault)
                return fault
        return None

    def orders(self, path: str) -> page_faults.Orders:
        """How this page behaves today."""
        found = [fault for _, fault in self._faults if fault["kind"] in page_faults.KINDS]
        return page_faults.Orders(order for order in found if order.get("path", "") in path)

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
        with transaction(connection):
            if fault["kind"] == "export_old":
                connection.execute("DELETE FROM portal_before")
                connection.execute("INSERT INTO portal_before SELECT document FROM portal_identity ORDER BY rowid")
            put = connection.execute("INSERT INTO portal_fault (fault) VALUES (?)", (json.dumps(fault),))
            return int(put.lastrowid or 0)
    finally:
        connection.close()


def clear_faults(state: Path) -> int:
    """End all faults; returns how many there were."""
    connection = connect(state)
    try:
        return connection.execute("DELETE FROM portal_fault").rowcount
    finally:
        connection.close()
