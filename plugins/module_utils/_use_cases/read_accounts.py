# SPDX-FileCopyrightText: gbz.zorgid contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""Read an organisation's accounts from its portal, or from the portal's export. Nothing is changed there."""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from .._dossier.place import DossierPlace
from .._portal.access import PortalAccess
from .._portal.model import Actual
from .._portal.one_person import device_of
from .._portal.session import connected, read_whole
from .portal_journal import journal_of
from .portal_notes import note_seen, opened

if TYPE_CHECKING:
    from .._dossier.store import DossierStore


@dataclass(frozen=True)
class ReadAccounts:
    """external_ids: the accounts to return; None: all. dossier: records what was seen."""

    portal: PortalAccess
    external_ids: Collection[str] | None = None
    dossier: DossierPlace = field(default_factory=DossierPlace)


@dataclass(frozen=True)
class AccountsRead:
    """devices: number of these members' phones by state; that of a blocked person is ``blocked``."""

    members: list[Actual]
    devices: dict[str, int]
    warnings: list[str]


def read_accounts(command: ReadAccounts, *, check_mode: bool = False) -> AccountsRead:
    """check_mode: nothing is recorded. Errors: as the driver's ``connect`` and ``read``, and the dossier's."""
    warnings: list[str] = command.portal.warnings
    with opened(command.dossier, read_only=check_mode) as store:
        found = members_of(command.portal, notes=warnings, store=store)
        warnings += note_seen(
            store, command.portal, has_key=bool(command.dossier.key), members=("portal_members", found)
        )
    if command.external_ids is not None:
        found = [item for item in found if item["external_id"] in set(command.external_ids)]
    return AccountsRead(found, dict(Counter(map(device_of, found))), warnings)


def members_of(
    portal: PortalAccess,
    *,
    since: bool = False,
    notes: list[str] | None = None,
    store: DossierStore | None = None,
) -> list[Actual]:
    """The organisation's members, from the portal or from its export; since: also read since when the device has its
    state. notes receives remarks for a person on how the export was read. store: for a driver with a journal."""
    driver = portal.open(journal=journal_of(store, portal))
    with connected(driver, portal.ura.digits):
        reading = read_whole(driver, portal.ura.digits, since=since)
    if notes is not None:
        notes += reading.notes
    return reading.members
