# SPDX-FileCopyrightText: gbz.zorgid contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""Documents that other programs signed, as VZVZ's Validatietool or a user's own tool may: verified by us."""

from __future__ import annotations

import subprocess
from pathlib import Path

import pytest
from ansible_collections.gbz.zorgid.plugins.module_utils._common.errors import ZorgidError
from ansible_collections.gbz.zorgid.plugins.module_utils._document.signing import sign
from ansible_collections.gbz.zorgid.plugins.module_utils._document.verification import Verification, verify
from ansible_collections.gbz.zorgid.tests.support.document_parties import Party, program
from ansible_collections.gbz.zorgid.tests.support.other_verifiers import (
    ENVELOPED,
    EXCLUSIVE,
    INCLUSIVE,
    NAMED,
    PSS,
    RSA,
    signed_by_xmlsec,
    template,
    xmlsec_accepts,
)
from cryptography.hazmat.primitives.serialization import (
    BestAvailableEncryption,
    Encoding,
    NoEncryption,
    PrivateFormat,
    pkcs12,
)


def judged(made: bytes) -> Verification:
    found = verify(made, judge=None, ura="90000101", environment="production")
    assert found.valid, found.report()
    assert found.signed_content is not None
    assert found.signed_content.tag == "{urn:gbz:zorgid:organisatiedocument:1}Organisatiedocument"
    return found


TRANSFORMS = [[ENVELOPED], [ENVELOPED, INCLUSIVE], [ENVELOPED, EXCLUSIVE]]


def test_xmlsec1_signs(linde: Party, unsigned: bytes, tmp_path: Path) -> None:
    xmlsec1 = program("xmlsec1", "xmlsec1")
    (tmp_path / "document.xml").write_bytes(unsigned)
    key = linde.key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption())
    (tmp_path / "key.pem").write_bytes(key)
    (tmp_path / "certificate.pem").write_bytes(linde.certificate.public_bytes(Encoding.PEM))
    for transforms in TRANSFORMS:
        for bits in (256, 384, 512):
            (tmp_path / "template.xml").write_bytes(template(unsigned, f"{RSA}{bits}", transforms))
            command = [xmlsec1, "--sign", "--privkey-pem:k", "key.pem,certificate.pem", "--output", "signed.xml"]
            subprocess.run([*command, "template.xml"], cwd=tmp_path, check=True, capture_output=True)
            judged((tmp_path / "signed.xml").read_bytes())


@pytest.mark.parametrize("method", [f"{RSA}256", f"{RSA}512", PSS.format(256), PSS.format(384), PSS.format(512)])
def test_python_xmlsec_signs(linde: Party, unsigned: bytes, method: str) -> None:
    for transforms in TRANSFORMS:
        judged(signed_by_xmlsec(linde, template(unsigned, method, transforms, NAMED)))


def test_java_signs(linde: Party, java: list[str], unsigned: bytes, tmp_path: Path) -> None:
    methods = {"a.xml": f"{RSA}256", "b.xml": f"{RSA}512", "c.xml": PSS.format(256), "d.xml": PSS.format(512)}
    for name in methods:
        (tmp_path / name).write_bytes(unsigned)
    signed_by_java(java, linde, tmp_path, methods)
    for name, method in methods.items():
        assert judged((tmp_path / f"java-{name}").read_bytes()).algorithm == method


def signed_by_java(java: list[str], party: Party, folder: Path, methods: dict[str, str]) -> None:
    protected = BestAvailableEncryption(b"p")
    store = pkcs12.serialize_key_and_certificates(b"k", party.key, party.certificate, None, protected)
    (folder / "k.p12").write_bytes(store)
    pairs = [word for name, method in methods.items() for word in (method, name)]
    subprocess.run([*java, "sign", str(folder / "k.p12"), "p", str(folder), *pairs], check=True)


# What makes canonical forms differ between programs; each is one more reading of the same standard.
ODD = {
    "instructions.xml": b'<?mso-application progid="InfoPath.Document"?>\n<!-- c --><?xml-stylesheet href="a.xsl"?>\n'
    b"<r><URA>90000101</URA></r>\n<!-- d --><?after x?>\n<?later y?><?after z?>",
    "inherited.xml": b'<r xmlns="urn:r" xml:lang="nl" xml:space="preserve" xml:id="i"><URA>90000101</URA></r>',
    "namespaces.xml": b'<r xmlns="urn:r" xmlns:p="urn:p" xmlns:q="urn:p"><URA>90000101</URA>'
    b'<p:a q:b="1" xmlns:p="urn:o"><c xmlns=""><p:d xmlns=""/></c></p:a></r>',
    "texts.xml": "<r b='\t\n\"&#9;&#10;&#13;&lt;' a='é'><URA>90000101</URA>"
    "<x><![CDATA[<&>]]>&#13;\r\n\U0001f600 </x></r>".encode(),
    "latin.xml": '<?xml version="1.0" encoding="ISO-8859-1"?><r a="é"><URA>90000101</URA><x>ü</x></r>'.encode(
        "latin-1"
    ),
    "mark.xml": b"\xef\xbb\xbf<r><URA>90000101</URA></r>",
}


