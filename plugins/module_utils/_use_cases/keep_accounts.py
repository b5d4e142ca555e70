# SPDX-FileCopyrightText: gbz.zorgid contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""Make an organisation's accounts equal to a list; record in the dossier what was seen, and the steps."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, Any, NamedTuple

from .._common.errors import ZorgidError
from .._common.libraries import demand
from .._dossier.place import DossierPlace
from .._portal import reconciler
from .._portal.access import PortalAccess
from .._portal.desired import Listed
from .._portal.driver import PortalDriver, Tell, Worklist
from .._portal.inviting import enrolling
from .._portal.model import PORTAL_ROLES, Account, AccountResult, Change
from .._portal.reconciler import Agreed
from .._portal.rules import Bounds, Rules
from .._portal.session import connected, read_whole
from .._portal.source import Source
from .portal_journal import journal_of
from .portal_notes import NO_DOSSIER, links_of, note_seen, opened

if TYPE_CHECKING:
    from .._dossier.store import DossierStore

_NOBODY: frozenset[str] = frozenset()


@dataclass(frozen=True)
class KeepAccounts:
    """listed: the wanted accounts: administrators and operators (each with a role) if ``administrators``, else
    employees. invitations_dir: folder of letters for employees who register themselves; None: no letters. dossier:
    records what was seen, and knows who was offboarded."""

    portal: PortalAccess
    listed: Listed
    administrators: bool = False
    bounds: Bounds = field(default_factory=Bounds)
    invitations_dir: str | None = None
    dossier: DossierPlace = field(default_factory=DossierPlace)


class Failure(NamedTuple):
    """Why the run failed. The outcome of each account is reported too."""

    code: str
    message: str


@dataclass
class AccountsKept:
    """changed: whether the portal or a file was, or would be, changed. results: in the order of the list, then the
    accounts that purge removed. wanted: the list. read: facts about its file. by_hand: a person makes the changes;
    worklists: those changes. invitations: the letters that apply; None without letters."""

    results: list[AccountResult]
    changed: bool
    wanted: list[Account]
    read: dict[str, Any]
    changes: list[Change] = field(default_factory=list)
    by_hand: bool = False
    worklists: list[Worklist] = field(default_factory=list)
    invitations: list[str] | None = None
    warnings: list[str] = field(default_factory=list)
    failure: Failure | None = None
    #: whether external ids are made of names or mail addresses, so that no result shows them
    private_key: bool = False

    @property
    def summary(self) -> dict[str, int]:
        return dict(Counter(result.status for result in self.results))

    def fail(self, code: str, message: str) -> None:
        """Only the first failure is stored."""
        self.failure = self.failure or Failure(code, message)


def rules_of(
    ura: str,
    roles: tuple[str, ...],
    bounds: Bounds,
    source: Source,
    store: DossierStore | None,
    owner: str | None = None,
) -> Rules:
    """The rules for the planner, with the dossier's facts about people in the list."""
    return Rules(
        ura,
        roles,
        purge=bounds.purge,
        max_removals=bounds.max_removals,
        reactivate=bounds.reactivate,
        owner=owner,
        offboarded=store.words.offboarded(ura, (one["external_id"] for one in source.accounts)) if store else _NOBODY,
        shared=links_of(store) if store else None,
        place=source.place,
    )


def keep_accounts(
    command: KeepAccounts, *, check_mode: bool = False, tell: Tell | None = None, agreed: Agreed | None = None
) -> AccountsKept:
    """Errors before any change: of the list (``desired``), the driver, the plan (``planner.plan``), the dossier and
    ``agreed``. After that, every account has a result, and the outcome has the failure."""
    roles = PORTAL_ROLES if command.administrators else ("employee",)
    source = command.listed.read(administrators=command.administrators)
    with opened(command.dossier, read_only=check_mode) as store:
        rules = rules_of(command.portal.ura.digits, roles, command.bounds, source, store)
        outcome = _kept_and_noted(command, source, rules, store, check_mode, tell, agreed)
    outcome.warnings += [*source.notes, *command.portal.warnings]
    return outcome


