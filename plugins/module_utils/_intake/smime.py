# SPDX-FileCopyrightText: gbz.zorgid contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""S/MIME signature around a mail (RFC 8551, multipart/signed), so that the receiver can tell who sent it."""

from __future__ import annotations

import copy
import re
from email.message import EmailMessage
from pathlib import Path

from .._common.errors import ZorgidError
from .._common.libraries import needs

with needs("cryptography>=44"):
    from cryptography import x509
    from cryptography.exceptions import UnsupportedAlgorithm
    from cryptography.hazmat.primitives import hashes, serialization
    from cryptography.hazmat.primitives.asymmetric import ec, rsa
    from cryptography.hazmat.primitives.serialization import pkcs7


def sign(mail: EmailMessage, certificate_path: str, key_path: str, passphrase: str | None) -> bytes:
    """The mail on the wire with a detached signature; further certificates in the file go along as its chain.

    Error: ``smime_unusable``.
    """
    try:
        certificates = x509.load_pem_x509_certificates(Path(certificate_path).read_bytes())
        key = serialization.load_pem_private_key(
            Path(key_path).read_bytes(), passphrase.encode() if passphrase else None
        )
        if not isinstance(key, (rsa.RSAPrivateKey, ec.EllipticCurvePrivateKey)):
            raise TypeError("neither RSA nor EC")
        if key.public_key() != certificates[0].public_key():
            raise ValueError("certificate and key do not belong together")
    except (OSError, ValueError, TypeError, UnsupportedAlgorithm) as error:
        raise ZorgidError(
            "smime_unusable",
            "The S/MIME certificate and key cannot be used",
            expected="a PEM certificate and its RSA or EC key, with the right passphrase",
            found=getattr(error, "strerror", None) or type(error).__name__,
            action="correct smime_certificate_path, smime_key_path and smime_passphrase",
        ) from error
    inner, outer = copy.deepcopy(mail), []
    for name, value in mail.items():
        if not name.lower().startswith("content-"):
            del inner[name]
            if name.lower() != "mime-version":
                outer.append(mail.policy.fold(name, value))
    builder = pkcs7.PKCS7SignatureBuilder().set_data(inner.as_bytes()).add_signer(certificates[0], key, hashes.SHA256())
    for further in certificates[1:]:
        builder = builder.add_certificate(further)
    signed = builder.sign(serialization.Encoding.SMIME, [pkcs7.PKCS7Options.DetachedSignature])
    return "".join(outer).encode() + re.sub(rb"\r?\n", b"\r\n", signed)
