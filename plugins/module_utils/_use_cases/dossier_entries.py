# SPDX-FileCopyrightText: gbz.zorgid contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""Record in the dossier how far an organisation is, or what a person did or said: one entry, or a few at once."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any, TypeAlias

from .._dossier.model import DossierChange, StepName, StepState, WordName
from .._dossier.place import DossierPlace
from .._dossier.store import DossierStore


@dataclass(frozen=True)
class RecordStep:
    """The state of a step. ``who`` and ``what`` go with waiting, ``error_code`` and ``message`` with failed.

    ``evidence_at``: when the mail of VZVZ that proves it came, ISO 8601 with its zone. Errors: ``milestone_invalid``,
    ``evidence_invalid``, ``time_invalid``, ``time_in_future``.
    """

    ura: str
    step: StepName
    state: StepState
    who: str | None = None
    what: str | None = None
    error_code: str | None = None
    message: str | None = None
    evidence: dict[str, Any] | None = None
    evidence_at: str | None = None

    @property
    def about(self) -> str:
        return self.step


@dataclass(frozen=True)
class Say:
    """A person's word. ``ura``: empty for all organisations, or for whose the mail is that it is about. ``step``: of
    done and undone, where it is about one; otherwise ``subject``, and ``undoes`` names the word that undone takes
    back. ``at``: a day or a time with its zone; None for now. Errors: those of ``Words.say``."""

    ura: str
    word: WordName
    by: str
    how: str
    at: str | None = None
    step: StepName | None = None
    undoes: str | None = None
    #: An external id may be in it.
    subject: str = field(default="", repr=False)
    evidence: dict[str, Any] | None = None

    @property
    def about(self) -> str:
        return self.step or self.word

    @property
    def kept_subject(self) -> str:
        """The subject as ``Words.say`` takes it."""
        if self.word == "undone":
            return self.step or ":".join(filter(None, (self.undoes, self.subject)))
        return (self.step or "") if self.word == "done" else self.subject


@dataclass(frozen=True)
class Resolve:
    """A person found out what became of the submission ``kind``. Errors: ``submission_unknown``,
    ``submission_not_uncertain``, ``submission_elsewhere``."""

    ura: str
    kind: str
    arrived: bool
    by: str

    @property
    def about(self) -> str:
        return self.kind


@dataclass(frozen=True)
class Erase:
    """Take a person out of the dossier (AVG, article 17). ``subject``: a name or an address, as it was recorded.
    Errors: ``erase_subject_invalid``, ``dossier_damaged``."""

    ura: str
    subject: str = field(repr=False)
    by: str
    about = "erase"


@dataclass(frozen=True)
class Note:
    """Something that happened after the steps, for the journal alone."""

    ura: str
    text: str
    by: str
    about = "note"


@dataclass(frozen=True)
class Register:
    """The organisation's name."""

    ura: str
    name: str
    about = "organisation"


DossierEntry: TypeAlias = "RecordStep | Say | Resolve | Erase | Note | Register"


@dataclass(frozen=True)
class RecordEntries:
    """``entries``: written in this order, each in a transaction of its own; about one organisation, or one word about
    all (``Say`` with an empty ``ura``)."""

    place: DossierPlace
    entries: tuple[DossierEntry, ...]


@dataclass(frozen=True)
class Recorded:
    entry: DossierEntry
    change: DossierChange


def record_entries(command: RecordEntries, *, read_only: bool) -> tuple[Recorded, ...]:
    """``read_only``: the same is looked at and told, and nothing is written. Errors: those of opening the dossier, of
    each entry, ``text_invalid``, ``dossier_changed``, ``dossier_journal_broken``, ``dossier_damaged``."""
    with command.place.open(read_only=read_only) as store:
        return tuple(Recorded(one, _recorded(store, one)) for one in command.entries)


def _recorded(store: DossierStore, entry: DossierEntry) -> DossierChange:
    match entry:
        case RecordStep():
            return store.set_milestone(
                entry.ura,
                entry.step,
                entry.state,
                who=entry.who,
                what=entry.what,
                error_code=entry.error_code,
                message=entry.message,
                evidence=entry.evidence,
                evidence_at=entry.evidence_at,
            )
        case Say():
            return store.say(
                entry.ura,
                entry.word,
                by=entry.by,
                at=entry.at,
                how=entry.how,
                subject=entry.kept_subject,
                evidence=entry.evidence,
            )
        case Resolve():
            return store.resolve(entry.ura, entry.kind, arrived=entry.arrived, by=entry.by)
        case Erase():
            return store.erasure.erase(entry.ura, subject=entry.subject, by=entry.by)
        case Note():
            return store.note(entry.ura, entry.text, by=entry.by)
        case Register():
            return store.register(entry.ura, entry.name)
