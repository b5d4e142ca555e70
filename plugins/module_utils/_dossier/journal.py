# SPDX-FileCopyrightText: gbz.zorgid contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""The journal: one row per change, each chained to the one before by its hash, so that no row can be altered, removed
or moved unnoticed. A row's content can be erased: the chain runs over a salted digest of it."""

from __future__ import annotations

import hashlib
import json
import secrets
from typing import Any

from .._common.libraries import needs
from . import schema
from .model import JournalCheck

with needs("SQLAlchemy>=2.0.36"):
    import sqlalchemy as sa

ERASED = "erased"


def canonical(value: Any) -> str:
    # ASCII: half a surrogate pair from somebody's mail fits no database otherwise.
    return json.dumps(value, sort_keys=True, separators=(",", ":"))


def _sha256(text: str) -> str:
    return hashlib.sha256(text.encode()).hexdigest()


def digest_of(salt: str, payload: str) -> str:
    return _sha256(canonical([salt, payload]))


def hash_of(previous: str, seq: int, at: str, ura: str, event: str, digest: str) -> str:
    return _sha256(canonical([previous, seq, at, ura, event, digest]))


def append(connection: sa.Connection, at: str, ura: str, event: str, payload: dict[str, Any]) -> int:
    """Add a row within the caller's transaction, which holds the lock on the head. Returns the row's number."""
    head = schema.journal_head
    seq, previous = connection.execute(sa.select(head.c.seq, head.c.hash)).one()
    seq += 1
    salt, text = secrets.token_hex(16), canonical(payload)
    digest = digest_of(salt, text)
    row = {"seq": seq, "at": at, "ura": ura, "event": event, "payload": text, "salt": salt, "digest": digest}
    row |= {"previous": previous, "hash": hash_of(previous, seq, at, ura, event, digest)}
    connection.execute(sa.insert(schema.journal), row)
    connection.execute(sa.update(head).values(seq=seq, hash=row["hash"]))
    return int(seq)


def verify(connection: sa.Connection) -> JournalCheck:
    """Walk the chain and name the first row that is not as it was written."""
    table = schema.journal
    rows = connection.execution_options(yield_per=1000).execute(sa.select(table).order_by(table.c.seq))
    erased: dict[int, str] = {}
    allowed: set[int] = set()
    count, previous, broken = 0, schema.START, None
    for row in rows:
        count += 1
        if broken:
            continue
        broken = _broken(row, count, previous)
        previous = row.hash
        if row.payload is None:
            erased[row.seq] = f"The content of row {row.seq} is gone and no later row says that it was erased."
        elif row.event == ERASED:
            allowed.update(json.loads(row.payload)["rows"])
    head = connection.execute(sa.select(schema.journal_head.c.seq, schema.journal_head.c.hash)).first()
    if not broken:
        unexplained = min((seq for seq in erased if seq not in allowed), default=None)
        if unexplained is not None:
            broken = unexplained, erased[unexplained]
    if not broken and (head is None or (head.seq, head.hash) != (count, previous)):
        broken = count + 1, f"Row {count + 1} is missing at the end, or the record of the last row was changed."
    message = broken[1] if broken else "Every row is as it was written."
    return JournalCheck(broken is None, count, broken[0] if broken else None, message, previous)


def _broken(row: Any, expected: int, previous: str) -> tuple[int, str] | None:
    if row.seq != expected:
        return expected, f"Row {expected} is missing."
    if row.previous != previous:
        return (
            expected,
            f"Row {expected} does not follow the one before it: one of them was changed, moved or replaced.",
        )
    if row.hash != hash_of(row.previous, row.seq, row.at, row.ura, row.event, row.digest):
        return expected, f"Row {expected} was changed."
    if row.payload is not None and row.digest != digest_of(row.salt or "", row.payload):
        return expected, f"The content of row {expected} was changed."
    return None


def entries(connection: sa.Connection, ura: str | None) -> list[dict[str, Any]]:
    table = schema.journal
    query = sa.select(table).order_by(table.c.seq)
    if ura is not None:
        query = query.where(table.c.ura == ura)
    return [
        {**row, "payload": None if row["payload"] is None else json.loads(row["payload"])}
        for row in connection.execute(query).mappings()
    ]
