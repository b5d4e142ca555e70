# SPDX-FileCopyrightText: gbz.zorgid contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""Step 4: the follow-up form and the activation code."""

from __future__ import annotations

from . import answers
from .application import another_run, uncertain
from .context import Context
from .known import moment
from .observed import Trouble, by_word
from .plan import Planned
from .portal_steps import activated
from .steps import Effect, Need


def follow_up_submitted(context: Context) -> Planned:
    name, known = "follow_up_submitted", context.known
    submitted = known.submissions.get("follow_up_form")
    if context.registered_before:
        return context.registered(name)
    if known.step(name).state == "done" or (submitted and submitted.state == "done"):
        return context.done(name)
    code = answers.newest(context, "activation_qr")
    if code is not None and context.before("application_confirmed").satisfied:
        return context.done(name, "VZVZ sent the activation code", evidence_at=code.received_at)
    if missing := context.missing(name):
        return context.later(name, f"{missing} comes first")
    if submitted and submitted.state == "sending":
        return context.look(name, uncertain(submitted, "follow-up"))
    if submitted and submitted.state == "elsewhere":
        return another_run(context, name, submitted)
    link = answers.newest(context, "follow_up_link")
    if link is None:
        if unproven := answers.unproven(context, "follow_up_link"):
            return context.look(name, answers.not_proven(name, unproven))
        if context.is_absent(Need.MAILBOX):
            return context.wait(
                name,
                "portal_administrator",
                "fill in the form at the link that VZVZ mails, then record it",
                "no mailbox is configured",
            )
        return context.wait(name, "vzvz", "send the link to the follow-up form")
    if answers.loss_against(context, link) == "ask":
        return context.look(name, answers.code_doubtful(link))
    if changed := _other_person(context, known.link_for, "the follow-up link"):
        return context.look(name, changed)
    if own := context.trouble(Need.FOLLOW_UP_FORM):
        return context.stop(name, own)
    return context.do(name, Effect.SUBMIT_FOLLOW_UP, "VZVZ sent its link")


def _other_person(context: Context, meant_for: str | None, what: str) -> Trouble | None:
    """The trouble if a code or letter was made for another person than the present one: it is used for that person
    only."""
    now = context.observed.person
    if meant_for is None or now is None or meant_for == now:
        return None
    return Trouble(
        "person_changed",
        f"The listed portal administrator is not the person for whom {what} was sent",
        expected="the person who was reported to VZVZ",
        found="another person",
        action=(
            "inform VZVZ who the portal administrator is now and ask for a new one; record that the former one is lost"
        ),
        record=by_word("word=lost subject=activation_code"),
    )


def activation_qr_received(context: Context) -> Planned:
    name, known = "activation_qr_received", context.known
    if context.registered_before:
        return context.registered(name)
    code = answers.newest(context, "activation_qr")
    lost = answers.lost(context)
    recorded = known.step(name)
    since = moment(recorded.since)
    handed = recorded.state == "done"
    voided = lost is not None and not (handed and since is not None and since > lost.at)
    if handed and not voided:
        if changed := _letter_of_another(context):
            return context.look(name, changed)
        return context.done(name)
    if missing := context.missing(name):
        return context.later(name, f"{missing} comes first")
    if code is None:
        if unproven := answers.unproven(context, "activation_qr"):
            return context.look(name, answers.not_proven(name, unproven))
        if context.is_absent(Need.MAILBOX):
            return context.wait(
                name,
                "technical_administrator",
                "hand over the code that VZVZ mails, then record it",
                "no mailbox is configured",
            )
        return context.wait(name, "vzvz", "send the activation code (again)" if voided else "send the activation code")
    if answers.loss_against(context, code) == "ask":
        return context.look(name, answers.code_doubtful(code))
    if activated(context) and not voided:
        return context.done(name, "the identity is already active")
    return context.do(name, Effect.MAKE_LETTER, "VZVZ sent the code")


def _letter_of_another(context: Context) -> Trouble | None:
    return None if activated(context) else _other_person(context, context.known.code_for, "the activation code")
