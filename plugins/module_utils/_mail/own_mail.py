# SPDX-FileCopyrightText: gbz.zorgid contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""A test mail to one's own address, so that mail was tried before the first mail to VZVZ."""

from __future__ import annotations

import uuid

from .._common import moments
from .._common.errors import ZorgidError
from .._net.url_policy import belongs_to_vzvz
from . import smtp_mail
from .smtp_mail import Receipt, SmtpSettings

_SUBJECT = "gbz.zorgid: test mail"
_TEXT = """This is a test mail of gbz.zorgid.preflight. Nothing has to be done with it but to look at it:

- Did it arrive in the inbox, or among the unwanted mail?
- Is the sender as you want VZVZ to see it?
- Do the headers say that SPF, DKIM and DMARC passed?

Mail server: {host}
"""


def check_recipient(address: str, *others: str) -> str:
    """Checks that the test mail goes to one's own organisation. ``others``: the addresses that documents go to. Errors:
    ``address_invalid``, ``test_mail_to_vzvz``, before any connection."""
    smtp_mail.check_address(address, "test mail")
    if belongs_to_vzvz(address) or address.casefold() in {other.casefold() for other in others}:
        raise ZorgidError(
            "test_mail_to_vzvz",
            "A test mail goes to yourself and not to where the documents go; nothing was sent",
            expected="an address of your own",
            found="an address of VZVZ, or that of document_recipient",
            action="give -e test_mail= with your own address",
        )
    return address


def send(recipient: str, settings: SmtpSettings) -> Receipt:
    """Errors: those of ``smtp_mail.send``."""
    message_id = f"<{uuid.uuid4()}@{smtp_mail.domain_of(settings.sender)}>"
    mail = smtp_mail.compose(
        message_id=message_id,
        sender=settings.sender,
        recipient=recipient,
        subject=_SUBJECT,
        text=_TEXT.format(host=settings.host),
        attachments={},
        at=moments.now(),
    )
    return smtp_mail.send(mail.as_bytes(), message_id, recipient, settings)
