# SPDX-FileCopyrightText: gbz.zorgid contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""The state of one organisation by VZVZ's answers: the newest answer of each kind, and the mails that a person has to
check."""

from __future__ import annotations

import datetime
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Literal

from .._common.ura import same_ura
from .inbox import ReceivedMail

_DOCUMENT: dict[str, Literal["confirmed", "rejected"]] = {
    "document_confirmed": "confirmed",
    "document_rejected": "rejected",
}
_ATTEST = "record it: ansible-playbook gbz.zorgid.done -l HOST -e step={step} -e how='…'"
#: kind -> (the step that it changes, what a person does if the mail is from VZVZ)
_STEPS: dict[str, tuple[str | None, str]] = {
    "application_confirmed": (None, "nothing: no step waits for this mail"),
    "document_confirmed": ("application_confirmed", _ATTEST),
    "document_rejected": ("application_confirmed", "correct what VZVZ mentions, sign the document again and send it"),
    "follow_up_link": ("follow_up_submitted", f"fill in the form that the mail links to, and {_ATTEST}"),
    "activation_qr": (
        "activation_qr_received",
        f"make the letter (gbz.zorgid.activation_qr with this message_id), hand it over, and {_ATTEST}",
    ),
}
_WHY = {
    "sender_not_proven": (
        "It is not proven that VZVZ sent this mail (authentication: none): ask VZVZ. If VZVZ sent it"
    ),
    "date_unreadable": "The date of this mail cannot be read, so it may be about an earlier document: read "
    "the mail. If it is about this document",
}


#: Mail without a known time is sorted before mail with one.
_UNDATED = datetime.datetime.min.replace(tzinfo=datetime.UTC)


@dataclass(frozen=True)
class VzvzStatus:
    """The newest mail of each kind that applies; None if there is none. ``reference``: VZVZ's reference in the newest
    mail that has one."""

    application: ReceivedMail | None = None
    document: ReceivedMail | None = None
    follow_up: ReceivedMail | None = None
    activation: ReceivedMail | None = None
    reference: str | None = None

    @property
    def document_says(self) -> Literal["confirmed", "rejected"] | None:
        return _DOCUMENT[self.document.kind] if self.document else None


@dataclass(frozen=True)
class ToConfirm:
    """A mail that does not apply until a person has checked it. ``step``: the step that waits for it. ``why``:
    sender_not_proven or date_unreadable. ``action``: what that person does."""

    mail: ReceivedMail
    step: str | None
    why: str
    action: str


def status_of(
    mails: Iterable[ReceivedMail], ura: str, *, since: datetime.datetime | None = None, proof_needed: bool = False
) -> VzvzStatus:
    """What VZVZ has answered to ``ura``; of confirmation and rejection the later one applies.

    ``since``: when the present document was sent; older answers are about another document. ``proof_needed``: mails
    whose sender is not proven do not apply.
    """
    mine = [one for one in _of(mails, ura) if not _why(one, since, proof_needed=proof_needed)]
    newest = {one.kind: one for one in mine}
    return VzvzStatus(
        application=newest.get("application_confirmed"),
        document=next((one for one in reversed(mine) if one.kind in _DOCUMENT and _is_new(one, since)), None),
        follow_up=newest.get("follow_up_link"),
        activation=newest.get("activation_qr"),
        reference=next((one.reference for one in reversed(mine) if one.reference), None),
    )


def to_confirm(
    mails: Iterable[ReceivedMail], ura: str, *, since: datetime.datetime | None = None, proof_needed: bool = False
) -> list[ToConfirm]:
    """The newest mail of each kind that does not apply until a person has checked it, oldest first. Arguments as
    ``status_of``."""
    newest: dict[str, tuple[ReceivedMail, str]] = {}
    for one in _of(mails, ura):
        why = _why(one, since, proof_needed=proof_needed)
        if why and (one.kind not in _DOCUMENT or _is_new(one, since)):
            newest["document" if one.kind in _DOCUMENT else one.kind] = one, why
    return [_asked(one, why) for one, why in sorted(newest.values(), key=lambda each: _order(each[0]))]


def _asked(one: ReceivedMail, why: str) -> ToConfirm:
    step, what = _STEPS[one.kind]
    return ToConfirm(one, step, why, f"{_WHY[why]}: {what.format(step=step)}.")


def _of(mails: Iterable[ReceivedMail], ura: str) -> list[ReceivedMail]:
    """The mails of this organisation, oldest first."""
    return sorted((one for one in mails if one.kind in _STEPS and same_ura(one.ura, ura)), key=_order)


def _order(one: ReceivedMail) -> tuple[datetime.datetime, int]:
    return one.received_at or _UNDATED, one.uid


def _why(one: ReceivedMail, since: datetime.datetime | None, *, proof_needed: bool) -> str | None:
    """Why the mail does not apply until a person has confirmed it."""
    if proof_needed and not one.proven:
        return "sender_not_proven"
    undated = since is not None and one.kind in _DOCUMENT and one.received_at is None
    return "date_unreadable" if undated else None


def _is_new(one: ReceivedMail, since: datetime.datetime | None) -> bool:
    """Whether the mail may be about the document that was sent at ``since``."""
    return since is None or one.received_at is None or one.received_at >= since
