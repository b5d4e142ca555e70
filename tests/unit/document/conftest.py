# SPDX-FileCopyrightText: gbz.zorgid contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""An organisation, its certificate and its key, made once for all document tests."""

from __future__ import annotations

import datetime
import subprocess
from pathlib import Path
from typing import Any

import pytest
from ansible_collections.gbz.zorgid.plugins.module_utils._common.organisation import Organisation, check_organisation
from ansible_collections.gbz.zorgid.plugins.module_utils._document.rendering import render
from ansible_collections.gbz.zorgid.tests.support.document_parties import Party, issue, program
from ansible_collections.gbz.zorgid.tests.support.keys import rsa_key
from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import rsa
from cryptography.x509.oid import NameOID


@pytest.fixture
def organisation_data() -> dict[str, Any]:
    return {
        "ura": "90000101",
        "name": "Huisartsenpraktijk De Linde",
        "kvk_number": "12000101",
        "agb_code": "01054321",
        "address": {"street": "Lindelaan", "house_number": "12", "postal_code": "3511 AB", "city": "Utrecht"},
        "care_application": {"vendor": "Voorbeeld Zorg-ICT", "name": "VoorbeeldHIS", "version": "8.2"},
        "provider": {"name": "Voorbeeld GBZ Beheer", "email": "zorgid@gbz.example", "phone": "+31301234567"},
        "people": {
            "technical_administrator": {
                "first_name": "Ruben",
                "last_name": "Technicus",
                "email": "zorgid@gbz.example",
                "phone": "+31301234567",
            },
            "portal_administrator": {
                "first_name": "Johanna",
                "last_name": "Lindeman",
                "date_of_birth": "1975-03-09",
                "email": "j.lindeman@delinde.example",
                "phone": "+31600001001",
            },
            "representative": {
                "first_name": "Pieter",
                "last_name": "Lindeman",
                "email": "p.lindeman@delinde.example",
            },
        },
    }


@pytest.fixture(scope="session")
def authority() -> tuple[rsa.RSAPrivateKey, x509.Certificate]:
    key = rsa_key(0)
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "Test UZI-register Private Server CA")])
    now = datetime.datetime.now(datetime.UTC)
    certificate = (
        x509.CertificateBuilder()
        .subject_name(name)
        .issuer_name(name)
        .public_key(key.public_key())
        .serial_number(1)
        .not_valid_before(now - datetime.timedelta(days=10))
        .not_valid_after(now + datetime.timedelta(days=3650))
        .add_extension(x509.BasicConstraints(ca=True, path_length=None), critical=True)
        .sign(key, hashes.SHA256())
    )
    return key, certificate


def _party(authority: tuple[rsa.RSAPrivateKey, x509.Certificate], key: rsa.RSAPrivateKey, ura: str) -> Party:
    return Party(key, issue(authority[0], authority[1].subject, key, ura), authority[1])


@pytest.fixture(scope="session")
def linde(authority: tuple[rsa.RSAPrivateKey, x509.Certificate]) -> Party:
    return _party(authority, rsa_key(1), "90000101")


@pytest.fixture(scope="session")
def anker(authority: tuple[rsa.RSAPrivateKey, x509.Certificate]) -> Party:
    """Another organisation, with a certificate that is as good."""
    return _party(authority, rsa_key(2), "90000102")


@pytest.fixture
def organisation(organisation_data: dict[str, Any]) -> Organisation:
    return check_organisation(organisation_data)


@pytest.fixture
def unsigned(organisation: Organisation) -> bytes:
    return render(organisation)


@pytest.fixture(scope="session")
def java(tmp_path_factory: pytest.TempPathFactory) -> list[str]:
    """The command of Judge.java, compiled once."""
    run, compiler = program("java", "openjdk-17-jdk-headless"), program("javac", "openjdk-17-jdk-headless")
    folder = str(tmp_path_factory.mktemp("java"))
    source = str(Path(__file__).with_name("Judge.java"))
    subprocess.run([compiler, "-proc:none", "-d", folder, source], check=True)
    # A short program: no second compiler, no sharing archive.
    return [run, "-XX:TieredStopAtLevel=1", "-cp", folder, "Judge"]
