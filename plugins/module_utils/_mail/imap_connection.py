# SPDX-FileCopyrightText: gbz.zorgid contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""A connection to a mailbox over IMAP: TLS, the login, and the folder opened without leaving a trace (EXAMINE)."""

from __future__ import annotations

import imaplib
import ssl
from collections.abc import Iterator
from contextlib import AbstractContextManager, contextmanager, suppress
from dataclasses import dataclass, field
from typing import TypeVar

from .._common.errors import ZorgidError
from .._common.text import printable
from .._net.tls import tls_context
from .folders import (
    encode,
    folder_names,
    listed,
    meant,
    quoted,
)
from .login import (
    check_credentials,
    connection_error,
    refused_login,
    xoauth2,
)


@dataclass(frozen=True)
class ImapSettings:
    """The mailbox. ``security``: tls or starttls; never in the clear."""

    host: str
    username: str
    port: int | None = None
    security: str = "tls"
    password: str | None = field(default=None, repr=False)
    access_token: str | None = field(default=None, repr=False)
    folder: str = "INBOX"
    ca_path: str | None = None
    timeout: int = 30

    def the_port(self) -> int:
        return self.port or (993 if self.security == "tls" else 143)

    def place(self) -> list[str]:
        """Identifies the mailbox, whatever the case in which server and account are written."""
        folder = "INBOX" if self.folder.upper() == "INBOX" else self.folder
        return [self.host.lower().rstrip("."), str(self.the_port()), self.username.casefold(), folder]


Plain = TypeVar("Plain", bound=imaplib.IMAP4)
Secure = TypeVar("Secure", bound=imaplib.IMAP4_SSL)


def opened(settings: ImapSettings) -> AbstractContextManager[tuple[imaplib.IMAP4, int]]:
    """The connection, with the folder's UIDVALIDITY."""
    return connected(settings, imaplib.IMAP4, imaplib.IMAP4_SSL)


@contextmanager
def connected(settings: ImapSettings, plain: type[Plain], secure: type[Secure]) -> Iterator[tuple[Plain | Secure, int]]:
    """As ``opened``, with these classes: ``plain`` for STARTTLS, ``secure`` for TLS from the first byte."""
    check_credentials("IMAP", settings.username, settings.password, settings.access_token)
    tls = tls_context("mail server", settings.ca_path)
    port = settings.the_port()
    server: Plain | Secure | None = None
    security: str | None = settings.security
    try:
        if settings.security == "tls":
            server = secure(settings.host, port, ssl_context=tls, timeout=settings.timeout)
        else:
            server = plain(settings.host, port, timeout=settings.timeout)
            server.starttls(tls)
        security = None
        _login(server, settings, port)
        yield server, _examine(server, settings)
    except (imaplib.IMAP4.error, ssl.SSLError, OSError, UnicodeError, OverflowError) as error:
        # UnicodeError and OverflowError come of an impossible host or port.
        raise connection_error("IMAP", settings.host, port, error, security=security) from error
    finally:
        if server is not None:
            with suppress(imaplib.IMAP4.error, OSError):
                server.logout()


def _login(server: imaplib.IMAP4, settings: ImapSettings, port: int) -> None:
    try:
        if settings.access_token:
            # A refusal comes as a challenge that wants an empty answer before the server says NO.
            replies = iter([xoauth2(settings.username, settings.access_token).encode(), b""])
            server.authenticate("XOAUTH2", lambda _challenge: next(replies, b""))
        else:
            server.login(settings.username, settings.password or "")
    except imaplib.IMAP4.abort:
        raise
    except imaplib.IMAP4.error as error:
        raise refused_login("IMAP", settings.host, port, bool(settings.access_token)) from error


def _examine(server: imaplib.IMAP4, settings: ImapSettings) -> int:
    status, _data = server.select(quoted(encode(settings.folder)), readonly=True)
    if status != "OK":
        _status, data = server.list()
        folders = listed(data)
        other = meant(settings.folder, folders)
        if other is not None:
            status, _data = server.select(quoted(other), readonly=True)
        if status != "OK":
            raise ZorgidError(
                "imap_folder_missing",
                f"The mailbox has no folder {printable(settings.folder, 100)}",
                expected=f"one of: {folder_names(folders)}" if folders else "an existing folder",
                found="no folder with this name",
                action="correct imap.folder",
            )
    _name, values = server.response("UIDVALIDITY")
    return int(values[0] or 0) if values else 0
