# SPDX-FileCopyrightText: gbz.zorgid contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""Documents that other verifiers were deceived by or disagreed on, with what we and xmlsec say of each.

What xmlsec finds wrong is never valid here; where it is content and we are not, the reason says what we do not accept.
"""

from __future__ import annotations

import base64
import copy
import hashlib
import re
from collections.abc import Callable
from typing import Any

import pytest
from ansible_collections.gbz.zorgid.plugins.module_utils._document.signing import sign
from ansible_collections.gbz.zorgid.plugins.module_utils._document.verification import verify
from ansible_collections.gbz.zorgid.tests.support.document_parties import Party
from ansible_collections.gbz.zorgid.tests.support.other_verifiers import (
    DS,
    ENVELOPED,
    EXCLUSIVE,
    INCLUSIVE,
    D,
    resigned,
    xmlsec_accepts,
)
from cryptography.hazmat.primitives.serialization import Encoding
from lxml import etree

DOCUMENT = (
    b'<?xml version="1.0"?>\n<r xmlns="urn:r" xmlns:p="urn:p" a="1">\n <URA>90000101</URA>\n <t>x &amp; y</t>\n</r>\n'
)
XADES = "http://uri.etsi.org/01903/v1.3.2#"
Change = Callable[[bytes], bytes]
VALID = ""


def swap(old: bytes, new: bytes) -> Change:
    def act(xml: bytes) -> bytes:
        assert old in xml
        return xml.replace(old, new, 1)

    return act


def match(pattern: bytes, new: bytes) -> Change:
    def act(xml: bytes) -> bytes:
        made, times = re.subn(pattern, new, xml, count=1, flags=re.DOTALL)
        assert times == 1
        return made

    return act


def moved(before: bytes) -> Change:
    """The signature, which an enveloped reference leaves out wherever it stands, put somewhere else."""

    def act(xml: bytes) -> bytes:
        found = re.search(rb"<ds:Signature .*</ds:Signature>", xml, re.DOTALL)
        assert found is not None
        return swap(before, found.group() + before)(xml.replace(found.group(), b""))

    return act


# What anyone can do to a file: the signature stays as it was.
CHANGED: dict[str, tuple[Change, str, bool]] = {
    "line ends of another system": (lambda xml: xml.replace(b"\n", b"\r\n"), VALID, True),
    "base64 as Java on Windows writes it": (match(rb"(<ds:SignatureValue>.{76})", rb"\1&#13;\n"), VALID, True),
    "DOCTYPE in a comment": (swap(b"?>\n", b"?>\n<!-- <!DOCTYPE a> -->"), VALID, True),
    "comment between elements": (swap(b"<t>", b"<!-- c --><t>"), VALID, True),
    "CDATA": (swap(b"x &amp; y", b"<![CDATA[x & y]]>"), VALID, True),
    "character references": (swap(b"x &amp; y", b"&#120; &#38; y"), VALID, True),
    "white space and quotes in a tag": (swap(b'a="1"', b"  a = '1' "), VALID, True),
    "a namespace that nothing uses": (swap(b"<t>", b'<t xmlns:zz="urn:zz">'), VALID, True),
    "another meaning of ds outside the signature": (swap(b"<r ", b'<r xmlns:ds="urn:evil" '), VALID, True),
    "a signature before the content": (moved(b"\n <URA>"), VALID, True),
    "a foreign reference in KeyInfo": (
        swap(b"<ds:KeyInfo>", b'<ds:KeyInfo><w:Reference xmlns:w="urn:w" URI="http://127.0.0.1:9/"/>'),
        VALID,
        True,
    ),
    "a signature in a text": (moved(b" &amp; y"), "comment_in_text", True),
    "a signature behind the URA": (moved(b"</URA>"), "comment_in_text", True),
    "a signature before the URA": (moved(b"90000101<"), "comment_in_text", True),
    "a comment in DigestValue": (
        match(rb"<ds:DigestValue>(.{9})", rb"<ds:DigestValue>\1<!-- -->"),
        "base64_invalid",
        True,
    ),
    "a comment in SignatureValue": (
        swap(b"</ds:SignatureValue>", b"<!-- --></ds:SignatureValue>"),
        "base64_invalid",
        True,
    ),
    "text in the signature": (swap(b"</ds:KeyInfo>", b"</ds:KeyInfo>evil"), "signature_malformed", True),
    "an element in the signature": (swap(b"</ds:KeyInfo>", b"</ds:KeyInfo><evil/>"), "signature_malformed", False),
    "an empty Object": (swap(b"</ds:KeyInfo>", b"</ds:KeyInfo><ds:Object/>"), "content_unsigned", True),
    "a KeyValue of another kind": (
        swap(
            b"<ds:KeyInfo>",
            b"<ds:KeyInfo><ds:KeyValue><ds:DSAKeyValue><ds:Y>AAAA</ds:Y></ds:DSAKeyValue></ds:KeyValue>",
        ),
        "signature_malformed",
        True,
    ),
    "an instruction in SignedInfo": (
        swap(b"<ds:SignatureMethod", b"<?c?><ds:SignatureMethod"),
        "signature_wrong",
        False,
    ),
    "white space in DigestValue": (swap(b"<ds:DigestValue>", b"<ds:DigestValue> "), "signature_wrong", False),
    "base64 that goes on": (swap(b"</ds:SignatureValue>", b"AAAA</ds:SignatureValue>"), "base64_invalid", False),
    "base64 with another blank": (
        swap(b"</ds:SignatureValue>", b"\xc2\xa0</ds:SignatureValue>"),
        "base64_invalid",
        False,
    ),
    "base64 without its end": (match(rb"=+</ds:SignatureValue>", b"</ds:SignatureValue>"), "base64_invalid", False),
    "an element of that name elsewhere": (
        swap(b"</r>", b'<x:Signature xmlns:x="urn:evil"/></r>'),
        "content_changed",
        False,
    ),
    "a tab in an attribute": (swap(b'a="1"', b'a="1\t"'), "content_changed", False),
    "another composition of a letter": (swap(b"x &amp;", b"x\xcc\x81 &amp;"), "content_changed", False),
    "a namespace without absolute name": (swap(b"<t>", b'<t xmlns:q="../x">'), "signature_malformed", False),
    "XML 1.1": (swap(b'version="1.0"', b'version="1.1"'), "document_unreadable", True),
}


@pytest.fixture(scope="module")
def good(linde: Party) -> bytes:
    return sign(DOCUMENT, linde.key, linde.certificate)


def judge(party: Party, made: bytes, ours: str, theirs: bool) -> None:
    found = verify(made, judge=None, ura="90000101")
    assert "".join(check.reason for check in found.failed()) == ours, found.report()
    assert xmlsec_accepts(party, made) is theirs
    # Whatever is valid says the same.
    assert not found.valid or b"<URA>90000101</URA>" in found.signed_bytes


@pytest.mark.parametrize("name", CHANGED)
def test_a_signed_document_that_somebody_changed(good: bytes, linde: Party, name: str) -> None:
    change, ours, theirs = CHANGED[name]
    judge(linde, change(good), ours, theirs)


def transforms(*algorithms: str) -> Callable[[Any], None]:
    def act(signature: Any) -> None:
        parent = signature.find(f".//{D}Transforms")
        for one in list(parent):
            parent.remove(one)
        for algorithm in algorithms:
            etree.SubElement(parent, f"{D}Transform", Algorithm=algorithm)

    return act


def attribute(path: str, name: str, value: str) -> Callable[[Any], None]:
    return lambda signature: signature.find(f".//{D}{path}").set(name, value)


def parameter(path: str, tag: str, text: str) -> Callable[[Any], None]:
    def act(signature: Any) -> None:
        etree.SubElement(signature.find(f".//{D}{path}"), tag).text = text

    return act


def again(signature: Any) -> None:
    info = signature.find(f"{D}SignedInfo")
    info.append(copy.deepcopy(info.find(f"{D}Reference")))


# What somebody with a key can sign.
SIGNED: dict[str, tuple[Callable[[Any], None], str, bool]] = {
    "enveloped twice": (transforms(ENVELOPED, ENVELOPED, EXCLUSIVE), "transform_refused", True),
    "canonical before enveloped": (transforms(EXCLUSIVE, ENVELOPED), "transform_refused", False),
    "canonical twice": (transforms(ENVELOPED, EXCLUSIVE, INCLUSIVE), "transform_refused", True),
    "not enveloped": (transforms(EXCLUSIVE), "transform_refused", False),
    "comments too": (transforms(ENVELOPED, f"{EXCLUSIVE}WithComments"), "transform_refused", True),
    "the document twice": (again, "reference_unexpected", True),
    "no URI": (lambda signature: signature.find(f".//{D}Reference").attrib.pop("URI"), "reference_external", True),
    "a blank URI": (attribute("Reference", "URI", " "), "reference_external", False),
    "an empty fragment": (attribute("Reference", "URI", "#"), "reference_external", False),
    "an xpointer to the root": (attribute("Reference", "URI", "#xpointer(/)"), "reference_external", True),
    "an xpointer to an identifier": (attribute("Reference", "URI", "#xpointer(id('x'))"), "reference_external", False),
    "HMACOutputLength": (parameter("SignatureMethod", f"{D}HMACOutputLength", "0"), "algorithm_refused", True),
    "a parameter of the digest": (parameter("DigestMethod", "{urn:x}x", ""), "algorithm_refused", True),
    "a parameter of the transform": (parameter("Transform", f"{D}XPath", "1"), "transform_refused", True),
    "a parameter of the form": (parameter("CanonicalizationMethod", "{urn:x}x", ""), "canonicalization_refused", False),
    "MD5 in the signature": (
        attribute("SignatureMethod", "Algorithm", "http://www.w3.org/2001/04/xmldsig-more#rsa-md5"),
        "algorithm_refused",
        False,
    ),
    "RIPEMD-160 in the signature": (
        attribute("SignatureMethod", "Algorithm", "http://www.w3.org/2001/04/xmldsig-more#rsa-ripemd160"),
        "algorithm_refused",
        False,
    ),
    "MD5 in the digest": (
        attribute("DigestMethod", "Algorithm", "http://www.w3.org/2001/04/xmldsig-more#md5"),
        "algorithm_refused",
        False,
    ),
    "SHA-1 in the digest": (attribute("DigestMethod", "Algorithm", f"{DS}sha1"), "algorithm_refused", False),
    "an element in SignedInfo": (parameter("SignedInfo", "{urn:x}x", ""), "signature_malformed", False),
}


@pytest.mark.parametrize("name", SIGNED)
def test_a_document_that_was_signed_in_another_way(good: bytes, linde: Party, name: str) -> None:
    change, ours, theirs = SIGNED[name]
    judge(linde, resigned(good, linde, change), ours, theirs)


def test_text_in_which_programs_end_lines_differently(linde: Party) -> None:
    """U+0085 and U+2028 end a line in XML 1.1 only; in 1.0 they are characters like others."""
    document = "<r><URA>90000101</URA><t>a\u0085b\u2028c\ufdd0</t></r>".encode()
    judge(linde, sign(document, linde.key, linde.certificate), VALID, True)


def test_sha1_names_no_certificate_in_xades(linde: Party) -> None:
    made = sign(DOCUMENT, linde.key, linde.certificate, xades=True)

    def weaker(signature: Any) -> None:
        properties = signature.find(f".//{{{XADES}}}SignedProperties")
        properties.find(f".//{D}DigestMethod").set("Algorithm", f"{DS}sha1")
        digested(signature, properties)

    assert [check.reason for check in verify(resigned(made, linde, weaker), judge=None).failed()] == [
        "algorithm_refused"
    ]


@pytest.mark.parametrize(("number", "expected"), [(0, "xades_wrong"), (2, "signature_malformed")])
def test_xades_names_one_signer(linde: Party, number: int, expected: str) -> None:
    made = sign(DOCUMENT, linde.key, linde.certificate, xades=True)

    def change(signature: Any) -> None:
        properties = signature.find(f".//{{{XADES}}}SignedProperties")
        parent = properties.find(f"{{{XADES}}}SignedSignatureProperties")
        named = parent.find(f"{{{XADES}}}SigningCertificateV2")
        if number:
            older = copy.deepcopy(named)
            older.tag = f"{{{XADES}}}SigningCertificate"
            named.addprevious(older)
        else:
            parent.remove(named)
        digested(signature, properties)

    found = verify(resigned(made, linde, change), judge=None)
    assert [check.reason for check in found.failed()] == [expected]
    assert found.signed_content is None


@pytest.mark.parametrize(
    ("order", "expected"),
    [("s", VALID), ("sa", VALID), ("saa", VALID), ("as", "xades_wrong"), ("a", "xades_wrong"), ("so", "xades_wrong")],
)
def test_xades_names_the_signer_first(linde: Party, anker: Party, order: str, expected: str) -> None:
    """Others that it names are in the signature."""
    made = sign(DOCUMENT, linde.key, linde.certificate, chain=[linde.ca], xades=True)
    named = {"s": linde.certificate, "a": linde.ca, "o": anker.certificate}

    def change(signature: Any) -> None:
        properties = signature.find(f".//{{{XADES}}}SignedProperties")
        one = properties.find(f".//{{{XADES}}}Cert")
        parent = one.getparent()
        parent[:] = []
        for letter in order:
            added = copy.deepcopy(one)
            value = hashlib.sha256(named[letter].public_bytes(Encoding.DER)).digest()
            added.find(f".//{D}DigestValue").text = base64.b64encode(value).decode()
            parent.append(added)
        digested(signature, properties)

    found = verify(resigned(made, linde, change), judge=None, ura="90000101")
    assert "".join(check.reason for check in found.failed()) == expected, found.report()


def digested(signature: Any, properties: Any) -> None:
    value = hashlib.sha256(etree.tostring(properties, method="c14n", exclusive=True)).digest()
    signature.findall(f".//{D}Reference")[1].find(f"{D}DigestValue").text = base64.b64encode(value).decode()
