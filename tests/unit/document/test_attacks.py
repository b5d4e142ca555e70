# SPDX-FileCopyrightText: gbz.zorgid contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""Documents made to deceive: each refused, with its reason, and nothing of it returned as signed."""

from __future__ import annotations

import base64
import copy
import hashlib
import hmac
import random
import re
from collections.abc import Callable
from typing import Any

import pytest
from ansible_collections.gbz.zorgid.plugins.module_utils._document.signing import sign
from ansible_collections.gbz.zorgid.plugins.module_utils._document.verification import Verification, verify
from ansible_collections.gbz.zorgid.plugins.module_utils._document.xml import SIZE_LIMIT
from ansible_collections.gbz.zorgid.tests.support.document_parties import Party, issue
from ansible_collections.gbz.zorgid.tests.support.other_verifiers import resigned
from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import rsa
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat
from lxml import etree

DS = "http://www.w3.org/2000/09/xmldsig#"
D = f"{{{DS}}}"
ENVELOPED = b"http://www.w3.org/2000/09/xmldsig#enveloped-signature"
XSLT = b"http://www.w3.org/TR/1999/REC-xslt-19991116"
XPATH = b"http://www.w3.org/TR/1999/REC-xpath-19991116"
Authority = tuple[rsa.RSAPrivateKey, x509.Certificate]
FILTER = b"http://www.w3.org/2002/06/xmldsig-filter2"
RETRIEVAL = b'<ds:RetrievalMethod URI="http://127.0.0.1:9/k"/>'
P = "{urn:gbz:zorgid:organisatiedocument:1}"


@pytest.fixture
def by_id(linde: Party, unsigned: bytes) -> bytes:
    """What others make: the root has an Id and the signature refers to it."""
    with_id = unsigned.replace(b"<Organisatiedocument ", b'<Organisatiedocument Id="doc" ', 1)
    return resigned(
        sign(with_id, linde.key, linde.certificate), linde, lambda s: s.find(f".//{D}Reference").set("URI", "#doc")
    )


@pytest.fixture
def good(linde: Party, unsigned: bytes) -> bytes:
    return sign(unsigned, linde.key, linde.certificate)


def reason(found: Verification) -> str:
    assert not found.valid
    assert found.signed_content is None
    return found.failed()[0].reason


def evil(root: Any) -> Any:
    """A copy of the document in which the attacker's organisation stands, without the signature."""
    made = copy.deepcopy(root)
    for signature in made.findall(f".//{D}Signature"):
        signature.getparent().remove(signature)
    made.find(f".//{P}URA").text = "66666666"
    return made


# The eight shapes in which signature wrapping comes (Somorovsky et al., "On Breaking SAML", USENIX Security 2012), for
# a root in the place of the response and of the assertion: where the evil and the original document stand, and whose
# child the signature is. E: evil document (root), O: original, S: signature.
def wrapped(xml: bytes, shape: int) -> bytes:
    original = etree.fromstring(xml)
    signature = original.find(f".//{D}Signature")
    made = evil(original)
    if shape == 1:  # E > S > O: the original hangs inside the signature
        signature.getparent().remove(signature)
        signature.append(original)
        made.append(signature)
    elif shape == 2:  # E > O, S: both beside each other
        signature.getparent().remove(signature)
        made.append(original)
        made.append(signature)
    elif shape == 3:  # E before O in a wrapper; the signature stays in O
        wrapper = etree.Element("wrapper")
        wrapper.append(made)
        wrapper.append(original)
        return etree.tostring(wrapper)
    elif shape == 4:  # E > O > S: the original becomes a child of the evil one
        made.append(original)
    elif shape == 5:  # E > S, and O beside E
        signature.getparent().remove(signature)
        wrapper = etree.Element("wrapper")
        made.append(signature)
        wrapper.append(made)
        wrapper.append(original)
        return etree.tostring(wrapper)
    elif shape == 6:  # E > S > Object > O
        signature.getparent().remove(signature)
        etree.SubElement(signature, f"{D}Object").append(original)
        made.append(signature)
    elif shape == 7:  # E > Extensions > O, S in E
        signature.getparent().remove(signature)
        etree.SubElement(made, f"{P}Extensions").append(original)
        made.append(signature)
    else:  # O > S > Object > E: the evil one hides inside the signature, which the enveloped transform leaves out
        made.attrib.pop("Id", None)
        etree.SubElement(signature, f"{D}Object").append(made)
        return etree.tostring(original)
    return etree.tostring(made)


