# SPDX-FileCopyrightText: gbz.zorgid contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""WinRM's listener: HTTPS, and NTLM (bare or in Negotiate) with channel binding to the TLS certificate."""

from __future__ import annotations

import base64
import binascii
import hashlib
import ipaddress
import os
import socket
import ssl
import time
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

import spnego
import spnego.channel_bindings
import spnego.exceptions
from cryptography import x509
from cryptography.hazmat.primitives.serialization import Encoding

from .. import tls
from ..state import SandboxError, State, announce, credentials, record, write
from .engine import Engine
from .faults import strikes
from .wsman import Service

# WinRM's MaxEnvelopeSize is 500 kB.
_LARGEST_REQUEST = 500 * 1024
_HANG_SECONDS = 3600


class _Server(ThreadingHTTPServer):
    daemon_threads = True

    def __init__(self, state: Path, engine: Engine) -> None:
        super().__init__(("127.0.0.1", 0), _Handler)
        # A client that logs in can run programs, so other hosts are refused, even if the line above is changed.
        bound = str(self.server_address[0])
        if not ipaddress.ip_address(bound).is_loopback:
            self.server_close()
            raise SandboxError(f"The Windows host listens on {bound}, which is not loopback.")
        self.state, self.service = state, Service(engine)
        self.context = tls.server_context(state)
        der = x509.load_pem_x509_certificate(tls.server_files(state)[0].read_bytes()).public_bytes(Encoding.DER)
        self.bindings = spnego.channel_bindings.GssChannelBindings(
            application_data=b"tls-server-end-point:" + hashlib.sha256(der).digest()
        )

    def get_request(self) -> tuple[socket.socket, Any]:
        connection, peer = super().get_request()
        # The handshake is done in the connection's own thread: a client that only connects does not block others.
        return self.context.wrap_socket(connection, server_side=True, do_handshake_on_connect=False), peer


class _Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    server_version, sys_version = "Microsoft-HTTPAPI/2.0", ""
    server: _Server
    connection: ssl.SSLSocket

    def handle(self) -> None:
        # NTLM authenticates a connection, not a request.
        self._context: Any = None
        self._scheme = "Negotiate"
        self._authenticated = False
        try:
            self.connection.do_handshake()
            super().handle()
        except (ssl.SSLError, ConnectionError) as error:
            self.log_message("connection ended: %s", error)

    def _reply(self, status: int, body: bytes = b"", headers: tuple[tuple[str, str], ...] = ()) -> None:
        self.send_response(status)
        for name, value in headers:
            self.send_header(name, value)
        if body:
            self.send_header("Content-Type", "application/soap+xml;charset=UTF-8")
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def _authenticate(self) -> tuple[tuple[str, str], ...] | None:
        """Headers to add to the answer of an authenticated request; None when the request was answered with 401."""
        self._scheme, _, token = self.headers.get("Authorization", "").partition(" ")
        if not token and self._authenticated:
            return ()
        if self._scheme in ("Negotiate", "NTLM"):
            try:
                answer = self._step(base64.b64decode(token, validate=True))
            except (spnego.exceptions.SpnegoError, binascii.Error, ValueError) as error:
                record(self.server.state, "windows", "login_refused", type(error).__name__)
                self._context = None
            else:
                header = (("WWW-Authenticate", f"{self._scheme} {base64.b64encode(answer or b'').decode()}"),)
                if self._authenticated:
                    return header if answer else ()
                self._reply(401, headers=header)
                return None
        self._reply(401, headers=(("WWW-Authenticate", "Negotiate"),))
        return None

    def _step(self, token: bytes) -> bytes | None:
        if self._context is None or self._context.complete:
            self._authenticated = False
            protocol = "ntlm" if token.startswith(b"NTLMSSP\0") else "negotiate"
            options = getattr(spnego.NegotiateOptions, f"use_{protocol}")
            self._context = spnego.server(protocol=protocol, channel_bindings=self.server.bindings, options=options)
        answer = self._context.step(token)
        self._authenticated = bool(self._context.complete)
        return None if answer is None else bytes(answer)

    def do_POST(self) -> None:
        length = int(self.headers.get("Content-Length") or 0)
        if length > _LARGEST_REQUEST or self.path.partition("?")[0] != "/wsman":
            self.close_connection = True
            self._reply(413 if length > _LARGEST_REQUEST else 404)
            return
        body = self.rfile.read(length)
        headers = self._authenticate()
        if headers is None:
            return
        if b"/windows/shell/Receive<" in body:
            if strikes(self.server.state, "goes_away") is not None:
                self.close_connection = True
                self.connection.shutdown(socket.SHUT_RDWR)
                return
            if strikes(self.server.state, "timeout") is not None:
                self.connection.settimeout(_HANG_SECONDS)
                time.sleep(_HANG_SECONDS)
        if not body:
            self._reply(200, headers=headers)
            return
        try:
            status, answer = self.server.service.handle(body)
        except ValueError as error:
            self.log_message("not an envelope: %s", error)
            status, answer = 400, b""
        self._reply(status, answer, headers)


def listen(state: Path, engine: Engine, **announced: str) -> None:
    """Serve until the process is ended."""
    account = credentials(state, "windows")
    users = State(state).root / "windows" / "ntlm-users"
    write(users, f":{account['user']}:{account['password']}\n")
    os.environ["NTLM_USER_FILE"] = str(users)  # where pyspnego's acceptor looks passwords up
    with _Server(state, engine) as server:
        announce(state, "windows", server.server_port, **announced)
        server.serve_forever()
