# SPDX-FileCopyrightText: gbz.zorgid contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""A signed organisation document, judged as its receiver would: check after check, each with its reason."""

from __future__ import annotations

import datetime
import functools
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from .._common.errors import ZorgidError
from .._common.libraries import needs
from .._uzi.certificate import parse_certificate
from .._uzi.profile import SERVER_CARD
from . import claims
from .claims import Judging
from .messages import FAILED, PASSED, UNREADABLE_NL
from .structure import Refused, Shape, check_identifiers, check_shape, check_text, find_signature, shown
from .xml import PROFILE, XADES, Element, parse

with needs("lxml>=5.2"):
    from lxml import etree
with needs("cryptography>=44"):
    from cryptography import x509
    from cryptography.hazmat.primitives.hashes import SHA256
    from cryptography.hazmat.primitives.serialization import Encoding
with needs("signxml>=5.2"):
    from signxml.algorithms import CanonicalizationMethod, SignatureMethod
    from signxml.exceptions import InvalidDigest, InvalidInput, InvalidSignature, SignXMLException
    from signxml.verifier import SignatureConfiguration, XMLVerifier
    from signxml.xades.xades import XAdESSignatureConfiguration, XAdESVerifier

    class _Canonical:
        """What signxml does otherwise than needed here.

        libxml2 puts a wrong ``xmlns=""`` into the inclusive canonical form of an element that inherits its default
        namespace, as in Java's signatures (signxml issue 193). As a root of its own the element is written right.
        """

        def _c14n(self, nodes: Any, algorithm: Any, inclusive_ns_prefixes: Any = None) -> bytes:
            inclusive = algorithm != CanonicalizationMethod.EXCLUSIVE_XML_CANONICALIZATION_1_0
            if inclusive and not isinstance(nodes, list) and nodes.getparent() is not None:
                tail, nodes.tail = nodes.tail, None
                nodes, kept = etree.fromstring(etree.tostring(nodes)), nodes
                kept.tail = tail
            return bytes(super()._c14n(nodes, algorithm, inclusive_ns_prefixes))  # type: ignore[misc]

        def get_root(self, data: Any) -> Any:
            """What is computed is the very tree that was checked, not another reading of the same bytes."""
            return data

        def _check_key_value_matches_cert_public_key(self, value: Any, public: Any, _method: Any) -> bool:
            """signxml knows no RSASSA-PSS here (NotImplementedError); the numbers of the key are the same."""
            rsa = SignatureMethod.RSA_SHA256
            return bool(super()._check_key_value_matches_cert_public_key(value, public, rsa))  # type: ignore[misc]

        def _check_der_key_value_matches_cert_public_key(self, value: Any, public: Any, _method: Any) -> bool:
            rsa = SignatureMethod.RSA_SHA256
            return bool(super()._check_der_key_value_matches_cert_public_key(value, public, rsa))  # type: ignore[misc]

        def _check_cert_validity(self, cert: Any, cert_source: Any) -> None:
            """The judge decides about the certificate, at the time that the caller chose."""

    class _XmlVerifier(_Canonical, XMLVerifier):
        pass

    class _XadesVerifier(_Canonical, XAdESVerifier):
        pass


@dataclass(frozen=True)
class Check:
    """One check. ``code`` is stable; ``reason`` too, it is empty when the check passed."""

    code: str
    passed: bool
    message: str
    message_nl: str
    reason: str = ""


