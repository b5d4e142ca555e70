# SPDX-FileCopyrightText: gbz.zorgid contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""What a signature may look like, before anything of it is computed.

XMLDSig lets a signature cover any part of any file, changed by any program. An organisation document needs none of
that: one signature, over the whole document, in three shapes. Everything else is refused here, by name; this is what
stops signature wrapping, whose trick is always that the part that is verified is not the part that is read.
"""

from __future__ import annotations

import base64
import binascii
import functools
import re
from collections import Counter
from dataclasses import dataclass

from .._common.libraries import needs
from .xml import DS, XADES, Element

with needs("lxml>=5.2"):
    from lxml import etree
with needs("cryptography>=44"):
    from cryptography import x509
    from cryptography.exceptions import UnsupportedAlgorithm
    from cryptography.hazmat.primitives.asymmetric import rsa

ENVELOPED = f"{DS}enveloped-signature"
CANONICALIZATIONS = frozenset(
    [
        "http://www.w3.org/2001/10/xml-exc-c14n#",
        "http://www.w3.org/TR/2001/REC-xml-c14n-20010315",
        "http://www.w3.org/2006/12/xml-c14n11",
    ]
)
_MORE = "http://www.w3.org/2001/04/xmldsig-more#"
_MORE_2007 = "http://www.w3.org/2007/05/xmldsig-more#"
_ENC = "http://www.w3.org/2001/04/xmlenc#"
SIGNATURES = frozenset(
    name for bits in (256, 384, 512) for name in (f"{_MORE}rsa-sha{bits}", f"{_MORE_2007}sha{bits}-rsa-MGF1")
)
DIGESTS = frozenset([f"{_ENC}sha256", f"{_MORE}sha384", f"{_ENC}sha512"])
_SIGNED_PROPERTIES = "http://uri.etsi.org/01903#SignedProperties"


class Refused(Exception):  # noqa: N818 - a verdict, not an error
    """A check that did not pass; ``reason`` is a key of ``messages.FAILED``; ``found_nl`` where words were found."""

    def __init__(self, reason: str, found: str = "", found_nl: str | None = None) -> None:
        super().__init__(reason)
        self.reason = reason
        self.found = found
        self.found_nl = found if found_nl is None else found_nl


@dataclass(frozen=True)
class Shape:
    """A signature that may be computed."""

    signature: Element
    form: str
    document: Element
    certificate: x509.Certificate
    others: tuple[x509.Certificate, ...]
    algorithm: str
    signed_properties: Element | None
    canonicalized: bool


def find_signature(root: Element) -> Element:
    found = list(root.iter(f"{{{DS}}}Signature"))
    if not found:
        raise Refused("signature_missing")
    if len(found) > 1:
        raise Refused("signatures_several", str(len(found)))
    return found[0]


def check_identifiers(root: Element) -> None:
    with_attributes = (element for element in root.iter(etree.Element) if element.attrib)
    counted = Counter(value for element in with_attributes for value in _identifiers(element))
    for value, times in counted.items():
        if times > 1:
            raise Refused("identifier_duplicate", shown(value))


def check_shape(root: Element, signature: Element, detached: Element | None, name: str | None) -> Shape:
    """The signature's form and what it covers. ``detached`` is the document beside it, called ``name``."""
    info = _only(signature, "SignedInfo")
    method = _only(info, "SignatureMethod").get("Algorithm", "")
    if method not in SIGNATURES:
        raise Refused("algorithm_refused", shown(method))
    method_c14n = _only(info, "CanonicalizationMethod").get("Algorithm", "")
    if method_c14n not in CANONICALIZATIONS:
        raise Refused("canonicalization_refused", shown(method_c14n))
    references = info.findall(f"{{{DS}}}Reference")
    if not references:
        raise Refused("reference_missing")
    form, document, holder = _covered(root, signature, detached, references[0], name)
    _check_reference(references[0], enveloped=form == "enveloped")
    properties = None
    for reference in references[1:]:
        target = _own_part(signature, reference)
        _check_reference(reference, enveloped=False)
        if target.tag == f"{{{XADES}}}SignedProperties":
            if properties is not None or reference.get("Type") != _SIGNED_PROPERTIES:
                raise Refused("reference_unexpected", "SignedProperties")
            properties = target
        elif target.tag != f"{{{DS}}}KeyInfo":
            raise Refused("reference_unexpected", shown(etree.QName(target).localname))
    _check_objects(signature, holder, properties)
    certificate, others, bits = _certificates(signature)
    value = decode(_only(signature, "SignatureValue"), "SignatureValue")
    if len(value) != (bits + 7) // 8:
        raise Refused("base64_invalid", "SignatureValue is not as long as the key")
    canonicalized = references[0].find(f".//{{{DS}}}Transform") is not None
    return Shape(signature, form, document, certificate, others, method, properties, canonicalized)


