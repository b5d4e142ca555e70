# SPDX-FileCopyrightText: gbz.zorgid contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""Reads certificate revocation lists (CRL, RFC 5280 section 5), orders them by age, and checks whether one is genuine
and applies to a certificate. ``revocation`` checks whether a CRL has expired, because it knows the moment."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

from .._common.errors import ZorgidError
from .._common.libraries import needs
from .._common.text import printable
from .armour import NoBlocks, blocks_of
from .certificate import is_authority
from .contents import read

with needs("cryptography>=44"):
    from cryptography import x509
    from cryptography.hazmat.primitives.asymmetric import rsa

    from .._common.damage import DAMAGED

#: Bytes. A larger file is not read.
SIZE_LIMIT = 32 * 1024 * 1024


def load_crls(path: str | Path) -> list[x509.CertificateRevocationList]:
    """The CRLs of a DER file or of a PEM file with several. Errors: ``file_unreadable``, ``crl_unreadable``."""
    try:
        blocks = blocks_of(read(Path(path), SIZE_LIMIT))
        other = next((one.place for one in blocks if one.label not in ("X509 CRL", "CRL", "")), None)
        if other:
            raise NoBlocks(f"{other} is no CRL")
        return [read_crl(one.der) for one in blocks]
    except (ValueError, TypeError, NoBlocks) as error:
        raise ZorgidError(
            "crl_unreadable",
            f"{path} cannot be read as a CRL",
            expected="a CRL, DER or PEM",
            found=printable(error) if isinstance(error, NoBlocks) else "damaged, or another kind of file",
            action="download the CRL again",
        ) from error


def read_crl(der: bytes) -> x509.CertificateRevocationList:
    """A CRL in which everything except its entries could be parsed. Raises ValueError for a damaged one."""
    try:
        crl = x509.load_der_x509_crl(der)
        _touched = crl.issuer, crl.extensions, crl.last_update_utc, crl.next_update_utc, crl.signature_hash_algorithm
    except DAMAGED as error:
        raise ValueError("damaged CRL") from error
    return crl


def age_in(
    crls: Sequence[x509.CertificateRevocationList],
) -> Callable[[x509.CertificateRevocationList], tuple[Any, ...]]:
    """A sort key, oldest first: by CRL number (RFC 5280, 5.2.3) if each CRL has one, else by time."""
    numbers = {id(one): _number(one) for one in crls}
    if None in numbers.values():
        return lambda one: (one.last_update_utc,)
    return lambda one: (numbers[id(one)], one.last_update_utc)


def _number(crl: x509.CertificateRevocationList) -> int | None:
    try:
        return crl.extensions.get_extension_for_class(x509.CRLNumber).value.crl_number
    except x509.ExtensionNotFound:
        return None


def is_delta(crl: x509.CertificateRevocationList) -> bool:
    """Whether it lists only changes since a complete CRL (RFC 5280, 5.2.4)."""
    return any(isinstance(one.value, x509.DeltaCRLIndicator) for one in crl.extensions)


def is_lifted(entry: x509.RevokedCertificate) -> bool:
    """Whether this entry of a delta CRL ends a suspension (``removeFromCRL``, RFC 5280, 5.3.1)."""
    try:
        reason = entry.extensions.get_extension_for_class(x509.CRLReason).value.reason
    except (x509.ExtensionNotFound, *DAMAGED):
        return False
    return reason == x509.ReasonFlags.remove_from_crl


def signature_refusal(crl: x509.CertificateRevocationList, issuer: x509.Certificate) -> str:
    """Why the CRL is not signed by ``issuer``, or may not be; empty if the signature is valid."""
    public = issuer.public_key()
    try:
        usage = issuer.extensions.get_extension_for_class(x509.KeyUsage).value
        if not usage.crl_sign:
            return "the authority may not sign CRLs"
        if isinstance(public, rsa.RSAPublicKey) and crl.is_signature_valid(public):
            return ""
    except x509.ExtensionNotFound:
        return "the authority may not sign CRLs"
    except DAMAGED:
        pass
    return "the CRL's signature is wrong"


def scope_refusal(crl: x509.CertificateRevocationList, certificate: x509.Certificate) -> str:
    """Why this CRL does not apply to the certificate (issuingDistributionPoint, RFC 5280, 5.2.5); empty if it does."""
    for extension in crl.extensions:
        value = extension.value
        if isinstance(value, x509.IssuingDistributionPoint):
            urls = {name.value for name in value.full_name or () if isinstance(name, x509.UniformResourceIdentifier)}
            partial = value.only_some_reasons or value.indirect_crl or value.only_contains_attribute_certs
            other = value.only_contains_ca_certs != is_authority(certificate) and (
                value.only_contains_ca_certs or value.only_contains_user_certs
            )
            if partial or other or (urls and not urls & set(crl_urls(certificate))):
                return "the CRL is for other certificates"
        elif extension.critical and not isinstance(value, x509.DeltaCRLIndicator):
            return "the CRL has an extension that is not understood"
    return ""


def crl_urls(certificate: x509.Certificate) -> list[str]:
    """The HTTP addresses of CRLs in the certificate (CRL distribution points, RFC 5280, 4.2.1.13)."""
    try:
        points = certificate.extensions.get_extension_for_class(x509.CRLDistributionPoints).value
    except x509.ExtensionNotFound:
        return []
    names = [name.value for point in points for name in point.full_name or ()]
    return [str(name) for name in names if str(name).startswith(("http://", "https://"))]
