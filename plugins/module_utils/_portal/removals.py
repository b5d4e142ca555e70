# SPDX-FileCopyrightText: gbz.zorgid contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""Limits on removals: how many members, and never the account of the token or the last administrator. Pure."""

from __future__ import annotations

import math

from .._common.errors import ZorgidError
from . import model
from .model import AccountResult, Actual, Change

NO_PHONE = "Stays administrator until the phone of another administrator is active"
_OWN = (
    "The token in use belongs to this administrator: list them, or use a token of another administrator to remove them"
)


def names_nobody() -> ZorgidError:
    return ZorgidError(
        "accounts_empty",
        "The list contains nobody who has to be a member, so purge would remove everybody; nothing was changed",
        expected="at least one account that is not absent",
        found="none",
        action="correct the list; if everybody has to be removed, list each person with state: absent, without purge",
    )


def stays(changes: list[Change], actual: list[Actual], owner: str | None = None) -> list[tuple[Change, AccountResult]]:
    """The removals that are not made now: of the owner of the token, and of administrators while no other can log in.

    A person who becomes administrator by the same changes counts, because removals are made last."""
    removed = {change.actual["id"]: change for change in changes if change.actual and takes_administration(change)}
    found = []
    for change in changes:
        if owner and change.status == model.UNLINKED and change.actual and change.actual["id"] == owner:
            removed.setdefault(owner, change)
    if owner in removed:
        change = removed.pop(owner)
        found.append((change, AccountResult(change.external_id, model.FAILED, _OWN, "account_of_the_token")))
    if not removed:
        return found
    appointed = {
        change.actual["id"]
        for change in changes
        if change.actual and change.fields.get("role", ("", ""))[1] == "administrator"
    }
    if not any(
        item["id"] not in removed and (item["role"] == "administrator" or item["id"] in appointed) and can_log_in(item)
        for item in actual
    ):
        found += [(change, AccountResult(change.external_id, model.UNCHANGED, NO_PHONE)) for change in removed.values()]
    return found


def takes_administration(change: Change) -> bool:
    """Whether the change takes the role of administrator away."""
    was_one = change.actual is not None and change.actual["role"] == "administrator"
    return was_one and (change.status == model.UNLINKED or "role" in change.fields)


def can_log_in(item: Actual) -> bool:
    return item["device"] == "active" and bool(item.get("active", True))


def removal_limit(text: str, members: int) -> int:
    """How many removals ``10%`` or ``25`` allows."""
    number, percent = text.strip().removesuffix("%").strip(), text.strip().endswith("%")
    if not number.isdecimal():
        raise ZorgidError(
            "max_removals_invalid",
            "max_removals is not valid",
            expected="a number such as 25 or a percentage such as 10%",
            found="something else",
            action="correct max_removals",
        )
    return max(1, math.ceil(members * int(number) / 100)) if percent else int(number)


def guard(changes: list[Change], members: int, bound: str) -> None:
    limit = removal_limit(bound, members)
    removals = sum(change.status == model.UNLINKED for change in changes)
    if removals > limit:
        raise ZorgidError(
            "max_removals_exceeded",
            "The plan would remove more memberships than max_removals allows; nothing was changed",
            expected=f"at most {limit} of {members} ({bound})",
            found=f"{removals}",
            action="check that the list is complete; if it is, raise max_removals for this run",
            details={"removals": removals, "members": members, "limit": limit},
        )


def keep_an_administrator(changes: list[Change], actual: list[Actual]) -> None:
    before = sum(item["role"] == "administrator" for item in actual)
    after = before
    for change in changes:
        was = change.actual["role"] if change.actual else None
        wanted = None if change.status == model.UNLINKED else change.wanted.get("role")
        after += (wanted == "administrator") - (was == "administrator")
    if before and after < 1:
        raise ZorgidError(
            "administrator_last",
            "The plan would leave the organisation without an administrator; nothing was changed",
            expected="at least one administrator",
            found="none after this plan",
            action="list another person with role administrator, then run again",
        )