def check_text(document: Element) -> None:
    """Comments between elements are harmless and unsigned; inside a text they make two readings of it."""
    parents = {
        parent
        for node in document.iter(etree.Comment, etree.ProcessingInstruction)
        if (parent := node.getparent()) is not None
    }
    # Each parent once: a file of nothing but comments must not take a time that grows with their square.
    for parent in parents:
        if any(text and text.strip() for text in (parent.text, *(child.tail for child in parent))):
            raise Refused("comment_in_text", shown(etree.QName(parent).localname))


def decode(element: Element, what: str) -> bytes:
    """Base64 (XML Schema base64Binary) without anything that a lenient decoder would skip."""
    if len(element):
        raise Refused("base64_invalid", what)
    try:
        found = base64.b64decode(re.sub(r"[ \t\r\n]", "", element.text or "").encode("ascii"), validate=True)
    except (binascii.Error, ValueError):
        found = b""
    if not found:
        raise Refused("base64_invalid", what)
    return found


def shown(text: str) -> str:
    """Something from a stranger's file, short and without control characters."""
    harmless = "".join(char if char.isprintable() else "?" for char in text[:120])
    return harmless + ("…" if len(text) > 120 else "")


def _only(parent: Element, name: str) -> Element:
    found = parent.findall(f"{{{DS}}}{name}")
    if len(found) != 1:
        raise Refused("signature_malformed", f"{len(found)} times {name}")
    return found[0]


def _covered(
    root: Element, signature: Element, detached: Element | None, reference: Element, name: str | None
) -> tuple[str, Element, Element | None]:
    """Form, document, and for an enveloping signature the Object that holds the document."""
    uri = reference.get("URI")
    if uri is None:
        raise Refused("reference_external", "a reference without URI")
    if detached is not None:
        if uri != name:
            raise Refused("reference_external", shown(uri))
        if root is not signature:
            raise Refused("content_unsigned", "the file with the signature")
        return "detached", detached, None
    if uri and not uri.startswith("#"):
        raise Refused("reference_external", shown(uri))
    target = root if not uri else _by_id(root, uri)
    if root is not signature:
        if target is not root:
            raise Refused("reference_elsewhere", shown(etree.QName(target).localname))
        return "enveloped", root, None
    if target.tag != f"{{{DS}}}Object" or target.getparent() is not signature:
        raise Refused("reference_elsewhere", shown(etree.QName(target).localname))
    inner = list(target.iterchildren(etree.Element))
    if len(inner) != 1 or (target.text or "").strip() or any((child.tail or "").strip() for child in target):
        raise Refused("reference_elsewhere", f"an Object with {len(inner)} elements")
    return "enveloping", inner[0], target


