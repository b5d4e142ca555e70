# SPDX-FileCopyrightText: gbz.zorgid contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""Certificate requests (PKCS#10) for a renewal, with the subject and DNS names of the old certificate."""

from __future__ import annotations

import hashlib
from pathlib import Path

from .._common.errors import ZorgidError
from .._common.libraries import needs
from .contents import read

with needs("cryptography>=44"):
    from cryptography import x509
    from cryptography.hazmat.primitives import hashes
    from cryptography.hazmat.primitives.asymmetric import rsa
    from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat
    from cryptography.x509.oid import ExtendedKeyUsageOID

    from .._common.damage import DAMAGED

_LARGEST = 64 * 1024


def key_digest(public: object) -> str:
    """SHA-256 of a public key, hexadecimal; empty for a key that could not be read."""
    if not isinstance(public, rsa.RSAPublicKey):
        return ""
    return hashlib.sha256(public.public_bytes(Encoding.DER, PublicFormat.SubjectPublicKeyInfo)).hexdigest()


def dns_names(certificate: x509.Certificate) -> list[str]:
    """The DNS names of the certificate (subjectAltName); empty if it has none."""
    try:
        names = certificate.extensions.get_extension_for_class(x509.SubjectAlternativeName).value
    except x509.ExtensionNotFound:
        return []
    return names.get_values_for_type(x509.DNSName)


def request_for(certificate: x509.Certificate, key: rsa.RSAPrivateKey) -> bytes:
    """The request (DER), with the fields that Windows writes. CIBG adds its own names (URA, UZI number)."""
    usages = [ExtendedKeyUsageOID.SERVER_AUTH, ExtendedKeyUsageOID.CLIENT_AUTH]
    builder = x509.CertificateSigningRequestBuilder(certificate.subject).add_extension(
        x509.ExtendedKeyUsage(usages), critical=False
    )
    if names := dns_names(certificate):
        builder = builder.add_extension(x509.SubjectAlternativeName(map(x509.DNSName, names)), critical=False)
    return builder.sign(key, hashes.SHA256()).public_bytes(Encoding.DER)


def as_pem(request: bytes) -> bytes:
    """Error: ``renewal_unclear``, for bytes that are no request."""
    return _load(request, "the answer of the place of the key").public_bytes(Encoding.PEM)


def requested_key(path: Path) -> str:
    """The digest of the key in a request file. Errors: ``file_unreadable``, ``renewal_unclear``."""
    return key_digest(_load(read(path, _LARGEST), str(path)).public_key())


def _load(data: bytes, place: str) -> x509.CertificateSigningRequest:
    try:
        pem = b"-----BEGIN" in data
        found = x509.load_pem_x509_csr(data) if pem else x509.load_der_x509_csr(data)
        if found.is_signature_valid and key_digest(found.public_key()):
            return found
    except DAMAGED:
        pass
    raise ZorgidError(
        "renewal_unclear",
        "The request to CIBG cannot be read",
        expected="a PKCS#10 request, signed by its RSA key",
        found=place,
        action="delete it and run this again for a new key and request",
    )
