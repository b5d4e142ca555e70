# SPDX-FileCopyrightText: gbz.zorgid contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""Erases a person's data from a dossier (AVG, article 17); the journal can still be verified."""

from __future__ import annotations

import dataclasses
import json
import re
import unicodedata
from collections.abc import Collection, Iterable
from contextlib import suppress
from dataclasses import dataclass, field
from html import unescape
from typing import Any, TypedDict

from .._common.errors import ZorgidError
from .._common.libraries import needs
from . import records, schema, shared_readings
from .checks import check_text, check_ura
from .journal import ERASED, append, canonical, payload_of
from .model import STEPS, DossierChange
from .sealed import Sealed, named
from .soundness import key_of, read_json, sound
from .transactions import Transactions

with needs("SQLAlchemy>=2.0.36"):
    import sqlalchemy as sa

GONE = "(erased)"
#: The columns with free text from people, mail and tasks. All others contain values that this collection made: names of
#: steps, moments, digests. A test covers each column of the schema.
FREE: dict[str, frozenset[str]] = {
    "organisation": frozenset({"name"}),
    "milestone": frozenset({"who", "what", "error_code", "message", "evidence", "attested_by", "attested_how"}),
    "submission": frozenset({"evidence"}),
    "observation": frozenset({"message_id", "reference"}),
    "word": frozenset({"subject", "by", "how"}),
}
_AT_ONCE = 500  # row numbers in one statement


class Unreached(TypedDict):
    """Encrypted content that may still name the person. ``version``: None for a secret with its own key."""

    kind: str
    version: int | None
    kept_at: str


@dataclass(frozen=True)
class Erased(DossierChange):
    """``sealed``: encrypted contents that name the person and are not changed. ``unsearched``: encrypted contents that
    could not be opened."""

    sealed: list[Unreached] = field(default_factory=list)
    unsearched: list[Unreached] = field(default_factory=list)


class Erasure:
    def __init__(self, transactions: Transactions, contents: Sealed) -> None:
        self._transactions = transactions
        self._contents = contents

    def erase(self, ura: str, *, subject: str, by: str) -> Erased:
        """Erase ``subject`` (a name or an address, as it was recorded) from an organisation's dossier, and from rows
        that belong to no organisation or to all of them.

        The words are removed from texts; journal rows that name the person lose their whole content. The journal then
        says which rows were erased, when and by whom, but not which person. Errors: ``erase_subject_invalid``,
        ``dossier_damaged``.
        """
        check_ura(ura)
        check_text(erase=subject, attested_by=by)
        pattern = _pattern(subject)
        write = not self._transactions.read_only
        with self._transactions.changing() as (connection, at):
            uras, ura = records.spellings(connection, ura), records.spelling(connection, ura)
            fields = sum(_clean(connection, table, uras, pattern, write=write) for table in FREE)
            rows = _naming(connection, [*uras, ""], pattern)
            found = {"fields": fields, "journal_rows": len(rows)}
            change = DossierChange(bool(fields or rows), found, dict.fromkeys(found, 0))
            if change.changed and write:
                forget_rows(connection, at, rows, fields=fields)
                # A separate row, so that this name can be erased later too.
                append(connection, at, ura, "erased_by", {"by": by})
            if write:
                shared_readings.forget(connection)
            inside, unsearched = self._inside(connection, uras, pattern)
        if write:
            # Also when nothing changed: an earlier run may have been killed before this point.
            self._transactions.database.forget()
        changed = {each.name: getattr(change, each.name) for each in dataclasses.fields(change)}
        return Erased(**changed, sealed=inside, unsearched=unsearched)

    def _inside(
        self, connection: sa.Connection, uras: Collection[str], pattern: re.Pattern[str]
    ) -> tuple[list[Unreached], list[Unreached]]:
        inside: list[Unreached] = []
        unsearched: list[Unreached] = []
        for row in [each for ura in uras for each in named(connection, ura)]:
            known: Unreached = {"kind": row.kind, "version": row.version, "kept_at": row.kept_at}
            if self._transactions.keys is None:
                unsearched.append(known)
                continue
            content = self._contents.opened(connection, row.ura, row.kind, row.version)
            texts = _texts(content.content) if content else []
            if any(pattern.search(text) for text in texts):
                inside.append(known)
            elif not texts:
                unsearched.append(known)
        table = schema.secret
        query = sa.select(table.c.ura, table.c.name, table.c.kept_at).where(table.c.ura.in_(uras))
        for row in connection.execute(query.order_by(table.c.ura, table.c.name)):
            sound("secret", row)
            unsearched.append({"kind": row.name, "version": None, "kept_at": row.kept_at})
        return inside, unsearched


