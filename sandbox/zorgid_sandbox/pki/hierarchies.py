# SPDX-FileCopyrightText: gbz.zorgid contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""The certificate authorities: names and signatures as CIBG's and PKIoverheid's, keys of our own.

Acceptance names of the layers that CIBG's publications do not name are made from the production ones.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from functools import cached_property
from pathlib import Path

from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import padding, rsa
from cryptography.hazmat.primitives.serialization import load_pem_private_key
from cryptography.x509.oid import AuthorityInformationAccessOID, NameOID

from ..state import State

ANY_POLICY = x509.ObjectIdentifier("2.5.29.32.0")


@dataclass(frozen=True)
class Authority:
    """One CA: ``name`` is its file name and its name in URLs, ``issuer`` another authority's name, None for a root."""

    name: str
    common_name: str
    hierarchy: str
    issuer: str | None
    organisation: str = "Staat der Nederlanden"
    revoked: datetime | None = None

    @property
    def pss(self) -> bool:
        """G4 signs RSASSA-PSS with SHA-512 and salt 64, G1 PKCS#1 v1.5 with SHA-256."""
        return self.hierarchy.endswith("g4")


_CIBG = "CIBG"
AUTHORITIES: dict[str, Authority] = {
    authority.name: authority
    for authority in (
        Authority("g1-root", "Staat der Nederlanden Private Root CA - G1", "production-g1", None),
        Authority("g1-services", "Staat der Nederlanden Private Services CA - G1", "production-g1", "g1-root"),
        Authority("g1-uzi", "UZI-register Private Server CA G1", "production-g1", "g1-services", _CIBG),
        Authority("g4-root", "Staat der Nederlanden - G4 Root Priv G-TLS - 2024", "production-g4", None),
        Authority("g4-sys", "Staat der Nederlanden - G4 Intm Priv G-TLS SYS - 2024", "production-g4", "g4-root"),
        Authority("g4-uzi", "UZI Server - G4 PKIo Priv G-TLS SYS - 2025", "production-g4", "g4-sys", _CIBG),
        Authority(
            "g4-uzi-2024",
            "UZI Server - G4 PKIo Priv G-TLS SYS - 2024",
            "production-g4",
            "g4-sys",
            _CIBG,
            revoked=datetime(2025, 10, 29, tzinfo=UTC),
        ),
        Authority("test-g1-root", "TEST Staat der Nederlanden Private Root CA - G1", "acceptance-g1", None),
        Authority(
            "test-g1-services",
            "TEST Staat der Nederlanden Private Services CA - G1",
            "acceptance-g1",
            "test-g1-root",
        ),
        Authority("test-g1-uzi", "TEST UZI-register Private Server CA G1", "acceptance-g1", "test-g1-services", _CIBG),
        Authority("acc-g4-root", "ACCEPTATIE Staat der Nederlanden - G4 Root Priv G-TLS - 2024", "acceptance-g4", None),
        Authority(
            "acc-g4-sys",
            "ACCEPTATIE Staat der Nederlanden - G4 Intm Priv G-TLS SYS - 2024",
            "acceptance-g4",
            "acc-g4-root",
        ),
        Authority(
            "acc-g4-uzi", "ACCEPTATIE UZI Server - G4 Priv G-TLS SYS - 2025", "acceptance-g4", "acc-g4-sys", _CIBG
        ),
        Authority("stranger", "Vreemde Server CA", "stranger", None, "Niemand"),
    )
}


def path_of(name: str) -> list[str]:
    """The authorities from this one up to its root."""
    found = [name]
    while (issuer := AUTHORITIES[found[-1]].issuer) is not None:
        found.append(issuer)
    return found


