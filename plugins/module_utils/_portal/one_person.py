# SPDX-FileCopyrightText: gbz.zorgid contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""One person of an organisation: find them, and decide what to do if they leave or lose their phone. Pure."""

from __future__ import annotations

import datetime
import difflib
from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass
from typing import Literal, TypeAlias

from .._common.errors import ZorgidError
from .matching import Index, match
from .model import Account, Actual, Role
from .shown_numbers import may_be_shown

#: How different a proposed number may be from the typed one, and how many are proposed.
_NEAR, _MOST = 0.6, 3
Device = Literal["none", "invited", "active", "blocked", "revoked"]
LeaverStep = Literal["unknown", "unlink", "keep_away", "prove", "wait", "nothing"]
PhoneStep = Literal[
    "wait", "ask_used", "ask_found", "ask_phone", "block", "unblock", "revoke", "invite", "nothing", "impossible"
]
#: The answers of a person: the phone was used after it was reported lost (revoke) or was not used (block); it was found
#: again (unblock) or not found (revoke).
PhoneAnswer: TypeAlias = "Literal['revoke', 'block', 'unblock'] | None"
#: The answer about a phone that is active after the lost one was revoked.
ActivePhone: TypeAlias = "Literal['new', 'lost'] | None"


@dataclass(frozen=True)
class Found:
    """``member``: in the portal. ``position``: 1-based place in the list that was searched, 0 if this number is not in
    it. ``numbers``: every number under which a list could register this person again."""

    member: Actual | None
    position: int
    numbers: tuple[str, ...]


def find(external_id: str, members: Sequence[Actual], listed: Sequence[Account]) -> Found:
    """The person with this number, in the portal and in a list: also by a former number, and a member without a number
    whom the row of the list identifies. Error: ``account_ambiguous``."""
    index = Index(members)
    position = next(
        (
            place
            for place, account in enumerate(listed, 1)
            if external_id == account["external_id"] or external_id in account.get("former_ids", ())
        ),
        0,
    )
    account = listed[position - 1] if position else None
    numbers = dict.fromkeys((external_id, *((account["external_id"],) if account else ())))
    # Former numbers of this person that nobody else in the list has.
    former = [
        one for one in (account or {}).get("former_ids", ()) if one not in {each["external_id"] for each in listed}
    ]
    there = [item for one in dict.fromkeys((*numbers, *former)) for item in index.of(one) if not item.get("gone")]
    if len(there) > 1:
        raise _ambiguous(f"{len(there)} accounts of the portal have this number or a former one of the same person")
    if not there and account is not None:
        one, _candidates, why = match(account, index, {each["external_id"] for each in listed})
        if why:
            raise _ambiguous(why)
        there = [one] if one is not None and not one.get("gone") else []
    return Found(there[0] if there else None, position, tuple(numbers))


def _ambiguous(found: str) -> ZorgidError:
    return ZorgidError(
        "account_ambiguous",
        "Nobody can tell which account of the portal this is",
        expected="one account with this number",
        found=found,
        action="look in the portal which of them it is, and take the number away from the others",
    )


def nearest(external_id: str, members: Iterable[Actual], listed: Iterable[Account]) -> list[str]:
    """Numbers similar to this one; those that may be made of a name are not shown."""
    known = {str(item["external_id"] or "") for item in members} | {one["external_id"] for one in listed}
    return difflib.get_close_matches(external_id, sorted(filter(may_be_shown, known)), _MOST, _NEAR)


def device_of(item: Actual) -> Device:
    """The state of the phone for a person: also blocked if only the identity is blocked."""
    shown: Device = item["device"]  # type: ignore[assignment]  # a driver gives no other state
    return shown if item.get("active", True) or shown == "revoked" else "blocked"


def role_of(item: Actual) -> Role:
    role = item["role"]
    return role if role in ("administrator", "operator") else "employee"  # type: ignore[return-value]  # one of Role


def as_listed(item: Actual, external_id: str) -> Account:
    """The member as an account of a list, so that no other field is changed."""
    account = Account(
        external_id=item["external_id"] or external_id,
        first_name=item["first_name"] or "",
        last_name=item["last_name"] or "",
        role=role_of(item),
        state="present",
        registration="self",
    )
    if item["date_of_birth"]:
        account["date_of_birth"] = item["date_of_birth"]
    return account


@dataclass(frozen=True)
class Leaving:
    """What is known about a leaver. ``left_at``: when a person recorded it. ``gone_at``: the time of the reading in
    which the portal no longer showed them. ``shown_at``: the time of the present reading; None if unknown."""

    member: bool
    listed: bool
    left_at: datetime.datetime | None
    gone_at: datetime.datetime | None
    shown_at: datetime.datetime | None
    by_hand: bool


def step_of_leaver(known: Leaving) -> LeaverStep:
    """``keep_away``: a list still contains this person, who has no account. ``prove``: the portal shows that the
    account is gone."""
    if known.member:
        return "unlink"
    if known.left_at is None:
        return "keep_away" if known.listed else "unknown"
    if known.gone_at is not None and known.gone_at >= known.left_at:
        return "nothing"
    if known.by_hand and (known.shown_at is None or known.shown_at <= known.left_at):
        return "wait"  # an export from before proves nothing
    return "prove"


@dataclass(frozen=True)
class Phone:
    """What is known of a phone. ``revoked_at``: when this program revoked it, or put that on a worklist. ``asked_at``:
    when the last change was asked for. ``shown_at``: as ``Leaving``."""

    device: Device
    revoked_at: datetime.datetime | None = None
    shown_at: datetime.datetime | None = None
    by_hand: bool = False
    asked_at: datetime.datetime | None = None

    def shows_before(self, at: datetime.datetime | None) -> bool:
        """Whether the reading of the portal is older than ``at``, so that a person may have done since what was asked
        then."""
        return self.by_hand and at is not None and (self.shown_at is None or self.shown_at <= at)


def step_of_phone(phone: Phone, answer: PhoneAnswer, active: ActivePhone = None) -> PhoneStep:
    """By VZVZ's FAQ. If the phone was used after the report: revoke at once and enrol again; otherwise block. If it is
    found: unblock; if not: revoke and enrol again. The same answer a second time changes nothing."""
    if answer is None:
        return "ask_found" if phone.device in ("blocked", "revoked") else "ask_used"
    if answer == "block":
        return "nothing" if phone.device in ("blocked", "revoked") else "block"
    if answer == "unblock":
        if phone.device in ("revoked", "blocked"):
            return "impossible" if phone.device == "revoked" else "unblock"
        return "wait" if phone.shows_before(phone.asked_at) else "nothing"
    if phone.device == "revoked":
        return "invite"
    if phone.device in ("invited", "none"):
        return "nothing"  # no phone has the identity
    if active == "new" and phone.device == "blocked":
        return "ask_found"  # the new phone is not active
    if phone.device == "blocked" or active == "lost" or phone.shows_before(phone.revoked_at):
        return "revoke"  # an export from before shows the lost phone
    if active == "new":
        return "nothing"
    return "ask_phone" if phone.revoked_at is not None else "revoke"


def positions(listed: Sequence[Account], numbers: Collection[str]) -> list[int]:
    """Every place in a list with one of these numbers."""
    return [
        place
        for place, one in enumerate(listed, 1)
        if one["state"] != "absent" and (one["external_id"] in numbers or set(one.get("former_ids", ())) & set(numbers))
    ]
