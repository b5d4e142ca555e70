# SPDX-FileCopyrightText: gbz.zorgid contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""The interface of portal drivers. To write a driver for another portal, read this file and the types of ``model.py``.

One run for one organisation is ``connect``, ``read``, ``execute`` and ``close``, called by ``session`` and
``reconciler``, which do everything else: they compare the list with what ``read`` showed, decide what to change, hold
dangerous changes back, read again to see what was done, and repeat what is needed, except for a driver that says
``once``. So a driver does not compare, decide or wait, and never repeats a change by itself.

A driver raises ``ZorgidError`` with a stable code for an error that stops the whole run: the portal cannot be reached,
the credentials are refused, an answer cannot be read. An error of one account is an ``Outcome`` and never raised.
Neither contains a person's name or a secret.
"""

from __future__ import annotations

import datetime
from collections.abc import Callable, Collection, Sequence
from dataclasses import dataclass, field
from typing import Literal, NamedTuple, Protocol, TypedDict

from .model import Actual, Change

#: called with the number of changes made, and of all changes
Tell = Callable[[int, int], None]


def _everything(_roles: Sequence[str]) -> None:
    """The check of roles for a portal that enforces its own rules: allows everything."""


@dataclass(frozen=True)
class Connected:
    """The result of ``connect``.

    state: ``ready``, or ``login_needed`` if a person has to log in first; then nothing is read or changed, and
    ``login`` says where and how. person: the portal's id (``Actual.id``) of the owner of the credentials, so that a run
    does not remove that account; None if the portal does not say. demand: called with the roles that a list keeps
    (``model.Role``), raises ``portal_role_insufficient`` if these credentials may not manage them. role: the role of
    these credentials, if the portal says it.
    """

    state: Literal["ready", "login_needed"] = "ready"
    login: str = ""
    person: str | None = None
    demand: Callable[[Sequence[str]], None] = _everything
    role: str | None = None


class Unproven(Protocol):
    """The changes of a driver with ``once`` that were sent and that no reading has shown since: its journal, which
    outlives a run. An account is named by ``Change.external_id``, as the change was journalled before it was sent."""

    def __contains__(self, external_id: object) -> bool:
        """Whether a change of this account was sent before this run, and is still open. Asked for the number of a list,
        and for the external id and the portal's id of a member; a change of an open account is not given to
        ``execute``."""

    def settle(self, proven: Collection[str], held: Sequence[Change]) -> Written | None:
        """Called once per run, at its end and not in check mode. proven: accounts that the newest reading shows as
        wanted, so their journal is closed. held: changes that were not sent because their account is open, and
        changes that were sent in this run and are not shown; a person has to look first. Returns what was written down
        for that person. Raises nothing."""


class Reading(NamedTuple):
    """The members of the organisation.

    members: each once, of every role, also those in no list. as_of: when the portal showed this; None if unknown.
    owner: the URA number of the members' organisation, if the portal says it or ``connect`` proved it, and never just
    the number that was asked for; None if unknown, then the run continues. complete: False if somebody may be missing,
    because a page was lost or the portal shows only a part; such a reading is not used for a plan. notes: what a person
    has to know about the reading. unproven: of a driver with ``once``; a removal that was sent and whose member this
    reading does not show any more is no longer in it.
    """

    members: list[Actual]
    as_of: datetime.datetime | None = None
    owner: str | None = None
    complete: bool = True
    notes: Sequence[str] = ()
    unproven: Unproven | None = None


class Outcome(NamedTuple):
    """How the attempt to make one change ended.

    ``done``: the portal said that the change was made. It is checked with ``read``, and never sent again.
    ``linked``: for a change ``created`` the portal had this person already, and made them a member. ``refused``: the
    portal refused, and would refuse again (400, 403); also a failure on this side that a person has to correct, such as
    an expired token or a missing file. It is shown to the person and not repeated. ``todo``: on a worklist for a
    person, who makes the change in the portal (``PortalDriver.by_hand``). ``uncertain``: everything else, also a
    failure on this side that may pass by itself, such as a connection that could not be made. The portal is read again;
    a change that it does not show is planned and sent again. ``trace`` says what is known: ``lost``: nothing, so the
    change may have been made; ``answered``: the answer is not a final refusal (409, 412, 429, 500); ``unsent``: it was
    certainly not sent.

    message and code: for refused and uncertain, for the person and for programs; without personal data. part: what was
    sent, by a driver that does not make the whole of a combined change at once; None: all of it. The rest is planned
    by the next run.
    """

    state: Literal["done", "refused", "todo", "uncertain"]
    message: str = ""
    code: str = ""
    linked: bool = False
    trace: Literal["lost", "answered", "unsent"] = "lost"
    part: Change | None = None


class Worklist(TypedDict):
    """The actions for one person, as files on the controller. operator: external id of the person who has to do it;
    None: anybody with the right role."""

    operator: str | None
    tasks: int
    html: str
    csv: str


class Written(NamedTuple):
    """The worklists that were written. changed: whether they differ from those before."""

    changed: bool
    worklists: list[Worklist]


@dataclass(frozen=True)
class Executed:
    """outcomes: one for each given change, in that order. written: the worklists of all that ended ``todo`` in this
    run, also in an earlier call of ``execute``."""

    outcomes: list[Outcome]
    written: Written | None = field(default=None)


class PortalDriver(Protocol):
    """One organisation's portal. by_hand: a person makes the changes, and ``execute`` writes worklists. once: whatever
    was sent is not sent again in this run, whether it was shown or not, because sending it twice could make it twice;
    then ``Reading.unproven`` is its journal. ``uncertain`` with ``unsent`` is a failure (nothing happened); ``done``
    and every other ``uncertain`` are proven by the next reading only, and are ``unproven`` if it does not show them.

    A driver is used by one thread, once, for one organisation. It may use as many threads and connections as it likes.
    """

    by_hand: bool
    once: bool

    def connect(self, ura: str, roles: Sequence[str] = ("employee",)) -> Connected:
        """Prove, before anything is planned, that the portal can be reached, that these credentials are of the
        organisation ``ura`` (eight digits) and may keep accounts of these ``roles``. Errors: ``portal_unreachable``,
        ``portal_token_refused``, ``portal_wrong_organisation``, ``portal_role_insufficient``, or codes of your own.
        What a portal does not tell is not proven, and no error: one that does not know whose it is connects, and
        ``Reading.owner`` is None."""

    def read(self, ura: str, *, since: bool = False) -> Reading:
        """Every member as the portal shows it now; it is asked again after each round of changes, and the driver must
        not answer from a cache. ``since``: with ``Actual.since``, where the portal knows it. Raise an error if the
        portal cannot be read; an empty list means that the organisation has no members."""

    def execute(self, changes: list[Change], ura: str, tell: Tell | None = None) -> Executed:
        """Try each change once. Changes with ``Change.removes`` start when all others have ended. Nothing is raised:
        if the whole portal fails meanwhile, the rest ends ``refused`` (no use to try) or ``uncertain`` with
        ``unsent``. ``tell`` is told how far it is, as often as is useful. Administrators lose that role in a call of
        their own, after all others; a driver with ``once`` is also called with no changes (not in check mode), because
        a worklist of the run before is outdated then.

        A driver ``by_hand`` is asked exactly once per run, and ends each attempt ``todo`` or ``refused``: also with no
        changes, because what it wrote down before is outdated then, and also in check mode, in which it writes nothing
        (whoever makes the driver says so). It raises where it cannot write: nothing was changed then."""

    def close(self) -> None:
        """Close the connections; also called after a failed ``connect``, and maybe more than once."""
