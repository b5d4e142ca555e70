# SPDX-FileCopyrightText: gbz.zorgid contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""The UZI server certificate, as CIBG issues it, and the wrong ones that a receiver must refuse."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Literal

from cryptography import x509
from cryptography.hazmat import asn1
from cryptography.hazmat.primitives.asymmetric import rsa
from cryptography.x509.oid import ExtendedKeyUsageOID, NameOID

from .hierarchies import AUTHORITIES, Authorities, subject

UZI_NAME = x509.ObjectIdentifier("2.5.5.5")
PERMANENT_IDENTIFIER = x509.ObjectIdentifier("1.3.6.1.5.5.7.8.3")
URA_ASSIGNER = x509.ObjectIdentifier("2.16.528.1.1007.3.3")
OID_CA = {"production": "2.16.528.1.1003.1.3.5.5.5", "acceptance": "2.16.528.1.1007.99.2110"}
POLICIES = {
    "g1": ("2.16.528.1.1003.1.2.8.6",),
    "g4": ("2.16.528.1.1003.1.2.44.15.35.11", "0.4.0.2042.1.1"),
}


@asn1.sequence
class _PermanentIdentifier:
    identifier_value: str
    assigner: x509.ObjectIdentifier


@dataclass(frozen=True)
class Request:
    """The content of one end-entity certificate. ``encoding`` is how the otherName's string is written."""

    name: str
    issuer: str
    ura: str
    organisation: str
    fqdn: str
    uzi_number: str
    agb_code: str = "00000000"
    card_type: str = "S"
    role: str = "00.000"
    valid_from_days: int = -30
    valid_to_days: int = 700
    encoding: Literal["ia5", "printable", "raw", "none"] = "ia5"
    permanent_ura: str | None = None
    revoked_days_ago: int | None = None

    @property
    def uzi_name(self) -> str:
        environment = "acceptance" if AUTHORITIES[self.issuer].hierarchy.startswith("acceptance") else "production"
        return f"{OID_CA[environment]}-1-{self.uzi_number}-{self.card_type}-{self.ura}-{self.role}-{self.agb_code}"


def _alternative_names(request: Request) -> x509.SubjectAlternativeName:
    names: list[x509.GeneralName] = [x509.DNSName(request.fqdn)]
    if request.encoding != "none":
        text = request.uzi_name
        value = {
            "ia5": lambda: asn1.encode_der(asn1.IA5String(text)),
            "printable": lambda: asn1.encode_der(asn1.PrintableString(text)),
            # Old test material: an OCTET STRING around the bare text, without a string type of its own.
            "raw": lambda: b"\x04" + bytes([len(text)]) + text.encode("ascii"),
        }[request.encoding]()
        names.append(x509.OtherName(UZI_NAME, value))
        identifier = _PermanentIdentifier(identifier_value=request.permanent_ura or request.ura, assigner=URA_ASSIGNER)
        names.append(x509.OtherName(PERMANENT_IDENTIFIER, asn1.encode_der(identifier)))
    return x509.SubjectAlternativeName(names)


def issue(
    authorities: Authorities,
    request: Request,
    public_key: rsa.RSAPublicKey,
    self_signed: rsa.RSAPrivateKey | None = None,
) -> x509.Certificate:
    """The certificate for this request; with ``self_signed`` it is signed by its own key instead of its issuer's."""
    now = datetime.now(UTC).replace(microsecond=0)
    generation = "g4" if AUTHORITIES[request.issuer].pss else "g1"
    name = x509.Name(
        [
            x509.NameAttribute(NameOID.COUNTRY_NAME, "NL"),
            x509.NameAttribute(NameOID.ORGANIZATION_NAME, request.organisation),
            x509.NameAttribute(NameOID.SERIAL_NUMBER, request.uzi_number),
            x509.NameAttribute(NameOID.COMMON_NAME, request.fqdn),
        ]
    )
    usage = x509.KeyUsage(
        digital_signature=True,
        content_commitment=False,
        key_encipherment=True,
        data_encipherment=False,
        key_agreement=False,
        key_cert_sign=False,
        crl_sign=False,
        encipher_only=False,
        decipher_only=False,
    )
    policies = [x509.PolicyInformation(x509.ObjectIdentifier(oid), None) for oid in POLICIES[generation]]
    issuer_key = self_signed or authorities.keys[request.issuer]
    issuer_id = x509.SubjectKeyIdentifier.from_public_key(issuer_key.public_key())
    builder = (
        x509.CertificateBuilder()
        .subject_name(name)
        .issuer_name(name if self_signed else subject(AUTHORITIES[request.issuer]))
        .public_key(public_key)
        .serial_number(x509.random_serial_number())
        .not_valid_before(now + timedelta(days=request.valid_from_days))
        .not_valid_after(now + timedelta(days=request.valid_to_days))
        .add_extension(x509.BasicConstraints(ca=False, path_length=None), critical=True)
        .add_extension(usage, critical=True)
        .add_extension(
            x509.ExtendedKeyUsage([ExtendedKeyUsageOID.SERVER_AUTH, ExtendedKeyUsageOID.CLIENT_AUTH]), critical=False
        )
        .add_extension(x509.CertificatePolicies(policies), critical=False)
        .add_extension(_alternative_names(request), critical=False)
        .add_extension(x509.SubjectKeyIdentifier.from_public_key(public_key), critical=False)
        .add_extension(x509.AuthorityKeyIdentifier.from_issuer_subject_key_identifier(issuer_id), critical=False)
    )
    return authorities.sign(authorities.pointers(builder, request.issuer), request.issuer, issuer_key)
