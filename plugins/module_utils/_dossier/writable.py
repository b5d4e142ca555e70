# SPDX-FileCopyrightText: gbz.zorgid contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""Whether this user can write a dossier, by the permissions: nothing is written to find out."""

from __future__ import annotations

import os
from dataclasses import dataclass
from pathlib import Path

from .._common.errors import ZorgidError
from .._common.libraries import needs
from . import location, schema

with needs("SQLAlchemy>=2.0.36"):
    import sqlalchemy as sa


@dataclass(frozen=True)
class Place:
    """``shown``: the file, or database and server. ``schema``: revision of its tables; empty if there are none.
    ``obstacle``: why this user cannot write; empty if no obstacle is known."""

    shown: str
    schema: str
    newest: str
    obstacle: str


def of_file(path: Path, found: str | None) -> Place:
    """A dossier of SQLite."""
    try:
        location.demand_local(path)
    except ZorgidError as error:
        return _place(str(path), found, f"{error.message}: {error.found}")
    why = location.obstacle(path) if path.exists() else unmakeable(path)
    return _place(str(path), found, why or "")


def of_server(connection: sa.Connection, shown: str, found: str | None) -> Place:
    """A dossier of PostgreSQL. If there are no tables yet, the user must be able to create them."""
    if found is None:
        asked = sa.select(sa.func.has_schema_privilege(sa.func.current_schema(), "CREATE"))
        why = "this database user may not make tables in its schema"
    else:
        asked = sa.select(sa.func.has_table_privilege(schema.journal.name, "INSERT"))
        why = f"this database user may not add rows to the table {schema.journal.name}"
    return _place(shown, found, "" if connection.execute(asked).scalar() else why)


def _place(shown: str, found: str | None, obstacle: str) -> Place:
    return Place(shown, found or "", schema.REVISIONS[-1], obstacle)


def unmakeable(path: Path) -> str | None:
    """Why this user cannot create this file, by the nearest existing folder above it; None if possible."""
    above = next(folder for folder in path.parents if folder.exists())
    if not above.is_dir():
        return f"{above} is a file instead of a folder"
    if not os.access(above, os.W_OK | os.X_OK):
        return f"this user has no write access to the folder {above}"
    return None