@pytest.mark.parametrize("name", ODD)
@pytest.mark.parametrize("transforms", TRANSFORMS)
def test_xmlsec_and_we_agree_on_odd_documents(linde: Party, name: str, transforms: list[str]) -> None:
    theirs = signed_by_xmlsec(linde, template(ODD[name], f"{RSA}256", transforms, NAMED))
    assert verify(theirs, judge=None, ura="90000101").valid
    ours = sign(ODD[name], linde.key, linde.certificate)
    assert verify(ours, judge=None, ura="90000101").valid
    assert xmlsec_accepts(linde, ours)


def test_java_and_we_agree_on_odd_documents(linde: Party, java: list[str], tmp_path: Path) -> None:
    (tmp_path / "certificate.pem").write_bytes(linde.certificate.public_bytes(Encoding.PEM))
    for name, document in ODD.items():
        (tmp_path / name).write_bytes(document)
        (tmp_path / f"ours-{name}").write_bytes(sign(document, linde.key, linde.certificate))
    signed_by_java(java, linde, tmp_path, dict.fromkeys(ODD, f"{RSA}256"))
    for name in ODD:
        found = verify((tmp_path / f"java-{name}").read_bytes(), judge=None, ura="90000101")
        assert found.valid, name + found.report()
    command = [*java, "verify", str(tmp_path / "certificate.pem"), str(tmp_path), *(f"ours-{name}" for name in ODD)]
    run = subprocess.run(command, capture_output=True, text=True, check=True)
    assert run.stdout.splitlines() == [f"ours-{name} true" for name in ODD], run.stderr


OUTSIDE = {
    "before": lambda xml: xml.replace(b"<r>", b'<?xml-stylesheet href="b.xsl"?><r>', 1),
    "after": lambda xml: xml + b"<?after x?>",
    "changed": lambda xml: xml.replace(b'"a.xsl"', b'"b.xsl"', 1),
    "removed": lambda xml: xml.replace(b'<?xml-stylesheet href="a.xsl"?>', b"", 1),
}


@pytest.mark.parametrize("change", OUTSIDE)
@pytest.mark.parametrize("ours", [True, False])
def test_what_stands_outside_the_root_is_signed_too(linde: Party, change: str, ours: bool) -> None:
    document = ODD["instructions.xml"]
    made = template(document, f"{RSA}256", [ENVELOPED, EXCLUSIVE], NAMED)
    signed = sign(document, linde.key, linde.certificate) if ours else signed_by_xmlsec(linde, made)
    changed = OUTSIDE[change](signed)
    assert changed != signed
    assert [check.reason for check in verify(changed, judge=None).failed()] == ["content_changed"]
    assert not xmlsec_accepts(linde, changed)


def test_the_order_outside_the_root_is_signed_too(linde: Party) -> None:
    signed = sign(ODD["instructions.xml"], linde.key, linde.certificate)
    turned = signed.replace(b"<?later y?><?after z?>", b"<?after z?><?later y?>")
    assert [check.reason for check in verify(turned, judge=None).failed()] == ["content_changed"]
    assert not xmlsec_accepts(linde, turned)


@pytest.mark.parametrize("name", ["urn:a&amp;b", "urn:a&amp;amp;b", "urn:a&amp;#98;"])
def test_a_namespace_that_libxml2_writes_as_it_is(linde: Party, name: str) -> None:
    """Others write & as &amp; (Canonical XML 1.0, 2.3), so no signature of either would be verified by the other."""
    document = f'<r xmlns:p="{name}"><URA>90000101</URA><p:x/></r>'.encode()
    with pytest.raises(ZorgidError) as caught:
        sign(document, linde.key, linde.certificate)
    assert caught.value.code == "document_not_canonical"
    theirs = signed_by_xmlsec(linde, template(document, f"{RSA}256", [ENVELOPED, EXCLUSIVE], NAMED))
    assert [check.reason for check in verify(theirs, judge=None).failed()] == ["document_unreadable"]


def test_comments_outside_the_root_are_nobodys(linde: Party) -> None:
    changed = sign(ODD["instructions.xml"], linde.key, linde.certificate).replace(b"<!-- c -->", b"<!-- e -->\n")
    assert verify(changed, judge=None, ura="90000101").valid
    assert xmlsec_accepts(linde, changed)


