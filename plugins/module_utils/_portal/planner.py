# SPDX-FileCopyrightText: gbz.zorgid contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""Compare desired and actual accounts and list the changes. Pure: only the given date, no network, no driver."""

from __future__ import annotations

from collections.abc import Iterable, Sequence, Set
from dataclasses import dataclass, field

from . import model
from .differences import change_of
from .matching import Index, former_members, match
from .model import Account, AccountResult, Actual, Change
from .removals import guard, keep_an_administrator, names_nobody, stays
from .renumbered import refuse_renumbered
from .rules import Rules
from .unproven import held_back, without_open


@dataclass(slots=True)
class Plan:
    """changes to make; settled: results already known, by position. An account in neither is unchanged, without a
    message (at 100,000 accounts a result for each would be fifteen megabytes). staying: members that purge would remove
    but that stay, with the reason. held: changes that are not made because an earlier one of the same account is
    unproven; proven: accounts whose unproven change the reading shows."""

    changes: list[Change]
    settled: dict[int, AccountResult]
    staying: list[AccountResult] = field(default_factory=list)
    held: Sequence[Change] = ()
    proven: Sequence[str] = ()


def plan(
    desired: list[Account],
    actual: list[Actual],
    rules: Rules,
    keys: Set[str] | None = None,
    members: dict[int, Actual] | None = None,
) -> Plan:
    """Compare; see ``Rules``. Errors that stop the whole list: ``accounts_empty, accounts_renumbered,
    max_removals_exceeded, administrator_last, max_removals_invalid``. Refusals of one account become failed results.
    keys: the external ids of the whole list if ``desired`` is a part of it, so that an account is not matched with the
    member of another one. members is filled with the member of each account, by position."""
    if rules.purge and not any(account["state"] != "absent" for account in desired):
        raise names_nobody()
    index = Index(actual)
    if keys is None:
        keys = external_ids(desired)
    matched: dict[str, int] = {}  # matched by another field than the external id
    spared: set[str] = set()
    changes: list[Change] = []
    proven: list[str] = []
    settled: dict[int, AccountResult] = {}
    for position, account in enumerate(desired, 1):
        external_id = account["external_id"]
        found = index.external.get(external_id)
        if external_id in rules.offboarded and account["state"] != "absent":
            settled[position] = AccountResult(
                external_id, model.FAILED, f"{rules.place(position)} {_OFFBOARDED}", "account_offboarded"
            )
            continue
        if external_id in index.doubled:
            spared.update(item["id"] for item in index.doubled[external_id])
            settled[position] = AccountResult(
                external_id,
                model.FAILED,
                f"{len(index.doubled[external_id])} accounts of the portal have this external id. "
                "Remove it from all but one",
                "account_ambiguous",
            )
            continue
        former = former_members(account, index, keys)
        if former and account["state"] != "absent" and (found is not None or len(former) > 1):
            spared.update(item["id"] for item in former)
            settled[position] = AccountResult(
                external_id, model.FAILED, f"{rules.place(position)} {_TWICE}", "account_ambiguous"
            )
            continue
        if found is None and former:  # gets the new number, or is unlinked; never linked as a new member
            found = former[0]
        if found is None:
            found, candidates, why = match(account, index, keys)
            code = "account_ambiguous"
            if found is None and not why and account["state"] != "absent":
                candidates = index.near(account, keys)
                if candidates:
                    why, code = f"{rules.place(position)} {_NEAR}", "account_near_match"
                elif candidates := index.incomparable(account, keys, rules.roles):
                    why, code = f"{rules.place(position)} {_DIM.format(len(candidates))}", "account_not_comparable"
            if why:
                spared.update(item["id"] for item in candidates)
                settled[position] = AccountResult(external_id, model.FAILED, why, code)
                continue
        if found is not None and found["external_id"] != external_id:
            other = matched.setdefault(found["id"], position)
            if other != position:
                spared.add(found["id"])
                settled[position] = AccountResult(
                    external_id,
                    model.FAILED,
                    f"Accounts {other} and {position} of the list match the same account of the portal. "
                    "Give each its UZI number or write their external ids into the portal",
                    "account_ambiguous",
                )
                continue
        if members is not None and found is not None:
            members[position] = found
        outcome = change_of(account, found, position, rules)
        if isinstance(outcome, Change):
            changes.append(outcome)
        elif rules.unproven is not None and external_id in rules.unproven and not _failed(outcome):
            if found is not None and outcome is None:
                proven.append(external_id)
            else:  # nobody is there, or the account stays as it is: that proves nothing of what was sent
                settled[position] = held_back(external_id)
        elif outcome is not None:
            settled[position] = outcome
    scope = [item for item in actual if item["role"] in rules.roles]
    if rules.purge:
        refuse_renumbered(desired, scope, index, keys)
        for item in scope:
            kept = item["external_id"] in keys or item["id"] in matched or item["id"] in spared
            if not kept and not item.get("gone"):
                changes.append(Change(model.UNLINKED, model.clean(item["external_id"] or item["id"]), 0, None, item))
    changes, held = without_open(changes, rules.unproven)
    guard(changes, len(scope), rules.max_removals)
    keep_an_administrator(changes, actual)
    planned = Plan(changes, settled, held=held, proven=proven)
    for change in held:
        if change.position:
            settled[change.position] = held_back(change.external_id)
        else:
            planned.staying.append(held_back(change.external_id))
    for change, result in stays(changes, actual, rules.owner):
        changes.remove(change)
        if change.position:
            settled[change.position] = result
        else:
            planned.staying.append(result)
    return planned


_OFFBOARDED = (
    "is of a person who was offboarded, and nobody is linked again because they are still on a list. Remove the row; "
    "if this person is back, record the word rehired with this external id, or give the new number of the HR system"
)
_TWICE = (
    "is a person who has several accounts in the portal, with numbers of this list. Check with which account they log "
    "in, and remove the external id from the others, or unlink those in the portal"
)
_NEAR = (
    "looks like a member of the organisation that has another external id: the same last name and date of birth, or "
    "the same mail address and date of birth (or a name, where a date is missing). If it is the same person, write "
    "the new external id into the portal; if it is another person, add that person to the list too"
)


_DIM = (
    "is not registered: the portal does not show names or dates of birth here, so this may be one of {} members who "
    "have no number of this list. Let the page map or the export show them; or write the external ids of these members "
    "into the portal, and put them on the list (those who left with state absent)"
)


def _failed(outcome: AccountResult | None) -> bool:
    return outcome is not None and outcome.status == model.FAILED


def external_ids(desired: Iterable[Account]) -> Set[str]:
    return {account["external_id"] for account in desired}
