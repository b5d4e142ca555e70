# SPDX-FileCopyrightText: gbz.zorgid contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""Decides whether a step's new state is a change. Pure: no database, no clock."""

from __future__ import annotations

import dataclasses

from . import said
from .checks import check_milestone
from .model import EVENTS, Milestone


def settle(current: Milestone, wanted: Milestone, *, undone_at: str | None = None) -> Milestone:
    """The milestone after ``wanted`` was recorded over ``current``; ``current`` itself when nothing changes.

    If the current step is done: ``open`` always undoes it; ``waiting`` changes nothing if the step is one of EVENTS or
    attested, ``failed`` if it is both; ``done`` keeps an attestation. Evidence that is not given stays (unless
    ``open``). ``waiting`` keeps its ``since`` while ``who`` is the same, ``failed`` while ``error_code`` is.

    ``undone_at``: the moment of the statement that undoes the step now, or of an earlier one if it is the newest on the
    step.
    """
    check_milestone(wanted)
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
        # The wait goes on when only its text changes, such as two employees instead of three.
        return dataclasses.replace(wanted, since=current.since)
    return wanted


def doubt(current: Milestone, wanted: Milestone, *, undone_at: str | None = None) -> str:
    """Why ``settle`` does not change the step, if a mail of VZVZ or a person's statement of another moment says the
    opposite; otherwise empty."""
    word, mail = _contradiction(current, wanted, undone_at)
    winner = said.later(word, mail) if word and mail else _needed(wanted)
    if winner == _needed(wanted):
        return ""
    how = {
        "word": "the statement is the later one and applies",
        "mail": "the mail is the later one and applies",
        "ask": "their times are too close to tell which came first, so the step stays unchanged "
        "until somebody checks it and records the right state with a later attested_at, as a "
        "time",
    }[winner]
    return f"For {wanted.step} a person's statement ({word}) and VZVZ's mail ({mail}) contradict each other: {how}."


def _needed(wanted: Milestone) -> said.Later:
    """Which of the two, statement or mail, is new in ``wanted`` and has to be the later one."""
    return "mail" if wanted.evidence_at and not wanted.attested else "word"


def _contradiction(current: Milestone, wanted: Milestone, undone_at: str | None) -> tuple[str | None, str | None]:
    """The moments of a statement and a mail that contradict each other, one of them new."""
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
        # A person's statement that an event happened is stronger than a failure in a run; VZVZ's mail may be stronger.
        return current.step not in EVENTS or current.attested is None
    return True
