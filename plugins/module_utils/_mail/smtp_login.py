# SPDX-FileCopyrightText: gbz.zorgid contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""The login at a mail server: one attempt, because accounts lock."""

from __future__ import annotations

import base64
import smtplib

from .login import xoauth2


def log_in(server: smtplib.SMTP, username: str | None, password: str | None, access_token: str | None) -> None:
    """Without a user name there is no login. Error: SMTPAuthenticationError."""
    if not username:
        return
    if access_token:
        token = xoauth2(username, access_token)
        code, reply = server.docmd("AUTH", "XOAUTH2 " + base64.b64encode(token.encode()).decode())
        if code == 334:
            # The server explains the refusal in the challenge and waits for an empty answer.
            code, reply = server.docmd("")
        if code not in (235, 503):
            raise smtplib.SMTPAuthenticationError(code, reply)
    elif (username + (password or "")).isascii():
        _once(server, username, password or "")
    else:
        # smtplib encodes as ASCII only; RFC 4616 says UTF-8.
        code, reply = server.docmd("AUTH", "PLAIN " + base64.b64encode(_plain_login(username, password or "")).decode())
        if code not in (235, 503):
            raise smtplib.SMTPAuthenticationError(code, reply)


def _once(server: smtplib.SMTP, username: str, password: str) -> None:
    """``SMTP.login`` tries the next mechanism after a refusal; a wrong password would be sent twice, which may lock the
    account. A mechanism that the server turns out not to support (504) is not an attempt."""
    offered = server.esmtp_features.get("auth", "").upper().split()
    server.user, server.password = username, password
    refused: smtplib.SMTPException = smtplib.SMTPNotSupportedError("no authentication method that is known here")
    for name, method in (
        ("PLAIN", server.auth_plain),
        ("LOGIN", server.auth_login),
        ("CRAM-MD5", server.auth_cram_md5),
    ):
        if name in offered:
            try:
                server.auth(name, method)
            except smtplib.SMTPAuthenticationError as error:
                if error.smtp_code != 504:
                    raise
                refused = error
            else:
                return
    raise refused


def _plain_login(username: str, password: str) -> bytes:
    return f"\0{username}\0{password}".encode()
