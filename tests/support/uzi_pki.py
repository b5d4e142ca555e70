# SPDX-FileCopyrightText: gbz.zorgid contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""A small UZI PKI for the tests: both hierarchies with their names and signatures, keys of 2048 bits."""

from __future__ import annotations

import datetime
from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path

from asn1crypto import core
from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import padding, rsa
from cryptography.hazmat.primitives.serialization import Encoding
from cryptography.x509.oid import AuthorityInformationAccessOID, ExtendedKeyUsageOID, NameOID

from .keys import new_key, rsa_key

NOW = datetime.datetime.now(datetime.UTC).replace(microsecond=0)
DAY = datetime.timedelta(days=1)
CHAINS = {
    "g1": (
        "Staat der Nederlanden Private Root CA - G1",
        "Staat der Nederlanden Private Services CA - G1",
        "UZI-register Private Server CA G1",
    ),
    "g4": (
        "Staat der Nederlanden - G4 Root Priv G-TLS - 2024",
        "Staat der Nederlanden - G4 Intm Priv G-TLS SYS - 2024",
        "UZI Server - G4 PKIo Priv G-TLS SYS - 2025",
    ),
}


def der_string(kind: type[core.Asn1Value], text: str) -> bytes:
    return bytes(kind(text if kind is not core.OctetString else text.encode()).dump())


def uzi_text(ura: str = "90000101", *, card: str = "S", number: str = "00020202", agb: str = "01054321") -> str:
    return f"2.16.528.1.1003.1.3.5.5.5-1-{number}-{card}-{ura}-00.000-{agb}"


def uzi_name(ura: str = "90000101", **more: str) -> x509.OtherName:
    return x509.OtherName(x509.ObjectIdentifier("2.5.5.5"), der_string(core.IA5String, uzi_text(ura, **more)))


def permanent(ura: str) -> x509.OtherName:
    body = der_string(core.UTF8String, ura) + core.ObjectIdentifier("2.16.528.1.1007.3.3").dump()
    return x509.OtherName(x509.ObjectIdentifier("1.3.6.1.5.5.7.8.3"), bytes([0x30, len(body)]) + body)


def name_of(common_name: str, organisation: str = "CIBG") -> x509.Name:
    parts = [
        (NameOID.COUNTRY_NAME, "NL"),
        (NameOID.ORGANIZATION_NAME, organisation),
        (NameOID.COMMON_NAME, common_name),
    ]
    return x509.Name([x509.NameAttribute(oid, text) for oid, text in parts])