@pytest.mark.heavy
@pytest.mark.parametrize("shape", range(1, 9))
@pytest.mark.parametrize("keep_id", [True, False])
def test_signature_wrapping(by_id: bytes, shape: int, keep_id: bool) -> None:
    # Id is not in our profile; everything else about it is right.
    assert [check.code for check in verify(by_id, judge=None, ura="90000101").failed()] == ["schema"]
    made = wrapped(by_id, shape)
    if not keep_id and shape != 8:  # the evil root without Id, so that the reference can only be the original
        made = re.sub(rb'^(<Organisatiedocument[^>]*?) Id="doc"', rb"\1", made)
    found = verify(made, judge=None)
    assert reason(found) in {"reference_elsewhere", "identifier_duplicate", "content_unsigned", "signature_malformed"}
    assert found.failed()[0].code in {"references", "identifiers", "signature"}


@pytest.mark.parametrize("shape", range(1, 9))
def test_signature_wrapping_of_an_empty_reference(good: bytes, shape: int) -> None:
    assert reason(verify(wrapped(good, shape), judge=None)) in {
        "content_changed",
        "content_unsigned",
        "signature_malformed",
    }


def swap(old: bytes, new: bytes) -> Callable[[bytes], bytes]:
    def act(xml: bytes) -> bytes:
        assert old in xml
        return xml.replace(old, new, 1)

    return act


def in_text(pattern: bytes, new: bytes) -> Callable[[bytes], bytes]:
    def act(xml: bytes) -> bytes:
        made, times = re.subn(pattern, new, xml, count=1, flags=re.DOTALL)
        assert times == 1
        return made

    return act


