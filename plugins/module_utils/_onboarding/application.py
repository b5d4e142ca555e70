# SPDX-FileCopyrightText: gbz.zorgid contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""Steps 1 to 4: from the organisation's data to the activation code."""

from __future__ import annotations

from . import answers
from .context import Context
from .known import moment
from .observed import Look, Trouble
from .plan import Planned, State
from .steps import Effect, Need

_CONFIRM = "ask VZVZ whether it sent this mail; when it did, do what it asks and record it (gbz.zorgid.dossier)"


def prepared(context: Context) -> Planned:
    seen, name = context.observed.organisation, "prepared"
    if seen.look is Look.BAD and seen.trouble:
        return context.stop(name, seen.trouble)
    if seen.look is Look.NOT_ASKED and context.known.step(name).state != "done":
        return context.later(name, "the inventory was not read")
    return context.done(name, evidence={} if context.known.name == seen.value else {"name": seen.value})


def certificate_checked(context: Context) -> Planned:
    name = "certificate_checked"
    if trouble := context.trouble(Need.CERTIFICATE, Need.KEY):
        return context.stop(name, trouble)
    seen, known = context.observed.certificate, context.known.step(name)
    if seen.look is Look.NOT_ASKED or seen.value is None:
        return context.done(name) if known.state == "done" else context.later(name, "no certificate was read")
    before = known.evidence.get("thumbprint")
    because = "" if before in (None, seen.value.thumbprint) else "another certificate than before"
    return context.done(name, because, {"thumbprint": seen.value.thumbprint})


def application_submitted(context: Context) -> Planned:
    name, known = "application_submitted", context.known
    submitted = known.submissions.get("application_form")
    if known.stands("registered_before", "undone"):
        return context.done(name, "the organisation was registered before (a person's word)")
    if known.step(name).state == "done" or (submitted and submitted.state == "done"):
        return context.done(name)
    if submitted and submitted.state == "sending":
        return context.look(
            name,
            Trouble(
                "submission_uncertain",
                "A run sent the application form and broke off before the answer was known",
                expected="a form of which the outcome is known",
                found=f"sent on {submitted.since}",
                action="ask VZVZ, then record it: gbz.zorgid.dossier with resolve: application_form",
            ),
        )
    if submitted and submitted.state == "elsewhere":
        return context.wait(name, "provider", "another run is submitting the form", "claimed by another run")
    if behind := _behind(context):
        return context.look(name, behind)
    if own := context.trouble(Need.APPLICATION_FORM):
        return context.stop(name, own)
    return context.do(name, Effect.SUBMIT_APPLICATION, "no application was submitted yet")


def _behind(context: Context) -> Trouble | None:
    """The world knows more than the dossier: VZVZ answered what it never sent, or the portal has members."""
    told = [one for one in context.observed.answers if one.kind not in ("unknown", "undelivered", "auto_reply")]
    if told:
        return Trouble(
            "dossier_behind",
            "VZVZ answers an application that this dossier does not know",
            expected="answers to what this dossier has sent",
            found=f"{len(told)} mails, the first of kind {told[0].kind}",
            action="put back the newer dossier; or record that the form was submitted (gbz.zorgid.dossier)",
        )
    portal = context.observed.portal.value
    if portal and portal.members and context.known.empty:
        return Trouble(
            "registered_before_unsaid",
            "The portal has members of this organisation, and the dossier knows of no application",
            expected="an application, or a person's word that the organisation was registered before",
            found=f"{portal.members} members",
            action="record the word registered_before, or put back the right dossier",
        )
    return None


def document_signed(context: Context) -> Planned:
    name, known = "document_signed", context.known
    if known.stands("registered_before", "undone") and not known.step(name).evidence:
        return context.done(name, "the organisation was registered before (a person's word)")
    because = _sign_because(context)
    if because is None:
        return context.warned(context.done(name), _differs(context))
    if context.observed.document.look is Look.BAD and (trouble := context.observed.document.trouble):
        return context.stop(name, trouble)
    if context.observed.document.look is Look.NOT_ASKED:
        context.wants(Effect.SIGN_DOCUMENT)
    return context.do(name, Effect.SIGN_DOCUMENT, because)


