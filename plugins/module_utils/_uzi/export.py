# SPDX-FileCopyrightText: gbz.zorgid contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""Certificates in the file formats of other programs: PEM, DER, PKCS#7 (RFC 2315), PKCS#12 (RFC 7292)."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from .._common.errors import ZorgidError
from .._common.files import write_atomic
from .._common.libraries import needs
from .._common.trouble import in_words
from .certificate import is_authority, thumbprint
from .contents import read

with needs("cryptography>=44"):
    from cryptography import x509
    from cryptography.hazmat.primitives.asymmetric import rsa
    from cryptography.hazmat.primitives.serialization import BestAvailableEncryption, Encoding, pkcs7, pkcs12

    from .._common.damage import DAMAGED


def encode(
    certificate: x509.Certificate,
    chain: Sequence[x509.Certificate],
    form: str,
    key: rsa.RSAPrivateKey | None = None,
    passphrase: str | None = None,
) -> bytes:
    """The file's content; ``chain`` follows the certificate (DER has no place for it). Error: ``options_invalid``.

    PKCS#12 is always encrypted with PBES2 and AES-256.
    """
    if form == "pem":
        return b"".join(one.public_bytes(Encoding.PEM) for one in (certificate, *chain))
    if form == "der":
        return certificate.public_bytes(Encoding.DER)
    if form == "pkcs7":
        return pkcs7.serialize_certificates([certificate, *chain], Encoding.DER)
    if key is None or not passphrase:
        raise ZorgidError(
            "options_invalid",
            "PKCS#12 needs a passphrase",
            expected="export_passphrase",
            found="nothing",
            action="give export_passphrase, or choose another format",
        )
    encryption = BestAvailableEncryption(passphrase.encode())
    return pkcs12.serialize_key_and_certificates(None, key, certificate, list(chain), encryption)


def is_current(
    path: Path,
    certificate: x509.Certificate,
    chain: Sequence[x509.Certificate],
    form: str,
    passphrase: str | None,
    *,
    force: bool = False,
) -> bool:
    """Whether the file already has exactly this content.

    Error: ``export_would_overwrite`` when it contains another certificate or other data, and ``force`` is false.
    """
    if not path.exists():
        return False
    data = read(path)
    found = _held(data, form, passphrase)
    if found and found[0] == certificate and path.stat().st_mode & 0o077 == 0:
        return form == "der" or set(found[1:]) == set(chain)
    if (not found or found[0] != certificate) and not force:
        raise ZorgidError(
            "export_would_overwrite",
            f"{path} contains something else",
            expected=f"no file, or the certificate {thumbprint(certificate)}",
            found=f"the certificate {thumbprint(found[0])}"
            if found
            else "a file that cannot be opened with these options",
            action="choose another path, or set force to overwrite it",
        )
    return False


def _held(data: bytes, form: str, passphrase: str | None) -> list[x509.Certificate]:
    """The certificates in a file of this form, the organisation's first; empty when it cannot be opened."""
    try:
        if form == "pem":
            return x509.load_pem_x509_certificates(data)
        if form == "der":
            return [x509.load_der_x509_certificate(data)]
        if form == "pkcs7":
            # A PKCS#7 is an unordered set: put the CA certificates last.
            return sorted(pkcs7.load_der_pkcs7_certificates(data), key=is_authority)
        key, certificate, others = pkcs12.load_key_and_certificates(data, (passphrase or "").encode())
        return [certificate, *others] if key is not None and certificate is not None else []
    except DAMAGED:
        return []


def write(path: Path, content: bytes) -> None:
    """Write with mode 0600, atomically, and keep the owner. Error: ``file_unwritable``."""
    try:
        write_atomic(path, content)
    except OSError as error:
        raise ZorgidError(
            "file_unwritable",
            f"The file {path} cannot be written",
            found=in_words(error),
            action="correct the path or the permissions",
            expected="a folder on the controller that this user may write to",
        ) from error
