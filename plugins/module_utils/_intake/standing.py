# SPDX-FileCopyrightText: gbz.zorgid contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""What VZVZ's answers come to for one organisation: the newest word on each matter, and what waits for a person."""

from __future__ import annotations

import datetime
from collections.abc import Iterable
from typing import Any

from .._common.errors import ZorgidError
from .._common.text import printable
from .._common.ura import same_ura
from .answers import Answer

_DOCUMENT = {"document_confirmed": "confirmed", "document_rejected": "rejected"}
_ATTEST = "tell the dossier (gbz.zorgid.dossier with step: {step}, attested_by and attested_how)"
#: kind -> (the step that it moves, what a person does when the mail is VZVZ's)
_STEPS: dict[str, tuple[str | None, str]] = {
    "application_confirmed": (None, "nothing has to be done, no step waits for it"),
    "document_confirmed": ("application_confirmed", _ATTEST),
    "document_rejected": ("application_confirmed", "put right what VZVZ names, sign the document again and send it"),
    "follow_up_link": ("follow_up_submitted", f"fill in the form that it leads to, and {_ATTEST}"),
    "activation_qr": (
        "activation_qr_received",
        f"make the letter (gbz.zorgid.activation_qr with this message_id), hand it over, and {_ATTEST}",
    ),
}
_WHY = {
    "sender_not_proven": "Nothing proves that VZVZ sent this mail (authentication: none): ask VZVZ. When it did",
    "date_unreadable": "When this mail came cannot be read, it may be about an earlier document: look at it. When it is"
    " about this one",
}


def standing(
    answers: Iterable[Answer], ura: str, *, since: str | None = None, proof_needed: bool = False
) -> dict[str, Any]:
    """The newest answer of each kind for ``ura``; a confirmation after a rejection counts, and the other way round.

    ``since`` (ISO 8601): when the document that counts now was sent; older words are about another document.
    ``proof_needed``: answers whose sender is not proven do not count. Error: ``options_invalid``.
    """
    from_when = _from(since)
    mine = [one for one in _of(answers, ura) if not _why(one, from_when, proof_needed=proof_needed)]
    newest = {one.kind: one for one in mine}
    document = next((one for one in reversed(mine) if one.kind in _DOCUMENT and _is_new(one, from_when)), None)
    application, follow_up = newest.get("application_confirmed"), newest.get("follow_up_link")
    activation = newest.get("activation_qr")
    return {
        "application_confirmed_at": application.received_at if application else None,
        "document": _DOCUMENT[document.kind] if document else None,
        "document_at": document.received_at if document else None,
        "document_reason": document.reason if document else None,
        "follow_up_link": follow_up.link if follow_up else None,
        "activation_message_id": activation.message_id if activation else None,
        "activation_at": activation.received_at if activation else None,
        "reference": next((one.reference for one in reversed(mine) if one.reference), None),
    }


def to_confirm(
    answers: Iterable[Answer], ura: str, *, since: str | None = None, proof_needed: bool = False
) -> list[dict[str, Any]]:
    """The newest answer on each matter that does not count until a person has looked at it, oldest first, each with
    the step that waits for it and what to do. Arguments and error as ``standing``."""
    from_when = _from(since)
    newest: dict[str, tuple[Answer, str]] = {}
    for one in _of(answers, ura):
        why = _why(one, from_when, proof_needed=proof_needed)
        if why and (one.kind not in _DOCUMENT or _is_new(one, from_when)):
            newest["document" if one.kind in _DOCUMENT else one.kind] = one, why
    return [_asked(one, why) for one, why in sorted(newest.values(), key=lambda each: _order(each[0]))]


def _asked(one: Answer, why: str) -> dict[str, Any]:
    step, what = _STEPS[one.kind]
    return {
        "kind": one.kind,
        "message_id": one.message_id,
        "received_at": one.received_at,
        "step": step,
        "why": why,
        "action": f"{_WHY[why]}: {what.format(step=step)}.",
    }


def _of(answers: Iterable[Answer], ura: str) -> list[Answer]:
    """Oldest first; what has no date comes before what has one."""
    return sorted((one for one in answers if one.kind in _STEPS and same_ura(one.ura, ura)), key=_order)


def _order(one: Answer) -> tuple[str, int]:
    return one.received_at, one.uid


def _why(one: Answer, from_when: datetime.datetime | None, *, proof_needed: bool) -> str | None:
    """Why the answer does not count until a person has confirmed it."""
    if proof_needed and not one.proven:
        return "sender_not_proven"
    undated = from_when is not None and one.kind in _DOCUMENT and _moment(one.received_at) is None
    return "date_unreadable" if undated else None


def _is_new(one: Answer, from_when: datetime.datetime | None) -> bool:
    """Whether the answer may be about the document that was sent at ``from_when``."""
    at = _moment(one.received_at)
    return from_when is None or at is None or at >= from_when


def _from(since: str | None) -> datetime.datetime | None:
    if not since:
        return None
    try:
        from_when = datetime.datetime.fromisoformat(since)
    except ValueError:
        from_when = None
    if from_when is None or not from_when.tzinfo:
        raise ZorgidError(
            "options_invalid",
            "since is not a moment",
            expected="ISO 8601 with a time zone, such as 2026-11-24T12:00:00Z",
            found=f"`{printable(since, 40)}`" + (", without a time zone" if from_when else ""),
            action="give sent_at of document_delivery as it stands there, or add Z or the offset (+01:00)",
        )
    return from_when


def _moment(text: str) -> datetime.datetime | None:
    try:
        moment = datetime.datetime.fromisoformat(text)
    except ValueError:
        return None
    return moment if moment.tzinfo else None
