# SPDX-FileCopyrightText: gbz.zorgid contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""Keep an organisation's accounts equal to a list: read, plan, execute, and read again what the portal shows.

It works with any connected ``PortalDriver``. ``execution`` makes and proves the changes.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Sequence, Set
from dataclasses import dataclass, field, replace

from . import model
from .driver import PortalDriver, Reading, Tell, Unproven, Written
from .execution import Attempt, Execution, settled
from .model import Account, AccountResult, Actual, Change
from .planner import Plan, external_ids, plan
from .rules import Rules
from .session import read_whole

#: called with the changes before the first one is made
Agreed = Callable[[Sequence[Change]], None]
#: VZVZ's rule: a person cannot have both active
SMARTCARD = "A ZORG-ID Smartcard of this person, if there is one, is blocked: it and ZORG-ID Mobiel exclude each other"


@dataclass
class Kept:
    """results in the order of the list, then what purge removed; changed: whether anything changed, or would change.
    reading: the last reading of the members, if asked for and still readable. linked: external ids of people whom the
    portal knew already. notes: what a person has to know about how the portal was read. written: what was
    written down for a person."""

    results: list[AccountResult]
    changed: bool
    changes: list[Change] = field(default_factory=list)
    reading: Reading | None = None
    linked: Set[str] = frozenset()
    notes: Sequence[str] = ()
    written: Written | None = None

    @property
    def summary(self) -> dict[str, int]:
        return dict(Counter(result.status for result in self.results))


def keep(
    driver: PortalDriver,
    desired: list[Account],
    rules: Rules,
    *,
    check_mode: bool = False,
    tell: Tell | None = None,
    remember: bool = False,
    agreed: Agreed | None = None,
) -> Kept:
    """Bring the portal to ``desired``. Raises before the first change only; afterwards every account has a result.
    remember: add the last reading of the members to the result. agreed: raises if a person has not agreed to these
    changes."""
    reader = _Reader(driver, rules.ura, remember)
    members, unproven = reader.members(), reader.unproven
    planned = plan(desired, members, replace(rules, unproven=unproven) if unproven is not None else rules)
    if agreed is not None:
        agreed(planned.changes)
    if driver.by_hand:
        kept = _written(driver, desired, planned, rules, tell)
    elif check_mode or not (planned.changes or driver.once):
        kept = _kept(desired, planned, (), bool(planned.changes))
    else:
        execution = Execution(driver, reader.members, rules, external_ids(desired), tell)
        attempts = execution.of(planned.changes)
        kept = _kept(desired, planned, attempts, execution.changed)
        kept.linked, kept.written = execution.linked, execution.written
        if unproven is not None:
            _settle(unproven, planned, execution, attempts, kept)
    kept.reading, kept.notes = reader.last, reader.notes
    return kept


def _settle(unproven: Unproven, planned: Plan, execution: Execution, attempts: Sequence[Attempt], kept: Kept) -> None:
    """Close the journal of what is shown, and hand over what a person has to look at."""
    held = [one.planned for one in attempts if one.result is not None and one.result.status == model.UNPROVEN]
    written = unproven.settle([*planned.proven, *execution.proven], [*planned.held, *held])
    if written is not None:
        kept.written = written
        kept.changed = kept.changed or written.changed


class _Reader:
    def __init__(self, driver: PortalDriver, ura: str, remember: bool) -> None:
        self._driver, self._ura, self._remember = driver, ura, remember
        self.last: Reading | None = None
        self.unproven: Unproven | None = None
        self.notes: Sequence[str] = ()

    def members(self) -> list[Actual]:
        self.last = None  # after a failed reading the earlier one is outdated
        reading = read_whole(self._driver, self._ura)
        if self._remember:
            self.last = reading
        self.notes, self.unproven = reading.notes, reading.unproven
        return reading.members


def _written(
    driver: PortalDriver, desired: list[Account], planned: Plan, rules: Rules, tell: Tell | None = None
) -> Kept:
    """Results without a second reading: nothing changes until a person makes the changes."""
    executed = driver.execute(planned.changes, rules.ura, tell)
    attempts = []
    for change, outcome in zip(planned.changes, executed.outcomes, strict=True):
        result = settled(change, outcome) or AccountResult(
            change.external_id, model.FAILED, outcome.message, outcome.code
        )
        attempts.append(Attempt(change, change, outcome, result))
    kept = _kept(desired, planned, attempts, executed.written is not None and executed.written.changed)
    kept.written = executed.written
    return kept


def _kept(desired: list[Account], planned: Plan, attempts: Sequence[Attempt], changed: bool) -> Kept:
    """attempts: one for each change of the plan, or empty if nothing was tried."""
    by_position = dict(planned.settled)
    purged = []
    for number, change in enumerate(planned.changes):
        result = (attempts[number].result if attempts else None) or AccountResult(change.external_id, change.status)
        if result.status not in (model.FAILED, model.UNPROVEN) and not result.message and _appoints(change):
            result.message = SMARTCARD
        if change.position:
            by_position[change.position] = result
        else:
            purged.append(result)
    ordered = [
        by_position.get(position) or AccountResult(account["external_id"], model.UNCHANGED)
        for position, account in enumerate(desired, 1)
    ]
    return Kept(ordered + purged + planned.staying, changed, planned.changes)


def _appoints(change: Change) -> bool:
    role = change.wanted.get("role")
    return role in model.PORTAL_ROLES and (change.actual is None or "role" in change.fields)
