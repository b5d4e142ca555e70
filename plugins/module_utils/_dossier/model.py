# SPDX-FileCopyrightText: gbz.zorgid contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""What a dossier knows about an organisation. Types only: no database, no clock.

Moments are texts here as they are stored (ISO 8601, UTC, to the second): a dossier has too many rows to read each as a
time, and texts of one form sort as their times do. Whoever computes with one reads it by ``_common.moments``.
"""

from __future__ import annotations

import dataclasses
import hashlib
from dataclasses import dataclass, field
from typing import Any, Literal, get_args

from .._common.masking import shown_person
from .._common.text import printable

StepName = Literal[
    "prepared",
    "certificate_checked",
    "application_submitted",
    "document_signed",
    "document_sent",
    "application_confirmed",
    "follow_up_submitted",
    "activation_qr_received",
    "identity_activated",
    "administrators_registered",
    "employees_registered",
    "employees_active",
]
STEPS: tuple[StepName, ...] = get_args(StepName)
StepState = Literal["open", "waiting", "done", "failed"]
STATES: tuple[StepState, ...] = get_args(StepState)
#: ``elsewhere`` is never stored: another run is at it just now.
SubmissionState = Literal["intended", "sending", "done", "released", "elsewhere"]
Environment = Literal["production", "acceptance", "test", "own"]
ENVIRONMENTS: tuple[Environment, ...] = get_args(Environment)
#: done and undone are about a step; hold, go_on and looked_at may be about no organisation in particular.
WordName = Literal[
    "done",
    "undone",
    "withdrawn",
    "offboarded",
    "rehired",
    "moved",
    "registered_before",
    "lost",
    "hold",
    "go_on",
    "looked_at",
]
WORDS: tuple[WordName, ...] = get_args(WordName)
#: What ``undone`` takes back besides a step.
UndoableWord = Literal["withdrawn", "offboarded", "rehired", "moved", "registered_before", "lost", "looked_at"]
UNDOABLE: tuple[UndoableWord, ...] = get_args(UndoableWord)
#: What a person can lose.
LostThing = Literal["activation_code", "activation_letter", "phone"]
LOST: tuple[LostThing, ...] = get_args(LostThing)
#: Words that are each other's opposite have one topic.
_TOPICS = {"go_on": "hold", "rehired": "offboarded"}
#: Steps that happen once: what was submitted stays submitted, whatever a later run would like to wait for. The other
#: steps are conditions that must keep holding: a certificate expires, a new employee has yet to register.
EVENTS = frozenset(
    {
        "application_submitted",
        "document_signed",
        "document_sent",
        "application_confirmed",
        "follow_up_submitted",
        "activation_qr_received",
        "identity_activated",
    }
)


@dataclass(frozen=True)
class Attestation:
    """A person's word that a step was done: who (a role, or a name where one is wanted), when and how."""

    by: str
    at: str
    how: str


@dataclass(frozen=True)
class Milestone:
    step: StepName
    state: StepState = "open"
    since: str | None = None
    who: str | None = None
    what: str | None = None
    error_code: str | None = None
    message: str | None = None
    evidence: dict[str, Any] = field(default_factory=dict)
    attested: Attestation | None = None
    #: When the newest mail of VZVZ about it came, by the mail server's clock.
    evidence_at: str | None = None


@dataclass(frozen=True)
class DossierChange:
    """``warnings``: sentences for whoever recorded it."""

    changed: bool
    before: dict[str, Any]
    after: dict[str, Any]
    warnings: tuple[str, ...] = ()


@dataclass(frozen=True)
class Submission:
    id: int
    ura: str
    kind: str
    digest: str
    message_id: str
    state: SubmissionState
    evidence: dict[str, Any]
    since: str


@dataclass(frozen=True)
class Observation:
    """A mail. ``received_at``: the mail server's time, in UTC, or empty. ``ura`` is None when it is nobody's.

    ``message_id`` is its Message-ID; of two mails with the same one, the second's ends in " #2". ``about``: of a report
    that a mail of ours did not arrive, that mail's Message-ID.
    """

    message_id: str
    uidvalidity: int
    uid: int
    received_at: str
    kind: str
    ura: str | None = None
    reference: str | None = None
    problem: str | None = None
    about: str | None = None
    mailbox: str = ""
    seen_at: str = ""

    @property
    def code(self) -> str:
        """By which a person names this mail. Nothing of it is the sender's choice, so it may stand in a command; and it
        stays the same when the mail is moved, or read otherwise."""
        named = printable(self.message_id.partition(" #")[0], 300).replace(" ", "?")
        return hashlib.sha256(f"{self.received_at} {named}".encode()).hexdigest()[:16]


@dataclass(frozen=True)
class Word:
    """``seq``: the journal row that brought it. ``ura`` is empty for all organisations. ``at``: when it happened."""

    seq: int
    ura: str
    word: WordName
    subject: str
    by: str
    at: str
    how: str | None = None

    @property
    def topic(self) -> tuple[str, str, str]:
        """What it is about: of the words on one topic the newest counts."""
        if self.word == "undone":
            word, _colon, subject = self.subject.partition(":")
            return (
                (self.ura, _TOPICS.get(word, word), subject) if word in UNDOABLE else (self.ura, "done", self.subject)
            )
        return self.ura, _TOPICS.get(self.word, self.word), self.subject


@dataclass(frozen=True)
class Dossier:
    ura: str
    name: str
    #: By the name of the step; all steps, in the order of ``STEPS``.
    milestones: dict[str, Milestone]
    submissions: list[Submission]
    observations: list[Observation]
    #: What people said of it, and of all organisations; the first said first.
    words: list[Word] = field(default_factory=list)
    #: Why nothing of it can be believed; the rest then says nothing. Empty: it can be read.
    damaged: str = ""


@dataclass(frozen=True)
class JournalCheck:
    """``head`` is the last row's hash. ``whole``: every row is there, and what is everybody's is as it was written;
    where not, no organisation can go on. ``damaged``: URA number -> what is wrong with that one alone. ``proven``:
    everything was compared with the dossier's key, so that nobody without it wrote a row."""

    valid: bool
    rows: int
    first_broken: int | None
    message: str
    head: str
    whole: bool
    proven: bool
    damaged: dict[str, str]


def shown_milestone(milestone: Milestone) -> dict[str, Any]:
    """For results and diffs: what is known; a person's name is unreadable, a role such as portal_operator is not."""
    known = {key: value for key, value in dataclasses.asdict(milestone).items() if value not in (None, {}, "")}
    if milestone.attested:
        known["attested"]["by"] = shown_person(milestone.attested.by)
    return known
