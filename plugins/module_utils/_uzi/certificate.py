# SPDX-FileCopyrightText: gbz.zorgid contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""Reads one UZI server certificate. ``judge.py`` decides whether it is valid."""

from __future__ import annotations

import functools
from dataclasses import dataclass
from datetime import datetime

from .._common.errors import ZorgidError
from .._common.libraries import needs
from .._common.text import printable
from .problems import Problem, problem
from .profile import hierarchy_of
from .uzi_names import fields_of

with needs("cryptography>=44"):
    from cryptography import x509
    from cryptography.exceptions import UnsupportedAlgorithm
    from cryptography.hazmat.primitives.asymmetric import ec, padding, rsa
    from cryptography.hazmat.primitives.hashes import SHA1, SHA256
    from cryptography.hazmat.primitives.serialization import Encoding
    from cryptography.x509.oid import AuthorityInformationAccessOID, NameOID

    from .._common.damage import DAMAGED

    #: The usual name of an attribute for which RFC 4514 has no short name.
    _NAMES = {NameOID.SERIAL_NUMBER: "SERIALNUMBER"}
with needs("pyhanko-certvalidator>=0.26"):
    from asn1crypto import x509 as asn1


#: Bytes. A UZI server certificate has about 2 kB.
SIZE_LIMIT = 64 * 1024
_LONGEST_NAME = 1000
_FEWEST_BITS = 2048
_SMALLEST_EXPONENT = 65537
_WEAK_DIGESTS = ("md2", "md4", "md5", "sha1", "sha224")


@dataclass(frozen=True)
class UziCertificate:
    """The certificate's fields; numbers with leading zeros are strings. ``problems``: deviations from CIBG's
    profile."""

    der: bytes
    x509: x509.Certificate
    ura: str | None
    uzi_number: str | None
    agb_code: str | None
    card_type: str | None
    role: str | None
    oid_ca: str | None
    subject: str
    common_name: str | None
    organisation_name: str | None
    dns_names: tuple[str, ...]
    issuer: str
    issuer_common_name: str | None
    serial_number: str
    thumbprint: str
    thumbprint_sha1: str
    not_before: datetime
    not_after: datetime
    hierarchy: str
    signature_algorithm: str
    key_type: str
    key_bits: int
    policies: tuple[str, ...]
    crl_urls: tuple[str, ...]
    ocsp_urls: tuple[str, ...]
    problems: tuple[Problem, ...]


@functools.lru_cache(maxsize=256)
def is_authority(certificate: x509.Certificate) -> bool:
    """Whether it is a CA certificate in which every field can be read."""
    try:
        if not (certificate.subject and certificate.issuer and certificate.public_key()):
            return False
        return certificate.extensions.get_extension_for_class(x509.BasicConstraints).value.ca
    except (x509.ExtensionNotFound, *DAMAGED):
        return False


def thumbprint(certificate: x509.Certificate) -> str:
    """SHA-256, hexadecimal in lower case."""
    return certificate.fingerprint(SHA256()).hex()


def parse_certificate(der: bytes) -> UziCertificate:
    """Read one certificate (DER, RFC 5280).

    Error: ``certificate_unreadable``. A certificate that can be read but is no UZI server certificate raises no error:
    its ``problems`` list what is missing.
    """
    if len(der) > SIZE_LIMIT:
        raise _unreadable(f"{len(der)} bytes, more than any certificate of CIBG")
    try:
        certificate = x509.load_der_x509_certificate(der)
        _check_names(certificate)
        return _read(der, certificate)
    except (x509.DuplicateExtension, x509.InvalidVersion) as error:
        raise _unreadable("not as RFC 5280 prescribes: an extension occurs twice, or the version is unknown") from error
    except DAMAGED as error:
        raise _unreadable("damaged, or not DER") from error


def _check_names(certificate: x509.Certificate) -> None:
    try:
        _touched = certificate.subject, certificate.issuer
    except ValueError as error:
        raise _unreadable("a name that is not written in Unicode (T61String), or damaged") from error


def _unreadable(found: str) -> ZorgidError:
    return ZorgidError(
        "certificate_unreadable",
        "The certificate cannot be read",
        expected="an X.509 certificate as CIBG issues them (DER, RFC 5280)",
        found=found,
        action="export the certificate again, or ask its owner for it",
    )


