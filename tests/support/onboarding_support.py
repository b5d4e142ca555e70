# SPDX-FileCopyrightText: gbz.zorgid contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""Situations for the planner: an organisation at any point of the process, and what a run sees of it."""

from __future__ import annotations

import dataclasses
import datetime
from typing import Any

from ansible_collections.gbz.zorgid.plugins.module_utils._dossier.model import Attestation, Milestone, Submission
from ansible_collections.gbz.zorgid.plugins.module_utils._onboarding.known import Known, Word
from ansible_collections.gbz.zorgid.plugins.module_utils._onboarding.observed import (
    GOOD,
    Accounts,
    Answer,
    Certificate,
    DocumentSeen,
    Observed,
    Portal,
    Seen,
)
from ansible_collections.gbz.zorgid.plugins.module_utils._onboarding.policy import Policy
from ansible_collections.gbz.zorgid.plugins.module_utils._onboarding.steps import TABLE

URA, NAME, HOST = "90000101", "De Linde", "delinde"
NOW = datetime.datetime(2026, 11, 26, 9, 0, tzinfo=datetime.UTC)
THUMBPRINT, DIGEST, CONTENT = "a" * 64, "b" * 64, "c" * 64
#: For ``known_until``: every step.
ALL_DONE = TABLE[-1].name
POLICY = Policy(HOST, proof_needed=True)


def days(count: float) -> datetime.datetime:
    """So many days ago."""
    return NOW - datetime.timedelta(days=count)


def done(step: str, ago: float = 10, **evidence: Any) -> Milestone:
    return Milestone(step, "done", days(ago).isoformat(), evidence=evidence)


def said(step: str, ago: float = 10) -> Milestone:
    """A person's word."""
    return Milestone(
        step,
        "done",
        days(ago).isoformat(),
        attested=Attestation("technical_administrator", days(ago).isoformat(), "by telephone"),
    )


def submission(kind: str, state: str = "done", ago: float = 10, **evidence: Any) -> Submission:
    return Submission(1, URA, kind, DIGEST, f"<{kind}@gbz.example>", state, evidence, days(ago).isoformat())


_EVIDENCE: dict[str, dict[str, Any]] = {
    "certificate_checked": {"thumbprint": THUMBPRINT},
    "document_signed": {"sha256": DIGEST, "certificate": THUMBPRINT, "content": CONTENT},
    "document_sent": {"sha256": DIGEST, "sent_at": days(10).isoformat(), "message_id": "<document@gbz.example>"},
}
_SENT = {
    "application_submitted": "application_form",
    "document_sent": "organisation_document",
    "follow_up_submitted": "follow_up_form",
}


def known_until(step: str | None, **changes: Any) -> Known:
    """A dossier in which every step up to and with ``step`` is done; None: a new one."""
    names = [one.name for one in TABLE]
    reached = names[: names.index(step) + 1] if step else []
    steps = {name: done(name, **_EVIDENCE.get(name, {})) for name in reached}
    submissions = {_SENT[name]: submission(_SENT[name]) for name in reached if name in _SENT}
    made = Known(URA, NAME if step else "", steps, submissions, host=HOST if step else None)
    return dataclasses.replace(made, **changes)


def all_but(*steps: str) -> Known:
    """A dossier in which every other step is done."""
    known = known_until(ALL_DONE)
    return dataclasses.replace(known, steps={name: one for name, one in known.steps.items() if name not in steps})


#: Its steps that the portal shows are not recorded yet.
SHOWN_BY_PORTAL = ("administrators_registered", "employees_registered", "employees_active")


def with_step(known: Known, milestone: Milestone) -> Known:
    return dataclasses.replace(known, steps={**known.steps, milestone.step: milestone})


def with_words(known: Known, *words: Word) -> Known:
    return dataclasses.replace(known, words=(*known.words, *words))


def word(name: str, ago: float = 1, subject: str = "") -> Word:
    return Word(name, days(ago), subject, "technical_administrator", "by telephone")


def answer(kind: str, ago: float = 5, **more: Any) -> Answer:
    return Answer(kind, days(ago), f"<{kind}@vzvz.example>", **more)


def accounts(wanted: int = 2, registered: int = 2, active: int = 2, **more: Any) -> Accounts:
    return Accounts(wanted, registered, active, **more)


def portal(**more: Any) -> Portal:
    reported: dict[str, Any] = {
        "as_of": days(0),
        "administrator_active": True,
        "members": 3,
        "administrators": accounts(1, 1, 1),
        "employees": accounts(),
    }
    return Portal(**{**reported, **more})


def seen(**changes: Any) -> Observed:
    """Everything is good; nothing was answered; the portal has no driver."""
    reported: dict[str, Any] = {
        "organisation": Seen.good(NAME),
        "certificate": Seen.good(Certificate(THUMBPRINT, NOW + datetime.timedelta(days=700))),
        "key": GOOD,
        "document": Seen.good(DocumentSeen(DIGEST, THUMBPRINT, "unchanged", CONTENT)),
        "mailbox": GOOD,
        "smtp": GOOD,
        "application_form": GOOD,
        "follow_up_form": GOOD,
    }
    return Observed(**{**reported, **changes})
