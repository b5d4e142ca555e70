# SPDX-FileCopyrightText: gbz.zorgid contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""One session in the portal's pages: a person logs in, sees what would be changed, and after their word it is changed.

Everything is checked that can be checked before the code is shown; nothing is changed before all lists were compared.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from pathlib import Path

from .._browser import places
from .._browser.names import PageMap
from .._browser.window import Window
from .._common import moments
from .._common.errors import ZorgidError
from .._common.files import write_atomic
from .._common.libraries import demand
from .._common.text import printable
from .._common.trouble import in_words
from .._portal import model
from .._portal.access import PortalAccess
from .._portal.browser_changes import Session
from .._portal.browser_login import Show, Whose, check_here, log_in, log_out
from .._portal.browser_opening import agreed, kept_session
from .._portal.browser_run import Live
from .._portal.driver import Tell, Worklist
from .._portal.kept_session import KeptSession
from .._portal.model import Result
from . import portal_notes, session_page
from .keep_accounts import AccountsKept, Failure, KeepAccounts, keep_accounts
from .look_at_pages import Opener, opened, session_of
from .session_items import Item, done_of, items_of

#: called with what would be changed, before anything is
Before = Callable[[Sequence[Item]], None]


@dataclass(frozen=True)
class WorkInSession:
    """lists: in the order in which they are carried out: administrators first. organisation: its name. confirmed: the
    person said that what was shown is right; otherwise nothing is changed."""

    portal: PortalAccess
    lists: tuple[KeepAccounts, ...]
    organisation: str = ""
    confirmed: bool = False


@dataclass
class SessionWorked:
    """role: of the session. items: what would be changed, or with results. works: whether the lists were carried out.
    is_kept: the session goes on, and was not logged out. page: the list for the person. failure: why it, or else the
    look, is not all good. asks: whether something is left that is done after a confirmation: changes, or worklists.
    """

    role: str = ""
    items: list[Item] = field(default_factory=list)
    works: bool = False
    changed: bool = False
    logged_out: bool = False
    is_kept: bool = False
    page: str = ""
    worklists: list[Worklist] = field(default_factory=list)
    notes: list[str] = field(default_factory=list)
    failure: Failure | None = None

    @property
    def asks(self) -> bool:
        return not self.works and any(item.kinds for item in self.items)


def work_in_session(
    command: WorkInSession,
    show: Show,
    before: Before,
    *,
    check_mode: bool = False,
    tell: Tell | None = None,
    opener: Opener | None = None,
    pause: float = 1,
) -> SessionWorked:
    """show: shows the code of the login. opener, pause: how a window is opened, and the code waited for.

    Errors before any change: ``portal_not_configured, page_map_invalid, permission_invalid, page_map_not_remembered,
    browser_pair_untested``, those of the login, the window, the lists and the plan. After the first change every
    account has a result."""
    demand()
    _demand_complete(command.portal)
    page_map, permission = agreed(command.portal.site())
    for one in command.lists:
        # A mistake in a list, or in the dossier, costs nobody a scan.
        one.listed.read(administrators=one.administrators)
        with portal_notes.opened(one.dossier, read_only=True):
            pass
    worked = SessionWorked()
    kept = kept_session(command.portal.site(), page_map)
    with opened(command.portal, page_map, opener, kept.state() if kept else None) as window:
        places.demand_tested(page_map, window.versions)
        with _logged_in(window, page_map, command, show, pause, kept, worked):
            allowed = Session(
                permission.person, permission.changes, command.portal.ura.digits, command.organisation, confirmed=True
            )
            work = _Work(command, Live(window, page_map, close=False), allowed)
            looked = [work.kept(one, check_mode=True) for one in command.lists]
            items = [items_of(one, page_map, allowed) for one in looked]
            worked.items = [item for those in items for item in those]
            before(worked.items)
            _note(worked, looked)
            if command.confirmed and not check_mode:
                _carry_out(work, items, worked, tell)
            else:
                worked.failure = _of_session(next((one.failure for one in looked if one.failure), None), worked.items)
    if worked.works and worked.items:
        _write_page(command, worked)
    if not worked.logged_out and not worked.is_kept:
        worked.notes.append("The portal did not show that the session ended: let the person log out everywhere")
    return worked


@dataclass(frozen=True)
class _Work:
    """The session that is open, for the driver of each list."""

    command: WorkInSession
    live: Live
    allowed: Session

    def kept(self, one: KeepAccounts, *, check_mode: bool, tell: Tell | None = None) -> AccountsKept:
        # In a look all that the person is asked about is planned, as it would be after their word.
        portal = replace(one.portal, live=self.live, confirmed=True)
        return keep_accounts(replace(one, portal=portal), check_mode=check_mode, tell=tell)


