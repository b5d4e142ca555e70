# SPDX-FileCopyrightText: gbz.zorgid contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""Rows of mail to what the planner knows of them. Pure."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping
from dataclasses import replace

from .._common.ura import Ura, same_ura
from .._dossier import closing
from .._dossier.model import Dossier, Observation
from .._mail.problems import NOTHING_TO_DO
from .known import moment
from .observed import Answer


def answer_of(row: Observation, dossier: Dossier | None = None, *, proves: bool) -> Answer:
    """``dossier``: the organisation's, which says what became of the mail that a report is about. ``proves``: whether
    the mailbox is read in a way that proves senders. What is understood in such a one is proven; what is not, and a
    report that any mail server may write, never is."""
    return Answer(
        row.kind,
        moment(row.received_at),
        row.message_id,
        row.reference,
        row.problem,
        proves and row.kind not in ("unknown", "undelivered"),
        moment(row.seen_at),
        closing.kind(dossier, row) if dossier else "",
        dossier is not None and closing.closed(dossier, row),
        row.code,
    )


def merged(
    known: Iterable[Observation], new: Collection[Observation], *, ura: str, present: Collection[tuple[int, int]] = ()
) -> tuple[Observation, ...]:
    """The mail of one organisation: ``known`` rows of it as far as they were not read anew, and the ``new`` ones.
    ``present``: as ``Observations.observe``."""
    places = {uid_of(one) for one in new}
    moved = {(first_of(one), one.received_at) for one in new}
    kept = [
        one
        for one in known
        if uid_of(one) not in places and (uid_of(one) in present or (first_of(one), one.received_at) not in moved)
    ]
    found = (*kept, *(one for one in new if same_ura(one.ura, ura)))
    # As the server numbered them: of two that came in the same second, the one with the higher number is the later one.
    return tuple(sorted(found, key=uid_of))


def owned(one: Observation, known: Mapping[Ura, str]) -> Observation:
    """The mail under the URA number as it is written here (``known``); nobody's when nobody has that number."""
    if one.ura is None:
        return one
    here = known.get(Ura(one.ura))
    if here or one.problem:
        return replace(one, ura=here)
    return replace(one, ura=None, kind="unknown", problem="ura_of_nobody")


def uid_of(one: Observation) -> tuple[int, int]:
    return one.uidvalidity, one.uid


def first_of(one: Observation) -> str:
    """The Message-ID without the number of a second mail that has it."""
    return one.message_id.partition(" #")[0]


def to_look_at(rows: Iterable[Observation], looked_at: Collection[str]) -> tuple[Observation, ...]:
    """What was not understood and asks something of somebody. ``looked_at``: the codes of those of which a person said
    that they need nothing."""
    asking = [one for one in rows if one.problem and one.problem not in NOTHING_TO_DO]
    return tuple(one for one in asking if one.code not in looked_at)
