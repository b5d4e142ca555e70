# SPDX-FileCopyrightText: gbz.zorgid contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""How VZVZ's desk assesses an organisation document: xmlsec for the signature, cryptography for the certificate.

No code is shared with the collection, which signs with signxml and checks with pyhanko-certvalidator.
"""

from __future__ import annotations

import base64
from collections import Counter
from pathlib import Path
from typing import Any

import xmlsec
from cryptography import x509
from cryptography.hazmat.primitives.serialization import Encoding
from lxml import etree

from ..state import State
from .certificate import CertificateRefusedError, Roots, card_of, check_path

NAMESPACE = "urn:gbz:zorgid:organisatiedocument:1"
_DS = "{http://www.w3.org/2000/09/xmldsig#}"
_O = f"{{{NAMESPACE}}}"
_LARGEST = 5 * 1024 * 1024
_SMALLEST_KEY = 2048
_C14N = "http://www.w3.org/2001/10/xml-exc-c14n#"
_ALGORITHMS = {
    "CanonicalizationMethod": {
        _C14N,
        "http://www.w3.org/TR/2001/REC-xml-c14n-20010315",
        "http://www.w3.org/2006/12/xml-c14n11",
    },
    "SignatureMethod": {f"http://www.w3.org/2001/04/xmldsig-more#rsa-sha{bits}" for bits in (256, 384, 512)}
    | {f"http://www.w3.org/2007/05/xmldsig-more#sha{bits}-rsa-MGF1" for bits in (256, 384, 512)},
    "DigestMethod": {
        "http://www.w3.org/2001/04/xmlenc#sha256",
        "http://www.w3.org/2001/04/xmldsig-more#sha384",
        "http://www.w3.org/2001/04/xmlenc#sha512",
    },
}
_ALGORITHMS["Transform"] = {f"{_DS[1:-1]}enveloped-signature", *_ALGORITHMS["CanonicalizationMethod"]}


class DocumentRefusedError(Exception):
    """Why VZVZ refuses the document, in Dutch; ura when the document could still be read."""

    def __init__(self, reason: str, ura: str | None = None) -> None:
        super().__init__(reason)
        self.reason, self.ura = reason, ura


def judge(state: Path, xml: bytes | None) -> str:
    """The URA number of an accepted document; DocumentRefusedError if it is refused."""
    if xml is None:
        raise DocumentRefusedError("De e-mail heeft niet precies één XML-bijlage.")
    root = _parse(xml)
    ura = root.findtext(f"{_O}Zorgaanbieder/{_O}URA") or ""
    try:
        _check(state, root, ura)
    except (DocumentRefusedError, CertificateRefusedError) as refused:
        raise DocumentRefusedError(str(refused), ura or None) from None
    return ura


def _parse(xml: bytes) -> Any:
    if len(xml) > _LARGEST:
        raise DocumentRefusedError("De bijlage is te groot.")
    parser = etree.XMLParser(resolve_entities=False, no_network=True, load_dtd=False, huge_tree=False)
    try:
        root: Any = etree.fromstring(xml, parser)
    except etree.XMLSyntaxError:
        raise DocumentRefusedError("De bijlage is geen leesbaar XML-document.") from None
    if root.getroottree().docinfo.doctype:
        raise DocumentRefusedError("De bijlage bevat een DTD.")
    return root


def _check(state: Path, root: Any, ura: str) -> None:
    if root.tag != f"{_O}Organisatiedocument":
        raise DocumentRefusedError("De bijlage is geen organisatiedocument.")
    roots = Roots.of(State(state).pki, str(root.get("omgeving")))
    if roots is None:
        raise DocumentRefusedError("De omgeving in het document is onbekend.")
    if not (ura.isdecimal() and ura.isascii() and len(ura) <= 8):
        raise DocumentRefusedError("Het document heeft geen geldig URA-nummer.")
    signature = _signature(root)
    certificates = _certificates(signature)
    _verify(signature, certificates[0])
    check_path(certificates[0], certificates[1:], roots)
    card = card_of(certificates[0])
    if card.card_type != "S":
        raise DocumentRefusedError("Er is getekend met een persoonlijke pas en niet met een UZI-servercertificaat.")
    if card.ura != ura:
        raise DocumentRefusedError(
            "Het URA-nummer in het document is niet het URA-nummer in het UZI-servercertificaat."
        )


def _signature(root: Any) -> Any:
    signatures = root.findall(f".//{_DS}Signature")
    if len(signatures) != 1:
        raise DocumentRefusedError("Het document moet precies één handtekening hebben.")
    references = signatures[0].findall(f"{_DS}SignedInfo/{_DS}Reference")
    # Besides the whole document, a signature may cover parts of itself: XAdES properties, the certificate.
    own = Counter(f"#{name}" for name in signatures[0].xpath(".//@Id"))
    uris = Counter(one.get("URI") for one in references)
    if uris.pop("", 0) != 1 or any(own[uri] != 1 for uri in uris):
        raise DocumentRefusedError("De handtekening dekt niet precies het hele document.")
    for name, allowed in _ALGORITHMS.items():
        if any(one.get("Algorithm") not in allowed for one in signatures[0].iterfind(f"{_DS}SignedInfo//{_DS}{name}")):
            raise DocumentRefusedError("De handtekening gebruikt een algoritme dat wij niet aanvaarden.")
    return signatures[0]


def _certificates(signature: Any) -> list[x509.Certificate]:
    """The signer's certificate first, then what else came with it."""
    found = []
    for element in signature.iterfind(f"{_DS}KeyInfo/{_DS}X509Data/{_DS}X509Certificate"):
        try:
            certificate = x509.load_der_x509_certificate(base64.b64decode("".join(element.itertext())))
            certificate.public_key(), certificate.extensions
            found.append(certificate)
        except Exception:  # noqa: BLE001 - cryptography has many kinds of errors for damaged certificates
            raise DocumentRefusedError("Het certificaat in de handtekening is niet leesbaar.") from None
    if not found:
        raise DocumentRefusedError("De handtekening bevat geen certificaat.")
    return found


def _verify(signature: Any, certificate: x509.Certificate) -> None:
    if getattr(certificate.public_key(), "key_size", 0) < _SMALLEST_KEY:
        raise DocumentRefusedError("De sleutel van het certificaat is te klein.")
    context = xmlsec.SignatureContext()
    for element in signature.xpath(".//*[@Id]"):
        context.register_id(element, "Id")
    try:
        context.key = xmlsec.Key.from_memory(
            certificate.public_bytes(Encoding.PEM), xmlsec.constants.KeyDataFormatCertPem
        )
        context.verify(signature)
    except xmlsec.Error:
        raise DocumentRefusedError("De handtekening klopt niet: het document is na het tekenen veranderd.") from None