def forget_rows(connection: sa.Connection, at: str, rows: Iterable[tuple[int, str]], **about: Any) -> None:
    """Erase the content of journal rows (number and URA) and the salt of its digest; a new row of each organisation
    lists them."""
    table = schema.journal
    by_ura: dict[str, list[int]] = {}
    for seq, ura in rows:
        by_ura.setdefault(ura, []).append(seq)
    for ura, seqs in by_ura.items():
        for start in range(0, len(seqs), _AT_ONCE):
            chunk = seqs[start : start + _AT_ONCE]
            connection.execute(sa.update(table).where(table.c.seq.in_(chunk)).values(payload=None, salt=None))
        append(connection, at, ura, ERASED, {"rows": seqs, **about})


def _clean(
    connection: sa.Connection, name: str, uras: Collection[str], pattern: re.Pattern[str], *, write: bool
) -> int:
    """Erase the words from this table; returns how many fields had them."""
    table, fields = schema.metadata.tables[name], 0
    mine: sa.ColumnElement[bool] = table.c.ura.in_([*uras, ""])
    if table.c.ura.nullable:
        mine = sa.or_(mine, table.c.ura.is_(None))
    for row in connection.execute(sa.select(table).where(mine)).all():
        sound(name, row)
        before = {column: row._mapping[column] for column in sorted(FREE[name])}
        changed = {
            column: value
            for column, content in before.items()
            if (value := _cleaned(content, pattern, key_of(name, row) if column == "evidence" else None)) != content
        }
        fields += len(changed)
        if changed and write:
            if "message_id" in changed:
                changed["message_id"] = _free(connection, row.mailbox, changed["message_id"])
            key = [column == row._mapping[column.name] for column in table.primary_key]
            connection.execute(sa.update(table).where(*key).values(**changed))
    return fields


def _free(connection: sa.Connection, mailbox: str, message_id: str) -> str:
    """A Message-ID that no other mail has: two may become equal when the name is removed."""
    table = schema.observation
    taken = set(connection.execute(sa.select(table.c.message_id).where(table.c.mailbox == mailbox)).scalars())
    number, free = 1, message_id
    while free in taken:
        number += 1
        free = f"{message_id} #{number}"
    return free


def _naming(connection: sa.Connection, uras: Collection[str], pattern: re.Pattern[str]) -> list[tuple[int, str]]:
    table = schema.journal
    query = (
        sa.select(table.c.seq, table.c.ura, table.c.event, table.c.payload)
        .where(table.c.ura.in_(uras), table.c.payload.is_not(None), table.c.event != ERASED)
        .order_by(table.c.seq)
    )
    return [
        (row.seq, row.ura)
        for row in connection.execute(query)
        if _names(_free_part(row.event, payload_of(row.seq, row.payload)), pattern)
    ]


def _free_part(event: Any, payload: Any) -> Any:
    """The free text of a row, without this collection's own values: a person called Open must not match every open
    step."""
    name = str(event).partition("_")[0].replace("message", "observation")
    if not isinstance(payload, dict) or name not in schema.metadata.tables:
        return payload
    columns = set(schema.metadata.tables[name].c.keys()) - FREE.get(name, frozenset()) - {"owner_host"}
    return {key: value for key, value in payload.items() if key not in columns and value not in STEPS}


def _pattern(subject: str) -> re.Pattern[str]:
    words = unicodedata.normalize("NFC", subject).split()
    if len("".join(words)) < 3:
        raise ZorgidError(
            "erase_subject_invalid",
            "The text to erase is too short to identify a person",
            expected="a name or an address of at least three characters, as it was recorded",
            action="specify the whole name",
        )
    return re.compile(r"(?<!\w)" + r"\s+".join(map(re.escape, words)) + r"(?!\w)", re.IGNORECASE)


def _texts(content: bytes) -> list[str]:
    """The content as text, and the same text without mark-up; nothing if it is not text."""
    try:
        text = unicodedata.normalize("NFC", content.decode("utf-8"))
    except UnicodeDecodeError:
        return []
    # JSON escapes characters outside ASCII, and HTML may.
    with suppress(ValueError, RecursionError):
        text = json.dumps(json.loads(text), ensure_ascii=False)
    return [text, unicodedata.normalize("NFC", unescape(re.sub("<[^<>]*>", " ", text)))]


def _cleaned(value: Any, pattern: re.Pattern[str], json_at: str | None = None) -> Any:
    if isinstance(value, dict):
        return {_cleaned(key, pattern): _cleaned(each, pattern) for key, each in value.items()}
    if isinstance(value, list):
        return [_cleaned(each, pattern) for each in value]
    if json_at and isinstance(value, str):
        known = read_json(value, json_at)
        return canonical(_cleaned(known, pattern)) if _names(known, pattern) else value
    if not isinstance(value, str) or value in STEPS or not _names(value, pattern):
        return value
    return pattern.sub(GONE, unicodedata.normalize("NFC", value))


def _names(value: Any, pattern: re.Pattern[str]) -> bool:
    if isinstance(value, dict):
        return any(_names(each, pattern) for item in value.items() for each in item)
    if isinstance(value, list):
        return any(_names(each, pattern) for each in value)
    return isinstance(value, str) and pattern.search(unicodedata.normalize("NFC", value)) is not None