@pytest.mark.heavy
@pytest.mark.parametrize(
    ("attack", "expected"),
    [
        (swap(b"<URA>90000101<", b"<URA>90000102<"), "content_changed"),
        (swap(b"<URA>90000101<", b"<URA>9000<!-- -->0101<"), "comment_in_text"),
        (swap(b"<URA>90000101<", b"<URA>90000101<!-- -->2<"), "content_changed"),
        (swap(b"<URA>90000101<", b"<URA>9000<?x?>0101<"), "content_changed"),
        (swap(b"<URA>", b'<URA Id="a"><x Id="a"/>'), "identifier_duplicate"),
        (swap(b"<URA>", b'<URA ID="a"><x xmlns:w="urn:w" w:id="a"/>'), "identifier_duplicate"),
        (swap(b"xml-exc-c14n#", b"xml-exc-c14n#WithComments"), "canonicalization_refused"),
        (swap(b"http://www.w3.org/2001/10/xml-exc-c14n#", b"urn:own-c14n"), "canonicalization_refused"),
        (swap(b"http://www.w3.org/2001/10/xml-exc-c14n#", b"http://www.w3.org/2006/12/xml-c14n11"), "signature_wrong"),
        (swap(b'#rsa-sha256"', b'#hmac-sha256"'), "algorithm_refused"),
        (swap(b"http://www.w3.org/2001/04/xmldsig-more#rsa-sha256", DS.encode() + b"rsa-sha1"), "algorithm_refused"),
        (swap(b"http://www.w3.org/2001/04/xmlenc#sha256", DS.encode() + b"sha1"), "algorithm_refused"),
        (in_text(rb"<ds:Reference.*</ds:Reference>", b""), "reference_missing"),
        (swap(b' URI=""', b""), "reference_external"),
        (swap(b' URI=""', b' URI="http://127.0.0.1:9/x"'), "reference_external"),
        (swap(b' URI=""', b' URI="file:///etc/passwd"'), "reference_external"),
        (swap(b' URI=""', b' URI="#absent"'), "reference_external"),
        (swap(b' URI=""', b' URI="#xpointer(/)"'), "reference_external"),
        (in_text(rb"<ds:Transforms>.*</ds:Transforms>", b""), "transform_refused"),
        (swap(b"#enveloped-signature", b"#base64"), "transform_refused"),
        (
            swap(ENVELOPED, XSLT),
            "transform_refused",
        ),
        (
            swap(ENVELOPED, XPATH),
            "transform_refused",
        ),
        (swap(ENVELOPED, FILTER), "transform_refused"),
        (in_text(rb"(<ds:SignatureValue>.{100}).*?<", rb"\1<"), "base64_invalid"),
        (in_text(rb"(<ds:SignatureValue>)", rb"\1****"), "base64_invalid"),
        (in_text(rb"<ds:SignatureValue>.*?<", b"<ds:SignatureValue><"), "base64_invalid"),
        (in_text(rb"(<ds:DigestValue>.{10}).*?<", rb"\1<"), "base64_invalid"),
        (in_text(rb"(<ds:X509Certificate>.{100}).*?<", rb"\1<"), "base64_invalid"),
        (in_text(rb"(<ds:X509Certificate>.{40}).*?<", rb"\1<"), "signer_unreadable"),
        (in_text(rb"<ds:KeyInfo>.*</ds:KeyInfo>", b""), "signer_missing"),
        (
            in_text(rb"<ds:X509Data>.*</ds:X509Data>", RETRIEVAL),
            "reference_external",
        ),
        (in_text(rb"<ds:Signature .*</ds:Signature>", b""), "signature_missing"),
        (in_text(rb"(<ds:Signature .*</ds:Signature>)", rb"\1\1"), "signatures_several"),
        (in_text(rb"(<ds:SignedInfo>.*</ds:SignedInfo>)", rb"\1\1"), "signature_malformed"),
        (swap(b"</ds:KeyInfo>", b"</ds:KeyInfo><ds:Object><evil/></ds:Object>"), "content_unsigned"),
        (lambda xml: b"<a>" * 3, "document_unreadable"),
        (lambda xml: b"", "document_unreadable"),
        (lambda xml: b"\xff\xfe\x00", "document_unreadable"),
        (lambda xml: b"<a>" + b"<b>" * 100_000 + b"</b>" * 100_000 + b"</a>", "document_unreadable"),
        (lambda xml: b" " * (SIZE_LIMIT + 1), "document_unreadable"),
        (lambda xml: b"<a" + b"".join(b' a%d=""' % n for n in range(200_000)) + b"/>", "document_unreadable"),
        (lambda xml: b"<a" + b"".join(b' xmlns:a%d="u:"' % n for n in range(9_000)) + b"/>", "document_unreadable"),
        (lambda xml: b"<a>" + b"<b/>" * 1_000_000 + b"</a>", "document_unreadable"),
        (swap(b"<ds:Transforms>", b'<ds:Transforms><ds:Transform Algorithm="' + XPATH + b'"/>'), "transform_refused"),
        (in_text(rb"<ds:DigestValue>.*?<", b"<ds:DigestValue><"), "base64_invalid"),
    ],
)
def test_an_attack_is_refused_with_its_reason(good: bytes, attack: Callable[[bytes], bytes], expected: str) -> None:
    found = verify(attack(good), judge=None, ura="90000101")
    assert reason(found) == expected, found.report()
    assert found.failed()[0].message_nl


LAUGHS = b'<!DOCTYPE a [<!ENTITY x "ha">' + b"".join(
    b'<!ENTITY x%d "%s">' % (n, b"&x%d;" % (n - 1) * 10 if n else b"&x;" * 10) for n in range(30)
)


@pytest.mark.parametrize(
    "prolog",
    [
        LAUGHS + b"]>",
        b'<!DOCTYPE a SYSTEM "http://127.0.0.1:9/x.dtd">',
        b'<!-- x --><?y?>\n<!DOCTYPE a [<!ENTITY x SYSTEM "file:///etc/passwd">]>',
        b'<!DOCTYPE a [<!ATTLIST Organisatiedocument Id ID "x">]>',
        b"<!DOCTYPE a>",
    ],
)
def test_a_document_type_is_refused(good: bytes, prolog: bytes) -> None:
    body = good.partition(b"?>")[2].strip().replace(b"90000101", b"&x;", 1)
    found = verify(prolog + body, judge=None)
    assert reason(found) == "document_unreadable"
    assert "document type declaration" in found.report()


