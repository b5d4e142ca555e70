# SPDX-FileCopyrightText: gbz.zorgid contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""Steps 1 and 2: the organisation's data, its certificate, and the application."""

from __future__ import annotations

from .._dossier.model import Submission
from . import links
from .context import Context
from .known import moment
from .observed import Look, Trouble, by_word
from .plan import Planned
from .policy import LEASE
from .steps import Effect, Need


def prepared(context: Context) -> Planned:
    seen, name = context.observed.organisation, "prepared"
    if seen.look is Look.BAD and seen.trouble:
        return context.stop(name, seen.trouble)
    if seen.look is Look.NOT_ASKED and context.known.step(name).state != "done":
        return context.later(name, "the inventory could not be read")
    link = context.observed.continues
    if trouble := links.wrong(context.known.ura, link):
        return context.stop(name, trouble)
    identity = {"name": seen.value, "host": context.policy.host}
    same = (context.known.name, context.known.host) == (seen.value, context.policy.host)
    evidence = {} if same or seen.value is None else identity
    return context.warned(context.done(name, links.taken_over(link), evidence), links.continued(context.known))


def certificate_checked(context: Context) -> Planned:
    name = "certificate_checked"
    if trouble := context.trouble(Need.CERTIFICATE, Need.KEY):
        return context.stop(name, trouble)
    seen, known = context.observed.certificate, context.known.step(name)
    if seen.look is Look.NOT_ASKED or seen.value is None:
        return context.done(name) if known.state == "done" else context.later(name, "no certificate was read")
    before = known.evidence.get("thumbprint")
    because = "" if before in (None, seen.value.thumbprint) else "another certificate than before"
    return context.done(name, because, seen.value.evidence or {"thumbprint": seen.value.thumbprint})


def application_submitted(context: Context) -> Planned:
    name, known = "application_submitted", context.known
    submitted = known.submissions.get("application_form")
    if context.registered_before:
        return context.registered(name)
    if known.step(name).state == "done" or (submitted and submitted.state == "done"):
        return context.done(name)
    if submitted and submitted.state == "sending":
        return context.look(name, uncertain(submitted, "application"))
    if submitted and submitted.state == "elsewhere":
        return another_run(context, name, submitted)
    if behind := _behind(context):
        return context.look(name, behind)
    if own := context.trouble(Need.APPLICATION_FORM):
        return context.stop(name, own)
    because = ("no application has been submitted yet", links.taken_over(context.observed.continues))
    return context.do(name, Effect.SUBMIT_APPLICATION, "; ".join(filter(None, because)))


def another_run(context: Context, name: str, submitted: Submission) -> Planned:
    """Waits for another run. A person has to look only if it takes longer than a lease."""
    since = moment(submitted.since)
    if since is None or context.now - since <= LEASE:
        return context.wait(name, "provider", "wait for the other run to end", "another run is working on it")
    trouble = Trouble(
        "submission_elsewhere",
        "Another run has been working on this for more than 15 minutes",
        expected="a run that ends",
        found=f"claimed on this controller since {submitted.since}",
        action="wait for that run; if nobody runs a playbook here, find the leftover process (pgrep "
        "-af ansible-playbook) and end it: the next run then continues",
    )
    return context.look(name, trouble)


def uncertain(submitted: Submission, form: str) -> Trouble:
    return Trouble(
        "submission_uncertain",
        f"A run sent the {form} form and was interrupted before the answer was known",
        expected="a form with a known outcome",
        found=f"sent on {submitted.since}",
        action="ask VZVZ whether it has the form, and record the answer (true or false)",
        record=f"resolve={submitted.kind} arrived=TRUE_OR_FALSE attested_by=technical_administrator",
    )


def _behind(context: Context) -> Trouble | None:
    """Whether the dossier lacks facts: VZVZ answered an application that the dossier does not have, or the portal has
    members."""
    answers = [one for one in context.observed.answers if one.kind not in ("unknown", "undelivered", "auto_reply")]
    if answers:
        return Trouble(
            "dossier_behind",
            "VZVZ answers an application that is not in this dossier",
            expected="answers to applications in this dossier",
            found=f"{len(answers)} mails, the first of kind {answers[0].kind}",
            action="restore the newer dossier; or record that the form was submitted",
            record=by_word("step=application_submitted"),
        )
    portal = context.observed.portal.value
    if portal and portal.members and context.known.empty:
        return Trouble(
            "registered_before_unsaid",
            "The portal has members of this organisation, but the dossier has no application",
            expected=("an application, or a statement by a person that the organisation was already registered"),
            found=f"{portal.members} members",
            action="restore the right dossier; or record that it was already registered",
            record=by_word("word=registered_before"),
        )
    return None
