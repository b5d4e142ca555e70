# SPDX-FileCopyrightText: gbz.zorgid contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""Letters as servers send them, and the settings with which a mailbox of the tests is read."""

from __future__ import annotations

from typing import Any

from ansible_collections.gbz.zorgid.plugins.module_utils._mail.imap_connection import ImapSettings
from ansible_collections.gbz.zorgid.tests.support.intake_support import Pki
from ansible_collections.gbz.zorgid.tests.support.mail_servers import (
    PASSWORD,
    USER,
)


def imap(pki: Pki, port: int, **changed: Any) -> ImapSettings:
    settings: dict[str, Any] = {"password": PASSWORD, "ca_path": str(pki.ca_path), "timeout": 5}
    return ImapSettings("127.0.0.1", USER, port, **{**settings, **changed})


def bounce(ours: str, action: str = "failed", sender: str = "Mail Delivery <mailer-daemon@mx.gbz.example>") -> bytes:
    return (
        f"From: {sender}\r\nSubject: Undelivered\r\nMessage-ID: <bounce@mx.gbz.example>\r\nMIME-Version: 1.0\r\n"
        'Content-Type: multipart/report; report-type="delivery-status"; boundary="b"\r\n\r\n'
        "--b\r\n\r\nThe mail could not be delivered.\r\n"
        "--b\r\nContent-Type: message/delivery-status\r\n\r\nReporting-MTA: dns; mx.gbz.example\r\n\r\n"
        f"Final-Recipient: rfc822; zorg-id@vzvz.example\r\nAction: {action}\r\nStatus: 5.1.1\r\n"
        "Diagnostic-Code: smtp; 550 5.1.1 <zorg-id@vzvz.example>\r\n unknown \x1b[31mhere\r\n\r\n"
        f"--b\r\nContent-Type: message/rfc822\r\n\r\nMessage-ID: {ours}\r\nSubject: x\r\n\r\nx\r\n--b--\r\n"
    ).encode()
