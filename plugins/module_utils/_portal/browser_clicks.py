# SPDX-FileCopyrightText: gbz.zorgid contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""Make one change in the portal's pages: find the right page, fill it in, check it, and click once."""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, TypeVar

from .._browser.names import Fill, PageMap, Step, Target
from .._browser.window import Here, Part, Window
from .._browser.written_days import day_of
from .._common.errors import ZorgidError
from . import model
from .browser_changes import Planned
from .browser_goals import goal_of
from .browser_journal import Journal
from .browser_login import Whose, asked_here, check_here, demand_session, filled, session_over
from .driver import Outcome
from .model import Change

Found = TypeVar("Found")

#: errors that are about the page of one account; all others end the work of this run
OF_ONE = frozenset({"page_not_as_mapped", "page_field_differs", "page_request_refused", "portal_account_differs"})


@dataclass
class Clicker:
    """The window of one session. evidence: of the clicks of this run, by account (keyed), for the journal."""

    window: Window
    page_map: PageMap
    whose: Whose
    journal: Journal
    evidence: dict[str, dict[str, Any]] = field(default_factory=dict)
    #: whether the next way has to begin at the first page: after an error, and after another tab
    lost: bool = True
    #: the way to the page that was opened, and only looked at since
    looked_at: tuple[Step, ...] = ()

    def home(self) -> None:
        if self.lost:
            self.window.start()
            self.lost = False

    def anew(self, work: Callable[[], Found]) -> Found:
        """``work`` finds its own way from most pages. Only if it does not, it begins once more at the first page: a
        session that is in the page's memory ends when a page is loaded."""
        lost, self.lost, self.looked_at = self.lost, True, ()
        if lost:
            demand_session(self.window, self.page_map)
            self.window.escape()  # a form that was only looked at, or not filled in rightly
        try:
            return work()
        except ZorgidError as error:
            if error.code not in _NO_WAY:
                raise
            # Else each account would look for its page on the login page.
            demand_session(self.window, self.page_map)
            if not lost:
                raise
        self.window.start()
        demand_session(self.window, self.page_map)
        return work()

    def open(self, planned: Planned) -> Here | None:
        """The page on which the change is made; for ``one``, of exactly this person. Returns whose page it is, if that
        was looked at on the way."""
        if self.looked_at and self.looked_at == planned.way.open and not planned.way.one:
            self.looked_at, self.lost = (), False
            return None
        here = None if self.lost or planned.way.one else self._walked_on(planned)
        if here is None:
            self.anew(lambda: self._walk(planned))
        self.lost = any(step.new_tab for step in planned.way.open)
        return here

    def look(self, planned: Planned, known: Collection[str]) -> Sequence[Part]:
        """The outline of the page on which the change is made."""
        self.open(planned)
        self.lost = True  # what was opened stays open
        parts = self.window.outline(list(known))
        steps = planned.way.open
        if not any(step.row is not None or step.new_tab or step.sends for step in steps):
            self.looked_at = tuple(steps)
        return parts

    def _walked_on(self, planned: Planned) -> Here | None:
        """The way without the steps to the list, if the list is shown, as it is after most changes: a long one is slow
        to open. Never for a row, which has to be of a list that was opened just now. None: that way was not gone."""
        found, steps = self.page_map.list, planned.way.open
        if found is None or not found.open or steps[: len(found.open)] != found.open:
            return None
        rest = steps[len(found.open) :]
        if not rest or rest[0].row is not None:
            return None
        asked = asked_here(self.page_map, self.whose)
        return self.window.walk_on(rest, planned.values, [found.table], *asked)

    def _walk(self, planned: Planned) -> None:
        if planned.way.one:
            self._open_person(planned)
        self.window.walk(planned.way.open, planned.values)

    def make(self, change: Change, planned: Planned, account: str) -> Outcome:
        """Errors: of ``OF_ONE`` and those that end the run; then nothing was sent. account: keyed."""
        page_map, way = self.page_map, planned.way
        here = self.open(planned)
        if not self.lost:  # another tab may have no such lines
            check_here(self.window, page_map, self.whose, here)
        before, self.lost = self.lost, True
        self._fill(planned)
        goal = goal_of(change, planned.kind, self.journal.keyed)
        signs = {"done": way.done, "refused": way.refused, "person": way.person, "over": page_map.login.over}
        self.window.ready(way.last, **signs)  # the browser looks while the journal writes
        self.journal.intended(account, goal)
        try:
            sent = self.window.last(way.last, way.confirm, **signs)
        except ZorgidError:
            self.journal.not_made(account)
            raise
        self.evidence[account] = {"request": sent.digest, "status": sent.status, "sign": sent.sign}
        self.lost = before or sent.sign != "done"
        if sent.sign in ("refused", "person"):
            self.journal.not_made(account)
        if sent.sign == "over":
            raise session_over()
        return _OUTCOMES[sent.sign]

    def _open_person(self, planned: Planned) -> None:
        """What both the page and a list show of this person has to be equal."""
        one, values = self.page_map.one, planned.values
        if one is None:  # ``decide`` has seen that it is there
            return
        self.window.walk(one.open, values)
        same = Target(one.same.kind, filled(one.same.name, values), one.same.inside, one.same.value)
        if self.window.shown([same], wait=_PATIENCE) is None:
            raise _another("its heading")
        shown = self.window.beside(list(one.beside)) if one.beside else {}
        for name, ours in one.beside.items():
            if ours not in planned.unknown and not _same(shown.get(name, ""), values.get(ours, ""), ours, one.date):
                raise _another(name)

    def _fill(self, planned: Planned) -> None:
        """Fills that stand together are filled in and read back together."""
        together: list[Fill] = []
        texts = list(planned.texts)
        for item in (*planned.items, None):
            if isinstance(item, Fill):
                together.append(item)
                continue
            if together:
                there, texts = texts[: len(together)], texts[len(together) :]
                if different := self.window.fill(together, there):
                    raise _differs(different)
                together = []
            if isinstance(item, Step):
                self.window.walk([item], planned.values)


