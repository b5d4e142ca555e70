# SPDX-FileCopyrightText: gbz.zorgid contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""Documents that other programs signed, as VZVZ's Validatietool or a user's own tool may: verified by us."""

from __future__ import annotations

import subprocess
from pathlib import Path

import pytest
import xmlsec
from ansible_collections.gbz.zorgid.plugins.module_utils._document.signing import FORMS
from ansible_collections.gbz.zorgid.plugins.module_utils._document.verification import Verification, verify
from conftest import Party, program
from cryptography.hazmat.primitives.serialization import (
    BestAvailableEncryption,
    Encoding,
    NoEncryption,
    PrivateFormat,
    pkcs12,
)
from lxml import etree

DS = "http://www.w3.org/2000/09/xmldsig#"
ENVELOPED = f"{DS}enveloped-signature"
INCLUSIVE = "http://www.w3.org/TR/2001/REC-xml-c14n-20010315"
EXCLUSIVE = "http://www.w3.org/2001/10/xml-exc-c14n#"
RSA = "http://www.w3.org/2001/04/xmldsig-more#rsa-sha"
PSS = "http://www.w3.org/2007/05/xmldsig-more#sha{}-rsa-MGF1"
# What python-xmlsec fills in besides the certificate (the program xmlsec1 leaves these empty).
NAMED = "<X509SubjectName/><X509IssuerSerial/><X509Certificate/>"


def template(document: bytes, form: str, method: str, transforms: list[str], x509: str = "") -> bytes:
    """What xmlsec fills in: an unprefixed Signature, as .NET and Java write it."""
    uri = {"enveloped": "", "enveloping": "#document", "detached": "document.xml"}[form]
    inner = "".join(f'<Transform Algorithm="{one}"/>' for one in transforms)
    listed = f"<Transforms>{inner}</Transforms>" if inner else ""
    body = document.partition(b"?>")[2].strip().decode()
    held = f'<Object Id="document">{body}</Object>' if form == "enveloping" else ""
    signature = (
        f'<Signature xmlns="{DS}"><SignedInfo><CanonicalizationMethod Algorithm="{INCLUSIVE}"/>'
        f'<SignatureMethod Algorithm="{method}"/><Reference URI="{uri}">{listed}'
        f'<DigestMethod Algorithm="http://www.w3.org/2001/04/xmlenc#sha256"/><DigestValue/></Reference></SignedInfo>'
        f"<SignatureValue/><KeyInfo><KeyName>k</KeyName><X509Data>{x509}</X509Data></KeyInfo>{held}</Signature>"
    )
    if form != "enveloped":
        return signature.encode()
    start, end = body.rsplit("</", 1)
    return f"{start}{signature}</{end}".encode()


def judged(made: bytes, form: str, document: bytes) -> Verification:
    found = verify(
        made,
        judge=None,
        ura="90000101",
        environment="production",
        detached=(document, "document.xml") if form == "detached" else None,
    )
    assert found.valid, found.report()
    assert found.signed_content is not None
    assert found.signed_content.tag == "{urn:gbz:zorgid:organisatiedocument:1}Organisatiedocument"
    assert found.form == form
    return found


def transforms_of(form: str) -> list[list[str]]:
    head = [ENVELOPED] if form == "enveloped" else []
    return [head, [*head, INCLUSIVE], [*head, EXCLUSIVE]]


@pytest.mark.parametrize("form", FORMS)
def test_xmlsec1_signs(linde: Party, unsigned: bytes, tmp_path: Path, form: str) -> None:
    xmlsec1 = program("xmlsec1", "xmlsec1")
    (tmp_path / "document.xml").write_bytes(unsigned)
    key = linde.key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption())
    (tmp_path / "key.pem").write_bytes(key)
    (tmp_path / "certificate.pem").write_bytes(linde.certificate.public_bytes(Encoding.PEM))
    for transforms in transforms_of(form):
        for bits in (256, 384, 512):
            (tmp_path / "template.xml").write_bytes(template(unsigned, form, f"{RSA}{bits}", transforms))
            command = [xmlsec1, "--sign", "--privkey-pem:k", "key.pem,certificate.pem", "--output", "signed.xml"]
            subprocess.run(
                [*command, "--id-attr:Id", f"{DS}:Object", "template.xml"],
                cwd=tmp_path,
                check=True,
                capture_output=True,
            )
            judged((tmp_path / "signed.xml").read_bytes(), form, unsigned)


@pytest.mark.parametrize("form", ["enveloped", "enveloping"])
@pytest.mark.parametrize("method", [f"{RSA}256", f"{RSA}512", PSS.format(256), PSS.format(384), PSS.format(512)])
def test_python_xmlsec_signs(linde: Party, unsigned: bytes, form: str, method: str) -> None:
    pem = linde.key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption())
    for transforms in transforms_of(form):
        root = etree.fromstring(template(unsigned, form, method, transforms, NAMED))
        xmlsec.tree.add_ids(root, ["Id"])
        context = xmlsec.SignatureContext()
        context.key = xmlsec.Key.from_memory(pem, xmlsec.constants.KeyDataFormatPem)
        certificate = linde.certificate.public_bytes(Encoding.PEM)
        context.key.load_cert_from_memory(certificate, xmlsec.constants.KeyDataFormatCertPem)
        context.sign(xmlsec.tree.find_node(root, "Signature"))
        judged(etree.tostring(root), form, unsigned)


@pytest.mark.parametrize("form", FORMS)
def test_java_signs(linde: Party, java: list[str], unsigned: bytes, tmp_path: Path, form: str) -> None:
    (tmp_path / "document.xml").write_bytes(unsigned)
    protected = BestAvailableEncryption(b"p")
    store = pkcs12.serialize_key_and_certificates(b"k", linde.key, linde.certificate, None, protected)
    (tmp_path / "k.p12").write_bytes(store)
    methods = [f"{RSA}256", f"{RSA}512", PSS.format(256), PSS.format(512)]
    subprocess.run([*java, "sign", str(tmp_path / "k.p12"), "p", str(tmp_path), form, *methods], check=True)
    for number, method in enumerate(methods):
        found = judged((tmp_path / f"{number}.xml").read_bytes(), form, unsigned)
        assert found.algorithm == method


def test_a_detached_file_is_its_bytes_when_nothing_canonicalises_it(
    linde: Party, java: list[str], unsigned: bytes, tmp_path: Path
) -> None:
    """Another reading of the same XML is not the file that was signed; a canonicalised one is."""
    test_java_signs(linde, java, unsigned, tmp_path, "detached")
    again = unsigned.replace(b'" omgeving="', b'"  omgeving="')
    found = verify((tmp_path / "0.xml").read_bytes(), judge=None, detached=(again, "document.xml"))
    assert [check.reason for check in found.failed()] == ["content_changed"]
