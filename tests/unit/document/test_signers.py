# SPDX-FileCopyrightText: gbz.zorgid contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""Whose certificate counts: the one in the signature, the one beside the file, and what names it without holding it."""

from __future__ import annotations

import base64
from typing import Any

import pytest
import xmlsec
from ansible_collections.gbz.zorgid.plugins.module_utils._common.errors import ZorgidError
from ansible_collections.gbz.zorgid.plugins.module_utils._document.names import is_name
from ansible_collections.gbz.zorgid.plugins.module_utils._document.signers import check_key
from ansible_collections.gbz.zorgid.plugins.module_utils._document.signing import sign
from ansible_collections.gbz.zorgid.plugins.module_utils._document.structure import Refused
from ansible_collections.gbz.zorgid.plugins.module_utils._document.verification import Verification, verify
from ansible_collections.gbz.zorgid.tests.support.document_parties import Party, issue
from cryptography import x509
from cryptography.hazmat.primitives.asymmetric import ec, rsa
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat
from cryptography.x509.oid import NameOID
from lxml import etree

DS = "http://www.w3.org/2000/09/xmldsig#"
ISSUER = "CN=Test UZI-register Private Server CA"


def with_key_info(signed: bytes, key_info: str) -> bytes:
    """The signed document with another KeyInfo, which no reference covers."""
    start, rest = signed.split(b"<ds:KeyInfo>")
    end = rest.split(b"</ds:KeyInfo>")[1]
    return start + (f"<ds:KeyInfo>{key_info}</ds:KeyInfo>" if key_info else "").encode() + end


def data(*pieces: str) -> str:
    return f"<ds:X509Data>{''.join(pieces)}</ds:X509Data>"


def serial(party: Party, issuer: str = ISSUER, number: object = None) -> str:
    number = party.certificate.serial_number if number is None else number
    return (
        f"<ds:X509IssuerSerial><ds:X509IssuerName>{issuer}</ds:X509IssuerName>"
        f"<ds:X509SerialNumber>{number}</ds:X509SerialNumber></ds:X509IssuerSerial>"
    )


def held(party: Party) -> str:
    text = base64.b64encode(party.certificate.public_bytes(Encoding.DER)).decode()
    return f"<ds:X509Certificate>{text}</ds:X509Certificate>"


def identifier(party: Party) -> str:
    digest = x509.SubjectKeyIdentifier.from_public_key(party.certificate.public_key()).digest
    return f"<ds:X509SKI>{base64.b64encode(digest).decode()}</ds:X509SKI>"


def digest(party: Party, algorithm: str = "http://www.w3.org/2001/04/xmlenc#sha256") -> str:
    value = base64.b64encode(party.certificate.fingerprint(SHA256())).decode()
    return f'<x:X509Digest xmlns:x="http://www.w3.org/2009/xmldsig11#" Algorithm="{algorithm}">{value}</x:X509Digest>'


def altered(party: Party, old: bytes, new: bytes) -> str:
    der = party.certificate.public_bytes(Encoding.DER)
    assert old in der
    return f"<ds:X509Certificate>{base64.b64encode(der.replace(old, new, 1)).decode()}</ds:X509Certificate>"


@pytest.fixture
def signed(linde: Party, unsigned: bytes) -> bytes:
    return sign(unsigned, linde.key, linde.certificate)


def reasons(found: Verification) -> list[str]:
    return [check.reason for check in found.failed()]


def test_a_document_that_only_names_its_certificate(signed: bytes, linde: Party) -> None:
    for key_info in (
        "",
        data(serial(linde)),
        data(identifier(linde)),
        data(digest(linde)),
        "<ds:KeyName>k</ds:KeyName>",
    ):
        made = with_key_info(signed, key_info)
        alone = verify(made, judge=None, ura="90000101")
        assert reasons(alone) == ["signer_missing"]
        assert "certificate_path" in alone.failed()[0].message
        found = verify(made, judge=None, ura="90000101", certificates=[linde.certificate])
        assert found.valid, found.report()
        assert found.signer is not None
        assert found.signer["thumbprint"] == linde.certificate.fingerprint(SHA256()).hex()