@dataclass
class Verification:
    """``signed_content`` is what the signature covers (canonical, parsed again), never the file: read only that."""

    checks: list[Check] = field(default_factory=list)
    signer: dict[str, Any] | None = None
    signed_content: Element | None = None
    signed_bytes: bytes = b""
    form: str | None = None
    algorithm: str | None = None
    xades: bool = False
    certificate: x509.Certificate | None = None
    chain: tuple[x509.Certificate, ...] = ()

    @property
    def valid(self) -> bool:
        return bool(self.checks) and all(check.passed for check in self.checks)

    def failed(self) -> list[Check]:
        return [check for check in self.checks if not check.passed]

    def report(self, language: str = "en") -> str:
        """The checks as lines for people; ``language`` is ``en`` or ``nl``."""
        words = {"en": ("VALID", "NOT VALID", "passed", "FAILED"), "nl": ("GELDIG", "NIET GELDIG", "goed", "FOUT")}
        valid, invalid, good, bad = words[language]
        lines = [valid if self.valid else invalid]
        for check in self.checks:
            text = check.message if language == "en" else check.message_nl
            lines.append(f"[{good if check.passed else bad}] {check.code}: {text}")
        return "\n".join(lines) + "\n"


def verify(
    xml: bytes,
    *,
    judge: Judging | None,
    ura: str | None = None,
    schema: str | Path | None = None,
    environment: str | None = None,
    at: datetime.datetime | None = None,
    detached: tuple[bytes, str] | None = None,
) -> Verification:
    """Check a signed document. What does not verify is a result, never an exception.

    ``judge`` decides about the certificate at its own time (``None``: cryptography alone, for comparing with an older
    version). ``ura`` is the organisation that should have signed. ``schema``: an XSD file; without it our default
    profile is checked against its own XSD and other documents against none. ``environment`` (production, acceptance,
    test, own) is compared with what a document of our profile names. ``at`` (default: now) is compared with its
    ``geldigTot``. ``detached`` is the document and its file name when ``xml`` is only the signature.

    Error: ``schema_unusable`` (the caller's own mistake).
    """
    result = Verification()
    run = _Run(result)
    try:
        root = run.check("readable", lambda: _read(xml, "the file"))
        beside = run.check("readable", lambda: _read(detached[0], "the document")) if detached else None
        signature = run.check("one_signature", lambda: find_signature(root))
        if beside is not None and beside.find(".//{http://www.w3.org/2000/09/xmldsig#}Signature") is not None:
            raise Refused("signatures_several", "2")
        run.check("identifiers", lambda: check_identifiers(root))
        shape = run.check("references", lambda: check_shape(root, signature, beside, detached[1] if detached else None))
        run.passed("algorithms")
        run.passed("key")
        result.form, result.algorithm = shape.form, shape.algorithm
        result.certificate, result.chain = shape.certificate, shape.others
        result.xades = shape.signed_properties is not None
        raw = detached[0] if detached else b""
        content = run.check("signature", lambda: _compute(root, shape, beside, raw, result))
        run.check("content", lambda: check_text(shape.document))
        parsed, result.signer = _who(shape)
    except Refused as refused:
        run.failed(refused)
        return result
    result.signed_content = content
    ours = etree.QName(content).namespace == PROFILE
    if schema or ours:
        run.attempt("schema", lambda: claims.fits(content, schema))
    if judge is not None:
        run.attempt("certificate", lambda: claims.judged(judge, parsed, shape))
    run.attempt("ura", lambda: claims.same_ura(content, parsed.ura, ura))
    if environment and ours:
        run.attempt("environment", lambda: claims.same_environment(content, environment))
    if ours and content.get("geldigTot"):
        run.attempt("validity", lambda: claims.not_over(content, at or datetime.datetime.now(datetime.UTC)))
    return result


@functools.lru_cache(maxsize=64)
def _parsed(certificate: x509.Certificate) -> Any:
    """One certificate signs many documents."""
    return parse_certificate(certificate.public_bytes(Encoding.DER))


class _Run:
    """Collects the checks in their order; a check stands in the list once."""

    def __init__(self, result: Verification) -> None:
        self._result = result

    def check(self, code: str, act: Callable[[], Any]) -> Any:
        found = act()
        self.passed(code)
        return found

    def attempt(self, code: str, act: Callable[[], Any]) -> None:
        try:
            self.check(code, act)
        except Refused as refused:
            self.failed(refused)

    def passed(self, code: str) -> None:
        if all(check.code != code for check in self._result.checks):
            self._result.checks.append(Check(code, True, *PASSED[code]))

    def failed(self, refused: Refused) -> None:
        code, english, dutch = FAILED[refused.reason]
        self._result.checks = [check for check in self._result.checks if check.code != code]
        self._result.checks.append(
            Check(
                code,
                False,
                english.replace("{found}", refused.found),
                dutch.replace("{found}", refused.found_nl),
                refused.reason,
            )
        )


