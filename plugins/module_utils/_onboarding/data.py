# SPDX-FileCopyrightText: gbz.zorgid contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""A run's plan as data for programs: plan.json, as docs/plan.md describes it. Pure, and the same for the same plan."""

from __future__ import annotations

import datetime
from typing import Any

from .._common.text import printable
from .approval import Approval
from .carried import Carried, EffectOutcome, status
from .matters import matters, of_host
from .observed import Moment, Trouble
from .plan import WEIGHT, Plan, Planned
from .runs import RunPlan
from .style import message_id, safe_line

#: Increased when a key is removed or changes its meaning, not when one is added.
FORMAT = 1


def as_json(
    run: RunPlan,
    *,
    environment: str,
    now: Moment,
    carried: Carried | None = None,
    fail_on_changes: bool = False,
    approval: Approval | None = None,
) -> dict[str, Any]:
    """Every key is always present. Text from others is as on the screen: printable, without addresses, links and
    tokens."""
    code, word = status(run, carried, fail_on_changes=fail_on_changes)
    return {
        "format": FORMAT,
        "environment": environment,
        "moment": _moment(now),
        "status": word,
        "exit_status": code,
        "approval": approval.data() if approval else None,
        "organisations": [_organisation(run, host, carried) for host in run.plans],
        "attention": [_trouble(one.trouble) for one in matters(run, carried) if not one.hosts],
    }


def _organisation(run: RunPlan, host: str, carried: Carried | None) -> dict[str, Any]:
    one: Plan = run.plans[host]
    outcomes = carried.effects.get(host, ()) if carried else ()
    attention = tuple(of_host(one, host, carried))
    return {
        "host": printable(host),
        "ura": printable(one.ura, 20),
        "name": safe_line(one.name),
        "state": min((one.state, *(each.state for each in attention)), key=WEIGHT.index).value,
        "note": _trouble(one.note) if one.note else None,
        "steps": [_step(step) for step in one.parts],
        "attention": [
            {"step": each.step, "state": each.state.value, "trouble": _trouble(each.trouble)} for each in attention
        ],
        "carried": [_outcome(each) for each in outcomes],
    }


def _step(step: Planned) -> dict[str, Any]:
    return {
        "step": step.step,
        "state": step.state.value,
        "because": safe_line(step.because),
        "effects": [effect.value for effect in step.effects],
        "changes": dict(sorted(step.changes.items())),
        "who": safe_line(step.who, 40),
        "what": safe_line(step.what),
        "since": _moment(step.since),
        "left_out": step.left_out,
        "trouble": _trouble(step.trouble) if step.trouble else None,
        "warnings": [_trouble(one) for one in step.warnings],
    }


def _outcome(one: EffectOutcome) -> dict[str, Any]:
    return {
        "effect": one.effect.value,
        "status": one.status,
        "changes": dict(sorted(one.changes.items())),
        "trouble": _trouble(one.trouble) if one.trouble else None,
    }


def _trouble(one: Trouble) -> dict[str, Any]:
    return {
        "code": one.code,
        "message": safe_line(one.message),
        "expected": safe_line(one.expected, 600),
        "found": safe_line(one.found, 600),
        "action": safe_line(one.action, 600),
        "record": one.record,
        "dismiss": one.dismiss,
        "mail": message_id(one),
        "mail_at": _moment(one.mail_at),
    }


def _moment(at: Moment | None) -> str | None:
    return at.astimezone(datetime.UTC).replace(microsecond=0).isoformat() if at else None
