# SPDX-FileCopyrightText: gbz.zorgid contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""The journal told again, and compared with the tables: a state that was written into a table by hand is found.

Where a row's content was erased, what it said is not known, so what it may have changed is not compared.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from .._common.libraries import needs
from . import records, schema
from .journal import canonical
from .soundness import key_of, read_json, sound

with needs("SQLAlchemy>=2.0.36"):
    import sqlalchemy as sa

_TABLES = (
    "organisation", "milestone", "submission", "observation", "seen", "secret", "sealed", "organisation_key", "word",
)  # fmt: skip
_STATES = {"submission_sending": "sending", "submission_released": "released"}
Key = tuple[str, ...]


@dataclass
class _Told:
    """What the tables should hold by journal row ``seq``."""

    seq: int
    values: dict[str, Any]


class Replay:
    def __init__(self) -> None:
        self._told: dict[Key, _Told] = {}
        self._erased: dict[Key, int] = {}
        # Of the version before: which mails of an organisation have a Message-ID.
        self._messages: dict[Key, list[Key]] = {}

    def take(self, seq: int, at: str, ura: str, event: str, payload: str | None) -> None:
        """The next row of the journal; ``payload``: its JSON, None where it was erased."""
        if event == "dossier_key_lost":
            for key in [key for key in self._told if key[0] == "organisation_key"]:
                del self._told[key]
        # The longest: organisation_key_made is about a key and no organisation.
        table = max((name for name in _TABLES if event.startswith(f"{name}_")), key=len, default="")
        if event.startswith("message_"):
            # What an older version remembered; the migration made it an observation.
            table = "observation"
        if not table:
            return
        if payload is None:
            self._erased[table, ura] = seq
            return
        told = read_json(payload, f"journal ({seq})")
        if isinstance(told, dict):
            getattr(self, f"_{table}")(seq, at, ura, event, told)

    def _organisation(self, seq: int, _at: str, ura: str, _event: str, told: dict[str, Any]) -> None:
        self._told["organisation", ura] = _Told(seq, told)

    def _milestone(self, seq: int, _at: str, ura: str, _event: str, told: dict[str, Any]) -> None:
        self._told["milestone", ura, str(told.get("step"))] = _Told(seq, told)

    def _submission(self, seq: int, at: str, ura: str, event: str, told: dict[str, Any]) -> None:
        key = "submission", ura, str(told.get("message_id"))
        known = self._told.get(key)
        values = dict(known.values) if known else {}
        if event == "submission_claimed":
            values = {**told, "state": "intended", "evidence": {}}
        elif event == "submission_done" and values.get("state") != "done":
            values |= {"state": "done", "evidence": told.get("evidence")}
        elif event == "submission_resolved":
            resolved = {"state": "done", "evidence": {"resolved": "arrived", "resolved_at": at}}
            values |= resolved if told.get("arrived") else {"state": "released"}
        elif event in _STATES:
            values["state"] = _STATES[event]
        # Neither who took it over nor a second answer makes it newer.
        if event != "submission_taken_over" and not (event == "submission_done" and known and known.values == values):
            values["since"] = at
        self._told[key] = _Told(seq, values)

    def _observation(self, seq: int, at: str, ura: str, event: str, told: dict[str, Any]) -> None:
        message_id = str(told.get("message_id"))
        if event == "message_moved":
            for key in self._messages.get((ura, message_id), ()):
                if key in self._told:
                    self._told[key] = _Told(seq, {**self._told[key].values, **told})
            return
        key = "observation", ura, str(told.get("mailbox", f"{ura} {told.get('kind')}")), message_id
        if event == "observation_gone":
            self._told.pop(key, None)
            return
        if event == "message_remembered":
            self._messages.setdefault((ura, message_id), []).append(key)
        elif event == "observation_seen":
            told = {**told, "seen_at": at}
        known = self._told.get(key)
        self._told[key] = _Told(seq, {**(known.values if known else {}), **told})

    def _seen(self, seq: int, _at: str, ura: str, _event: str, told: dict[str, Any]) -> None:
        self._told["seen", ura, str(told.get("kind"))] = _Told(seq, told)

    def _secret(self, seq: int, _at: str, ura: str, event: str, told: dict[str, Any]) -> None:
        key = "secret", ura, str(told.get("name"))
        if event == "secret_kept":
            self._told[key] = _Told(seq, {})
        else:
            self._told.pop(key, None)

    def _sealed(self, seq: int, _at: str, ura: str, event: str, told: dict[str, Any]) -> None:
        kind = str(told.get("kind"))
        if event == "sealed_kept":
            self._told["sealed", ura, kind, str(told.get("version"))] = _Told(seq, {})
            return
        for key in [key for key in self._told if key[:3] == ("sealed", ura, kind)]:
            del self._told[key]

    def _organisation_key(self, seq: int, _at: str, ura: str, _event: str, _told: dict[str, Any]) -> None:
        # Which vault key wraps it changes with each new one, for all at once.
        self._told["organisation_key", ura] = _Told(seq, {})

    def _word(self, seq: int, _at: str, ura: str, _event: str, told: dict[str, Any]) -> None:
        self._told["word", ura, str(seq)] = _Told(seq, told)

    def contradiction(self, connection: sa.Connection) -> tuple[int | None, str] | None:
        """The first row of a table that is not as the journal says, with the journal's row."""
        spelled: dict[str, str] = {}
        for key, row, values in _rows(connection):
            if key[0] == "organisation":
                spelled[key[1].zfill(8)] = key[1]
            told = self._told.pop(key, None)
            if self._erased.get(key[:2], 0) > (told.seq if told else 0):
                continue
            if told is None:
                # An organisation that was never registered stands there without a name.
                if key[0] == "organisation" and values == {"name": ""}:
                    continue
                return None, f"The table {key_of(key[0], row)} holds what no row of the journal says."
            if any(_differ(values.get(name), value) for name, value in told.values.items()):
                return told.seq, f"The table {key_of(key[0], row)} is not as row {told.seq} of the journal says."
        for key, told in self._told.items():
            # The other spelling of an organisation that is there: its twin, which was taken out before the migration.
            twin = spelled.get(key[1].zfill(8), key[1]) != key[1]
            if not twin and self._erased.get(key[:2], 0) < told.seq:
                return (
                    told.seq,
                    f"The table {key[0]} ({key[1] or 'of nobody'}) lacks what row {told.seq} of the journal says.",
                )
        return None


