# SPDX-FileCopyrightText: gbz.zorgid contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""What one run of the driver ``browser`` works with, and the changes of one call with how each ended."""

from __future__ import annotations

from collections.abc import Callable, Collection, Sequence
from dataclasses import dataclass, field
from typing import Any

from .._browser.names import ChangeKind, PageMap
from .._browser.window import Part, Versions, Window
from .._common.errors import ZorgidError
from .browser_changes import Planned
from .browser_journal import Journal
from .diagnosis import Diagnosis
from .driver import Outcome, Reading, Tell
from .model import Change
from .worklists import Worklists

#: called with the kind of a change and what its first page shows; raises if that is not as it was remembered, and
#: returns what differs otherwise
Compare = Callable[[ChangeKind, Sequence[Part]], Sequence[str]]
#: reads all members from the pages
ReadPages = Callable[[Window, PageMap], Reading]


@dataclass
class Spent:
    """What was clicked in a session so far, by all its lists. made: changes. clicked: accounts (keyed). evidence: of
    the clicks that sent something, by account, for the journal."""

    made: int = 0
    clicked: set[str] = field(default_factory=set)
    evidence: dict[str, dict[str, Any]] = field(default_factory=dict)


@dataclass(frozen=True)
class Live:
    """A window in which the person has logged in. close: whether it is closed with the driver. forget: called if the
    session turns out to be over. diagnosis: draws a page at which something goes wrong; None: it is off."""

    window: Window
    page_map: PageMap
    close: bool = True
    forget: Callable[[], None] = lambda: None
    spent: Spent = field(default_factory=Spent)
    diagnosis: Diagnosis | None = None


@dataclass(frozen=True)
class BrowserRun:
    """What a run may do. session: opens the session; None if nobody is logged in. pages: reads the members. person:
    external id of the person whose session it is; person_name: as the portal shows it. command: how that person logs
    in. permitted, confirmed: as ``Session``. compare: as it says; comparing: makes it when the role is known; both None
    if nothing is changed. worklists: for what a person does; None if nothing is changed."""

    session: Callable[[], Live | None]
    pages: ReadPages
    journal: Journal
    person: str
    person_name: str
    command: str
    permitted: Collection[str] = ()
    organisation: str = ""
    confirmed: bool = False
    max_changes: int = 50
    compare: Compare | None = None
    comparing: Callable[[Versions, str], Compare] | None = None
    worklists: Worklists | None = None


@dataclass(frozen=True)
class One:
    """A change that this run makes, and its place among the given changes."""

    place: int
    change: Change
    planned: Planned
    account: str


def by_kind(those: Sequence[One]) -> dict[ChangeKind, list[One]]:
    found: dict[ChangeKind, list[One]] = {}
    for one in those:
        found.setdefault(one.planned.kind, []).append(one)
    return found


class Batch:
    """The changes of one call, and how each ended."""

    def __init__(self, changes: list[Change], tell: Tell | None) -> None:
        self.changes, self._tell = changes, tell
        self.planned: list[One] = []
        self.outcomes: dict[int, Outcome] = {}

    def report(self) -> None:
        if self._tell is not None:
            self._tell(sum(one.place in self.outcomes for one in self.planned), len(self.planned))

    def stop(self, error: ZorgidError) -> None:
        """Nothing more is sent."""
        for place in range(len(self.changes)):
            self.outcomes.setdefault(place, Outcome("uncertain", f"Not sent: {error}", error.code, trace="unsent"))

    def all(self) -> list[Outcome]:
        return [self.outcomes[place] for place in range(len(self.changes))]
