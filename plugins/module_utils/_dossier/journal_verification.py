# SPDX-FileCopyrightText: gbz.zorgid contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""Checks whether the journal is unchanged and the tables agree with it: the whole journal once per run, and one
organisation's rows before each change for it. If possible, a fault is assigned to one organisation, and only that one
stops.

Every row is proven by itself (the hash of its content, its MAC under a key of the dossier) and by its place (the hash
of the row before it). The first shows whose row was changed, the second that no row is missing.
"""

from __future__ import annotations

from hashlib import sha256 as _sha256
from json.encoder import encode_basestring_ascii as _quoted
from typing import TYPE_CHECKING, Any

from .._common.errors import ZorgidError
from .._common.libraries import needs
from .._common.ura import is_ura
from . import schema
from .comparison import contradictions
from .journal import ERASED
from .model import JournalCheck
from .replay import Replay
from .rows import Tables, by_pages, fetched, paged
from .soundness import read_json

KEYED, LOST = "dossier_keyed", "dossier_key_lost"
_COLUMNS = ("seq", "at", "ura", "event", "payload", "salt", "digest", "previous", "hash", "mac")

with needs("SQLAlchemy>=2.0.36"):
    import sqlalchemy as sa

    _JOURNAL = schema.journal.c
    # Built once: to build them takes as long as to run them.
    _ROWS = sa.select(*(_JOURNAL[name] for name in _COLUMNS))
    _ALL = by_pages(_ROWS, _JOURNAL.seq)
    _OF_ONE = by_pages(_ROWS.where(_JOURNAL.ura == sa.bindparam("of")), _JOURNAL.seq)
    _KEYED = _ROWS.where(_JOURNAL.ura == "", _JOURNAL.event == KEYED).order_by(_JOURNAL.seq).limit(1)
    _LOST = (
        sa.select(_JOURNAL.seq).where(_JOURNAL.ura == "", _JOURNAL.event == LOST).order_by(_JOURNAL.seq.desc()).limit(1)
    )
    _LAST = sa.select(_JOURNAL.seq, _JOURNAL.hash).order_by(_JOURNAL.seq.desc()).limit(1)
    _HEAD = sa.select(schema.journal_head.c.seq, schema.journal_head.c.hash)

if TYPE_CHECKING:
    from .keys import Keys

_WHOLE = "Every row is unchanged, and the tables match the journal."
_UNPROVEN = {
    True: (" It was not checked that the rows were written with the dossier's key: dossier_key is not set."),
    False: (" The dossier has no key: anyone with write access to the database can rewrite all of it."),
}


class _Rows:
    """Checks rows of the journal one after the other: all of them, or one organisation's."""

    def __init__(self, keys: Keys | None, keyed_from: int | None, lost_from: int) -> None:
        """``lost_from``: the first row that the present keys prove; the keys of earlier rows are lost."""
        self._replay = Replay(lost_from)
        self._lost_from = lost_from
        #: URA number -> its first wrong row, and what is wrong. The URA number is empty for rows of no single
        #: organisation.
        self.faults: dict[str, tuple[int | None, str]] = {}
        #: The first fault of all: in a row of the journal before one in a row of a table.
        self.first: tuple[int | None, str] | None = None
        self.keyed_from = keyed_from
        self._mac_of = keys.mac_of if keys else None
        self._erased: dict[int, str] = {}
        self._allowed: set[Any] = set()
        #: The rows of tables that were compared.
        self.tables: Tables = {}

    def take(self, row: tuple[Any, ...]) -> None:
        seq, at, ura, event, payload = row[:5]
        if event == KEYED and self.keyed_from is None and ura == "":
            self.keyed_from = seq
        if why := self.wrong(row):
            self.fault(ura, seq, why)
            return
        try:
            self._replay.take(seq, at, ura, event, payload)
            if payload is None:
                self._erased[seq] = ura
            elif event == ERASED:
                erasure = read_json(payload, f"journal ({seq})")
                self._allowed.update(erasure.get("rows") or () if isinstance(erasure, dict) else ())
        except ZorgidError as error:
            self.fault(ura, seq, f"{error.message}.")

    def wrong(self, row: tuple[Any, ...]) -> str:
        """What is wrong with the row; empty if it is unchanged."""
        seq, at, ura, event, payload, salt, digest, previous, row_hash, mac = row
        try:
            # digest_of and hash_of, written out for speed (a test compares). ``digest`` and ``previous`` need no
            # escaping: as all others are escaped, no other value gives the same text.
            text = f'["{previous}",{seq},{_quoted(at)},{_quoted(ura)},{_quoted(event)},"{digest}"]'
            if row_hash != _sha256(text.encode()).hexdigest():
                return f"Row {seq} was changed."
            if payload is not None:
                text = f"[{_quoted(salt or '')},{_quoted(payload)}]"
                if digest != _sha256(text.encode()).hexdigest():
                    return f"The content of row {seq} was changed."
        except (TypeError, UnicodeEncodeError):  # bytes that are not text, or numbers
            return f"Row {seq} was changed."
        if self.keyed_from is None or seq < self.keyed_from:
            return f"Row {seq} was changed: its proof is from before the dossier had a key." if mac else ""
        proves = self._mac_of if seq >= self._lost_from else None
        if mac is None or (proves and mac != proves(seq, row_hash)):
            return f"Row {seq} was not written with the dossier's key."
        return ""

    def fault(self, ura: Any, seq: int | None, why: str) -> None:
        self.first = self.first or (seq, why)
        self.faults.setdefault(ura if is_ura(ura) else "", (seq, why))

    def finish(self, connection: sa.Connection, ura: str | None) -> None:
        """The checks that need all rows. An organisation with a wrong row is not compared with the tables."""
        for seq, whose in self._erased.items():
            if seq not in self._allowed:
                self.fault(
                    whose, seq, f"The content of row {seq} is missing and no later row records that it was erased."
                )
        for wrong in contradictions(connection, self._replay, ura, self.tables):
            self.fault(wrong.ura, wrong.seq, wrong.message)


