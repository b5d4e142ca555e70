# SPDX-FileCopyrightText: gbz.zorgid contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""A list against an organisation's members, counted: what a plan says, and what proves a step. By the planner that the
keeping uses, so that what is said is what is done."""

from __future__ import annotations

from collections import Counter

from .._common.errors import ZorgidError
from .._onboarding.observed import Accounts, Trouble
from .._portal import model
from .._portal.model import Account, Actual
from .._portal.planner import plan
from .._portal.removals import can_log_in
from .._portal.rules import Rules


def compare(
    wanted: list[Account], members: list[Actual], rules: Rules, digest: str = "", enrols: list[str] | None = None
) -> Accounts:
    """Registered is an account that wants to be present and that a member of this organisation is, without a doubt.
    ``enrols`` gets the ids of those whose phone the plan asks to enrol."""
    present = [number for number, account in enumerate(wanted, 1) if account["state"] == "present"]
    found: dict[int, Actual] = {}
    try:
        planned = plan(wanted, members, rules, members=found)
    except ZorgidError as error:
        return Accounts(len(present), stop=Trouble.of(error), digest=digest)
    if enrols is not None:
        enrols += [one.external_id for one in planned.changes if one.actual is None or one.device == "invited"]
    failed = {number: one.code for number, one in planned.settled.items() if one.status == model.FAILED}
    registered = [
        found[number]
        for number in present
        if number in found and number not in failed and _has_its_role(found[number], rules)
    ]
    returning = sum(code == "account_offboarded" for code in failed.values())
    staying = sum(one.status == model.FAILED for one in planned.staying)
    others = [number for number, code in sorted(failed.items()) if code != "account_offboarded"]
    return Accounts(
        len(present),
        len(registered),
        sum(map(can_log_in, registered)),
        dict(Counter(change.status for change in planned.changes)),
        returning,
        len(failed) - returning + staying,
        f"{rules.place(others[0])}: {failed[others[0]]}" if others else "",
        digest=digest,
    )


def _has_its_role(item: Actual, rules: Rules) -> bool:
    """An administrator counts as a listed employee; an employee is no administrator yet."""
    return not item.get("gone") and (item["role"] in rules.roles or "employee" in rules.roles)
