# SPDX-FileCopyrightText: gbz.zorgid contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""Records a person's statement from a one-line command once, with warnings.

Unlike a task that stays in a playbook, a command that is typed again is recorded again if another statement came in
between.
"""

from __future__ import annotations

from dataclasses import dataclass

from .._common.moments import iso, now, parse, stored
from .._common.ura import Ura
from .._dossier import said
from .._dossier.model import Dossier, Milestone, Statement
from .._dossier.place import DossierPlace
from .._dossier.store import DossierStore
from .dossier_entries import Resolve, Say
from .offboard import GONE


@dataclass(frozen=True)
class SayByHand:
    """``entry``: with an empty ``ura`` about all organisations (hold and go_on)."""

    place: DossierPlace
    entry: Say | Resolve


@dataclass(frozen=True)
class Said:
    """``already``: why there was nothing to record. ``notes``: warnings as sentences. ``states``: state of each step,
    as it is now or would be; empty for all organisations."""

    changed: bool
    already: str
    notes: tuple[str, ...]
    name: str
    states: dict[str, str]


def say_by_hand(command: SayByHand, *, read_only: bool) -> Said:
    """``read_only``: return what would be recorded. Errors: those of ``record_entries`` for ``Say`` and ``Resolve``."""
    entry = command.entry
    with command.place.open(read_only=read_only) as store:
        dossier = store.read(entry.ura) if entry.ura else Dossier("", "", {}, [], [], store.words.of(""))
        states: dict[str, str] = {step: one.state for step, one in dossier.milestones.items()}
        if isinstance(entry, Resolve):
            change = store.resolve(entry.ura, entry.kind, arrived=entry.arrived, by=entry.by)
            return Said(change.changed, "", change.warnings, dossier.name, {})
        if not dossier.damaged and (already := _already(store, entry, dossier)):
            return Said(False, already, (), dossier.name, states)
        notes = (*_beside_evidence(entry, dossier), *_unlinking(store, entry))
        change = store.say(
            entry.ura,
            entry.word,
            by=entry.by,
            at=entry.at or _anew(entry, dossier.words),
            how=entry.how,
            subject=entry.kept_subject,
        )
    if entry.step:
        states[entry.step] = str(change.after.get("state") or states[entry.step])
    return Said(change.changed, "", (*notes, *change.warnings), dossier.name, states)


def _unlinking(store: DossierStore, entry: Say) -> tuple[str, ...]:
    """Of somebody who is back before the portal showed that they were unlinked: a list may still ask for it."""
    left = store.words.left(entry.ura, entry.subject) if entry.word == "rehired" else None
    if left is None:
        return ()
    ura = Ura.of(entry.ura).digits
    digest = store.observations.keyed(ura, "external_id", entry.subject.encode())
    gone_at = parse(store.observations.noted_at(ura, f"{GONE}:{digest}"))
    if gone_at is not None and gone_at >= stored(left.at):
        return ()
    return (
        "a worklist of gbz.zorgid.offboard may still ask to unlink this person: remove it, and tell the portal's "
        "administrator",
    )


def _already(store: DossierStore, entry: Say, dossier: Dossier) -> str:
    """Why there is nothing to record. A statement with an explicit moment is always another one."""
    words = [one for one in dossier.words if one.ura == entry.ura]
    if entry.word == "undone":
        return "" if _stands(store, entry, dossier, words) else f"{entry.step or entry.undoes} is not recorded as done"
    if entry.word == "go_on":
        if said.held(words):
            return ""
        if said.held(dossier.words):
            return "it is not held alone but with all: ansible-playbook gbz.zorgid.hold -e all=true -e go_on=true"
        return "nothing is held"
    known = _stands(store, entry, dossier, words)
    return f"that was recorded already ({known})" if known and not entry.at else ""


def _stands(store: DossierStore, entry: Say, dossier: Dossier, words: list[Statement]) -> str:
    """Who made the statement that this one repeats or undoes, if it applies now."""
    word = entry.undoes or ("done" if entry.step else entry.word)
    if entry.step:
        milestone = dossier.milestones[entry.step]
        if milestone.state != "done":
            # The statement can still be undone, even if a later mail of VZVZ made the step fail.
            known = said.newest(words, "done", entry.step) if entry.word == "undone" else None
            return said.said_by(known) if known else ""
        if milestone.attested:
            return _attested(milestone)
        return "evidence" if entry.word == "undone" else ""
    if word == "looked_at":
        return "a mail that was looked at" if entry.subject in said.looked_at(dossier.words) else ""
    if word == "rehired":
        one = store.words.rehired(entry.ura, entry.subject)
    else:
        one = next((each for each in words if each.word == word and said.newest(words, each.word, entry.subject)), None)
    return said.said_by(one) if one else ""


def _attested(milestone: Milestone) -> str:
    one = milestone.attested
    return said.said_by(Statement(0, "", "done", milestone.step, one.by, one.at, one.how)) if one else ""


def _beside_evidence(entry: Say, dossier: Dossier) -> tuple[str, ...]:
    milestone = dossier.milestones.get(entry.step or "")
    if milestone is None or milestone.state != "done" or milestone.attested:
        return ()
    if entry.word == "done":
        return (
            f"{milestone.step} was done already, by evidence since {milestone.since}: the word now stands beside it",
        )
    return (f"{milestone.step} was done by evidence since {milestone.since}, and no person had said so",)


def _anew(entry: Say, words: list[Statement]) -> str | None:
    """Now, if such a statement was made before, so that it is recorded again; otherwise None for the default."""
    before = any(one.word == entry.word and one.ura == entry.ura for one in words)
    return iso(now()) if before else None