def _sign_because(context: Context) -> str | None:
    """Why the document has to be signed now; None when the one that is there counts."""
    known, seen = context.known.step("document_signed"), context.observed.document.value
    if known.state != "done":
        return "no document was signed yet"
    if known.attested:
        return None
    sent = context.known.step("document_sent")
    again = context.known.word("sign_again")
    sent_at = moment(sent.evidence.get("sent_at")) or moment(sent.since)
    if again and (sent.state != "done" or (sent_at and again.at > sent_at)):
        return f"a person asked for it on {again.at.date().isoformat()}"
    if seen is None:
        return None
    if sent.state != "done":
        return None if seen.differs == "unchanged" else f"it differs from the inventory ({seen.differs})"
    if seen.differs == "certificate" and _renewed(context):
        return "the certificate was renewed"
    if answers.verdict(context).rejected and seen.content != known.evidence.get("content"):
        return "VZVZ rejected it, and the organisation's data were corrected"
    return None


def _renewed(context: Context) -> bool:
    seen, known = context.observed.certificate.value, context.known.step("document_signed")
    return seen is not None and known.evidence.get("certificate") not in (None, seen.thumbprint)


def _differs(context: Context) -> Trouble | None:
    """What VZVZ has is not replaced because a phone number changed; it is shown."""
    seen = context.observed.document.value
    if seen is None or seen.differs == "unchanged" or context.known.step("document_sent").state != "done":
        return None
    return Trouble(
        "document_differs",
        f"The document that VZVZ has differs from the inventory ({seen.differs}); it is not sent again by itself",
        action="record the word sign_again when VZVZ has to know",
    )


def document_sent(context: Context) -> Planned:
    name, known = "document_sent", context.known
    signed = context.before("document_signed")
    if known.stands("registered_before", "undone") and Effect.SIGN_DOCUMENT not in signed.effects:
        return context.done(name, "the organisation was registered before (a person's word)")
    milestone, digest = known.step(name), known.step("document_signed").evidence.get("sha256")
    by_hand = milestone.attested is not None
    same = by_hand or digest is None or milestone.evidence.get("sha256") == digest
    if milestone.state == "done" and same and Effect.SIGN_DOCUMENT not in signed.effects:
        return context.done(name)
    if missing := context.missing(name):
        return context.later(name, f"{missing} comes first")
    if context.observed.smtp.look is Look.ABSENT:
        return context.wait(
            name, "technical_administrator", "mail the signed document to VZVZ and record it", "no mail server is set"
        )
    if trouble := context.trouble(Need.SMTP):
        return context.stop(name, trouble)
    mailed = known.submissions.get("organisation_document")
    if mailed and mailed.state == "elsewhere":
        return context.wait(name, "provider", "another run is mailing the document", "claimed by another run")
    doubtful = mailed is not None and mailed.state == "sending" and mailed.digest == digest
    because = "a run broke off while it mailed it: the same mail again" if doubtful else signed.because
    return context.do(name, Effect.MAIL_DOCUMENT, because or "it was signed and not mailed yet")


def application_confirmed(context: Context) -> Planned:
    name, known = "application_confirmed", context.known
    warnings = answers.unexplained(context)
    if known.stands("registered_before", "undone") and known.step(name).state != "done":
        return context.done(name, "the organisation was registered before (a person's word)")
    later = answers.newest(context, "follow_up_link") or answers.newest(context, "activation_qr")
    found = answers.verdict(context)
    sent = context.before("document_sent")
    if sent.effects:
        return context.wait(name, "vzvz", "judge the document and confirm it by mail", "the document goes out now")
    if found.rejected and not answers.word_counts(context, name, found.answer):
        rejected = Trouble(
            "document_rejected",
            "VZVZ rejected the organisation document",
            found="its reason stands in the mail and on the board",
            action="correct what VZVZ names in the inventory; the next run signs and sends the corrected document",
        )
        return context.stop(name, rejected, warnings=warnings)
    if answers.word_counts(context, name, found.answer) or (found.answer and not found.rejected):
        evidence = {"reference": found.answer.reference} if found.answer and found.answer.reference else {}
        return context.warned(context.done(name, evidence=evidence), *warnings)
    if known.step(name).state == "done" and sent.state is State.DONE and not found.ask:
        return context.warned(context.done(name), *warnings)
    if later is not None and sent.state is State.DONE:
        return context.warned(context.done(name, "VZVZ went on with it"), *warnings)
    if missing := context.missing(name):
        return context.later(name, f"{missing} comes first", warnings=warnings)
    if found.ask:
        return context.look(name, found.ask, warnings=warnings)
    if warnings:
        return context.look(name, warnings[0], warnings=warnings[1:])
    if trouble := context.trouble(Need.MAILBOX):
        return context.stop(name, trouble)
    if unproven := answers.unproven(context, "document_confirmed") or answers.unproven(context, "document_rejected"):
        return context.look(name, _unproven(unproven.message_id))
    return context.wait(name, "vzvz", "judge the document and confirm it by mail")


