# SPDX-FileCopyrightText: gbz.zorgid contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""The seam for portals: whoever writes a driver for another portal reads this, and the types of ``model.py``.

One run for one organisation is ``connect``, ``read``, ``execute`` and ``close``, called by ``session`` and
``reconciler``, which do everything else: they compare the list with what ``read`` showed, decide what is to be changed,
hold dangerous changes back, read again to see what was done, and repeat what has to be repeated. So a driver compares
nothing, decides nothing, waits for nothing and never repeats a change on its own.

What stops the whole run is raised as ``ZorgidError`` with a stable code: the portal cannot be reached, the credentials
are refused, an answer cannot be read. What is about one account is an ``Outcome``, and never raised. Neither names a
person, and neither shows a secret.
"""

from __future__ import annotations

import datetime
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from typing import Literal, NamedTuple, Protocol, TypedDict

from .model import Actual, Change

#: how many changes are made, of how many
Tell = Callable[[int, int], None]


def _everything(_roles: Sequence[str]) -> None:
    """For a portal that enforces its own rules."""


@dataclass(frozen=True)
class Connected:
    """What ``connect`` answers.

    state: ``ready``, or ``login_needed`` where a person has to log in first; nothing is read or changed then, and
    ``login`` says in words where and how. person: the portal's id (``Actual.id``) of whose credentials these are, so
    that nobody removes the account that they work with; None where the portal does not tell. demand: given the roles
    that a list keeps (``model.Role``), it raises ``portal_role_insufficient`` where these credentials may not keep
    them.
    """

    state: Literal["ready", "login_needed"] = "ready"
    login: str = ""
    person: str | None = None
    demand: Callable[[Sequence[str]], None] = _everything


class Reading(NamedTuple):
    """Who is a member of the organisation.

    members: each once, of every role, also those that no list names. as_of: when the portal showed this; None where
    nobody knows. owner: the URA number of the organisation that these members are of, where the portal says it or
    ``connect`` proved it, and never just the one that was asked for; None where nobody knows, and the run goes on.
    complete: False where somebody may be missing, because a page was lost or the portal shows a part only; nothing is
    planned on such a reading. notes: what a person has to know about how it was read.
    """

    members: list[Actual]
    as_of: datetime.datetime | None = None
    owner: str | None = None
    complete: bool = True
    notes: Sequence[str] = ()


class Outcome(NamedTuple):
    """How the attempt to make one change ended.

    ``done``: the portal said that it did it. It is not believed until ``read`` shows it, and never sent again.
    ``linked``: a change ``created`` found that the portal has this person already, and made them a member.
    ``refused``: the portal said no, and would say so again (400, 403); also a failure on this side that a person has to
    put right, such as a token that ended or a file that is missing. It is told to the person and not repeated.
    ``todo``: written down for a person, who does it in the portal (``PortalDriver.by_hand``).
    ``uncertain``: everything else, also a failure on this side that may pass by itself, such as a connection that could
    not be made. The portal is read; what it does not show is planned again, and sent again.
    ``trace`` says what is known: ``lost``, nothing, so that it may have been done; ``answered``, an answer that is no
    refusal for ever (409, 412, 429, 500); ``unsent``, it certainly never left.

    message and code: of refused and uncertain, for the person and for programs; without personal data.
    """

    state: Literal["done", "refused", "todo", "uncertain"]
    message: str = ""
    code: str = ""
    linked: bool = False
    trace: Literal["lost", "answered", "unsent"] = "lost"


class Worklist(TypedDict):
    """What one person is to do, as files on the controller. operator: the external id of who has to do it; None:
    anybody with the right role."""

    operator: str | None
    tasks: int
    html: str
    csv: str


class Written(NamedTuple):
    """What is written down for people. changed: whether it differs from what stood there before."""

    changed: bool
    worklists: list[Worklist]


@dataclass(frozen=True)
class Executed:
    """outcomes: one for each change that was given, in that order. written: of a driver ``by_hand``."""

    outcomes: list[Outcome]
    written: Written | None = field(default=None)


class PortalDriver(Protocol):
    """One organisation's portal. by_hand: a person makes the changes, and ``execute`` writes down what is to be done.

    A driver is used by one thread, once, for one organisation. It may use as many threads and connections as it likes.
    """

    by_hand: bool

    def connect(self, ura: str, roles: Sequence[str] = ("employee",)) -> Connected:
        """Prove, before anything is planned, that the portal is there, that these credentials are of the organisation
        ``ura`` (eight digits) and may keep accounts of these ``roles``. Errors: ``portal_unreachable``,
        ``portal_token_refused``, ``portal_wrong_organisation``, ``portal_role_insufficient``, or codes of your own.
        What a portal does not tell is not proven, and no error: one that does not know whose it is connects, and
        ``Reading.owner`` is None."""

    def read(self, ura: str, *, since: bool = False) -> Reading:
        """Every member as the portal shows it now; it is asked again after each round of changes, and no answer may
        come from a memory of the driver. ``since``: with ``Actual.since``, where the portal knows it. Raise where the
        portal cannot be read; an empty list means that the organisation has nobody."""

    def execute(self, changes: list[Change], ura: str, tell: Tell | None = None) -> Executed:
        """Try each change once. Changes with ``Change.removes`` start when all others have ended. Nothing is raised:
        when all of the portal fails on the way, the rest ends ``refused`` (no use to try) or ``uncertain`` with
        ``unsent``. ``tell`` is told how far it is, as often as is useful.

        A driver ``by_hand`` is asked exactly once per run, and ends each attempt ``todo`` or ``refused``: also with no
        changes, because what it wrote down before is outdated then, and also in check mode, in which it writes nothing
        (whoever makes the driver says so). It raises where it cannot write: nothing was changed then."""

    def close(self) -> None:
        """Let go of connections; also after a failed ``connect``, and more than once."""
