# SPDX-FileCopyrightText: gbz.zorgid contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""How the desk checks a UZI certificate: path with cryptography's verifier, revocation with the issuers' CRLs."""

from __future__ import annotations

import itertools
import urllib.request
from collections.abc import Sequence
from contextlib import suppress
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

from cryptography import x509
from cryptography.hazmat import asn1
from cryptography.hazmat.primitives.asymmetric import rsa
from cryptography.x509 import verification
from cryptography.x509.oid import ExtensionOID

_UZI_NAME = x509.ObjectIdentifier("2.5.5.5")
_PERMANENT_IDENTIFIER = x509.ObjectIdentifier("1.3.6.1.5.5.7.8.3")
_LARGEST_CRL = 10_000_000


class CertificateRefusedError(Exception):
    """Why the certificate is refused, in Dutch."""


@dataclass(frozen=True)
class Roots:
    """What is trusted in one environment, and the issuing authorities known there."""

    anchors: tuple[x509.Certificate, ...]
    intermediates: tuple[x509.Certificate, ...]

    @classmethod
    def of(cls, pki: Path, environment: str) -> Roots | None:
        """The environment as the document names it; None if it is unknown."""
        folder = {"productie": pki, "eigen": pki, "acceptatie": pki / "acceptance", "test": pki / "acceptance"}
        if environment not in folder:
            return None
        where = folder[environment]
        anchors, others = (
            tuple(x509.load_pem_x509_certificates((where / f"{name}.pem").read_bytes()))
            for name in ("trust_anchors", "intermediates")
        )
        return cls(anchors, others)


@asn1.sequence
class _PermanentIdentifier:
    value: str
    assigner: x509.ObjectIdentifier


@dataclass(frozen=True)
class Card:
    card_type: str
    ura: str


def check_path(certificate: x509.Certificate, sent: Sequence[x509.Certificate], roots: Roots) -> None:
    """Refuse a certificate that is not valid now, leads to no trusted root, or was revoked (or an issuer of it)."""
    now = datetime.now(UTC)
    if now > certificate.not_valid_after_utc:
        raise CertificateRefusedError("Het certificaat is verlopen.")
    if now < certificate.not_valid_before_utc:
        raise CertificateRefusedError("Het certificaat is nog niet geldig.")
    verifier = (
        verification.PolicyBuilder().store(verification.Store(list(roots.anchors))).time(now).build_client_verifier()
    )
    try:
        chain = verifier.verify(certificate, [*sent, *roots.intermediates]).chain
    except (verification.VerificationError, ValueError):
        raise CertificateRefusedError(
            "Het certificaat is niet uitgegeven door het UZI-register van deze omgeving."
        ) from None
    for one, issuer in itertools.pairwise(chain):
        _check_revocation(one, issuer)


def _check_revocation(certificate: x509.Certificate, issuer: x509.Certificate) -> None:
    unknown = CertificateRefusedError("Of het certificaat is ingetrokken, kon niet worden nagegaan.")
    try:
        points = certificate.extensions.get_extension_for_oid(ExtensionOID.CRL_DISTRIBUTION_POINTS).value
        assert isinstance(points, x509.CRLDistributionPoints)  # noqa: S101 - what this extension is
        (url,) = [name.value for point in points for name in point.full_name or () if name.value.startswith("http://")]
        opener = urllib.request.build_opener(urllib.request.ProxyHandler({}))
        with opener.open(url, timeout=10) as answer:
            crl = x509.load_der_x509_crl(answer.read(_LARGEST_CRL))
    except (x509.ExtensionNotFound, OSError, ValueError):
        raise unknown from None
    key = issuer.public_key()
    until = crl.next_update_utc
    if (
        crl.issuer != issuer.subject
        or not isinstance(key, rsa.RSAPublicKey)
        or not crl.is_signature_valid(key)
        or until is None
        or until < datetime.now(UTC)
    ):
        raise unknown
    if crl.get_revoked_certificate_by_serial_number(certificate.serial_number) is not None:
        raise CertificateRefusedError("Het certificaat, of dat van de uitgever, is ingetrokken.")


def card_of(certificate: x509.Certificate) -> Card:
    """Card type and URA from the subject's alternative names; both places that tell the URA must agree."""
    refused = CertificateRefusedError("Het certificaat heeft geen leesbaar UZI-nummer en URA-nummer.")
    try:
        names = certificate.extensions.get_extension_for_class(x509.SubjectAlternativeName).value
        others = {name.type_id: name.value for name in names if isinstance(name, x509.OtherName)}
        parts = _text(others[_UZI_NAME]).split("-")
        permanent = others.get(_PERMANENT_IDENTIFIER)
        second = None if permanent is None else asn1.decode_der(_PermanentIdentifier, permanent).value
    except (x509.ExtensionNotFound, ValueError, KeyError):
        raise refused from None
    if len(parts) != 7:
        raise refused
    if second not in (None, parts[4]):
        raise CertificateRefusedError("Het certificaat noemt twee verschillende URA-nummers.")
    return Card(card_type=parts[3], ura=parts[4])


def _text(der: bytes) -> str:
    """An IA5String, or what old test material has instead."""
    with suppress(ValueError):
        return asn1.decode_der(asn1.IA5String, der).as_str()
    with suppress(ValueError):
        return asn1.decode_der(asn1.PrintableString, der).as_str()
    return asn1.decode_der(bytes, der).decode("ascii")