def test_hmac_with_the_public_key(good: bytes, linde: Party) -> None:
    root = etree.fromstring(good)
    method = root.find(f".//{D}SignatureMethod")
    method.set("Algorithm", f"{DS}hmac-sha1".replace("2000/09/xmldsig#hmac-sha1", "2001/04/xmldsig-more#hmac-sha256"))
    info = etree.tostring(root.find(f".//{D}SignedInfo"), method="c14n", exclusive=True)
    public = linde.key.public_key().public_bytes(Encoding.PEM, PublicFormat.SubjectPublicKeyInfo)
    root.find(f".//{D}SignatureValue").text = base64.b64encode(hmac.digest(public, info, hashlib.sha256)).decode()
    assert reason(verify(etree.tostring(root), judge=None)) == "algorithm_refused"


def test_another_certificate_in_key_info(good: bytes, linde: Party, anker: Party) -> None:
    def text(party: Party) -> bytes:
        return base64.b64encode(party.certificate.public_bytes(Encoding.DER))

    root = etree.fromstring(good)
    root.find(f".//{D}X509Certificate").text = text(anker).decode()
    assert reason(verify(etree.tostring(root), judge=None)) == "signature_wrong"
    both = etree.fromstring(good)
    etree.SubElement(both.find(f".//{D}X509Data"), f"{D}X509Certificate").text = text(anker).decode()
    assert reason(verify(etree.tostring(both), judge=None)) == "signer_ambiguous"


def test_a_key_value_that_is_not_the_certificates(good: bytes, anker: Party) -> None:
    numbers = anker.key.public_key().public_numbers()
    modulus = base64.b64encode(numbers.n.to_bytes(256, "big")).decode()
    value = f"<ds:RSAKeyValue><ds:Modulus>{modulus}</ds:Modulus><ds:Exponent>AQAB</ds:Exponent></ds:RSAKeyValue>"
    key_info = f"<ds:KeyInfo><ds:KeyValue>{value}</ds:KeyValue>"
    found = verify(good.replace(b"<ds:KeyInfo>", key_info.encode()), judge=None)
    assert reason(found) == "signature_malformed"


def test_another_organisations_certificate(unsigned: bytes, anker: Party) -> None:
    found = verify(sign(unsigned, anker.key, anker.certificate), judge=None, ura="90000101")
    assert [check.reason for check in found.failed()] == ["certificate_ura_mismatch"]
    assert "document 90000101, certificate 90000102" in found.failed()[0].message


def test_many_comments_take_no_square_of_time(linde: Party) -> None:
    made = sign(b'<a ura="90000101">' + b"<!---->" * 19_000 + b"</a>", linde.key, linde.certificate)
    assert verify(made, judge=None).valid


def test_a_document_with_two_uras(linde: Party) -> None:
    found = verify(sign(b'<a ura="90000101"><ura>90000102</ura></a>', linde.key, linde.certificate), judge=None)
    assert [check.reason for check in found.failed()] == ["ura_ambiguous"]


URAS = {
    "<URA>90000101</URA>": "",
    "<URA>\n 90000101\t</URA>": "",
    "<URA><![CDATA[90000101]]></URA>": "",
    "<URA>9&#48;000101</URA>": "",
    "<URA><!-- c --></URA><ura-nummer>90000101</ura-nummer>": "",
    "<URA><nummer/></URA><v uraNummer=' 90000101 '/>": "",
    "<URA>900<x/>00101</URA>": "ura_malformed",
    "<URA>90000101<x/></URA>": "ura_malformed",
    "<URA><x/>90000101</URA>": "ura_malformed",
    "<URA><x>90000101</x>90000101</URA>": "ura_malformed",
    "<URA>90000101<x>1</x></URA>": "ura_malformed",
    "<URA>900 00101</URA>": "ura_malformed",
    "<URA>\u00a090000101</URA>": "ura_malformed",
    "<URA>90000101\u200b</URA>": "ura_malformed",
    "<URA>\u0669\u0660\u0660\u0660\u0660\u0661\u0660\u0661</URA>": "ura_malformed",
    "<URA>+90000101</URA>": "ura_malformed",
    "<URA>090000101</URA>": "ura_malformed",
    "<URA>onbekend</URA>": "ura_malformed",
    "<v ura='90000101 90000102'/>": "ura_malformed",
    "<v ura='90000102'/>": "certificate_ura_mismatch",
    "<URA>90000101</URA><v ura='90000102'/>": "ura_ambiguous",
    "<URA>900<!-- -->00101</URA>": "comment_in_text",
    "<v/>": "ura_missing",
}