@pytest.mark.parametrize(
    ("old", "new"),
    [
        (bytes.fromhex("a003020102"), bytes.fromhex("a003020142")),  # version 67, found by `make fuzz`
        (bytes.fromhex("a003020102"), bytes.fromhex("a003020101")),  # version 2
        (b"\x0c\x23Test", b"\x14\x23T\xe9st"),  # the issuer's name as T61String, in Latin-1
    ],
)
def test_a_certificate_that_cannot_be_read_is_refused(signed: bytes, linde: Party, old: bytes, new: bytes) -> None:
    for beside in ([], [linde.certificate]):
        for names in ("", serial(linde), identifier(linde)):
            made = with_key_info(signed, data(altered(linde, old, new), names))
            found = verify(made, judge=None, ura="90000101", certificates=beside)
            assert not found.valid
            assert "signer_unreadable" in reasons(found), found.report()


def test_xmlsec_signs_and_only_names_the_certificate(linde: Party) -> None:
    """As VZVZ's signatures elsewhere: after the first child, issuer and serial number alone."""
    method = '<SignatureMethod Algorithm="http://www.w3.org/2001/04/xmldsig-more#rsa-sha256"/>'
    made = (
        f'<r xmlns="urn:r"><URA>90000101</URA><Signature xmlns="{DS}"><SignedInfo><CanonicalizationMethod '
        f'Algorithm="http://www.w3.org/2001/10/xml-exc-c14n#"/>{method}<Reference URI=""><Transforms><Transform '
        f'Algorithm="{DS}enveloped-signature"/></Transforms><DigestMethod Algorithm="http://www.w3.org/2001/04/xmlenc#'
        f'sha256"/><DigestValue/></Reference></SignedInfo><SignatureValue/><KeyInfo><X509Data><X509IssuerSerial/>'
        f"</X509Data></KeyInfo></Signature><b>2</b></r>"
    )
    root = etree.fromstring(made)
    context = xmlsec.SignatureContext()
    pem = linde.key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption())
    context.key = xmlsec.Key.from_memory(pem, xmlsec.constants.KeyDataFormatPem)
    certificate = linde.certificate.public_bytes(Encoding.PEM)
    context.key.load_cert_from_memory(certificate, xmlsec.constants.KeyDataFormatCertPem)
    context.sign(xmlsec.tree.find_node(root, "Signature"))
    assert root.find(f".//{{{DS}}}X509Certificate") is None
    assert root.findtext(f".//{{{DS}}}X509SerialNumber") == str(linde.certificate.serial_number)
    assert verify(etree.tostring(root), judge=None, certificates=[linde.certificate]).valid


def test_the_authorities_may_be_given_too(signed: bytes, linde: Party) -> None:
    made = with_key_info(signed, data(serial(linde)))
    found = verify(made, judge=None, certificates=[linde.ca, linde.certificate])
    assert found.valid
    assert found.chain == (linde.ca,)


def test_the_judge_judges_the_certificate_beside_the_file(signed: bytes, linde: Party) -> None:
    asked = []

    class Judge:
        def judge(self, certificate: Any, extra: Any = ()) -> Any:
            asked.append((certificate.ura, tuple(extra)))
            return type("J", (), {"usable": False, "problems": []})

    made = with_key_info(signed, "")
    found = verify(made, judge=Judge(), certificates=[linde.certificate, linde.ca])
    assert reasons(found) == ["certificate_unusable"]
    assert asked == [("90000101", (linde.ca,))]


def test_the_wrong_certificate_beside_the_file(signed: bytes, linde: Party, anker: Party) -> None:
    cases = [
        ("", [anker.certificate], "signature_wrong"),
        ("", [anker.certificate, linde.certificate], "signer_ambiguous"),
        (data(serial(linde)), [anker.certificate], "signer_differs"),
        (data(serial(anker)), [linde.certificate], "signer_differs"),
        (data(serial(linde, issuer="CN=Another CA")), [linde.certificate], "signer_differs"),
        (data(serial(linde, issuer="")), [linde.certificate], "signer_differs"),
        (data(serial(linde, number="0x1f")), [linde.certificate], "signer_differs"),
        (data(serial(linde, number="9" * 5_000)), [linde.certificate], "signer_differs"),
        (data(serial(linde), serial(anker)), [linde.certificate], "signer_differs"),
        (data(identifier(anker)), [linde.certificate], "signer_differs"),
        (data(digest(anker)), [linde.certificate], "signer_differs"),
        (data(digest(linde, f"{DS}sha1")), [linde.certificate], "algorithm_refused"),
        (data(held(linde)), [anker.certificate], "signer_differs"),
        (data(held(anker)), [linde.certificate], "signer_differs"),
        (data(held(linde)) + data(held(anker)), [linde.certificate], "signer_ambiguous"),
        (data(held(linde)) + data(serial(anker)), [], "signer_differs"),
        (data(held(linde), serial(linde, number=1)), [], "signer_differs"),
    ]
    for key_info, certificates, expected in cases:
        found = verify(with_key_info(signed, key_info), judge=None, certificates=certificates)
        assert reasons(found) == [expected], key_info
        assert found.signed_content is None


