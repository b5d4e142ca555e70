# SPDX-FileCopyrightText: gbz.zorgid contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""pymap over a Maildir, with the sandbox's one account instead of pymap's user files."""

from __future__ import annotations

import asyncio
import hmac
from argparse import Namespace
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from mailbox import MaildirMessage
from pathlib import Path
from typing import Any
from uuid import uuid4

from proxyprotocol.result import ProxyResultUnknown
from proxyprotocol.sock import SocketInfo
from pymap.backend.maildir import Config, FilterSet, Identity, Login, Session
from pymap.backend.maildir.layout import MaildirLayout
from pymap.backend.maildir.mailbox import MailboxSet, Maildir
from pymap.exceptions import InvalidAuth
from pymap.imap import IMAPServer
from pysasl import SASLAuth
from pysasl.creds.external import ExternalCredentials, ExternalVerificationRequired
from pysasl.creds.server import ServerCredentials
from pysasl.identity import ClearIdentity
from pysasl.mechanism.login import LoginMechanism
from pysasl.mechanism.oauth import OAuth2Mechanism
from pysasl.mechanism.plain import PlainMechanism

from .. import tls
from ..faults import strike
from ..state import State, announce, credentials
from .store import folder, note_login


class _Config(Config):
    @property
    def tls_auth(self) -> SASLAuth:
        return SASLAuth([PlainMechanism(), LoginMechanism(), OAuth2Mechanism()])


class _Mail(MaildirMessage):
    """A mail with exactly the bytes that were delivered: if written again it would lose its CRLF."""

    def __init__(self, raw: bytes) -> None:
        super().__init__()
        self._raw = raw

    def __bytes__(self) -> bytes:
        return self._raw


class _Maildir(Maildir):
    """In the order of delivery, so that the identifiers of new mails are in that order too."""

    def keys(self) -> list[str]:
        return sorted(super().keys(), key=lambda key: self.get_message_metadata(key).get_date())

    def get_message(self, key: str) -> _Mail:
        return _Mail(self.get_bytes(key))


class _Identity(Identity):
    """The one account."""

    @asynccontextmanager
    async def new_session(self) -> AsyncIterator[Session]:
        path = self.config.base_dir
        mailboxes = MailboxSet(_Maildir(path, create=True), MaildirLayout.get(path, self.config.layout, Maildir))
        yield Session(self.name, self.config, mailboxes, FilterSet(path))


class _Login(Login):
    def __init__(self, config: Config, state: Path) -> None:
        super().__init__(config)
        self.state = state
        self.account = credentials(state, "imap")

    async def authenticate(self, given: ServerCredentials) -> _Identity:
        user = self.account["username"]
        good = self._good(given, user) and strike(self.state, "imap", "login_refused") is None
        note_login(self.state, accepted=good)
        if not good:
            raise InvalidAuth
        return _Identity(self.config, self.tokens, user, None, frozenset())

    def _good(self, given: ServerCredentials, user: str) -> bool:
        if isinstance(given, ExternalCredentials):
            try:
                given.verify(None)
            except ExternalVerificationRequired as external:
                token = (external.token or "").encode()
                return given.authzid == user and hmac.compare_digest(token, self.account["access_token"].encode())
        return given.verify(ClearIdentity(user, self.account["password"]))

    async def authorize(self, authenticated: Any, authzid: str) -> Any:
        if authenticated.name != authzid:
            raise InvalidAuth
        return authenticated


async def _listen(state: Path) -> None:
    certificate, key = tls.server_files(state)
    arguments = Namespace(
        host="127.0.0.1",
        port=0,
        debug=False,
        cert=str(certificate),
        key=str(key),
        tls=False,  # no STARTTLS: the socket is TLS from its first byte
        passlib_cfg=None,
        proxy_protocol=None,
        base_dir=str(folder(state)),
        layout="++",
        colon=None,
        concurrency=1,
    )
    config = _Config.from_args(arguments, invalid_user_sleep=0.0)
    config.apply_context()
    serve_one = IMAPServer(_Login(config, state), config)

    async def callback(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        # Awaited here: pymap's own ProxyProtocolReader keeps no reference to its task and sometimes loses it.
        await serve_one(reader, writer, SocketInfo.get(writer, ProxyResultUnknown(), unique_id=uuid4().bytes))

    server = await asyncio.start_server(callback, "127.0.0.1", 0, ssl=tls.server_context(state))
    announce(state, "imap", server.sockets[0].getsockname()[1])
    await server.serve_forever()


def listen(state: Path) -> None:
    """Serve until the process is ended."""
    State(state).make()
    asyncio.run(_listen(state))