def _check_reference(reference: Element, *, enveloped: bool) -> None:
    digest = _only(reference, "DigestMethod").get("Algorithm", "")
    if digest not in DIGESTS:
        raise Refused("algorithm_refused", shown(digest))
    decode(_only(reference, "DigestValue"), "DigestValue")
    transforms = [one.get("Algorithm", "") for one in reference.findall(f"{{{DS}}}Transforms/{{{DS}}}Transform")]
    wanted = [ENVELOPED] if enveloped else []
    head, rest = transforms[: len(wanted)], transforms[len(wanted) :]
    for algorithm in transforms:
        if algorithm != ENVELOPED and algorithm not in CANONICALIZATIONS:
            raise Refused("transform_refused", shown(algorithm))
    if head != wanted or ENVELOPED in rest or len(rest) > 1:
        raise Refused("transform_refused", shown(", ".join(transforms)) or "none")


def _own_part(signature: Element, reference: Element) -> Element:
    """What a further reference covers; it has to be a part of the signature itself."""
    uri = reference.get("URI") or ""
    if not uri.startswith("#"):
        raise Refused("reference_external" if uri else "reference_unexpected", shown(uri) or "the document again")
    target = _by_id(signature.getroottree().getroot(), uri)
    if target is signature or signature not in target.iterancestors():
        raise Refused("reference_unexpected", shown(etree.QName(target).localname))
    return target


def _by_id(root: Element, uri: str) -> Element:
    if uri.startswith("#xpointer("):
        raise Refused("reference_external", shown(uri))
    for element in root.iter(etree.Element):
        if uri[1:] in _identifiers(element):
            return element
    raise Refused("reference_external", shown(uri))


def _identifiers(element: Element) -> list[str]:
    """Id, ID, id, xml:id, wsu:Id, …: implementations differ in which of them they believe, so all count."""
    if not element.attrib:
        return []
    return [value for name, value in element.attrib.items() if name.rpartition("}")[2].lower() == "id"]


def _check_objects(signature: Element, holder: Element | None, properties: Element | None) -> None:
    for part in signature.findall(f"{{{DS}}}Object"):
        if part is holder:
            continue
        if properties is None or part not in properties.iterancestors():
            raise Refused("content_unsigned", "Object")
        qualifying = list(part.iterchildren(etree.Element))
        if len(qualifying) != 1 or properties.getparent() is not qualifying[0]:
            raise Refused("content_unsigned", "Object")


def _certificates(signature: Element) -> tuple[x509.Certificate, tuple[x509.Certificate, ...], int]:
    """The signer's, the others, and the size of the signer's RSA key in bits."""
    infos = signature.findall(f"{{{DS}}}KeyInfo")
    if len(infos) != 1:
        raise Refused("signer_missing")
    if infos[0].find(f".//{{{DS}}}RetrievalMethod") is not None:
        raise Refused("reference_external", "RetrievalMethod")
    found: list[x509.Certificate] = []
    for element in infos[0].findall(f"{{{DS}}}X509Data/{{{DS}}}X509Certificate"):
        try:
            found.append(_certificate(decode(element, "X509Certificate")))
        except ValueError as error:
            raise Refused("signer_unreadable") from error
    if not found:
        raise Refused("signer_missing")
    leaves = [one for one in found if not _is_authority(one)] if len(found) > 1 else found
    if len(leaves) != 1:
        raise Refused("signer_ambiguous", f"{len(leaves)} of {len(found)} certificates")
    try:
        public = leaves[0].public_key()
    except (ValueError, TypeError, UnsupportedAlgorithm) as error:
        raise Refused("signer_unreadable") from error
    if not isinstance(public, rsa.RSAPublicKey):
        raise Refused("key_too_small", "not an RSA key")
    if public.key_size < 2048:
        raise Refused("key_too_small", f"RSA of {public.key_size} bits")
    return leaves[0], tuple(one for one in found if one is not leaves[0]), public.key_size


@functools.lru_cache(maxsize=64)
def _certificate(der: bytes) -> x509.Certificate:
    """One certificate signs many documents."""
    return x509.load_der_x509_certificate(der)


def _is_authority(certificate: x509.Certificate) -> bool:
    try:
        return certificate.extensions.get_extension_for_class(x509.BasicConstraints).value.ca
    except (x509.ExtensionNotFound, ValueError):
        return False
