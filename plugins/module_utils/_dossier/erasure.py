# SPDX-FileCopyrightText: gbz.zorgid contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""A person's data taken out of a dossier (AVG, article 17) while its journal stays verifiable."""

from __future__ import annotations

import json
import re
import unicodedata
from typing import Any

from .._common.errors import ZorgidError
from .._common.libraries import needs
from . import schema
from .journal import ERASED, append, canonical, payload_of
from .model import Change
from .soundness import sound

with needs("SQLAlchemy>=2.0.36"):
    import sqlalchemy as sa

GONE = "(erased)"


def erase(connection: sa.Connection, at: str, ura: str, subject: str, by: str, *, write: bool) -> Change:
    """Take ``subject`` (a name, an address, as it was recorded) out of an organisation's dossier.

    Texts lose the words, journal rows that name the person lose their whole content. The journal then says which rows,
    when and by whom, and not who it was.
    """
    pattern = _pattern(subject)
    fields = 0
    for table in (schema.organisation, schema.milestone, schema.submission, schema.observation, schema.word):
        for row in connection.execute(sa.select(table).where(table.c.ura == ura)).all():
            sound(table.name, row)
            values = {name: _cleaned(value, pattern, name) for name, value in row._mapping.items()}
            changed = {name: value for name, value in values.items() if value != row._mapping[name]}
            fields += len(changed)
            if changed and write:
                key = [column == row._mapping[column.name] for column in table.primary_key]
                connection.execute(sa.update(table).where(*key).values(**changed))
    rows = [
        row.seq
        for row in connection.execute(
            sa.select(schema.journal.c.seq, schema.journal.c.payload)
            .where(schema.journal.c.ura == ura, schema.journal.c.payload.is_not(None), schema.journal.c.event != ERASED)
            .order_by(schema.journal.c.seq)
        )
        if _names(payload_of(row.seq, row.payload), pattern)
    ]
    found = {"fields": fields, "journal_rows": len(rows)}
    change = Change(bool(fields or rows), found, dict.fromkeys(found, 0))
    if change.changed and write:
        table = schema.journal
        connection.execute(sa.update(table).where(table.c.seq.in_(rows)).values(payload=None, salt=None))
        append(connection, at, ura, ERASED, {"rows": rows, "fields": fields})
        # A row of its own, so that it can be erased in its turn.
        append(connection, at, ura, "erased_by", {"by": by})
    return change


def _pattern(subject: str) -> re.Pattern[str]:
    words = unicodedata.normalize("NFC", subject).split()
    if len("".join(words)) < 3:
        raise ZorgidError(
            "erase_subject_invalid",
            "What is to be erased is too short to tell a person by",
            expected="a name or an address of at least three characters, as it was recorded",
            action="give the whole name",
        )
    return re.compile(r"(?<!\w)" + r"\s+".join(map(re.escape, words)) + r"(?!\w)", re.IGNORECASE)


def _cleaned(value: Any, pattern: re.Pattern[str], column: str) -> Any:
    if not isinstance(value, str):
        return value
    if column == "evidence":
        return canonical(_without(json.loads(value), pattern))
    return pattern.sub(GONE, unicodedata.normalize("NFC", value)) if _names(value, pattern) else value


def _without(value: Any, pattern: re.Pattern[str]) -> Any:
    if isinstance(value, dict):
        return {key: _without(each, pattern) for key, each in value.items()}
    if isinstance(value, list):
        return [_without(each, pattern) for each in value]
    return _cleaned(value, pattern, "")


def _names(value: Any, pattern: re.Pattern[str]) -> bool:
    if isinstance(value, dict):
        return any(_names(each, pattern) for item in value.items() for each in item)
    if isinstance(value, list):
        return any(_names(each, pattern) for each in value)
    return isinstance(value, str) and pattern.search(unicodedata.normalize("NFC", value)) is not None
