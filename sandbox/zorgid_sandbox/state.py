# SPDX-FileCopyrightText: gbz.zorgid contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""The state folder: where everything of one sandbox lies, and the few things its services share.

::

    DIR/scenario.yml            the scenario it was started with
    DIR/secrets.json            throw-away passwords and tokens (0600)
    DIR/sandbox.sqlite3         tables by service; `received` is everyone's
    DIR/received/               bodies of what was received
    DIR/run/<service>.pid,.json pid (locked while the service lives), address
    DIR/log/<service>.log
    DIR/tls/ca.pem, server.pem, server.key
    DIR/pki/…  DIR/mail/…  DIR/inventory/…
"""

from __future__ import annotations

import json
import os
import secrets
import sqlite3
from contextlib import closing
from dataclasses import asdict, dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

_SCHEMA = """
CREATE TABLE IF NOT EXISTS received (
    id INTEGER PRIMARY KEY, service TEXT NOT NULL, kind TEXT NOT NULL, at TEXT NOT NULL, summary TEXT NOT NULL,
    body TEXT
)"""


class SandboxError(Exception):
    """An error message for the person at the command line."""


@dataclass(frozen=True)
class State:
    """The paths in a state folder."""

    root: Path

    @property
    def scenario(self) -> Path:
        return self.root / "scenario.yml"

    @property
    def database(self) -> Path:
        return self.root / "sandbox.sqlite3"

    @property
    def run(self) -> Path:
        return self.root / "run"

    @property
    def log(self) -> Path:
        return self.root / "log"

    @property
    def tls(self) -> Path:
        return self.root / "tls"

    @property
    def pki(self) -> Path:
        return self.root / "pki"

    @property
    def mail(self) -> Path:
        return self.root / "mail"

    @property
    def inventory(self) -> Path:
        return self.root / "inventory"

    def make(self) -> None:
        """Make the folders (0700: keys and passwords lie here)."""
        self.root.mkdir(parents=True, exist_ok=True, mode=0o700)
        for folder in (self.run, self.log, self.tls, self.pki, self.mail, self.inventory, self.root / "received"):
            folder.mkdir(exist_ok=True, mode=0o700)


def write(path: Path, content: bytes | str, mode: int = 0o600) -> None:
    """Write a whole file at once: a reader sees the old one or the new one."""
    path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
    draft = path.with_name(f".{path.name}.{os.getpid()}")
    descriptor = os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, mode)
    with os.fdopen(descriptor, "wb") as file:
        file.write(content.encode() if isinstance(content, str) else content)
    draft.replace(path)


def connect(state: Path) -> sqlite3.Connection:
    """The sandbox's database, in WAL mode, rows by name, each statement its own transaction unless BEGIN is said."""
    connection = sqlite3.connect(State(state).database, timeout=30, isolation_level=None, check_same_thread=False)
    connection.row_factory = sqlite3.Row
    connection.execute("PRAGMA journal_mode=WAL")
    connection.execute("PRAGMA synchronous=NORMAL")
    connection.execute(_SCHEMA)
    return connection


def record(state: Path, service: str, kind: str, summary: str, body: bytes | None = None) -> int:
    """Note that a service received something; the body goes to a file of its own. Returns the number of the entry."""
    path = None
    if body is not None:
        path = State(state).root / "received" / f"{service}-{secrets.token_hex(8)}"
        write(path, body)
    at = datetime.now(UTC).isoformat(timespec="seconds")
    with closing(connect(state)) as connection:
        done = connection.execute(
            "INSERT INTO received (service, kind, at, summary, body) VALUES (?, ?, ?, ?, ?)",
            (service, kind, at, summary, None if path is None else str(path)),
        )
        return int(done.lastrowid or 0)


@dataclass(frozen=True)
class Received:
    """One thing that a service received; ``body`` is the path of what it was, if it had a body."""

    id: int
    service: str
    kind: str
    at: str
    summary: str
    body: str | None

    def as_dict(self) -> dict[str, Any]:
        return asdict(self)


def received(state: Path, service: str | None = None, kind: str | None = None) -> list[Received]:
    """What was received, in order; of one service or one kind when named."""
    with closing(connect(state)) as connection:
        rows = connection.execute(
            "SELECT * FROM received WHERE coalesce(?, service) = service AND coalesce(?, kind) = kind ORDER BY id",
            (service, kind),
        ).fetchall()
    return [Received(**dict(row)) for row in rows]


def announce(state: Path, service: str, port: int, **more: Any) -> None:
    """A service calls this when it listens; from then on others can connect."""
    write(State(state).run / f"{service}.json", json.dumps({"host": "127.0.0.1", "port": port, **more}) + "\n")


def address(state: Path, service: str) -> dict[str, Any]:
    """The data that the service announced: ``host``, ``port`` and others."""
    try:
        announced = (State(state).run / f"{service}.json").read_text(encoding="utf-8")
    except FileNotFoundError:
        raise SandboxError(f"The service {service} does not run in {state}.") from None
    return dict(json.loads(announced))


def new_password(state: Path, service: str) -> None:
    """Give a service another password: the earlier one no longer works."""
    credentials(state, service)
    path = State(state).root / "secrets.json"
    known = json.loads(path.read_text(encoding="utf-8"))
    known[service]["password"] = secrets.token_urlsafe(24)
    write(path, json.dumps(known) + "\n")


def credentials(state: Path, service: str) -> dict[str, str]:
    """Throw-away credentials of a service, made at the first start.

    ``windows``: user, password. ``smtp`` and ``imap``: username, password, access_token (XOAUTH2).
    """
    path = State(state).root / "secrets.json"
    if not path.exists():
        mailbox = {"username": "zorgid@gbz.example", "password": secrets.token_urlsafe(18)}
        write(
            path,
            json.dumps(
                {
                    "windows": {"user": "gbz-ansible", "password": secrets.token_urlsafe(18)},
                    "smtp": {**mailbox, "access_token": secrets.token_urlsafe(32)},
                    "imap": {**mailbox, "access_token": secrets.token_urlsafe(32)},
                }
            )
            + "\n",
        )
    return dict(json.loads(path.read_text(encoding="utf-8"))[service])
