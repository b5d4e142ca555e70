# SPDX-FileCopyrightText: gbz.zorgid contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""What a dossier knows about an organisation, and when a step's new state is a change. Pure: no database, no clock."""

from __future__ import annotations

import dataclasses
import datetime
import hashlib
import json
import re
from dataclasses import dataclass, field
from typing import Any

from .._common.errors import ZorgidError
from .._common.text import printable
from .._common.ura import Ura
from . import said
from .said import Word, shown_person

STEPS = (
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
)
STATES = ("open", "waiting", "done", "failed")
ENVIRONMENTS = ("production", "acceptance", "test", "own")
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
    step: str
    state: str = "open"
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
class Change:
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
    state: str
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
class Dossier:
    ura: str
    name: str
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


def settle(current: Milestone, wanted: Milestone, *, undone_at: str | None = None) -> Milestone:
    """The milestone after ``wanted`` was recorded over ``current``; ``current`` itself when nothing changes.

    ``undone_at``: the moment of the word that takes the step back, or that took it back and is the newest on it.
    """
    check(wanted)
    if said.older(wanted.evidence_at, current.evidence_at):
        return current
    word, mail = _contradiction(current, wanted, undone_at)
    if word and mail:
        if said.later(word, mail) != _needed(wanted):
            return current
    elif current.state == "done" and not _leaves_done(current, wanted):
        return current
    if wanted.state != "open":
        wanted = dataclasses.replace(
            wanted,
            evidence=wanted.evidence or current.evidence,
            evidence_at=wanted.evidence_at or current.evidence_at,
        )
    if wanted.state == "done" and current.state == "done" and wanted.attested is None:
        wanted = dataclasses.replace(wanted, attested=current.attested)
    if dataclasses.replace(wanted, since=current.since) == current:
        return current
    same_wait = wanted.state == current.state == "waiting" and wanted.who == current.who
    same_failure = wanted.state == current.state == "failed" and wanted.error_code == current.error_code
    if same_wait or same_failure:
        # Two employees instead of three to go: the wait is as old as it was.
        return dataclasses.replace(wanted, since=current.since)
    return wanted


def doubt(current: Milestone, wanted: Milestone, *, undone_at: str | None = None) -> str:
    """Why ``settle`` leaves the step as it is, where a mail of VZVZ or a person's word of another moment says the
    opposite; empty otherwise."""
    word, mail = _contradiction(current, wanted, undone_at)
    winner = said.later(word, mail) if word and mail else _needed(wanted)
    if winner == _needed(wanted):
        return ""
    how = {
        "word": "the word is the later one and counts",
        "mail": "the mail is the later one and counts",
        "ask": "which came first their clocks do not tell, so the step stays as it is until somebody looks at it and "
        "says with a later attested_at, as a time, what is so",
    }[winner]
    return f"About {wanted.step} a person's word ({word}) and VZVZ's mail ({mail}) contradict each other: {how}."


def _needed(wanted: Milestone) -> said.Later:
    """Which of the two is new with ``wanted``, and has to be the later one."""
    return "mail" if wanted.evidence_at and not wanted.attested else "word"


def _contradiction(current: Milestone, wanted: Milestone, undone_at: str | None) -> tuple[str | None, str | None]:
    """The moments of a word and of a mail that say the opposite of each other, one of them new."""
    if wanted.state == "failed" and current.state == "done" and current.attested:
        return current.attested.at, wanted.evidence_at
    if wanted.attested and current.state in ("failed", "waiting"):
        return wanted.attested.at, current.evidence_at
    if wanted.state == "open":
        return undone_at, current.evidence_at
    if wanted.state == "done" and current.state == "open":
        return undone_at, wanted.evidence_at
    return None, None


def _leaves_done(current: Milestone, wanted: Milestone) -> bool:
    if wanted.state == "waiting":
        return current.step not in EVENTS and current.attested is None
    if wanted.state == "failed":
        # A person says that it happened; a run that could not do it does not know better. VZVZ's mail may.
        return current.step not in EVENTS or current.attested is None
    return True


