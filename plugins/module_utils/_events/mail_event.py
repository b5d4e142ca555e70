# SPDX-FileCopyrightText: gbz.zorgid contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""Which mail is an event, and what the rulebook gets of it: where the mail is and which host it is for. Pure."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from .._common.ura import Ura, is_ura
from .._mail.inbox import ReceivedMail


@dataclass(frozen=True)
class MailEvent:
    uidvalidity: int
    uid: int
    host: str

    def for_rulebook(self) -> dict[str, Any]:
        """``meta.hosts`` is what ansible-rulebook limits a run to. Nothing of the mail itself."""
        return {"mailbox": {"uidvalidity": self.uidvalidity, "uid": self.uid}, "meta": {"hosts": self.host}}


def event_of(mail: ReceivedMail, organisations: Mapping[Ura, str]) -> MailEvent | None:
    """A mail of an allowed sender with the URA number of a known organisation. If its kind was not recognised it is an
    event too: the run then shows it to a person. Not if a proof was asked for and is missing."""
    host = organisations.get(Ura(mail.ura)) if is_ura(mail.ura) and mail.ura else None
    if host is None or mail.problem == "sender_not_proven":
        return None
    return MailEvent(mail.uidvalidity, mail.uid, host)