_PATIENCE = 10.0
#: errors of a page that is not where a way begins: another tab, a page about an error
_NO_WAY = frozenset({"page_not_as_mapped", "portal_person_differs", "portal_wrong_organisation"})
_OUTCOMES: Mapping[str, Outcome] = {
    "done": Outcome("done"),
    "refused": Outcome("refused", "The portal refused this change", "portal_refused"),
    "person": Outcome("todo"),
    "none": Outcome("uncertain", "The portal showed no result", "portal_answer_lost"),
}


#: what pages show where there is no value
_NO_VALUE = frozenset({"", "-", "\N{EN DASH}", "\N{EM DASH}"})


def _same(shown: str, wanted: str, ours: str, form: str) -> bool:
    if not wanted:
        return shown.strip() in _NO_VALUE
    if ours == "date_of_birth" and shown.strip():
        return day_of(shown, form) == wanted
    if ours == "email":
        return shown.strip().casefold() == wanted.strip().casefold()
    return model.composed(" ".join(shown.split())) == model.composed(" ".join(wanted.split()))


def _another(what: str) -> ZorgidError:
    return ZorgidError(
        "portal_account_differs",
        "The page that opened is not, or not certainly, that of this account; nothing was changed",
        expected="the page of this person (one.same of the page map)",
        found=f"something else in {what}",
        action="look at this person in the portal: a namesake, data that changed after they were read, or a "
        "date of birth that differs from the list; correct the one that is wrong",
    )


def _differs(names: Any) -> ZorgidError:
    return ZorgidError(
        "page_field_differs",
        "The page shows something else than was filled in, so it was not sent",
        expected="every field as it was filled in",
        found=f"another value in {', '.join(names)}",
        action="look at these fields in the portal: a mask, another order of a date, a limit of length; then correct "
        "the page map or the list",
    )
