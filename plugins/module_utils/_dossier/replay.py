# SPDX-FileCopyrightText: gbz.zorgid contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""Replays the journal: what the tables must contain by its rows. comparison.py compares.

If a row's content was erased, the values that it may have changed are not compared. Values that an older version did
not write into its rows (the owner of a claim) are not compared either.
"""

from __future__ import annotations

import json
from typing import Any

from .._common.errors import ZorgidError
from .soundness import damaged

#: The columns that identify a row within one organisation. A statement is identified by its journal row.
KEYS: dict[str, tuple[str, ...]] = {
    "dossier": (),
    "organisation": (),
    "organisation_key": (),
    "milestone": ("step",),
    "submission": ("message_id",),
    "secret": ("name",),
    "sealed": ("kind", "version"),
    "observation": ("mailbox", "message_id"),
    "seen": ("kind",),
    "word": ("seq",),
}
CLAIM = ("owner_host", "owner_pid", "owner_started", "lease_until")
#: If every journal row contains the whole table row, only the newest one is parsed as JSON. The row's key is the text
#: after the last occurrence of this marker: ``append`` writes keys in sorted order, the marker is followed by a text,
#: and a quote inside text has a backslash.
_NEWEST = {"milestone": '"step":"', "seen": '"kind":"'}
#: Event -> the table that it changes, and how. Other events change no table.
_EVENTS: dict[str, tuple[str, str]] = {
    **dict.fromkeys(
        [f"dossier_{what}" for what in ("used", "keyed", "adopted", "rekeyed", "key_lost")], ("dossier", "some")
    ),
    "organisation_registered": ("organisation", "all"),
    "organisation_key_made": ("organisation_key", "made"),
    **dict.fromkeys(("milestone_changed", "milestone_attested"), ("milestone", "milestone")),
    **{
        f"submission_{what}": ("submission", what)
        for what in ("claimed", "taken_over", "sending", "done", "released", "resolved")
    },
    # Mail that an older version recorded; the migration made observations of it.
    "message_remembered": ("observation", "some"),
    "message_moved": ("observation", "moved"),
    "secret_kept": ("secret", "all"),
    **dict.fromkeys(("secret_used", "secret_destroyed"), ("secret", "gone")),
    "sealed_kept": ("sealed", "all"),
    "sealed_destroyed": ("sealed", "destroyed"),
    "observation_seen": ("observation", "seen"),
    "observation_moved": ("observation", "some"),
    "observation_gone": ("observation", "gone"),
    "seen_noted": ("seen", "all"),
    "word_said": ("word", "word"),
}
_decode = json.JSONDecoder().raw_decode
_FOREIGN = (ValueError, TypeError, KeyError, AttributeError, RecursionError)
_NOT_ATTESTED: dict[str, Any] = {}
_NOBODY = dict.fromkeys(CLAIM)
RowKey = tuple[Any, ...]
Payload = dict[str, Any]
#: Of one organisation: table and key of a row -> number of its journal row, and its values.
ReplayedRows = dict[RowKey, tuple[int, Payload]]


class Replay:
    def __init__(self, lost_from: int = 0) -> None:
        """``lost_from``: the journal row that records that the dossier's key was lost, with all content under it."""
        self._lost_from = lost_from
        self.rows: dict[str, ReplayedRows] = {}
        #: Table and organisation -> the newest row whose content was erased.
        self.erased: dict[tuple[str, str], int] = {}
        #: Organisation, table and key -> the newest row, not parsed yet, if only the newest applies.
        self.newest: dict[tuple[str, str, str], tuple[int, str]] = {}
        self._how = {
            event: (table, _NEWEST.get(table), getattr(self, f"_{how}")) for event, (table, how) in _EVENTS.items()
        }

    def take(self, seq: int, at: str, ura: str, event: str, payload: str | None) -> None:
        """Add the next row of the journal; ``payload``: its JSON, None if it was erased. Error: ``dossier_damaged``."""
        about = self._how.get(event)
        if about is None:
            return
        table, mark, how = about
        if payload is None:
            self.erased[table, ura] = seq
            return
        if mark and (start := payload.rfind(mark)) >= 0:
            start += len(mark)
            self.newest[ura, table, payload[start : payload.find('"', start)]] = seq, payload
            return
        known = self.rows.get(ura)
        if known is None:
            known = self.rows[ura] = {}
        try:
            fields = _decode(payload)[0]
            if event == "message_remembered":
                fields["mailbox"] = f"{ura} {fields['kind']}"
            how(known, table, seq, at, fields)
        except _FOREIGN as error:
            raise _foreign(seq) from error

    def read(self, ura: str, table: str, found: str, seq: int, payload: str) -> None:
        """Parse one row of ``newest``. Error: ``dossier_damaged``."""
        try:
            fields = _decode(payload)[0]
            if fields[KEYS[table][0]] != found:
                raise ValueError
            how = self._milestone if table == "milestone" else self._all
            how(self.rows.setdefault(ura, {}), table, seq, "", fields)
        except _FOREIGN as error:
            raise _foreign(seq) from error

    def _milestone(self, known: ReplayedRows, table: str, seq: int, _at: str, fields: Payload) -> None:
        attested = fields.get("attested") or _NOT_ATTESTED
        for name in ("by", "at", "how"):
            fields[f"attested_{name}"] = attested.get(name)
        known[table, fields.get("step")] = seq, fields

    def _all(self, known: ReplayedRows, table: str, seq: int, _at: str, fields: Payload) -> None:
        known[_key(table, fields)] = seq, fields

    def _some(self, known: ReplayedRows, table: str, seq: int, _at: str, fields: Payload) -> None:
        key = _key(table, fields)
        before = known.get(key)
        known[key] = seq, {**before[1], **fields} if before else fields

    def _seen(self, known: ReplayedRows, table: str, seq: int, at: str, fields: Payload) -> None:
        fields["seen_at"] = at
        self._some(known, table, seq, at, fields)

    def _gone(self, known: ReplayedRows, table: str, _seq: int, _at: str, fields: Payload) -> None:
        known.pop(_key(table, fields), None)

    def _made(self, known: ReplayedRows, table: str, seq: int, at: str, fields: Payload) -> None:
        if seq > self._lost_from:
            self._all(known, table, seq, at, fields)

    def _destroyed(self, known: ReplayedRows, table: str, _seq: int, _at: str, fields: Payload) -> None:
        for key in [key for key in known if key[:2] == (table, fields.get("kind"))]:
            del known[key]

    def _moved(self, known: ReplayedRows, table: str, seq: int, _at: str, fields: Payload) -> None:
        for key, (_seq, values) in list(known.items()):
            if key[0] == table and key[2] == fields.get("message_id") and " " in str(key[1]):
                known[key] = seq, {**values, **fields}

    def _word(self, known: ReplayedRows, table: str, seq: int, _at: str, fields: Payload) -> None:
        known[table, seq] = seq, fields

    # A journal row about a submission contains its outcome, and its Message-ID to identify it.

    def _claimed(self, known: ReplayedRows, table: str, seq: int, at: str, fields: Payload) -> None:
        # Values that an older version did not write are unknown.
        fields["state"], fields["evidence"], fields["since"], fields["claimed"] = "intended", {}, at, seq
        known[table, fields.get("message_id")] = seq, fields

    def _sending(self, known: ReplayedRows, table: str, seq: int, at: str, fields: Payload) -> None:
        values = _about(known, table, seq, fields)
        values["state"], values["since"] = "sending", at
        _hold(values, fields)

    def _taken_over(self, known: ReplayedRows, table: str, seq: int, _at: str, fields: Payload) -> None:
        # A take-over does not make it the newest submission.
        _hold(_about(known, table, seq, fields), fields)

    def _done(self, known: ReplayedRows, table: str, seq: int, at: str, fields: Payload) -> None:
        values = _about(known, table, seq, fields)
        # A second answer does not change it either.
        if values.get("state") != "done":
            _end(values, "done", at)
            values["evidence"] = fields.get("evidence")

    def _released(self, known: ReplayedRows, table: str, seq: int, at: str, fields: Payload) -> None:
        _end(_about(known, table, seq, fields), "released", at)

    def _resolved(self, known: ReplayedRows, table: str, seq: int, at: str, fields: Payload) -> None:
        values = _about(known, table, seq, fields)
        if fields.get("arrived"):
            _end(values, "done", at)
            values["evidence"] = {"resolved": "arrived", "resolved_at": at}
        else:
            _end(values, "released", at)


def _key(table: str, fields: Payload) -> RowKey:
    return table, *[fields.get(name) for name in KEYS[table]]


def _about(known: ReplayedRows, table: str, seq: int, fields: Payload) -> Payload:
    """The values of a submission, from now on by row ``seq``."""
    key = table, fields.get("message_id")
    before = known.get(key)
    values = before[1] if before else {}
    known[key] = seq, values
    return values


def _end(values: Payload, state: str, at: str) -> None:
    values["state"], values["since"] = state, at
    values.update(_NOBODY)


def _hold(values: Payload, fields: Payload) -> None:
    """Set the owner of the claim from the row; a row of an older version has none."""
    if CLAIM[0] in fields:
        for name in CLAIM:
            values[name] = fields[name]
    else:
        for name in CLAIM:
            values.pop(name, None)


def _foreign(seq: int) -> ZorgidError:
    return damaged(f"journal ({seq})", "content that this collection does not write")
