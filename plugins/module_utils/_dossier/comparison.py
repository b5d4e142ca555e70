# SPDX-FileCopyrightText: gbz.zorgid contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""Compares the tables with a replay of the journal, to find a state that somebody wrote into a table by hand."""

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
from .replay import CLAIM, KEYS, Payload, Replay
from .rows import Tables, fetched
from .soundness import damaged, fault, key_in, loaded_json

with needs("SQLAlchemy>=2.0.36"):
    import sqlalchemy as sa

_EVIDENCE = "evidence"
#: The columns of each table that the journal's row contains; JSON columns come last. The bytes of a secret are not
#: compared.
_VALUES: dict[str, tuple[str, ...]] = {
    "dossier": ("environment", "tenant", "key_id"),
    "organisation": ("name",),
    # The id of the vault key is not compared: a new vault key changes it in all rows at once.
    "organisation_key": (),
    "milestone": (
        *("state", "since", "who", "what", "error_code", "message"),
        *("attested_by", "attested_at", "attested_how", "evidence_at", _EVIDENCE),
    ),
    "submission": ("id", "kind", "once", "digest", "state", "since", "claimed", *CLAIM, _EVIDENCE),
    "secret": (),
    "sealed": (),
    "observation": ("uidvalidity", "uid", "received_at", "kind", "reference", "problem", "seen_at", "about"),
    "seen": ("digest", "owner", "at"),
    "word": ("word", "subject", "by", "at", "how"),
}
#: Columns that an older version did not have. A journal row of such a version without the column means that it is
#: empty.
_ADDED = ("about",)
#: Tables whose rows may be empty without a journal row: an organisation that was never registered has no name, and an
#: unused dossier has no environment.
_MAY_BE_BLANK = ("organisation", "dossier")


@dataclass(frozen=True)
class Contradiction:
    """``ura`` is empty if the row belongs to no single organisation; ``seq``: the number of the journal row, if there
    is one."""

    ura: str
    seq: int | None
    message: str


def contradictions(
    connection: sa.Connection, replay: Replay, ura: str | None, looked_at: Tables
) -> Iterator[Contradiction]:
    """The table rows that differ from the journal, each once; ``ura``: of that organisation only. Afterwards
    ``looked_at`` contains the rows that were compared."""
    for (whose, name, found), (seq, payload) in replay.newest.items():
        try:
            replay.read(whose, name, found, seq, payload)
        except ZorgidError as error:
            yield Contradiction(whose, seq, f"{error.message}: {error.found}.")
    #: Eight digits -> the URA number as the dossier writes it.
    spelled: dict[str, str] = {}
    for name, values in _VALUES.items():
        if name == "dossier" and ura is not None:
            continue
        columns, query = _query(name, one=ura is not None)
        last, same = len(columns) - len(values), _same(values)
        rows = fetched(connection, query, **({} if ura is None else {"of": ura}))
        looked_at[name] = columns, rows
        for row in rows:
            whose = "" if name == "dossier" or row[0] is None else row[0]
            if name == "organisation":
                spelled[str(whose).zfill(8)] = whose
            known = replay.rows.get(whose)
            replayed = known.pop((name, *row[1:last]), None) if known else None
            # A row that is exactly as in the journal needs no further check.
            if replayed and not replay.erased and same(row[last:], replayed[1]):
                continue
            if wrong := _compared(replay, name, columns, whose, row, replayed):
                yield wrong
    for whose, digits in fetched(connection, _filed(one=ura is not None), **({} if ura is None else {"of": ura})):
        if digits != str(whose).zfill(8):
            # Lookups use these digits: if two were exchanged, each organisation would get the other's dossier.
            yield Contradiction(str(whose), None, f"The table organisation ({printable(whose, 80)}) has other digits.")
    for whose, known in replay.rows.items():
        # Another spelling of a known organisation: its twin, which was removed before the migration.
        if spelled.get(whose.zfill(8), whose) != whose:
            continue
        for key, (seq, _fields) in known.items():
            if replay.erased.get((key[0], whose), 0) < seq:
                place = ", ".join(printable(part, 80) for part in (whose or "of nobody", *key[1:]))
                why = f"The table {key[0]} ({place}) lacks the content of row {seq} of the journal."
                yield Contradiction(whose, seq, why)


def _compared(
    replay: Replay,
    table: str,
    columns: tuple[str, ...],
    whose: str,
    row: tuple[Any, ...],
    replayed: tuple[int, Payload] | None,
) -> Contradiction | None:
    place = key_in(table, dict(zip(columns, row, strict=True)))
    if why := fault(table, columns, row):
        wrong = damaged(place, why)
        return Contradiction(whose if is_ura(whose) else "", None, f"{wrong.message}: {wrong.found}.")
    if replay.erased.get((table, whose), 0) > (replayed[0] if replayed else 0):
        return None
    names = _VALUES[table]
    values = row[len(columns) - len(names) :]
    if replayed is None:
        if not any(values) and table in _MAY_BE_BLANK:
            return None
        return Contradiction(whose, None, f"The table {place} contains data that is in no row of the journal.")
    if _agree(table, names, values, replayed[1]):
        return None
    return Contradiction(whose, replayed[0], f"The table {place} differs from row {replayed[0]} of the journal.")


@functools.cache
def _filed(*, one: bool) -> sa.Select[Any]:
    table = schema.organisation
    query = sa.select(table.c.ura, table.c.digits)
    return query.where(table.c.ura == sa.bindparam("of")) if one else query


@functools.cache
def _query(name: str, *, one: bool) -> tuple[tuple[str, ...], sa.Select[Any]]:
    """The query for the compared columns, the URA number first. Built once: to build it takes as long as to run it."""
    table = schema.metadata.tables[name]
    columns = ("id" if name == "dossier" else "ura", *KEYS[name], *_VALUES[name])
    query = sa.select(*(table.c[each] for each in columns)).order_by(*schema.in_order(table))
    return columns, query.where(table.c.ura == sa.bindparam("of")) if one else query


def _same(names: tuple[str, ...]) -> Callable[[tuple[Any, ...], Payload], bool]:
    """A function that compares a row with the replay value by value; if they differ, ``_agree`` decides."""
    plain = names[:-1] if names[-1:] == (_EVIDENCE,) else names
    # With one name, ``itemgetter`` returns no tuple; then ``_agree`` decides.
    wanted = operator.itemgetter(*plain) if len(plain) > 1 else lambda _fields: None

    def all_same(values: tuple[Any, ...], fields: Payload) -> bool:
        try:
            return bool(values == wanted(fields))
        except KeyError:
            return False

    def with_evidence(values: tuple[Any, ...], fields: Payload) -> bool:
        try:
            if values[:-1] != wanted(fields):
                return False
            return bool(loaded_json(values[-1]) == fields[_EVIDENCE])
        except (KeyError, ValueError, TypeError, RecursionError):
            return False

    return all_same if plain is names else with_evidence


def _agree(table: str, names: tuple[str, ...], values: tuple[Any, ...], fields: Payload) -> bool:
    for name, value in zip(names, values, strict=True):
        # In the table ``dossier``, a value without a journal row is wrong. In other tables an older version did not
        # write it.
        if name not in fields and table != "dossier" and name not in _ADDED:
            continue
        wanted = fields.get(name)
        if name == _EVIDENCE:
            if value == "{}" and not wanted:
                continue
            value = json.loads(value)
        if value != wanted and canonical(value) != canonical(wanted):
            # Unequal values are compared as texts, because a NaN in evidence is not equal to itself.
            return False
    return True