def verify(connection: sa.Connection, keys: Keys | None) -> tuple[JournalCheck, Tables]:
    """Check the whole chain, then compare the tables. Returns every fault by organisation, and the tables as they were
    read."""
    rows, count, previous = _Rows(keys, None, _lost_from(connection)), 0, schema.START
    broken: tuple[int | None, str] | None = None
    for row in paged(connection, _ALL):
        count += 1
        if broken:
            continue
        if row[0] != count:
            broken = count, f"Row {count} is missing."
        elif row[7] != previous:
            broken = (
                count,
                (f"Row {count} does not follow the row before it: one of them was changed, moved or replaced."),
            )
        else:
            rows.take(row)
            previous = row[8]
    head = fetched(connection, _HEAD)
    if not broken and (not head or head[0] != (count, previous)):
        broken = count + 1, f"Row {count + 1} is missing at the end, or the record of the last row was changed."
    if broken:
        rows.fault("", *broken)
    else:
        rows.finish(connection, None)
    everybodys = rows.faults.pop("", None)
    first = everybodys or rows.first
    check = JournalCheck(
        valid=first is None,
        rows=count,
        first_broken=first[0] if first else None,
        message=first[1] if first else _WHOLE + ("" if keys else _UNPROVEN[rows.keyed_from is not None]),
        head=str(previous),
        whole=everybodys is None,
        proven=first is None and keys is not None,
        damaged={ura: why for ura, (_seq, why) in sorted(rows.faults.items())},
    )
    return check, rows.tables


def _lost_from(connection: sa.Connection) -> int:
    found = fetched(connection, _LOST)
    return int(found[0][0]) if found else 0


def demand(connection: sa.Connection, ura: str, keys: Keys | None) -> None:
    """Check one organisation's rows and tables, and the end of the journal.

    Errors: ``dossier_changed``, ``dossier_journal_broken``.
    """
    head, last = fetched(connection, _HEAD), fetched(connection, _LAST)
    if not head or head[0] != (last[0] if last else (0, schema.START)):
        raise journal_broken("Its last row is missing, or the record of it was changed.")
    keyed = next(iter(fetched(connection, _KEYED)), None)
    rows = _Rows(keys, keyed[0] if keyed else None, _lost_from(connection))
    if keys and not keyed:
        raise journal_broken("The row that records when the dossier got its key is missing.")
    if keyed and (why := rows.wrong(keyed)):
        raise journal_broken(why)
    for row in paged(connection, _OF_ONE, of=ura):
        rows.take(row)
    rows.finish(connection, ura)
    if rows.first:
        raise changed(ura, rows.first[1])


def changed(ura: str, why: str) -> ZorgidError:
    return ZorgidError(
        "dossier_changed",
        f"The dossier of {ura} was changed outside this collection",
        expected="rows that were changed by this collection only",
        found=why,
        action="find out who changed it and why; correct the row so that it matches the journal "
        "(dossier_info with full: true shows it), or restore a backup of the dossier. Until "
        "then nothing is done for this organisation",
    )


def journal_broken(why: str) -> ZorgidError:
    return ZorgidError(
        "dossier_journal_broken",
        "The journal of the dossier was changed outside this collection",
        expected="every row, in order, and the record of the last row",
        found=why,
        action="find out who changed it and why, and restore an earlier backup of the dossier. "
        "Until then nothing is done for any organisation",
    )