def _kept_and_noted(
    command: KeepAccounts,
    source: Source,
    rules: Rules,
    store: DossierStore | None,
    check_mode: bool,
    tell: Tell | None,
    agreed: Agreed | None,
) -> AccountsKept:
    kind = "administrators" if command.administrators else "employees"
    noted = note_seen(
        store, command.portal, has_key=bool(command.dossier.key), listed=(f"list:{kind}", source.accounts)
    )
    driver = command.portal.open(keeping=True, check_mode=check_mode, journal=journal_of(store, command.portal))
    with connected(driver, rules.ura, rules.roles) as connection:
        rules = replace(rules, owner=connection.person)
        remember = store is not None
        kept = reconciler.keep(
            driver, source.accounts, rules, check_mode=check_mode, tell=tell, remember=remember, agreed=agreed
        )
        outcome = _outcome_of(kept, source, by_hand=driver.by_hand)
        if command.invitations_dir:
            _keep_letters(command, driver, rules.ura, outcome, check_mode)
    if store is None and any(map(_links, outcome.results)):
        noted.append(NO_DOSSIER)
    outcome.warnings += noted
    if store is not None and not check_mode and kept.reading is not None:
        from .portal_milestones import record_kept

        try:
            changed = kept.changed and not driver.by_hand
            rules = replace(rules, linked=kept.linked, unproven=kept.reading.unproven)
            record_kept(store, command.portal, source.accounts, kept.reading, rules, changed=changed)
        except ZorgidError as error:
            outcome.fail(error.code, str(error))
    return outcome


def _outcome_of(kept: reconciler.Kept, source: Source, *, by_hand: bool) -> AccountsKept:
    outcome = AccountsKept(kept.results, kept.changed, source.accounts, source.read, kept.changes, by_hand)
    if source.key_is_personal:
        _by_row(outcome, source)
    outcome.warnings += kept.notes
    outcome.worklists = kept.written.worklists if kept.written else []
    failed = [item for item in kept.results if item.status == "failed"]
    unproven = sum(item.status == "unproven" for item in kept.results)
    if unproven:
        words = (
            f"{unproven} of {len(kept.results)} accounts have a change that was sent and that the portal does not show"
        )
        more = f". {len(failed)} others failed" if failed else ""
        outcome.fail(
            "accounts_unproven", f"{words}{more}; see results. Look in the portal before anything is done again."
        )
    if failed:
        words = f"{len(failed)} of {len(kept.results)} accounts failed; see results for the accounts and the reasons."
        first = "" if by_hand else f" The first, {failed[0].external_id}: {failed[0].message.rstrip('.')}."
        outcome.fail("accounts_failed", words + first)
    return outcome


def _by_row(outcome: AccountsKept, source: Source) -> None:
    """Replace ids that are made of a name or a mail address by the row of the list."""
    for position, result in enumerate(outcome.results, 1):
        result.external_id = (
            f"row {source.rows[position - 1]}" if position <= len(source.rows) else f"member {position}"
        )
    outcome.private_key = True


def _links(result: AccountResult) -> bool:
    """Whether the result makes a person a member of the organisation."""
    return result.status in ("created", "linked") or (result.status, result.message) == ("todo", "created")


def _keep_letters(
    command: KeepAccounts, driver: PortalDriver, ura: str, outcome: AccountsKept, check_mode: bool
) -> None:
    """Write the letters. The outcome of the accounts is reported even if this fails."""
    from .._portal import invitations  # imported here, because few runs use it

    try:
        demand()
        members = read_whole(driver, ura).members
        if check_mode and not driver.by_hand:
            new = [change.external_id for change in outcome.changes if change.actual is None]
            members = [*members, *map(enrolling, new)]
        written, outcome.invitations = invitations.keep_letters(
            str(command.invitations_dir),
            ura,
            outcome.wanted,
            members,
            organisation=command.portal.head.organisation,
            check_mode=check_mode,
        )
        outcome.changed = outcome.changed or written
    except ZorgidError as error:
        outcome.fail(error.code, str(error))
