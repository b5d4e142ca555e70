# SPDX-FileCopyrightText: gbz.zorgid contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""What VZVZ's mails and people's words come to, as far as the dossier holds them. Pure."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from .context import Context
from .known import moment
from .observed import Answer, Moment, Trouble
from .policy import CLOCKS

_DOCUMENT = ("document_confirmed", "document_rejected")


@dataclass(frozen=True)
class Verdict:
    """VZVZ's newest word on the document that counts now. ``ask``: why nobody can say whether it is about that one."""

    answer: Answer | None = None
    ask: Trouble | None = None

    @property
    def rejected(self) -> bool:
        return self.answer is not None and self.answer.kind == "document_rejected"


def verdict(context: Context) -> Verdict:
    """On the document that was sent last. With one that was never sent again no clock is needed: all is about it."""
    sent = context.known.submissions.get("organisation_document")
    sent_at = _sent_at(context)
    found = _newest(context, *_DOCUMENT)
    resent = bool(sent and sent.evidence.get("documents_before", 0))
    if resent and sent_at is not None:
        about = [(one, _is_about(one, sent_at)) for one in _counted(context, *_DOCUMENT)]
        doubtful = [one for one, sure in about if sure is None]
        if doubtful:
            return Verdict(ask=_cannot_tell(doubtful[-1]))
        found = next((one for one, sure in reversed(about) if sure), None)
    return Verdict(found)


def newest(context: Context, kind: str) -> Answer | None:
    """The newest answer of this kind that counts; a code that was lost after it came does not count any more."""
    found = _newest(context, kind)
    lost = context.known.word("lost", "activation_code")
    if found and kind == "activation_qr" and lost and found.received_at and found.received_at <= lost.at:
        return None
    return found


def unproven(context: Context, kind: str) -> Answer | None:
    """The newest answer of this kind that waits for a person, because nothing proves its sender."""
    mine = [one for one in _in_order(context.observed.answers) if one.kind == kind and not one.problem]
    return mine[-1] if mine and not _counts(context, mine[-1]) else None


def unexplained(context: Context) -> tuple[Trouble, ...]:
    """Mails of VZVZ that were not understood: a person reads them."""
    return tuple(
        Trouble(
            one.problem,
            f"A mail of VZVZ was not understood: {_named(one)}",
            action="read it in the mailbox and record what it says (gbz.zorgid.dossier)",
        )
        for one in context.observed.answers
        if one.problem
    )


def word_counts(context: Context, step: str, answer: Answer | None) -> bool:
    """Whether a person's word for ``step`` is later than VZVZ's mail, or there is no such mail."""
    attested = context.known.step(step).attested
    said = moment(attested.at) if attested else None
    if said is None:
        return False
    return answer is None or answer.received_at is None or said >= answer.received_at


def _newest(context: Context, *kinds: str) -> Answer | None:
    found = _counted(context, *kinds)
    return found[-1] if found else None


def _counted(context: Context, *kinds: str) -> list[Answer]:
    return [one for one in _in_order(context.observed.answers) if one.kind in kinds and _counts(context, one)]


def _counts(context: Context, one: Answer) -> bool:
    return not one.problem and (one.proven or not context.policy.proof_needed)


def _in_order(answers: Iterable[Answer]) -> list[Answer]:
    """Oldest first; what has no date comes before what has one."""
    return sorted(answers, key=lambda one: (one.received_at is not None, one.received_at or 0, one.message_id))


def _sent_at(context: Context) -> Moment | None:
    known = context.known.step("document_sent")
    return moment(known.evidence.get("sent_at")) or (moment(known.attested.at) if known.attested else None)


def _is_about(one: Answer, sent_at: Moment) -> bool | None:
    """Whether an answer is about a document sent at ``sent_at``, and not an earlier one; None: nobody can tell.

    ``seen_at`` and ``sent_at`` are the dossier's clock, so what was seen before is surely older. The mail server's
    time is another clock: within ``CLOCKS`` before, it decides nothing.
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
        "Nobody can tell by the clock which document VZVZ's answer is about",
        expected="an answer that came clearly before or after the document was sent again",
        found=_named(one),
        action="read it, and record what VZVZ says of the newest document (gbz.zorgid.dossier)",
    )


def _named(one: Answer) -> str:
    at = one.received_at.date().isoformat() if one.received_at else "without a date"
    return f"the mail of {at}, {one.message_id}"
