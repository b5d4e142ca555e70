# SPDX-FileCopyrightText: gbz.zorgid contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""The kinds of files that the documentation of the options names are those that are read."""

from __future__ import annotations

import datetime
from pathlib import Path
from typing import Any

import pytest
import yaml
from ansible_collections.gbz.zorgid.plugins.doc_fragments import certificates, signing_key, trust
from ansible_collections.gbz.zorgid.plugins.module_utils._common.errors import ZorgidError
from ansible_collections.gbz.zorgid.plugins.module_utils._uzi.files import load_authorities, load_files
from cryptography import x509
from cryptography.hazmat.primitives.asymmetric import rsa
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.serialization import BestAvailableEncryption, Encoding, pkcs7, pkcs12


@pytest.fixture(scope="module")
def pair() -> tuple[rsa.RSAPrivateKey, x509.Certificate, x509.Certificate]:
    key, now = rsa.generate_private_key(65537, 2048), datetime.datetime(2026, 1, 1, tzinfo=datetime.UTC)

    def made(name: str, authority: bool) -> x509.Certificate:
        subject = x509.Name([x509.NameAttribute(x509.NameOID.COMMON_NAME, name)])
        builder = x509.CertificateBuilder().serial_number(1).public_key(key.public_key())
        builder = builder.subject_name(subject).issuer_name(subject)
        builder = builder.not_valid_before(now).not_valid_after(now + datetime.timedelta(days=3000))
        return builder.add_extension(x509.BasicConstraints(authority, None), True).sign(key, SHA256())

    return key, made("host.example", False), made("Authority", True)


def written(kind: str, key: Any, certificate: x509.Certificate) -> bytes:
    return {
        "PEM": lambda: certificate.public_bytes(Encoding.PEM),
        "DER": lambda: certificate.public_bytes(Encoding.DER),
        "PKCS#7": lambda: pkcs7.serialize_certificates([certificate], Encoding.DER),
        "PKCS#12": lambda: pkcs12.serialize_key_and_certificates(
            None, key, certificate, None, BestAvailableEncryption(b"geheim")
        ),
    }[kind]()


KINDS = ("PEM", "DER", "PKCS#7", "PKCS#12")


@pytest.mark.heavy
@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize(
    ("fragment", "option"),
    [
        (certificates, "path"),
        (signing_key, "certificate_path"),
        (trust, "trust_anchors"),
        (trust, "intermediates"),
    ],
)
def test_what_is_documented_is_read(kind: str, fragment: Any, option: str, pair: Any, tmp_path: Path) -> None:
    key, own, authority = pair
    reported = yaml.safe_load(fragment.ModuleDocFragment.DOCUMENTATION)["options"][option]["description"]
    text = " ".join([reported] if isinstance(reported, str) else reported)
    file = tmp_path / "file"
    if fragment is trust:
        file.write_bytes(written(kind, key, authority))
        read = lambda: load_authorities(file)[0]  # noqa: E731
    else:
        file.write_bytes(written(kind, key, own))
        read = lambda: load_files([file], "geheim")  # noqa: E731
    if kind in text:
        assert len(read()) == 1
    else:
        with pytest.raises(ZorgidError, match="PKCS#12"):
            read()
