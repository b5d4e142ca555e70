# SPDX-FileCopyrightText: gbz.zorgid contributors
# SPDX-License-Identifier: GPL-3.0-or-later
# ruff: noqa: N802, ARG002 - aiosmtpd's handler names and arguments
"""aiosmtpd with the sandbox's logins and faults."""

from __future__ import annotations

import asyncio
import base64
import binascii
import hmac
import logging
from pathlib import Path
from typing import Any

from aiosmtpd.smtp import SMTP, AuthResult, LoginPassword

from .. import tls
from ..faults import strike
from ..state import announce, credentials
from .store import take


class Handler:
    def __init__(self, state: Path) -> None:
        self.state = state
        self.account = credentials(state, "smtp")

    def authenticate(self, server: Any, session: Any, envelope: Any, mechanism: str, data: Any) -> AuthResult:
        """PLAIN and LOGIN."""
        good = isinstance(data, LoginPassword) and self._same(
            data.login + b"\0" + data.password, f"{self.account['username']}\0{self.account['password']}"
        )
        return AuthResult(success=good and not self._refused(session), handled=False)

    async def auth_XOAUTH2(self, server: Any, words: list[str]) -> AuthResult:
        """The access token in one line, as Microsoft 365 and Gmail take it."""
        try:
            given = base64.b64decode(words[1], validate=True)
        except (IndexError, binascii.Error):
            given = b""
        wanted = f"user={self.account['username']}\x01auth=Bearer {self.account['access_token']}\x01\x01"
        if self._same(given, wanted) and not self._refused(server.session):
            return AuthResult(success=True)
        # The refusal is explained in a challenge; the client answers it with an empty line.
        await server.challenge_auth(base64.b64encode(b'{"status":"401"}').decode(), encode_to_b64=False)
        return AuthResult(success=False, handled=False)

    @staticmethod
    def _same(given: bytes, wanted: str) -> bool:
        return hmac.compare_digest(given, wanted.encode())

    def _refused(self, session: Any) -> bool:
        """One strike is for the whole connection: clients try one mechanism after another."""
        if not hasattr(session, "login_refused"):
            session.login_refused = strike(self.state, "smtp", "login_refused") is not None
        return bool(session.login_refused)

    async def handle_RCPT(self, server: Any, session: Any, envelope: Any, address: str, options: list[str]) -> str:
        if not address.lower().endswith(".example"):
            return "550 5.7.1 Only invented addresses (.example) are reachable from here"
        envelope.rcpt_tos.append(address.lower())
        return "250 OK"

    async def handle_DATA(self, server: Any, session: Any, envelope: Any) -> str:
        if strike(self.state, "smtp", "temporary") is not None:
            return "451 4.3.0 Try again later"
        for recipient in dict.fromkeys(envelope.rcpt_tos):
            take(self.state, recipient, envelope.original_content)
        if strike(self.state, "smtp", "lost_answer") is not None:
            server.transport.abort()
        return "250 2.0.0 OK, taken"


async def _listen(state: Path) -> None:
    handler = Handler(state)
    context = tls.server_context(state)

    def protocol() -> SMTP:
        return SMTP(
            handler,
            hostname="localhost",
            tls_context=context,
            require_starttls=True,
            auth_required=True,
            auth_require_tls=True,
            authenticator=handler.authenticate,
            enable_SMTPUTF8=False,
        )

    server = await asyncio.get_running_loop().create_server(protocol, "127.0.0.1", 0)
    announce(state, "smtp", server.sockets[0].getsockname()[1])
    await server.serve_forever()


def listen(state: Path) -> None:
    """Serve until the process is ended."""
    logging.getLogger("mail.log").setLevel(logging.ERROR)  # its lower levels tell addresses
    asyncio.run(_listen(state))
