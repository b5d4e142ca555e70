# SPDX-FileCopyrightText: gbz.zorgid contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""What the portal's tables say, for other processes: assertions of tests, and the sandbox's status."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import orjson

from .store import connect


def members(state: Path, ura: str | None = None) -> list[dict[str, Any]]:
    """Who belongs to an organisation (or to any), from the stored rows: for assertions and status, from any process.

    Each membership: ura, id, user_name, first_name, last_name, date_of_birth, domain (of the mail address), role,
    external_id, device (state), identified (wid | self | None).
    """
    connection = connect(state)
    try:
        rows = connection.execute("SELECT document FROM portal_identity ORDER BY rowid").fetchall()
    finally:
        connection.close()
    return [
        {
            "ura": own,
            "id": document["id"],
            "user_name": document["userName"],
            "first_name": (document.get("name") or {}).get("givenName"),
            "last_name": (document.get("name") or {}).get("familyName"),
            "date_of_birth": document.get("dateOfBirth"),
            "domain": next((one.get("value", "") for one in document.get("emails") or []), "").rpartition("@")[2],
            "role": membership["role"],
            "external_id": membership.get("externalId"),
            "device": document["device"]["state"],
            "identified": (document.get("identification") or {}).get("method"),
        }
        for document in (orjson.loads(row[0]) for row in rows)
        for own, membership in document["memberships"].items()
        if ura in (None, own)
    ]


def posts(state: Path, path: str = "", identity_id: str | None = None) -> list[dict[str, Any]]:
    """Every request to the pages that was no GET, in order, from any process; of one person or path if named.

    path: a part of the path. Each: at, method, path, identity_id (None: nobody was logged in), ura, status (what the
    portal answered: 2xx or 3xx is processed; whether the answer arrived is not told).
    """
    connection = connect(state)
    try:
        rows = connection.execute(
            "SELECT at, method, path, identity_id, ura, status FROM portal_post"
            " WHERE instr(path, ?) > 0 AND coalesce(?, identity_id) IS identity_id ORDER BY id",
            (path, identity_id),
        ).fetchall()
    finally:
        connection.close()
    return [dict(row) for row in rows]
