# SPDX-FileCopyrightText: gbz.zorgid contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""Verifies the digests and the signature of a ``Shape`` from ``structure`` (XMLDSig 1.1, 3.2), with lxml and
cryptography.

signxml makes our signatures; it is not used here, so that an error in it cannot also hide in the verification.
"""

from __future__ import annotations

import copy
import hashlib
import hmac
from collections.abc import Sequence
from typing import Any

from .._common.libraries import needs
from .structure import DIGESTS, EXCLUSIVE, INCLUSIVE_11, PKCS1, PSS, Form, Refused, Shape, decode, only
from .xml import DS, XADES, Element

with needs("lxml>=5.2"):
    from lxml import etree

    from .xml import PARSER
with needs("cryptography>=44"):
    from cryptography import x509
    from cryptography.exceptions import InvalidSignature
    from cryptography.hazmat.primitives.asymmetric import padding, rsa
    from cryptography.hazmat.primitives.hashes import SHA256, SHA384, SHA512
    from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat

    _HASHES = {256: SHA256(), 384: SHA384(), 512: SHA512()}
with needs("signxml>=5.2"):
    from signxml.verifier import XMLVerifier
    from signxml.xades.xades import XAdESVerifier

_XML = "{http://www.w3.org/XML/1998/namespace}"
_DSIG11 = "http://www.w3.org/2009/xmldsig11#"


def compute(shape: Shape, certificate: x509.Certificate, others: Sequence[x509.Certificate]) -> bytes:
    """The canonical bytes of the document that the signature covers. Raises ``Refused`` when it does not verify."""
    public: Any = certificate.public_key()  # RSA: signers.check_key has checked it
    _check_schema(shape)
    try:
        _check_signature(shape, public)
        _check_key_values(shape.signature, public)
        for reference in shape.references[1:]:
            _check_digest(_canonical(reference.target, reference.form), reference.bits, reference.value)
        if shape.signed_properties is not None:
            _check_properties(shape.signed_properties, certificate, others)
        document = shape.references[0]
        covered = _canonical(_without_signature(document.target), document.form)
        _check_digest(covered, document.bits, document.value)
    except etree.C14NError as error:
        raise Refused("signature_malformed", "it has no canonical form") from error
    return covered


def _check_schema(shape: Shape) -> None:
    judge: Any = XMLVerifier() if shape.signed_properties is None else XAdESVerifier()
    try:
        judge.validate_schema(shape.signature)
    except etree.DocumentInvalid as error:
        raise Refused("signature_malformed", "it does not fit the schema of XMLDSig or XAdES") from error


def _check_signature(shape: Shape, public: rsa.RSAPublicKey) -> None:
    if len(shape.value) != (public.key_size + 7) // 8:
        raise Refused("base64_invalid", "SignatureValue is not as long as the key")
    bits = (PKCS1 | PSS)[shape.algorithm]
    # RFC 9231, 2.3.10: the salt is as long as the digest.
    pss = padding.PSS(mgf=padding.MGF1(_HASHES[bits]), salt_length=bits // 8)
    scheme = pss if shape.algorithm in PSS else padding.PKCS1v15()
    try:
        public.verify(shape.value, _canonical(shape.info, shape.form), scheme, _HASHES[bits])
    except InvalidSignature as error:
        raise Refused("signature_wrong") from error


def _check_digest(covered: bytes, bits: int, value: bytes) -> None:
    if not hmac.compare_digest(hashlib.new(f"sha{bits}", covered).digest(), value):
        raise Refused("content_changed")


def _check_key_values(signature: Element, public: rsa.RSAPublicKey) -> None:
    """A KeyValue beside the certificate must be the certificate's key: otherwise the signer is ambiguous."""
    numbers = public.public_numbers()
    for value in signature.iterfind(f"{{{DS}}}KeyInfo/{{{DS}}}KeyValue"):
        parts = only(value, "RSAKeyValue")
        found = [int.from_bytes(decode(only(parts, name), name)) for name in ("Modulus", "Exponent")]
        if found != [numbers.n, numbers.e]:
            raise Refused("signature_malformed", "KeyValue is another key than the certificate's")
    for value in signature.iterfind(f"{{{DS}}}KeyInfo/{{{_DSIG11}}}DEREncodedKeyValue"):
        if decode(value, "DEREncodedKeyValue") != public.public_bytes(Encoding.DER, PublicFormat.SubjectPublicKeyInfo):
            raise Refused("signature_malformed", "DEREncodedKeyValue is another key than the certificate's")


