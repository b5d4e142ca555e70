# SPDX-FileCopyrightText: gbz.zorgid contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""The journal told again, and compared with the tables: a state that was written into a table by hand is found.

Where a row's content was erased, what it said is not known, so what it may have changed is not compared. What an older
version did not write into its rows (who held a claim) is not compared either.
"""

from __future__ import annotations

import functools
import json
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from .._common.libraries import needs
from .._common.text import printable
from .._common.ura import is_ura
from . import schema
from .journal import canonical
from .model import STEPS
from .rows import fetched
from .soundness import damaged, fault, key_in, read_json

with needs("SQLAlchemy>=2.0.36"):
    import sqlalchemy as sa

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
_NOBODY = dict.fromkeys(_CLAIM)
Key = tuple[Any, ...]
Payload = dict[str, Any]


@dataclass
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
        #: Milestones by URA number, newest last, not read yet: of each step only the newest counts.
        self._milestones: dict[str, list[tuple[int, str]]] = {}
        self._how = {event: (table, getattr(self, f"_{how}")) for event, (table, how) in _EVENTS.items()}

    def take(self, seq: int, at: str, ura: str, event: str, payload: str | None) -> None:
        """The next row of the journal; ``payload``: its JSON, None where it was erased."""
        found = self._how.get(event)
        if found is None:
            return
        table, how = found
        if payload is None:
            self._erased[table, ura] = seq
        elif table == "milestone":
            self._milestones.setdefault(ura, []).append((seq, payload))
        elif isinstance(told := _read(payload, seq), dict):
            if event == "message_remembered":
                told = {**told, "mailbox": f"{ura} {told.get('kind')}"}
            elif event == "observation_seen":
                told = {**told, "seen_at": at}
            how(self._told.setdefault(ura, {}), table, seq, at, event, told)

    def _milestone(self, ura: str) -> None:
        known, missing = self._told.setdefault(ura, {}), set(STEPS)
        for seq, payload in reversed(self._milestones[ura]):
            told = _read(payload, seq)
            if not isinstance(told, dict) or told.get("step") not in missing:
                continue
            step = told["step"]
            attested = told.get("attested") or {}
            told |= {f"attested_{name}": attested.get(name) for name in ("by", "at", "how")}
            known["milestone", step] = _Told(seq, told)
            missing.discard(step)
            if not missing:
                return

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
        values = dict(before.values) if before else {}
        held = {name: told[name] for name in _CLAIM if name in told}
        if event == "submission_claimed":
            # What an older version did not say of it is not known any more.
            values = {**told, "state": "intended", "evidence": {}, "claimed": seq}
        elif event == "submission_done" and values.get("state") != "done":
            values |= {"state": "done", "evidence": told.get("evidence"), **_NOBODY}
        elif event == "submission_resolved":
            resolved = {"state": "done", "evidence": {"resolved": "arrived", "resolved_at": at}}
            values |= (resolved if told.get("arrived") else {"state": "released"}) | _NOBODY
        elif event == "submission_released":
            values |= {"state": "released", **_NOBODY}
        elif event == "submission_sending":
            values = {name: value for name, value in values.items() if name not in _CLAIM}
            values |= {"state": "sending", **held}
        elif event == "submission_taken_over":
            values = {name: value for name, value in values.items() if name not in _CLAIM} | held
        # Neither who took it over nor a second answer makes it newer.
        if event != "submission_taken_over" and not (event == "submission_done" and before and before.values == values):
            values["since"] = at
        known[key] = _Told(seq, values)

    def contradictions(self, connection: sa.Connection, ura: str | None) -> Iterator[Contradiction]:
        """The rows of tables that are not as the journal says; ``ura``: of that organisation only. Told once."""
        for whose in self._milestones:
            self._milestone(whose)
        for name in _TABLES:
            if name == "dossier" and ura is not None:
                continue
            columns, query = _query(name, one=ura is not None)
            for row in fetched(connection, query, **({} if ura is None else {"of": ura})):
                if wrong := self._compared(name, columns, row):
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

    def _compared(self, table: str, columns: tuple[str, ...], row: tuple[Any, ...]) -> Contradiction | None:
        keys, names = _TABLES[table]
        whose = "" if table == "dossier" or row[0] is None else row[0]
        if why := fault(table, columns, row):
            wrong = damaged(key_in(table, dict(zip(columns, row, strict=True))), why)
            return Contradiction(whose if is_ura(whose) else "", None, f"{wrong.message}: {wrong.found}.")
        if table == "organisation":
            self._spelled[whose.zfill(8)] = whose
        last = 1 + len(keys)
        known = self._told.get(whose)
        told = known.pop((table, *row[1:last]), None) if known else None
        if self._erased and self._erased.get((table, whose), 0) > (told.seq if told else 0):
            return None
        if told is None:
            if not any(row[last:]) and table in _MAY_BE_BLANK:
                return None
            place = key_in(table, dict(zip(columns, row, strict=True)))
            return Contradiction(whose, None, f"The table {place} holds what no row of the journal says.")
        if _agree(table, names, row[last:], told.values):
            return None
        place = key_in(table, dict(zip(columns, row, strict=True)))
        return Contradiction(whose, told.seq, f"The table {place} is not as row {told.seq} of the journal says.")


def _read(payload: str, seq: int) -> Any:
    """What ``append`` wrote: one JSON text without anything around it. Error: ``dossier_damaged``."""
    try:
        return _decode(payload)[0]
    except (ValueError, TypeError, RecursionError):
        return read_json(payload, f"journal ({seq})")


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