def _differ(one: Any, other: Any) -> bool:
    # As texts where they are not equal: NaN in somebody's evidence is never equal to itself.
    return bool(one != other) and canonical(one) != canonical(other)


def _rows(connection: sa.Connection) -> Iterator[tuple[Key, Any, Mapping[str, Any]]]:
    for name in _TABLES:
        table = schema.metadata.tables[name]
        # What is sealed is nobody's business here.
        columns = [one for one in table.c if not isinstance(one.type, sa.LargeBinary)]
        for row in connection.execute(sa.select(*columns)):
            sound(name, row)
            yield _key(name, row), row, _values(name, row)


def _key(table: str, row: Any) -> Key:
    if table in ("organisation", "organisation_key"):
        return table, row.ura
    if table == "sealed":
        return table, row.ura, row.kind, str(row.version)
    if table == "milestone":
        return table, row.ura, row.step
    if table == "observation":
        return table, row.ura or "", row.mailbox, row.message_id
    if table == "seen":
        return table, row.ura, row.kind
    if table == "word":
        return table, row.ura, str(row.seq)
    return table, row.ura, row.message_id if table == "submission" else row.name


def _values(table: str, row: Any) -> Mapping[str, Any]:
    if table == "milestone":
        # Not asdict: it copies deeply, and this is done for every step of every organisation.
        known = records.as_milestone(row)
        return {**vars(known), "attested": vars(known.attested) if known.attested else None}
    if table == "organisation":
        return {"name": row.name}
    values: Mapping[str, Any] = row._mapping
    return {**values, "evidence": read_json(row.evidence, key_of(table, row))} if table == "submission" else values
