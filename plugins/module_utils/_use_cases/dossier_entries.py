# SPDX-FileCopyrightText: gbz.zorgid contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""Record in the dossier the state of a step, or what a person did or stated: one entry or several."""

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
    """A person's statement. ``ura``: empty for all organisations, or for the organisation of the mail in question.
    ``step``: for done and undone of a step; otherwise ``subject``, and ``undoes`` is the statement to undo. ``at``: a
    day or a moment with its zone; None for now. Errors: those of ``Words.say``."""

    ura: str
    word: WordName
    by: str
    how: str
    at: str | None = None
    step: StepName | None = None
    undoes: str | None = None
    #: It may contain an external id.
    subject: str = field(default="", repr=False)
    evidence: dict[str, Any] | None = None

    @property
    def about(self) -> str:
        return self.step or self.word

    @property
    def kept_subject(self) -> str:
        """The subject in the form of ``Words.say``."""
        if self.word == "undone":
            return self.step or ":".join(filter(None, (self.undoes, self.subject)))
        return (self.step or "") if self.word == "done" else self.subject


@dataclass(frozen=True)
class Resolve:
    """A person found out the outcome of the submission ``kind``. Errors: ``submission_unknown``,
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
    """Erase a person from the dossier (AVG, article 17). ``subject``: a name or an address, as it was recorded.
    Errors: ``erase_subject_invalid``, ``dossier_damaged``."""

    ura: str
    subject: str = field(repr=False)
    by: str
    about = "erase"


@dataclass(frozen=True)
class Note:
    """Record an event outside the steps in the journal only."""

    ura: str
    text: str
    by: str
    about = "note"


@dataclass(frozen=True)
class Register:
    """Record the organisation's name."""

    ura: str
    name: str
    about = "organisation"


DossierEntry: TypeAlias = "RecordStep | Say | Resolve | Erase | Note | Register"


@dataclass(frozen=True)
class RecordEntries:
    """``entries``: written in this order, each in its own transaction; about one organisation, or one statement about
    all (``Say`` with an empty ``ura``)."""

    place: DossierPlace
    entries: tuple[DossierEntry, ...]


@dataclass(frozen=True)
class Recorded:
    entry: DossierEntry
    change: DossierChange


def record_entries(command: RecordEntries, *, read_only: bool) -> tuple[Recorded, ...]:
    """``read_only``: the same checks and outcome, but nothing is written. Errors: those of opening the dossier, of
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
