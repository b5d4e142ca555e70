# SPDX-FileCopyrightText: gbz.zorgid contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""The decision: ``plan(known, observed, policy, now)``. Pure: no clock, no file, no network, nothing of Ansible.

Steps are decided in the order of ``steps.TABLE``; each is DONE only with evidence of this organisation or a person's
word, and an effect is planned only when all of its needs were seen good (``steps.NEEDS``).
"""

from __future__ import annotations

from collections.abc import Callable

from . import application, portal_steps
from .context import Context
from .known import Known
from .observed import Moment, Observed, Trouble
from .plan import Plan, Planned, State
from .policy import Policy
from .steps import TABLE, Effect

_DECIDE: dict[str, Callable[[Context], Planned]] = {
    "prepared": application.prepared,
    "certificate_checked": application.certificate_checked,
    "application_submitted": application.application_submitted,
    "document_signed": application.document_signed,
    "document_sent": application.document_sent,
    "application_confirmed": application.application_confirmed,
    "follow_up_submitted": application.follow_up_submitted,
    "activation_qr_received": application.activation_qr_received,
    "identity_activated": portal_steps.identity_activated,
    "administrators_registered": portal_steps.administrators_registered,
    "employees_registered": portal_steps.employees_registered,
    "employees_active": portal_steps.employees_active,
}


def plan(known: Known, observed: Observed, policy: Policy, now: Moment) -> Plan:
    """What this run would do for one organisation. See ``Plan.looks``: with some, observe those and plan again."""
    if known.unusable is not None:
        return Plan(known.ura, known.name, (), remind=False, note=known.unusable)
    if note := _stopped(known):
        destroys = known.code_kept and known.stands("withdrawn", "undone") is not None
        steps = (_destroys(policy),) if destroys else ()
        return Plan(known.ura, known.name, steps, remind=False, note=note)
    context = Context(known, observed, policy, now)
    for step in TABLE:
        context.take(_DECIDE[step.name](context))
    unexplained = any(one.problem for one in observed.answers) or context.mailbox_unread
    return Plan(known.ura, known.name, context.decided(), context.looks(), remind=not unexplained)


def _stopped(known: Known) -> Trouble | None:
    if held := known.stands("hold", "go_on"):
        return Trouble(
            "dossier_held",
            "Nothing is done for this organisation: it is held",
            found=f"held since {held.at.date().isoformat()}",
            action="let it go on with the word go_on",
        )
    if withdrawn := known.stands("withdrawn", "undone"):
        return Trouble(
            "organisation_withdrawn",
            "Nothing is done for this organisation: it is withdrawn",
            found=f"withdrawn on {withdrawn.at.date().isoformat()}",
            action="undo it with the word undone when the organisation goes on",
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
