# SPDX-FileCopyrightText: gbz.zorgid contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""The outcome of a plan that was carried out. Pure."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from typing import Literal

from .observed import Trouble
from .plan import Plan, Planned, State
from .runs import RunPlan
from .steps import STEP_OF, Effect


@dataclass(frozen=True)
class EffectOutcome:
    """The outcome of one effect. ``dropped``: it was not wanted any more at its turn (``plan_stale``). ``changes``:
    number of changes by kind, such as ``{"linked": 3}``."""

    effect: Effect
    status: Literal["done", "failed", "dropped"]
    trouble: Trouble | None = None
    changes: Mapping[str, int] = field(default_factory=dict)


@dataclass(frozen=True)
class Carried:
    """``effects`` by inventory name, in the order in which they were carried out. ``boards``: why boards were not
    written."""

    effects: Mapping[str, tuple[EffectOutcome, ...]] = field(default_factory=dict)
    boards: tuple[Trouble, ...] = ()

    def of(self, host: str, status: str) -> tuple[EffectOutcome, ...]:
        return tuple(one for one in self.effects.get(host, ()) if one.status == status)

    def all(self, status: str) -> tuple[EffectOutcome, ...]:
        return tuple(one for host in self.effects for one in self.of(host, status))


def failed(one: Plan, troubles: Mapping[Effect, Trouble]) -> Plan:
    """The plan after these effects failed: their steps stop."""
    why = {STEP_OF[effect]: trouble for effect, trouble in troubles.items()}
    steps = tuple(
        Planned(step.step, State.STOP, why[step.step].message, trouble=why[step.step], warnings=step.warnings)
        if step.step in why and step.state is not State.DONE
        else step
        for step in one.steps
    )
    return replace(one, steps=steps)


def status(run: RunPlan, carried: Carried | None = None, *, fail_on_changes: bool = False) -> tuple[int, str]:
    """Exit status and its name: ``errors``, ``changes`` or ``ok``. With ``carried``, the changes are the effects that
    were done, and ``run`` is the state after them."""
    code, word = run.status(fail_on_changes=fail_on_changes)
    if carried is None or word == "errors":
        return code, word
    if carried.all("failed") or carried.boards:
        return 2, "errors"
    return (2 if fail_on_changes else 0, "changes") if carried.all("done") else (0, "ok")
