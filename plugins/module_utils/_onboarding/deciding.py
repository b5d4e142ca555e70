# SPDX-FileCopyrightText: gbz.zorgid contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""The decision: ``plan(known, observed, policy, now)``. Pure: no clock, no file, no network, nothing of Ansible.

Steps are decided in the order of ``steps.TABLE``. A step is DONE only with evidence of this organisation or a person's
statement; an effect is planned only if all of its needs were seen good (``steps.NEEDS``).
"""

from __future__ import annotations

from collections.abc import Callable

from . import activation, answers, application, document, portal_steps
from .context import Context
from .known import Known
from .observed import Moment, Observed, Trouble, by_word
from .plan import Plan, Planned, State
from .policy import Policy
from .steps import TABLE, Effect
from .telling import with_mails

_DECIDE: dict[str, Callable[[Context], Planned]] = {
    "prepared": application.prepared,
    "certificate_checked": application.certificate_checked,
    "application_submitted": application.application_submitted,
    "document_signed": document.document_signed,
    "document_sent": document.document_sent,
    "application_confirmed": document.application_confirmed,
    "follow_up_submitted": activation.follow_up_submitted,
    "activation_qr_received": activation.activation_qr_received,
    "identity_activated": portal_steps.identity_activated,
    "administrators_registered": portal_steps.administrators_registered,
    "employees_registered": portal_steps.employees_registered,
    "employees_active": portal_steps.employees_active,
}


def plan(known: Known, observed: Observed, policy: Policy, now: Moment) -> Plan:
    """What this run would do for one organisation. If ``Plan.looks`` is not empty, observe those needs and plan
    again."""
    if known.unusable is not None:
        return Plan(known.ura, known.name, (), remind=False, note=known.unusable)
    if note := stopped(known):
        destroys = known.code_kept and known.stands("withdrawn", "undone") is not None
        steps = (_destroys(policy),) if destroys else ()
        return Plan(known.ura, known.name, steps, remind=False, note=note)
    context = Context(known, observed, policy, now)
    for step in TABLE:
        context.take(_DECIDE[step.name](context))
    name = known.name or observed.organisation.value or ""
    made = Plan(known.ura, name, context.decisions(), context.looks(), remind=not answers.unread(context))
    return with_mails(context, made)


def stopped(known: Known) -> Trouble | None:
    """Why nothing is done for this organisation: it is on hold, or it was withdrawn."""
    if held := known.stands("hold", "go_on"):
        return Trouble(
            "dossier_held",
            "Nothing is done for this organisation: it is on hold",
            found=f"held since {held.at.date().isoformat()}",
            action="record that it is released",
            record=by_word("word=go_on"),
        )
    if withdrawn := known.stands("withdrawn", "undone"):
        return Trouble(
            "organisation_withdrawn",
            "Nothing is done for this organisation: it is withdrawn",
            found=f"withdrawn on {withdrawn.at.date().isoformat()}",
            action="if the organisation continues after all, record that",
            record=by_word("word=undone undoes=withdrawn"),
        )
    return None


def _destroys(policy: Policy) -> Planned:
    allowed = policy.allows(Effect.DESTROY_CODE)
    return Planned(
        "activation_qr_received",
        State.DO if allowed else State.LATER,
        "the organisation is withdrawn",
        (Effect.DESTROY_CODE,) if allowed else (),
        left_out=not allowed,
    )
