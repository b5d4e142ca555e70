# SPDX-FileCopyrightText: gbz.zorgid contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""The accepted mails. One Message-ID is one mail, also if it is delivered to the same recipient several times."""

from __future__ import annotations

import email.policy
import hashlib
import sqlite3
from contextlib import closing
from dataclasses import dataclass
from datetime import UTC, datetime
from email.message import EmailMessage
from email.parser import BytesParser
from pathlib import Path

from ..state import State, record, write
from ..state import connect as connect_sandbox

VZVZ = "zorg-id@vzvz.example"
_TABLE = """
CREATE TABLE IF NOT EXISTS smtp_mail (
    id INTEGER PRIMARY KEY AUTOINCREMENT, kind TEXT NOT NULL, message_id TEXT NOT NULL, recipient TEXT NOT NULL,
    at TEXT NOT NULL, digest TEXT, path TEXT NOT NULL, repeats INTEGER NOT NULL DEFAULT 0,
    handled TEXT, verdict TEXT, ura TEXT, reason TEXT, UNIQUE (message_id, recipient))"""


@dataclass(frozen=True)
class Mail:
    """kind: document (to VZVZ) or notice (to somebody of an organisation). digest: SHA-256 of the document.

    handled: when VZVZ's desk, or the recipient, read it; verdict: accepted | rejected | duplicate.
    """

    id: int
    kind: str
    message_id: str
    recipient: str
    at: str
    digest: str | None
    path: str
    repeats: int
    handled: str | None
    verdict: str | None
    ura: str | None
    reason: str | None

    def document(self) -> bytes | None:
        return document_of(parse(Path(self.path).read_bytes()))


def connect(state: Path) -> sqlite3.Connection:
    connection = connect_sandbox(state)
    connection.execute(_TABLE)
    return connection


def parse(raw: bytes) -> EmailMessage:
    message = BytesParser(policy=email.policy.default).parsebytes(raw)
    assert isinstance(message, EmailMessage)  # noqa: S101 - the policy's message class
    return message


def document_of(message: EmailMessage) -> bytes | None:
    """The one XML attachment; None when there is none, or more than one."""
    found = [
        part.get_payload(decode=True)
        for part in message.walk()
        if part.get_content_type() in ("application/xml", "text/xml")
        or (part.get_filename() or "").lower().endswith(".xml")
    ]
    return found[0] if len(found) == 1 and isinstance(found[0], bytes) else None


def take(state: Path, recipient: str, raw: bytes) -> None:
    """Store a mail; one that is stored already is counted as delivered again."""
    message = parse(raw)
    digest = hashlib.sha256(raw).hexdigest()
    message_id = str(message.get("Message-ID", "")).strip() or f"<{digest}@without.message-id>"
    kind = "document" if recipient == VZVZ else "notice"
    document = document_of(message) if kind == "document" else None
    path = State(state).root / "received" / f"smtp-{hashlib.sha256(f'{message_id} {recipient}'.encode()).hexdigest()}"
    with closing(connect(state)) as connection:
        repeated = connection.execute(
            "UPDATE smtp_mail SET repeats = repeats + 1 WHERE message_id = ? AND recipient = ?", (message_id, recipient)
        ).rowcount
        if not repeated:
            write(path, raw)
            connection.execute(
                "INSERT INTO smtp_mail (kind, message_id, recipient, at, digest, path) VALUES (?, ?, ?, ?, ?, ?)",
                (
                    kind,
                    message_id,
                    recipient,
                    datetime.now(UTC).isoformat(timespec="seconds"),
                    None if document is None else hashlib.sha256(document).hexdigest(),
                    str(path),
                ),
            )
    record(state, "smtp", f"{kind}_repeated" if repeated else kind, f"to {shown(recipient)}, {len(raw)} bytes")


def shown(address: str) -> str:
    """An address without the person."""
    return address if address == VZVZ else f"{address[:1]}…@{address.rpartition('@')[2]}"


def mails(state: Path, kind: str) -> list[Mail]:
    """All mails of a kind, in the order they came in."""
    with closing(connect(state)) as connection:
        rows = connection.execute("SELECT * FROM smtp_mail WHERE kind = ? ORDER BY id", (kind,)).fetchall()
    return [Mail(**dict(row)) for row in rows]


def mark_handled(
    state: Path, mail: Mail, verdict: str | None = None, ura: str | None = None, reason: str | None = None
) -> None:
    with closing(connect(state)) as connection:
        connection.execute(
            "UPDATE smtp_mail SET handled = ?, verdict = ?, ura = ?, reason = ? WHERE id = ?",
            (datetime.now(UTC).isoformat(timespec="seconds"), verdict, ura, reason, mail.id),
        )
