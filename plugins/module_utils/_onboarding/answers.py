# SPDX-FileCopyrightText: gbz.zorgid contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""Decides what VZVZ's mails and people's statements in the dossier mean together. Pure."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from .._dossier import said
from .._dossier.closing import DOCUMENT
from .._dossier.model import LOST, Milestone
from .._mail.problems import NOTHING_TO_DO, action_of
from .context import Context
from .known import Word, moment
from .observed import Answer, Moment, Trouble, by_word, looked_at
from .plan import State
from .policy import CLOCKS
from .portal_steps import activated
from .steps import STEPS, TABLE

_DOCUMENT = ("document_confirmed", "document_rejected")
#: Kinds of mail that VZVZ sends once it has the document. They make earlier mails that were not recognised irrelevant.
_FURTHER = (*_DOCUMENT, "follow_up_link", "activation_qr")
#: The steps that a mail of VZVZ may be about. A person who states that one of them is done, or is not, has read the
#: earlier mail.
_BY_MAIL = ("document_sent", "application_confirmed", "follow_up_submitted", "activation_qr_received")


@dataclass(frozen=True)
class Verdict:
    """VZVZ's newest answer about the document that applies now. ``ask``: why it is unknown whether the answer is about
    that document."""

    answer: Answer | None = None
    ask: Trouble | None = None

    @property
    def rejected(self) -> bool:
        return self.answer is not None and self.answer.kind == "document_rejected"


def verdict(context: Context) -> Verdict:
    """About the document that was sent last. If a document was sent only once, every answer is about it, and no clock
    is needed."""
    sent_at = _sent_again_at(context)
    found = _newest(context, *_DOCUMENT)
    if sent_at is not None:
        about = [(one, _is_about(one, sent_at)) for one in _counted(context, *_DOCUMENT)]
        doubtful = [one for one, sure in about if sure is None]
        if doubtful:
            return Verdict(ask=_cannot_tell(doubtful[-1]))
        found = next((one for one, sure in reversed(about) if sure), None)
    return Verdict(found)


def went_on(context: Context) -> Answer | None:
    """VZVZ's newest mail of a kind that comes only after it confirmed the document that applies now."""
    sent_at = _sent_again_at(context)
    found = _counted(context, "follow_up_link", "activation_qr")
    about = [one for one in found if sent_at is None or _is_about(one, sent_at)]
    return about[-1] if about else None


def newest(context: Context, kind: str) -> Answer | None:
    """The newest answer of this kind that applies; a code that was lost after it came does not apply any more."""
    found = _newest(context, kind)
    return None if found and kind in _PERSONAL and loss_against(context, found) == "word" else found


_PERSONAL = ("follow_up_link", "activation_qr")


def lost(context: Context) -> Word | None:
    """The newest statement that a code was lost, or a phone that nobody has activated yet."""
    subjects = [one for one in LOST if one != "phone" or not activated(context)]
    found = [word for one in subjects if (word := context.known.word("lost", one))]
    return max(found, key=lambda one: one.at, default=None)


def loss_against(context: Context, answer: Answer) -> said.Later:
    """``word`` if the loss came after this mail, which then does not apply any more; ``mail`` if before it; ``ask`` if
    the order is unknown."""
    word = lost(context)
    return said.later(_text(word.at), _text(answer.received_at)) if word else "mail"


def unproven(context: Context, kind: str) -> Answer | None:
    """The newest answer of this kind that a person has to confirm, because nothing proves its sender."""
    mine = [
        one for one in in_order(context.observed.answers) if one.kind == kind and not one.problem and not one.closed
    ]
    return mine[-1] if mine and not _counts(context, mine[-1]) else None


def unexplained(context: Context) -> tuple[Trouble, ...]:
    """Mails of VZVZ that were not recognised and still matter: a person reads them."""
    return tuple(
        Trouble(
            one.problem,
            "A mail that we sent did not arrive"
            if one.kind == "undelivered"
            else "A mail from VZVZ was not recognised",
            action=action_of(one.problem),
            record=_answering(context, one),
            mail=one.message_id,
            mail_at=one.received_at,
            dismiss=looked_at(one.code),
        )
        for one in context.observed.answers
        if one.problem and one.problem not in NOTHING_TO_DO and not one.closed and not _overtaken(context, one)
    )


def _answering(context: Context, one: Answer) -> str:
    """What a person records after reading the mail."""
    if one.kind == "undelivered":
        # After a mail to people, nothing is recorded: the next one goes to the address that the inventory then has.
        return _AGAIN if one.ours in ("", DOCUMENT) else ""
    return by_word(f"step={_next(context)}")


#: With this, the next run signs and mails again.
_AGAIN = by_word("word=undone step=document_sent")


def _overtaken(context: Context, one: Answer) -> bool:
    """Whether the mail is irrelevant because of a later recognised mail of VZVZ, a later statement about a step of such
    mails or, for a report of non-delivery, a later document."""
    if any(said.older(_text(one.received_at), _text(each.received_at)) for each in _counted(context, *_FURTHER)):
        return True
    sent_at = _sent_again_at(context)
    if one.kind == "undelivered" and not one.ours and sent_at is not None and _is_about(one, sent_at) is False:
        return True
    return any(_read_before(one, at) for at in _spoken(context))


def _spoken(context: Context) -> list[Moment]:
    known = context.known
    words = [one.at for one in known.words if one.word in ("done", "undone") and one.subject in _BY_MAIL]
    attested = [one.at for name in _BY_MAIL if (one := known.step(name).attested)]
    return [*words, *(at for text in attested if (at := moment(text)))]


