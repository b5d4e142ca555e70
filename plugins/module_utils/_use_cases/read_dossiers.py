# SPDX-FileCopyrightText: gbz.zorgid contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""Read dossiers, and check their journal. Nothing is written."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from .._dossier.journal_verification import journal_broken
from .._dossier.model import Dossier, JournalCheck, Observation
from .._dossier.place import DossierPlace
from .._dossier.store import DossierStore


@dataclass(frozen=True)
class ReadDossiers:
    """``ura``: of one organisation; None for all. ``full``: with names of people and the journal's rows. ``verify``:
    check the whole journal; the rows of the one organisation are always checked."""

    place: DossierPlace
    ura: str | None = None
    full: bool = False
    verify: bool = True


@dataclass(frozen=True)
class CheckJournal:
    """Only check the whole journal."""

    place: DossierPlace


@dataclass(frozen=True)
class DossiersRead:
    """``of_nobody``: mail without an organisation that needs a person. ``journal``: None if it was not checked.
    ``export``: with ``full``, instead of ``dossiers``: everything as stored, except secrets."""

    of_nobody: tuple[Observation, ...]
    dossiers: tuple[Dossier, ...] = ()
    journal: JournalCheck | None = None
    export: dict[str, Any] | None = None


def read_dossiers(command: ReadDossiers) -> DossiersRead:
    """Errors: those of opening the dossier; of one organisation also ``dossier_changed``, ``dossier_journal_broken``,
    ``dossier_damaged``."""
    with command.place.open(read_only=True) as store:
        of_nobody = tuple(mail_of_nobody(store))
        if command.full:
            journal = store.verify_journal() if command.verify else None
            return DossiersRead(of_nobody, journal=journal, export=store.export(command.ura))
        if command.ura:
            journal = store.verify_journal() if command.verify else None
            return DossiersRead(of_nobody, (store.read(command.ura),), journal)
        if command.verify:
            dossiers, check = store.read_checked()
            return DossiersRead(of_nobody, tuple(dossiers), check)
        return DossiersRead(of_nobody, tuple(store.read_all()))


def check_journal(command: CheckJournal) -> JournalCheck:
    """Error: ``dossier_journal_broken``, if no organisation can continue."""
    with command.place.open(read_only=True) as store:
        check = store.verify_journal()
    if not check.whole:
        raise journal_broken(check.message)
    return check


def mail_of_nobody(store: DossierStore) -> list[Observation]:
    """Mail without an organisation, except mail that needs nothing by a person's statement."""
    looked_at = store.words.looked_at()
    return [one for one in store.observations.of_nobody() if one.code not in looked_at]