@pytest.mark.parametrize("body", URAS)
def test_a_ura_is_the_only_text_of_its_place(linde: Party, body: str) -> None:
    found = verify(sign(f"<a>{body}</a>".encode(), linde.key, linde.certificate), judge=None)
    assert "".join(check.reason for check in found.failed()) == URAS[body], found.report()


@pytest.mark.heavy
@pytest.mark.parametrize("asked", ["212", "00000212", "0212"])
def test_leading_zeros_make_no_other_ura(authority: Authority, asked: str) -> None:
    key = rsa.generate_private_key(65537, 2048)
    certificate = issue(authority[0], authority[1].subject, key, "00000212")
    for document in (b"<a><URA>212</URA><v ura='00000212'/></a>", b"<a><nummer>0212</nummer></a>"):
        found = verify(sign(document, key, certificate), judge=None, ura=asked)
        assert found.valid, found.report()
    other = verify(sign(b"<a><URA>2120</URA></a>", key, certificate), judge=None, ura=asked)
    assert [check.reason for check in other.failed()] == ["certificate_ura_mismatch"]


def test_a_ura_that_is_asked_for_is_looked_for_as_the_text_of_an_element(linde: Party) -> None:
    for document, expected in (
        (b"<a><b> 90000101 </b></a>", []),
        (b"<a><c><b>no</b>90000101</c></a>", ["ura_missing"]),
        (b"<a><b>90000101<c/></b></a>", ["ura_missing"]),
        (b"<a><b>x90000101</b></a>", ["ura_missing"]),
    ):
        found = verify(sign(document, linde.key, linde.certificate), judge=None, ura="90000101")
        assert [check.reason for check in found.failed()] == expected


def test_wrong_environment_and_old_document(unsigned: bytes, linde: Party) -> None:
    old = unsigned.replace(b'omgeving="productie"', b'omgeving="productie" geldigTot="2020-01-01"')
    found = verify(sign(old, linde.key, linde.certificate), judge=None, environment="acceptance")
    assert [check.reason for check in found.failed()] == ["environment_wrong", "validity_over"]


def test_xades_properties_of_another_certificate(unsigned: bytes, linde: Party, anker: Party) -> None:
    made = sign(unsigned, linde.key, linde.certificate, xades=True)

    def change(signature: Any) -> None:
        properties = signature.find(".//{http://uri.etsi.org/01903/v1.3.2#}SignedProperties")
        digest = properties.find(f".//{D}DigestValue")
        digest.text = base64.b64encode(anker.certificate.fingerprint(hashes.SHA256())).decode()
        canonical = etree.tostring(properties, method="c14n", exclusive=True)
        reference = signature.find(f"{D}SignedInfo").findall(f"{D}Reference")[1]
        reference.find(f"{D}DigestValue").text = base64.b64encode(hashlib.sha256(canonical).digest()).decode()

    assert reason(verify(resigned(made, linde, change), judge=None)) == "xades_wrong"


@pytest.mark.heavy
@pytest.mark.parametrize("xades", [False, True])
def test_damage_is_a_result_and_never_other_content(unsigned: bytes, linde: Party, xades: bool) -> None:
    made = sign(unsigned, linde.key, linde.certificate, xades=xades)
    content = verify(made, judge=None).signed_bytes
    chance = random.Random(xades)  # noqa: S311 - the same damage in every run
    pieces = [b"<", b">", b'"', b"&#0;", b"\x00", b"\xff", b"<!--", b"-->", b"]]>", b"<?", b' Id="x"', b"A"]
    for _ in range(400):
        at, from_where, length = (chance.randrange(len(made)) for _ in range(3))
        new = chance.choice([*pieces, made[from_where : from_where + length % 200], b""])
        found = verify(made[:at] + new + made[at + chance.randrange(30) :], judge=None)
        assert not found.valid or found.signed_bytes == content
