# SPDX-FileCopyrightText: gbz.zorgid contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""One session in the portal's pages: a person logs in, sees what would be changed, and after their word it is changed.

Everything is checked that can be checked before the code is shown; nothing is changed before all lists were compared.
"""

from __future__ import annotations

import datetime
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import NamedTuple, TypedDict

from .._browser import places
from .._browser.names import PageMap
from .._browser.window import Window
from .._common import moments
from .._common.errors import ZorgidError
from .._common.files import write_atomic
from .._common.letterhead import Letterhead
from .._common.libraries import demand
from .._common.text import printable
from .._common.trouble import in_words
from .._portal import model
from .._portal.access import PortalAccess
from .._portal.browser_changes import Session
from .._portal.browser_login import Show, Whose, check_here, log_in, log_out
from .._portal.browser_opening import agreed, kept_session
from .._portal.browser_run import Live
from .._portal.diagnosis import Diagnosis, diagnosis_of
from .._portal.driver import Tell, Worklist
from .._portal.kept_session import KeptSession
from .._portal.model import AccountResult, Change
from .._portal.reconciler import Agreed
from . import portal_notes, session_mail, session_page
from .keep_accounts import AccountsKept, Failure, KeepAccounts, keep_accounts
from .look_at_pages import Opener, opened, session_of
from .session_items import Item, content_of, digest_of, done_of, items_of
from .session_mail import Addressee, MailResult, MailRoute


class Shown(NamedTuple):
    """What would be changed, before anything is. digest: what the person's word names. goes_on: it is changed now.
    mail: what would be mailed."""

    items: Sequence[Item]
    digest: str
    goes_on: bool
    mail: MailResult


Before = Callable[[Shown], None]


@dataclass(frozen=True)
class WorkInSession:
    """lists: in the order in which they are carried out: administrators first. organisation: its name. agreed: the
    digest of the list that the person said is right; with another list, or without it, nothing is changed. Where the
    list has no change, any word will do. mail: how the list after is mailed."""

    portal: PortalAccess
    lists: tuple[KeepAccounts, ...]
    organisation: str = ""
    agreed: str = ""
    mail: MailRoute = field(default_factory=MailRoute)


@dataclass
class SessionWorked:
    """role: of the session. items: what would be changed, or with results. works: whether the lists were carried out.
    is_kept: the session goes on, and was not logged out. page: the list for the person. failure: why it, or else the
    look, is not all good. asks: whether something is left that is done after a confirmation: changes, or worklists.
    digest: of the list before. mail: what became of the mail with the list, or would.
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
    digest: str = ""
    mail: MailResult | None = None

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
    # A mistake in a list, or in the dossier, costs nobody a scan.
    to = _addressee(command)
    worked = SessionWorked()
    kept = kept_session(command.portal.site(), page_map)
    with opened(command.portal, page_map, opener, kept.state() if kept else None) as window:
        places.demand_tested(page_map, window.versions)
        session = session_of(command.portal, command.organisation)
        diagnosis = diagnosis_of(command.portal.browser.diagnose, page_map, window, session)
        with _logged_in(window, page_map, command, show, pause, kept, worked, diagnosis):
            allowed = Session(
                permission.person, permission.changes, command.portal.ura.digits, command.organisation, confirmed=True
            )
            work = _Work(command, Live(window, page_map, close=False, diagnosis=diagnosis), allowed)
            looked = [work.kept(one, check_mode=True) for one in command.lists]
            items = [items_of(one, page_map, allowed) for one in looked]
            worked.items = [item for those in items for item in those]
            worked.digest, worked.mail = _digest(command, page_map, worked.items), session_mail.planned(to)
            goes_on = not check_mode and (command.agreed == worked.digest or bool(command.agreed and not worked.asks))
            before(Shown(worked.items, worked.digest, goes_on, worked.mail))
            _note(worked, looked)
            if goes_on:
                _carry_out(work, items, worked, tell)
            else:
                worked.failure = _of_session(next((one.failure for one in looked if one.failure), None), worked.items)
    if worked.works and worked.items:
        _hand_over(command, worked, to)
    if not worked.logged_out and not worked.is_kept:
        worked.notes.append("The portal did not show that the session ended: let the person log out everywhere")
    return worked


class _About(TypedDict):
    ura: str
    person: str
    at: datetime.datetime
    head: Letterhead


