# SPDX-FileCopyrightText: gbz.zorgid contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""Which mail to people a run would send, by the dossier as it will be after the rest of the plan.

The run itself uses the same function for what is due (``_report.notices.due``). Only two things are mailed: a request
if the plan waits for that person, and a milestone if the plan has the step as done. Other contents of the dossier, such
as a step recorded as done without evidence, send no mail.
"""

from __future__ import annotations

import dataclasses
from collections import Counter
from collections.abc import Iterable, Mapping

from .._dossier.checks import check_step
from .._dossier.model import Dossier, Milestone
from .._report.notices import ESCALATION_DAYS, REMINDER_DAYS, due
from .context import Context
from .known import Known
from .observed import Look, Moment, Observed, Trouble
from .plan import Plan, Planned, PlannedMail, State
from .steps import STEPS, TABLE, Effect, Need

#: The two lines below the steps, and the effect of each.
_LINES = {"notices": Effect.SEND_NOTICES, "invitations": Effect.INVITE}


def with_mails(context: Context, plan: Plan) -> Plan:
    """The plan with the mail to people, which depends on all of its steps."""
    plan = dataclasses.replace(plan, mailing=(), mails=())
    if not context.policy.notices or context.observed.smtp.look is Look.ABSENT:
        return plan
    wanted = (*notices(dossier_of(context.known), plan, context.now), *invitations(plan, context.observed))
    mailing: list[Planned] = []
    mails: list[PlannedMail] = []
    for line, effect in _LINES.items():
        if mine := [one for one in wanted if one.effect is effect]:
            shown_elsewhere = any(part.trouble == context.trouble(Need.SMTP) for part in (*plan.steps, *mailing))
            mailing.append(_line(context, line, effect, counts_in_words(mine), shown_elsewhere=shown_elsewhere))
            mails += mine if mailing[-1].effects else []
    if unserved := [one for look in (_unreachable, _shared) if (one := look(plan, context.observed))]:
        last = mailing.pop() if mailing and mailing[-1].step == "invitations" else context.done("invitations")
        mailing.append(context.warned(last, *unserved))
    return dataclasses.replace(plan, looks=plan.looks | context.looks(), mailing=tuple(mailing), mails=tuple(mails))


def _line(context: Context, line: str, effect: Effect, because: str, *, shown_elsewhere: bool) -> Planned:
    """``shown_elsewhere``: the mail server's trouble is already shown at another line."""
    if not context.policy.allows(effect):
        return context.later(line, f"skipped by the tags of this run: {because}", left_out=True)
    if lacking := context.wants(effect):
        trouble = context.trouble(Need.SMTP)
        if trouble and not shown_elsewhere:
            return context.stop(line, trouble)
        return context.later(line, f"{lacking} must be valid first: {because}")
    return Planned(line, State.DO, because, (effect,))


def counts_in_words(mails: Iterable[PlannedMail]) -> str:
    """``2 requests, 1 reminder``."""
    return counted(counts(mails))


def counts(mails: Iterable[PlannedMail]) -> Counter[str]:
    """The number of mails of each kind."""
    found: Counter[str] = Counter()
    for one in mails:
        found[one.kind] += one.count
    return found


def counted(kinds: Mapping[str, int]) -> str:
    return ", ".join(f"{count} {_KINDS.get(kind, (kind, kind))[count != 1]}" for kind, count in kinds.items())


_KINDS = {
    "request": ("request", "requests"),
    "reminder": ("reminder", "reminders"),
    "escalation": ("escalation", "escalations"),
    "status": ("status mail", "status mails"),
    "invitation": ("invitation", "invitations"),
}


def notices(
    dossier: Dossier,
    plan: Plan,
    now: Moment,
    reminder_days: int = REMINDER_DAYS,
    escalation_days: int = ESCALATION_DAYS,
) -> tuple[PlannedMail, ...]:
    """The notices to the organisation's people, its provider and VZVZ that will be due after the plan."""
    after = expected(dossier, plan, now)
    sure = {step.step: after.milestones[step.step] for step in plan.steps if _speaks(step)}
    # The plan decides: an uncertain step sends no request and no status mail. For an organisation that is stopped as a
    # whole, all steps are uncertain.
    after = dataclasses.replace(
        after, milestones={one.name: sure.get(one.name) or Milestone(one.name) for one in TABLE}
    )
    found = due(after, now, reminder_days, escalation_days)
    return tuple(
        PlannedMail(Effect.SEND_NOTICES, *one.named)
        for one in found
        if plan.remind or one.kind in ("request", "status") or not _comes_by_mail(one.step)
    )


