# SPDX-FileCopyrightText: gbz.zorgid contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""What would cost its reader more than an organisation document can: refused by counting, before the work is done."""

from __future__ import annotations

import base64
import copy
import time
from typing import Any

import pytest
from ansible_collections.gbz.zorgid.plugins.module_utils._common.errors import ZorgidError
from ansible_collections.gbz.zorgid.plugins.module_utils._document import computing, signers, xml
from ansible_collections.gbz.zorgid.plugins.module_utils._document.revision import LINES, lines
from ansible_collections.gbz.zorgid.plugins.module_utils._document.signing import sign
from ansible_collections.gbz.zorgid.plugins.module_utils._document.verification import Verification, verify
from ansible_collections.gbz.zorgid.tests.support.document_parties import Party
from cryptography.hazmat.primitives.serialization import Encoding
from lxml import etree

DS = "http://www.w3.org/2000/09/xmldsig#"


def declared(number: int, uri: str = "urn:u") -> str:
    return "".join(f' xmlns:n{one}="{uri}"' for one in range(number))


def attributes(number: int) -> str:
    return "".join(f" a{one}=''" for one in range(number))


BODIES = {
    "namespaces on the root, many elements": f"<a{declared(1_000)}>{'<b/>' * 3_000}</a>",
    "namespaces in few bytes": f"<a{declared(700)}>{'<b/>' * 2_500}</a>",
    "namespaces on the way down": "".join(f'<a xmlns:n{n}="u">' for n in range(250)) + "<b/>" * 5_000 + "</a>" * 250,
    "one namespace again and again": f'<a xmlns:n="urn:{"u" * 100_000}">{"<n:b/>" * 1_000}</a>',
    "many attributes": f"<a{attributes(5_000)}/>",
    "many attributes in many elements": f"<a>{f'<b{attributes(90)}/>' * 4_000}</a>",
    "many elements": f"<a>{'<b></b>' * 25_000}</a>",
    "many comments": f"<a>{'<!---->' * 45_000}</a>",
    "many instructions before the root": "<?a?>" * 45_000 + "<a/>",
    "many instructions after the root": "<a/>" + "<?a?>" * 45_000,
    "deep": "<a>" * 3_000 + "</a>" * 3_000,
    "deep names": "".join(f"<{'a' * 20_000}{n}>" for n in range(300)),
    "large": f"<a>{'x' * xml.SIZE_LIMIT}</a>",
}


@pytest.fixture
def nothing_else(monkeypatch: pytest.MonkeyPatch) -> None:
    """Whatever is refused here may not get as far as canonicalising or reading a certificate."""

    def never(*_: object, **__: object) -> None:
        raise AssertionError("work was done before it was counted")

    for module, name in ((computing, "_canonical"), (signers, "_certificate")):
        monkeypatch.setattr(module, name, never)


@pytest.mark.heavy
@pytest.mark.usefixtures("nothing_else")
@pytest.mark.parametrize("body", BODIES)
def test_a_document_is_counted_before_it_is_worked_on(body: str) -> None:
    start = time.monotonic()
    found = verify(BODIES[body].encode(), judge=None)
    assert [check.reason for check in found.failed()] == ["document_unreadable"]
    with pytest.raises(ZorgidError) as caught:
        xml.parse(BODIES[body].encode())
    assert caught.value.code in {"document_too_large", "document_not_xml"}
    assert time.monotonic() - start < 10


def work(document: str) -> int:
    return xml._work(etree.fromstring(document.encode()), "the document")


def test_what_is_counted() -> None:
    # Declarations in scope squared, their characters, attributes squared; each for every element.
    assert work("<a/>") == 0
    assert work('<a x="1" y="2"/>') == 4
    assert work('<a xmlns:n="urn:u"/>') == 1 + 6
    assert work('<a xmlns:n="urn:u"><b/><b/></a>') == 3 * (1 + 6)
    assert work('<a><b xmlns:n="urn:u"/><b xmlns:m="urn:u"><c/></b><d/></a>') == 3 * (1 + 6)
    assert work('<a xmlns="u"><b xmlns=""><c/></b></a>') == (1 + 1) + 2 * (4 + 1)