def _carry_out(work: _Work, items: Sequence[Sequence[Item]], worked: SessionWorked, tell: Tell | None) -> None:
    """Each list in turn. A list that fails as a whole does not hide the results of the one before."""
    worked.works, done = True, list[Item]()
    for one, those in zip(work.command.lists, items, strict=True):
        try:
            kept = work.kept(one, check_mode=False, tell=tell)
        except ZorgidError as error:
            worked.failure = worked.failure or Failure(error.code, str(error))
            done += [item._replace(result=_not_begun(item, error)) if item.kinds else item for item in those]
            continue
        done += done_of(those, kept, work.live.page_map, work.allowed)
        worked.changed |= kept.changed
        worked.worklists += kept.worklists
        worked.failure = worked.failure or kept.failure
        _note(worked, [kept])
    worked.items = done
    worked.failure = _of_session(worked.failure, done)


def _of_session(failure: Failure | None, items: Sequence[Item]) -> Failure | None:
    """The failure of one list as that of the session: it counts what both lists show."""
    if failure is None or failure.code not in ("accounts_failed", "accounts_unproven"):
        return failure
    statuses = [item.result.status for item in items if item.result]
    failed, unproven = statuses.count(model.FAILED), statuses.count(model.UNPROVEN)
    told = f"{failed} of {len(statuses)} failed"
    if not unproven:
        return Failure("accounts_failed", f"{told}: see the list of the session, with the reason of each.")
    look = "look in the portal before anything is done again"
    others = f", {failed} failed" if failed else ""
    return Failure("accounts_unproven", f"{unproven} of {len(statuses)} unproven{others}: {look}.")


def _not_begun(item: Item, error: ZorgidError) -> Result:
    return Result(item.shown, model.FAILED, f"Not begun: {error.message}", error.code)


@contextmanager
def _logged_in(
    window: Window,
    page_map: PageMap,
    command: WorkInSession,
    show: Show,
    pause: float,
    kept: KeptSession | None,
    worked: SessionWorked,
) -> Iterator[None]:
    """Log in, or go on with the session that is kept. At the end it is kept again, or logged out."""
    session = session_of(command.portal, command.organisation)
    worked.role = _role_of_kept(window, page_map, session, kept) or log_in(
        window,
        page_map,
        person_name=session["person"],
        ura=session["ura"],
        organisation=session["organisation"],
        show=show,
        timeout=command.portal.browser.login_timeout,
        pause=pause,
    )
    minutes = command.portal.browser.keep_session
    try:
        yield
        worked.is_kept = _is_kept(window, kept, minutes, worked)
    finally:
        if not worked.is_kept:
            if kept is not None:
                kept.forget()
            worked.logged_out = log_out(window, page_map)


def _is_kept(window: Window, kept: KeptSession | None, minutes: int, worked: SessionWorked) -> bool:
    """What was changed is told, whether or not the session can be kept."""
    try:
        return kept is not None and minutes > 0 and kept.keep(window.state(), minutes)
    except ZorgidError as error:
        worked.notes.append(f"The session is not kept: {error}")
        return False


def _role_of_kept(
    window: Window, page_map: PageMap, session: Mapping[str, str], kept: KeptSession | None
) -> str | None:
    """None if the kept session does not go on; then the person logs in."""
    if kept is None or kept.state() is None:
        return None
    whose = Whose(session["person"], session["ura"], session["organisation"])
    try:
        window.start()
        return check_here(window, page_map, whose)
    except ZorgidError as error:
        if error.code not in ("portal_session_over", "portal_person_differs", "portal_wrong_organisation"):
            raise
        kept.forget()
        return None


def _demand_complete(portal: PortalAccess) -> None:
    missing = portal.browser.missing
    if portal.driver != "browser" or missing:
        raise ZorgidError(
            "portal_not_configured",
            "The portal of this organisation is not set up for a session in a browser; nothing was opened",
            expected="zorgid_onboarding_portal with driver: browser and all that it needs (docs/browser.md)",
            found=f"driver: {portal.driver}" if portal.driver != "browser" else f"missing: {', '.join(missing)}",
            action="set it in the inventory; until then the organisation has worklists",
        )


def _note(worked: SessionWorked, those: Sequence[AccountsKept]) -> None:
    """Each warning once: the look and the run say the same."""
    worked.notes = list(dict.fromkeys([*worked.notes, *(note for kept in those for note in kept.warnings)]))


def _write_page(command: WorkInSession, worked: SessionWorked) -> None:
    """The list for the person. It is written also if nothing was made: it says so."""
    folder = command.portal.worklist_dir
    if not folder:
        worked.notes.append("There is no worklist_dir, so the list for the person was not written")
        return
    path = Path(folder) / f"{command.portal.ura.digits}-portal-session.html"
    data = session_page.page(
        worked.items,
        ura=command.portal.ura.digits,
        person=printable(command.portal.browser.person or "", 60),
        at=moments.now().astimezone(),
        head=command.portal.head,
    )
    try:
        write_atomic(path, data)
    except OSError as error:
        # What was changed is told all the same.
        worked.notes.append(f"The list for the person was not written: {in_words(error)}")
        worked.failure = worked.failure or Failure("file_unwritable", f"{path} cannot be written: {in_words(error)}")
        return
    worked.page = str(path)
