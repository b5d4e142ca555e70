# SPDX-FileCopyrightText: gbz.zorgid contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""Step 3: the document is signed and mailed, and VZVZ confirms it."""

from __future__ import annotations

from typing import Any

from . import answers
from .application import another_run
from .context import Context
from .observed import Answer, DocumentSeen, Look, Trouble, by_word
from .plan import Planned, State
from .steps import Effect, Need

REJECTED = "document_rejected"


def document_signed(context: Context) -> Planned:
    name, known = "document_signed", context.known
    if context.registered_before and not known.step(name).evidence:
        return context.registered(name)
    because = _sign_because(context)
    if because is None:
        return context.warned(context.done(name, evidence=_content(context)), _differs(context))
    trouble = context.observed.document.trouble
    if context.observed.document.look is Look.BAD and trouble and trouble != context.trouble(Need.ORGANISATION):
        return context.stop(name, trouble)
    if context.observed.document.look is Look.NOT_ASKED:
        context.wants(Effect.SIGN_DOCUMENT)
    return context.do(name, Effect.SIGN_DOCUMENT, because)


def _sign_because(context: Context) -> str | None:
    """Why the document has to be signed now; None if the existing one applies."""
    known, seen = context.known.step("document_signed"), context.observed.document.value
    if known.state != "done":
        return "no document has been signed yet"
    if known.attested:
        return None
    if seen is None:
        return None
    sent, undone = context.known.step("document_sent"), context.known.word("undone", "document_sent")
    # If a mail fails after an earlier one arrived, the evidence of the earlier one stays.
    if sent.state != "done" and (undone or not sent.evidence):
        return None if seen.differs == "unchanged" else f"it differs from the inventory ({seen.differs})"
    if seen.differs == "certificate" and _renewed(context):
        return "the certificate was renewed"
    if answers.verdict(context).rejected and _corrected(context, seen):
        return "VZVZ rejected it, and the organisation's data have been corrected"
    return None


def _content(context: Context) -> dict[str, Any]:
    """The evidence with the digest of the document's content, if the dossier does not have that digest yet."""
    known, seen = context.known.step("document_signed").evidence, context.observed.document.value
    if seen is None or seen.differs != "unchanged" or seen.signed != known.get("sha256"):
        return {}
    return {} if known.get("content") == seen.content else {**known, "content": seen.content}


def _corrected(context: Context, seen: DocumentSeen) -> bool:
    """Whether the document would be signed with other data than VZVZ has."""
    known = context.known.step("document_signed").evidence.get("content")
    return seen.differs != "unchanged" if known is None else seen.content != known


def _renewed(context: Context) -> bool:
    seen, known = context.observed.certificate.value, context.known.step("document_signed")
    return seen is not None and known.evidence.get("certificate") not in (None, seen.thumbprint)


def _differs(context: Context) -> Trouble | None:
    """A document at VZVZ is not replaced because a phone number changed; the difference is only shown."""
    seen = context.observed.document.value
    if seen is None or seen.differs == "unchanged" or context.known.step("document_sent").state != "done":
        return None
    return Trouble(
        "document_differs",
        (f"The document at VZVZ differs from the inventory ({seen.differs}); it is not sent again automatically"),
        action=(
            "if VZVZ must have the change, record that the mail is undone: the next run signs "
            "and mails the document again"
        ),
        record=by_word("word=undone step=document_sent"),
    )


