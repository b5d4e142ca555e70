# SPDX-FileCopyrightText: gbz.zorgid contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""The same application over HTTP/2 (RFC 9113, TLS with ALPN h2), because uvicorn speaks HTTP/1.1 only. A client that
offers http/1.1 alone is served by uvicorn, on the same port, as a portal in front of which a proxy stands does.

As small as its purpose: one browser, and faults that cut the connection or reset a stream (http.py: `cut`).
"""

from __future__ import annotations

import asyncio
import socket
import ssl
from collections.abc import Callable
from typing import Any
from urllib.parse import unquote

from h2.config import H2Configuration
from h2.connection import H2Connection
from h2.errors import ErrorCodes
from h2.events import (
    ConnectionTerminated,
    DataReceived,
    Event,
    RequestReceived,
    StreamEnded,
    StreamReset,
    WindowUpdated,
)
from h2.exceptions import ProtocolError
from starlette.types import ASGIApp, Message, Scope

_LARGEST = 1024 * 1024  # of a request's body


class Stream:
    """One request and its answer. transport and reset are what faults need."""

    def __init__(self, connection: Connection, number: int, scope: Scope) -> None:
        self.connection, self.number, self.scope = connection, number, scope
        self.transport = connection.transport
        self.body = bytearray()
        self.task: asyncio.Task[None] | None = None
        self.gone = False
        self._read = False
        self._headers: list[tuple[bytes, bytes]] = []
        self._waiting = bytearray()
        self._ended = False

    async def receive(self) -> Message:
        if self._read:
            await asyncio.Event().wait()  # until the task is cancelled: nobody disconnects while it is answered
        self._read = True
        return {"type": "http.request", "body": bytes(self.body), "more_body": False}

    async def send(self, message: Message) -> None:
        if self.gone:
            return
        if message["type"] == "http.response.start":
            skipped = (b"connection", b"keep-alive", b"transfer-encoding")
            rest = [(name, value) for name, value in message.get("headers", ()) if name.lower() not in skipped]
            headers = [(b":status", str(message["status"]).encode()), *rest]
            self.connection.h2.send_headers(self.number, headers)
        else:
            self._waiting += message.get("body", b"")
            self._ended = not message.get("more_body", False)
            self.flush()
        self.connection.write()

    def flush(self) -> None:
        """As much as the other side has room for."""
        h2 = self.connection.h2
        while not self.gone and (self._waiting or self._ended):
            room = min(h2.local_flow_control_window(self.number), h2.max_outbound_frame_size)
            if self._waiting and room <= 0:
                return
            part = bytes(self._waiting[:room])
            del self._waiting[: len(part)]
            last = self._ended and not self._waiting
            h2.send_data(self.number, part, end_stream=last)
            if last:
                self.end()

    def reset(self, *, refused: bool = False) -> None:
        """Reset this stream only; refused: with the code that promises that nothing was processed (RFC 9113, 8.7)."""
        if not self.gone:
            code = ErrorCodes.REFUSED_STREAM if refused else ErrorCodes.INTERNAL_ERROR
            self.connection.h2.reset_stream(self.number, code)
            self.end()
            self.connection.write()

    def end(self) -> None:
        self.gone = True
        self.connection.streams.pop(self.number, None)


class Connection(asyncio.Protocol):
    """One TLS connection."""

    transport: asyncio.Transport

    def __init__(self, app: ASGIApp, older: Callable[[], asyncio.Protocol]) -> None:
        self.app, self.older = app, older
        self.h2 = H2Connection(H2Configuration(client_side=False, header_encoding=None))
        self.streams: dict[int, Stream] = {}
        self._tasks: set[asyncio.Task[None]] = set()

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self.transport = transport  # type: ignore[assignment]  # a server's is one that reads and writes
        if transport.get_extra_info("ssl_object").selected_alpn_protocol() != "h2":
            protocol = self.older()
            self.transport.set_protocol(protocol)
            protocol.connection_made(self.transport)
            return
        self.h2.initiate_connection()
        self.write()

    def connection_lost(self, exc: Exception | None) -> None:  # noqa: ARG002 - asyncio's name
        for stream in list(self.streams.values()):
            stream.end()

    def write(self) -> None:
        data = self.h2.data_to_send()
        if data and not self.transport.is_closing():
            self.transport.write(data)

    def data_received(self, data: bytes) -> None:
        try:
            events = self.h2.receive_data(data)
        except ProtocolError:
            self.write()
            self.transport.close()
            return
        for event in events:
            self._on(event)
        self.write()

    def _on(self, event: Event) -> None:
        if isinstance(event, RequestReceived):
            self.streams[event.stream_id] = Stream(self, event.stream_id, self._scope(event.headers or []))
        elif isinstance(event, DataReceived):
            self.h2.acknowledge_received_data(event.flow_controlled_length, event.stream_id)
            if stream := self.streams.get(event.stream_id):
                stream.body += event.data
                if len(stream.body) > _LARGEST:
                    stream.reset()
        elif isinstance(event, StreamEnded):
            if stream := self.streams.get(event.stream_id):
                task = asyncio.ensure_future(self._answer(stream))
                self._tasks.add(task)
                task.add_done_callback(self._tasks.discard)
        elif isinstance(event, StreamReset):
            # Its request is processed all the same: a browser that goes away undoes nothing.
            if stream := self.streams.get(event.stream_id):
                stream.end()
        elif isinstance(event, WindowUpdated):
            for stream in list(self.streams.values()):
                stream.flush()
        elif isinstance(event, ConnectionTerminated):
            self.transport.close()

    async def _answer(self, stream: Stream) -> None:
        try:
            await self.app(stream.scope, stream.receive, stream.send)
        except Exception:
            stream.reset()
            raise

    def _scope(self, pairs: list[Any]) -> Scope:
        given: dict[bytes, bytes] = {}
        headers: list[tuple[bytes, bytes]] = []
        cookies: list[bytes] = []
        for name, value in pairs:
            if name.startswith(b":"):
                given[name] = value
            elif name == b"cookie":
                cookies.append(value)  # a browser sends them one by one (RFC 9113, 8.2.3)
            else:
                headers.append((name, value))
        headers.append((b"host", given.get(b":authority", b"")))
        if cookies:
            headers.append((b"cookie", b"; ".join(cookies)))
        path, _, query = given[b":path"].partition(b"?")
        return {
            "type": "http",
            "asgi": {"version": "3.0", "spec_version": "2.3"},
            "http_version": "2",
            "method": given[b":method"].decode(),
            "scheme": "https",
            "path": unquote(path.decode()),
            "raw_path": path,
            "query_string": query,
            "root_path": "",
            "headers": headers,
            "client": self.transport.get_extra_info("peername"),
            "server": self.transport.get_extra_info("sockname"),
        }


async def listen(
    app: ASGIApp, listener: socket.socket, context: ssl.SSLContext, older: Callable[[], asyncio.Protocol]
) -> asyncio.Server:
    """Serve HTTP/2 on this socket until the loop ends. older: makes what speaks HTTP/1.1."""
    context.set_alpn_protocols(["h2", "http/1.1"])
    loop = asyncio.get_running_loop()
    return await loop.create_server(lambda: Connection(app, older), sock=listener, ssl=context)