def _check_properties(properties: Element, certificate: x509.Certificate, others: Sequence[x509.Certificate]) -> None:
    """XAdES (ETSI EN 319 132-1, 5.2.2): the first certificate that the properties name must be the signer's."""
    found = [
        one
        for name in ("SigningCertificate", "SigningCertificateV2")
        for one in properties.iterfind(f"{{{XADES}}}SignedSignatureProperties/{{{XADES}}}{name}")
    ]
    if len(found) != 1:
        raise Refused("xades_wrong", f"{len(found)} times SigningCertificate")
    allowed = [certificate]
    for digest in found[0].iterfind(f"{{{XADES}}}Cert/{{{XADES}}}CertDigest"):  # at least one, by the schema
        method = only(digest, "DigestMethod").get("Algorithm", "")
        if method not in DIGESTS:
            raise Refused("algorithm_refused", "the digest of the certificate")
        value = decode(only(digest, "DigestValue"), "DigestValue")
        if all(one.fingerprint(_HASHES[DIGESTS[method]]) != value for one in allowed):
            raise Refused("xades_wrong", "certificate digest")
        allowed = [certificate, *others]


def _without_signature(root: Element) -> Element:
    """The enveloped-signature transform (XMLDSig 6.6.4); the text after the signature stays."""
    made = copy.deepcopy(root)
    # One by one: lxml's copy of a whole tree reverses the order of the nodes after the root element.
    for node in reversed(list(root.itersiblings(preceding=True))):
        made.addprevious(copy.deepcopy(node))
    for node in reversed(list(root.itersiblings())):
        made.addnext(copy.deepcopy(node))
    signature = made.find(f".//{{{DS}}}Signature")
    parent, before, tail = signature.getparent(), signature.getprevious(), signature.tail or ""
    if before is not None:
        before.tail = (before.tail or "") + tail
    else:
        parent.text = (parent.text or "") + tail
    parent.remove(signature)
    return made


def _canonical(node: Element, form: Form) -> bytes:
    """The canonical form without comments, of a document with the nodes outside its root, or of an element in a
    document.

    libxml2 writes a wrong ``xmlns=""`` into the inclusive form of an element that inherits its default namespace
    (signxml issue 193). It is written correctly when the element is the root of its own document.
    """
    alone = node if node.getparent() is None else _alone(node, form)
    # lxml passes on only prefixes that the document declares, so #default is lost. Refuse where that changes the
    # result.
    if "#default" in form.prefixes and any(one.prefix and None in one.nsmap for one in alone.iter(etree.Element)):
        raise Refused("canonicalization_refused", "InclusiveNamespaces #default")
    return etree.tostring(
        alone.getroottree(),
        method="c14n",
        exclusive=form.algorithm == EXCLUSIVE,
        with_comments=False,
        inclusive_ns_prefixes=form.prefixes or None,
    )


def _alone(node: Element, form: Form) -> Element:
    """The element as a document of its own that declares every namespace in scope.

    The inclusive forms also take over the attributes ``xml:…`` of its ancestors (Canonical XML 1.0, 2.4; 1.1, 2.4: all
    except xml:id, and xml:base joined).
    """
    # UTF-8, because a processing instruction cannot escape a character that its encoding lacks.
    made = etree.fromstring(etree.tostring(node, encoding="UTF-8", with_tail=False), PARSER)
    if form.algorithm == EXCLUSIVE:
        return made
    for ancestor in node.iterancestors():
        for name, value in ancestor.attrib.items():
            if not name.startswith(_XML) or name in made.attrib:
                continue
            if form.algorithm == INCLUSIVE_11 and name == f"{_XML}base":
                raise Refused("canonicalization_refused", "xml:base")
            if form.algorithm != INCLUSIVE_11 or name != f"{_XML}id":
                made.set(name, value)
    return made
