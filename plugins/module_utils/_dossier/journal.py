# SPDX-FileCopyrightText: gbz.zorgid contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""The journal: one row per change, each chained to the one before by its hash, so that no row can be altered, removed
or moved unnoticed. A row's content can be erased: the chain runs over a salted digest of it."""

from __future__ import annotations

import hashlib
import json
import secrets
from json.encoder import encode_basestring_ascii as _quoted
from typing import Any

from .._common.libraries import needs
from . import schema
from .rows import fetched
from .soundness import damaged, read_json

with needs("SQLAlchemy>=2.0.36"):
    import sqlalchemy as sa

    _HEAD = sa.select(schema.journal_head.c.seq, schema.journal_head.c.hash)
    _ADD, _ADVANCE = sa.insert(schema.journal), sa.update(schema.journal_head)

ERASED = "erased"


def canonical(value: Any) -> str:
    # ASCII, because a mail may contain half a surrogate pair, which no database can store otherwise.
    return json.dumps(value, sort_keys=True, separators=(",", ":"))


# The two functions below return the same bytes as canonical([...]), but faster: every run checks the whole journal. A
# test compares.


def row_digest(salt: str, payload: str) -> str:
    return hashlib.sha256(f"[{_quoted(salt)},{_quoted(payload)}]".encode()).hexdigest()


def hash_of(previous: str, seq: int, at: str, ura: str, event: str, digest: str) -> str:
    """Error: TypeError if a value that should be text is not."""
    row = f"[{_quoted(previous)},{seq},{_quoted(at)},{_quoted(ura)},{_quoted(event)},{_quoted(digest)}]"
    return hashlib.sha256(row.encode()).hexdigest()


def append(connection: sa.Connection, at: str, ura: str, event: str, payload: dict[str, Any]) -> int:
    """Add a row in the caller's transaction, which has locked the head. Returns the row's number."""
    seq, previous = next(iter(fetched(connection, _HEAD)), (None, None))
    if not isinstance(seq, int) or not isinstance(previous, str):
        raise damaged("journal_head (1)", "no record of the last row of the journal")
    seq += 1
    salt, text = secrets.token_hex(16), canonical(payload)
    digest = row_digest(salt, text)
    row = {"seq": seq, "at": at, "ura": ura, "event": event, "payload": text, "salt": salt, "digest": digest}
    row |= {"previous": previous, "hash": hash_of(previous, seq, at, ura, event, digest)}
    keys = connection.get_execution_options().get("zorgid_keys")
    row["mac"] = keys.mac_of(seq, row["hash"]) if keys else None
    connection.execute(_ADD, row)
    connection.execute(_ADVANCE, {"seq": seq, "hash": row["hash"]})
    return seq


def payload_of(seq: int, payload: str | None) -> Any:
    """Error: ``dossier_damaged``."""
    return None if payload is None else read_json(payload, f"journal ({seq})")


def entries(connection: sa.Connection, ura: str | None) -> list[dict[str, Any]]:
    table = schema.journal
    query = sa.select(table).order_by(table.c.seq)
    if ura is not None:
        query = query.where(table.c.ura == ura)
    return [{**row, "payload": payload_of(row["seq"], row["payload"])} for row in connection.execute(query).mappings()]
