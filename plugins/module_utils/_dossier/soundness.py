# SPDX-FileCopyrightText: gbz.zorgid contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""Checks whether this collection can have written a row: SQLite stores any type in any column, and people edit
files."""

from __future__ import annotations

import datetime
import functools
import json
import re
from collections.abc import Callable, Mapping, Sequence
from typing import Any

from .._common.errors import ZorgidError
from .._common.libraries import needs
from .._common.text import printable
from .._common.ura import is_ura
from . import schema
from .model import ENVIRONMENTS, STATES, STEPS, WORDS

with needs("SQLAlchemy>=2.0.36"):
    import sqlalchemy as sa

_TIMES = frozenset(
    {
        *("since", "attested_at", "evidence_at", "lease_until", "kept_at", "seen_at", "at", "migrated_at"),
        *("began_at", "ended_at"),
    }
)
_decode = json.JSONDecoder().raw_decode
_JSON = frozenset({"evidence", "failures"})
_ONE_OF: dict[tuple[str, str], tuple[str, ...]] = {
    ("dossier", "environment"): ENVIRONMENTS,
    ("milestone", "step"): STEPS,
    ("milestone", "state"): STATES,
    ("submission", "state"): ("intended", "sending", "done", "released"),
    ("word", "word"): WORDS,
}
#: The columns that name a row in messages, if its primary key means nothing to people.
_NAMED_BY = {"submission": ("ura", "kind", "id"), "word": ("ura", "word", "seq")}


def key_of(table: str, row: Any) -> str:
    """The table and the row's key, for messages."""
    return key_in(table, row._asdict())


def key_in(table: str, values: Mapping[str, Any]) -> str:
    names = _NAMED_BY.get(table) or tuple(column.name for column in schema.metadata.tables[table].primary_key)
    return f"{table} ({', '.join(printable(values[name], 80) for name in names if name in values)})"


def damaged(place: str, why: str) -> ZorgidError:
    return ZorgidError(
        "dossier_damaged",
        f"A row of the dossier cannot be read: {place}",
        expected="a row as this collection wrote it",
        found=why,
        action="restore a backup of the dossier from before the damage",
    )


def sound(table: str, row: Any) -> Any:
    """Returns the checked row. Error: ``dossier_damaged``, with table and key and never the content."""
    if why := fault(table, row._fields, row):
        raise damaged(key_of(table, row), why)
    return row


def fault(table: str, names: tuple[str, ...], values: Sequence[Any]) -> str:
    """What is wrong with a row of ``values`` in the columns ``names``; empty if nothing is."""
    for (name, kind, nullable, text_fault), value in zip(_checks(table, names), values, strict=True):
        why = ""
        if value is None:
            why = "" if nullable else "is missing"
        elif not isinstance(value, kind):
            why = f"is of the type {type(value).__name__}"
        elif isinstance(value, str):
            if not value.isascii() and re.search("[\ud800-\udfff]", value):
                why = "contains bytes that are not text"
            elif text_fault:
                why = text_fault(value)
        if why:
            return f"{name} {why}"
    if table == "submission":
        once, digest = values[names.index("once")], values[names.index("digest")]
        if once not in ("", digest) and not once.startswith(f"{digest} "):
            return "once is neither empty nor the digest"
    if table == "milestone":
        first = names.index("attested_by")
        if len({one is None for one in values[first : first + 3]}) > 1:
            return "half an attestation"
    return ""


def loaded_json(text: str) -> Any:
    """Same result as ``json.loads``, twice as fast for text without blanks around it, as this collection writes it."""
    try:
        value, end = _decode(text)
        if end == len(text):
            return value
    except ValueError:
        pass
    return json.loads(text)


def read_json(text: str, place: str) -> Any:
    try:
        return json.loads(text)
    except (ValueError, TypeError, RecursionError) as error:
        raise damaged(place, "content that is not JSON") from error


@functools.cache
def _checks(table: str, names: tuple[str, ...]) -> list[tuple[str, type[Any], bool, Callable[[str], str] | None]]:
    """For each column: name, kind, whether it may be null, and a further check of texts."""
    found: list[tuple[str, type[Any], bool, Callable[[str], str] | None]] = []
    for name in names:
        column = schema.metadata.tables[table].c[name]
        kind: type[Any] = int
        if isinstance(column.type, sa.Text | sa.LargeBinary):
            kind = str if isinstance(column.type, sa.Text) else bytes
        found.append((name, kind, bool(column.nullable), _text_check(table, name)))
    return found


def _text_check(table: str, name: str) -> Callable[[str], str] | None:
    if name == "ura":
        # A statement may be about all organisations.
        return lambda value: "" if is_ura(value) or (table == "word" and value == "") else "is not a URA number"
    if name in _TIMES:
        return lambda value: "" if _is_time(value) else "is no time"
    if name in _JSON:
        return lambda value: "" if value == "{}" or _is_mapping(value) else "is not a mapping in JSON"
    allowed = _ONE_OF.get((table, name))
    return (lambda value: "" if value in allowed else "is unknown") if allowed else None


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
