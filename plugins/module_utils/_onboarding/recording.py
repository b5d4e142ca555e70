# SPDX-FileCopyrightText: gbz.zorgid contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""What has to be recorded so that the dossier agrees with the plan. Pure.

An effect records its own step. This module records waits, failures, steps that were found done, and conditions that
ended.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field, replace
from typing import Any

from .._common.moments import iso
from .._common.text import without_folders
from .._dossier.checks import check_step, kept_evidence
from .._dossier.model import EVENTS, REASON, Milestone, StepName, StepState
from .._dossier.progress import settle
from .known import Known
from .observed import Moment, Trouble
from .plan import Plan, Planned, State
from .portal_steps import NOBODY_IN
from .steps import STEPS

#: Submissions that another run may work on now; that run then records the step.
_SUBMITTED = {
    "application_submitted": "application_form",
    "document_sent": "organisation_document",
    "follow_up_submitted": "follow_up_form",
}


_TWIN = ("ura_of_two_hosts", "continues_invalid")


@dataclass(frozen=True)
class Record:
    """One call of ``DossierStore.set_milestone``, by the names of its parameters."""

    step: StepName
    state: StepState
    who: str | None = None
    what: str | None = None
    error_code: str | None = None
    message: str | None = None
    evidence: Mapping[str, Any] = field(default_factory=dict)
    evidence_at: str | None = None

    def over(self, known: Known, current: Milestone, since: str | None = None) -> Milestone:
        """The step after this record, by the dossier's rules."""
        wanted = Milestone(
            self.step,
            self.state,
            since,
            self.who,
            self.what,
            self.error_code,
            self.message,
            kept_evidence(dict(self.evidence)),
        )
        # If a run opens a step, earlier statements play no part.
        undone = known.word("undone", self.step) if self.state != "open" else None
        at = undone.at.isoformat(timespec="seconds") if undone else None
        return settle(current, replace(wanted, evidence_at=self.evidence_at), undone_at=at)


def records(known: Known, plan: Plan) -> tuple[Record, ...]:
    """The records in the order of writing. Empty if the dossier agrees already, or a person's statement applies."""
    if plan.note is not None or is_anothers(plan):
        return ()
    return tuple(record for planned in plan.steps for record in _needed(known, plan, planned))


def is_anothers(plan: Plan) -> bool:
    """Whether the dossier belongs to another host, because two hosts have one URA number or the former number is not
    this host's: then nothing is written."""
    return any(one.trouble is not None and one.trouble.code in _TWIN for one in plan.steps)


def _needed(known: Known, plan: Plan, planned: Planned) -> Iterator[Record]:
    current = known.step(planned.step)
    for record in _wanted(known, plan, planned, current):
        after = record.over(known, current)
        if replace(after, since=current.since) != current:
            yield record
            current = after


def _wanted(known: Known, plan: Plan, planned: Planned, current: Milestone) -> Iterator[Record]:
    step, at = check_step(planned.step), _utc(planned.evidence_at)
    if planned.state is State.DONE:
        # Other evidence in the dossier stays only if it belongs to the same submission.
        same = current.state == "done" and dict(planned.evidence).items() <= current.evidence.items()
        if not same or at is not None:
            yield Record(step, "done", evidence={} if same else planned.evidence, evidence_at=at)
    elif planned.state in (State.WAIT, State.LOOK):
        if _elsewhere(known, step) or (planned.because == NOBODY_IN and current.state == "done"):
            return
        if planned.state is State.WAIT and step in EVENTS and current.state == "done" and current.attested is None:
            # VZVZ's answer was about an earlier document.
            yield Record(step, "open")
        what = planned.what or planned.because
        yield Record(step, "waiting", who=planned.who, what=what, evidence_at=at)
    elif planned.state is State.STOP and planned.trouble is not None:
        if step in EVENTS and current.state == "done" and not current.evidence and at is None:
            # Only the state records that this event happened, and a failure would overwrite it.
            return
        message = _message_of(planned.trouble)
        if current.error_code == planned.trouble.code and (current.message or "").startswith(f"{message} {REASON}"):
            # The same mail: keep the reason that was recorded with it.
            message = current.message or message
        yield Record(step, "failed", error_code=planned.trouble.code, message=message, evidence_at=at)
    elif planned.state is State.LATER:
        healed = current.state == "failed" and not current.evidence
        if healed or (current.state == "done" and current.attested is None and _ended(plan, planned)):
            yield Record(step, "open")


def _elsewhere(known: Known, step: StepName) -> bool:
    submission = known.submissions.get(_SUBMITTED.get(step, ""))
    return submission is not None and submission.state == "elsewhere"


def _ended(plan: Plan, planned: Planned) -> bool:
    """Whether a condition has certainly ended, because an earlier step waits now. If it could not be observed, the last
    known state stays."""
    row = STEPS[planned.step]
    return not row.event and any(plan.step(one).state is State.WAIT for one in row.after)


def _message_of(trouble: Trouble) -> str:
    """The text of a trouble in the form of an action's error, with files by their names alone."""
    parts = [("", trouble.message), ("Expected: ", trouble.expected), ("Found: ", trouble.found)]
    parts.append(("What to do: ", trouble.action))
    return without_folders(" ".join(f"{label}{text.rstrip('.')}." for label, text in parts if text))


def _utc(at: Moment | None) -> str | None:
    return iso(at) if at else None
