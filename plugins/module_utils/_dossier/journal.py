# SPDX-FileCopyrightText: gbz.zorgid contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""The journal: one row per change, each chained to the one before by its hash, so that no row can be altered, removed
or moved unnoticed. A row's content can be erased: the chain runs over a salted digest of it."""

from __future__ import annotations

import hashlib
import json
import secrets
from typing import TYPE_CHECKING, Any

from .._common.errors import ZorgidError
from .._common.libraries import needs
from . import schema
from .model import JournalCheck
from .soundness import damaged, read_json

with needs("SQLAlchemy>=2.0.36"):
    import sqlalchemy as sa

if TYPE_CHECKING:
    from .replay import Replay

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
    found = connection.execute(sa.select(head.c.seq, head.c.hash)).first()
    if found is None or not isinstance(found.seq, int) or not isinstance(found.hash, str):
        raise damaged("journal_head (1)", "nothing that says which row of the journal is the last one")
    seq, previous = found.seq + 1, found.hash
    salt, text = secrets.token_hex(16), canonical(payload)
    digest = digest_of(salt, text)
    row = {"seq": seq, "at": at, "ura": ura, "event": event, "payload": text, "salt": salt, "digest": digest}
    row |= {"previous": previous, "hash": hash_of(previous, seq, at, ura, event, digest)}
    keys = connection.get_execution_options().get("zorgid_keys")
    row["mac"] = keys.mac_of(seq, row["hash"]) if keys else None
    connection.execute(sa.insert(schema.journal), row)
    connection.execute(sa.update(head).values(seq=seq, hash=row["hash"]))
    return int(seq)


def verify(connection: sa.Connection, replay: Replay) -> JournalCheck:
    """Walk the chain and name the first row that is not as it was written; then the first row of another table that
    is not as the journal says (``replay``, a fresh one)."""
    table = schema.journal
    rows = connection.execution_options(yield_per=1000).execute(sa.select(table).order_by(table.c.seq))
    erased: dict[int, str] = {}
    allowed: set[Any] = set()
    count, previous = 0, schema.START
    broken: tuple[int | None, str] | None = None
    for row in rows:
        count += 1
        if broken:
            continue
        broken = _broken(row, count, previous)
        previous = row.hash
        if broken:
            continue
        try:
            replay.take(row.seq, row.at, row.ura, row.event, row.payload)
        except ZorgidError as error:
            broken = row.seq, f"{error.message}."
            continue
        if row.payload is None:
            erased[row.seq] = f"The content of row {row.seq} is gone and no later row says that it was erased."
        elif row.event == ERASED:
            told = read_json(row.payload, f"journal ({row.seq})")
            allowed.update(told.get("rows") or () if isinstance(told, dict) else ())
    head = connection.execute(sa.select(schema.journal_head.c.seq, schema.journal_head.c.hash)).first()
    if not broken:
        unexplained = min((seq for seq in erased if seq not in allowed), default=None)
        if unexplained is not None:
            broken = unexplained, erased[unexplained]
    if not broken and (head is None or (head.seq, head.hash) != (count, previous)):
        broken = count + 1, f"Row {count + 1} is missing at the end, or the record of the last row was changed."
    if not broken:
        try:
            broken = replay.contradiction(connection)
        except ZorgidError as error:
            broken = None, f"{error.message}: {error.found}."
    message = broken[1] if broken else "Every row is as it was written, and the tables are as the journal says."
    return JournalCheck(broken is None, count, broken[0] if broken else None, message, previous)


def _broken(row: Any, expected: int, previous: str) -> tuple[int, str] | None:
    if row.seq != expected:
        return expected, f"Row {expected} is missing."
    texts = (row.at, row.ura, row.event, row.digest, row.previous, row.hash, row.payload or "", row.salt or "")
    if not all(isinstance(one, str) for one in texts):
        return expected, f"Row {expected} was changed."
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


def payload_of(seq: int, payload: str | None) -> Any:
    """Error: ``dossier_damaged``."""
    return None if payload is None else read_json(payload, f"journal ({seq})")


def entries(connection: sa.Connection, ura: str | None) -> list[dict[str, Any]]:
    table = schema.journal
    query = sa.select(table).order_by(table.c.seq)
    if ura is not None:
        query = query.where(table.c.ura == ura)
    return [{**row, "payload": payload_of(row["seq"], row["payload"])} for row in connection.execute(query).mappings()]
