# SPDX-FileCopyrightText: gbz.zorgid contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""One plan per run: the plans of all organisations, and the decisions that need all of them.

Such as two hosts with one URA number, the limit of documents per day, mail of no organisation. Pure, like the plans.
"""

from __future__ import annotations

import dataclasses
import math
import shlex
from collections import Counter
from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass, field

from .._common.errors import ZorgidError
from .._common.ura import Ura, is_ura
from . import links
from .context import Context
from .deciding import plan
from .known import Known
from .observed import Moment, Observed, Trouble, by_word
from .plan import Plan, Planned, State, is_word
from .policy import Policy
from .remembered import announced
from .rows_of_nobody import rows_of_nobody
from .steps import Effect, Need
from .telling import with_mails

#: Effects that are carried out with the document, or not at all.
_HELD = frozenset({Effect.SUBMIT_APPLICATION, Effect.SIGN_DOCUMENT, Effect.MAIL_DOCUMENT})
#: Effects that cannot be undone. If the document is sent by hand or later, the application is the one.
_LEAVES = frozenset({Effect.SUBMIT_APPLICATION, Effect.MAIL_DOCUMENT})
_FEW = 5
_BOUNDED = ("documents_bounded", "notices_bounded")


@dataclass(frozen=True)
class Host:
    """One organisation of the run. ``trouble``: why it could not be observed (its variables, its connection).
    ``dossier`` identifies its dossier, as a run may have several; ``list_file`` its list of employees: a digest of the
    path, a blank, and the name."""

    policy: Policy
    known: Known
    observed: Observed = field(default_factory=Observed)
    trouble: Trouble | None = None
    dossier: str = ""
    list_file: str = ""


@dataclass(frozen=True)
class RunBounds:
    """The limits of one dossier. ``documents``: for how many organisations a document, or the application that
    announces one, may be sent in a day: a number or a percentage of the dossier's organisations; ``today``: how many
    were sent already. ``notices``, ``notices_today``: the same for mail to people (a whole onboarding in one day sends
    about ten). ``organisations``: how many the dossier has; a run with --limit sees fewer."""

    documents: str = "200%"
    today: int = 0
    notices: str = "1000%"
    notices_today: int = 0
    organisations: int = 0


@dataclass(frozen=True)
class RunPlan:
    """``plans`` by inventory name; ``attention``: troubles of no organisation, such as mail without one."""

    plans: Mapping[str, Plan]
    attention: tuple[Trouble, ...] = ()

    @property
    def looks(self) -> Mapping[str, frozenset[Need]]:
        return {host: one.looks for host, one in self.plans.items() if one.looks}

    @property
    def work(self) -> tuple[str, ...]:
        """The hosts with effects to carry out."""
        return tuple(host for host, one in self.plans.items() if one.effects)

    @property
    def counts(self) -> Mapping[Effect, int]:
        """The number of each effect; for mail to people, the number of mails."""
        found = Counter(effect for one in self.plans.values() for step in one.steps for effect in step.effects)
        for mail in (mail for one in self.plans.values() for mail in one.mails):
            found[mail.effect] += mail.count
        return found

    @property
    def errors(self) -> tuple[str, ...]:
        """The hosts with an error, or with an effect that a limit stops."""
        return tuple(host for host, one in self.plans.items() if any(part.state is State.STOP for part in one.parts))

    def status(self, *, fail_on_changes: bool = False) -> tuple[int, str]:
        """Exit status and its name: ``errors``, ``changes`` or ``ok``."""
        if self.errors or any(one.note and not is_word(one.note) for one in self.plans.values()):
            return 2, "errors"
        if self.work:
            return (2 if fail_on_changes else 0), "changes"
        return 0, "ok"


def decide(
    hosts: Iterable[Host],
    now: Moment,
    *,
    bounds: Mapping[str, RunBounds] | None = None,
    attention: Iterable[Trouble] = (),
    elsewhere: Mapping[str, str] | None = None,
    whole: bool = True,
) -> RunPlan:
    """The plan of the run, independent of the order of ``hosts``. ``bounds`` by dossier. ``elsewhere``: URA numbers of
    hosts outside this run, by inventory name, so that twins are found with ``--limit`` too. ``whole``: this run has all
    organisations of the inventory; only then can a list's row belong to no organisation. Error: ``options_invalid`` for
    a limit."""
    found = sorted(hosts, key=lambda one: one.policy.host)
    same = twins(found, elsewhere or {})
    linked = links.all_of((one.policy.host, one.known.ura, one.observed.continues) for one in found if not one.trouble)
    same = {**links.between(linked), **same}
    plans: dict[str, Plan] = {}
    for one in found:
        trouble = one.trouble or same.get(one.policy.host)
        if trouble is not None:
            plans[one.policy.host] = stopped(one.known, trouble)
        else:
            plans[one.policy.host] = plan(one.known, one.observed, one.policy, now)
    bounded = dict(plans)
    for dossier in {one.dossier for one in found}:
        mine = {one.policy.host: one for one in found if one.dossier == dossier}
        its = (bounds or {}).get(dossier, RunBounds())
        counted = {host for host, one in mine.items() if announced(one.known, now)}
        held = _bounded({host: plans[host] for host in mine}, its, counted)
        for host, one in mine.items():
            if held[host] is not plans[host]:
                # Without the document, the mail to people is another.
                held[host] = with_mails(Context(one.known, one.observed, one.policy, now), held[host])
        bounded |= _notices_bounded(held, its)
    nobodys = rows_of_nobody((one.list_file, one.observed) for one in found) if whole else ()
    return RunPlan(bounded, (*attention, *nobodys))


def stopped(known: Known, trouble: Trouble) -> Plan:
    """The plan of an organisation for which nothing is done."""
    return Plan(
        known.ura, known.name, (Planned("prepared", State.STOP, trouble.message, trouble=trouble),), remind=False
    )


def twins(hosts: Iterable[Host], elsewhere: Mapping[str, str]) -> dict[str, Trouble]:
    """Hosts whose URA number another host has. The host that the dossier knows continues, the new one stops."""
    by_ura: dict[Ura, list[Host]] = {}
    for one in hosts:
        if one.trouble is None and is_ura(one.known.ura):
            by_ura.setdefault(Ura.of(one.known.ura), []).append(one)
    absent: dict[Ura, list[str]] = {}
    for name in sorted(elsewhere):
        if is_ura(elsewhere[name]):
            absent.setdefault(Ura.of(elsewhere[name]), []).append(name)
    found: dict[str, Trouble] = {}
    for ura, same in by_ura.items():
        names = [*(one.policy.host for one in same), *absent.get(ura, ())]
        holder = same[0].known.host
        moved = same[0].known.word("moved")
        if len(names) == 1 and (holder in (None, names[0]) or (moved and moved.subject in ("", names[0]))):
            continue
        for one in same:
            if one.policy.host != holder:
                others = [name for name in dict.fromkeys([*names, holder or ""]) if name not in ("", one.policy.host)]
                found[one.policy.host] = twin(one.known.ura, one.policy.host, others, alone=len(names) == 1)
    return found


def twin(ura: str, host: str, others: list[str], *, alone: bool) -> Trouble:
    """``alone``: none of the ``others`` is in the inventory of this run. It may have been renamed, or a run sees only a
    part of the inventory."""
    named = " and ".join(others)
    if alone:
        action = f"if {named} was renamed to {host}, record that; otherwise correct its URA number"
        record = by_word(f"word=moved subject={shlex.quote(host)}")
    else:
        action, record = "correct the URA number of the copied host", ""
    return Trouble(
        "ura_of_two_hosts",
        f"{host} and {named} both have URA {ura}",
        expected="one host for each URA number",
        found=", ".join([host, *others]),
        action=action,
        record=record,
    )


def limit(bound: str, organisations: int) -> int:
    """The number that ``10%`` or ``25`` allows. A percentage always allows a few, because even a single organisation
    may have to send a corrected document on the same day."""
    number, percent = bound.strip().removesuffix("%").strip(), bound.strip().endswith("%")
    if not (number.isascii() and number.isdecimal()):
        raise ZorgidError(
            "options_invalid",
            "A limit for documents or notices is not valid",
            expected="a number such as 25 or a percentage such as 10%",
            found="something else",
            action="correct it",
        )
    return max(_FEW, math.ceil(organisations * int(number) / 100)) if percent else int(number)


def documents_bounded(bounds: RunBounds, most: int, found: str) -> Trouble:
    return Trouble(
        "documents_bounded",
        f"More applications and documents would be sent today than zorgid_max_documents allows ({bounds.documents})",
        expected=f"at most {most} in 24 hours",
        found=found,
        action="check why so many are sent; if this is correct, raise the limit for this run",
    )


def notices_bounded(bounds: RunBounds, most: int, found: str) -> Trouble:
    return Trouble(
        "notices_bounded",
        f"More notices would be mailed today than zorgid_max_notices allows ({bounds.notices})",
        expected=f"at most {most} in 24 hours",
        found=found,
        action="check why so many are due; if this is correct, raise the limit for this run",
    )


def _bounded(plans: dict[str, Plan], bounds: RunBounds, counted: Collection[str]) -> dict[str, Plan]:
    """Stops the organisations above the limit of applications and documents per day; both of one organisation count
    once. ``counted``: organisations whose document is already counted."""
    most = limit(bounds.documents, max(bounds.organisations, len(plans)))
    sending = [host for host, one in plans.items() if _LEAVES & set(one.effects) and host not in counted]
    left = max(0, most - bounds.today)
    over = sending[left:]
    trouble = documents_bounded(bounds, most, f"{bounds.today} in the last 24 hours and {len(sending)} planned")
    return {host: _held_back(one, trouble) if host in over else one for host, one in plans.items()}


def _notices_bounded(plans: dict[str, Plan], bounds: RunBounds) -> dict[str, Plan]:
    """Stops the notices of organisations above the limit per day."""
    most = limit(bounds.notices, max(bounds.organisations, len(plans)))
    planned = {host: [mail for mail in one.mails if mail.effect is Effect.SEND_NOTICES] for host, one in plans.items()}
    left = most - bounds.notices_today
    found_today = f"{bounds.notices_today} in the last 24 hours and {sum(map(len, planned.values()))} planned"
    trouble = notices_bounded(bounds, most, found_today)
    found = {}
    for host, one in plans.items():
        fits = len(planned[host]) <= left
        left -= len(planned[host]) if fits else 0
        found[host] = one if fits or not planned[host] else _unsent(one, trouble)
    return found


def still_bounded(after: Plan, planned: Plan) -> Plan:
    """``after``: the plan of one organisation alone after its effects. Effects that a limit of the run stopped stay
    stopped, and unsent mail to people keeps its line."""
    held = {part.step: part for part in planned.steps if not part.effects}
    mailing = (*after.mailing, *(part for part in planned.mailing if not part.effects))
    steps = after.steps
    if any(part.trouble and part.trouble.code in _BOUNDED for part in planned.steps):
        steps = tuple(held.get(step.step, step) if _HELD & set(step.effects) else step for step in after.steps)
    return dataclasses.replace(after, steps=steps, mailing=mailing)


def _unsent(one: Plan, trouble: Trouble) -> Plan:
    """The plan without notices. Invitations to employees stay."""
    mailing = tuple(
        Planned(part.step, State.STOP, trouble.message, trouble=trouble)
        if Effect.SEND_NOTICES in part.effects
        else part
        for part in one.mailing
    )
    mails = tuple(mail for mail in one.mails if mail.effect is not Effect.SEND_NOTICES)
    return dataclasses.replace(one, mailing=mailing, mails=mails)


def _held_back(one: Plan, trouble: Trouble) -> Plan:
    """The plan without the document's effects; the application is sent with its document or not at all."""
    last = "document_sent" if Effect.MAIL_DOCUMENT in one.effects else "application_submitted"

    def changed(step: Planned) -> Planned:
        if not _HELD & set(step.effects):
            return step
        if step.step == last:
            return dataclasses.replace(step, state=State.STOP, effects=(), because=trouble.message, trouble=trouble)
        return dataclasses.replace(step, state=State.LATER, effects=(), because=f"{last} is stopped by a limit")

    return dataclasses.replace(one, steps=tuple(map(changed, one.steps)))
