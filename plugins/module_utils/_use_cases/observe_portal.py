# SPDX-FileCopyrightText: gbz.zorgid contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""Compares the portal or its export with both lists of one organisation. It changes and records nothing."""

from __future__ import annotations

import dataclasses
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any

from .._common import moments
from .._common.errors import ZorgidError
from .._common.trouble import in_words
from .._onboarding.observed import Accounts, Look, Portal, Seen, Trouble
from .._portal.access import PortalAccess
from .._portal.coming import coming
from .._portal.desired import Listed
from .._portal.driver import Connected, Reading
from .._portal.inviting import invitations_due, letters_of
from .._portal.model import PORTAL_ROLES, Actual
from .._portal.rules import Bounds
from .._portal.session import connected, read_whole
from .compare_accounts import compare
from .keep_accounts import rules_of
from .on_no_list import ListRead, on_no_list
from .portal_journal import journal_of
from .portal_milestones import portal_of
from .portal_notes import also_of, canonical

if TYPE_CHECKING:
    from .._dossier.model import Submission
    from .._dossier.store import DossierStore
    from .._portal.access import Known


@dataclass(frozen=True)
class ObservePortal:
    """administrators, employees: the lists; None if not set. Without either, the portal is not read. bounds: the limits
    of the actions that change accounts. letters_dir: folder of letters for employees; None without letters.
    can_log_in: whether somebody of the organisation can log in; before that, nobody can make the export."""

    portal: PortalAccess
    administrators: Listed | None = None
    employees: Listed | None = None
    bounds: Bounds = field(default_factory=Bounds)
    letters_dir: str | None = None
    can_log_in: bool = True


def observe_portal(
    command: ObservePortal,
    *,
    store: DossierStore | None = None,
    submissions: Sequence[Submission] = (),
    known: Known | None = None,
) -> Seen[Portal]:
    """``submissions``: of the dossier, for earlier invitations. ``known``: as for ``ScimDriver``. Raises nothing:
    errors are part of the result."""
    if (command.administrators is None and command.employees is None) or not command.portal.is_configured:
        return Seen(Look.ABSENT)
    if command.portal.export_is_awaited and not command.can_log_in:
        return Seen(Look.ABSENT)
    try:
        return Seen.good(_Observation(command, store, known).portal(submissions))
    except ZorgidError as error:
        return Seen(Look.BAD, trouble=Trouble.of(error))
    except OSError as error:
        return Seen(Look.BAD, trouble=_inaccessible(error))


class _Observation:
    """The members, read once for both lists."""

    def __init__(self, command: ObservePortal, store: DossierStore | None, known: Known | None) -> None:
        self._command, self._store, self._ura = command, store, command.portal.ura.digits
        driver = command.portal.open(known=known, journal=journal_of(store, command.portal))
        with connected(driver, self._ura) as connection:
            self._connection: Connected = connection
            self._reading: Reading = read_whole(driver, self._ura, since=True)
        self._invited: Mapping[str, int] = {}
        self._letters: Collection[str] | None = None
        self._lists: dict[str, ListRead] = {}

    def portal(self, submissions: Sequence[Submission]) -> Portal:
        command, lists = self._command, {}
        if command.administrators is not None:
            lists["administrators"] = self._compared(
                "administrators", PORTAL_ROLES, command.administrators, submissions
            )
        if command.employees is not None:
            lists["employees"] = self._compared("employees", ("employee",), command.employees, submissions)
        wanted = (command.administrators, command.employees)
        strays = on_no_list(
            self._reading.members,
            self._lists,
            whole=len(self._lists) == sum(one is not None for one in wanted),
            purge=command.bounds.purge,
        )
        for kind, those in strays.items():
            lists[kind] = dataclasses.replace(lists[kind], strays=those)
        others = also_of(self._store, command.portal)
        shown = portal_of(command.portal, self._reading, others[0] if others else None, lists)
        lost = (
            command.letters_dir is not None
            and self._letters is not None
            and _are_lost(self._letters, Path(command.letters_dir), self._ura)
        )
        return dataclasses.replace(shown, invitations=self._invited, letters_lost=lost)

    def _compared(
        self, kind: str, roles: tuple[str, ...], listed: Listed, submissions: Sequence[Submission]
    ) -> Accounts:
        """Compare one list with the members. Errors of a list stop only that list."""
        ura, store, members = self._ura, self._store, self._reading.members
        try:
            self._connection.demand(roles)
            source = listed.read(administrators=kind == "administrators")
            rules = rules_of(ura, roles, self._command.bounds, source, store, self._connection.person)
            rules = dataclasses.replace(rules, unproven=self._reading.unproven)
            digest = (store.observations.keyed(ura, f"list:{kind}", canonical(source.accounts)) or "") if store else ""
        except ZorgidError as error:
            return Accounts(0, stop=Trouble.of(error))
        except OSError as error:
            return Accounts(0, stop=_inaccessible(error))
        enrols: list[str] = []
        acts: list[Any] = []
        matched: dict[int, Actual] = {}
        found = dataclasses.replace(
            compare(source.accounts, members, rules, digest, enrols, matched, acts),
            coming=coming(source.understood),
            others=source.understood.others if source.understood else {},
        )
        if acts and store:
            acts_digest = store.observations.keyed(ura, f"changes:{kind}", canonical(acts)) or ""
            found = dataclasses.replace(found, acts=acts_digest)
        self._lists[kind] = ListRead(source, matched)
        if kind == "employees" and not self._command.portal.by_hand:
            self._invited = invitations_due(ura, source.accounts, members, submissions, moments.now(), enrols=enrols)
            self._letters = letters_of(ura, source.accounts, members).keys() if found.stop is None else None
        return found


def _are_lost(letters: Collection[str], folder: Path, ura: str) -> bool:
    """Compares file names only, because to draw a letter takes longer than the whole observation."""
    return set(letters) != {path.name for path in folder.glob(f"{ura}-*.html")}


def _inaccessible(error: OSError) -> Trouble:
    return Trouble(
        "file_inaccessible",
        f"{error.filename or 'A file'} cannot be used",
        expected="a file that this user may read",
        found=in_words(error),
        action="correct the path, or the permissions of the user who runs Ansible",
    )
