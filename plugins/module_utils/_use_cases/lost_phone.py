# SPDX-FileCopyrightText: gbz.zorgid contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""A lost phone, by VZVZ's FAQ: check the log, then block or revoke; unblock a phone that was found, revoke another.

Each change holds for all organisations of the person.
"""

from __future__ import annotations

import datetime
from dataclasses import dataclass, replace
from typing import Final

from .._common.errors import ZorgidError
from .._portal import model
from .._portal.driver import Worklist
from .._portal.model import Account, AccountState, Actual, Change
from .._portal.one_person import (
    ActivePhone,
    Device,
    Phone,
    PhoneAnswer,
    PhoneStep,
    as_listed,
    device_of,
    step_of_phone,
)
from .person_case import Case, PersonCommand, opened_case, role

#: kinds of record in the dossier: the answer about this phone, and that the portal then showed the change
ASKED, SHOWN = "phone_asked", "phone_shown"
_ASKS: Final = ("ask_used", "ask_found", "ask_phone")
_JOURNAL: dict[str, str] = {
    "block": "Phone lost: blocked for all organisations",
    "unblock": "Phone found: unblocked for all organisations",
    "revoke": "Phone lost: identity revoked for all organisations, invited to enrol again",
    "invite": "Phone lost: invited to enrol again after the identity was revoked",
}


@dataclass(frozen=True)
class PhoneHandled:
    """``step``: the change; a step that asks a question changed nothing. ``device``: the phone's state before.
    ``asked_at``: when this answer was first given. ``proven``: an export now shows the change."""

    step: PhoneStep
    answer: PhoneAnswer
    shown: str
    role: str
    device: Device
    by_hand: bool
    keyed: bool
    changed: bool = False
    proven: bool = False
    worklists: tuple[Worklist, ...] = ()
    asked_at: datetime.datetime | None = None
    revoked_at: datetime.datetime | None = None
    shown_at: datetime.datetime | None = None


def handle_lost_phone(
    command: PersonCommand, answer: PhoneAnswer, active: ActivePhone = None, *, check_mode: bool
) -> PhoneHandled:
    """Errors: ``account_unknown``, ``device_revoked``, ``dossier_key_missing``, those of ``opened_case`` and of
    ``Case.carry_out``."""
    with opened_case(command, "phone", check_mode=check_mode) as case:
        case.demand_key()
        if case.member is None:
            raise case.unknown()
        revoked_at = case.noted(ASKED, "revoke")
        device = device_of(case.member)
        phone = Phone(device, revoked_at, case.shown_at, case.by_hand, case.noted(ASKED))
        step = step_of_phone(phone, answer, active)
        if step == "impossible":
            raise _revoked(case)
        outcome = PhoneHandled(
            step,
            answer,
            case.shown,
            role(case),
            device,
            case.by_hand,
            case.keyed,
            asked_at=case.noted(ASKED) if step == "wait" else _asked_at(case, phone, answer, active),
            revoked_at=revoked_at,
            shown_at=case.shown_at,
        )
        if step in _ASKS or step == "wait":
            return outcome
        if step == "nothing":
            return _closed(case, outcome, active, check_mode)
        return _made(case, case.member, outcome, check_mode)


def _asked_at(case: Case, phone: Phone, answer: PhoneAnswer, active: ActivePhone) -> datetime.datetime | None:
    """When this answer was first given. After the change was made, the same answer is about another loss."""
    at = case.noted(ASKED, answer) if answer else None
    closed = case.noted(SHOWN)
    if at is None or (active == "lost" and not phone.shows_before(at)):
        return None
    again = phone.device == "active" and answer != "unblock" and closed is not None and closed >= at
    return None if again else at


def _made(case: Case, member: Actual, outcome: PhoneHandled, check_mode: bool) -> PhoneHandled:
    account = as_listed(member, case.command.external_id)
    changes = list(_changes(case, account, member, outcome.step))
    again = outcome.by_hand and outcome.asked_at is not None
    if not check_mode and not again and outcome.answer:
        # Recorded before the change, so that an interrupted run is known; the same answer then continues it.
        case.note(ASKED, outcome.answer)
    made = case.carry_out(changes, check_mode=check_mode)
    if not check_mode and made.changed:
        done = _JOURNAL[outcome.step]
        case.record_event(
            f"Written down for the portal's administrator: {done}"
            if outcome.by_hand
            else f"{done}; was {outcome.device}, the portal shows it"
        )
    return replace(
        outcome,
        changed=made.changed,
        worklists=made.worklists,
        asked_at=outcome.asked_at or case.noted(ASKED, outcome.answer or ""),
    )


def _changes(case: Case, account: Account, member: Actual, step: PhoneStep) -> list[tuple[Account, Change]]:
    def wanted(state: AccountState) -> Account:
        return {**account, "state": state}

    present = wanted("present")
    again = Change(model.UPDATED, account["external_id"], 1, present, member, device="invited")
    if step == "block":
        return [(one, case.planned(one)) for one in [wanted("blocked")]]
    if step == "revoke":
        return [*((one, case.planned(one)) for one in [wanted("revoked")]), (present, again)]
    return [(present, case.planned(present, reactivate=True))]


def _closed(case: Case, outcome: PhoneHandled, active: ActivePhone, check_mode: bool) -> PhoneHandled:
    """There is nothing to do. If a person made the change, record that it was shown."""
    asked_at, before, at = outcome.asked_at, case.noted(SHOWN), outcome.shown_at
    waits = asked_at is not None and (before is None or before < asked_at)
    later = at is not None and asked_at is not None and at > asked_at
    if not (outcome.by_hand and waits and later):
        if active == "new" and not check_mode:
            case.note(ASKED, "enrolled")
        return outcome
    if not check_mode:
        case.note(SHOWN, f"{outcome.answer} {outcome.device}", outcome.shown_at)
        what = "A person said that the active phone is the new one" if active else "The portal's export shows it"
        case.record_event(f"{what}: the phone is {outcome.device}")
        if active:
            case.note(ASKED, "enrolled")
    case.clear()
    return replace(outcome, changed=True, proven=True)


def _revoked(case: Case) -> ZorgidError:
    return ZorgidError(
        "device_revoked",
        f"The identity of {case.shown} was revoked, so that its phone cannot be unblocked",
        expected="a phone that is blocked",
        found="revoked",
        action="the person has to enrol again: the same command with -e found=false invites them",
    )
