# SPDX-FileCopyrightText: gbz.zorgid contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""The last row of the journal, stored in a file outside the dossier: each run writes it, the next run compares.

The owner of the database can rewrite it, cut it off or restore an earlier copy; none of these contains the row that was
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

    _IDENTITY = sa.select(schema.dossier.c.identity, schema.dossier.c.key_id)
    _HASH = sa.select(schema.journal.c.hash).where(schema.journal.c.seq == sa.bindparam("noted"))
    _LAST = sa.select(schema.journal_head.c.seq, schema.journal_head.c.hash)

_LARGEST = 2000  # bytes; a file has about 250


@dataclass(frozen=True)
class Head:
    """The last journal row of the dossier ``identity``; ``keyed``: whether a key proves its rows."""

    identity: str
    seq: int
    hash: str
    keyed: bool


def current(connection: sa.Connection) -> Head:
    ((identity, key_id),) = fetched(connection, _IDENTITY)
    ((seq, last),) = fetched(connection, _LAST)
    return Head(identity, seq, last, key_id is not None)


def check(connection: sa.Connection, path: Path, shown: str) -> None:
    """Check that the dossier still contains the noted row. Without a file, nothing was noted yet."""
    noted = read(path)
    if noted is None:
        return
    now = current(connection)
    difference = _difference(noted, now, path)
    if now.identity != noted.identity:
        raise ZorgidError(
            "dossier_replaced", f"The dossier {shown} was replaced by another one, or it is missing", **difference
        )
    if now.seq < noted.seq:
        raise ZorgidError(
            "dossier_cut_off",
            f"The dossier {shown} is an older copy, or its journal was truncated",
            **{**difference, "action": _RESTORED.format(path)},
        )
    found = fetched(connection, _HASH, noted=noted.seq)
    if found != [(noted.hash,)] or (noted.keyed and not now.keyed):
        raise ZorgidError("dossier_rewritten", f"The journal of the dossier {shown} was rewritten", **difference)


def behind(connection: sa.Connection, path: Path | None, shown: str) -> tuple[Head | None, Head]:
    """The noted row and the dossier's last row, which may be of an earlier copy. Errors: those of ``check`` except
    ``dossier_cut_off``."""
    if path is None:
        return None, current(connection)
    try:
        check(connection, path, shown)
    except ZorgidError as error:
        if error.code != "dossier_cut_off":
            raise
    return read(path), current(connection)


def note(connection: sa.Connection, path: Path, *, restored: bool = False) -> None:
    """Write the present last row. A later row that another process noted stays, unless a person says that the dossier
    was ``restored``. The folder is created (0700)."""
    now = current(connection)
    try:
        make_folder(path.parent)
        # The file itself is replaced, so another file has the lock.
        with path.with_name(f"{path.name}.lock").open("w", encoding="ascii") as lock:
            fcntl.flock(lock, fcntl.LOCK_EX)
            noted = read(path)
            if restored or noted is None or noted.identity != now.identity or noted.seq < now.seq:
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
            fields = json.loads(stream.read(_LARGEST))
        found = Head(**fields)
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


_RESTORED = (
    "if a backup was restored: ansible-playbook gbz.zorgid.hold -e all=true -e restored=true -e why='…', and then as "
    "docs/dossier.md says (Backup and restore); nothing is sent until a person has looked. Otherwise find out "
    "why the journal is shorter than {} says"
)


def _difference(noted: Head, now: Head, path: Path) -> dict[str, Any]:
    return {
        "expected": (f"row {noted.seq} of its journal with the hash {noted.hash[:12]}…, written by an earlier run"),
        "found": f"a dossier with {now.seq} rows",
        "action": (f"find out why; if it is correct, remove {path}: the next run then writes the current head"),
    }
