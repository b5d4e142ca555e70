# SPDX-FileCopyrightText: gbz.zorgid contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""Used by SMTP and IMAP: SASL XOAUTH2, and one clear sentence for each way in which a connection fails."""

from __future__ import annotations

import errno
import imaplib
import socket
import ssl

from .._common.errors import ZorgidError
from .._common.trouble import in_words


def xoauth2(username: str, access_token: str) -> str:
    """Initial client response of SASL XOAUTH2, as Google and Microsoft describe it."""
    return f"user={username}\x01auth=Bearer {access_token}\x01\x01"


def check_credentials(kind: str, username: str | None, password: str | None, token: str | None) -> None:
    """Exactly one of password and token with a user name, or no login at all (a submission server in the own
    network)."""
    given = [secret for secret in (password, token) if secret]
    if len(given) > 1 or bool(username) != bool(given):
        raise ZorgidError(
            "options_invalid",
            f"Credentials for the {kind} server are missing",
            expected="username with either password or access_token",
            found="both" if len(given) > 1 else ("only a user name" if username else "no user name"),
            action=f"correct {kind.lower()}",
        )


def connection_error(
    kind: str, host: str, port: int, error: BaseException, *, security: str | None = None
) -> ZorgidError:
    """The error for a connection that failed or was interrupted. ``security``: as configured, given until TLS is
    established; if a server then says nothing, or something unexpected, this setting is most often wrong."""
    where = f"{host}:{port}"
    name = kind.lower()
    if isinstance(error, ssl.SSLCertVerificationError):
        return ZorgidError(
            "tls_untrusted",
            f"The TLS certificate of the {kind} server {where} is not trusted",
            expected="a certificate for this host name from a trusted CA",
            found=error.verify_message,
            action="set ca_path to the CA certificate, or correct the host",
        )
    # imaplib raises ``abort`` for a lost connection, and ``abort`` is a subclass of its ``error``.
    no_starttls = isinstance(error, imaplib.IMAP4.error) and (
        not isinstance(error, imaplib.IMAP4.abort) or "TLS not supported" in str(error)
    )
    no_starttls = no_starttls and security == "starttls"
    if isinstance(error, ssl.SSLError) or no_starttls:
        return ZorgidError(
            "tls_failed",
            f"The {kind} server {where} does not support TLS as configured",
            expected=_EXPECTED.get(security or "", "TLS"),
            found="a server that does not offer STARTTLS" if no_starttls else in_words(error),
            action=f"correct {name}.security ({_OTHER.get(security or '', 'tls or starttls')} is "
            f"probably right for this port), or {name}.port",
        )
    check = f"check {name}.host, {name}.port and the network, then run again"
    met = not isinstance(error, (ConnectionRefusedError, socket.gaierror, ValueError, OverflowError))
    if security and met and getattr(error, "errno", None) not in _NO_WAY:
        check = f"check {name}.security first ({_OTHER[security]} is probably right for this port), then {check[6:]}"
    odd = isinstance(error, (ValueError, OverflowError))
    return ZorgidError(
        f"{name}_unreachable",
        f"The {kind} server {where} does not answer",
        expected=f"an {kind} server",
        found="an invalid host or port" if odd else in_words(error),
        action=check,
    )


_NO_WAY = (errno.ENETUNREACH, errno.EHOSTUNREACH)
_EXPECTED = {"tls": "TLS from the first byte (security: tls)", "starttls": "STARTTLS (security: starttls)"}
_OTHER = {"tls": "starttls", "starttls": "tls"}


def refused_login(kind: str, host: str, port: int, token: bool) -> ZorgidError:
    name = kind.lower()
    return ZorgidError(
        f"{name}_login_refused",
        (f"The {kind} server {host}:{port} rejects the {'access token' if token else 'password'}"),
        expected="credentials that the server accepts",
        found="refused",
        action=f"renew {name}.access_token"
        if token
        else f"correct {name}.username and {name}.password; Microsoft 365 accepts only {name}.access_token",
    )
