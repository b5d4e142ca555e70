# SPDX-FileCopyrightText: gbz.zorgid contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""How VZVZ's desk judges documents and reads pictures. Every wrong document has its own reason, in Dutch."""

from __future__ import annotations

import io

import pytest
import qrcode
from ansible_collections.gbz.zorgid.tests.support.gbz_by_hand import (
    answers,
    mail,
    signed,
    submit,
    unsigned,
)
from lxml import etree
from PIL import Image
from signxml import CanonicalizationMethod, SignatureMethod, XMLSigner
from signxml.xades import XAdESSigner
from zorgid_sandbox import people, pki
from zorgid_sandbox.people.judge import DocumentRefusedError, judge
from zorgid_sandbox.people.phones import scan

URA = "90000101"
CHANGED = "De handtekening klopt niet: het document is na het tekenen veranderd."
REVOKED = "Het certificaat, of dat van de uitgever, is ingetrokken."
STRANGER = "Het certificaat is niet uitgegeven door het UZI-register van deze omgeving."


def refused(state, document):
    with pytest.raises(DocumentRefusedError) as error:
        judge(state, document)
    return error.value.reason


@pytest.mark.parametrize(
    ("certificate", "ura", "environment"),
    [
        ("huisartsenpraktijk_de_linde", URA, "eigen"),
        ("apotheek_het_anker", "00000202", "productie"),
        ("thuiszorg_zonneveld", "90000303", "eigen"),  # G4: the whole chain is RSASSA-PSS
        ("acceptance", URA, "acceptatie"),
        ("acceptance_g4", URA, "test"),
        ("expires_soon", URA, "eigen"),
        ("printable", URA, "eigen"),
        ("raw", URA, "eigen"),
    ],
)
def test_a_good_document_is_accepted(state, certificate, ura, environment):
    assert judge(state, signed(state, certificate, ura, environment)) == ura


@pytest.mark.parametrize(
    ("certificate", "reason"),
    [
        ("expired", "Het certificaat is verlopen."),
        ("not_yet_valid", "Het certificaat is nog niet geldig."),
        ("revoked", REVOKED),
        ("revoked_g4", REVOKED),
        ("acceptance", STRANGER),
        ("acceptance_g4", STRANGER),
        ("untrusted", STRANGER),
        ("self_signed", STRANGER),
        ("revoked_issuer", STRANGER),
        ("personal", "Er is getekend met een persoonlijke pas en niet met een UZI-servercertificaat."),
        ("other_ura", "Het URA-nummer in het document is niet het URA-nummer in het UZI-servercertificaat."),
        ("no_ura", "Het certificaat heeft geen leesbaar UZI-nummer en URA-nummer."),
        ("ura_conflict", "Het certificaat noemt twee verschillende URA-nummers."),
    ],
)
def test_a_wrong_certificate_has_its_reason(state, certificate, reason):
    assert refused(state, signed(state, certificate, URA)) == reason


@pytest.mark.parametrize("xades", [False, True])
def test_other_programs_sign_too(state, xades):
    """signxml, RSASSA-PSS, with the whole chain; XAdES covers properties and certificate besides the document."""
    chain = (state / "pki" / "files" / "thuiszorg_zonneveld.pem").read_bytes()
    signer = (XAdESSigner if xades else XMLSigner)(signature_algorithm=SignatureMethod.SHA256_RSA_MGF1)
    signer.c14n_algorithm = CanonicalizationMethod.EXCLUSIVE_XML_CANONICALIZATION_1_0
    root = etree.fromstring(unsigned("90000303", "productie"))
    key = (state / "pki" / "issued" / "thuiszorg_zonneveld.key.pem").read_bytes()
    document = etree.tostring(signer.sign(root, key=key, cert=chain.decode()))
    assert judge(state, document) == "90000303"
    assert refused(state, document.replace(b"Utrecht", b"Arnhem")) == CHANGED


def test_a_revoked_issuer_that_is_sent_along_does_not_help(state):
    issuer = state / "pki" / "production-g4" / "g4-uzi-2024.pem"
    assert refused(state, signed(state, "revoked_issuer", URA, chain=(issuer,))) == REVOKED


def test_what_is_revoked_now_is_refused_now(state):
    document = signed(state, "raw", URA)
    assert judge(state, document) == URA
    pki.revoke(state, "raw")
    assert refused(state, document) == REVOKED


def _second_signature(document):
    root = etree.fromstring(document)
    root.append(etree.fromstring(etree.tostring(root[-1])))
    return etree.tostring(root)


