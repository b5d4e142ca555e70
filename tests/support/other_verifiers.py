# SPDX-FileCopyrightText: gbz.zorgid contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""What other signers and verifiers make of a document: python-xmlsec, and an attacker who has a key himself."""

from __future__ import annotations

import base64
from collections.abc import Callable
from typing import Any

import xmlsec
from ansible_collections.gbz.zorgid.tests.support.document_parties import Party
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import padding
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat
from lxml import etree

DS = "http://www.w3.org/2000/09/xmldsig#"
ENVELOPED = f"{DS}enveloped-signature"
INCLUSIVE = "http://www.w3.org/TR/2001/REC-xml-c14n-20010315"
EXCLUSIVE = "http://www.w3.org/2001/10/xml-exc-c14n#"
RSA = "http://www.w3.org/2001/04/xmldsig-more#rsa-sha"
PSS = "http://www.w3.org/2007/05/xmldsig-more#sha{}-rsa-MGF1"
# What python-xmlsec fills in besides the certificate (the program xmlsec1 leaves these empty).
NAMED = "<X509SubjectName/><X509IssuerSerial/><X509Certificate/>"
D = f"{{{DS}}}"


def template(document: bytes, method: str, transforms: list[str], x509: str = "") -> bytes:
    """What xmlsec fills in: an unprefixed Signature, as .NET and Java write it."""
    inner = "".join(f'<Transform Algorithm="{one}"/>' for one in transforms)
    start, end = document.rsplit(b"</", 1)
    signature = (
        f'<Signature xmlns="{DS}"><SignedInfo><CanonicalizationMethod Algorithm="{INCLUSIVE}"/>'
        f'<SignatureMethod Algorithm="{method}"/><Reference URI=""><Transforms>{inner}</Transforms>'
        f'<DigestMethod Algorithm="http://www.w3.org/2001/04/xmlenc#sha256"/><DigestValue/></Reference></SignedInfo>'
        f"<SignatureValue/><KeyInfo><KeyName>k</KeyName><X509Data>{x509}</X509Data></KeyInfo></Signature>"
    )
    return start + signature.encode() + b"</" + end


def signed_by_xmlsec(party: Party, filled_in: bytes) -> bytes:
    tree = etree.fromstring(filled_in).getroottree()
    context = xmlsec.SignatureContext()
    pem = party.key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption())
    context.key = xmlsec.Key.from_memory(pem, xmlsec.constants.KeyDataFormatPem)
    certificate = party.certificate.public_bytes(Encoding.PEM)
    context.key.load_cert_from_memory(certificate, xmlsec.constants.KeyDataFormatCertPem)
    xmlsec.tree.add_ids(tree.getroot(), ["Id"])
    context.sign(xmlsec.tree.find_node(tree.getroot(), "Signature"))
    made: bytes = etree.tostring(tree, xml_declaration=True, encoding=tree.docinfo.encoding)
    return made


def xmlsec_accepts(party: Party, signed: bytes) -> bool:
    context = xmlsec.SignatureContext()
    certificate = party.certificate.public_bytes(Encoding.PEM)
    context.key = xmlsec.Key.from_memory(certificate, xmlsec.constants.KeyDataFormatCertPem)
    try:
        context.verify(xmlsec.tree.find_node(etree.fromstring(signed), "Signature"))
    except xmlsec.Error:
        return False
    return True


def resigned(xml: bytes, party: Party, change: Callable[[Any], object]) -> bytes:
    """The attacker is a signer himself: he changes SignedInfo and signs it anew."""
    root = etree.fromstring(xml)
    signature = root.find(f".//{D}Signature")
    change(signature)
    info = etree.tostring(signature.find(f"{D}SignedInfo"), method="c14n", exclusive=True)
    value = party.key.sign(info, padding.PKCS1v15(), hashes.SHA256())
    signature.find(f"{D}SignatureValue").text = base64.b64encode(value).decode()
    return etree.tostring(root)
