# SPDX-FileCopyrightText: gbz.zorgid contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""What answers at a port where a mail server was expected: its protocol, and TLS from the first byte or not.

With that, an error can say which setting to write. Only the greeting is read: no credentials and no mail are sent, and
the certificate is not checked.
"""

from __future__ import annotations

import contextlib
import socket
import ssl
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Literal

from .._common.errors import ZorgidError
from .imap_connection import ImapSettings
from .smtp_mail import SmtpSettings

Speaks = Literal["SMTP", "IMAP", "POP3", "HTTP", "something else", "silence", "nothing"]

#: Where servers of each kind usually are: (port, security).
USUAL: dict[str, tuple[tuple[int, str], ...]] = {
    "SMTP": ((587, "starttls"), (465, "tls")),
    "IMAP": ((993, "tls"), (143, "starttls")),
}
_MOST_SECONDS = 5
_MOST_BYTES = 512
_GREETINGS: tuple[tuple[bytes, Speaks], ...] = (
    (b"220", "SMTP"),
    (b"554", "SMTP"),
    (b"421", "SMTP"),
    (b"* ", "IMAP"),
    (b"+OK", "POP3"),
    (b"HTTP/", "HTTP"),
)
_HOW = {"tls": "TLS from the first byte", "starttls": "STARTTLS"}


@dataclass(frozen=True)
class Answering:
    """``speaks``: ``nothing`` if no connection is made, ``silence`` if the server sends nothing. ``security``: the way
    in which the answer came."""

    speaks: Speaks
    security: str = ""


def what_answers(host: str, port: int, timeout: float) -> Answering:
    """Connects with TLS and, if the server does not know TLS, without; each waits at most five seconds."""
    patience = min(timeout, _MOST_SECONDS)
    tls = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
    # Only the protocol is wanted here; the certificate was refused or accepted before, and nothing is sent.
    tls.check_hostname, tls.verify_mode = False, ssl.CERT_NONE
    try:
        plain = socket.create_connection((host, port), timeout=patience)
    except (OSError, ValueError, OverflowError):
        return Answering("nothing")
    with contextlib.suppress(OSError, ValueError), plain, tls.wrap_socket(plain, server_hostname=host) as secret:
        return Answering(_speaks(secret), "tls")
    try:
        with socket.create_connection((host, port), timeout=patience) as plain:
            return Answering(_speaks(plain), "starttls")
    except (OSError, ValueError, OverflowError):
        return Answering("nothing")


def _speaks(connection: socket.socket) -> Speaks:
    said = b""
    with contextlib.suppress(OSError):
        while b"\n" not in said and len(said) < _MOST_BYTES and (more := connection.recv(_MOST_BYTES)):
            said += more
    if not said:
        return "silence"
    return next((name for greeting, name in _GREETINGS if said.startswith(greeting)), "something else")


def located(error: ZorgidError, kind: str, settings: SmtpSettings | ImapSettings) -> ZorgidError:
    """``error`` of a connection that failed, extended with what answers there and at the usual ports; other errors
    unchanged."""
    name, port = kind.lower(), settings.the_port()
    if error.code not in (f"{name}_unreachable", f"{name}_refused", "tls_failed") or not _resolves(settings.host):
        return error
    here = what_answers(settings.host, port, settings.timeout)
    if (here.speaks, here.security) == (kind, settings.security):
        # The server answers as configured, so something else went wrong.
        return error
    found = {
        usual: what_answers(settings.host, usual, settings.timeout)
        for usual, _security in USUAL[kind]
        if usual != port and here.speaks != kind
    }
    return explained(error, kind, settings, here, found)


def explained(
    error: ZorgidError,
    kind: str,
    settings: SmtpSettings | ImapSettings,
    here: Answering,
    elsewhere: Mapping[int, Answering],
) -> ZorgidError:
    """Says which setting is wrong, the port or how TLS begins; if that is unknown, what ``error`` says. Pure.

    ``here``: what answers at the configured port; ``elsewhere``: at others.
    """
    name, where = kind.lower(), f"{settings.host}:{settings.the_port()}"
    if here.speaks == kind and here.security != settings.security:
        return ZorgidError(
            "tls_failed",
            f"The {kind} server {where} wants {_HOW[here.security]}, and {_HOW[settings.security]} is configured",
            expected=f"{name}.security: {here.security}",
            found=f"{name}.security: {settings.security}",
            action=f"set {name}.security to {here.security}",
        )
    others = [f"port {port} with security: {one.security}" for port, one in elsewhere.items() if one.speaks == kind]
    there = f"at {settings.host} a server answers on {' and on '.join(others)}: correct {name}.port and {name}.security"
    if here.speaks not in ("nothing", "silence", kind):
        return ZorgidError(
            f"{name}_unreachable",
            f"{where} is no {kind} server",
            expected=f"an {kind} server",
            found=here.speaks if here.speaks == "something else" else f"a server that speaks {here.speaks}",
            action=there if others else f"correct {name}.host and {name}.port",
        )
    if others:
        return ZorgidError(error.code, error.message, expected=error.expected, found=error.found, action=there)
    return error


def _resolves(host: str) -> bool:
    try:
        return bool(socket.getaddrinfo(host, None))
    except (OSError, UnicodeError):
        return False
