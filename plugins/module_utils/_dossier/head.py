# SPDX-FileCopyrightText: gbz.zorgid contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""How far the journal was, kept outside the dossier: each run notes it, the next one asks for it.

Whoever owns the database can write it anew, cut it off or put back a copy; none of these contains the row that was
noted here. Error codes: ``dossier_replaced``, ``dossier_cut_off``, ``dossier_rewritten``, ``dossier_head_unreadable``.
"""

from __future__ import annotations

import fcntl
import json
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

from .._common.errors import ZorgidError
from .._common.files import make_folder, write_atomic
from .._common.libraries import needs
from . import schema
from .rows import fetched

with needs("SQLAlchemy>=2.0.36"):
    import sqlalchemy as sa

    _TOLD = sa.select(schema.dossier.c.identity, schema.dossier.c.key_id)
    _HASH = sa.select(schema.journal.c.hash).where(schema.journal.c.seq == sa.bindparam("noted"))
    _LAST = sa.select(schema.journal_head.c.seq, schema.journal_head.c.hash)

_LARGEST = 2000  # bytes; a noted head has some 250


@dataclass(frozen=True)
class Head:
    """The last journal row, of the dossier ``identity``; ``keyed``: whether rows are proven with a key."""

    identity: str
    seq: int
    hash: str
    keyed: bool


def current(connection: sa.Connection) -> Head:
    ((identity, key_id),) = fetched(connection, _TOLD)
    ((seq, last),) = fetched(connection, _LAST)
    return Head(identity, seq, last, key_id is not None)


def check(connection: sa.Connection, path: Path, shown: str) -> None:
    """Whether the dossier still contains what was noted. No file: nothing was noted yet."""
    noted = read(path)
    if noted is None:
        return
    now = current(connection)
    told = _told(noted, now, path)
    if now.identity != noted.identity:
        raise ZorgidError(
            "dossier_replaced", f"The dossier {shown} was replaced by another one, or it is missing", **told
        )
    if now.seq < noted.seq:
        raise ZorgidError(
            "dossier_cut_off", f"The dossier {shown} is an older copy, or its journal was truncated", **told
        )
    found = fetched(connection, _HASH, noted=noted.seq)
    if found != [(noted.hash,)] or (noted.keyed and not now.keyed):
        raise ZorgidError("dossier_rewritten", f"The journal of the dossier {shown} was rewritten", **told)


def note(connection: sa.Connection, path: Path) -> None:
    """Remember how far it is now; what another process noted later stays. The folder is made (0700)."""
    now = current(connection)
    try:
        make_folder(path.parent)
        # The file itself is replaced whole, so the lock is another one.
        with path.with_name(f"{path.name}.lock").open("w", encoding="ascii") as lock:
            fcntl.flock(lock, fcntl.LOCK_EX)
            noted = read(path)
            if noted is None or noted.identity != now.identity or noted.seq < now.seq:
                write_atomic(path, json.dumps(asdict(now), sort_keys=True).encode() + b"\n")
    except OSError as error:
        raise ZorgidError(
            "dossier_head_unwritable",
            f"The head of the dossier's journal cannot be written to {path}",
            expected="a folder on the controller that this user may write to",
            found=error.strerror or type(error).__name__,
            action="correct dossier_head_path",
        ) from error


def read(path: Path) -> Head | None:
    """Error: ``dossier_head_unreadable``."""
    try:
        with path.open("rb") as stream:
            told = json.loads(stream.read(_LARGEST))
        found = Head(**told)
        if [type(value) for value in asdict(found).values()] != [str, int, str, bool]:
            raise TypeError
    except FileNotFoundError:
        return None
    except (OSError, ValueError, TypeError, RecursionError) as error:
        raise ZorgidError(
            "dossier_head_unreadable",
            f"{path} does not contain the head of a dossier's journal",
            expected="the file that an earlier run wrote",
            found=(error.strerror if isinstance(error, OSError) else None) or "something else",
            action="correct dossier_head_path, or remove the file if you know the cause",
        ) from error
    return found


def _told(noted: Head, now: Head, path: Path) -> dict[str, Any]:
    return {
        "expected": (f"row {noted.seq} of its journal with the hash {noted.hash[:12]}…, written by an earlier run"),
        "found": f"a dossier with {now.seq} rows",
        "action": (f"find out why; if it is correct, remove {path}: the next run then writes the current head"),
    }