def _read_before(one: Answer, word_at: Moment) -> bool:
    """Whether the person could have read the mail before the statement. For observed mail, the dossier's own clock
    decides."""
    seen = one.seen_at is not None and one.seen_at <= word_at
    return seen or said.later(_text(word_at), _text(one.received_at)) == "word"


def unread(context: Context) -> bool:
    """Whether an answer may be unread or not recognised, so that nobody is reminded: a mailbox that cannot be read, a
    mail of this organisation that was not recognised, or a mail without an organisation that came while an answer is
    expected."""
    if context.mailbox_unread or unexplained(context):
        return True
    waits = [one.since for one in context.decided() if one.state is State.WAIT and STEPS[one.step].by_mail]
    return any(at is None or since is None or at >= since for at in context.observed.nobodys for since in waits)


def later_than_word(context: Context, step: str, answer: Answer | None) -> said.Later | None:
    """Which came later, a person's statement about ``step`` or VZVZ's mail; None if there is neither."""
    attested = context.known.step(step).attested
    if attested is None:
        return "mail" if answer else None
    return said.later(attested.at, _text(answer.received_at)) if answer else "word"


def word_or_mail(answer: Answer) -> Trouble:
    return Trouble(
        "answer_undecided",
        ("The times are too close to tell which came later: VZVZ's rejection, or a person's confirmation"),
        expected="a statement by a person clearly before or after the mail",
        found="a mail of about the same time",
        action="read the mail; if VZVZ confirms the document, record that with a later attested_at, "
        "as a time; if not, record word=undone instead",
        record=by_word("step=application_confirmed attested_at=TIME"),
        mail=answer.message_id,
        mail_at=answer.received_at,
    )


def not_proven(step: str, one: Answer) -> Trouble:
    return Trouble(
        "sender_not_proven",
        "A mail seems to be from VZVZ, but its sender is not proven",
        action=(
            "ask VZVZ whether it sent this mail; if it did, do what the mail asks and record that the step is done"
        ),
        record=by_word(f"step={step}"),
        mail=one.message_id,
        mail_at=one.received_at,
        dismiss=looked_at(one.code),
    )


def code_doubtful(one: Answer) -> Trouble:
    return Trouble(
        "answer_undecided",
        ("The times are too close to tell whether VZVZ sent this before or after the former one was lost"),
        expected="a mail that came clearly before or after the loss",
        found="a mail of about the same time",
        action="if it came after the loss, record the loss again with its attested_at, as a time; "
        "otherwise ask VZVZ for a new one",
        record=by_word("word=lost subject=activation_code attested_at=TIME"),
        mail=one.message_id,
        mail_at=one.received_at,
    )


def _text(at: Moment | None) -> str:
    return at.isoformat() if at else ""


def of_earlier_document(context: Context, recorded: Milestone) -> bool:
    """Whether the recorded step is about an earlier document than the one that applies now, by the dossier's clock
    alone."""
    sent_at, at = _sent_again_at(context), moment(recorded.since)
    return recorded.attested is None and bool(sent_at and at and at < sent_at)


def _newest(context: Context, *kinds: str) -> Answer | None:
    found = _counted(context, *kinds)
    return found[-1] if found else None


def _counted(context: Context, *kinds: str) -> list[Answer]:
    return [one for one in in_order(context.observed.answers) if one.kind in kinds and _counts(context, one)]


def _counts(context: Context, one: Answer) -> bool:
    return not one.problem and (one.proven or not context.policy.proof_needed)


def in_order(answers: Iterable[Answer]) -> list[Answer]:
    """Oldest first; mails without a date come first. Mails of the same second keep the given order, that of the mail
    server's numbers."""
    return sorted(answers, key=lambda one: (one.received_at is not None, one.received_at or 0))


def _sent_at(context: Context) -> Moment | None:
    known = context.known.step("document_sent")
    return moment(known.evidence.get("sent_at")) or (moment(known.attested.at) if known.attested else None)


def _sent_again_at(context: Context) -> Moment | None:
    """When the last document was sent; None if it is the only one."""
    sent = context.known.submissions.get("organisation_document")
    return _sent_at(context) if sent and sent.evidence.get("documents_before", 0) else None


def _is_about(one: Answer, sent_at: Moment) -> bool | None:
    """Whether an answer is about a document sent at ``sent_at``, and not an earlier one; None if unknown.

    ``seen_at`` and ``sent_at`` are of the dossier's clock, so a mail seen before ``sent_at`` is certainly older. The
    mail server has another clock: a time within ``CLOCKS`` before ``sent_at`` decides nothing.
    """
    if one.seen_at is not None and one.seen_at <= sent_at:
        return False
    if one.received_at is None:
        return None
    if one.received_at >= sent_at:
        return True
    return None if sent_at - one.received_at <= CLOCKS else False


def _cannot_tell(one: Answer) -> Trouble:
    return Trouble(
        "answer_undecided",
        "The times are too close to tell which document VZVZ's answer is about",
        expected="an answer that came clearly before or after the document was sent again",
        found="a mail that came while the document was being sent again",
        action="read the mail; if VZVZ confirms the newest document, record that",
        record=by_word("step=application_confirmed"),
        mail=one.message_id,
        mail_at=one.received_at,
    )


def _next(context: Context) -> str:
    """The step that a mail of VZVZ is most likely about: VZVZ's first step that is not done."""
    steps = [step.name for step in TABLE if step.actor == "vzvz"]
    return next((name for name in steps if context.known.step(name).state != "done"), steps[-1])
