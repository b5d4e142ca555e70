# SPDX-FileCopyrightText: gbz.zorgid contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""Keep an organisation's accounts equal to a list: read, plan, execute, and believe only what the portal then shows.

That last rule covers every fault the same way: a lost answer, a reset in mid-bulk, a 412, a 500 for one operation and a
portal that accepts and forgets all end in a new reading and a new plan for the accounts concerned, so nothing is made
twice (a create is found by its external id) and nothing is lost.
"""

from __future__ import annotations

import time
from collections import Counter
from collections.abc import Set
from dataclasses import dataclass, field, replace
from typing import Any, Protocol

from .._common.errors import ZorgidError
from .._common.masking import mask, mask_email
from . import model
from .connection import Tell
from .model import Account, Actual, Change, Result
from .operations import AGAIN, DONE, UNCERTAIN, UNSENT, Outcome
from .planner import Plan, Rules, external_ids, plan

ROUNDS = 4
#: seconds before the second round, doubled for each further one
PAUSE = 0.1
#: VZVZ: one person cannot have both active
SMARTCARD = "A ZORG-ID Smartcard of this person, if there is one, is blocked: it and ZORG-ID Mobiel exclude each other"


class Driver(Protocol):
    def read(self, ura: str) -> list[Actual]: ...

    def execute(self, changes: list[Change], ura: str, tell: Tell | None = None) -> list[Outcome]: ...


@dataclass
class Kept:
    """results in the order of the list, then what purge removed; changed: whether anything was, or would be."""

    results: list[Result]
    changed: bool
    changes: list[Change] = field(default_factory=list)

    @property
    def summary(self) -> dict[str, int]:
        return dict(Counter(result.status for result in self.results))


def keep(
    driver: Driver, desired: list[Account], rules: Rules, *, check_mode: bool = False, tell: Tell | None = None
) -> Kept:
    """Bring the portal to ``desired``. Raises before the first change only; afterwards every account has a result."""
    planned = plan(desired, driver.read(rules.ura), rules)
    if check_mode or not planned.changes:
        return _kept(desired, planned, {}, bool(planned.changes))
    results, changed = _execute(driver, planned.changes, rules, external_ids(desired), tell)
    return _kept(desired, planned, results, changed)


def _execute(
    driver: Driver, changes: list[Change], rules: Rules, keys: Set[str], tell: Tell | None
) -> tuple[dict[int, Result], bool]:
    """Results by id() of the planned change."""
    results: dict[int, Result] = {}
    linked: set[int] = set()

    def status(change: Change) -> str:
        return model.LINKED if id(change) in linked else change.status

    pending = [(change, change) for change in changes]  # (as first planned, as planned now)
    changed, uncertain = False, False
    for attempt in range(ROUNDS):
        outcomes = driver.execute([now for _first, now in pending], rules.ura, tell)
        open_: list[tuple[Change, Outcome]] = []
        for (first, _now), outcome in zip(pending, outcomes, strict=True):
            if outcome.state == DONE:
                changed = True
                if first.status == model.CREATED and outcome.status == model.LINKED:
                    linked.add(id(first))
                open_.append((first, outcome))
            elif outcome.state in (AGAIN, UNSENT):
                uncertain = uncertain or outcome.code in UNCERTAIN
                open_.append((first, outcome))
            else:
                results[id(first)] = Result(first.external_id, model.FAILED, outcome.message, outcome.code)
        if not open_:
            break
        del pending, outcomes  # the reading needs the room
        try:
            left = _left(driver, [first for first, _outcome in open_], rules, keys)
        except ZorgidError as error:
            for first, outcome in open_:
                results[id(first)] = _unproven(first, outcome, status(first), error)
            changed = changed or uncertain
            break
        pending = []
        for first, outcome in open_:
            remaining = left.get(id(first))
            if remaining is None:
                changed = True
                message = "" if outcome.state == DONE else "Found done in the portal after an uncertain answer"
                results[id(first)] = Result(first.external_id, status(first), message)
            elif isinstance(remaining, Result):
                results[id(first)] = remaining
            elif attempt + 1 == ROUNDS:
                results[id(first)] = _given_up(first, outcome)
            else:
                pending.append((first, remaining))
        if not pending:
            break
        time.sleep(PAUSE * 2**attempt)  # what the portal could not do just now it may do in a moment
    return results, changed


def _left(driver: Driver, changes: list[Change], rules: Rules, keys: Set[str]) -> dict[int, Change | Result]:
    """What is still to do of these changes, by id() of the change; absent: it is done."""
    actual = driver.read(rules.ura)
    left: dict[int, Change | Result] = {}
    purged = [change for change in changes if change.desired is None]
    listed = [change for change in changes if change.desired is not None]
    if purged:
        members = {item["id"]: item for item in actual}
        for change in purged:
            item = members.get((change.actual or {})["id"])
            if item is not None and not item.get("gone"):
                left[id(change)] = replace(change, actual=item)
    desired = [change.desired for change in listed if change.desired is not None]
    again = plan(desired, actual, replace(rules, purge=False, max_removals=str(len(changes))), keys)
    for number, result in again.settled.items():
        if result.status == model.FAILED:
            left[id(listed[number - 1])] = result
    for change in again.changes:
        left[id(listed[change.position - 1])] = change
    return left


def _unproven(change: Change, outcome: Outcome, status: str, error: ZorgidError) -> Result:
    if outcome.state == DONE:
        return Result(change.external_id, status, "The portal said so; it could not be read again to prove it")
    if outcome.state == UNSENT:
        return Result(change.external_id, model.FAILED, outcome.message, outcome.code)
    return Result(
        change.external_id,
        model.FAILED,
        f"Unknown whether it was done: {outcome.message}; then {error} The next run looks first",
        error.code,
    )


def _given_up(change: Change, outcome: Outcome) -> Result:
    if outcome.state == DONE:
        return Result(
            change.external_id,
            model.FAILED,
            f"The portal accepted the change {ROUNDS} times and does not show it",
            "portal_forgets",
        )
    return Result(change.external_id, model.FAILED, outcome.message, outcome.code)


def _kept(desired: list[Account], planned: Plan, results: dict[int, Result], changed: bool) -> Kept:
    by_position = dict(planned.settled)
    purged = []
    for change in planned.changes:
        result = results.get(id(change)) or Result(change.external_id, change.status)
        if result.status != model.FAILED and not result.message and _appoints(change):
            result.message = SMARTCARD
        if change.position:
            by_position[change.position] = result
        else:
            purged.append(result)
    ordered = [
        by_position.get(position) or Result(account["external_id"], model.UNCHANGED)
        for position, account in enumerate(desired, 1)
    ]
    return Kept(ordered + purged, changed, planned.changes)


def _appoints(change: Change) -> bool:
    role = (change.desired or {}).get("role")
    return role in model.PORTAL_ROLES and (change.actual is None or "role" in change.fields)


# what a person may see of a plan ------------------------------------------------------------------------------------

_OPEN = ("external_id", "role", "role_code", "agb_code")


def shown(name: str, value: Any) -> Any:
    """A field for diffs and results: personal data masked."""
    if value is None:
        return None
    value = model.clean(str(value))
    if name in _OPEN:
        return value
    return mask_email(value) if name == "email" else mask(value)


def before_and_after(change: Change, *, full: bool = False) -> tuple[dict[str, Any], dict[str, Any]]:
    """State of one account before and after the change; masked unless ``full``."""

    def say(name: str, value: Any) -> Any:
        if not full:
            return shown(name, value)
        return model.clean(value) if isinstance(value, str) else value

    if change.status == model.UNLINKED:
        return {"member": True, "role": (change.actual or {})["role"]}, {"member": False}
    if change.actual is None:
        account = change.desired or {}
        fields = {
            name: say(name, account[name])
            for name in model.FIELDS
            if name in account and name not in ("identification", "state")
        }
        return {"member": False}, {"member": True, **fields}
    before = {name: say(name, pair[0]) for name, pair in change.fields.items()}
    after = {name: say(name, pair[1]) for name, pair in change.fields.items()}
    if change.device:
        before["device"] = change.actual["device"] if change.actual.get("active", True) else "blocked"
        after["device"] = change.device
    return before, after
