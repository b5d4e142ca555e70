# SPDX-FileCopyrightText: gbz.zorgid contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""Try the mail server before the first mail: the connection, its TLS, one login, and whether it accepts the sender.

The sender is sent with MAIL FROM and reset with RSET (RFC 5321, 4.1.1.5): no recipient and no mail is sent. A server
may accept the sender and still refuse the mail later, which only a test mail shows (``test_mail``).
"""

from __future__ import annotations

import smtplib
from contextlib import suppress
from dataclasses import dataclass

from .._common.errors import ZorgidError
from .answering import located
from .smtp_client import printable_reply
from .smtp_mail import SmtpSettings, connection


@dataclass(frozen=True)
class SmtpSeen:
    """``tls``: its version. ``login``: whether there was one. ``code``, ``reply``: the reply to the sender, made safe
    to show; 0 if the server closed the connection instead."""

    tls: str
    login: bool
    code: int
    reply: str = ""


def probe(settings: SmtpSettings) -> SmtpSeen:
    """One connection and one login, never a second attempt. Errors: as ``smtp_mail.try_login``; if the connection
    fails, with what answers there."""
    names = (settings.sender, settings.username)
    try:
        with connection(settings, names) as server:
            seen = SmtpSeen(tls_of(server.sock), bool(settings.username), *_sender(server, settings))
            with suppress(smtplib.SMTPException, OSError):
                server.quit()
            return seen
    except ZorgidError as error:
        raise located(error, "SMTP", settings) from error


def _sender(server: smtplib.SMTP, settings: SmtpSettings) -> tuple[int, str]:
    try:
        code, reply = server.mail(settings.sender)
        with suppress(smtplib.SMTPException, OSError):
            server.rset()
    except (smtplib.SMTPServerDisconnected, OSError):
        # The login succeeded; only the reply to MAIL FROM is missing.
        return 0, ""
    return code, printable_reply(reply, settings.sender, settings.username)


def tls_of(connected: object) -> str:
    """The TLS version, such as ``TLS 1.3``; empty if the connection does not say."""
    version = getattr(connected, "version", None)
    name = version() if callable(version) else None
    return str(name).replace("TLSv", "TLS ") if name else ""
