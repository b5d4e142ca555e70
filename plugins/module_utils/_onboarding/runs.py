# SPDX-FileCopyrightText: gbz.zorgid contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""One plan per run: the plans of all organisations together, and what only shows when they are seen together.

Two hosts with one URA number, how many documents leave in a day, mail that is nobody's. Pure, like the plans.
"""

from __future__ import annotations

import dataclasses
import math
from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field

from .._common.errors import ZorgidError
from .._common.ura import Ura
from .deciding import plan
from .known import Known
from .observed import Moment, Observed, Trouble
from .plan import Plan, Planned, State
from .policy import Policy
from .steps import Effect, Need

_DOCUMENT = frozenset({Effect.SIGN_DOCUMENT, Effect.MAIL_DOCUMENT})


@dataclass(frozen=True)
class Host:
    """One organisation of the run. ``trouble``: why it could not be observed at all (its variables, its connection)."""

    policy: Policy
    known: Known
    observed: Observed = field(default_factory=Observed)
    trouble: Trouble | None = None


@dataclass(frozen=True)
class Bounds:
    """``documents``: how many may leave from one dossier in a day, a number or a percentage of its organisations;
    ``today``: how many have left already."""

    documents: str = "100%"
    today: int = 0


@dataclass(frozen=True)
class RunPlan:
    """``plans`` by inventory name; ``attention``: what belongs to no organisation, such as mail that is nobody's."""

    plans: Mapping[str, Plan]
    attention: tuple[Trouble, ...] = ()

    @property
    def looks(self) -> Mapping[str, frozenset[Need]]:
        return {host: one.looks for host, one in self.plans.items() if one.looks}

    @property
    def work(self) -> tuple[str, ...]:
        """The hosts with something to carry out."""
        return tuple(host for host, one in self.plans.items() if one.effects)

    @property
    def counts(self) -> Mapping[Effect, int]:
        return Counter(effect for one in self.plans.values() for effect in one.effects)

    @property
    def errors(self) -> tuple[str, ...]:
        """The hosts with an error, or with an effect that a bound stops."""
        return tuple(host for host, one in self.plans.items() if any(step.state is State.STOP for step in one.steps))

    def status(self, *, fail_on_changes: bool = False) -> tuple[int, str]:
        """Exit status, and which of the three it was: ``errors``, ``changes`` or ``ok``."""
        if self.errors or any(one.note and not _is_word(one.note) for one in self.plans.values()):
            return 2, "errors"
        if self.work:
            return (2 if fail_on_changes else 0), "changes"
        return 0, "ok"


def _is_word(note: Trouble) -> bool:
    """A person wanted it so; that is no error."""
    return note.code in ("dossier_held", "organisation_withdrawn")


def decide(
    hosts: Iterable[Host], now: Moment, *, bounds: Bounds | None = None, attention: Iterable[Trouble] = ()
) -> RunPlan:
    """The plan of the run; the same whatever the order of ``hosts``. Error: ``options_invalid`` for a bound."""
    found = sorted(hosts, key=lambda one: one.policy.host)
    twins = _twins(found)
    plans: dict[str, Plan] = {}
    for one in found:
        trouble = one.trouble or twins.get(one.policy.host)
        if trouble is not None:
            plans[one.policy.host] = _stopped(one.known, trouble)
        else:
            plans[one.policy.host] = plan(one.known, one.observed, one.policy, now)
    return RunPlan(_bounded(plans, bounds or Bounds()), tuple(attention))


def _stopped(known: Known, trouble: Trouble) -> Plan:
    return Plan(
        known.ura, known.name, (Planned("prepared", State.STOP, trouble.message, trouble=trouble),), remind=False
    )


def _twins(hosts: list[Host]) -> dict[str, Trouble]:
    """Hosts whose URA number another one holds. The host that the dossier knows goes on, the newcomer does not."""
    by_ura: dict[Ura, list[Host]] = {}
    for one in hosts:
        if one.trouble is None:
            by_ura.setdefault(Ura.of(one.known.ura), []).append(one)
    found: dict[str, Trouble] = {}
    for same in by_ura.values():
        names = [one.policy.host for one in same]
        holder = same[0].known.host
        moved = same[0].known.word("moved")
        if len(same) == 1 and (holder in (None, names[0]) or (moved and moved.subject in ("", names[0]))):
            continue
        for one in same:
            if one.policy.host != holder:
                others = [name for name in dict.fromkeys([*names, holder or ""]) if name not in ("", one.policy.host)]
                found[one.policy.host] = _twin(one.known.ura, one.policy.host, others, alone=len(same) == 1)
    return found


def _twin(ura: str, host: str, others: list[str], *, alone: bool) -> Trouble:
    named = " and ".join(others)
    if alone:
        action = f"when {named} was renamed to {host}, record the word moved; otherwise correct its URA number"
    else:
        action = "correct the URA number of the one that was copied"
    return Trouble(
        "ura_of_two_hosts",
        f"URA {ura} stands at {host} and at {named}",
        expected="one host for each URA number",
        found=", ".join([host, *others]),
        action=action,
    )


def limit(bound: str, organisations: int) -> int:
    """How many ``10%`` or ``25`` allows; a percentage allows at least one."""
    number, percent = bound.strip().removesuffix("%").strip(), bound.strip().endswith("%")
    if not (number.isascii() and number.isdecimal()):
        raise ZorgidError(
            "options_invalid",
            "The bound of documents cannot be read",
            expected="a number such as 25 or a percentage such as 10%",
            found="something else",
            action="correct it",
        )
    return max(1, math.ceil(organisations * int(number) / 100)) if percent else int(number)


def _bounded(plans: dict[str, Plan], bounds: Bounds) -> dict[str, Plan]:
    """At most so many organisations whose document leaves today; the others stop, and the plan says so."""
    most = limit(bounds.documents, len(plans))
    sending = [host for host, one in plans.items() if Effect.MAIL_DOCUMENT in one.effects]
    left = max(0, most - bounds.today)
    over = sending[left:]
    trouble = Trouble(
        "documents_bounded",
        f"More documents would leave today than zorgid_max_documents allows ({bounds.documents})",
        expected=f"at most {most} a day",
        found=f"{bounds.today} today and {len(sending)} planned",
        action="look why so many are signed anew; when it is right so, raise the bound for this run",
    )
    return {host: _held_back(one, trouble) if host in over else one for host, one in plans.items()}


def _held_back(one: Plan, trouble: Trouble) -> Plan:
    """Without the document's effects; the application goes with its document or not at all."""
    holds = _DOCUMENT | {Effect.SUBMIT_APPLICATION}

    def changed(step: Planned) -> Planned:
        if not holds & set(step.effects):
            return step
        if Effect.MAIL_DOCUMENT in step.effects:
            return dataclasses.replace(step, state=State.STOP, effects=(), because=trouble.message, trouble=trouble)
        return dataclasses.replace(step, state=State.LATER, effects=(), because="document_sent is stopped by a bound")

    return dataclasses.replace(one, steps=tuple(map(changed, one.steps)))
