# SPDX-FileCopyrightText: gbz.zorgid contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""A small HTTPS server that speaks HTTP/1.1 or HTTP/2 and may reset a connection after it has acted."""

from __future__ import annotations

import socket
import ssl
import struct
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field

import h2.config
import h2.connection
import h2.events
from ansible_collections.gbz.zorgid.tests.support.intake_support import Pki


@dataclass
class Heard:
    """protocol -> method, path and body of each request in turn."""

    host: str
    requests: list[tuple[str, str, str, bytes]] = field(default_factory=list)

    def posts(self) -> list[tuple[str, str, str, bytes]]:
        return [one for one in self.requests if one[1] == "POST"]


class ResetAfterwardsError(Exception):
    """What a site raises to have the connection reset."""


Answer = Callable[[str, str, bytes], str]


@contextmanager
def resetting_site(pki: Pki, answer: Answer, protocols: list[str]) -> Iterator[Heard]:
    """answer: method, path, body -> page. protocols: what is offered to the browser, best first."""
    context = pki.server_context()
    context.set_alpn_protocols(protocols)
    listening = socket.create_server(("127.0.0.1", 0))
    heard = Heard(f"127.0.0.1:{listening.getsockname()[1]}")

    def serve(raw: socket.socket) -> None:
        with suppress(OSError, EOFError), context.wrap_socket(raw, server_side=True) as near:
            near.settimeout(20)
            try:
                (_two if near.selected_alpn_protocol() == "h2" else _one)(near, heard, answer)
            except ResetAfterwardsError:
                near.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))

    def accept() -> None:
        with suppress(OSError):
            while True:
                threading.Thread(target=serve, args=(listening.accept()[0],), daemon=True).start()

    threading.Thread(target=accept, daemon=True).start()
    try:
        yield heard
    finally:
        listening.shutdown(socket.SHUT_RDWR)
        listening.close()


def _one(near: ssl.SSLSocket, heard: Heard, answer: Answer) -> None:
    stream = near.makefile("rb")
    while line := stream.readline():
        method, path, _ = line.decode("ascii").split(" ")
        length = 0
        while (head := stream.readline().decode("latin-1")).strip():
            name, _, value = head.partition(":")
            length = int(value) if name.lower() == "content-length" else length
        body = stream.read(length)
        heard.requests.append(("http/1.1", method, path, body))
        page = answer(method, path, body).encode("utf-8")
        near.sendall(b"HTTP/1.1 200 OK\r\nContent-Type: text/html; charset=utf-8\r\n")
        near.sendall(b"Content-Length: %d\r\n\r\n" % len(page) + page)


def _two(near: ssl.SSLSocket, heard: Heard, answer: Answer) -> None:
    connection = h2.connection.H2Connection(h2.config.H2Configuration(client_side=False, header_encoding="utf-8"))
    connection.initiate_connection()
    heads: dict[int, dict[str, str]] = {}
    bodies: dict[int, bytes] = {}
    near.sendall(connection.data_to_send())
    while data := near.recv(65536):
        for event in connection.receive_data(data):
            if isinstance(event, h2.events.RequestReceived):
                heads[event.stream_id], bodies[event.stream_id] = dict(event.headers), b""
            elif isinstance(event, h2.events.DataReceived):
                bodies[event.stream_id] += event.data
            elif isinstance(event, h2.events.StreamEnded):
                head, body = heads[event.stream_id], bodies[event.stream_id]
                heard.requests.append(("h2", head[":method"], head[":path"], body))
                page = answer(head[":method"], head[":path"], body).encode("utf-8")
                connection.send_headers(event.stream_id, [(":status", "200"), ("content-type", "text/html")])
                connection.send_data(event.stream_id, page, end_stream=True)
        near.sendall(connection.data_to_send())