def test_real_documents_are_far_below_the_limits(unsigned: bytes, linde: Party) -> None:
    made = sign(unsigned, linde.key, linde.certificate, chain=[linde.ca] * 3, xades=True)
    assert made.count(b"<") * 100 < xml.MARKUP_LIMIT
    assert work(made.decode()) * 100 < xml.WORK_LIMIT
    # What .NET and Office write: the same two declarations at every element, or forty of them at the root.
    repeated = '<x xmlns:i="http://www.w3.org/2001/XMLSchema-instance" i:nil="true"/>' * 2_000
    assert verify(sign(f'<a URA="90000101">{repeated}</a>'.encode(), linde.key, linde.certificate), judge=None).valid
    many = f'<a URA="90000101"{declared(40, "http://schemas.example/office/word/2010/wordml")}>{"<b/>" * 2_000}</a>'
    assert verify(sign(many.encode(), linde.key, linde.certificate), judge=None).valid


def grown(made: bytes, path: str, times: int) -> bytes:
    """The signature with many more of one of its parts."""
    root = etree.fromstring(made)
    part: Any = root.find(".//{*}" + path.replace("/", "/{*}"))
    for _ in range(times):
        part.addnext(copy.deepcopy(part))
    return etree.tostring(root)


@pytest.mark.heavy
@pytest.mark.usefixtures("nothing_else")
@pytest.mark.parametrize(
    ("path", "times", "said"),
    [
        ("Reference", 3, "4 references"),
        ("Reference", 3_000, "3001 references"),
        ("Transform", 5, "7 transforms"),
        ("X509Certificate", 10, "11 certificates"),
        ("X509Data", 10, "11 certificates"),
        ("DigestMethod", 100, "elements"),
        ("KeyInfo/X509Data", 2_000, "2001 certificates"),
    ],
)
def test_a_signature_is_counted_before_it_is_worked_on(
    unsigned: bytes, linde: Party, path: str, times: int, said: str
) -> None:
    found = refused(grown(sign(unsigned, linde.key, linde.certificate), path, times))
    assert found.failed()[0].reason == "signature_too_large"
    assert said in found.failed()[0].message


@pytest.mark.heavy
@pytest.mark.usefixtures("nothing_else")
@pytest.mark.parametrize("path", ["Cert", "SigningTime", "Object"])
def test_what_xades_adds_is_counted_too(unsigned: bytes, linde: Party, path: str) -> None:
    found = refused(grown(sign(unsigned, linde.key, linde.certificate, xades=True), path, 1_000))
    assert found.failed()[0].reason == "signature_too_large"


def refused(made: bytes) -> Verification:
    start = time.monotonic()
    found = verify(made, judge=None)
    assert not found.valid
    assert found.signed_content is None
    assert time.monotonic() - start < 10
    return found


@pytest.mark.usefixtures("nothing_else")
@pytest.mark.parametrize(
    ("old", "new"),
    [
        ("<ds:SignatureValue>", "<ds:SignatureValue>" + "A" * 100_000),
        ("<ds:DigestValue>", "<ds:DigestValue>" + "A" * 100_000),
        ("<ds:X509Certificate>", "<ds:X509Certificate>" + "A" * 1_000_000),
        ("<ds:KeyInfo>", f"<ds:KeyInfo><ds:KeyName>{'k' * 100_000}</ds:KeyName>"),
        ('Reference URI=""', f'Reference URI="#{"x" * 100_000}"'),
        (
            "<ds:KeyInfo>",
            "<ds:KeyInfo><ds:KeyValue><ds:RSAKeyValue><ds:Modulus>"
            + base64.b64encode(b"\xff" * 500_000).decode()
            + "</ds:Modulus><ds:Exponent>AQAB</ds:Exponent></ds:RSAKeyValue></ds:KeyValue>",
        ),
    ],
)
def test_no_part_of_a_signature_is_long(unsigned: bytes, linde: Party, old: str, new: str) -> None:
    made = sign(unsigned, linde.key, linde.certificate).decode()
    assert old in made
    assert refused(made.replace(old, new, 1).encode()).failed()[0].reason == "signature_too_large"


