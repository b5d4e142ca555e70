# SPDX-FileCopyrightText: gbz.zorgid contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""A person leaves: their role in the organisation is removed (VZVZ use case HA-011), and no run links them again.

The identity is personal and is not deleted, because another organisation may have linked it.
"""

from __future__ import annotations

import datetime
from dataclasses import dataclass, replace

from .._common import moments
from .._common.errors import ZorgidError
from .._portal.driver import Worklist
from .._portal.one_person import LeaverStep, Leaving, as_listed, device_of, step_of_leaver
from .person_case import Case, PersonCommand, Standing, opened_case, role

#: kind of record in the dossier: since when the portal does not show the person any more
GONE = "person_gone"


@dataclass(frozen=True)
class Offboarded:
    """``step``: the change. ``asks``: nothing was done, because it was not confirmed. ``left_at``: when the leaving was
    stated. ``shown_at``: the moment of the portal's data. ``keyed``: whether the dossier prevents a new link."""

    step: LeaverStep
    shown: str
    role: str
    device: str
    by_hand: bool
    keyed: bool
    standing: tuple[Standing, ...]
    notes: tuple[str, ...]
    asks: bool = False
    changed: bool = False
    worklists: tuple[Worklist, ...] = ()
    left_at: datetime.datetime | None = None
    shown_at: datetime.datetime | None = None


def offboard(command: PersonCommand, *, confirmed: bool, check_mode: bool) -> Offboarded:
    """Errors: ``account_unknown``, ``dossier_key_missing``, those of ``opened_case`` and of ``Case.carry_out``. The
    statement is recorded first, so that after an interruption the next run does not link the person again."""
    with opened_case(command, "offboard", check_mode=check_mode) as case:
        case.demand_key()
        left_at, gone_at = _left_at(case), case.noted(GONE)
        if case.member is not None and left_at is not None and gone_at is not None and gone_at >= left_at:
            left_at = None  # the person was gone and was linked again by hand: a new leaving
        known = Leaving(case.member is not None, bool(case.standing), left_at, gone_at, case.shown_at, case.by_hand)
        step = step_of_leaver(known)
        if step == "unknown":
            raise case.unknown()
        outcome = Offboarded(
            step,
            case.shown,
            role(case),
            device_of(case.member) if case.member else "",
            case.by_hand,
            case.keyed,
            case.standing,
            tuple(case.notes),
            left_at=left_at,
            shown_at=case.shown_at,
        )
        if step == "unlink":
            return _unlinked(case, outcome, confirmed=confirmed, check_mode=check_mode)
        if step == "keep_away":
            return _kept_away(case, outcome, confirmed=confirmed, check_mode=check_mode)
        if step == "prove":
            if not check_mode:
                case.note(GONE, "gone", case.shown_at)
                case.record_event("The portal does not show the person who left any more (HA-011)")
            case.clear()
            return replace(outcome, changed=True)
        return outcome


def _left_at(case: Case) -> datetime.datetime | None:
    words = [case.store.words.left(case.command.portal.ura.text, one) for one in case.numbers]
    moments_of = [moments.stored(one.at) for one in words if one]
    return max(moments_of, default=None)


def _unlinked(case: Case, outcome: Offboarded, *, confirmed: bool, check_mode: bool) -> Offboarded:
    if case.member is None:
        raise case.unknown()
    account = as_listed(case.member, case.command.external_id)
    account["state"] = "absent"
    change = case.planned(account)  # errors of the change appear before the statement is recorded
    waits = case.by_hand and outcome.left_at is not None
    if not (confirmed or check_mode or waits):
        return replace(outcome, asks=True)
    _say(case, check_mode, anew=outcome.left_at is None)
    made = case.carry_out([(account, change)], check_mode=check_mode)
    if not check_mode and not case.by_hand:
        case.note(GONE, "gone")
        case.record_event(
            f"Unlinked from the organisation (HA-011): was {outcome.role}, phone {outcome.device}; the portal "
            "does not show them any more"
        )
    elif not check_mode and made.changed:
        case.record_event("Written down for the portal's administrator: unlink from the organisation (HA-011)")
    left_at = outcome.left_at or moments.now()
    return replace(outcome, changed=made.changed or outcome.left_at is None, worklists=made.worklists, left_at=left_at)


def _kept_away(case: Case, outcome: Offboarded, *, confirmed: bool, check_mode: bool) -> Offboarded:
    if not case.keyed:
        (first, *_others) = case.standing
        raise ZorgidError(
            "dossier_key_missing",
            f"{outcome.shown} has no account, and a list still names them, so that the next run registers them",
            expected="zorgid_onboarding_dossier_key, for the dossier to know who left",
            found=f"none; they stand in {first.place}, row {first.row}",
            action="take that row out, or set the key from your vault",
        )
    if not (confirmed or check_mode):
        return replace(outcome, asks=True)
    _say(case, check_mode, anew=True)
    if not check_mode and not case.by_hand:
        case.note(GONE, "gone")
    return replace(outcome, changed=True, left_at=moments.now())


def _say(case: Case, check_mode: bool, *, anew: bool) -> None:
    """Record it for each id with which a list could link the person. Unless ``anew``, an earlier statement stays."""
    if not case.keyed or check_mode:
        return
    ura = case.command.portal.ura.text
    for number in case.numbers:
        if anew or case.store.words.left(ura, number) is None:
            case.store.say(
                ura,
                "offboarded",
                by=case.command.by,
                at=moments.iso(moments.now()),
                how="left the organisation (HA-011)",
                subject=number,
            )
