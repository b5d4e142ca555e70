# SPDX-FileCopyrightText: gbz.zorgid contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""The driver ``browser``: the portal's own pages, worked in the session of a person who is logged in.

A change is sent once: it is written down before the click, and whatever the page shows after it, only the next reading
proves it. What was perhaps made is never made again until a reading shows it or a person says that it was not made.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection, Mapping, Sequence
from contextlib import ExitStack
from typing import Any

from .._browser.fingerprint import names_of
from .._browser.names import ChangeKind
from .._common import moments
from .._common.errors import ZorgidError
from .browser_changes import ByPerson, Session, decide, part_of
from .browser_clicks import OF_ONE, Clicker
from .browser_goals import Members
from .browser_login import Whose, check_here, demand_role
from .browser_run import Batch, BrowserRun, Compare, One, Spent, by_kind
from .diagnosis import Diagnosis
from .driver import Connected, Executed, Outcome, Reading, Tell, Written
from .model import Change
from .unproven import otherwise
from .worklist_page import Task, look_first, steps, turn

#: how many accounts of a kind may be refused before the first one that is made
_REFUSED_FIRST = 3


class BrowserDriver:
    """A ``PortalDriver`` that sends each change ``once``."""

    by_hand = False
    once = True
    # ruff: noqa: ARG002 - the interface has more parameters than pages need

    def __init__(self, run: BrowserRun) -> None:
        self._run, self._journal = run, run.journal
        self._open = ExitStack()
        self._clicker: Clicker | None = None
        self._diagnosis: Diagnosis | None = None
        self._compare_with: Compare | None = None
        self._kind, self._ura = "employees", ""
        self._spent = Spent()
        self._proven: set[ChangeKind] = set()
        self._compared: set[ChangeKind] = set()
        self._tasks: list[Task] = []
        #: one list for all readings, which grows while changes are made
        self._notes: list[str] = []

    def connect(self, ura: str, roles: Sequence[str] = ("employee",)) -> Connected:
        """Errors: ``portal_session_elsewhere``, ``portal_person_differs``, ``portal_wrong_organisation``,
        ``portal_role_insufficient``, and those of the browser and the dossier."""
        self._kind, self._ura = ("employees" if "employee" in roles else "administrators"), ura
        run = self._run
        if run.worklists is not None:
            self._open.enter_context(self._journal.lock())
        login = f"let the person with external id {run.person} log in: {run.command}"
        live = run.session()
        if live is None:
            return Connected("login_needed", login=login)
        if live.close:
            self._open.callback(live.window.close)
        whose = Whose(run.person_name, ura, run.organisation)
        self._diagnosis = live.diagnosis
        # Where somebody has just logged in, the first page is not loaded again: a session may be in the page's memory.
        self._spent = live.spent
        clicker = Clicker(live.window, live.page_map, whose, self._journal, live.spent.evidence, lost=live.close)
        try:
            clicker.home()
            role = check_here(clicker.window, clicker.page_map, clicker.whose)
        except ZorgidError as error:
            if error.code == "portal_session_over":
                live.forget()
                return Connected("login_needed", login=login)
            raise self._drawn(error) from None
        demand_role(role, roles)
        self._compare_with = run.compare
        if run.comparing is not None:
            self._compare_with = run.comparing(live.window.versions, role)
        self._clicker = clicker
        return Connected(person=run.person_name, role=role, demand=lambda wanted: demand_role(role, wanted))

    def read(self, ura: str, *, since: bool = False) -> Reading:
        """Pages do not show since when a phone is in its state."""
        clicker = self._there()

        def read_here() -> Reading:
            check_here(clicker.window, clicker.page_map, clicker.whose)
            return self._run.pages(clicker.window, clicker.page_map)

        try:
            reading = clicker.anew(read_here)
        except ZorgidError as error:
            raise self._drawn(error) from None
        clicker.lost = False
        if reading.complete:
            self._settle(reading)
        self._notes += [note for note in reading.notes if note not in self._notes]
        owner = ura if "{ura}" in clicker.page_map.here.organisation else None
        unproven = _Open(self, self._journal.unproven())
        return reading._replace(owner=owner, notes=self._notes, unproven=unproven)

    def execute(self, changes: list[Change], ura: str, tell: Tell | None = None) -> Executed:
        batch = Batch(changes, tell)
        run = self._run
        session = Session(run.person, run.permitted, ura, run.organisation, confirmed=run.confirmed)
        try:
            self._decide(batch, session)
            self._compare(batch)
            for removing in (False, True):
                phase = [one for one in batch.planned if one.change.removes == removing]
                self._firsts(batch, phase, ura)
                self._rest(batch, phase)
        except ZorgidError as error:
            batch.stop(self._drawn(error))
        return Executed(batch.all())

    def settle(self, proven: Collection[str], held: Sequence[Change]) -> Written | None:
        """As ``Unproven.settle``."""
        try:
            unproven, accounts = self._journal.unproven(), [self._journal.keyed(external_id) for external_id in proven]
            self._journal.proven({one: self._evidence(one) for one in accounts if one in unproven})
            if self._run.worklists is None:
                return None
            looks = [look_first(change) for change in held]
            return self._run.worklists.write(self._ura, self._kind, [*looks, *self._tasks])
        except ZorgidError as error:
            self._notes.append(str(error))
            return None

    def keyed(self, external_id: str) -> str:
        """As the journal names an account."""
        return self._journal.keyed(external_id)

    def close(self) -> None:
        """Closes the window, and frees the organisation's lock."""
        self._open.close()

    # ---- before the first click

    def _decide(self, batch: Batch, session: Session) -> None:
        unproven = self._journal.unproven()
        page_map = self._there().page_map
        reasons: Counter[str] = Counter()
        for place, change in sorted(enumerate(batch.changes), key=lambda one: turn(one[1])):
            account = self._journal.keyed(change.external_id)
            if account in unproven:
                batch.outcomes[place] = _UNPROVEN
            elif account in self._spent.clicked:
                batch.outcomes[place] = _LEFT
                reasons[_AGAIN] += 1
            elif isinstance(planned := decide(change, page_map, session), ByPerson):
                batch.outcomes[place] = Outcome("todo")
                self._tasks.append(Task(change, steps(change)))
                reasons[f"on a worklist: {planned.reason}"] += 1
            elif self._spent.made + len(batch.planned) >= self._run.max_changes:
                batch.outcomes[place] = _LEFT
                reasons[f"left for the next run: max_changes is {self._run.max_changes}"] += 1
            else:
                batch.planned.append(One(place, change, planned, account))
                if planned.rest:
                    reasons[f"with more to do in the next run: {', '.join(planned.rest)}"] += 1
        self._notes += [f"{count:,} change{'' if count == 1 else 's'} {why}" for why, count in reasons.items()]

    def _compare(self, batch: Batch) -> None:
        """Every page that this run would use, before it changes anything."""
        clicker = self._there()
        for one in batch.planned:
            kind = one.planned.kind
            if kind not in self._compared and self._compare_with is not None:
                self._notes += self._compare_with(kind, clicker.look(one.planned, names_of(clicker.page_map)))
                self._compared.add(kind)

    # ---- the clicks

    def _firsts(self, batch: Batch, phase: Sequence[One], ura: str) -> None:
        """The first change of each kind, alone; then a reading decides whether more of that kind is made. One that was
        refused was not made, so the next one may be the first."""
        firsts: dict[ChangeKind, One] = {}
        for kind, those in by_kind(phase).items():
            if kind in self._proven:
                continue
            for one in those[:_REFUSED_FIRST]:
                self._make(batch, one)
                if batch.outcomes[one.place].state in ("done", "uncertain"):
                    firsts[kind] = one
                    break
        if any(one.place not in batch.outcomes for one in phase if one.planned.kind in firsts):
            members = {member["external_id"]: member for member in self.read(ura).members}
            unproven = self._journal.unproven()
            self._proven |= {
                kind
                for kind, one in firsts.items()
                if one.account not in unproven
                and not otherwise(part_of(one.change, one.planned), members.get(one.change.external_id))
            }

    def _rest(self, batch: Batch, phase: Sequence[One]) -> None:
        for one in phase:
            if one.place in batch.outcomes:
                continue
            if one.planned.kind in self._proven:
                self._make(batch, one)
            else:
                batch.outcomes[one.place] = _first_not_proven(one.planned.kind)

    def _make(self, batch: Batch, one: One) -> None:
        self._spent.clicked.add(one.account)
        clicker, part = self._there(), part_of(one.change, one.planned)
        try:
            outcome = clicker.make(one.change, one.planned, one.account)._replace(part=part)
        except ZorgidError as error:
            if one.account in clicker.evidence:  # it was sent, and then the session was over
                self._spent.made += 1
                batch.outcomes[one.place] = Outcome("uncertain", error.message, error.code, part=part)
            if error.code not in OF_ONE:
                raise
            outcome = Outcome("refused", str(self._drawn(error, one)), error.code)
        else:
            self._spent.made += 1
            if outcome.code and (sentence := self._diagnosed(outcome.code, one)):
                outcome = outcome._replace(message=f"{outcome.message}: {sentence}")
        if outcome.state == "todo":
            self._tasks.append(Task(one.change, steps(one.change)))
            self._notes.append("1 change on a worklist: the portal asks a question that only a person answers")
        batch.outcomes[one.place] = outcome
        batch.report()

    # ---- what went wrong

    def _drawn(self, error: ZorgidError, one: One | None = None) -> ZorgidError:
        explained = self._diagnosis.of(error, one.planned.values if one else None) if self._diagnosis else error
        self._note_images()
        return explained

    def _diagnosed(self, code: str, one: One) -> str:
        sentence = self._diagnosis.where(code, one.planned.values) if self._diagnosis else ""
        self._note_images()
        return sentence

    def _note_images(self) -> None:
        notes = self._diagnosis.notes if self._diagnosis else []
        self._notes += [note for note in notes if note not in self._notes]

    # ---- the proof

    def _settle(self, reading: Reading) -> None:
        """What the reading shows is proven, also if an earlier run made it."""
        unproven = self._journal.unproven()
        if not unproven:
            return
        members = Members(reading.members, self._journal.keyed)
        shown = [account for account, goal in unproven.items() if members.show(account, goal)]
        self._journal.proven({account: self._evidence(account) for account in shown})

    def _evidence(self, account: str) -> Mapping[str, Any]:
        clicker = self._there()
        person = self._journal.keyed(self._run.person)
        shown = {"proof": "shown by a reading", "read_at": moments.iso(moments.now())}
        sent = clicker.evidence.get(account)
        if sent is None:
            # Maybe by another person, with another map: this session has only seen it.
            return {"sign": "not known: sent by an earlier run", "read_by": person, **shown}
        playwright, browser = clicker.window.versions.playwright, clicker.window.versions.browser
        origin = {"person": person, "map": clicker.page_map.digest, "playwright": playwright, "browser": browser}
        return {**origin, **sent, **shown}

    def _there(self) -> Clicker:
        if self._clicker is None:
            raise ZorgidError(
                "portal_login_needed",
                "Nobody is logged in to the portal",
                expected="a session that somebody logged in to",
                found="none",
                action=self._run.command,
            )
        return self._clicker


class _Open:
    """The accounts with an unproven change, at one reading. An ``Unproven``."""

    def __init__(self, driver: BrowserDriver, goals: Mapping[str, str]) -> None:
        self._driver = driver
        # Also by the portal's id, which stands in the goal: the number in the list may be another one by now.
        self._accounts = {key for account, goal in goals.items() for key in (account, goal.partition(" ")[2]) if key}

    def __contains__(self, external_id: object) -> bool:
        return bool(self._accounts) and self._driver.keyed(str(external_id)) in self._accounts

    def settle(self, proven: Collection[str], held: Sequence[Change]) -> Written | None:
        return self._driver.settle(proven, held)


_AGAIN = "left for the next run: one click for each account in a run"
_LEFT = Outcome("todo")
_UNPROVEN = Outcome(
    "uncertain",
    "An earlier change of this account was perhaps made: look in the portal first",
    "account_unproven",
)


def _first_not_proven(kind: ChangeKind) -> Outcome:
    return Outcome(
        "uncertain",
        f"Not sent: the portal does not show the first change of this kind ({kind})",
        "portal_first_not_proven",
        trace="unsent",
    )
