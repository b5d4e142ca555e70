# SPDX-FileCopyrightText: gbz.zorgid contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""The list after a session as a mail to the person whose session it was: one mail, never a code or a link.

It is sent after the session. A mail that fails changes nothing of what was done, so it is told and is no failure.
"""

from __future__ import annotations

import secrets
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal, NamedTuple

from .._common import moments
from .._common.errors import ZorgidError
from .._mail import smtp_mail
from .._mail.smtp_mail import DeliveryUncertainError, SmtpSettings
from .._net.url_policy import check_environment
from .._portal import model
from .session_items import Item

#: Results after which nothing was sent to the portal for that account.
_NOT_MADE = frozenset({model.FAILED, model.TODO, model.UNCHANGED})


@dataclass(frozen=True)
class MailRoute:
    """smtp: the organisation's mail server; None: there is none, and nothing is mailed."""

    smtp: SmtpSettings | None = None
    environment: str = ""


class Addressee(NamedTuple):
    """person: external id. address: empty if it is not known. obstacle: why nothing is mailed to them; empty: it is."""

    person: str
    address: str = ""
    obstacle: str = ""


class MailResult(NamedTuple):
    """What became of the mail. words: for a screen, without the address."""

    status: Literal["would_send", "sent", "not_sent", "failed", "uncertain"]
    words: str


def addressee(route: MailRoute, person: str, address: str | None) -> Addressee:
    if route.smtp is None:
        return Addressee(person, obstacle="the organisation has no mail server (zorgid_onboarding_smtp)")
    if not address:
        return Addressee(person, obstacle=f"no list has a mail address of {person} (zorgid_onboarding_administrators)")
    try:
        smtp_mail.check_address(address, person)
        check_environment(route.environment, [route.smtp.host, address])
    except ZorgidError as error:
        return Addressee(person, obstacle=error.message)
    return Addressee(person, address)


def planned(to: Addressee) -> MailResult:
    """Before a session: what would be mailed after it."""
    if to.obstacle:
        return MailResult("not_sent", f"the list after is not mailed: {to.obstacle}")
    return MailResult("would_send", f"if something is changed, the list after is mailed to {to.person}, with names")


def changed(items: Sequence[Item]) -> bool:
    """Whether this session changed something in the portal, or perhaps did."""
    return any(
        item.kinds and not item.by_hand and item.result is not None and item.result.status not in _NOT_MADE
        for item in items
    )


def mail_list(route: MailRoute, to: Addressee, ura: str, text: str, page: bytes, items: Sequence[Item]) -> MailResult:
    """text, page: the list, as text and as HTML. Raises nothing: what was done in the portal stays done."""
    if not changed(items):
        return MailResult("not_sent", "not mailed: nothing was changed")
    if to.obstacle or route.smtp is None:
        return MailResult("not_sent", f"not mailed: {to.obstacle}")
    try:
        message_id = f"<{secrets.token_hex(16)}@{smtp_mail.domain_of(route.smtp.sender)}>"
        mail = smtp_mail.compose(
            message_id=message_id,
            sender=route.smtp.sender,
            recipient=to.address,
            subject=f"In uw naam gedaan in het ZORG-ID-portaal, URA {ura}",
            text=text,
            html=page.decode(),
            attachments={},
            at=moments.now(),
        )
        smtp_mail.send(mail.as_bytes(), message_id, to.address, route.smtp)
    except DeliveryUncertainError as error:
        return MailResult("uncertain", f"perhaps mailed to {to.person}, ask them: {error.message} ({error.code})")
    except ZorgidError as error:
        return MailResult("failed", f"not mailed to {to.person}: {error.message} ({error.code})")
    return MailResult("sent", f"mailed to {to.person}")
