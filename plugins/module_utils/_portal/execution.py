# SPDX-FileCopyrightText: gbz.zorgid contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""Send changes, check that the portal shows them, and send again those that it does not show.

One rule covers every fault the same way: a lost answer, a reset in mid-bulk, a 412 and a 500 for one operation all end
in a new reading and a new plan for the accounts concerned, so nothing is made twice (a created account is found by its
external id) and nothing is lost. A change that the portal accepted is never sent again: a portal that shows changes
late would make it twice.

With ``once``, a change is sent once whatever happens, and the portal is read once more: what it does not show then is
``unproven``.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Sequence, Set
from dataclasses import dataclass, replace

from .._common.errors import ZorgidError
from . import model
from .driver import Outcome, PortalDriver, Tell, Written
from .model import AccountResult, AccountStatus, Actual, Change
from .planner import plan
from .removals import NO_PHONE, stays, takes_administration
from .rules import Rules
from .unproven import held_back, otherwise, rest_of, shown_otherwise

ROUNDS = 4
#: seconds before the second round, doubled for each further round
PAUSE = 0.1


@dataclass(slots=True, eq=False)
class Attempt:
    """One change that is being made. planned: as first planned; sent: as it is sent next, or was sent last; outcome:
    how the last sending ended; result: the final result, once known."""

    planned: Change
    sent: Change
    outcome: Outcome | None = None
    result: AccountResult | None = None

    @property
    def done(self) -> bool:
        """Whether the portal said that the change was made."""
        return self.outcome is not None and self.outcome.state == "done"


class Execution:
    """Makes changes until the portal shows them, or until their result is known. read: the members as the
    portal shows them now. keys: the external ids of the whole list."""

    def __init__(
        self,
        driver: PortalDriver,
        read: Callable[[], list[Actual]],
        rules: Rules,
        keys: Set[str],
        tell: Tell | None = None,
    ) -> None:
        self._driver, self._read, self._rules, self._keys, self._tell = driver, read, rules, keys, tell
        #: whether any change was made
        self.changed = False
        #: external ids of people whom the portal knew already
        self.linked: set[str] = set()
        #: the worklists of changes that ended ``todo``
        self.written: Written | None = None
        #: of a driver with ``once``: accounts whose change the portal shows
        self.proven: list[str] = []

    def of(self, changes: list[Change]) -> list[Attempt]:
        """One attempt for each change, in their order; each has its result."""
        attempts = [Attempt(change, change) for change in changes]
        removing = [one for one in attempts if takes_administration(one.planned)]
        others = [one for one in attempts if not takes_administration(one.planned)] if removing else attempts
        make = self._once if self._driver.once else self._rounds
        if others or self._driver.once:
            make(others)
        if removing and (pending := self._still_wanted(removing) if others else removing):
            make(pending)
        return attempts

    def _still_wanted(self, removing: list[Attempt]) -> list[Attempt]:
        """Decided by who is an administrator now, not by who was planned to become one."""
        try:
            left = self._left(removing)
        except ZorgidError as error:
            for one in removing:
                one.result = AccountResult(one.planned.external_id, model.FAILED, f"Not done: {error}", error.code)
            return []
        pending = []
        for one, remaining in zip(removing, left, strict=True):
            if isinstance(remaining, Change):
                one.sent = remaining
                pending.append(one)
            else:
                one.result = remaining or AccountResult(one.planned.external_id, model.UNCHANGED)
        return pending

    def _once(self, attempts: list[Attempt]) -> None:
        """Send them once, and decide by one reading what was done. Also without any: a worklist is then outdated."""
        sent = []
        for one in self._sent(attempts):
            if one.outcome is not None and one.outcome.state == "uncertain" and one.outcome.trace == "unsent":
                one.result = AccountResult(one.planned.external_id, model.FAILED, one.outcome.message, one.outcome.code)
            else:
                sent.append(one)
        if not sent:
            return
        self.changed = True  # shown or not: nobody knows that nothing was changed
        try:
            left: list[Change | AccountResult | None] = self._left(sent)
        except ZorgidError as error:
            for one in sent:
                one.result = held_back(one.planned.external_id, f"the portal could not be read again ({error.code})")
            return
        for one, remaining in zip(sent, left, strict=True):
            one.result = self._shown(one, remaining)
            if one.result.status != model.UNPROVEN:
                self.proven.append(one.planned.external_id)

    def _shown(self, one: Attempt, remaining: Change | AccountResult | None) -> AccountResult:
        external_id, outcome = one.planned.external_id, one.outcome
        part = outcome.part if outcome is not None and outcome.part is not None else one.sent
        message = "" if one.done else "Found done in the portal after an uncertain answer"
        rest: list[str] | None = []
        if isinstance(remaining, AccountResult):
            return held_back(external_id, remaining.message.rstrip("."))
        if remaining is not None:
            if wrong := otherwise(part, remaining.actual):
                return shown_otherwise(external_id, wrong)
            rest = rest_of(part, remaining)
        if rest is None:
            why = outcome.message.rstrip(".") if outcome is not None else ""
            return held_back(external_id, why or "the portal said that it was done")
        if rest:
            message = f"{message}{'. ' if message else ''}The rest ({', '.join(rest)}) is made by the next run"
        return AccountResult(external_id, self._status(part), message)

    def _status(self, change: Change) -> AccountStatus:
        linked = change.status == model.CREATED and change.external_id in self.linked
        return model.LINKED if linked else change.status

    def _rounds(self, pending: list[Attempt]) -> None:
        if not pending:
            return
        uncertain = False
        waiting: list[Attempt] = []  # accepted; it is never sent again
        for number in range(ROUNDS):
            unproven = waiting + (self._sent(pending) if pending else [])
            if not unproven:
                return
            uncertain = uncertain or any(_is_lost(one) for one in unproven)
            try:
                left = self._left(unproven)
            except ZorgidError as error:
                for one in unproven:
                    one.result = _unproven(one, self._status(one.planned), error)
                self.changed = self.changed or uncertain
                return
            pending, waiting = [], []
            for one, remaining in zip(unproven, left, strict=True):
                if remaining is None:
                    self.changed = True
                    message = "" if one.done else "Found done in the portal after an uncertain answer"
                    one.result = AccountResult(one.planned.external_id, self._status(one.planned), message)
                elif isinstance(remaining, AccountResult):
                    one.result = remaining
                elif number + 1 == ROUNDS:
                    one.result = _given_up(one, self._status(one.planned))
                elif one.done and _is_the_same(one, remaining):
                    waiting.append(one)
                else:
                    one.sent = remaining
                    pending.append(one)
            if not pending and not waiting:
                return
            time.sleep(PAUSE * 2**number)  # a portal that is busy may answer or show the change a moment later

    def _sent(self, pending: list[Attempt]) -> list[Attempt]:
        """Send them; returns those for which the portal has to be read again."""
        executed = self._driver.execute([one.sent for one in pending], self._rules.ura, self._tell)
        if executed.written is not None:
            before = self.written is not None and self.written.changed
            self.written = Written(before or executed.written.changed, executed.written.worklists)
            self.changed = self.changed or executed.written.changed
        unproven = []
        for one, outcome in zip(pending, executed.outcomes, strict=True):
            one.outcome, one.result = outcome, settled(one.planned, outcome)
            if one.result is not None:
                continue
            if outcome.state == "done":
                self.changed = True
                if one.planned.status == model.CREATED and outcome.linked:
                    self.linked.add(one.planned.external_id)
            unproven.append(one)
        return unproven

    def _left(self, attempts: Sequence[Attempt]) -> list[Change | AccountResult | None]:
        """The rest of each change, in their order; None: it is done."""
        actual = self._read()
        left: list[Change | AccountResult | None] = [None] * len(attempts)
        purged = [number for number, one in enumerate(attempts) if one.planned.desired is None]
        listed = [number for number, one in enumerate(attempts) if one.planned.desired is not None]
        if purged:
            members = {item["id"]: item for item in actual}
            for number in purged:
                change = attempts[number].planned
                item = members.get(change.actual["id"]) if change.actual else None
                if item is not None and not item.get("gone"):
                    left[number] = replace(change, actual=item)
        desired = [one.planned.desired for one in attempts if one.planned.desired is not None]
        # Refusals name the account by its place in the whole list.
        place = self._rules.place
        rules = replace(
            self._rules,
            purge=False,
            max_removals=str(len(attempts)),
            linked=self._rules.linked | self.linked,
            place=lambda number: place(attempts[listed[number - 1]].planned.position),
        )
        again = plan(desired, actual, rules, self._keys)
        for number, result in again.settled.items():
            if result.status == model.FAILED or result.message == NO_PHONE:
                left[listed[number - 1]] = result
        for change in again.changes:
            left[listed[change.position - 1]] = change
        places = [number for number, one in enumerate(left) if isinstance(one, Change)]
        for change, result in stays([one for one in left if isinstance(one, Change)], actual):
            left[next(number for number in places if left[number] is change)] = result
        return left