@pytest.mark.parametrize("prefixes", ["p " * 11, "p " * 5_000])
def test_few_prefixes(unsigned: bytes, linde: Party, prefixes: str) -> None:
    made = sign(unsigned, linde.key, linde.certificate).decode()
    old = '<ds:Transform Algorithm="http://www.w3.org/2001/10/xml-exc-c14n#"></ds:Transform>'
    listed = f'<i:InclusiveNamespaces xmlns:i="http://www.w3.org/2001/10/xml-exc-c14n#" PrefixList="{prefixes}"/>'
    assert old in made
    found = refused(made.replace(old, old.replace("></", f">{listed}</")).encode())
    assert found.failed()[0].reason == "transform_refused"


@pytest.mark.heavy
def test_the_result_of_a_large_document_is_short(linde: Party) -> None:
    name = "n" * 4_000
    body = "".join(f"<{name}{n}>" for n in range(100)) + "<b>x</b>" * 15_000
    body += "".join(f"</{name}{n}>" for n in reversed(range(100)))
    found = verify(sign(f'<a ura="90000101">{body}</a>'.encode(), linde.key, linde.certificate), judge=None)
    assert found.valid
    shown = lines(found.signed_content).splitlines()
    assert len(shown) == LINES + 1
    assert shown[-1] == "…"
    assert max(len(line) for line in shown) < 1_300


UTF16 = "document_encoding_unsupported"
ENCODED = [
    *[("<a>é</a>".encode(name), UTF16) for name in ("utf-16", "utf-16-le", "utf-16-be", "utf-32", "utf-32-be")],
    *[
        (f'<?xml version="1.0" encoding="{name}"?><a/>'.encode(name), UTF16)
        for name in ("utf-16", "utf-16-be", "utf-7")
    ],
    (b'<?xml version="1.0" encoding="IBM037"?>'.decode().encode("cp037"), UTF16),
    (b'<?xml version="1.0" encoding="UTF-16"?><a/>', UTF16),
    (b'<?xml version="1.0" encoding="UTF-7"?><a>+ADw-b/+AD4-</a>', UTF16),
    (b'<?xml version="1.0" encoding="Shift_JIS"?><a/>', UTF16),
    (b'<?xml version="1.0" encoding="no such"?><a/>', UTF16),
    (b'<?xml version="1.0" encoding=""?><a/>', UTF16),
    (b'\xef\xbb\xbf<?xml version="1.0" encoding="ISO-8859-1"?><a>\xc3\xa9</a>', UTF16),
    (b'\xef\xbb\xbf<?xml version="1.0" encoding="UTF-16"?><a/>', UTF16),
    (b"<a>\xc0\xbc</a>", "document_not_xml"),
    (b"<a>\xed\xa0\x80</a>", "document_not_xml"),
    (b"<a>\xe9</a>", "document_not_xml"),
    (b"<a>\x00</a>", "document_not_xml"),
    (b"<a/>\x00", "document_not_xml"),
    (b"\xef\xbb\xbf\xef\xbb\xbf<a/>", "document_not_xml"),
    (b'<?xml version="1.0" encoding="US-ASCII"?><a>\xc3\xa9</a>', "document_not_xml"),
]


@pytest.mark.parametrize(("document", "code"), ENCODED)
def test_an_encoding_is_taken_as_it_is_or_refused(document: bytes, code: str) -> None:
    with pytest.raises(ZorgidError) as caught:
        xml.parse(document)
    assert caught.value.code == code
    assert [check.reason for check in verify(document, judge=None).failed()] == ["document_unreadable"]


@pytest.mark.parametrize(
    "document",
    [
        b"\xef\xbb\xbf<a>\xc3\xa9</a>",
        b"\xef\xbb\xbf<?xml version='1.0' encoding='utf-8'?><a>\xc3\xa9</a>",
        b"<?xml version='1.0' encoding = 'Latin1'?><a>\xe9</a>",
        b"<?xml version='1.0' encoding='windows-1252' standalone='yes'?><a>\xe9</a>",
        b"<a>\xc3\xa9</a>",
        b"\n <a>&#233;</a>",
    ],
)
def test_encodings_that_are_read(document: bytes) -> None:
    assert xml.parse(document).text == "é"


def test_certificates_beside_each_other_are_allowed(unsigned: bytes, linde: Party) -> None:
    made = sign(unsigned, linde.key, linde.certificate, chain=[linde.ca] * 9)
    assert made.count(b"<ds:X509Certificate>") == 10
    assert verify(made, judge=None, ura="90000101").valid
    assert base64.b64encode(linde.certificate.public_bytes(Encoding.DER)) in made.replace(b"\n", b"")
