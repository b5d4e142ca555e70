# SPDX-FileCopyrightText: gbz.zorgid contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""The observed mails: each mail of a mailbox once, recognised or not.

A mail is identified by its place (UIDVALIDITY and UID, RFC 9051). If the server numbers its mails anew, it is
identified by Message-ID and the server's time. A Message-ID alone is not enough: the sender chooses it, and some mails
have none.
"""

from __future__ import annotations

import dataclasses
import hashlib
from collections.abc import Collection, Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from typing import Any

from .._common.libraries import needs
from .._common.text import printable
from . import records, retention, schema
from .database import stored_now
from .journal import ERASED, append, canonical, payload_of
from .model import Observation
from .rows import named
from .seen import LastSeen
from .soundness import sound
from .transactions import Transactions

with needs("SQLAlchemy>=2.0.36"):
    import sqlalchemy as sa

    _ROWS = schema.observation
    _COLUMNS = tuple(_ROWS.c.keys())
    _KNOWN = sa.select(_ROWS).where(
        _ROWS.c.mailbox == sa.bindparam("mailbox"), _ROWS.c.reading == sa.bindparam("reading")
    )
    _KNOWN_OF_ONE = _KNOWN.where(_ROWS.c.ura == sa.bindparam("of"))
    _IN_JOURNAL = [column.name for column in _ROWS.columns if column.name not in ("reading", "seen_at")]

#: Increase it when the recognition of mails changes: all mail is then read again.
_READER = 2
_MOST = 300  # characters of a Message-ID
_SECOND = " #"  # between a Message-ID and the number of a further mail with it; no Message-ID contains a blank


@dataclass(frozen=True)
class Mailbox:
    """``digest``: identifies the mailbox. ``reading``: digest of the settings with which its mail is recognised now.
    ``before``: the mailbox's digest from before the dossier had a key."""

    digest: str
    reading: str
    before: str | None = None


@dataclass(frozen=True)
class ReadMail:
    """The mails that were read with the present settings."""

    rows: list[Observation]

    def highest(self, uidvalidity: int) -> int:
        """The highest UID that was read; 0 if none was, or if the server has numbered its mails anew."""
        return max((one.uid for one in self.rows if one.uidvalidity == uidvalidity), default=0)

    def again(self, uidvalidity: int) -> list[int]:
        """The read UIDs of mail without an organisation: read them again, because the dossier may know more now, or the
        server may now deliver the mail."""
        return sorted(one.uid for one in self.rows if one.uidvalidity == uidvalidity and one.ura is None)


@dataclass(frozen=True)
class _Change:
    """``row``: the mail's present row, None for a new mail; ``wanted``: its new content, None to delete the row."""

    row: Any
    wanted: Observation | None
    moved: bool = False


