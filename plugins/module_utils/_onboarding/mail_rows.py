# SPDX-FileCopyrightText: gbz.zorgid contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""Converts mail rows into the planner's types. Pure."""

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
    """``dossier``: the organisation's, which has the outcome of the mail that a report is about. ``proves``: whether
    senders are verified in this mailbox; then recognised mail is proven. Mail that was not recognised is never proven,
    and neither is a report of non-delivery, which any mail server may send."""
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
    """The mail of one organisation: its ``known`` rows that were not read again, and the ``new`` ones. ``present``: as
    for ``Observations.observe``."""
    places = {uid_of(one) for one in new}
    moved = {(first_of(one), one.received_at) for one in new}
    kept = [
        one
        for one in known
        if uid_of(one) not in places and (uid_of(one) in present or (first_of(one), one.received_at) not in moved)
    ]
    found = (*kept, *(one for one in new if same_ura(one.ura, ura)))
    # In the order of the server's numbers: of two mails of the same second, the higher number is later.
    return tuple(sorted(found, key=uid_of))


def owned(one: Observation, known: Mapping[Ura, str]) -> Observation:
    """The mail with the URA number as it is written here (``known``), or without one if no organisation has that
    number."""
    if one.ura is None:
        return one
    here = known.get(Ura(one.ura))
    if here or one.problem:
        return replace(one, ura=here)
    return replace(one, ura=None, kind="unknown", problem="ura_of_nobody")


def uid_of(one: Observation) -> tuple[int, int]:
    return one.uidvalidity, one.uid


def first_of(one: Observation) -> str:
    """The Message-ID without the number of a further mail with it."""
    return one.message_id.partition(" #")[0]


def to_look_at(rows: Iterable[Observation], looked_at: Collection[str]) -> tuple[Observation, ...]:
    """Mails that were not recognised and need a person. ``looked_at``: the codes of mails that need nothing, by a
    person's statement."""
    asking = [one for one in rows if one.problem and one.problem not in NOTHING_TO_DO]
    return tuple(one for one in asking if one.code not in looked_at)