def _read(xml: bytes, what: str) -> Element:
    try:
        return parse(xml, what=what)
    except ZorgidError as error:
        raise Refused("document_unreadable", str(error), UNREADABLE_NL[error.code]) from error


def _compute(root: Element, shape: Shape, beside: Element | None, raw: bytes, result: Verification) -> Element:
    """Digests and signature, by signxml; what comes back is parsed from the very bytes that were digested."""
    xades = shape.signed_properties is not None
    # The number and kind of references is settled in structure.check_shape.
    settings: dict[str, Any] = {
        "require_x509": True,
        "expect_references": True,
        # XMLDSig 4.4.3.2: what a reference without canonicalisation is turned into.
        "default_reference_c14n_method": CanonicalizationMethod.CANONICAL_XML_1_0,
    }
    configuration = XAdESSignatureConfiguration(**settings) if xades else SignatureConfiguration(**settings)
    verifier = _XadesVerifier() if xades else _XmlVerifier()
    # XMLDSig 4.4.3.2: another file is its bytes; only a canonicalisation makes XML of them.
    resolve = None if beside is None else lambda _uri: beside if shape.canonicalized else raw
    try:
        results = verifier.verify(root, x509_cert=shape.certificate, expect_config=configuration, uri_resolver=resolve)
    except InvalidDigest as error:
        own = "ertificate" in str(error)
        raise (Refused("xades_wrong", "certificate digest") if own else Refused("content_changed")) from error
    except InvalidSignature as error:
        raise Refused("signature_wrong") from error
    except InvalidInput as error:
        raise Refused("xades_wrong" if xades else "signature_malformed", shown(str(error))) from error
    except (SignXMLException, etree.LxmlError, NotImplementedError, ValueError) as error:
        raise Refused("signature_malformed", shown(str(error))) from error
    covered = results[0] if isinstance(results, list) else results
    if covered.signed_xml is None:
        raise Refused("reference_elsewhere", "something that is not XML")
    content = covered.signed_xml
    if shape.form == "enveloping":
        content = next(content.iterchildren(etree.Element))
    if content.tag != shape.document.tag:
        raise Refused("reference_elsewhere", shown(etree.QName(content).localname))
    result.signed_bytes = covered.signed_data
    return content


def _who(shape: Shape) -> tuple[Any, dict[str, Any]]:
    try:
        parsed = _parsed(shape.certificate)
        return parsed, _signer(shape, parsed)
    except (ZorgidError, ValueError) as error:
        raise Refused("signer_unreadable") from error


def _signer(shape: Shape, parsed: Any) -> dict[str, Any]:
    """Who signed, as the result of ``organisation_document_info`` documents it."""
    certificate = shape.certificate
    time = None
    if shape.signed_properties is not None:
        time = shape.signed_properties.findtext(f".//{{{XADES}}}SigningTime")
    return {
        "ura": parsed.ura,
        **_described(certificate),
        # That of a person's card holds the person's name.
        "subject": certificate.subject.rfc4514_string() if parsed.card_type == SERVER_CARD else None,
        "algorithm": shape.algorithm.rpartition("#")[2],
        "form": shape.form,
        "xades": shape.signed_properties is not None,
        "claimed_signing_time": time,
    }


@functools.lru_cache(maxsize=64)
def _described(certificate: x509.Certificate) -> dict[str, str]:
    return {
        "thumbprint": certificate.fingerprint(SHA256()).hex(),
        "serial_number": f"{certificate.serial_number:X}",
        "issuer": certificate.issuer.rfc4514_string(),
        "not_before": certificate.not_valid_before_utc.isoformat(),
        "not_after": certificate.not_valid_after_utc.isoformat(),
    }