def check(milestone: Milestone) -> None:
    """Refuse a state without what it must say, or with what it cannot say."""
    check_step(milestone.step)
    if milestone.state not in STATES:
        raise ZorgidError(
            "state_unknown",
            "This is no state of a step",
            expected="one of " + ", ".join(STATES),
            found=milestone.state,
            action="correct the state",
        )
    needed = {"waiting": ("who", "what"), "failed": ("error_code", "message")}.get(milestone.state, ())
    for name in ("who", "what", "error_code", "message"):
        if bool(getattr(milestone, name)) != (name in needed):
            raise ZorgidError(
                "milestone_invalid",
                f"The state {milestone.state} {'needs' if name in needed else 'knows no'} {name}",
                expected="who and what with waiting, error_code and message with failed, none of them otherwise",
                action=f"{'give' if name in needed else 'leave out'} {name}",
            )
    attested = milestone.attested
    check_text(
        who=milestone.who,
        what=milestone.what,
        error_code=milestone.error_code,
        message=milestone.message,
        attested_by=attested.by if attested else None,
        attested_how=attested.how if attested else None,
    )


def check_step(step: str) -> None:
    if step not in STEPS:
        raise ZorgidError(
            "step_unknown",
            "This is no step of the process",
            expected="one of " + ", ".join(STEPS),
            found=step,
            action="correct the step",
        )


def check_ura(ura: str) -> None:
    Ura.of(ura)


def check_text(**texts: str | None) -> None:
    """Refuse what no database can keep as text."""
    for name, text in texts.items():
        if text and re.search("[\x00\ud800-\udfff]", text):
            raise ZorgidError(
                "text_invalid",
                f"{name} holds characters that cannot be kept",
                expected="text without NUL and without broken characters",
                action=f"correct {name}",
            )


def plain(evidence: dict[str, Any] | None) -> dict[str, Any]:
    """Evidence as JSON gives it back, so that it compares equal in the next run."""
    try:
        kept: dict[str, Any] = json.loads(json.dumps(evidence or {}))
    except (TypeError, ValueError, RecursionError) as error:
        raise ZorgidError(
            "evidence_invalid",
            "The evidence cannot be kept",
            expected="a mapping of texts, numbers, booleans, lists and mappings",
            action="correct evidence; put dates between quotes",
        ) from error
    return kept


def moment(text: str, now: str) -> str:
    """A day or a moment with its zone, as UTC; a moment that is still to come cannot be attested."""
    try:
        at = datetime.datetime.fromisoformat(text)
    except ValueError:
        at = None
    if at is not None and at.tzinfo is None and re.fullmatch("[0-9-]+", text):
        at = at.replace(tzinfo=datetime.UTC)
    if at is None or at.tzinfo is None:
        raise ZorgidError(
            "time_invalid",
            "The time cannot be read",
            expected="a day such as 2026-11-24, or a time with its zone such as 2026-11-24T10:15:00+01:00",
            action="correct the time",
        )
    told = at.astimezone(datetime.UTC).isoformat(timespec="seconds")
    # A day's grace: clocks and zones differ.
    if at > datetime.datetime.fromisoformat(now) + datetime.timedelta(days=1):
        raise ZorgidError(
            "time_in_future",
            "What is still to come cannot be recorded as done",
            expected="a time that is not in the future",
            found=told,
            action="correct the time",
        )
    return told


def shown(milestone: Milestone) -> dict[str, Any]:
    """For results and diffs: what is known; a person's name is unreadable, a role such as portal_operator is not."""
    known = {key: value for key, value in dataclasses.asdict(milestone).items() if value not in (None, {}, "")}
    if milestone.attested:
        known["attested"]["by"] = shown_person(milestone.attested.by)
    return known
