# SPDX-FileCopyrightText: gbz.zorgid contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""Checks the structure of a signature before anything is computed.

XMLDSig allows a signature over any part of any file, after any transforms. An organisation document needs only one
signature inside the document, over the whole document. Everything else is refused with a reason. This prevents
signature wrapping, in which the part that is verified is not the part that is read.
"""

from __future__ import annotations

import base64
import binascii
from collections import Counter
from dataclasses import dataclass

from .._common.libraries import needs
from .._common.text import printable
from .xml import DS, XADES, Element

with needs("lxml>=5.2"):
    from lxml import etree

ENVELOPED = f"{DS}enveloped-signature"
EXCLUSIVE = "http://www.w3.org/2001/10/xml-exc-c14n#"
INCLUSIVE = "http://www.w3.org/TR/2001/REC-xml-c14n-20010315"
INCLUSIVE_11 = "http://www.w3.org/2006/12/xml-c14n11"
CANONICALIZATIONS = frozenset([EXCLUSIVE, INCLUSIVE, INCLUSIVE_11])
_MORE = "http://www.w3.org/2001/04/xmldsig-more#"
_MORE_2007 = "http://www.w3.org/2007/05/xmldsig-more#"
_ENC = "http://www.w3.org/2001/04/xmlenc#"
# Signature methods and the bits of their SHA-2. SHA-1 and MD5 are not accepted.
PKCS1 = {f"{_MORE}rsa-sha{bits}": bits for bits in (256, 384, 512)}
PSS = {f"{_MORE_2007}sha{bits}-rsa-MGF1": bits for bits in (256, 384, 512)}
DIGESTS = {f"{_ENC}sha256": 256, f"{_MORE}sha384": 384, f"{_ENC}sha512": 512}
_SIGNED_PROPERTIES = "http://uri.etsi.org/01903#SignedProperties"
# The maximum number of each part of a signature: name in XMLDSig, English, Dutch, maximum.
_COUNTED = (
    (f"{{{DS}}}Reference", "references", "verwijzingen", 3),
    (f"{{{DS}}}Transform", "transforms", "bewerkingen", 6),
    (f"{{{DS}}}X509Certificate", "certificates", "certificaten", 10),
    (None, "elements", "elementen", 100),
)
# Characters in one text or attribute: enough for a certificate of 15 kB, or SignatureValue of a key of 16,384 bits.
_LONGEST = 20_000
_LONGEST_VALUE = 4_000
_PREFIXES = 10
# Elements of a signature with its Objects: XAdES with certificates, revocation lists and time stamps has a few hundred.
# The time in which the schema reports deviations is quadratic in their number.
_MOST_ELEMENTS = 1_000


class Refused(Exception):  # noqa: N818 - a verdict, not an error
    """A check failed. ``reason`` is a key of ``wording.FAILED``; ``found_nl``: ``found`` in Dutch, if it has words."""

    def __init__(self, reason: str, found: str = "", found_nl: str | None = None) -> None:
        super().__init__(reason)
        self.reason = reason
        self.found = found
        self.found_nl = found if found_nl is None else found_nl


@dataclass(frozen=True)
class Form:
    """A canonicalisation (its URI) and, for the exclusive one, the prefixes that are treated as in the inclusive
    one."""

    algorithm: str
    prefixes: tuple[str, ...] = ()


@dataclass(frozen=True)
class Reference:
    """An element, the form in which it was digested, and the digest (its size in bits, its value)."""

    target: Element
    form: Form
    bits: int
    value: bytes


@dataclass(frozen=True)
class Shape:
    """A signature that passed the checks of its structure. The first reference is the document without the
    signature."""

    signature: Element
    info: Element
    form: Form
    algorithm: str
    value: bytes
    references: tuple[Reference, ...]
    signed_properties: Element | None


def find_signature(root: Element) -> Element:
    """The only signature. Refused if a part of it is larger or more frequent than a signature needs."""
    found = list(root.iter(f"{{{DS}}}Signature"))
    if not found:
        raise Refused("signature_missing")
    if len(found) > 1:
        raise Refused("signatures_several", str(len(found)))
    _check_size(found[0])
    return found[0]


def check_identifiers(root: Element) -> None:
    """Refuse identifiers that occur twice: a reference to them would be ambiguous."""
    values = [value for element in root.iter(etree.Element) if element.keys() for value in _identifiers(element)]
    if len(set(values)) < len(values):
        raise Refused("identifier_duplicate", printable(Counter(values).most_common(1)[0][0], 120))


def check_shape(root: Element, signature: Element) -> Shape:
    """What the signature covers, and how. Everything that an organisation document does not need is refused."""
    info = only(signature, "SignedInfo")
    algorithm = _algorithm(info, "SignatureMethod", PKCS1 | PSS)
    form = _form(only(info, "CanonicalizationMethod"), "canonicalization_refused")
    references = info.findall(f"{{{DS}}}Reference")
    if not references:
        raise Refused("reference_missing")
    _check_covers_document(root, signature, references[0])
    covered = [_reference(references[0], root, enveloped=True)]
    properties = None
    for reference in references[1:]:
        target = _own_part(signature, reference)
        if any(target is one.target for one in covered):
            raise Refused("reference_unexpected", "the same part twice")
        covered.append(_reference(reference, target, enveloped=False))
        if target.tag == f"{{{XADES}}}SignedProperties":
            if properties is not None or reference.get("Type") != _SIGNED_PROPERTIES:
                raise Refused("reference_unexpected", "SignedProperties")
            properties = target
        elif target.tag != f"{{{DS}}}KeyInfo":
            raise Refused("reference_unexpected", local_name(target))
    _check_objects(signature, properties)
    value = decode(only(signature, "SignatureValue"), "SignatureValue")
    return Shape(signature, info, form, algorithm, value, tuple(covered), properties)


def check_text(root: Element, signature: Element) -> None:
    """Refuse a text with a comment or the signature inside: programs differ in how they read it.

    Comments between elements are harmless and not signed. The signature is removed before the document is read.
    """
    parents = {signature.getparent()}
    for node in root.iter(etree.Comment, etree.ProcessingInstruction):
        if (parent := node.getparent()) is not None:
            parents.add(parent)
    # Each parent once: otherwise the time would be quadratic for a file with only comments.
    for parent in parents:
        if any(text and text.strip() for text in (parent.text, *(child.tail for child in parent))):
            raise Refused("comment_in_text", local_name(parent))


def decode(element: Element, what: str) -> bytes:
    """Decode base64 (XML Schema base64Binary) strictly: a lenient decoder would skip other characters."""
    if len(element):
        raise Refused("base64_invalid", what)
    try:
        found = base64.b64decode((element.text or "").encode("ascii").translate(None, b" \t\r\n"), validate=True)
    except (binascii.Error, ValueError):
        found = b""
    if not found:
        raise Refused("base64_invalid", what)
    return found


def local_name(element: Element | str) -> str:
    """The name of an element or attribute without its namespace, safe for a message."""
    return printable(etree.QName(element).localname, 120)


def only(parent: Element, name: str) -> Element:
    """The only child element with this name in the namespace of XMLDSig; otherwise the signature is refused."""
    found = parent.findall(f"{{{DS}}}{name}")
    if len(found) != 1:
        raise Refused("signature_malformed", f"{len(found)} times {name}")
    return found[0]


def _check_size(signature: Element) -> None:
    """Limit the number of elements, and the size of texts outside the Objects. The Objects contain the additions of a
    XAdES signer, of which nothing is computed here."""
    parts = signature.iterchildren(*(f"{{{DS}}}{name}" for name in ("SignedInfo", "SignatureValue", "KeyInfo")))
    elements = [element for part in parts for element in part.iter(etree.Element)]
    times = Counter(element.tag for element in elements)
    for name, english, dutch, most in _COUNTED:
        number = times[name] if name else len(elements)
        if number > most:
            raise Refused("signature_too_large", f"{number} {english}", f"{number} {dutch}")
    for element in elements:
        most = _LONGEST_VALUE if element.tag == f"{{{DS}}}SignatureValue" else _LONGEST
        if len(element.text or "") > most or any(len(value) > most for value in element.values()):
            raise Refused("signature_too_large", local_name(element))
    whole = sum(1 for _element in signature.iter(etree.Element))
    if whole > _MOST_ELEMENTS:
        raise Refused("signature_too_large", f"{whole} elements", f"{whole} elementen")


def _check_covers_document(root: Element, signature: Element, reference: Element) -> None:
    if root is signature:
        raise Refused("signature_around")
    uri = reference.get("URI")
    if uri is None:
        raise Refused("reference_external", "a reference without URI")
    if not uri:
        return
    if not uri.startswith("#"):
        raise Refused("reference_external", printable(uri, 120))
    target = _by_id(root, uri)
    if target is not root:
        raise Refused("reference_elsewhere", local_name(target))
    # An Id names an element: only URI="" covers the nodes before and after it (XMLDSig 4.4.3.3).
    outside = (*root.itersiblings(preceding=True), *root.itersiblings())
    if any(node.tag is etree.ProcessingInstruction for node in outside):
        raise Refused("content_unsigned", "an instruction outside the root element")


def _reference(reference: Element, target: Element, *, enveloped: bool) -> Reference:
    digest = _algorithm(reference, "DigestMethod", DIGESTS)
    value = decode(only(reference, "DigestValue"), "DigestValue")
    transforms = reference.findall(f"{{{DS}}}Transforms/{{{DS}}}Transform")
    names = [one.get("Algorithm", "") for one in transforms]
    for name in names:
        if name != ENVELOPED and name not in CANONICALIZATIONS:
            raise Refused("transform_refused", printable(name, 120))
    head, rest = (transforms[:1], transforms[1:]) if enveloped else ([], transforms)
    if [one.get("Algorithm") for one in head] != [ENVELOPED] * enveloped or ENVELOPED in names[len(head) :]:
        raise Refused("transform_refused", printable(", ".join(names), 120) or "none")
    if len(rest) > 1 or any(len(one) for one in head):
        raise Refused("transform_refused", printable(", ".join(names), 120))
    # The canonicalisation of a reference that names none (XMLDSig 4.4.3.2).
    form = _form(rest[0], "transform_refused") if rest else Form(INCLUSIVE)
    return Reference(target, form, DIGESTS[digest], value)


def _algorithm(parent: Element, name: str, known: dict[str, int]) -> str:
    method = only(parent, name)
    found: str = method.get("Algorithm", "")
    # None of these methods has a parameter. A known attack uses the parameter HMACOutputLength.
    if found not in known or next(method.iterchildren(etree.Element), None) is not None:
        raise Refused("algorithm_refused", printable(found, 120))
    return found


def _form(method: Element, reason: str) -> Form:
    """A canonicalisation; only the exclusive one may have a parameter."""
    algorithm = method.get("Algorithm", "")
    if algorithm not in CANONICALIZATIONS:
        raise Refused(reason, printable(algorithm, 120))
    parameters = list(method.iterchildren(etree.Element))
    if not parameters:
        return Form(algorithm)
    prefixes = tuple(parameters[0].get("PrefixList", "").split())
    known = parameters[0].tag == f"{{{EXCLUSIVE}}}InclusiveNamespaces" and algorithm == EXCLUSIVE
    if len(parameters) > 1 or not known or len(prefixes) > _PREFIXES:
        raise Refused(reason, "InclusiveNamespaces")
    return Form(algorithm, prefixes)


def _own_part(signature: Element, reference: Element) -> Element:
    """The target of a further reference; it must be a part of the signature itself."""
    uri = reference.get("URI") or ""
    if not uri.startswith("#"):
        raise Refused(
            "reference_external" if uri else "reference_unexpected", printable(uri, 120) or "the document again"
        )
    target = _by_id(signature.getroottree().getroot(), uri)
    if target is signature or signature not in target.iterancestors():
        raise Refused("reference_unexpected", local_name(target))
    return target


def _by_id(root: Element, uri: str) -> Element:
    if uri.startswith("#xpointer("):
        raise Refused("reference_external", printable(uri, 120))
    for element in root.iter(etree.Element):
        if uri[1:] in _identifiers(element):
            return element
    raise Refused("reference_external", printable(uri, 120))


def _identifiers(element: Element) -> list[str]:
    """Id, ID, id, xml:id, wsu:Id, …: implementations differ in which of them are identifiers, so all are used."""
    return [value for name, value in element.items() if name.rpartition("}")[2].lower() == "id"]


def _check_objects(signature: Element, properties: Element | None) -> None:
    for part in signature.findall(f"{{{DS}}}Object"):
        if properties is None or part not in properties.iterancestors():
            raise Refused("content_unsigned", "Object")
        qualifying = list(part.iterchildren(etree.Element))
        if len(qualifying) != 1 or properties.getparent() is not qualifying[0]:
            raise Refused("content_unsigned", "Object")
