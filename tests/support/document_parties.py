# SPDX-FileCopyrightText: gbz.zorgid contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""Those who can sign a document, and the programs that judge what they signed."""

from __future__ import annotations

import datetime
import shutil
from dataclasses import dataclass

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import rsa
from cryptography.x509.oid import NameOID


@dataclass(frozen=True)
class Party:
    """Somebody who can sign: an UZI server certificate as CIBG issues them, its key and its CA."""

    key: rsa.RSAPrivateKey
    certificate: x509.Certificate
    ca: x509.Certificate


def issue(ca_key: rsa.RSAPrivateKey, ca_name: x509.Name, key: rsa.RSAPrivateKey, ura: str) -> x509.Certificate:
    now = datetime.datetime.now(datetime.UTC)
    uzi = f"2.16.528.1.1003.1.3.5.5.5-1-12345678-S-{ura}-00.000-00000000".encode()
    names: list[x509.GeneralName] = [
        x509.DNSName("zorgid.delinde.example"),
        # IA5String, tag 0x16, as CIBG encodes it.
        x509.OtherName(x509.ObjectIdentifier("2.5.5.5"), bytes([0x16, len(uzi)]) + uzi),
    ]
    subject = x509.Name(
        [
            x509.NameAttribute(NameOID.COUNTRY_NAME, "NL"),
            x509.NameAttribute(NameOID.ORGANIZATION_NAME, "Huisartsenpraktijk De Linde"),
            x509.NameAttribute(NameOID.COMMON_NAME, "zorgid.delinde.example"),
        ]
    )
    return (
        x509.CertificateBuilder()
        .subject_name(subject)
        .issuer_name(ca_name)
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(now - datetime.timedelta(days=1))
        .not_valid_after(now + datetime.timedelta(days=900))
        .add_extension(x509.BasicConstraints(ca=False, path_length=None), critical=True)
        .add_extension(x509.SubjectAlternativeName(names), critical=False)
        .sign(ca_key, hashes.SHA256())
    )


def program(name: str, package: str) -> str:
    """A judge that is not ours; without it the test is skipped, which says what to install."""
    found = shutil.which(name)
    if not found:
        pytest.skip(f"{name} is missing: apt install {package}")
    return found
