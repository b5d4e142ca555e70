# SPDX-FileCopyrightText: gbz.zorgid contributors
# SPDX-License-Identifier: GPL-3.0-or-later
# ruff: noqa: N802 - aiosmtpd's handler names
"""Real mail servers on loopback: aiosmtpd takes mail, pymap serves a mailbox."""

from __future__ import annotations

import asyncio
import base64
import datetime
import threading
from argparse import Namespace
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any
from uuid import uuid4

from aiosmtpd.controller import Controller
from aiosmtpd.smtp import SMTP, AuthResult
from ansible_collections.gbz.zorgid.tests.support.intake_support import Pki
from proxyprotocol.result import ProxyResultUnknown
from proxyprotocol.sock import SocketInfo
from pymap.backend.dict import Config, Identity, Login
from pymap.config import BackendCapability
from pymap.exceptions import InvalidAuth
from pymap.imap import IMAPServer
from pymap.imap.state import ConnectionState
from pymap.parsing.message import AppendMessage
from pymap.parsing.specials.flag import Flag
from pysasl import SASLAuth
from pysasl.creds.external import ExternalCredentials
from pysasl.hashing import Cleartext
from pysasl.mechanism.login import LoginMechanism
from pysasl.mechanism.oauth import OAuth2Mechanism
from pysasl.mechanism.plain import PlainMechanism

USER, PASSWORD, TOKEN = "zorgid@gbz.example", "goed-wachtwoord", "ya29.token"


@dataclass
class SmtpHost:
    port: int = 0
    received: list[Any] = field(default_factory=list)
    refuse_recipient: bool = False
    answer_data: str = "250 OK queued as 42"
    logins: list[bool] = field(default_factory=list)
    """Of each login with a password whether it was right."""
    drop_after_data: int = 0
    """How often to take a mail and then break off instead of answering."""

    async def handle_RCPT(self, _server: Any, _session: Any, envelope: Any, address: str, options: list[str]) -> str:
        if self.refuse_recipient:
            return f"550 5.1.1 <{address}> unknown here"
        envelope.rcpt_tos.append(address)
        return "250 OK"

    async def handle_DATA(self, server: Any, _session: Any, envelope: Any) -> str:
        if self.answer_data.startswith("250"):
            self.received.append(envelope)
        if self.drop_after_data:
            self.drop_after_data -= 1
            server.transport.abort()
        return self.answer_data

    async def auth_XOAUTH2(self, server: Any, words: list[str]) -> AuthResult:
        if base64.b64decode(words[1]).decode() == f"user={USER}\x01auth=Bearer {TOKEN}\x01\x01":
            return AuthResult(success=True)
        answer = await server.challenge_auth(base64.b64encode(b'{"status":"401"}').decode(), encode_to_b64=False)
        assert answer == b""
        return AuthResult(success=False, handled=False)

    def authenticate(self, _server: Any, _session: Any, _envelope: Any, _mechanism: str, data: Any) -> AuthResult:
        self.logins.append((data.login, data.password) == (USER.encode(), PASSWORD.encode()))
        return AuthResult(success=self.logins[-1], handled=False)


@contextmanager
def serve_smtp(
    pki: Pki, *, security: str = "starttls", size: int = 1_000_000, login: bool = True, clients: bool = False
) -> Iterator[SmtpHost]:
    host = SmtpHost()
    tls = pki.server_context(clients=clients)

    class Here(Controller):
        def factory(self) -> SMTP:
            return SMTP(
                host,
                data_size_limit=size,
                tls_context=tls if security == "starttls" else None,
                require_starttls=security == "starttls",
                auth_required=login,
                auth_require_tls=security == "starttls",
                authenticator=host.authenticate,
                hostname="localhost",
                enable_SMTPUTF8=False,
            )

    controller = Here(host, hostname="127.0.0.1", port=0, ssl_context=tls if security == "tls" else None)
    # Controller.start() checks the port that it was given; 0 means a free one, so the loop is started by hand.
    controller.loop = asyncio.new_event_loop()
    server = controller.loop.run_until_complete(controller._create_server())
    host.port = server.sockets[0].getsockname()[1]
    thread = threading.Thread(target=controller.loop.run_forever, daemon=True)
    thread.start()
    try:
        yield host
    finally:
        controller.loop.call_soon_threadsafe(server.close)
        controller.loop.call_soon_threadsafe(controller.loop.stop)
        thread.join()
        controller.loop.close()


class _Config(Config):
    @property
    def tls_auth(self) -> SASLAuth:
        return SASLAuth([PlainMechanism(), LoginMechanism(), OAuth2Mechanism()])


class _WithoutIdle(_Config):
    # pymap has a switch for this that it does not look at.
    @property
    def backend_capability(self) -> BackendCapability:
        return BackendCapability(idle=False, object_id=True, multi_append=True)


class _Login(Login):
    logins: int = 0
    refused: int = 0

    async def authenticate(self, credentials: Any) -> Identity:
        self.logins += 1
        try:
            return await self._checked(credentials)
        except InvalidAuth:
            self.refused += 1
            raise

    async def _checked(self, credentials: Any) -> Identity:
        if isinstance(credentials, ExternalCredentials):
            if (credentials.authzid, credentials._token) != (USER, TOKEN):
                raise InvalidAuth
            return Identity(USER, self, None, frozenset())
        return await super().authenticate(credentials)

    async def authorize(self, authenticated: Any, authzid: str) -> Any:
        return authenticated if authenticated.name == USER else await super().authorize(authenticated, authzid)