def document_sent(context: Context) -> Planned:
    name, known = "document_sent", context.known
    signed = context.before("document_signed")
    milestone, digest = known.step(name), known.step("document_signed").evidence.get("sha256")
    # After a new signature, by this run or by an interrupted one, the document is not the one that was sent.
    anew = Effect.SIGN_DOCUMENT in signed.effects or digest != milestone.evidence.get("sha256", digest)
    if context.registered_before and not anew:
        return context.registered(name)
    by_hand = milestone.attested is not None
    same = by_hand or digest is None or milestone.evidence.get("sha256") == digest
    if milestone.state == "done" and same and Effect.SIGN_DOCUMENT not in signed.effects:
        return context.done(name)
    if missing := context.missing(name):
        return context.later(name, f"{missing} comes first")
    if context.observed.smtp.look is Look.ABSENT:
        return context.wait(
            name,
            "technical_administrator",
            "mail the signed document to VZVZ and record it",
            "no mail server is configured",
        )
    if trouble := context.trouble(Need.SMTP):
        return context.stop(name, trouble)
    mailed = known.submissions.get("organisation_document")
    if mailed and mailed.state == "elsewhere":
        return another_run(context, name, mailed)
    doubtful = mailed is not None and mailed.state == "sending" and mailed.digest == digest
    because = "a run was interrupted while mailing it: the same mail is sent again" if doubtful else signed.because
    return context.do(name, Effect.MAIL_DOCUMENT, because or _mail_because(context, digest))


def _mail_because(context: Context, digest: str | None) -> str:
    mailed = context.known.submissions.get("organisation_document")
    undone = context.known.word("undone", "document_sent")
    if undone and mailed and mailed.state == "done" and mailed.digest == digest:
        return (
            f"a person recorded on {undone.at.date().isoformat()} that its mail is undone: the "
            "same document is mailed again"
        )
    return "it was signed but not mailed yet"


def application_confirmed(context: Context) -> Planned:
    name, known = "application_confirmed", context.known
    warnings = answers.unexplained(context)
    if context.registered_before and not known.step("document_sent").evidence:
        return context.registered(name)
    found = answers.verdict(context)
    sent = context.before("document_sent")
    if sent.effects:
        return context.wait(
            name, "vzvz", "assess the document and confirm it by mail", "the document is sent in this run"
        )
    later = answers.later_than_word(context, name, found.answer)
    if found.answer and found.rejected and later == "mail":
        return context.stop(name, _rejected(found.answer), warnings=warnings, evidence_at=found.answer.received_at)
    if found.answer and found.rejected and later == "ask":
        return context.look(name, answers.word_or_mail(found.answer), warnings=warnings)
    if later == "word":
        return context.warned(context.done(name), *warnings)
    if found.answer:
        evidence = {"reference": found.answer.reference} if found.answer.reference else {}
        planned = context.done(name, evidence=evidence, evidence_at=found.answer.received_at)
        return context.warned(planned, *warnings)
    earlier = answers.of_earlier_document(context, known.step(name))
    if known.step(name).state == "done" and sent.state is State.DONE and not found.ask and not earlier:
        return context.warned(context.done(name), *warnings)
    if (further := answers.went_on(context)) and sent.state is State.DONE:
        planned = context.done(name, "VZVZ continued the process", evidence_at=further.received_at)
        return context.warned(planned, *warnings)
    if missing := context.missing(name):
        return context.later(name, f"{missing} comes first", warnings=warnings)
    if found.ask:
        return context.look(name, found.ask, warnings=warnings)
    if unproven := answers.unproven(context, "document_confirmed") or answers.unproven(context, "document_rejected"):
        return context.look(name, answers.not_proven(name, unproven), warnings=warnings)
    if warnings:
        return context.look(name, warnings[0], warnings=warnings[1:])
    if trouble := context.trouble(Need.MAILBOX):
        return context.stop(name, trouble)
    return context.wait(name, "vzvz", "assess the document and confirm it by mail")


def _rejected(answer: Answer) -> Trouble:
    """Without VZVZ's reason, which is shown on the terminal and the board only (decision 0163)."""
    return Trouble(
        REJECTED,
        "VZVZ rejected the organisation document",
        found="the reason in this mail",
        action="correct in the inventory what VZVZ mentions: the next run signs and mails the "
        "corrected document; if VZVZ rejected it by mistake, ask VZVZ, and record the answer",
        record=by_word("step=application_confirmed"),
        mail=answer.message_id,
        mail_at=answer.received_at,
    )