@dataclass
class Authorities:
    """The authorities of one state folder, read from it when needed."""

    state: Path

    @cached_property
    def base_url(self) -> str:
        """Where CRLs, OCSP and CA certificates are served; the port stays the same as long as the state folder does."""
        return f"http://127.0.0.1:{(State(self.state).pki / 'port').read_text().strip()}"

    @cached_property
    def certificates(self) -> Mapping[str, x509.Certificate]:
        return {name: x509.load_pem_x509_certificate(self.file(name, "pem").read_bytes()) for name in AUTHORITIES}

    @cached_property
    def keys(self) -> Mapping[str, rsa.RSAPrivateKey]:
        keys: dict[str, rsa.RSAPrivateKey] = {}
        for name in AUTHORITIES:
            key = load_pem_private_key(
                self.file(name, "key.pem").read_bytes(), None, unsafe_skip_rsa_key_validation=True
            )
            assert isinstance(key, rsa.RSAPrivateKey)  # noqa: S101 - we made it
            keys[name] = key
        return keys

    def file(self, name: str, suffix: str) -> Path:
        return State(self.state).pki / AUTHORITIES[name].hierarchy / f"{name}.{suffix}"

    def chain(self, name: str) -> list[x509.Certificate]:
        """What goes with a certificate of this authority: every CA up to, but without, the root."""
        return [self.certificates[one] for one in path_of(name) if AUTHORITIES[one].issuer is not None]

    def pointers(self, builder: x509.CertificateBuilder, issuer: str) -> x509.CertificateBuilder:
        """CRL distribution point and AIA (OCSP, issuer's certificate)."""
        crl = x509.DistributionPoint(
            [x509.UniformResourceIdentifier(f"{self.base_url}/{issuer}.crl")], None, None, None
        )
        access = [
            (AuthorityInformationAccessOID.OCSP, f"{self.base_url}/ocsp"),
            (AuthorityInformationAccessOID.CA_ISSUERS, f"{self.base_url}/{issuer}.cer"),
        ]
        return builder.add_extension(x509.CRLDistributionPoints([crl]), critical=False).add_extension(
            x509.AuthorityInformationAccess(
                [x509.AccessDescription(oid, x509.UniformResourceIdentifier(url)) for oid, url in access]
            ),
            critical=False,
        )

    def sign(self, builder: x509.CertificateBuilder, issuer: str, key: rsa.RSAPrivateKey) -> x509.Certificate:
        if AUTHORITIES[issuer].pss:
            pss = padding.PSS(padding.MGF1(hashes.SHA512()), 64)
            return builder.sign(key, hashes.SHA512(), rsa_padding=pss)
        return builder.sign(key, hashes.SHA256())

    def sign_crl(self, builder: x509.CertificateRevocationListBuilder, issuer: str) -> x509.CertificateRevocationList:
        if AUTHORITIES[issuer].pss:
            pss = padding.PSS(padding.MGF1(hashes.SHA512()), 64)
            return builder.sign(self.keys[issuer], hashes.SHA512(), rsa_padding=pss)
        return builder.sign(self.keys[issuer], hashes.SHA256())


def subject(authority: Authority) -> x509.Name:
    return x509.Name(
        [
            x509.NameAttribute(NameOID.COUNTRY_NAME, "NL"),
            x509.NameAttribute(NameOID.ORGANIZATION_NAME, authority.organisation),
            x509.NameAttribute(NameOID.COMMON_NAME, authority.common_name),
        ]
    )


def make(authorities: Authorities, keys: Mapping[str, rsa.RSAPrivateKey]) -> dict[str, x509.Certificate]:
    """The CA certificates for these keys (issuers stand before their subjects in `AUTHORITIES`)."""
    now = datetime.now(UTC).replace(microsecond=0)
    made: dict[str, x509.Certificate] = {}
    for name, authority in AUTHORITIES.items():
        issuer = authority.issuer or name
        depth = 3 - len(path_of(name))  # root 2, intermediate 1, issuing 0
        usage = x509.KeyUsage(
            digital_signature=authority.organisation == _CIBG,  # it signs its own OCSP answers
            content_commitment=False,
            key_encipherment=False,
            data_encipherment=False,
            key_agreement=False,
            key_cert_sign=True,
            crl_sign=True,
            encipher_only=False,
            decipher_only=False,
        )
        builder = (
            x509.CertificateBuilder()
            .subject_name(subject(authority))
            .issuer_name(subject(AUTHORITIES[issuer]))
            .public_key(keys[name].public_key())
            .serial_number(x509.random_serial_number())
            .not_valid_before(now - timedelta(days=1000))
            .not_valid_after(now + timedelta(days=4000))
            .add_extension(x509.BasicConstraints(ca=True, path_length=depth), critical=True)
            .add_extension(usage, critical=True)
            .add_extension(x509.SubjectKeyIdentifier.from_public_key(keys[name].public_key()), critical=False)
        )
        if authority.issuer is not None:
            issuer_id = x509.SubjectKeyIdentifier.from_public_key(keys[issuer].public_key())
            builder = authorities.pointers(builder, issuer)
            builder = builder.add_extension(
                x509.AuthorityKeyIdentifier.from_issuer_subject_key_identifier(issuer_id), critical=False
            ).add_extension(x509.CertificatePolicies([x509.PolicyInformation(ANY_POLICY, None)]), critical=False)
        made[name] = authorities.sign(builder, issuer, keys[issuer])
    return made
