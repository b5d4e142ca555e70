# SPDX-FileCopyrightText: gbz.zorgid contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""Reading certificates: the fields by their terms, every encoding met, and noise."""

from __future__ import annotations

import os
import time

import pytest
from ansible_collections.gbz.zorgid.plugins.module_utils._common.errors import ZorgidError
from ansible_collections.gbz.zorgid.plugins.module_utils._uzi.certificate import parse_certificate
from ansible_collections.gbz.zorgid.tests.support.uzi_pki import (
    Pki,
    der,
    der_string,
    permanent,
    uzi_name,
    uzi_text,
)
from asn1crypto import core
from asn1crypto import x509 as asn1
from cryptography import x509

UZI = x509.ObjectIdentifier("2.5.5.5")
PERMANENT = x509.ObjectIdentifier("1.3.6.1.5.5.7.8.3")


def codes(found) -> list[str]:
    return [one.code for one in found.problems]


@pytest.mark.heavy
@pytest.mark.parametrize(("name", "algorithm"), [("g1", "sha256-rsa"), ("g4", "sha512-rsa-pss")])
def test_the_fields_of_both_hierarchies(pki: Pki, name: str, algorithm: str) -> None:
    issuing = getattr(pki, name).issuing
    made = issuing.issue(pki.key.public_key(), [uzi_name("00000123"), permanent("00000123")])
    found = parse_certificate(der(made))
    assert (found.ura, found.uzi_number, found.agb_code) == ("00000123", "00020202", "01054321")
    assert (found.card_type, found.role, found.oid_ca) == ("S", "00.000", "2.16.528.1.1003.1.3.5.5.5")
    assert (found.hierarchy, found.signature_algorithm) == (name, algorithm)
    assert (found.key_type, found.key_bits) == ("RSA", 2048)
    assert found.organisation_name == "Huisartsenpraktijk De Linde"
    assert found.dns_names == ("zorgid.delinde.example",)
    assert found.serial_number == f"{made.serial_number:X}"
    assert codes(found) == []


STRINGS = [core.IA5String, core.PrintableString, core.UTF8String, core.VisibleString, core.BMPString, core.OctetString]


@pytest.mark.heavy
@pytest.mark.parametrize("kind", STRINGS)
def test_every_encoding_of_the_uzi_name(pki: Pki, kind: type[core.Asn1Value]) -> None:
    names = [x509.OtherName(UZI, der_string(kind, uzi_text("90000101")))]
    found = parse_certificate(der(pki.g1.issuing.issue(pki.key.public_key(), names)))
    assert (found.ura, codes(found)) == ("90000101", [])


@pytest.mark.heavy
@pytest.mark.parametrize(
    ("names", "ura", "code"),
    [
        ([], None, "certificate_ura_missing"),
        ([uzi_name("90000101"), permanent("90000102")], None, "certificate_ura_conflict"),
        ([uzi_name("90000101"), uzi_name("90000102")], None, "certificate_ura_conflict"),
        ([uzi_name("90000101"), uzi_name("90000101", number="1")], None, "certificate_ura_conflict"),
        ([permanent("90000101")], "90000101", "certificate_profile"),
        ([uzi_name("90000101", card="Z")], "90000101", "certificate_personal_card"),
        ([uzi_name("90000101", card="N")], "90000101", "certificate_personal_card"),
        ([uzi_name("90000101", card="M")], "90000101", "certificate_personal_card"),
        ([x509.OtherName(UZI, der_string(core.IA5String, "not-a-uzi-name"))], None, "certificate_profile"),
        ([uzi_name("90000101"), x509.OtherName(UZI, der_string(core.IA5String, "x"))], None, "certificate_profile"),
        ([uzi_name("90000101"), uzi_name("90000101", card="Z")], None, "certificate_ura_conflict"),
        ([uzi_name("90000101"), x509.OtherName(PERMANENT, b"\x04\x01x")], None, "certificate_profile"),
    ],
)
def test_names_that_do_not_serve(pki: Pki, names: list[x509.GeneralName], ura: str | None, code: str) -> None:
    found = parse_certificate(der(pki.g1.issuing.issue(pki.key.public_key(), names)))
    assert (found.ura, codes(found)) == (ura, [code])


def test_the_same_name_twice_is_one(pki: Pki) -> None:
    made = pki.g1.issuing.issue(pki.key.public_key(), [uzi_name(), uzi_name(), permanent("90000101")])
    assert codes(parse_certificate(der(made))) == []


def test_an_authority_is_no_server(pki: Pki) -> None:
    assert "certificate_profile" in codes(parse_certificate(der(pki.g1.issuing.certificate)))


def unreadable(data: bytes) -> str:
    with pytest.raises(ZorgidError) as caught:
        parse_certificate(data)
    assert caught.value.code == "certificate_unreadable"
    return str(caught.value)


def test_truncated_der(pki: Pki) -> None:
    whole = der(pki.g4.issuing.issue(pki.key.public_key()))
    for length in [0, 1, 2, 3, 4, 5, *range(10, len(whole), 97), len(whole) - 1]:
        unreadable(whole[:length])


def test_noise() -> None:
    unreadable(os.urandom(1_000_000))
    unreadable(os.urandom(2_000))


def test_ten_thousand_names(pki: Pki) -> None:
    names: list[x509.GeneralName] = [x509.DNSName(f"host{number}.example") for number in range(10_000)]
    data = der(pki.g1.issuing.issue(pki.key.public_key(), names))
    began = time.perf_counter()
    assert "more than any" in unreadable(data)
    assert time.perf_counter() - began < 0.5


def changed(data: bytes, change) -> bytes:
    certificate = asn1.Certificate.load(data)
    change(certificate["tbs_certificate"])
    return bytes(certificate.dump(force=True))


@pytest.mark.parametrize("serial", [-5, 0])
def test_a_serial_number_that_is_not_positive(pki: Pki, serial: int) -> None:
    data = der(pki.g1.issuing.issue(pki.key.public_key()))
    unreadable(changed(data, lambda tbs: tbs.__setitem__("serial_number", serial)))


def test_ber_where_der_is_due(pki: Pki) -> None:
    data = der(pki.g1.issuing.issue(pki.key.public_key()))
    assert data[:2] == b"\x30\x82"
    unreadable(b"\x30\x80" + data[4:] + b"\x00\x00")
    unreadable(b"\x30\x83\x00" + data[2:])


def test_a_name_that_is_no_asn1(pki: Pki) -> None:
    """The bare text where a tag and a length are due; OpenSSL cannot read such names either."""
    whole = der(pki.g1.issuing.issue(pki.key.public_key()))
    text = uzi_text().encode()
    assert whole.count(bytes([0x16, len(text)]) + text) == 1
    unreadable(whole.replace(bytes([0x16, len(text)]) + text, b"xx" + text))


def test_short_numbers_stay_as_they_are(pki: Pki) -> None:
    names = [uzi_name("123", number="7", agb="042"), permanent("00000123")]
    found = parse_certificate(der(pki.g1.issuing.issue(pki.key.public_key(), names)))
    assert (found.ura, found.uzi_number, found.agb_code, codes(found)) == ("123", "7", "042", [])


def test_something_behind_the_certificate(pki: Pki) -> None:
    unreadable(der(pki.g1.issuing.issue(pki.key.public_key())) + b"\x00")
