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

_TABLES = ("organisation", "milestone", "submission", "message", "secret")
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

    def take(self, seq: int, at: str, ura: str, event: str, payload: str | None) -> None:
        """The next row of the journal; ``payload``: its JSON, None where it was erased."""
        table = event.partition("_")[0]
        if table not in _TABLES:
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

    def _message(self, seq: int, _at: str, ura: str, event: str, told: dict[str, Any]) -> None:
        if event == "message_remembered":
            self._told["message", ura, str(told.get("kind")), str(told.get("message_id"))] = _Told(seq, told)
            return
        for key, known in self._told.items():
            if key[:2] == ("message", ura) and key[3] == told.get("message_id"):
                known.seq, known.values = seq, {**known.values, **told}

    def _secret(self, seq: int, _at: str, ura: str, event: str, told: dict[str, Any]) -> None:
        key = "secret", ura, str(told.get("name"))
        if event == "secret_kept":
            self._told[key] = _Told(seq, {})
        else:
            self._told.pop(key, None)

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
                return told.seq, f"The table {key[0]} ({key[1]}) lacks what row {told.seq} of the journal says."
        return None


def _differ(one: Any, other: Any) -> bool:
    # As texts where they are not equal: NaN in somebody's evidence is never equal to itself.
    return bool(one != other) and canonical(one) != canonical(other)


def _rows(connection: sa.Connection) -> Iterator[tuple[Key, Any, Mapping[str, Any]]]:
    for name in _TABLES:
        table = schema.metadata.tables[name]
        # A secret's bytes are nobody's business here.
        columns = (table.c.ura, table.c.name) if name == "secret" else tuple(table.c)
        for row in connection.execute(sa.select(*columns)):
            sound(name, row)
            yield _key(name, row), row, _values(name, row)


def _key(table: str, row: Any) -> Key:
    if table == "organisation":
        return table, row.ura
    if table == "milestone":
        return table, row.ura, row.step
    if table == "message":
        return table, row.ura, row.kind, row.message_id
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