def test_what_agrees_may_stand_there_more_than_once(signed: bytes, linde: Party) -> None:
    for key_info in (
        data(held(linde)) + data(held(linde)),
        data(held(linde)) + data(serial(linde)),
        data(serial(linde), identifier(linde), digest(linde), held(linde)),
    ):
        made = with_key_info(signed, key_info)
        assert verify(made, judge=None).valid
        assert verify(made, judge=None, certificates=[linde.certificate]).valid


G4 = x509.Name(
    [
        x509.NameAttribute(NameOID.COUNTRY_NAME, "NL"),
        x509.NameAttribute(NameOID.ORGANIZATION_NAME, 'CIBG, "het" agentschap'),
        x509.NameAttribute(NameOID.ORGANIZATION_IDENTIFIER, "NTRNL-50000535"),
        x509.NameAttribute(NameOID.COMMON_NAME, "UZI Server - G4 é"),
    ]
)
SAME = [
    G4.rfc4514_string(),
    # RFC 2253 (Java, xmlsec), .NET, OpenSSL, the numbers alone, the encoded value, the other order, other white space.
    r"CN=UZI Server - G4 é,2.5.4.97=#130e4e54524e4c2d3530303030353335,O=CIBG\, \"het\" agentschap,C=NL",
    'CN=UZI Server - G4 é, OID.2.5.4.97=NTRNL-50000535, O="CIBG, ""het"" agentschap", C=NL',
    r'C = NL, O = "CIBG, \"het\" agentschap", organizationIdentifier = NTRNL-50000535, CN = UZI Server - G4 é',
    '/C=NL/O=CIBG, "het" agentschap/organizationIdentifier=NTRNL-50000535/CN=UZI Server - G4 é',
    r"CN=UZI Server - G4 \C3\A9,2.5.4.97=#0c0e4e54524e4c2d3530303030353335,O=CIBG\2C \22het\22 agentschap,C=NL",
    r"c=nl; o=CIBG\, \"het\"  agentschap; 2.5.4.97=NTRNL-50000535; cn=UZI SERVER - G4 é",
]


@pytest.mark.parametrize("written", SAME)
def test_a_name_in_the_ways_of_other_programs(written: str) -> None:
    assert is_name(written, G4)
    for other in (written + ",C=NL", written.replace("NL", "DE"), written.replace("50000535", "50000536"), ""):
        assert not is_name(other, G4) or other == written


@pytest.mark.parametrize(
    "written",
    [
        *["CN", "=", "CN=", "CN=a,", ",CN=a", "CN=#13", "CN=#zz", "CN=#13016", 'CN="a', "CN=a+", "CN=\\", "/", "/CN"],
        *["x" * 9_000, "CN=" + "a," * 1_000_000, 'CN="' + "\\" * 100_000],
        *["CN=" + letter * 1_990 + '"' for letter in (" ", "\\", '"', "/", "#", ",")],
    ],
)
def test_what_is_no_name(written: str) -> None:
    assert not is_name(written, G4)


@pytest.mark.heavy
def test_weak_keys_neither_sign_nor_verify(
    authority: tuple[rsa.RSAPrivateKey, x509.Certificate], unsigned: bytes
) -> None:
    for key, said in (
        (rsa.generate_private_key(3, 2048), "exponent 3"),
        (rsa.generate_private_key(65537, 1024), "1024 bits"),  # noqa: S505 - the case that is refused
    ):
        weak = Party(key, issue(authority[0], authority[1].subject, key, "90000101"), authority[1])
        with pytest.raises(ZorgidError, match=said) as caught:
            sign(unsigned, weak.key, weak.certificate)
        assert caught.value.code == "key_too_small"
        with pytest.raises(Refused) as refused:
            check_key(weak.certificate)
        assert refused.value.reason == "key_too_small"
    curve: Any = ec.generate_private_key(ec.SECP256R1())
    with pytest.raises(Refused, match="key_too_small"):
        check_key(issue(authority[0], authority[1].subject, curve, "90000101"))
