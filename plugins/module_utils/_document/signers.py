# SPDX-FileCopyrightText: gbz.zorgid contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""Finds the certificate to verify a signature with: the one in it, or the one that was given separately."""

from __future__ import annotations

import functools
from collections.abc import Sequence

from .._common.libraries import needs
from .names import is_name
from .structure import DIGESTS, Refused, decode
from .xml import DS, Element

with needs("cryptography>=44"):
    from cryptography import x509
    from cryptography.hazmat.primitives.asymmetric import rsa
    from cryptography.hazmat.primitives.hashes import SHA256, SHA384, SHA512

    from .._common.damage import DAMAGED

    _HASHES = {256: SHA256(), 384: SHA384(), 512: SHA512()}

MINIMUM_BITS = 2048
MINIMUM_EXPONENT = 65537
_DSIG11 = "http://www.w3.org/2009/xmldsig11#"


def signer(
    signature: Element, beside: Sequence[x509.Certificate] = ()
) -> tuple[x509.Certificate, tuple[x509.Certificate, ...]]:
    """The signer's certificate and all others, from the signature and from ``beside``.

    If both contain the signer's certificate, they must be equal; and every reference in the signature (issuer and
    serial number, key identifier, digest) must fit it.
    """
    infos = signature.findall(f"{{{DS}}}KeyInfo")
    if len(infos) > 1:
        raise Refused("signature_malformed", f"{len(infos)} times KeyInfo")
    inside: list[x509.Certificate] = []
    for info in infos:
        if info.find(f".//{{{DS}}}RetrievalMethod") is not None:
            raise Refused("reference_external", "RetrievalMethod")
        for element in info.iterfind(f"{{{DS}}}X509Data/{{{DS}}}X509Certificate"):
            try:
                inside.append(_certificate(decode(element, "X509Certificate")))
            except DAMAGED as error:
                raise Refused("signer_unreadable") from error
    found = {_leaf(certificates) for certificates in (inside, beside) if certificates}
    if not found:
        raise Refused("signer_missing")
    if len(found) > 1:
        raise Refused("signer_differs", "X509Certificate")
    certificate = found.pop()
    others = tuple(dict.fromkeys(one for one in (*inside, *beside) if one != certificate))
    for info in infos:
        _check_named(info, certificate, others)
    check_key(certificate)
    return certificate, others


def check_key(certificate: x509.Certificate) -> None:
    """Require RSA of at least 2048 bits with an exponent of at least 65537 (NIST SP 800-56B, 6.2; SOG-IS)."""
    try:
        public = certificate.public_key()
    except DAMAGED as error:
        raise Refused("signer_unreadable") from error
    if not isinstance(public, rsa.RSAPublicKey):
        raise Refused("key_too_small", "not an RSA key")
    if public.key_size < MINIMUM_BITS:
        raise Refused("key_too_small", f"RSA of {public.key_size} bits")
    if (exponent := public.public_numbers().e) < MINIMUM_EXPONENT:
        raise Refused("key_too_small", f"RSA with the public exponent {exponent}")


def _leaf(certificates: Sequence[x509.Certificate]) -> x509.Certificate:
    """The only certificate, or the only one that is not a CA certificate."""
    found = list(dict.fromkeys(certificates))
    leaves = [one for one in found if not _is_authority(one)] if len(found) > 1 else found
    if len(leaves) != 1:
        raise Refused("signer_ambiguous", f"{len(leaves)} of {len(found)} certificates")
    return leaves[0]


def _check_named(info: Element, certificate: x509.Certificate, others: Sequence[x509.Certificate]) -> None:
    """Each reference must fit a given certificate, and of each kind one must fit the signer's (XMLDSig 4.5.4)."""
    for kind, means in (
        (f"{{{DS}}}X509IssuerSerial", _is_issuer_serial),
        (f"{{{DS}}}X509SKI", _is_key_identifier),
        (f"{{{_DSIG11}}}X509Digest", _is_digest),
    ):
        names = info.findall(f"{{{DS}}}X509Data/{kind}")
        meant = [[one for one in (certificate, *others) if means(name, one)] for name in names]
        if names and not (all(meant) and any(certificate in ones for ones in meant)):
            raise Refused("signer_differs", kind.rpartition("}")[2])


def _is_issuer_serial(name: Element, certificate: x509.Certificate) -> bool:
    serial = (name.findtext(f"{{{DS}}}X509SerialNumber") or "").strip()
    if not (serial.isascii() and serial.isdigit() and len(serial) <= 60) or int(serial) != certificate.serial_number:
        return False
    return is_name(name.findtext(f"{{{DS}}}X509IssuerName") or "", certificate.issuer)


def _is_key_identifier(name: Element, certificate: x509.Certificate) -> bool:
    try:
        known = certificate.extensions.get_extension_for_class(x509.SubjectKeyIdentifier).value
    except (x509.ExtensionNotFound, *DAMAGED):
        known = x509.SubjectKeyIdentifier.from_public_key(certificate.public_key())
    return decode(name, "X509SKI") == known.digest


def _is_digest(name: Element, certificate: x509.Certificate) -> bool:
    bits = DIGESTS.get(name.get("Algorithm", ""))
    if bits is None:
        raise Refused("algorithm_refused", "X509Digest")
    return decode(name, "X509Digest") == certificate.fingerprint(_HASHES[bits])


@functools.lru_cache(maxsize=64)
def _certificate(der: bytes) -> x509.Certificate:
    """Parse and cache, because one certificate signs many documents. Its names are read here, to be compared later."""
    certificate = x509.load_der_x509_certificate(der)
    _touched = certificate.subject, certificate.issuer
    return certificate


def _is_authority(certificate: x509.Certificate) -> bool:
    try:
        return certificate.extensions.get_extension_for_class(x509.BasicConstraints).value.ca
    except (x509.ExtensionNotFound, *DAMAGED):
        return False