@dataclass
class ImapHost:
    port: int
    loop: asyncio.AbstractEventLoop
    config: Any
    login: Any
    fetched: list[int] = field(default_factory=list)
    """UIDs of the mails that were given whole."""
    heads: list[int] = field(default_factory=list)
    """UIDs of the mails of which a part was asked for."""
    idles: int = 0
    """How often IDLE was asked for."""
    connections: set[asyncio.StreamWriter] = field(default_factory=set)

    def drop(self) -> None:
        """Breaks off every connection."""
        for one in list(self.connections):
            self.loop.call_soon_threadsafe(one.transport.abort)

    def number_anew(self) -> None:
        """Gives INBOX another UIDVALIDITY."""

        async def change() -> None:
            async with Identity(USER, self.login, None, frozenset()).new_session() as session:
                inbox = await session.mailbox_set.get_mailbox("INBOX")
                inbox._uid_validity += 1

        asyncio.run_coroutine_threadsafe(change(), self.loop).result(10)

    def deliver(self, *mails: bytes, flags: Sequence[bytes] = ()) -> None:
        asyncio.run_coroutine_threadsafe(self._deliver(mails, flags), self.loop).result(10)

    async def _deliver(self, mails: Sequence[bytes], flags: Sequence[bytes]) -> None:
        async with Identity(USER, self.login, None, frozenset()).new_session() as session:
            inbox = await session.mailbox_set.get_mailbox("INBOX")
            for mail in mails:
                at = datetime.datetime(2026, 11, 24, 9, 30, tzinfo=datetime.UTC)
                await inbox.append(AppendMessage(mail, at, frozenset(Flag(flag) for flag in flags)))

    def flags(self) -> list[set[bytes]]:
        async def look() -> list[set[bytes]]:
            async with Identity(USER, self.login, None, frozenset()).new_session() as session:
                inbox = await session.mailbox_set.get_mailbox("INBOX")
                return [{bytes(flag) for flag in message.permanent_flags} async for message in inbox.messages()]

        return asyncio.run_coroutine_threadsafe(look(), self.loop).result(10)


@contextmanager
def serve_imap(pki: Pki, *, security: str = "tls", idle: bool = True) -> Iterator[ImapHost]:
    loop = asyncio.new_event_loop()
    args = Namespace(
        host="127.0.0.1",
        port=0,
        debug=False,
        cert=str(pki.certificate_path),
        key=str(pki.key_path),
        tls=security == "starttls",
        passlib_cfg=None,
        proxy_protocol=None,
        demo_data=False,
        demo_user=USER,
        demo_password=PASSWORD,
    )
    # Hashing as slowly as a real server would take half of these tests' time.
    config = (_Config if idle else _WithoutIdle).from_args(args, invalid_user_sleep=0.0, hash_context=Cleartext())

    async def start() -> tuple[Any, Any]:
        from pymap.user import Passwords, UserMetadata

        config.apply_context()
        login = _Login(config)
        password = await Passwords(config).hash_password(PASSWORD)
        await login.demo_user_identity.set(UserMetadata(config, USER, password=password))
        serve_one = IMAPServer(login, config)

        async def callback(reader: Any, writer: Any) -> None:
            # Awaited here: pymap's own ProxyProtocolReader keeps no reference to its task and sometimes loses it.
            host.connections.add(writer)
            try:
                await serve_one(reader, writer, SocketInfo.get(writer, ProxyResultUnknown(), unique_id=uuid4().bytes))
            finally:
                host.connections.discard(writer)

        tls = pki.server_context() if security == "tls" else None
        return await asyncio.start_server(callback, "127.0.0.1", 0, ssl=tls), login

    server, login = loop.run_until_complete(start())
    host = ImapHost(server.sockets[0].getsockname()[1], loop, config, login)
    real, real_idle = ConnectionState.do_fetch, ConnectionState.do_idle

    async def counted(state: Any, command: Any) -> Any:
        result = await real(state, command)
        if state.config is config:
            bodies = [one.section for one in command.attributes if one.value.startswith(b"BODY")]
            whole = any(section is None or not (section.parts or section.specifier) for section in bodies)
            uids = [
                message.uid
                for _seq, message in (await state.session.fetch_messages(state.selected, command.sequence_set, False))[
                    0
                ]
            ]
            (host.fetched if whole else host.heads).extend(uids if bodies else [])
        return result

    async def idled(state: Any, command: Any) -> Any:
        host.idles += state.config is config
        return await real_idle(state, command)

    ConnectionState.do_fetch, ConnectionState.do_idle = counted, idled
    thread = threading.Thread(target=loop.run_forever, daemon=True)
    thread.start()

    async def stop() -> None:
        server.close()
        tasks = [task for task in asyncio.all_tasks() if task is not asyncio.current_task()]
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)

    try:
        yield host
    finally:
        ConnectionState.do_fetch, ConnectionState.do_idle = real, real_idle
        asyncio.run_coroutine_threadsafe(stop(), loop).result(10)
        loop.call_soon_threadsafe(loop.stop)
        thread.join()
        loop.close()
