# SPDX-FileCopyrightText: gbz.zorgid contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""Whether a row is one that this collection wrote. SQLite keeps any type in any column, and people edit files."""

from __future__ import annotations

import datetime
import json
import re
from typing import Any

from .._common.errors import ZorgidError
from .._common.libraries import needs
from .._common.text import printable
from .._common.ura import is_ura
from . import schema
from .model import ENVIRONMENTS, STATES, STEPS

with needs("SQLAlchemy>=2.0.36"):
    import sqlalchemy as sa

_TIMES = frozenset({"since", "attested_at", "lease_until", "kept_at", "seen_at", "migrated_at"})
_JSON = frozenset({"evidence"})
_ONE_OF: dict[tuple[str, str], tuple[str, ...]] = {
    ("dossier", "environment"): ENVIRONMENTS,
    ("milestone", "step"): STEPS,
    ("milestone", "state"): STATES,
    ("submission", "state"): ("intended", "sending", "done", "released"),
}
#: What a row is called by, where its primary key says nothing to people.
_NAMED_BY = {"submission": ("ura", "kind", "id")}


def key_of(table: str, row: Any) -> str:
    """For people: the table and the row's key."""
    names = _NAMED_BY.get(table) or tuple(column.name for column in schema.metadata.tables[table].primary_key)
    return f"{table} ({', '.join(printable(row._mapping[name], 80) for name in names if name in row._mapping)})"


def damaged(place: str, why: str) -> ZorgidError:
    return ZorgidError(
        "dossier_damaged",
        f"A row of the dossier cannot be read: {place}",
        expected="a row as this collection wrote it",
        found=why,
        action="put back a copy of the dossier from before the damage",
    )


def sound(table: str, row: Any) -> Any:
    """The row itself. Error: ``dossier_damaged``, with its table and key and never its content."""
    values = row._mapping
    for column in schema.metadata.tables[table].columns:
        if column.name in values and (why := _fault(table, column, values[column.name])):
            raise damaged(key_of(table, row), f"{column.name} {why}")
    if table == "submission" and values.get("once", "") not in ("", values.get("digest")):
        raise damaged(key_of(table, row), "once is neither empty nor the digest")
    if table == "milestone" and len({one is None for one in (row.attested_by, row.attested_at, row.attested_how)}) > 1:
        raise damaged(key_of(table, row), "half an attestation")
    return row


def read_json(text: str, place: str) -> Any:
    try:
        return json.loads(text)
    except (ValueError, TypeError, RecursionError) as error:
        raise damaged(place, "a content that is no JSON") from error


def _fault(table: str, column: Any, value: Any) -> str:
    if value is None:
        return "" if column.nullable else "is missing"
    wanted = str if isinstance(column.type, sa.Text) else bytes if isinstance(column.type, sa.LargeBinary) else int
    if not isinstance(value, wanted):
        return f"is of the kind {type(value).__name__}"
    if not isinstance(value, str):
        return ""
    if re.search("[\ud800-\udfff]", value):
        return "holds bytes that are no text"
    of_all = table == "word" and value == ""
    if column.name == "ura" and not of_all and not is_ura(value):
        return "is no URA number"
    if column.name in _TIMES and not _is_time(value):
        return "is no time"
    if column.name in _JSON and not _is_mapping(value):
        return "is no mapping in JSON"
    allowed = _ONE_OF.get((table, column.name))
    return "is none that is known" if allowed and value not in allowed else ""


def _is_time(text: str) -> bool:
    try:
        return datetime.datetime.fromisoformat(text).tzinfo is not None
    except ValueError:
        return False


def _is_mapping(text: str) -> bool:
    try:
        return isinstance(json.loads(text), dict)
    except (ValueError, RecursionError):
        return False
