# SPDX-FileCopyrightText: gbz.zorgid contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""Compares a list with an organisation's members and counts, for plans and for evidence of steps. It uses the same
planner as the action that changes accounts, so that the plan and the changes agree."""

from __future__ import annotations

from collections import Counter
from typing import Any

from .._common.errors import ZorgidError
from .._onboarding.observed import Accounts, Trouble
from .._portal import model
from .._portal.model import Account, Actual
from .._portal.planner import plan
from .._portal.removals import can_log_in
from .._portal.rules import Rules


def compare(
    wanted: list[Account],
    members: list[Actual],
    rules: Rules,
    digest: str = "",
    enrols: list[str] | None = None,
    found: dict[int, Actual] | None = None,
    acts: list[Any] | None = None,
) -> Accounts:
    """An account is registered if it should be present and exactly one member of this organisation matches it.
    ``enrols`` receives the ids of those whose phone has to be enrolled, ``found`` the member of each account, ``acts``
    each change: its kind, the account, its fields and its phone."""
    present = [number for number, account in enumerate(wanted, 1) if account["state"] == "present"]
    found = {} if found is None else found
    try:
        planned = plan(wanted, members, rules, members=found)
    except ZorgidError as error:
        return Accounts(len(present), stop=Trouble.of(error), digest=digest)
    if enrols is not None:
        enrols += [one.external_id for one in planned.changes if one.actual is None or one.device == "invited"]
    if acts is not None:
        for one in planned.changes:
            portal_id = one.actual["id"] if one.actual else ""
            acts.append([one.status, one.external_id, portal_id, dict(one.fields), str(one.device)])
    failed = {number: one.code for number, one in planned.settled.items() if one.status in _NOT_AS_WANTED}
    registered = [
        found[number]
        for number in present
        if number in found and number not in failed and _has_its_role(found[number], rules)
    ]
    # A row to block an unknown account is reported elsewhere (``on_no_list``); nobody has to be registered for it.
    failed = {number: code for number, code in failed.items() if code != "account_unknown"}
    returning = sum(code == "account_offboarded" for code in failed.values())
    staying = sum(one.status in _NOT_AS_WANTED for one in planned.staying)
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


#: nothing will be done about these by a run
_NOT_AS_WANTED = (model.FAILED, model.UNPROVEN)


def _has_its_role(item: Actual, rules: Rules) -> bool:
    """Whether the member has the role of the list: an administrator is also an employee, but not the reverse."""
    return not item.get("gone") and (item["role"] in rules.roles or "employee" in rules.roles)