@dataclass
class Authority:
    name: x509.Name
    key: rsa.RSAPrivateKey
    pss: bool
    certificate: x509.Certificate = field(init=False)

    @property
    def padding(self) -> padding.PSS | None:
        return padding.PSS(padding.MGF1(hashes.SHA512()), 64) if self.pss else None

    @property
    def algorithm(self) -> hashes.HashAlgorithm:
        return hashes.SHA512() if self.pss else hashes.SHA256()

    def make(self, issuer: Authority, depth: int) -> None:
        usage = dict.fromkeys(
            ("content_commitment", "key_encipherment", "data_encipherment", "key_agreement", "encipher_only"), False
        )
        builder = (
            x509.CertificateBuilder()
            .subject_name(self.name)
            .issuer_name(issuer.name)
            .public_key(self.key.public_key())
            .serial_number(x509.random_serial_number())
            .not_valid_before(NOW - 900 * DAY)
            .not_valid_after(NOW + 3000 * DAY)
            .add_extension(x509.BasicConstraints(True, depth), True)
            .add_extension(
                x509.KeyUsage(digital_signature=True, key_cert_sign=True, crl_sign=True, decipher_only=False, **usage),
                True,
            )
            .add_extension(x509.SubjectKeyIdentifier.from_public_key(self.key.public_key()), False)
            .add_extension(x509.AuthorityKeyIdentifier.from_issuer_public_key(issuer.key.public_key()), False)
        )
        self.certificate = builder.sign(issuer.key, issuer.algorithm, rsa_padding=issuer.padding)

    def issue(
        self,
        public: rsa.RSAPublicKey,
        names: Sequence[x509.GeneralName] | None = None,
        *,
        begins: int = -10,
        ends: int = 400,
        crl_url: str | None = None,
        ocsp_url: str | None = None,
    ) -> x509.Certificate:
        """A server certificate; ``begins`` and ``ends`` are days from now."""
        alternative = [x509.DNSName("zorgid.delinde.example"), *([uzi_name()] if names is None else names)]
        usages = [ExtendedKeyUsageOID.SERVER_AUTH, ExtendedKeyUsageOID.CLIENT_AUTH]
        builder = (
            x509.CertificateBuilder()
            .subject_name(name_of("zorgid.delinde.example", "Huisartsenpraktijk De Linde"))
            .issuer_name(self.name)
            .public_key(public)
            .serial_number(x509.random_serial_number())
            .not_valid_before(NOW + begins * DAY)
            .not_valid_after(NOW + ends * DAY)
            .add_extension(x509.BasicConstraints(False, None), True)
            .add_extension(x509.KeyUsage(True, False, True, False, False, False, False, False, False), True)
            .add_extension(x509.ExtendedKeyUsage(usages), False)
            .add_extension(x509.SubjectAlternativeName(alternative), False)
            .add_extension(x509.AuthorityKeyIdentifier.from_issuer_public_key(self.key.public_key()), False)
        )
        if crl_url:
            point = x509.DistributionPoint([x509.UniformResourceIdentifier(crl_url)], None, None, None)
            builder = builder.add_extension(x509.CRLDistributionPoints([point]), False)
        if ocsp_url:
            where = x509.UniformResourceIdentifier(ocsp_url)
            access = x509.AccessDescription(AuthorityInformationAccessOID.OCSP, where)
            builder = builder.add_extension(x509.AuthorityInformationAccess([access]), False)
        return builder.sign(self.key, self.algorithm, rsa_padding=self.padding)

    def crl(self, revoked: Sequence[x509.Certificate] = (), *, began: float = -1, ends: float = 1) -> bytes:
        """The CRL (DER), from ``began`` until ``ends`` days from now; revoked two days ago."""
        builder = (
            x509.CertificateRevocationListBuilder()
            .issuer_name(self.name)
            .last_update(NOW + began * DAY)
            .next_update(NOW + ends * DAY)
        )
        for one in revoked:
            entry = x509.RevokedCertificateBuilder().serial_number(one.serial_number).revocation_date(NOW - 2 * DAY)
            builder = builder.add_revoked_certificate(entry.build())
        return builder.sign(self.key, self.algorithm, rsa_padding=self.padding).public_bytes(Encoding.DER)


@dataclass
class Hierarchy:
    root: Authority
    services: Authority
    issuing: Authority

    @property
    def authorities(self) -> list[Authority]:
        return [self.root, self.services, self.issuing]


@dataclass
class Pki:
    g1: Hierarchy
    g4: Hierarchy
    key: rsa.RSAPrivateKey
    other_key: rsa.RSAPrivateKey
    folder: Path

    def files(self, folder: Path) -> dict[str, str]:
        """Trust anchors, intermediates and empty CRLs as files: what the options of a judge name."""
        hierarchies = (self.g1, self.g4)
        anchors, others = folder / "anchors.pem", folder / "others.pem"
        anchors.write_bytes(b"".join(pem(one.root.certificate) for one in hierarchies))
        others.write_bytes(b"".join(pem(one.certificate) for h in hierarchies for one in (h.services, h.issuing)))
        return {"trust_anchors": str(anchors), "intermediates": str(others)}

    def crls(self, folder: Path, revoked: Sequence[x509.Certificate] = (), **when: float) -> list[str]:
        paths = []
        for number, one in enumerate([*self.g1.authorities, *self.g4.authorities]):
            path = folder / f"{number}.crl"
            mine = [certificate for certificate in revoked if certificate.issuer == one.name]
            path.write_bytes(one.crl(mine, **when))
            paths.append(str(path))
        return paths


def pem(certificate: x509.Certificate) -> bytes:
    return certificate.public_bytes(Encoding.PEM)


def der(certificate: x509.Certificate) -> bytes:
    return certificate.public_bytes(Encoding.DER)


def hierarchy(names: Sequence[str], *, pss: bool, first_key: int | None = None) -> Hierarchy:
    """first_key: of ``keys.rsa_key``; None: new keys."""
    authorities = [
        Authority(name_of(name), rsa_key(first_key + at) if first_key is not None else new_key(), pss)
        for at, name in enumerate(names)
    ]
    for number, one in enumerate(authorities):
        one.make(authorities[max(number - 1, 0)], 2 - number)
    return Hierarchy(*authorities)