class Observations(LastSeen):
    def __init__(self, transactions: Transactions) -> None:
        super().__init__(transactions)
        self._transactions = transactions
        self._database = transactions.database

    def mailbox(self, place: Sequence[str], reading: Any) -> Mailbox:
        """``place``: server, account and folder; with a key, the digest hides them. ``reading``: the senders, texts,
        places of links and other settings that decide how a mail is recognised, as JSON values."""
        value = canonical(list(place)).encode()
        identity = self._transactions.whose.identity
        bare = _sha256(canonical([identity, "mailbox"]).encode() + value)
        how = _sha256(canonical([_READER, reading]).encode())
        keys = self._transactions.keys
        return Mailbox(keys.digest_of("", "mailbox", value), how, bare) if keys else Mailbox(bare, how)

    def known(self, mailbox: Mailbox, ura: str | None = None) -> ReadMail:
        """The mails that need not be read again, because the settings have not changed since. ``ura``: of this
        organisation alone."""
        with self._database.reading() as connection:
            parameters = {"mailbox": mailbox.digest, "reading": mailbox.reading}
            if ura is not None:
                parameters["of"] = records.spelling(connection, ura)
            rows = named(connection, "observation", _COLUMNS, _KNOWN if ura is None else _KNOWN_OF_ONE, **parameters)
            return ReadMail([records.as_observation(sound("observation", row)) for row in rows])

    def of_nobody(self) -> list[Observation]:
        """Mails that belong to no organisation, oldest first."""
        with self._database.reading() as connection:
            query = sa.select(_ROWS).where(_ROWS.c.ura.is_(None)).order_by(_ROWS.c.received_at, _ROWS.c.message_id)
            return [records.as_observation(sound("observation", row)) for row in connection.execute(query)]

    def with_message_id(self, message_id: str) -> list[Observation]:
        """Every mail with this Message-ID, so that the caller can choose the right one."""
        with self._database.reading() as connection:
            rows = list(_with_base(connection, [_bounded(message_id)]))
            return [records.as_observation(row) for row in rows if base_of(row.message_id) == _bounded(message_id)]

    def observe(
        self, mailbox: Mailbox, mails: Iterable[Observation], *, present: Collection[tuple[int, int]] = ()
    ) -> int:
        """Record every mail of one reading of the mailbox, and delete old rows that belong to no organisation. Returns
        how many rows are new, moved or recognised differently.

        ``present``: UIDVALIDITY and UID of the mails in the mailbox that were not read again.
        """
        mails = [replace(one, message_id=_bounded(one.message_id), mailbox=mailbox.digest) for one in mails]
        with self._database.reading() as connection:
            if not self._differs(connection, mailbox, mails, present):
                return 0
        with self._database.writing() as (connection, at):
            # Computed again under the lock: another run may have read the same mailbox.
            changes = _changes(connection, at, mailbox, mails, present)
            for change in changes:
                self._apply(connection, at, mailbox, change)
            _mark_read(connection, mailbox, mails)
            gone = _let_go(connection, at)
        if gone:
            self._database.forget()
        return sum(change.wanted is not None for change in changes)

    def _differs(
        self,
        connection: sa.Connection,
        mailbox: Mailbox,
        mails: list[Observation],
        present: Collection[tuple[int, int]],
    ) -> bool:
        at = stored_now()
        places = {_place(one) for one in mails}
        stale = sa.select(_ROWS.c.uidvalidity, _ROWS.c.uid).where(
            _ROWS.c.mailbox == mailbox.digest, _ROWS.c.reading != mailbox.reading
        )
        return (
            bool(_changes(connection, at, mailbox, mails, present))
            or any(_place(row) in places for row in connection.execute(stale))
            or bool(connection.execute(sa.select(sa.func.count()).select_from(_ROWS).where(_old(at))).scalar())
        )

    def _apply(self, connection: sa.Connection, at: str, mailbox: Mailbox, change: _Change) -> None:
        row, wanted = change.row, change.wanted
        if row is not None and (wanted is None or row.ura != wanted.ura):
            key = {"mailbox": row.mailbox, "message_id": row.message_id}
            append(connection, at, row.ura or "", "observation_gone", key)
            connection.execute(sa.delete(_ROWS).where(*_same(row)))
            row = None
        if wanted is None:
            return
        ura = self._transactions.ensure(connection, wanted.ura) if wanted.ura else None
        seen_at = row.seen_at if change.moved else at
        values = {**dataclasses.asdict(wanted), "ura": ura, "seen_at": seen_at, "reading": mailbox.reading}
        if row is None:
            connection.execute(sa.insert(_ROWS), values)
        else:
            connection.execute(sa.update(_ROWS).where(*_same(row)).values(**values))
        event = "observation_moved" if change.moved else "observation_seen"
        append(connection, at, ura or "", event, {name: values[name] for name in _IN_JOURNAL})


def _changes(
    connection: sa.Connection,
    at: str,
    mailbox: Mailbox,
    mails: Sequence[Observation],
    present: Collection[tuple[int, int]],
) -> list[_Change]:
    """The changes after which every mail has exactly one row."""
    mine: dict[str, list[Any]] = {}
    earlier: dict[tuple[str, str], list[Any]] = {}
    for row in _with_base(connection, {one.message_id for one in mails}):
        if row.mailbox == mailbox.digest:
            mine.setdefault(base_of(row.message_id), []).append(row)
        elif row.mailbox == mailbox.before or " " in row.mailbox:
            earlier.setdefault((base_of(row.message_id), row.received_at), []).append(row)
    there = {*present, *map(_place, mails)}
    spellings: dict[str, str] = {}
    limit = retention.limit("mail_of_nobody", at)
    changes = []
    for one in sorted(mails, key=lambda each: each.uid):
        if one.ura is None and one.received_at and one.received_at < limit:
            continue
        if one.ura is not None:
            ura = spellings.get(one.ura) or spellings.setdefault(one.ura, records.spelling(connection, one.ura))
            one = replace(one, ura=ura)
        # An older version, or the dossier before it had a key, stored this mail under another digest of its mailbox.
        changes += [_Change(old, None) for old in earlier.pop((one.message_id, one.received_at), ())]
        rows = mine.setdefault(one.message_id, [])
        row = _the_row(one, rows, there)
        if row is None:
            wanted = replace(one, message_id=_free(one.message_id, {each.message_id for each in rows}))
            changes.append(_Change(None, wanted))
        else:
            rows.remove(row)
            wanted = replace(one, message_id=row.message_id, received_at=row.received_at)
            same = _meaning(row) == _meaning(one)
            if not same or _place(row) != _place(one) or row.about != one.about:
                changes.append(_Change(row, wanted, moved=same))
        # Added with its present place, so that no other mail of this reading is taken for it.
        rows.append(wanted)
    return changes