def test_an_instruction_outside_is_not_covered_by_an_identifier(linde: Party) -> None:
    document = b'<r Id="x"><URA>90000101</URA></r>'
    made = template(document, f"{RSA}256", [ENVELOPED, EXCLUSIVE], NAMED).replace(b'URI=""', b'URI="#x"')
    signed = signed_by_xmlsec(linde, made)
    assert verify(signed, judge=None, ura="90000101").valid
    found = verify(signed.replace(b"<r ", b'<?xml-stylesheet href="evil.xsl"?><r ', 1), judge=None, ura="90000101")
    assert [check.reason for check in found.failed()] == ["content_unsigned"]


@pytest.mark.parametrize("prefixes", ["p", "p q", " p\t\nq ", "#default p", "absent", ""])
def test_prefixes_that_the_exclusive_form_keeps(linde: Party, prefixes: str) -> None:
    document = b'<r xmlns="urn:r" xmlns:p="urn:p" xmlns:q="urn:q"><URA>90000101</URA><x xmlns=""/></r>'
    assert verify(signed_with_prefixes(linde, document, prefixes), judge=None, ura="90000101").valid


@pytest.mark.parametrize("element", [b'<p:x xmlns="urn:s"/>', b'<p:x xmlns=""/>', b"<p:x/>"])
def test_a_default_namespace_that_the_exclusive_form_keeps(linde: Party, element: bytes) -> None:
    """lxml cannot be asked for it: said, not taken for a change of the content."""
    document = b'<r xmlns="urn:r" xmlns:p="urn:p"><URA>90000101</URA>' + element + b"</r>"
    found = verify(signed_with_prefixes(linde, document, "#default"), judge=None, ura="90000101")
    assert [check.reason for check in found.failed()] == ["canonicalization_refused"]


def signed_with_prefixes(party: Party, document: bytes, prefixes: str) -> bytes:
    listed = f'<InclusiveNamespaces xmlns="{EXCLUSIVE}" PrefixList="{prefixes}"/></'
    made = template(document, f"{RSA}256", [ENVELOPED, EXCLUSIVE], NAMED).decode()
    made = made.replace(f'"{EXCLUSIVE}"/></', f'"{EXCLUSIVE}">{listed}Transform></', 1)
    assert listed in made
    return signed_by_xmlsec(party, made.encode())


@pytest.mark.parametrize("noise", ["<!-- c -->", "<?p i?>"])
@pytest.mark.parametrize("method", ["CanonicalizationMethod", "SignatureMethod", "DigestMethod", "Transform"])
def test_comments_and_instructions_in_a_signature_are_a_verdict(linde: Party, method: str, noise: str) -> None:
    made = template(b"<r><URA>90000101</URA></r>", f"{RSA}256", [ENVELOPED, EXCLUSIVE], NAMED).decode()
    start = made.rindex(f"<{method} ")
    end = made.index("/>", start)
    signed = signed_by_xmlsec(linde, f"{made[:end]}>{noise}</{method}>{made[end + 2 :]}".encode())
    assert noise.encode() in signed
    assert verify(signed, judge=None, ura="90000101").valid


def test_a_signature_after_the_first_child(linde: Party) -> None:
    """As VZVZ's own signatures elsewhere stand."""
    made = template(b"<r><a><URA>90000101</URA></a> </r>", f"{RSA}256", [ENVELOPED, EXCLUSIVE], NAMED)
    found = verify(signed_by_xmlsec(linde, made.replace(b"</r>", b"\n<b>2</b></r>")), judge=None, ura="90000101")
    assert found.valid, found.report()
    assert b"</a> \n<b>2</b>" in found.signed_bytes


@pytest.mark.parametrize("form", [INCLUSIVE, EXCLUSIVE, ""])
def test_key_info_is_signed_too(linde: Party, form: str) -> None:
    document = b'<r xmlns="urn:r" xmlns:p="urn:p" xml:lang="nl"><URA>90000101</URA></r>'
    transforms = f'<Transforms><Transform Algorithm="{form}"/></Transforms>' if form else ""
    digest = '<DigestMethod Algorithm="http://www.w3.org/2001/04/xmlenc#sha512"/><DigestValue/>'
    second = f'</Reference><Reference URI="#k">{transforms}{digest}</Reference></SignedInfo>'
    made = template(document, f"{RSA}256", [ENVELOPED], NAMED).decode()
    made = made.replace("<KeyInfo>", '<KeyInfo Id="k"><?k é?>').replace("</Reference></SignedInfo>", second)
    signed = signed_by_xmlsec(linde, made.encode())
    assert verify(signed, judge=None, ura="90000101").valid
    assert verify(signed.replace("<?k é?>".encode(), b"<?k &#233;?>"), judge=None).failed()
    changed = verify(signed.replace(b"<KeyName>k<", b"<KeyName>l<"), judge=None)
    assert [check.reason for check in changed.failed()] == ["content_changed"]
