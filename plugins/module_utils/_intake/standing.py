# SPDX-FileCopyrightText: gbz.zorgid contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""What VZVZ's answers come to for one organisation: the newest word on each matter."""

from __future__ import annotations

import datetime
from collections.abc import Iterable
from typing import Any

from .._common.errors import ZorgidError
from .answers import Answer

_DOCUMENT = {"document_confirmed": "confirmed", "document_rejected": "rejected"}


def standing(answers: Iterable[Answer], ura: str, *, since: str | None = None) -> dict[str, Any]:
    """The newest answer of each kind for ``ura``; a confirmation after a rejection counts, and the other way round.

    ``since`` (ISO 8601): when the document that counts now was sent; older words are about another document.
    Error: ``options_invalid``.
    """
    from_when = _moment(since) if since else None
    if since and from_when is None:
        raise ZorgidError(
            "options_invalid", "since is not a moment", expected="ISO 8601 with a time zone", found="something else"
        )
    mine = sorted((one for one in answers if one.ura == ura), key=lambda one: (one.received_at, one.uid))
    newest = {one.kind: one for one in mine}
    document = None
    for one in mine:
        at = _moment(one.received_at)
        # A mail without a readable date is not thrown away for it.
        if one.kind in _DOCUMENT and (from_when is None or at is None or at >= from_when):
            document = one
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


def _moment(text: str) -> datetime.datetime | None:
    try:
        moment = datetime.datetime.fromisoformat(text)
    except ValueError:
        return None
    return moment if moment.tzinfo else None
