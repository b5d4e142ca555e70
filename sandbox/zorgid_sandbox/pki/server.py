# SPDX-FileCopyrightText: gbz.zorgid contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""CRLs, OCSP (RFC 6960) and CA certificates over HTTP, where the certificates point."""

from __future__ import annotations

import base64
import binascii
import sqlite3
from contextlib import closing
from datetime import UTC, datetime, timedelta
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from urllib.parse import unquote

from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat
from cryptography.x509 import ocsp

from ..state import SandboxError, State, announce, connect
from .hierarchies import AUTHORITIES, Authorities

_LARGEST_REQUEST = 10_000
_LIFETIME = timedelta(days=2)


def revocations(state: Path, issuer: str) -> list[sqlite3.Row]:
    """What this authority has revoked: `serial` (hex) and `revoked_at`."""
    with closing(connect(state)) as connection:
        return connection.execute(
            "SELECT serial, revoked_at FROM pki_issued WHERE issuer = ? AND revoked_at IS NOT NULL ORDER BY serial",
            (issuer,),
        ).fetchall()


def make_crl(authorities: Authorities, issuer: str) -> x509.CertificateRevocationList:
    """The authority's CRL of this moment, valid for two days."""
    now = datetime.now(UTC).replace(microsecond=0)
    builder = (
        x509.CertificateRevocationListBuilder()
        .issuer_name(authorities.certificates[issuer].subject)
        .last_update(now - timedelta(minutes=5))
        .next_update(now + _LIFETIME)
        .add_extension(x509.CRLNumber(int(now.timestamp())), critical=False)
        .add_extension(
            x509.AuthorityKeyIdentifier.from_issuer_public_key(authorities.keys[issuer].public_key()), critical=False
        )
    )
    for row in revocations(authorities.state, issuer):
        builder = builder.add_revoked_certificate(
            x509.RevokedCertificateBuilder()
            .serial_number(int(row["serial"], 16))
            .revocation_date(datetime.fromisoformat(row["revoked_at"]))
            .build()
        )
    return authorities.sign_crl(builder, issuer)


def _digest(name: hashes.HashAlgorithm, data: bytes) -> bytes:
    digest = hashes.Hash(name)
    digest.update(data)
    return digest.finalize()


def answer_ocsp(authorities: Authorities, der: bytes) -> bytes:
    """The answer to one OCSP request, signed by the issuer itself: PKCS#1 v1.5, the only one the library writes."""
    try:
        request = ocsp.load_der_ocsp_request(der)
        wanted = (request.issuer_name_hash, request.issuer_key_hash)
    except ValueError:
        return ocsp.OCSPResponseBuilder.build_unsuccessful(ocsp.OCSPResponseStatus.MALFORMED_REQUEST).public_bytes(
            Encoding.DER
        )
    name = None
    for candidate, certificate in authorities.certificates.items():
        point = certificate.public_key().public_bytes(Encoding.DER, PublicFormat.PKCS1)
        have = (
            _digest(request.hash_algorithm, certificate.subject.public_bytes()),
            _digest(request.hash_algorithm, point),
        )
        if have == wanted:
            name = candidate
    if name is None:
        return ocsp.OCSPResponseBuilder.build_unsuccessful(ocsp.OCSPResponseStatus.UNAUTHORIZED).public_bytes(
            Encoding.DER
        )
    with closing(connect(authorities.state)) as connection:
        row = connection.execute(
            "SELECT revoked_at FROM pki_issued WHERE issuer = ? AND serial = ?", (name, f"{request.serial_number:x}")
        ).fetchone()
    status, revoked_at = ocsp.OCSPCertStatus.UNKNOWN, None
    if row is not None:
        status = ocsp.OCSPCertStatus.REVOKED if row["revoked_at"] else ocsp.OCSPCertStatus.GOOD
        revoked_at = datetime.fromisoformat(row["revoked_at"]) if row["revoked_at"] else None
    now = datetime.now(UTC).replace(microsecond=0)
    builder = ocsp.OCSPResponseBuilder().add_response_by_hash(
        issuer_name_hash=wanted[0],
        issuer_key_hash=wanted[1],
        serial_number=request.serial_number,
        algorithm=request.hash_algorithm,
        cert_status=status,
        this_update=now - timedelta(minutes=5),
        next_update=now + _LIFETIME,
        revocation_time=revoked_at,
        revocation_reason=None,
    )
    builder = builder.responder_id(ocsp.OCSPResponderEncoding.HASH, authorities.certificates[name])
    for extension in request.extensions:
        if isinstance(extension.value, x509.OCSPNonce):
            builder = builder.add_extension(extension.value, critical=False)
    return builder.sign(authorities.keys[name], hashes.SHA256()).public_bytes(Encoding.DER)


def serve(state: Path) -> None:
    """Serve until the process is ended."""
    authorities = Authorities(state)
    port = int((State(state).pki / "port").read_text())

    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"

        def _send(self, status: int, kind: str, body: bytes) -> None:
            self.send_response(status)
            self.send_header("Content-Type", kind)
            self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            self.wfile.write(body)

        def do_GET(self) -> None:
            name, _, suffix = self.path.removeprefix("/").partition(".")
            if self.path.startswith("/ocsp/"):
                try:
                    der = base64.b64decode(unquote(self.path.removeprefix("/ocsp/")), validate=True)
                except binascii.Error:
                    der = b""
                self._send(200, "application/ocsp-response", answer_ocsp(authorities, der))
            elif name in AUTHORITIES and suffix == "crl":
                crl = make_crl(authorities, name).public_bytes(Encoding.DER)
                self._send(200, "application/pkix-crl", crl)
            elif name in AUTHORITIES and suffix == "cer":
                certificate = authorities.certificates[name].public_bytes(Encoding.DER)
                self._send(200, "application/pkix-cert", certificate)
            else:
                self._send(404, "text/plain", b"not here\n")

        def do_POST(self) -> None:
            length = int(self.headers.get("Content-Length") or 0)
            if self.path != "/ocsp" or length > _LARGEST_REQUEST:
                self.close_connection = True
                self._send(404 if self.path != "/ocsp" else 413, "text/plain", b"not here\n")
                return
            self._send(200, "application/ocsp-response", answer_ocsp(authorities, self.rfile.read(length)))

    try:
        server = ThreadingHTTPServer(("127.0.0.1", port), Handler)
    except OSError as error:
        raise SandboxError(f"The certificates point at port {port}, which is taken now: {error}.") from None
    with server:
        announce(state, "pki", port)
        server.serve_forever()
