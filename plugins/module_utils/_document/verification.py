# SPDX-FileCopyrightText: gbz.zorgid contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""Checks a signed organisation document as its receiver would; each check has a reason."""

from __future__ import annotations

import datetime
import functools
from collections.abc import Callable, Sequence
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any

from .._common.errors import ZorgidError
from .._common.libraries import needs
from .._common.text import printable
from .._uzi.certificate import parse_certificate
from .._uzi.profile import SERVER_CARD
from . import content_checks
from .computing import compute
from .content_checks import Judging
from .signers import signer
from .structure import Refused, Shape, check_identifiers, check_shape, check_text, find_signature
from .wording import FAILED, PASSED, UNREADABLE_NL
from .xml import PROFILE, XADES, Element, parse

with needs("lxml>=5.2"):
    from lxml import etree

    from .xml import PARSER
with needs("cryptography>=44"):
    from cryptography import x509
    from cryptography.hazmat.primitives.hashes import SHA256
    from cryptography.hazmat.primitives.serialization import Encoding


@dataclass(frozen=True)
class Check:
    """One check. ``code`` and ``reason`` are stable; ``reason`` is empty when the check passed."""

    code: str
    passed: bool
    message: str
    message_nl: str
    reason: str = ""


@dataclass
class Verification:
    """``signed_content`` is the content that the signature covers (canonical, parsed again). Never read the file
    itself."""

    checks: list[Check] = field(default_factory=list)
    signer: dict[str, Any] | None = None
    signed_content: Element | None = None
    signed_bytes: bytes = b""
    algorithm: str | None = None
    xades: bool = False
    certificate: x509.Certificate | None = None
    chain: tuple[x509.Certificate, ...] = ()

    @property
    def valid(self) -> bool:
        """Whether every check passed."""
        return bool(self.checks) and all(check.passed for check in self.checks)

    def failed(self) -> list[Check]:
        """The checks that did not pass."""
        return [check for check in self.checks if not check.passed]

    def as_result(self) -> dict[str, Any]:
        """``checks`` and ``report``, as modules return them and errors about this document contain them."""
        return {
            "checks": [asdict(check) for check in self.checks],
            "report": {language: self.report(language) for language in ("en", "nl")},
        }

    def report(self, language: str = "en") -> str:
        """The checks as lines of text; ``language`` is ``en`` or ``nl``."""
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
    certificates: Sequence[x509.Certificate] = (),
) -> Verification:
    """Check a signed document. A failed check is in the result and raises nothing.

    ``judge`` checks the certificate at its own moment (``None``: only the cryptography is checked, to compare with an
    older version). ``ura`` is the organisation that should have signed. ``schema``: an XSD file; without it, our
    default profile is validated with its own XSD and other documents are not validated. ``environment`` (production,
    acceptance, test, own) is compared with that in a document of our profile. ``at`` (default: now) is compared with
    its ``geldigTot``. ``certificates``: the signer's, with or without CA certificates, for a document that does not
    contain it.

    Error: ``schema_unusable`` (a mistake of the caller).
    """
    result = Verification()
    run = _Run(result)
    try:
        root = run.check("readable", lambda: _read(xml))
        signature = run.check("one_signature", lambda: find_signature(root))
        run.check("identifiers", lambda: check_identifiers(root))
        shape = run.check("references", lambda: check_shape(root, signature))
        run.passed("algorithms")
        certificate, others = run.check("key", lambda: signer(signature, certificates))
        result.algorithm, result.xades = shape.algorithm, shape.signed_properties is not None
        result.certificate, result.chain = certificate, others
        covered = run.check("signature", lambda: compute(shape, certificate, others))
        run.check("content", lambda: check_text(root, signature))
        parsed, result.signer = _who(shape, certificate)
    except Refused as refused:
        run.failed(refused)
        return result
    # Parse exactly the bytes that were digested.
    content = etree.fromstring(covered, PARSER)
    result.signed_content, result.signed_bytes = content, covered
    ours = etree.QName(content).namespace == PROFILE
    if schema or ours:
        run.attempt("schema", lambda: content_checks.fits(content, schema))
    if judge is not None:
        run.attempt("certificate", lambda: content_checks.judged(judge, parsed, others))
    run.attempt("ura", lambda: content_checks.check_ura(content, parsed.ura, ura))
    if environment and ours:
        run.attempt("environment", lambda: content_checks.same_environment(content, environment))
    if ours and content.get("geldigTot"):
        run.attempt("validity", lambda: content_checks.not_over(content, at or datetime.datetime.now(datetime.UTC)))
    return result


@functools.lru_cache(maxsize=64)
def _parsed(certificate: x509.Certificate) -> Any:
    """Parse and cache, because one certificate signs many documents."""
    return parse_certificate(certificate.public_bytes(Encoding.DER))


class _Run:
    """Collects the checks in their order, each code once."""

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


def _read(xml: bytes) -> Element:
    try:
        return parse(xml, what="the file")
    except ZorgidError as error:
        # The error's "expected" and "action" are left out: the result of the whole verification has them.
        found = f"{error.message[0].lower()}{error.message[1:]}: {error.found}"
        raise Refused("document_unreadable", found, UNREADABLE_NL[error.code]) from error


def _who(shape: Shape, certificate: x509.Certificate) -> tuple[Any, dict[str, Any]]:
    """The parsed certificate, and the signer in the form that ``organisation_document_info`` documents."""
    try:
        parsed = _parsed(certificate)
        described = _described(certificate)
        # The subject of a personal card contains the person's name.
        subject = printable(certificate.subject.rfc4514_string()) if parsed.card_type == SERVER_CARD else None
    except (ZorgidError, ValueError) as error:
        raise Refused("signer_unreadable") from error
    time = None
    if shape.signed_properties is not None:
        time = shape.signed_properties.findtext(f".//{{{XADES}}}SigningTime")
    return parsed, {
        "ura": parsed.ura,
        **described,
        "subject": subject,
        "algorithm": shape.algorithm.rpartition("#")[2],
        "xades": shape.signed_properties is not None,
        "claimed_signing_time": printable(time, 60) if time is not None else None,
    }


@functools.lru_cache(maxsize=64)
def _described(certificate: x509.Certificate) -> dict[str, str]:
    return {
        "thumbprint": certificate.fingerprint(SHA256()).hex(),
        "serial_number": f"{certificate.serial_number:X}",
        "issuer": printable(certificate.issuer.rfc4514_string()),
        "not_before": certificate.not_valid_before_utc.isoformat(),
        "not_after": certificate.not_valid_after_utc.isoformat(),
    }