@pytest.mark.parametrize(
    ("change", "reason"),
    [
        (lambda xml: xml.replace(b"Utrecht", b"Arnhem"), CHANGED),
        (lambda xml: xml.replace(b"<URA>90000101", b"<URA>9000<!-- -->0101"), "Het URA-nummer in het document is niet"),
        (lambda xml: xml.replace(b'URI=""', b'URI="#x"'), "De handtekening dekt niet precies het hele document."),
        (lambda xml: xml.replace(b"more#rsa-sha256", b"more#rsa-md5"), "De handtekening gebruikt een algoritme"),
        (lambda xml: xml.replace(b"xmlenc#sha256", b"xmlenc#ripemd160"), "De handtekening gebruikt een algoritme"),
        (lambda xml: xml.replace(b'omgeving="eigen"', b'omgeving="mars"'), "De omgeving in het document is onbekend."),
        (_second_signature, "Het document moet precies één handtekening hebben."),
        (lambda xml: xml[: xml.index(b"<ds:Signature")] + b"</Organisatiedocument>", "Het document moet precies één"),
        (lambda xml: xml.replace(b"X509Certificate>", b"X509Nothing>"), "De handtekening bevat geen certificaat."),
        (lambda xml: xml.replace(b"X509Certificate>MII", b"X509Certificate>QUJ"), "Het certificaat in de handtekening"),
        (lambda xml: xml.replace(b"?>", b"?><!DOCTYPE a [<!ENTITY b 'c'>]>", 1), "De bijlage bevat een DTD."),
        (lambda xml: xml[:-20], "De bijlage is geen leesbaar XML-document."),
        (lambda xml: b"<Organisatiedocument/>", "De bijlage is geen organisatiedocument."),
        (lambda xml: xml + b" " * 6_000_000, "De bijlage is te groot."),
        (lambda xml: None, "De e-mail heeft niet precies één XML-bijlage."),
    ],
)
def test_a_wrong_document_has_its_reason(state, change, reason):
    assert refused(state, change(signed(state, "huisartsenpraktijk_de_linde", URA))).startswith(reason)


def test_a_ura_that_is_none_is_refused(state):
    def change(root):
        root[0][0].text = "90000101x"

    reason = refused(state, signed(state, "huisartsenpraktijk_de_linde", URA, change=change))
    assert reason == "Het document heeft geen geldig URA-nummer."


def test_a_rejected_document_is_answered_once_and_its_successor_judged(state, tmp_path):
    def act():
        return list(people.act(state, handed=tmp_path, inventory=None, vault_password_file=None))

    submit(state, mail(signed(state, "other_ura", "90000303"), "<fout@gbz.example>"))
    submit(state, mail(b"<nonsense", "<onleesbaar@gbz.example>"))
    reason = "Het URA-nummer in het document is niet het URA-nummer in het UZI-servercertificaat."
    assert act() == [
        f"VZVZ rejects the document of URA 90000303: {reason}",
        "VZVZ rejects the document of URA (unreadable): De bijlage is geen leesbaar XML-document.",
    ]
    assert act() == ["Nobody has anything to do."]
    first, second = answers(state)[-2:]
    assert first["Subject"].startswith("Organisatiedocument afgekeurd")
    text = first.get_body(("plain",)).get_content()
    assert "URA-nummer: 90000303" in text
    assert f"Reden: {reason}" in text
    assert "URA-nummer" not in second.get_body(("plain",)).get_content()
    submit(state, mail(signed(state, "thuiszorg_zonneveld", "90000303"), "<goed@gbz.example>"))
    assert act() == ["VZVZ checks and accepts the document of URA 90000303."]
    assert people.outcome(state)["organisations"]["90000303"]["documents_accepted"] == 1


def _picture(*payloads):
    pages = [qrcode.make(payload).get_image().convert("RGB") for payload in payloads]
    sheet = Image.new("RGB", (sum(page.width for page in pages) or 100, max([page.height for page in pages] or [100])))
    left = 0
    for page in pages:
        sheet.paste(page, (left, 0))
        left += page.width
    buffer = io.BytesIO()
    sheet.save(buffer, "PNG")
    return buffer.getvalue()


def test_a_phone_reads_a_picture_with_one_code():
    assert scan(_picture("zorgid://activate?code=één")) == "zorgid://activate?code=één"
    assert scan(_picture("een", "twee")) is None
    assert scan(_picture()) is None
    assert scan(b"") is None
    assert scan(_picture("een")[:200]) is None
