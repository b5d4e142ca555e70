# SPDX-FileCopyrightText: gbz.zorgid contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""Links two dossiers of one organisation, under its former and its new URA number: each names the other."""

from __future__ import annotations

from .._common.moments import iso, now
from .._common.ura import is_ura, same_ura
from .._dossier import said
from .._dossier.model import UndoableWord
from .._dossier.store import DossierStore
from .._onboarding.observed import Continues

_BY = "technical_administrator"
#: Maximum of former numbers that are followed; no real organisation has more.
_MOST = 20


def look(store: DossierStore, ura: str, former: object) -> Continues | None:
    """``former``: the number from the inventory; None or empty if it has none."""
    if not former:
        return None
    if not isinstance(former, str) or not is_ura(former):
        return Continues(str(former))  # reported with the organisation's other fields
    old = store.read(former)
    there = bool(old.name or old.words or old.submissions)
    there = there or any(one.subject for one in said.linked(store.words.of(ura), "continues") if one.subject == former)
    taken = [one.subject for one in said.linked(old.words, "continued_by")]
    before: list[str] = []
    at = old
    while len(before) < _MOST and (former_of := said.linked(at.words, "continues")):
        if former_of[-1].subject in before:
            break
        before.append(former_of[-1].subject)
        at = store.read(before[-1])
    return Continues(former, there, taken[-1] if taken else "", tuple(before))


def lacks(store: DossierStore, ura: str, link: Continues | None) -> bool:
    """Whether the dossiers do not have the link that the inventory has."""
    return bool(_wanted(store, ura, link))


def write(store: DossierStore, ura: str, link: Continues | None) -> bool:
    """Record the link in both dossiers; returns whether something changed. A link that is no longer in the inventory is
    undone."""
    changed = False
    for whose, word, subject, stands in _wanted(store, ura, link):
        how = "continues in the inventory"
        spoken = [one for one in store.words.of(whose) if subject in one.subject]
        at = iso(now()) if spoken else None
        if stands:
            said_now = store.say(whose, word, subject=subject, by=_BY, how=how, at=at)
        else:
            what = f"{word}:{subject}"
            said_now = store.say(whose, "undone", subject=what, by=_BY, how=f"no {how} any more", at=at)
        changed |= said_now.changed
    return changed


def _wanted(store: DossierStore, ura: str, link: Continues | None) -> list[tuple[str, UndoableWord, str, bool]]:
    found: list[tuple[str, UndoableWord, str, bool]] = []
    if link is not None and not is_ura(link.ura):
        return found  # reported with the organisation's other fields; no link is undone because of it
    for one in said.linked(store.words.of(ura), "continues"):
        if link is None or not same_ura(one.subject, link.ura):
            found.append((ura, "continues", one.subject, False))
            found.append((one.subject, "continued_by", ura, False))
    if link is not None:
        mine = [one.subject for one in said.linked(store.words.of(ura), "continues")]
        theirs = [one.subject for one in said.linked(store.words.of(link.ura), "continued_by")]
        # An organisation that has left has no dossier any more, and none is created.
        gone = not store.read(link.ura).name and bool(mine)
        if not any(same_ura(one, ura) for one in theirs) and not gone:
            found.append((link.ura, "continued_by", ura, True))
        if not any(same_ura(one, link.ura) for one in mine):
            found.append((ura, "continues", link.ura, True))
    return found