def _unproven(message_id: str) -> Trouble:
    return Trouble(
        "sender_not_proven",
        "A mail looks like VZVZ's, and nothing proves its sender",
        found=message_id,
        action=_CONFIRM,
    )


def follow_up_submitted(context: Context) -> Planned:
    name, known = "follow_up_submitted", context.known
    submitted = known.submissions.get("follow_up_form")
    if known.stands("registered_before", "undone"):
        return context.done(name, "the organisation was registered before (a person's word)")
    if known.step(name).state == "done" or (submitted and submitted.state == "done"):
        return context.done(name)
    if answers.newest(context, "activation_qr") is not None and context.before("application_confirmed").satisfied:
        return context.done(name, "VZVZ sent the activation code")
    if missing := context.missing(name):
        return context.later(name, f"{missing} comes first")
    if submitted and submitted.state == "sending":
        return context.look(
            name,
            Trouble(
                "submission_uncertain",
                "A run sent the follow-up form and broke off before the answer was known",
                expected="a form of which the outcome is known",
                found=f"sent on {submitted.since}",
                action="ask VZVZ, then record it: gbz.zorgid.dossier with resolve: follow_up_form",
            ),
        )
    if answers.newest(context, "follow_up_link") is None:
        if unproven := answers.unproven(context, "follow_up_link"):
            return context.look(name, _unproven(unproven.message_id))
        if context.is_absent(Need.MAILBOX):
            return context.wait(
                name,
                "portal_administrator",
                "fill in the form whose link VZVZ mails, then record it",
                "no mailbox is set",
            )
        return context.wait(name, "vzvz", "send the link to the follow-up form")
    if changed := _other_person(context, known.link_for, "the follow-up link"):
        return context.look(name, changed)
    if own := context.trouble(Need.FOLLOW_UP_FORM):
        return context.stop(name, own)
    return context.do(name, Effect.SUBMIT_FOLLOW_UP, "VZVZ sent its link")


def _other_person(context: Context, meant_for: str | None, what: str) -> Trouble | None:
    """What was meant for a person is used for that person only."""
    now = context.observed.person
    said = context.known.word("person_changed")
    if meant_for is None or now is None or meant_for == now:
        return None
    return Trouble(
        "person_changed",
        f"Another portal administrator is listed than the one for whom {what} came",
        expected="the person whom VZVZ was told",
        found="another person" if said is None else "another person again",
        action="tell VZVZ who it is now and let it send anew; then record the word lost (activation_code)",
    )


def activation_qr_received(context: Context) -> Planned:
    name, known = "activation_qr_received", context.known
    if known.stands("registered_before", "undone"):
        return context.done(name, "the organisation was registered before (a person's word)")
    code = answers.newest(context, "activation_qr")
    lost = known.word("lost", "activation_code")
    recorded = known.step(name)
    since = moment(recorded.since)
    voided = lost is not None and (since is None or lost.at >= since)
    if recorded.state == "done" and not voided:
        if changed := _letter_of_another(context):
            return context.look(name, changed)
        return context.done(name)
    if missing := context.missing(name):
        return context.later(name, f"{missing} comes first")
    if code is None:
        if unproven := answers.unproven(context, "activation_qr"):
            return context.look(name, _unproven(unproven.message_id))
        if context.is_absent(Need.MAILBOX):
            return context.wait(
                name,
                "technical_administrator",
                "hand over the code that VZVZ mails, then record it",
                "no mailbox is set",
            )
        return context.wait(name, "vzvz", "send the activation code (again)" if voided else "send the activation code")
    return context.do(name, Effect.MAKE_LETTER, "VZVZ sent the code")


def _letter_of_another(context: Context) -> Trouble | None:
    activated = context.known.step("identity_activated").state == "done"
    return None if activated else _other_person(context, context.known.code_for, "the activation code")
