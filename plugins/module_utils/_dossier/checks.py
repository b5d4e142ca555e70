# SPDX-FileCopyrightText: gbz.zorgid contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""Checks of values before the dossier stores them. Pure: no database, no clock."""

from __future__ import annotations

import datetime
import json
import re
from typing import Any

from .._common.errors import ZorgidError
from .._common.moments import iso, parse
from .._common.ura import Ura
from .model import STATES, STEPS, Milestone, StepName


def check_milestone(milestone: Milestone) -> None:
    """Refuse a state that lacks a field it needs, or that has a field which does not belong to it.

    Errors: ``step_unknown``, ``state_unknown``, ``milestone_invalid``, ``text_invalid``.
    """
    check_step(milestone.step)
    if milestone.state not in STATES:
        raise ZorgidError(
            "state_unknown",
            "This is not a state of a step",
            expected="one of " + ", ".join(STATES),
            found=milestone.state,
            action="correct the state",
        )
    needed = {"waiting": ("who", "what"), "failed": ("error_code", "message")}.get(milestone.state, ())
    for name in ("who", "what", "error_code", "message"):
        if bool(getattr(milestone, name)) != (name in needed):
            raise ZorgidError(
                "milestone_invalid",
                f"The state {milestone.state} {'needs' if name in needed else 'does not take'} {name}",
                expected=("who and what with waiting, error_code and message with failed, and none of them otherwise"),
                action=f"{'set' if name in needed else 'remove'} {name}",
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


def check_step(step: str) -> StepName:
    """Error: ``step_unknown``."""
    for known in STEPS:
        if step == known:
            return known
    raise ZorgidError(
        "step_unknown",
        "This is not a step of the process",
        expected="one of " + ", ".join(STEPS),
        found=step,
        action="correct the step",
    )


def check_ura(ura: str) -> None:
    """Error: ``ura_invalid``."""
    Ura.of(ura)


def check_text(**texts: str | None) -> None:
    """Refuse text that no database can store. Error: ``text_invalid``."""
    for name, text in texts.items():
        if text and re.search("[\x00\ud800-\udfff]", text):
            raise ZorgidError(
                "text_invalid",
                f"{name} contains characters that cannot be stored",
                expected="text without NUL and without invalid characters",
                action=f"correct {name}",
            )


def kept_evidence(evidence: dict[str, Any] | None) -> dict[str, Any]:
    """Evidence as JSON gives it back, so that it compares equal in the next run. Error: ``evidence_invalid``."""
    try:
        kept: dict[str, Any] = json.loads(json.dumps(evidence or {}))
    except (TypeError, ValueError, RecursionError) as error:
        raise ZorgidError(
            "evidence_invalid",
            "The evidence cannot be stored",
            expected="a mapping of texts, numbers, booleans, lists and mappings",
            action="correct evidence; put dates in quotes",
        ) from error
    return kept


def moment_of(text: str, now: str) -> str:
    """A day or a moment with its zone, as the dossier writes it. A moment in the future is refused.

    Errors: ``time_invalid``, ``time_in_future``.
    """
    at = parse(text, zone=datetime.UTC if re.fullmatch("[0-9-]+", text) else None)
    if at is None:
        raise ZorgidError(
            "time_invalid",
            "The time cannot be read",
            expected="a day such as 2026-11-24, or a time with its zone such as 2026-11-24T10:15:00+01:00",
            action="correct the time",
        )
    moment = iso(at)
    # One day is allowed, because clocks and time zones differ.
    if at > datetime.datetime.fromisoformat(now) + datetime.timedelta(days=1):
        raise ZorgidError(
            "time_in_future",
            "A step cannot be recorded as done in the future",
            expected="a time that is not in the future",
            found=moment,
            action="correct the time",
        )
    return moment