@dataclass(frozen=True)
class _Work:
    """The session that is open, for the driver of each list."""

    command: WorkInSession
    live: Live
    allowed: Session

    def kept(
        self, one: KeepAccounts, *, check_mode: bool, tell: Tell | None = None, agreed: Agreed | None = None
    ) -> AccountsKept:
        # In a look all that the person is asked about is planned, as it would be after their word.
        portal = replace(one.portal, live=self.live, confirmed=True)
        return keep_accounts(replace(one, portal=portal), check_mode=check_mode, tell=tell, agreed=agreed)


def _agreed(items: Sequence[Item]) -> Agreed:
    """The portal is read again before the first change. What was shown may be done by now; nothing else is made."""
    shown = {item.content for item in items}

    def agreed(changes: Sequence[Change]) -> None:
        others = sum(content_of(change) not in shown for change in changes)
        if others:
            raise ZorgidError(
                "session_list_changed",
                "The portal or the list changed after the list was shown, so nothing of this list was changed",
                expected="the changes that the person saw",
                found=f"{others} other {'change' if others == 1 else 'changes'}",
                action="look again: the next run shows the new list",
            )

    return agreed


def _carry_out(work: _Work, items: Sequence[Sequence[Item]], worked: SessionWorked, tell: Tell | None) -> None:
    """Each list in turn. A list that fails as a whole does not hide the results of the one before."""
    worked.works, done = True, list[Item]()
    for one, those in zip(work.command.lists, items, strict=True):
        try:
            kept = work.kept(one, check_mode=False, tell=tell, agreed=_agreed(those))
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
    failures = f"{failed} of {len(statuses)} failed"
    if not unproven:
        return Failure("accounts_failed", f"{failures}: see the list of the session, with the reason of each.")
    look = "look in the portal before anything is done again"
    others = f", {failed} failed" if failed else ""
    return Failure("accounts_unproven", f"{unproven} of {len(statuses)} unproven{others}: {look}.")


def _not_begun(item: Item, error: ZorgidError) -> AccountResult:
    return AccountResult(item.shown, model.FAILED, f"Not begun: {error.message}", error.code)


@contextmanager
def _logged_in(
    window: Window,
    page_map: PageMap,
    command: WorkInSession,
    show: Show,
    pause: float,
    kept: KeptSession | None,
    worked: SessionWorked,
    diagnosis: Diagnosis | None,
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
        diagnosis=diagnosis,
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


def _digest(command: WorkInSession, page_map: PageMap, items: Sequence[Item]) -> str:
    portal = command.portal
    about = portal.ura.digits, portal.browser.person or "", page_map.digest
    return digest_of(items, portal.browser.key or "", *about)


def _addressee(command: WorkInSession) -> Addressee:
    """Who gets the list after, by the first list that has them. Reads every list, and the dossier."""
    person, address = command.portal.browser.person or "", None
    for one in command.lists:
        accounts = one.listed.read(administrators=one.administrators).accounts
        address = address or next((its.get("email") for its in accounts if its["external_id"] == person), None)
        with portal_notes.opened(one.dossier, read_only=True):
            pass
    return session_mail.addressee(command.mail, printable(person, 60), address)


def _hand_over(command: WorkInSession, worked: SessionWorked, to: Addressee) -> None:
    """The list for the person, as a page and as a mail."""
    about: _About = {
        "ura": command.portal.ura.digits,
        "person": to.person,
        "at": moments.now().astimezone(),
        "head": command.portal.head,
    }
    page = session_page.page(worked.items, **about)
    _write_page(command, worked, page)
    text = session_page.text(worked.items, **about)
    worked.mail = session_mail.mail_list(command.mail, to, about["ura"], text, page, worked.items)


def _write_page(command: WorkInSession, worked: SessionWorked, data: bytes) -> None:
    """It is written also if nothing was made: it says so."""
    folder = command.portal.worklist_dir
    if not folder:
        worked.notes.append("There is no worklist_dir, so the list for the person was not written")
        return
    path = Path(folder) / f"{command.portal.ura.digits}-portal-session.html"
    try:
        write_atomic(path, data)
    except OSError as error:
        # What was changed is told all the same.
        worked.notes.append(f"The list for the person was not written: {in_words(error)}")
        worked.failure = worked.failure or Failure("file_unwritable", f"{path} cannot be written: {in_words(error)}")
        return
    worked.page = str(path)
