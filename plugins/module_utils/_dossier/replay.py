# SPDX-FileCopyrightText: gbz.zorgid contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""The journal told again, and compared with the tables: a state that was written into a table by hand is found.

Where a row's content was erased, what it said is not known, so what it may have changed is not compared. What an older
version did not write into its rows (who held a claim) is not compared either.
"""

from __future__ import annotations

import functools
import json
import operator
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any

from .._common.errors import ZorgidError
from .._common.libraries import needs
from .._common.text import printable
from .._common.ura import is_ura
from . import schema
from .journal import canonical
from .rows import fetched
from .soundness import damaged, fault, key_in

with needs("SQLAlchemy>=2.0.36"):
    import sqlalchemy as sa

#: Where each row of the journal says all of a table's row, only the newest is read as JSON. Which row it is stands in
#: its text behind this, the last time: ``append`` writes keys in their order, what follows is text, and in text a quote
#: has a backslash before it.
_NEWEST = {"milestone": '"step":"', "seen": '"kind":"'}
_CLAIM = ("owner_host", "owner_pid", "owner_started", "lease_until")
#: The columns of each table that the journal's row holds, after those that tell its rows of one organisation apart.
#: A secret's bytes are nobody's business here.
_TABLES: dict[str, tuple[tuple[str, ...], tuple[str, ...]]] = {
    "dossier": ((), ("environment", "tenant", "key_id")),
    "organisation": ((), ("name",)),
    # Which vault key wraps it changes with each new one, for all at once.
    "organisation_key": ((), ()),
    "milestone": (
        ("step",),
        (
            *("state", "since", "who", "what", "error_code", "message", "evidence"),
            *("attested_by", "attested_at", "attested_how", "evidence_at"),
        ),
    ),
    "submission": (
        ("message_id",),
        ("id", "kind", "once", "digest", "state", "evidence", "since", "claimed", *_CLAIM),
    ),
    "secret": (("name",), ()),
    "sealed": (("kind", "version"), ()),
    "observation": (
        ("mailbox", "message_id"),
        ("uidvalidity", "uid", "received_at", "kind", "reference", "problem", "seen_at"),
    ),
    "seen": (("kind",), ("digest", "owner", "at")),
    "word": (("seq",), ("word", "subject", "by", "at", "how")),
}
#: Which table a row of the journal is about, and what it did to it. Events that are not here change no table.
_EVENTS: dict[str, tuple[str, str]] = {
    **dict.fromkeys(
        [f"dossier_{what}" for what in ("used", "keyed", "adopted", "rekeyed", "key_lost")], ("dossier", "some")
    ),
    "organisation_registered": ("organisation", "all"),
    "organisation_key_made": ("organisation_key", "made"),
    **dict.fromkeys(("milestone_changed", "milestone_attested"), ("milestone", "milestone")),
    **dict.fromkeys(
        [f"submission_{what}" for what in ("claimed", "taken_over", "sending", "done", "released", "resolved")],
        ("submission", "submission"),
    ),
    # What an older version remembered of mail; the migration made it observations.
    "message_remembered": ("observation", "some"),
    "message_moved": ("observation", "moved"),
    "secret_kept": ("secret", "all"),
    **dict.fromkeys(("secret_used", "secret_destroyed"), ("secret", "gone")),
    "sealed_kept": ("sealed", "all"),
    "sealed_destroyed": ("sealed", "destroyed"),
    **dict.fromkeys(("observation_seen", "observation_moved"), ("observation", "some")),
    "observation_gone": ("observation", "gone"),
    "seen_noted": ("seen", "all"),
    "word_said": ("word", "word"),
}
_decode = json.JSONDecoder().raw_decode
#: What needs no row of the journal: an organisation that was never registered has no name, a dossier that nobody used
#: yet no environment.
_MAY_BE_BLANK = ("organisation", "dossier")
_NOT_ATTESTED: dict[str, Any] = {}
_NOBODY = dict.fromkeys(_CLAIM)
Key = tuple[Any, ...]
Payload = dict[str, Any]


@dataclass(slots=True)
class _Told:
    """What the row of a table should hold by journal row ``seq``."""

    seq: int
    values: dict[str, Any]


Known = dict[Key, _Told]


@dataclass(frozen=True)
class Contradiction:
    """``ura`` is empty for what is everybody's; ``seq``: the journal's row, if there is one."""

    ura: str
    seq: int | None
    message: str


class Replay:
    def __init__(self, lost_from: int = 0) -> None:
        """``lost_from``: the journal row that says that the key of the dossier was lost, and all that it wrapped."""
        self._lost_from = lost_from
        self._told: dict[str, Known] = {}
        self._erased: dict[tuple[str, str], int] = {}
        #: How each organisation that is there is written, by its eight digits.
        self._spelled: dict[str, str] = {}
        #: By whose and what they are, the rows of which only the newest counts; not read yet.
        self._newest: dict[tuple[str, str, str], tuple[int, str]] = {}
        self._how = {event: (table, getattr(self, f"_{how}")) for event, (table, how) in _EVENTS.items()}

    def take(self, seq: int, at: str, ura: str, event: str, payload: str | None) -> None:
        """The next row of the journal; ``payload``: its JSON, None where it was erased. Error: ``dossier_damaged``."""
        about = self._how.get(event)
        if about is None:
            return
        table, how = about
        if payload is None:
            self._erased[table, ura] = seq
        elif table in _NEWEST and (found := _found(payload, _NEWEST[table])):
            self._newest[ura, table, found] = seq, payload
        else:
            known = self._told.get(ura)
            if known is None:
                known = self._told[ura] = {}
            try:
                told = _decode(payload)[0]
                if event == "message_remembered":
                    told["mailbox"] = f"{ura} {told['kind']}"
                elif event == "observation_seen":
                    told["seen_at"] = at
                how(known, table, seq, at, event, told)
            except (ValueError, TypeError, KeyError, AttributeError, RecursionError) as error:
                raise _foreign(seq) from error

    def _milestone(self, known: Known, table: str, seq: int, _at: str, _event: str, told: Payload) -> None:
        attested = told.get("attested") or _NOT_ATTESTED
        told |= {f"attested_{name}": attested.get(name) for name in ("by", "at", "how")}
        known[table, told.get("step")] = _Told(seq, told)

    def _read(self, ura: str, table: str, found: str, seq: int, payload: str) -> None:
        try:
            told = _decode(payload)[0]
            if told[_TABLES[table][0][0]] != found:
                raise ValueError
            how = self._milestone if table == "milestone" else self._all
            how(self._told.setdefault(ura, {}), table, seq, "", "", told)
        except (ValueError, TypeError, KeyError, AttributeError, RecursionError) as error:
            raise _foreign(seq) from error

    def _all(self, known: Known, table: str, seq: int, _at: str, _event: str, told: Payload) -> None:
        known[table, *[told.get(name) for name in _TABLES[table][0]]] = _Told(seq, told)

    def _some(self, known: Known, table: str, seq: int, _at: str, _event: str, told: Payload) -> None:
        key = table, *[told.get(name) for name in _TABLES[table][0]]
        before = known.get(key)
        known[key] = _Told(seq, {**before.values, **told} if before else told)

    def _gone(self, known: Known, table: str, _seq: int, _at: str, _event: str, told: Payload) -> None:
        known.pop((table, *[told.get(name) for name in _TABLES[table][0]]), None)

    def _made(self, known: Known, table: str, seq: int, at: str, event: str, told: Payload) -> None:
        if seq > self._lost_from:
            self._all(known, table, seq, at, event, told)

    def _destroyed(self, known: Known, table: str, _seq: int, _at: str, _event: str, told: Payload) -> None:
        for key in [key for key in known if key[:2] == (table, told.get("kind"))]:
            del known[key]

    def _moved(self, known: Known, table: str, seq: int, _at: str, _event: str, told: Payload) -> None:
        for key, before in known.items():
            if key[0] == table and key[2] == told.get("message_id") and " " in str(key[1]):
                before.seq, before.values = seq, {**before.values, **told}

    def _word(self, known: Known, table: str, seq: int, _at: str, _event: str, told: Payload) -> None:
        known[table, seq] = _Told(seq, told)

    def _submission(self, known: Known, table: str, seq: int, at: str, event: str, told: Payload) -> None:
        key = table, told.get("message_id")
        before = known.get(key)
        if event == "submission_claimed":
            # What an older version did not say of it is not known any more.
            known[key] = _Told(seq, {**told, "state": "intended", "evidence": {}, "since": at, "claimed": seq})
            return
        if before is None:
            before = known[key] = _Told(seq, {})
        values, before.seq = before.values, seq
        if event == "submission_sending":
            values |= {"state": "sending", "since": at}
            _held(values, told)
        elif event == "submission_taken_over":
            # Who took it over does not make it newer.
            _held(values, told)
        elif event == "submission_done":
            # Nor does a second answer.
            if values.get("state") != "done":
                values |= {"state": "done", "evidence": told.get("evidence"), "since": at, **_NOBODY}
        elif event == "submission_resolved" and told.get("arrived"):
            evidence = {"resolved": "arrived", "resolved_at": at}
            values |= {"state": "done", "evidence": evidence, "since": at, **_NOBODY}
        else:
            values |= {"state": "released", "since": at, **_NOBODY}

    def contradictions(self, connection: sa.Connection, ura: str | None) -> Iterator[Contradiction]:
        """The rows of tables that are not as the journal says; ``ura``: of that organisation only. Told once."""
        for (whose, name, found), (seq, payload) in self._newest.items():
            try:
                self._read(whose, name, found, seq, payload)
            except ZorgidError as error:
                yield Contradiction(whose, seq, f"{error.message}: {error.found}.")
        for name in _TABLES:
            if name == "dossier" and ura is not None:
                continue
            columns, query = _query(name, one=ura is not None)
            names, wanted = _TABLES[name][1], _wanted(_TABLES[name][1])
            last = len(columns) - len(names)
            for row in fetched(connection, query, **({} if ura is None else {"of": ura})):
                whose = "" if name == "dossier" or row[0] is None else row[0]
                if name == "organisation":
                    self._spelled[str(whose).zfill(8)] = whose
                known = self._told.get(whose)
                told = known.pop((name, *row[1:last]), None) if known else None
                # What is exactly as the journal says needs no closer look.
                if told is not None and not self._erased and wanted and _same(names, row[last:], told.values, wanted):
                    continue
                if wrong := self._compared(name, columns, whose, row, told):
                    yield wrong
        for whose, known in self._told.items():
            # The other spelling of an organisation that is there: its twin, which was taken out before the migration.
            if self._spelled.get(whose.zfill(8), whose) != whose:
                continue
            for key, told in known.items():
                if self._erased.get((key[0], whose), 0) < told.seq:
                    place = ", ".join(printable(part, 80) for part in (whose or "of nobody", *key[1:]))
                    why = f"The table {key[0]} ({place}) lacks what row {told.seq} of the journal says."
                    yield Contradiction(whose, told.seq, why)

    def _compared(
        self, table: str, columns: tuple[str, ...], whose: str, row: tuple[Any, ...], told: _Told | None
    ) -> Contradiction | None:
        place = key_in(table, dict(zip(columns, row, strict=True)))
        if why := fault(table, columns, row):
            wrong = damaged(place, why)
            return Contradiction(whose if is_ura(whose) else "", None, f"{wrong.message}: {wrong.found}.")
        if self._erased and self._erased.get((table, whose), 0) > (told.seq if told else 0):
            return None
        names = _TABLES[table][1]
        values = row[len(columns) - len(names) :]
        if told is None:
            if not any(values) and table in _MAY_BE_BLANK:
                return None
            return Contradiction(whose, None, f"The table {place} holds what no row of the journal says.")
        if _agree(table, names, values, told.values):
            return None
        return Contradiction(whose, told.seq, f"The table {place} is not as row {told.seq} of the journal says.")


def _found(payload: str, mark: str) -> str:
    """What stands behind ``mark``; empty where it is not there: then the row is read at once."""
    start = payload.rfind(mark)
    return "" if start < 0 else payload[start + len(mark) : payload.find('"', start + len(mark))]


def _foreign(seq: int) -> ZorgidError:
    return damaged(f"journal ({seq})", "a content that this collection does not write")


def _held(values: Payload, told: Payload) -> None:
    """Who holds it, as the row says; one of an older version says nothing."""
    if _CLAIM[0] in told:
        for name in _CLAIM:
            values[name] = told[name]
    else:
        for name in _CLAIM:
            values.pop(name, None)


def _wanted(names: tuple[str, ...]) -> Callable[[Payload], tuple[Any, ...]] | None:
    """All the values at once. None: fewer than two, which ``itemgetter`` gives in another form."""
    return operator.itemgetter(*names) if len(names) > 1 else None


def _same(
    names: tuple[str, ...], values: tuple[Any, ...], told: Payload, wanted: Callable[[Payload], tuple[Any, ...]]
) -> bool:
    """Whether it is, value for value; where not, a closer look tells (``_agree``)."""
    try:
        if "evidence" in names:
            place = names.index("evidence")
            evidence = {} if values[place] == "{}" else json.loads(values[place])
            values = (*values[:place], evidence, *values[place + 1 :])
        return values == wanted(told)
    except (KeyError, ValueError, TypeError, RecursionError):
        return False


@functools.cache
def _query(name: str, *, one: bool) -> tuple[tuple[str, ...], sa.Select[Any]]:
    """The columns that are compared, whose a row is first. Made once: making costs as much as asking."""
    keys, values = _TABLES[name]
    table = schema.metadata.tables[name].c
    columns = ("id" if name == "dossier" else "ura", *keys, *values)
    query = sa.select(*(table[each] for each in columns))
    return columns, query.where(table.ura == sa.bindparam("of")) if one else query


def _agree(table: str, names: tuple[str, ...], values: tuple[Any, ...], told: Payload) -> bool:
    for name, value in zip(names, values, strict=True):
        # Of the dossier, what no row has said is not said. Elsewhere an older version has not written it.
        if name not in told and table != "dossier":
            continue
        wanted = told.get(name)
        if name == "evidence":
            if value == "{}" and not wanted:
                continue
            value = json.loads(value)
        if value != wanted and canonical(value) != canonical(wanted):
            # As texts where they are not equal: NaN in somebody's evidence is never equal to itself.
            return False
    return True
