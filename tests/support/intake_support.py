# SPDX-FileCopyrightText: gbz.zorgid contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""Real servers on loopback for the intake tests: a CA of our own and HTTPS servers with a handler per test."""

from __future__ import annotations

import datetime
import ipaddress
import ssl
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from email import message_from_bytes
from email.policy import HTTP
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from urllib.parse import parse_qsl

from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import ExtendedKeyUsageOID, NameOID

ORGANISATION = {
    "ura": "90000101",
    "name": "Huisartsenpraktijk De Linde",
    "kvk_number": "12345678",
    "agb_code": "01054321",
    "address": {"street": "Lindelaan", "house_number": "12", "postal_code": "3511 AB", "city": "Utrecht"},
    "care_application": {"vendor": "Voorbeeld Zorg-ICT", "name": "VoorbeeldHIS", "version": "8.2"},
    "provider": {"name": "Voorbeeld GBZ Beheer", "email": "zorgid@gbz.example", "phone": "+31301234567"},
    "people": {
        "technical_administrator": {
            "first_name": "Ruben",
            "last_name": "Technicus",
            "email": "ruben@gbz.example",
            "phone": "+31301234567",
        },
        "portal_administrator": {
            "first_name": "Johanna",
            "last_name": "Lindeman-Çelik",
            "date_of_birth": "1975-03-09",
            "email": "j.lindeman@delinde.example",
            "phone": "+31600001001",
        },
        "representative": {"first_name": "Pieter", "last_name": "Lindeman", "email": "p.lindeman@delinde.example"},
    },
}


@dataclass(frozen=True)
class Pki:
    ca_path: Path
    certificate_path: Path
    key_path: Path

    def server_context(self, *, clients: bool = False) -> ssl.SSLContext:
        """``clients``: only those with a certificate of the same CA."""
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        context.load_cert_chain(self.certificate_path, self.key_path)
        if clients:
            context.load_verify_locations(self.ca_path)
            context.verify_mode = ssl.CERT_REQUIRED
        return context


def make_pki(folder: Path) -> Pki:
    """A CA and a certificate for 127.0.0.1 and localhost."""
    now = datetime.datetime.now(datetime.UTC)

    def build(name: str, key: ec.EllipticCurvePrivateKey, issuer: x509.Name | None) -> x509.CertificateBuilder:
        subject = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, name)])
        return (
            x509.CertificateBuilder()
            .subject_name(subject)
            .issuer_name(issuer or subject)
            .public_key(key.public_key())
            .serial_number(x509.random_serial_number())
            .not_valid_before(now - datetime.timedelta(hours=1))
            .not_valid_after(now + datetime.timedelta(days=2))
            .add_extension(x509.BasicConstraints(ca=issuer is None, path_length=None), critical=True)
        )

    ca_key, key = ec.generate_private_key(ec.SECP256R1()), ec.generate_private_key(ec.SECP256R1())
    signs = x509.KeyUsage(*(usage in (5, 6) for usage in range(9)))
    identifier = x509.SubjectKeyIdentifier.from_public_key(ca_key.public_key())
    ca = (
        build("intake tests", ca_key, None)
        .add_extension(signs, critical=True)
        .add_extension(identifier, critical=False)
        .sign(ca_key, hashes.SHA256())
    )
    names = x509.SubjectAlternativeName([x509.DNSName("localhost"), x509.IPAddress(ipaddress.ip_address("127.0.0.1"))])
    leaf = (
        build("127.0.0.1", key, ca.subject)
        .add_extension(names, critical=False)
        .add_extension(
            x509.ExtendedKeyUsage([ExtendedKeyUsageOID.SERVER_AUTH, ExtendedKeyUsageOID.CLIENT_AUTH]), critical=False
        )
        .add_extension(x509.AuthorityKeyIdentifier.from_issuer_subject_key_identifier(identifier), critical=False)
        .sign(ca_key, hashes.SHA256())
    )
    pem = serialization.Encoding.PEM
    pki = Pki(folder / "ca.pem", folder / "server.pem", folder / "server.key.pem")
    pki.ca_path.write_bytes(ca.public_bytes(pem))
    pki.certificate_path.write_bytes(leaf.public_bytes(pem))
    pki.key_path.write_bytes(key.private_bytes(pem, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()))
    return pki


@dataclass
class Request:
    method: str
    path: str
    cookies: str
    fields: list[tuple[str, str]] = field(default_factory=list)
    files: list[tuple[str, str, bytes]] = field(default_factory=list)

    def __getitem__(self, name: str) -> str:
        return dict(self.fields)[name]


@dataclass
class Reply:
    body: bytes | str = b""
    status: int = 200
    headers: dict[str, str] = field(default_factory=dict)
    chunks: Iterator[bytes] | None = None
    drop: bool = False
    """Close the connection without an answer."""


@dataclass
class Site:
    url: str
    received: list[Request]

    def posts(self) -> list[Request]:
        return [request for request in self.received if request.method == "POST"]


@contextmanager
def serve(
    pki: Pki, answer: Callable[[Request], Reply], charset: str = "utf-8", *, clients: bool = False
) -> Iterator[Site]:
    """An HTTPS server on a free port of 127.0.0.1 until the end of the block. clients: as ``Pki.server_context``."""
    received: list[Request] = []

    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"
        timeout = 20

        def _serve(self) -> None:
            length = int(self.headers.get("Content-Length") or 0)
            body = self.rfile.read(length)
            if len(body) < length or (self.command == "POST" and not length):
                # The client died, in its body or in its headers: what did not arrive whole was not received.
                self.close_connection = True
                return
            request = Request(self.command, self.path, self.headers.get("Cookie") or "")
            kind = self.headers.get("Content-Type") or ""
            if kind.startswith("multipart/"):
                mail = message_from_bytes(f"Content-Type: {kind}\r\n\r\n".encode() + body, policy=HTTP)
                for part in mail.iter_parts():
                    name = part.get_param("name", header="Content-Disposition")
                    data = part.get_payload(decode=True) or b""
                    if part.get_filename() is None:
                        request.fields.append((name, data.decode(charset)))
                    else:
                        request.files.append((name, part.get_filename(), data))
            else:
                request.fields += parse_qsl(body.decode("ascii"), keep_blank_values=True, encoding=charset)
            received.append(request)
            reply = answer(request)
            if reply.drop:
                self.close_connection = True
                return
            data = reply.body.encode(charset) if isinstance(reply.body, str) else reply.body
            self.send_response(reply.status)
            headers = {"Content-Type": f"text/html; charset={charset}", **reply.headers}
            if reply.chunks is None:
                headers["Content-Length"] = str(len(data))
            else:
                headers["Connection"] = "close"
            for name, value in headers.items():
                self.send_header(name, value)
            self.end_headers()
            self.wfile.write(data)
            for chunk in reply.chunks or ():
                self.wfile.write(chunk)

        do_GET = do_POST = _serve  # noqa: N815 - the standard library's names

        def log_message(self, *_words: object) -> None:
            """Silence: what was received stands in the Site."""

    class Server(ThreadingHTTPServer):
        daemon_threads = True
        block_on_close = False

        def handle_error(self, *_unused: object) -> None:
            """A client that goes away is part of the tests."""

    server = Server(("127.0.0.1", 0), Handler)
    context = pki.server_context(clients=clients)
    server.socket = context.wrap_socket(server.socket, server_side=True, do_handshake_on_connect=False)
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02}, daemon=True)
    thread.start()
    try:
        yield Site(f"https://127.0.0.1:{server.server_address[1]}/form", received)
    finally:
        server.shutdown()
        server.server_close()
        thread.join()
