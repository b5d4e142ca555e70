# SPDX-FileCopyrightText: gbz.zorgid contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""One person of one organisation in the portal, the lists and the dossier, and changes for this person alone.

With the driver ``worklist``, these changes are a separate worklist, beside the one for all employees.
"""

from __future__ import annotations

import datetime
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field

from .._common import moments
from .._common.errors import ZorgidError
from .._dossier.place import DossierPlace
from .._dossier.store import DossierStore
from .._portal import model, reconciler
from .._portal.access import PortalAccess
from .._portal.desired import Listed
from .._portal.driver import Connected, PortalDriver, Reading, Worklist
from .._portal.folder import safe
from .._portal.model import PORTAL_ROLES, Account, Actual, Change
from .._portal.one_person import find, nearest, positions, role_of
from .._portal.planner import plan
from .._portal.rules import Rules
from .._portal.session import connected, read_whole
from .._portal.shown_numbers import may_be_shown
from .._portal.source import Source
from .portal_milestones import CHANGE
from .portal_notes import also_of

#: Maximum of characters of an id in the name of a file.
_LABEL = 80


@dataclass(frozen=True)
class PersonCommand:
    """``external_id``: as in the portal or a list. ``name``: of the organisation. ``lists``: each with its name for
    messages."""

    portal: PortalAccess
    dossier: DossierPlace
    external_id: str = field(repr=False)
    by: str
    name: str = ""
    lists: tuple[tuple[str, Listed], ...] = ()


@dataclass(frozen=True)
class Standing:
    """The place of the person in a list: ``row`` of the file, or the entry of a variable."""

    place: str
    row: int
    in_file: bool


@dataclass(frozen=True)
class Made:
    """The result of a change. ``worklists``: the changes that a person has to make."""

    changed: bool
    worklists: tuple[Worklist, ...] = ()


class _Lists:
    """The lists that could be read. A broken list does not prevent the blocking of a phone."""

    def __init__(self, lists: Sequence[tuple[str, Listed]]) -> None:
        self.read: list[tuple[str, Source, bool]] = []
        self.notes: list[str] = []
        for name, listed in lists:
            try:
                source = listed.read(administrators=listed.path is None)
                self.read.append((name, source, listed.path is not None))
            except (ZorgidError, OSError) as error:
                code = error.code if isinstance(error, ZorgidError) else "file_inaccessible"
                self.notes.append(f"{name} cannot be read, so nobody knows whether it names this person ({code})")

    @property
    def personal(self) -> bool:
        return any(source.key_is_personal for _name, source, _in_file in self.read)

    def hides(self, external_id: str) -> bool:
        """Whether this id must not be shown, because it may be made of a name or a mail address."""
        return self.personal or not may_be_shown(external_id)


class Case:
    """The person as known now. ``notes``: lists that could not be read. ``shown``: the person's label on a screen; not
    the id if that is made of their name."""

    def __init__(
        self, command: PersonCommand, store: DossierStore, driver: PortalDriver, link: Connected, lists: _Lists
    ) -> None:
        self.command, self.store, self._driver, self._link = command, store, driver, link
        self.ura = command.portal.ura.digits
        self.notes = lists.notes
        if others := also_of(store, command.portal):
            raise ZorgidError(
                "export_of_another",
                "The portal's export was also used for another organisation",
                expected="an export of this organisation only",
                found=f"the same file was used for {others[0]}",
                action="make an export of this organisation",
            )
        self.reading: Reading = read_whole(driver, self.ura)
        self._refuse_stale()
        listed = [account for _name, source, _in_file in lists.read for account in source.accounts]
        found = find(command.external_id, self.reading.members, listed)
        self.member: Actual | None = found.member
        there = self.member["external_id"] if self.member else None
        self.numbers = tuple(dict.fromkeys((*found.numbers, *((there,) if there else ()))))
        self.standing = tuple(self._standing(lists))
        first = f"row {self.standing[0].row}" if self.standing else "this person"
        self.shown = first if lists.hides(command.external_id) else command.external_id
        self.near = [] if lists.personal else nearest(command.external_id, self.reading.members, listed)
        # Fails if the dossier was changed outside this collection.
        store.read(command.portal.ura.text)

    @property
    def by_hand(self) -> bool:
        return self._driver.by_hand

    @property
    def shown_at(self) -> datetime.datetime | None:
        """The moment of the portal's data; None if unknown."""
        return self.reading.as_of if self.by_hand else moments.now()

    def demand_key(self) -> None:
        """Refuse without a key if a person makes the changes: only keyed records then show whether it was done."""
        if self.by_hand and not self.keyed:
            raise ZorgidError(
                "dossier_key_missing",
                "Whether a worklist about one person was carried out is known from the dossier, which needs its key",
                expected="zorgid_onboarding_dossier_key",
                found="none",
                action="set it from your vault; generate a key with: openssl rand -base64 32",
            )

    @property
    def keyed(self) -> bool:
        """In check mode, a dossier that does not exist yet has no key of its own."""
        return bool(self.command.dossier.key)

    def _refuse_stale(self) -> None:
        changed = moments.parse(self.store.observations.noted_at(self.ura, CHANGE)) if self.by_hand else None
        if changed and self.reading.as_of and self.reading.as_of < changed:
            raise ZorgidError(
                "export_too_old",
                "The portal's export is older than the last change",
                expected=f"an export made after {moments.iso(changed)}",
                found=f"one of {moments.iso(self.reading.as_of)}",
                action="export the list of users (Gebruikers) again from the portal",
            )

    def _standing(self, lists: _Lists) -> Iterator[Standing]:
        for name, source, in_file in lists.read:
            for position in positions(source.accounts, self.numbers):
                row = source.rows[position - 1] if source.rows else position
                yield Standing(name, row, in_file=in_file and bool(source.rows))

    # records in the dossier

    def noted(self, kind: str, content: str = "") -> datetime.datetime | None:
        """The moment of the record of this kind about this person; with ``content``, only if the record has that
        content."""
        name = self._kind(kind)
        if not name or (content and not self.store.observations.is_last(self.ura, name, content.encode())):
            return None
        return moments.parse(self.store.observations.noted_at(self.ura, name))

    def note(self, kind: str, content: str, at: datetime.datetime | None = None) -> None:
        if name := self._kind(kind):
            at = at or moments.now()
            self.store.observations.note(self.ura, name, content.encode(), at=moments.iso(at))

    def record_event(self, what: str) -> None:
        """Record an event in the journal, with only a part of a digest for the person."""
        digest = self.store.observations.keyed(self.ura, "external_id", self.command.external_id.encode())
        whom = f" (person {digest[:12]})" if digest else ""
        self.store.note(self.command.portal.ura.text, f"{what}{whom}", by=self.command.by)

    def _kind(self, kind: str) -> str:
        digest = self.store.observations.keyed(self.ura, "external_id", self.command.external_id.encode())
        return f"{kind}:{digest}" if digest else ""

    # changes

    def planned(self, account: Account, *, reactivate: bool = False) -> Change:
        """The change that the planner makes of this account. Errors: those of ``planner.plan``, ``accounts_failed``."""
        found = plan([account], self.reading.members, self._rules(account, reactivate))
        if found.changes:
            return found.changes[0]
        why = found.settled.get(1)
        raise self._failed(why.message if why else "there is nothing to change", why.code if why else "")

    def carry_out(self, changes: Sequence[tuple[Account, Change]], *, check_mode: bool) -> Made:
        """Make the changes one after the other and check each in the portal, or write them together to one worklist.
        Errors: ``accounts_failed``, ``portal_not_shown``, ``account_unproven``, ``account_by_hand``, and those of the
        driver."""
        if self.by_hand:
            written = self._driver.execute([change for _account, change in changes], self.ura).written
            return Made(written is not None and written.changed, tuple(written.worklists) if written else ())
        changed = False
        for account, change in changes:
            rules = self._rules(account, change.device in ("unblocked", "invited"))
            kept = reconciler.keep(self._driver, [account], rules, check_mode=check_mode)
            (result,) = kept.results
            if kept.changed and not check_mode:
                at = moments.iso(moments.now())
                self.store.observations.note(self.ura, CHANGE, at.encode(), at=at)
            changed = changed or kept.changed
            if result.status == model.FAILED:
                raise self._failed(result.message, result.code)
            if result.status == model.ACCEPTED:
                raise ZorgidError(
                    "portal_not_shown",
                    f"The portal accepted the change of {self.shown}, and does not show it yet",
                    expected="a portal that shows what it did",
                    found="the account as it was",
                    action="run the same command again: it looks first, and does nothing twice",
                )
            if result.status == model.UNPROVEN:
                raise ZorgidError(
                    "account_unproven",
                    f"Nobody knows whether the change of {self.shown} was made: it was sent once and is not shown",
                    expected="a portal that shows what it did",
                    found="the account as it was",
                    action="look at this person in the portal; the same command looks again, and sends nothing twice",
                )
            if result.status == model.TODO:
                lists = kept.written.worklists if kept.written else []
                raise ZorgidError(
                    "account_by_hand",
                    f"The change of {self.shown} is left to a person",
                    expected="a change that this driver makes itself",
                    found=f"a worklist: {', '.join(one['html'] for one in lists)}" if lists else "a worklist",
                    action="do what it says in the portal, then run the same command again",
                )
        return Made(changed)

    def clear(self) -> bool:
        """Remove the worklists, because their changes were made."""
        return self.by_hand and self.carry_out((), check_mode=False).changed

    def _rules(self, account: Account, reactivate: bool) -> Rules:
        roles = PORTAL_ROLES if account["role"] in PORTAL_ROLES else ("employee",)
        self._link.demand(roles)
        return Rules(self.ura, roles, max_removals="1", reactivate=reactivate, owner=self._link.person)

    def _failed(self, why: str, code: str) -> ZorgidError:
        return ZorgidError(
            "accounts_failed",
            f"{self.shown} is not changed",
            expected="an account that this change may be made of",
            found=f"{why}{f' ({code})' if code else ''}",
            action="correct that, then run the same command again: it looks first, and does nothing twice",
        )

    def unknown(self) -> ZorgidError:
        """The error for an unknown id."""
        near = f"; nearest: {', '.join(self.near)}" if self.near else ""
        as_of = self.reading.as_of if self.by_hand else None
        since = f" of {moments.iso(as_of)}" if as_of else ""
        where = f"the portal's export{since}" if self.by_hand else "the portal"
        unkept = "" if self.keyed else "; without dossier_key nobody knows who was unlinked before"
        return ZorgidError(
            "account_unknown",
            f"{self.command.name or self.command.portal.ura.text} has no account {self.shown}{near}",
            expected="a number that the portal or a list of this organisation has",
            found=f"nobody with this number in {where}, or in a list{unkept}",
            action="correct id",
        )


@contextmanager
def opened_case(command: PersonCommand, matter: str, *, check_mode: bool) -> Iterator[Case]:
    """``matter``: for the name of the worklist. Errors: those of the dossier, the driver and ``find``,
    ``export_of_another``, ``export_too_old``."""
    with command.dossier.open(read_only=check_mode) as store:
        ura = command.portal.ura.digits
        digest = store.observations.keyed(ura, "external_id", command.external_id.encode()) or ""
        lists = _Lists(command.lists)
        # The id becomes part of a file's name.
        long = len(safe(command.external_id)) > _LABEL
        label = (digest[:12] or "person") if long or lists.hides(command.external_id) else command.external_id
        driver = command.portal.open(keeping=True, check_mode=check_mode, matter=f"{matter}-{label}")
        roles = PORTAL_ROLES if driver.by_hand and matter == "phone" else ("employee",)
        with connected(driver, ura, roles) as link:
            yield Case(command, store, driver, link, lists)


def role(case: Case) -> str:
    return role_of(case.member) if case.member else ""
