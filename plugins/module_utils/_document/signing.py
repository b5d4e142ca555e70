# SPDX-FileCopyrightText: gbz.zorgid contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""XML signatures (W3C XMLDSig 1.1, RSASSA-PSS by RFC 9231, XAdES-B-B by ETSI EN 319 132-1), made with signxml.

The signature is put into the bytes of the document. Outside of it nothing changes, not even white space.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from .._common.errors import ZorgidError
from .._common.libraries import needs
from .byte_edits import append_content, apply, place_of
from .signers import MINIMUM_BITS, MINIMUM_EXPONENT, check_key
from .structure import Refused
from .xml import DS, Element, not_canonical, parse, select

with needs("lxml>=5.2"):
    from lxml import etree
with needs("cryptography>=44"):
    from cryptography import x509
    from cryptography.hazmat.primitives.asymmetric import rsa
with needs("signxml>=5.2"):
    from signxml.algorithms import CanonicalizationMethod, DigestAlgorithm, SignatureMethod
    from signxml.signer import SignatureReference, XMLSigner
    from signxml.xades.xades import XAdESDataObjectFormat, XAdESSigner

    class _WholeDocument:
        """The signature refers to the document as ``URI=""``, even if the root has an Id attribute, for two reasons:
        other implementations then verify it without knowing which attributes are identifiers, and it covers the
        processing instructions outside the root element. It is made separately from the document (which its
        enveloped-signature transform restores) and inserted into the bytes afterwards.
        """

        def _unpack(self, data: Any, _references: Any) -> Any:
            made = etree.Element(f"{{{DS}}}Signature", nsmap=self.namespaces)  # type: ignore[attr-defined]
            return made, made, [data], [SignatureReference(URI="")]

    class _XmlSigner(_WholeDocument, XMLSigner):
        pass

    class _XadesSigner(_WholeDocument, XAdESSigner):
        """signxml digests SignedProperties with the signature's canonicalisation but does not write it into the
        reference; other implementations then use Canonical XML 1.0 (XMLDSig 4.4.3.2) and compute another digest. This
        writes it.
        """

        def _add_reference_to_signed_info(self, sig_root: Any, node_to_reference: Any, **attrs: str) -> None:
            super()._add_reference_to_signed_info(sig_root, node_to_reference, **attrs)  # type: ignore[no-untyped-call]
            reference = sig_root.find(f"{{{DS}}}SignedInfo")[-1]
            transforms = etree.Element(f"{{{DS}}}Transforms", nsmap=self.namespaces)
            etree.SubElement(transforms, f"{{{DS}}}Transform", Algorithm=self.c14n_alg.value)
            reference.insert(0, transforms)


# signxml's names of the signature method and the digest method.
ALGORITHMS = {
    "rsa-sha256": ("RSA_SHA256", "SHA256"),
    "rsa-sha384": ("RSA_SHA384", "SHA384"),
    "rsa-sha512": ("RSA_SHA512", "SHA512"),
    "rsa-pss-sha256": ("SHA256_RSA_MGF1", "SHA256"),
    "rsa-pss-sha384": ("SHA384_RSA_MGF1", "SHA384"),
    "rsa-pss-sha512": ("SHA512_RSA_MGF1", "SHA512"),
}


@dataclass(frozen=True)
class SignatureKind:
    """How a document is signed. ``algorithm``: one of ``ALGORITHMS``. ``xades``: with the properties of XAdES-B-B.
    ``place``: the XPath of the element that gets the signature as its last child; None: the root."""

    algorithm: str = "rsa-sha256"
    xades: bool = False
    place: str | None = None


def methods_of(algorithm: str) -> tuple[Any, Any]:
    """Signature method and digest method of signxml."""
    method, digest = ALGORITHMS[algorithm]
    return SignatureMethod[method], DigestAlgorithm[digest]


def sign(
    xml: bytes,
    key: rsa.RSAPrivateKey,
    certificate: x509.Certificate,
    *,
    chain: Sequence[x509.Certificate] = (),
    algorithm: str = "rsa-sha256",
    xades: bool = False,
    place: str | None = None,
) -> bytes:
    """The signed document. ``algorithm``, ``xades`` and ``place``: as in ``SignatureKind``.

    ``key`` is used for exactly one ``sign`` call, so that a key on another host costs one request. ``chain`` is put
    into X509Data after the certificate. There is no KeyValue, because the certificate contains the key.

    Errors: ``document_already_signed``, ``document_not_canonical``, ``signature_place_invalid``,
    ``signature_algorithm_refused``, ``key_too_small``, ``key_certificate_mismatch``, those of ``xml.parse`` and of the
    key.
    """
    if algorithm not in ALGORITHMS:
        raise ZorgidError(
            "signature_algorithm_refused",
            "This signature algorithm is not supported",
            expected=f"one of {', '.join(ALGORITHMS)}; SHA-1 is refused",
            found=algorithm,
            action="choose one of them as signature_algorithm",
        )
    _check_key(key, certificate)
    root = parse(xml)
    if root.find(f".//{{{DS}}}Signature") is not None or root.tag == f"{{{DS}}}Signature":
        raise ZorgidError(
            "document_already_signed",
            "The document to sign already contains a signature",
            expected="an unsigned document",
            action="remove the signature from the template or form",
            found="a signature",
        )
    parent = _parent(root, place)
    try:
        # The document is digested first, so that the key is not used for one without a canonical form.
        made = _signer(algorithm, xades).sign(
            root.getroottree(), key=key, cert=[certificate, *chain], always_add_key_value=False
        )
    except etree.C14NError as error:
        raise not_canonical() from error
    # Exclusive canonical form declares only the namespaces it uses, so it means the same at any place.
    signature = etree.tostring(made, method="c14n", exclusive=True)
    return apply(xml, [append_content(xml, place_of(xml, parent), signature)])


def _signer(algorithm: str, xades: bool) -> Any:
    method, digest = methods_of(algorithm)
    arguments: dict[str, Any] = {
        "signature_algorithm": method,
        "digest_algorithm": digest,
        "c14n_algorithm": CanonicalizationMethod.EXCLUSIVE_XML_CANONICALIZATION_1_0,
    }
    if not xades:
        return _XmlSigner(**arguments)
    what = XAdESDataObjectFormat(Description="ZORG-ID Smart organisation document", MimeType="text/xml")
    return _XadesSigner(data_object_format=what, **arguments)


def _check_key(key: rsa.RSAPrivateKey, certificate: x509.Certificate) -> None:
    try:
        check_key(certificate)
    except Refused as refused:
        raise ZorgidError(
            "key_too_small",
            "The certificate's key cannot be used for signing",
            expected=f"RSA of at least {MINIMUM_BITS} bits with an exponent of at least {MINIMUM_EXPONENT}",
            found=refused.found or "a key that cannot be read",
            action="request a certificate with a larger key",
        ) from refused
    if key.public_key() != certificate.public_key():
        raise ZorgidError(
            "key_certificate_mismatch",
            "The private key does not belong to the certificate",
            expected="the key of this certificate",
            found="another RSA key",
            action="give the key and the certificate that were made together",
        )


def _parent(root: Element, place: str | None) -> Element:
    if place is None:
        return root
    found = select(root, place, option="signature_place")
    if len(found) != 1 or not isinstance(found[0], etree._Element) or not isinstance(found[0].tag, str):
        raise ZorgidError(
            "signature_place_invalid",
            f"signature_place cannot be used: {place}",
            expected="an XPath that finds exactly one element",
            found=f"{len(found)} found" if len(found) != 1 else "something that is not an element",
            action="correct signature_place",
        )
    return found[0]
