# SPDX-FileCopyrightText: gbz.zorgid contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""Lists what needs a person after a run: each matter once, even if several organisations share it. Pure."""

from __future__ import annotations

import dataclasses
import shlex
from collections import Counter
from collections.abc import Collection, Iterator
from dataclasses import dataclass

from .._common.text import printable
from .carried import Carried
from .commands import recording
from .observed import Trouble
from .plan import Plan, State, is_word
from .runs import RunPlan
from .steps import STEP_OF
from .style import safe_line

#: How many organisations may each have their own line for the same trouble, and how many its details name.
MOST_ALONE = 3


@dataclass(frozen=True)
class Matter:
    """``hosts``: inventory names of the organisations that share it; empty if it belongs to none. ``step`` is empty for
    a matter of an organisation as a whole."""

    state: State
    step: str
    trouble: Trouble
    hosts: tuple[str, ...] = ()


def of_host(one: Plan, host: str, carried: Carried | None = None) -> Iterator[Matter]:
    """What needs a person at one organisation. On hold or withdrawn is not listed, because a person decided it."""
    failed = carried.of(host, "failed") if carried else ()
    for outcome in failed:
        trouble = outcome.trouble or Trouble("effect_failed", "It failed", action="read the message of the task above")
        yield Matter(State.STOP, STEP_OF[outcome.effect], trouble, (host,))
    if one.note is not None and not is_word(one.note):
        yield Matter(State.STOP, "", one.note, (host,))
    known = {(STEP_OF[outcome.effect], outcome.trouble) for outcome in failed}
    for step in one.parts:
        if step.trouble is not None and (step.step, step.trouble) not in known:
            yield Matter(step.state, step.step, step.trouble, (host,))
        for warning in step.warnings:
            yield Matter(State.LOOK, step.step, warning, (host,))


def matters(run: RunPlan, carried: Carried | None = None) -> tuple[Matter, ...]:
    """The matters of all organisations, errors first; the same trouble at the same step once."""
    hosts: dict[tuple[State, str, Trouble], list[str]] = {}
    for host, one in run.plans.items():
        for each in of_host(one, host, carried):
            hosts.setdefault((each.state, each.step, each.trouble), []).append(host)
    found = [Matter(*key, tuple(dict.fromkeys(those))) for key, those in hosts.items()]
    found.sort(key=lambda each: (each.state is not State.STOP, -len(each.hosts)))
    of_organisations = {each.trouble for each in found}
    found += [
        Matter(State.STOP, "board", trouble)
        for trouble in (carried.boards if carried else ())
        # Skip a trouble that an organisation has itself; ``host`` makes no difference.
        if dataclasses.replace(trouble, host="") not in of_organisations
    ]
    return (*found, *(Matter(State.LOOK, "", trouble) for trouble in run.attention))


def failures(run: RunPlan, carried: Carried | None, hosts: Collection[str]) -> dict[str, int]:
    """Error code -> how many of these hosts stopped with it; a host may have several codes."""
    codes = Counter(
        code
        for host in hosts
        for code in {each.trouble.code for each in of_host(run.plans[host], host, carried) if each.state is State.STOP}
    )
    return dict(codes)


def command(matter: Matter) -> list[str]:
    """The command to record it, in parts between which a line may break; empty if nothing is to be recorded. For
    several organisations, and for a very long name, it contains ``HOST``."""
    return _typed(matter.trouble.record, matter.hosts)


def dismissal(matter: Matter) -> list[str]:
    """The same, to record that a mail needs nothing."""
    trouble = matter.trouble
    return _typed(trouble.dismiss, matter.hosts or tuple(filter(None, [trouble.host])))


def _typed(record: str, hosts: tuple[str, ...]) -> list[str]:
    if not record or not hosts:
        return []
    host = printable(hosts[0], 200)
    quoted = shlex.quote(host)
    return recording(record, host if len(hosts) == 1 and len(quoted) <= 60 and safe_line(quoted) == quoted else "HOST")