def settled(change: Change, outcome: Outcome) -> AccountResult | None:
    """The final result, if reading the portal once more would not tell more."""
    if outcome.state == "refused":
        return AccountResult(change.external_id, model.FAILED, outcome.message, outcome.code)
    if outcome.state == "todo":
        return AccountResult(change.external_id, model.TODO, change.status)
    return None


def _is_lost(one: Attempt) -> bool:
    """Whether nobody knows what the portal did."""
    return one.outcome is not None and one.outcome.state == "uncertain" and one.outcome.trace == "lost"


def _is_the_same(one: Attempt, remaining: Change) -> bool:
    """Whether the portal has already accepted a request for this change."""
    sent = one.sent
    if sent.actual is None:
        # For a person whom the portal knew, that request only linked them; the rest is another change.
        return remaining.actual is None or not (one.outcome and one.outcome.linked)
    fields = all(pair[1] == sent.fields.get(name, (None, None))[1] for name, pair in remaining.fields.items())
    return remaining.status in (sent.status, model.UPDATED) and fields and remaining.device in (None, sent.device)


def _unproven(one: Attempt, status: AccountStatus, error: ZorgidError) -> AccountResult:
    external_id, outcome = one.planned.external_id, one.outcome
    if outcome is None or outcome.state == "done":
        return AccountResult(external_id, status, "The portal confirmed it, but could not be read again to check it")
    if outcome.trace == "unsent":
        return AccountResult(external_id, model.FAILED, outcome.message, outcome.code)
    return AccountResult(
        external_id,
        model.FAILED,
        f"Unknown whether it was done: {outcome.message}; then {error} The next run checks first",
        error.code,
    )


def _given_up(one: Attempt, status: AccountStatus) -> AccountResult:
    external_id, outcome = one.planned.external_id, one.outcome
    if outcome is None or outcome.state == "done":
        return AccountResult(
            external_id,
            model.ACCEPTED,
            f"The portal accepted it ({status}) but does not show it yet; the next run checks again",
        )
    return AccountResult(external_id, model.FAILED, outcome.message, outcome.code)
