# SPDX-FileCopyrightText: gbz.zorgid contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""Turns an error of a database driver into a sentence. For PostgreSQL it uses the SQLSTATE, because messages may be in
any language."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from .._common.errors import ZorgidError
from .location import obstacle

if TYPE_CHECKING:
    from sqlalchemy.exc import DBAPIError

_ABSENT = frozenset({"42P01", "42703", "42P07"})  # a table or a column is missing; a table exists already
_BY_RIGHTS = ("readonly database", "unable to open database file")


def forbidden(error: DBAPIError) -> bool:
    return _state(error.orig) == "42501"


def _state(cause: object) -> str:
    return str(getattr(cause, "sqlstate", None) or "")


def sentence(error: Exception, shown: str, secret: str, path: Path | None, patience: int) -> ZorgidError:
    """``error``: SQLAlchemy's or the driver's. ``secret``: the password, which is removed. ``path``: of SQLite's
    file."""
    cause = getattr(error, "orig", None) or error
    state, reason = _state(cause), " ".join(str(cause).split()) or type(cause).__name__
    if secret:
        reason = reason.replace(secret, "***")
    low = reason.lower()
    if "database is locked" in low or state == "55P03":
        return ZorgidError(
            "dossier_busy",
            f"The dossier {shown} is locked by another process",
            expected=f"access within {patience} seconds",
            found=reason,
            action="find the process or backup that keeps it locked, then run again",
        )
    if state == "42501":
        return ZorgidError(
            "dossier_forbidden",
            f"The database user has no permission for this in the dossier {shown}",
            expected="the role for it: the owner migrates and erases, the writer records, the reader "
            "reads what is not encrypted and needs no dossier_key",
            found=reason,
            action="use the dossier_url of that role, or let the administrator run "
            "docs/examples/postgresql/roles.sql again after an update",
        )
    if "disk is full" in low or state == "53100":
        return ZorgidError(
            "dossier_disk_full",
            f"The disk of the dossier {shown} is full, so nothing was recorded",
            expected="free space for what is recorded",
            found=reason,
            action="free up space, then run again",
        )
    if state in _ABSENT or low.startswith(("no such table", "no such column")) or low.endswith("already exists"):
        return ZorgidError(
            "dossier_damaged",
            f"The tables of the dossier {shown} were not created by this collection",
            expected="the tables of this collection's schema",
            found=reason,
            action="restore a backup of the dossier from before the damage",
        )
    if "not a database" in low or "malformed" in low:
        return ZorgidError(
            "dossier_damaged",
            f"The dossier {shown} cannot be read as a database",
            expected="a SQLite file that this collection created",
            found=reason,
            action="correct dossier_url, or restore a backup of the file",
        )
    if path is not None and any(one in low for one in _BY_RIGHTS):
        reason = obstacle(path) or reason
    elif path is not None and "disk i/o error" in low:
        reason = "the disk reports an error: it is faulty, or a quota or file size limit was reached"
    return ZorgidError(
        "dossier_unreachable",
        f"The dossier {shown} cannot be used",
        expected="a database that answers and lets this user read and write",
        found=reason,
        action="check dossier_url, the server and the permissions of its user"
        if path is None
        else "check dossier_url, the disk and the permissions of the file and the folder",
    )