def _the_row(one: Observation, rows: list[Any], there: Collection[tuple[int, int]]) -> Any:
    """The row of this mail. A row with another place matches only if no mail is at that place any more."""
    at_its_place = (row for row in rows if _place(row) == _place(one))
    moved = (row for row in rows if row.received_at == one.received_at and _place(row) not in there)
    return next(at_its_place, None) or next(moved, None)


def _place(one: Any) -> tuple[int, int]:
    return one.uidvalidity, one.uid


def _free(message_id: str, taken: Collection[str]) -> str:
    if message_id not in taken:
        return message_id
    number = len(taken) + 1
    while f"{message_id}{_SECOND}{number}" in taken:
        number += 1
    return f"{message_id}{_SECOND}{number}"


def _meaning(one: Any) -> tuple[Any, ...]:
    return one.kind, one.ura, one.reference, one.problem


def _mark_read(connection: sa.Connection, mailbox: Mailbox, mails: Iterable[Observation]) -> None:
    """Record the settings with which these mails were read, for ``known``."""
    places = {_place(one) for one in mails}
    query = sa.select(_ROWS).where(_ROWS.c.mailbox == mailbox.digest, _ROWS.c.reading != mailbox.reading)
    for row in connection.execute(query).all():
        if _place(row) in places:
            connection.execute(sa.update(_ROWS).where(*_same(row)).values(reading=mailbox.reading))


def _let_go(connection: sa.Connection, at: str) -> int:
    """Delete old mails that belong to no organisation, and the journal's content about each. One journal row says how
    many.

    A role of PostgreSQL that may only add to the journal deletes the rows only; the journal's content stays until the
    owner of the tables runs this.
    """
    rows = connection.execute(sa.select(_ROWS.c.mailbox, _ROWS.c.message_id).where(_old(at))).all()
    if not rows:
        return 0
    if not _may_erase(connection):
        connection.execute(sa.delete(_ROWS).where(_old(at)))
        for row in rows:
            append(connection, at, "", "observation_gone", dict(row._mapping))
        return len(rows)
    keys = {tuple(row) for row in rows}
    table = schema.journal
    written = connection.execute(
        sa.select(table.c.seq, table.c.payload).where(
            table.c.ura == "", table.c.event.startswith("observation_", autoescape=True), table.c.payload.is_not(None)
        )
    )
    payloads = [(row.seq, payload_of(row.seq, row.payload)) for row in written]
    gone = [seq for seq, said in payloads if (said.get("mailbox"), said.get("message_id")) in keys]
    connection.execute(sa.delete(_ROWS).where(_old(at)))
    for start in range(0, len(gone), 500):
        chunk = gone[start : start + 500]
        connection.execute(sa.update(table).where(table.c.seq.in_(chunk)).values(payload=None, salt=None))
    append(connection, at, "", ERASED, {"rows": gone, "observations": len(rows)})
    return len(rows)


def _may_erase(connection: sa.Connection) -> bool:
    if connection.dialect.name != "postgresql":
        return True
    asked = sa.func.has_column_privilege("journal", "payload", "UPDATE")
    return bool(connection.execute(sa.select(asked)).scalar())


def _old(at: str) -> Any:
    """Whether a mail is old, by the mail server's time or, without one, by when it was first seen."""
    limit = retention.limit("mail_of_nobody", at)
    when = sa.func.coalesce(sa.func.nullif(_ROWS.c.received_at, ""), _ROWS.c.seen_at)
    return sa.and_(_ROWS.c.ura.is_(None), when < limit)


def _same(row: Any) -> tuple[Any, Any]:
    return _ROWS.c.mailbox == row.mailbox, _ROWS.c.message_id == row.message_id


def _with_base(connection: sa.Connection, message_ids: Collection[str]) -> Iterator[Any]:
    """The rows with these Message-IDs, of all mailboxes."""
    # To read all rows is faster than one query for each of thousands of mails.
    wanted = set(message_ids)
    for row in connection.execute(sa.select(_ROWS).order_by(_ROWS.c.message_id)):
        if base_of(str(row.message_id)) in wanted:
            yield sound("observation", row)


def base_of(message_id: str) -> str:
    """The Message-ID without the number of the mail that has it."""
    return message_id.partition(_SECOND)[0]


def _bounded(message_id: str) -> str:
    """The Message-ID cut to the length of a key, printable, and without blanks, which would look like the number of a
    second mail."""
    return printable(message_id, _MOST).replace(" ", "?")


def _sha256(value: bytes) -> str:
    return hashlib.sha256(value).hexdigest()
