# SPDX-FileCopyrightText: gbz.zorgid contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""Keep an organisation's accounts equal to a list: read, plan, execute, and believe only what the portal then shows.

That last rule covers every fault the same way: a lost answer, a reset in mid-bulk, a 412 and a 500 for one operation
all end in a new reading and a new plan for the accounts concerned, so nothing is made twice (a create is found by its
external id) and nothing is lost. What the portal accepted is never sent again: a portal that shows late would do it
twice.
"""

from __future__ import annotations

import time
from collections import Counter
from collections.abc import Set
from dataclasses import dataclass, field, replace
from typing import Any, NamedTuple, Protocol

from .._common.errors import ZorgidError
from .._common.masking import mask, mask_email
from . import model
from .connection import Tell
from .model import Account, Actual, Change, Result
from .operations import AGAIN, DONE, UNCERTAIN, UNSENT, Outcome
from .planner import Plan, Rules, external_ids, plan
from .removals import NO_PHONE, stays, takes_administration

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
    """results in the order of the list, then what purge removed; changed: whether anything was, or would be. members:
    as the portal showed them last, where they were asked for and it could still be read. linked: external ids of whom
    the portal knew already."""

    results: list[Result]
    changed: bool
    changes: list[Change] = field(default_factory=list)
    members: list[Actual] | None = None
    linked: Set[str] = frozenset()

    @property
    def summary(self) -> dict[str, int]:
        return dict(Counter(result.status for result in self.results))


def keep(
    driver: Driver,
    desired: list[Account],
    rules: Rules,
    *,
    check_mode: bool = False,
    tell: Tell | None = None,
    remember: bool = False,
) -> Kept:
    """Bring the portal to ``desired``. Raises before the first change only; afterwards every account has a result.
    remember: the members as they were read last come with the result."""
    reader = _Reader(driver, rules.ura, remember)
    planned = plan(desired, reader.read(), rules)
    if check_mode or not planned.changes:
        kept = _kept(desired, planned, {}, bool(planned.changes))
    else:
        execution = _Execution(driver, reader, rules, external_ids(desired), tell)
        results, changed = execution.of(planned.changes)
        kept = _kept(desired, planned, results, changed)
        kept.linked = execution.linked
    kept.members = reader.last
    return kept


class _Reader:
    def __init__(self, driver: Driver, ura: str, remember: bool) -> None:
        self._driver, self._ura, self._remember = driver, ura, remember
        self.last: list[Actual] | None = None

    def read(self) -> list[Actual]:
        self.last = None  # a reading that fails leaves nothing that is still so
        actual = self._driver.read(self._ura)
        if self._remember:
            self.last = actual
        return actual


class _Open(NamedTuple):
    """A change whose end the portal has to show. first: as it was planned first; now: as it was sent last."""

    first: Change
    now: Change
    outcome: Outcome


class _Execution:
    """Results by id() of the change as it was planned first."""

    def __init__(self, driver: Driver, reader: _Reader, rules: Rules, keys: Set[str], tell: Tell | None) -> None:
        self._driver, self._reader, self._rules, self._keys, self._tell = driver, reader, rules, keys, tell
        self._results: dict[int, Result] = {}
        self._changed = False
        self.linked: set[str] = set()

    def of(self, changes: list[Change]) -> tuple[dict[int, Result], bool]:
        removing = [change for change in changes if takes_administration(change)]
        others = [change for change in changes if not takes_administration(change)] if removing else changes
        if others:
            self._rounds([(change, change) for change in others])
        if removing:
            pending = self._still_wanted(removing) if others else [(change, change) for change in removing]
            if pending:
                self._rounds(pending)
        return self._results, self._changed

    def _still_wanted(self, removing: list[Change]) -> list[tuple[Change, Change]]:
        """Who is administrator now decides, not who was to become one."""
        try:
            left = self._left(removing)
        except ZorgidError as error:
            for change in removing:
                self._results[id(change)] = Result(change.external_id, model.FAILED, f"Not done: {error}", error.code)
            return []
        pending = []
        for change in removing:
            remaining = left.get(id(change))
            if isinstance(remaining, Change):
                pending.append((change, remaining))
            else:
                self._results[id(change)] = remaining or Result(change.external_id, model.UNCHANGED)
        return pending

    def _status(self, change: Change) -> str:
        linked = change.status == model.CREATED and change.external_id in self.linked
        return model.LINKED if linked else change.status

    def _rounds(self, pending: list[tuple[Change, Change]]) -> None:
        """pending: each as it was planned first and as it is planned now."""
        results, uncertain = self._results, False
        waiting: list[_Open] = []  # accepted; it is never sent again
        for attempt in range(ROUNDS):
            open_, waiting = waiting, []
            outcomes = self._driver.execute([now for _first, now in pending], self._rules.ura, self._tell)
            for (first, now), outcome in zip(pending, outcomes, strict=True):
                if outcome.state == DONE:
                    self._changed = True
                    if first.status == model.CREATED and outcome.status == model.LINKED:
                        self.linked.add(first.external_id)
                elif outcome.state in (AGAIN, UNSENT):
                    uncertain = uncertain or outcome.code in UNCERTAIN
                else:
                    results[id(first)] = Result(first.external_id, model.FAILED, outcome.message, outcome.code)
                    continue
                open_.append(_Open(first, now, outcome))
            if not open_:
                return
            del pending, outcomes  # the reading needs the room
            try:
                left = self._left([one.first for one in open_])
            except ZorgidError as error:
                for one in open_:
                    results[id(one.first)] = _unproven(one.first, one.outcome, self._status(one.first), error)
                self._changed = self._changed or uncertain
                return
            pending = []
            for one in open_:
                first, done = one.first, one.outcome.state == DONE
                remaining = left.get(id(first))
                if remaining is None:
                    self._changed = True
                    message = "" if done else "Found done in the portal after an uncertain answer"
                    results[id(first)] = Result(first.external_id, self._status(first), message)
                elif isinstance(remaining, Result):
                    results[id(first)] = remaining
                elif attempt + 1 == ROUNDS:
                    results[id(first)] = _given_up(first, one.outcome, self._status(first))
                elif done and _is_the_same(one, remaining):
                    waiting.append(one)
                else:
                    pending.append((first, remaining))
            if not pending and not waiting:
                return
            time.sleep(PAUSE * 2**attempt)  # what the portal could not do or show just now it may in a moment

    def _left(self, changes: list[Change]) -> dict[int, Change | Result]:
        """What is still to do of these changes, by id() of the change; absent: it is done."""
        actual = self._reader.read()
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
        # Refusals name the account by its place in the whole list.
        place = self._rules.place
        rules = replace(
            self._rules,
            purge=False,
            max_removals=str(len(changes)),
            linked=self._rules.linked | self.linked,
            place=lambda number: place(listed[number - 1].position),
        )
        again = plan(desired, actual, rules, self._keys)
        for number, result in again.settled.items():
            if result.status == model.FAILED or result.message == NO_PHONE:
                left[id(listed[number - 1])] = result
        for change in again.changes:
            left[id(listed[change.position - 1])] = change
        by_change = {id(one): key for key, one in left.items() if isinstance(one, Change)}
        for change, result in stays([one for one in left.values() if isinstance(one, Change)], actual):
            left[by_change[id(change)]] = result
        return left


def _is_the_same(one: _Open, remaining: Change) -> bool:
    """Whether this was asked for already, in the request that the portal accepted."""
    sent = one.now
    if sent.actual is None:
        # Whom the portal knew is linked by that request; the rest is another change.
        return remaining.actual is None or one.outcome.status != model.LINKED
    fields = all(pair[1] == sent.fields.get(name, (None, None))[1] for name, pair in remaining.fields.items())
    return remaining.status in (sent.status, model.UPDATED) and fields and remaining.device in (None, sent.device)


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


def _given_up(change: Change, outcome: Outcome, status: str) -> Result:
    if outcome.state == DONE:
        return Result(
            change.external_id,
            model.ACCEPTED,
            f"The portal accepted it ({status}) and does not show it yet; the next run looks again",
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
    return Kept(ordered + purged + planned.staying, changed, planned.changes)


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