def _read(der: bytes, certificate: x509.Certificate) -> UziCertificate:
    if certificate.serial_number <= 0:
        raise _unreadable("a serial number that is not positive")
    extensions = {one.oid.dotted_string: one.value for one in certificate.extensions}
    names = extensions.get("2.5.29.17")
    others = [one for one in names if isinstance(one, x509.OtherName)] if names else []
    fields, problems = fields_of(others)
    problems += _profile(extensions)
    if weak := weakness(certificate):
        problems.append(problem("certificate_weak", found=weak))
    public = public_key_of(certificate)
    access = extensions.get("1.3.6.1.5.5.7.1.1") or ()
    subject, issuer = certificate.subject, certificate.issuer
    issuer_common_name = _first(issuer, NameOID.COMMON_NAME)
    return UziCertificate(
        der=der,
        x509=certificate,
        ura=fields.get("ura"),
        uzi_number=fields.get("uzi_number"),
        agb_code=fields.get("agb_code"),
        card_type=fields.get("card_type"),
        role=fields.get("role"),
        oid_ca=fields.get("oid_ca"),
        subject=printable(subject.rfc4514_string(_NAMES), _LONGEST_NAME),
        common_name=_first(subject, NameOID.COMMON_NAME),
        organisation_name=_first(subject, NameOID.ORGANIZATION_NAME),
        dns_names=tuple(map(printable, names.get_values_for_type(x509.DNSName))) if names else (),
        issuer=printable(issuer.rfc4514_string(_NAMES), _LONGEST_NAME),
        issuer_common_name=issuer_common_name,
        serial_number=f"{certificate.serial_number:X}",
        thumbprint=thumbprint(certificate),
        thumbprint_sha1=certificate.fingerprint(SHA1()).hex().upper(),  # noqa: S303 - the thumbprint of Windows
        not_before=certificate.not_valid_before_utc,
        not_after=certificate.not_valid_after_utc,
        hierarchy=hierarchy_of(issuer_common_name),
        signature_algorithm=_signature_algorithm(certificate),
        key_type=_key_type(public) if public or _key(certificate)[1] is None else "RSA",
        key_bits=getattr(public, "key_size", 0) or _key(certificate)[0],
        policies=tuple(one.policy_identifier.dotted_string for one in extensions.get("2.5.29.32") or ()),
        crl_urls=tuple(_crl_urls(extensions.get("2.5.29.31") or ())),
        ocsp_urls=tuple(
            one.access_location.value
            for one in access
            if one.access_method == AuthorityInformationAccessOID.OCSP
            and isinstance(one.access_location, x509.UniformResourceIdentifier)
        ),
        problems=tuple(problems),
    )


def _first(name: x509.Name, oid: x509.ObjectIdentifier) -> str | None:
    found = name.get_attributes_for_oid(oid)
    return printable(found[0].value) if found else None


def _profile(extensions: dict[str, x509.ExtensionType]) -> list[Problem]:
    """Check the parts of CIBG's profile that a certificate needs for a valid signature."""
    usage, constraints = extensions.get("2.5.29.15"), extensions.get("2.5.29.19")
    if isinstance(constraints, x509.BasicConstraints) and constraints.ca:
        return [problem("certificate_profile", found="a CA certificate")]
    if isinstance(usage, x509.KeyUsage) and not usage.digital_signature:
        return [problem("certificate_profile", found="a key that may not make digital signatures")]
    return []


def _crl_urls(points: object) -> list[str]:
    return [
        name.value
        for point in points  # type: ignore[attr-defined]
        for name in point.full_name or ()
        if isinstance(name, x509.UniformResourceIdentifier)
    ]


def public_key_of(certificate: x509.Certificate) -> object:
    """None for a key that the library refuses to read, such as one with an even exponent."""
    try:
        return certificate.public_key()
    except DAMAGED:
        return None


def weakness(certificate: x509.Certificate, *, signed: bool = True) -> str:
    """What is weaker than PKIoverheid allows (Programme of Requirements part 3), as text; empty when nothing is.

    ``signed``: whether to check the digest of its own signature. That of a trust anchor is not checked.
    """
    bits, exponent = _key(certificate)
    found = ""
    if exponent is not None and bits < _FEWEST_BITS:
        found = f"an RSA key of {bits} bits"
    elif exponent is not None and (exponent < _SMALLEST_EXPONENT or exponent % 2 == 0):
        found = "an RSA key with a small or even exponent"
    elif signed and (digest := _digest(certificate)) in _WEAK_DIGESTS:
        found = f"signed with {digest.upper()}"
    return f"{found} ({printable(certificate.subject.rfc4514_string(_NAMES))})" if found else ""


def _key(certificate: x509.Certificate) -> tuple[int, int | None]:
    """Bits and exponent of an RSA key, also of a key that the library refuses; exponent None for another key."""
    public = public_key_of(certificate)
    if isinstance(public, rsa.RSAPublicKey):
        return public.key_size, public.public_numbers().e
    if public is not None:
        return 0, None
    try:
        info = asn1.Certificate.load(certificate.public_bytes(Encoding.DER))["tbs_certificate"][
            "subject_public_key_info"
        ]
        if info.algorithm not in ("rsa", "rsassa_pss"):
            return 0, None
        numbers = info["public_key"].parsed
        return int(numbers["modulus"].native).bit_length(), int(numbers["public_exponent"].native)
    except DAMAGED:
        return 0, None


def _digest(certificate: x509.Certificate) -> str:
    try:
        algorithm = certificate.signature_hash_algorithm
    except UnsupportedAlgorithm:
        return ""
    return algorithm.name if algorithm else ""


def _key_type(public: object) -> str:
    if isinstance(public, rsa.RSAPublicKey):
        return "RSA"
    return "EC" if isinstance(public, ec.EllipticCurvePublicKey) else type(public).__name__ if public else "unknown"


def _signature_algorithm(certificate: x509.Certificate) -> str:
    """For example ``sha256-rsa`` or ``sha512-rsa-pss``."""
    algorithm = certificate.signature_hash_algorithm
    parameters = certificate.signature_algorithm_parameters
    kind = "rsa-pss" if isinstance(parameters, padding.PSS) else "rsa"
    if not isinstance(parameters, padding.PSS | padding.PKCS1v15):
        kind = "ecdsa"
    return f"{algorithm.name}-{kind}" if algorithm else kind
