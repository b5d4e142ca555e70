# SPDX-FileCopyrightText: gbz.zorgid contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""The host's certificate stores: rows in the sandbox's database, filled from the scenario."""

from __future__ import annotations

import sqlite3
from contextlib import closing
from dataclasses import dataclass
from pathlib import Path

from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import rsa
from cryptography.hazmat.primitives.serialization import (
    Encoding,
    NoEncryption,
    PrivateFormat,
    PublicFormat,
    load_pem_private_key,
)

from .. import scenario as scenarios
from ..pki.hierarchies import AUTHORITIES, Authorities
from ..state import State, connect

PROVIDERS = {
    "cng": "Microsoft Software Key Storage Provider",
    "capi": "Microsoft Enhanced RSA and AES Cryptographic Provider",
}
_SCHEMA = """
CREATE TABLE IF NOT EXISTS windows_certificates (
    location TEXT, store TEXT, thumbprint TEXT, der BLOB NOT NULL, friendly_name TEXT NOT NULL,
    key_state TEXT NOT NULL, provider TEXT, key_pem BLOB, PRIMARY KEY (location, store, thumbprint)
);
CREATE TABLE IF NOT EXISTS windows_requests (
    spki BLOB PRIMARY KEY, key_pem BLOB NOT NULL, exportable INTEGER NOT NULL, friendly_name TEXT NOT NULL
)"""


@dataclass(frozen=True)
class Entry:
    """A certificate in a store; it includes the key unless its state is `none`, also if Windows would not export it."""

    thumbprint: str
    der: bytes
    friendly_name: str
    key_state: str
    provider: str | None
    key_pem: bytes | None

    @property
    def certificate(self) -> x509.Certificate:
        return x509.load_der_x509_certificate(self.der)

    @property
    def key(self) -> rsa.RSAPrivateKey:
        key = load_pem_private_key(self.key_pem or b"", None, unsafe_skip_rsa_key_validation=True)
        assert isinstance(key, rsa.RSAPrivateKey)  # noqa: S101 - the sandbox makes no others
        return key


def thumbprint(certificate: x509.Certificate) -> str:
    """SHA-1 in upper-case hex, as Windows shows it."""
    return certificate.fingerprint(hashes.SHA1()).hex().upper()  # noqa: S303


def spki(key: rsa.RSAPublicKey) -> bytes:
    """The public key, by which a certificate and its pending request are matched."""
    return key.public_bytes(Encoding.DER, PublicFormat.SubjectPublicKeyInfo)


def key_pem(key: rsa.RSAPrivateKey) -> bytes:
    return key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption())


class CertificateStore:
    """One store of one location, such as LocalMachine\\My."""

    def __init__(self, state: Path, location: str = "LocalMachine", name: str = "My") -> None:
        self.state, self.location, self.name = state, location, name

    def _connect(self) -> sqlite3.Connection:
        return connect(self.state)

    def entries(self) -> list[Entry]:
        with closing(self._connect()) as connection:
            rows = connection.execute(
                "SELECT thumbprint, der, friendly_name, key_state, provider, key_pem FROM windows_certificates"
                " WHERE location = ? AND store = ? ORDER BY rowid",
                (self.location, self.name),
            ).fetchall()
        return [Entry(**dict(row)) for row in rows]

    def find(self, wanted: str) -> Entry | None:
        return next((entry for entry in self.entries() if entry.thumbprint == wanted), None)

    def add(
        self,
        certificate: x509.Certificate,
        friendly_name: str = "",
        *,
        key_state: str = "none",
        provider: str | None = None,
        key: bytes | None = None,
    ) -> str:
        """Put a certificate in; one that is there already is replaced."""
        wanted = thumbprint(certificate)
        der = certificate.public_bytes(Encoding.DER)
        row = (self.location, self.name, wanted, der, friendly_name, key_state, provider, key)
        with closing(self._connect()) as connection:
            connection.execute("INSERT OR REPLACE INTO windows_certificates VALUES (?, ?, ?, ?, ?, ?, ?, ?)", row)
        return wanted

    def exists(self) -> bool:
        """Whether such a store can be opened: the standard ones, or one with content."""
        return self.name in ("My", "CA", "Root") or bool(self.entries())

    def remember_request(self, key: rsa.RSAPrivateKey, friendly_name: str, *, exportable: bool) -> None:
        """The key of a certificate request waits on the host until its certificate is installed."""
        row = (spki(key.public_key()), key_pem(key), int(exportable), friendly_name)
        with closing(self._connect()) as connection:
            connection.execute("INSERT INTO windows_requests VALUES (?, ?, ?, ?)", row)

    def request_for(self, certificate: x509.Certificate) -> sqlite3.Row | None:
        public = certificate.public_key()
        wanted = spki(public) if isinstance(public, rsa.RSAPublicKey) else b""
        with closing(self._connect()) as connection:
            row = connection.execute("SELECT * FROM windows_requests WHERE spki = ?", (wanted,)).fetchone()
        return None if row is None else row

    def forget_request(self, row: sqlite3.Row) -> None:
        with closing(self._connect()) as connection:
            connection.execute("DELETE FROM windows_requests WHERE spki = ?", (row["spki"],))


def prepare(state: Path) -> None:
    """At the first start: the scenario's certificates in LocalMachine\\My, their authorities in CA and Root."""
    with closing(connect(state)) as connection:
        connection.executescript(_SCHEMA)
        if connection.execute("SELECT count(*) FROM windows_certificates").fetchone()[0]:
            return
    scenario, mine = scenarios.load(state), CertificateStore(state)

    def put(name: str, friendly_name: str, key_state: str, provider: str) -> None:
        folder = State(state).pki / "issued"
        certificate = x509.load_pem_x509_certificate((folder / f"{name}.pem").read_bytes())
        if key_state == "none":
            mine.add(certificate, friendly_name)
        else:
            key = (folder / f"{name}.key.pem").read_bytes()
            mine.add(certificate, friendly_name, key_state=key_state, provider=provider, key=key)

    for one in scenario.organisations:
        put(one.host, one.name, one.store.key_state, one.store.provider)
    for name in scenario.windows.bad:
        put(name, name, "exportable", "cng")
    for number in range(scenario.windows.others):
        put(f"other-{number:03}", f"Zorgaanbieder {number}", "not_exportable", ("cng", "capi")[number % 2])
    for name, certificate in Authorities(state).certificates.items():
        if AUTHORITIES[name].hierarchy != "stranger":
            CertificateStore(state, name="Root" if AUTHORITIES[name].issuer is None else "CA").add(certificate)
