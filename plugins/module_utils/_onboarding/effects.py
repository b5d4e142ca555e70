# SPDX-FileCopyrightText: gbz.zorgid contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""Describes what a run does or did, for one organisation and as a sum. Pure."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from .carried import Carried
from .plan import Plan, State
from .runs import RunPlan
from .steps import Effect
from .style import number
from .telling import counted, counts

MAILS = (Effect.SEND_NOTICES, Effect.INVITE)
KEEP = (Effect.KEEP_ADMINISTRATORS, Effect.KEEP_EMPLOYEES)
#: effect -> (what will be done, what was done)
_WORDS: dict[Effect, tuple[str, str]] = {
    Effect.SUBMIT_APPLICATION: ("apply", "applied"),
    Effect.SIGN_DOCUMENT: ("sign", "signed"),
    Effect.MAIL_DOCUMENT: ("mail to VZVZ", "mailed"),
    Effect.SUBMIT_FOLLOW_UP: ("submit the follow-up form", "follow-up form submitted"),
    Effect.MAKE_LETTER: ("make the letter", "letter made"),
    Effect.DESTROY_CODE: ("destroy the used code", "used code destroyed"),
    Effect.KEEP_ADMINISTRATORS: ("update the administrators", "administrators put right"),
    Effect.KEEP_EMPLOYEES: ("update the employees", "employees put right"),
    Effect.SEND_NOTICES: ("mail the people who have to act", "notices were mailed"),
    Effect.INVITE: ("invite employees", "employees invited"),
}
#: effect -> (singular in the sum, plural)
_SUMS: dict[Effect, tuple[str, str]] = {
    Effect.SUBMIT_APPLICATION: ("application submitted", "applications submitted"),
    Effect.SIGN_DOCUMENT: ("document signed", "documents signed"),
    Effect.MAIL_DOCUMENT: ("document mailed", "documents mailed"),
    Effect.SUBMIT_FOLLOW_UP: ("follow-up form submitted", "follow-up forms submitted"),
    Effect.MAKE_LETTER: ("letter made", "letters made"),
    Effect.DESTROY_CODE: ("used code destroyed", "used codes destroyed"),
}


@dataclass(frozen=True)
class Did:
    """One effect, planned or carried out. ``by_click``: a person makes the changes, from a worklist."""

    effect: Effect
    changes: Mapping[str, int]
    by_click: bool = False


def planned(one: Plan) -> tuple[Did, ...]:
    return tuple(
        Did(
            effect,
            counts(mail for mail in one.mails if mail.effect is effect) if effect in MAILS else part.changes,
            part.state is State.WAIT,
        )
        for part in one.parts
        for effect in part.effects
    )


def carried_out(run: RunPlan, carried: Carried, host: str, status: str) -> tuple[Did, ...]:
    clicks = {did.effect for did in planned(run.plans[host]) if did.by_click} if host in run.plans else set()
    return tuple(Did(one.effect, one.changes, one.effect in clicks) for one in carried.of(host, status))


def effects_in_words(dids: Iterable[Did], *, done: bool) -> str:
    """``sign, mail to VZVZ`` or ``signed, mailed to VZVZ``; for accounts the changes, as ``linked 3, unlinked 1``."""
    parts = []
    for did in dids:
        word = _WORDS[did.effect][int(done)]
        if did.effect in MAILS:
            word = counted(did.changes) or word
        elif did.changes:
            kinds = ", ".join(f"{kind} {count}" for kind, count in sorted(did.changes.items()))
            who = "administrators" if did.effect is Effect.KEEP_ADMINISTRATORS else ""
            word = f"{who} {kinds}".strip() + (" (worklist)" if did.by_click else "")
        parts.append(word)
    return ", ".join(parts)


def added_up(dids: Iterable[Did]) -> str:
    """``1 document signed and mailed, 4 changes in the portal``; empty without effects."""
    often: Counter[Effect] = Counter()
    mails: Counter[str] = Counter()
    portal, clicks = 0, 0
    for did in dids:
        often[did.effect] += 1
        changes = sum(did.changes.values())
        if did.effect in MAILS:
            mails.update(did.changes)
        elif did.by_click:
            clicks += changes
        else:
            portal += changes
    parts = [number(often[effect], *words) for effect, words in _SUMS.items() if often[effect]]
    if portal:
        parts.append(f"{number(portal, 'change', 'changes')} in the portal")
    if clicks:
        parts.append(f"{number(clicks, 'change', 'changes')} on worklists")
    kept = sum(often[effect] for effect in KEEP)
    if kept and not portal + clicks:
        parts.append(f"{number(kept, 'list', 'lists')} of accounts updated")
    if mails:
        parts.append(counted(mails))
    return ", ".join(parts)
