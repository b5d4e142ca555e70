# SPDX-FileCopyrightText: gbz.zorgid contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""Fetches a mail of VZVZ again when its content is used: the link to a form, the reason of a rejection. The dossier
stores neither."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from typing import Any

from ....module_utils._common.errors import ZorgidError
from ....module_utils._common.moments import parse
from ....module_utils._common.text import printable
from ....module_utils._common.ura import Ura, same_ura
from ....module_utils._dossier.model import Observation
from ....module_utils._dossier.observations import base_of
from ....module_utils._dossier.store import DossierStore
from ....module_utils._mail import imap_mailbox
from ....module_utils._mail.inbox import ReceivedMail, classify
from ....module_utils._use_cases.read_mailbox import ReadMailbox
from .shared import OncePerRun

MOST_REASON = 300


def follow_up_link(reading: ReadMailbox, row: Observation, *, store: DossierStore) -> str:
    """The link in the mail ``row``, which is checked again like every mail. Errors: those of ``imap_mailbox.fetch``,
    and ``message_of_another``. The link is secret, because anyone who has it can fill in the form."""
    return _anew(reading, row, store).link or ""


def rejection_reason(
    reading: ReadMailbox, row: Observation, *, store: DossierStore, shared: OncePerRun, people: Mapping[str, Any]
) -> str:
    """Find why VZVZ rejected the document, for the terminal, which takes it from ``found_reason``. Mail addresses,
    links, and all data in ``people`` (of the organisation) are left out. Errors: as for ``follow_up_link``."""

    def read() -> str:
        return _without(_anew(reading, row, store).reason or "", people)

    return shared.get(_key(str(row.ura)), read)


def found_reason(shared: OncePerRun, ura: str) -> str:
    """The reason that ``rejection_reason`` found in this run; empty if it was not called or the mail has none."""
    return shared.get(_key(ura), str)


def _key(ura: str) -> dict[str, str]:
    return {"rejection": Ura.of(ura).digits}


def _anew(reading: ReadMailbox, row: Observation, store: DossierStore) -> ReceivedMail:
    message_id = base_of(row.message_id)
    raw = imap_mailbox.fetch(reading.imap, reading.trust, message_id, (row.uidvalidity, row.uid))
    place = ReceivedMail("unknown", message_id, row.uid, row.uidvalidity, parse(row.received_at))
    found = classify(place, raw, reading.trust, reading.patterns, store.references())
    if found.problem or found.kind != row.kind or not same_ura(found.ura, row.ura):
        raise ZorgidError(
            "message_of_another",
            f"The mail with this Message-ID is not what it was taken for: {row.kind} for {row.ura}",
            expected="the mail that was read before",
            found=found.problem or f"{found.kind} for {found.ura}",
            action="look at the mail, and run again",
        )
    return found


def _without(text: str, people: Mapping[str, Any]) -> str:
    shown = re.sub(r"\S+@\S+|(?i:https?)://\S+", "…", text)
    for value in sorted(set(_values(people)), key=len, reverse=True):
        shown = re.sub(rf"(?<!\w){re.escape(value)}(?!\w)", "…", shown, flags=re.IGNORECASE)
    return printable(shown, MOST_REASON)


def _values(people: Any) -> Iterator[str]:
    """All values about people, and birth dates also in Dutch notation."""
    if isinstance(people, Mapping):
        for each in people.values():
            yield from _values(each)
    elif people:
        text = str(people)
        yield text
        if date := re.fullmatch(r"(\d{4})-(\d\d)-(\d\d)", text):
            year, month, day = date.groups()
            yield from (f"{day}{sign}{month}{sign}{year}" for sign in "-/.")
            yield from (f"{int(day)}{sign}{int(month)}{sign}{year}" for sign in "-/.")
