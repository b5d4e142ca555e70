# SPDX-FileCopyrightText: gbz.zorgid contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""What a dossier knows about an organisation. Types only: no database, no clock.

Moments are texts, as they are stored (ISO 8601, UTC, to the second): to parse every row would be slow, and texts of one
form sort in the order of time. To calculate with one, parse it with ``_common.moments``.
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
#: ``elsewhere`` is never stored; it means that another run works on the submission now.
SubmissionState = Literal["intended", "sending", "done", "released", "elsewhere"]
Environment = Literal["production", "acceptance", "test", "own"]
ENVIRONMENTS: tuple[Environment, ...] = get_args(Environment)
#: In the message of a failed step, the text after this prefix is VZVZ's own (decision 0163).
REASON = "VZVZ wrote: "
#: done and undone are about a step; hold, go_on and looked_at may be about no single organisation.
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
    "continues",
    "continued_by",
]
WORDS: tuple[WordName, ...] = get_args(WordName)
#: What ``undone`` can undo besides a step.
UndoableWord = Literal[
    "withdrawn",
    "offboarded",
    "rehired",
    "moved",
    "registered_before",
    "lost",
    "looked_at",
    "continues",
    "continued_by",
]
UNDOABLE: tuple[UndoableWord, ...] = get_args(UndoableWord)
#: What a person can lose.
LostThing = Literal["activation_code", "activation_letter", "phone"]
LOST: tuple[LostThing, ...] = get_args(LostThing)
#: Statements that are each other's opposite have one topic.
_TOPICS = {"go_on": "hold", "rehired": "offboarded"}
#: Steps that happen once: a later run cannot set them back to waiting. The other steps are conditions that can end: a
#: certificate expires, a new employee has to register.
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
    """A person's statement that a step was done: who (a role or a name), when and how."""

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
    #: When VZVZ's newest mail about the step arrived, by the mail server's clock.
    evidence_at: str | None = None


@dataclass(frozen=True)
class DossierChange:
    """``warnings``: sentences for the person who recorded it."""

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
    """A mail. ``received_at``: the mail server's time, in UTC, or empty. ``ura`` is None if the mail belongs to no
    organisation.

    ``message_id`` is its Message-ID; if two mails have the same one, the second's ends in " #2". ``about``: for a
    report of non-delivery, the Message-ID of our mail that did not arrive.
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
        """A code with which a person names this mail. The sender cannot choose any part of it, so it is safe in a
        command; it stays the same when the mail is moved or recognised differently."""
        named = printable(self.message_id.partition(" #")[0], 300).replace(" ", "?")
        return hashlib.sha256(f"{self.received_at} {named}".encode()).hexdigest()[:16]


@dataclass(frozen=True)
class Statement:
    """A person's statement. ``seq``: the number of its journal row. ``ura`` is empty for all organisations. ``at``:
    when it happened."""

    seq: int
    ura: str
    word: WordName
    subject: str
    by: str
    at: str
    how: str | None = None

    @property
    def topic(self) -> tuple[str, str, str]:
        """The topic of the statement: of the statements on one topic, the newest applies."""
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
    #: All steps by name, in the order of ``STEPS``.
    milestones: dict[str, Milestone]
    submissions: list[Submission]
    observations: list[Observation]
    #: The statements about this organisation and about all of them, oldest first.
    words: list[Statement] = field(default_factory=list)
    #: Why the dossier cannot be used; all other fields are then empty. Empty if it can be read.
    damaged: str = ""


@dataclass(frozen=True)
class JournalCheck:
    """``head`` is the last row's hash. ``whole``: no row is missing, and the rows of no single organisation are
    unchanged; if False, no organisation can continue. ``damaged``: URA number -> what is wrong with that organisation
    alone. ``proven``: every row was checked with the dossier's key, so nobody without the key wrote one."""

    valid: bool
    rows: int
    first_broken: int | None
    message: str
    head: str
    whole: bool
    proven: bool
    damaged: dict[str, str]


def shown_milestone(milestone: Milestone) -> dict[str, Any]:
    """A step for results and diffs. A person's name is masked, a role such as portal_operator is not."""
    known = {key: value for key, value in dataclasses.asdict(milestone).items() if value not in (None, {}, "")}
    if milestone.attested:
        known["attested"]["by"] = shown_person(milestone.attested.by)
    return known