def _speaks(step: Planned) -> bool:
    """Whether mail is sent about this step. What the provider has to look at is on its screen; the only mail to the
    provider is the request to confirm who sent a mail."""
    if step.state is State.LOOK:
        return step.trouble is not None and step.trouble.code == "sender_not_proven"
    return step.state in (State.DONE, State.DO) or (step.state is State.WAIT and step.who != "provider")


def _comes_by_mail(step: str) -> bool:
    """Whether the answer to this step comes by mail, and not through the portal."""
    return STEPS[step].by_mail


def invitations(plan: Plan, observed: Observed) -> tuple[PlannedMail, ...]:
    """Invitations to employees who register themselves; those whom this plan registers are invited in the same run."""
    counts = _counted(plan, observed)
    enrolled = counts.get("enrolled", 0) if Effect.KEEP_EMPLOYEES in plan.effects else 0
    found = (("invitation", counts.get("invited", 0) + enrolled), ("reminder", counts.get("reminded", 0)))
    return tuple(PlannedMail(Effect.INVITE, "employees_active", kind, "employees", n) for kind, n in found if n)


def _counted(plan: Plan, observed: Observed) -> Mapping[str, int]:
    """``Portal.invitations``; empty if the list or the portal's data cannot be trusted, or the organisation is stopped
    as a whole (its plan is not about all steps)."""
    portal = observed.portal.value
    if len(plan.steps) < len(STEPS) or portal is None or portal.by_click or portal.employees is None:
        return {}
    step = plan.step("employees_registered")
    return portal.invitations if step.satisfied or step.state is State.WAIT or step.left_out else {}


def _shared(plan: Plan, observed: Observed) -> Trouble | None:
    count = _counted(plan, observed).get("shared", 0)
    if not count:
        return None
    return Trouble(
        "mailbox_shared",
        f"{count} of the employees who register themselves share a mail address and are not invited by mail",
        expected="an address of each person alone",
        action="add it in the HR system, or hand out the letter",
    )


def _unreachable(plan: Plan, observed: Observed) -> Trouble | None:
    count = _counted(plan, observed).get("unreachable", 0)
    if not count:
        return None
    return Trouble(
        "email_missing",
        f"{count} of the employees who register themselves have no mail address",
        expected="an address to mail the invitation to",
        action="add it to the list, or hand out the letter",
    )


def dossier_of(known: Known) -> Dossier:
    """``known`` as a dossier. It has only the newest submission of each kind, which is enough for notices."""
    milestones = {name: known.step(name) for name in STEPS}
    return Dossier(known.ura, known.name, milestones, list(known.submissions.values()), [])


def expected(dossier: Dossier, plan: Plan, now: Moment) -> Dossier:
    """The dossier as it will be after the plan was carried out without errors and recorded."""
    milestones = dict(dossier.milestones)
    for step in plan.steps:
        if wanted := _recorded(step):
            milestones[step.step] = _after(milestones[step.step], wanted, now)
    return dataclasses.replace(dossier, milestones=milestones)


def _recorded(step: Planned) -> Milestone | None:
    """The state of a step to record; None for a step that comes later."""
    if step.state in (State.DONE, State.DO):
        return Milestone(check_step(step.step), "done", evidence=dict(step.evidence))
    if step.state in (State.WAIT, State.LOOK):
        return Milestone(check_step(step.step), "waiting", who=step.who, what=step.what or step.because)
    if step.state is State.STOP and step.trouble:
        return Milestone(check_step(step.step), "failed", error_code=step.trouble.code, message=step.trouble.message)
    return None


def _after(before: Milestone, wanted: Milestone, now: Moment) -> Milestone:
    """The new state. The same wait, failure or done state keeps its ``since``."""
    same = (before.state, before.who, before.error_code) == (wanted.state, wanted.who, wanted.error_code)
    since = before.since if same and before.since else now.isoformat()
    attested = before.attested if wanted.state == "done" else None
    evidence = {**before.evidence, **wanted.evidence}
    return dataclasses.replace(wanted, since=since, attested=attested, evidence=evidence)
