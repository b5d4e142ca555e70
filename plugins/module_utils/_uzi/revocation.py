# SPDX-FileCopyrightText: gbz.zorgid contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""Whether a certificate has been revoked: CRL (RFC 5280 section 5) from files or over HTTP, then OCSP (RFC 6960)."""

from __future__ import annotations

import contextlib
import hashlib
import time
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Literal

from .._common.files import write_atomic
from .._common.libraries import needs
from .._common.trouble import in_words
from .._net.bounded import AnswerBound, TooLargeError, TooLateError, read_body
from .crl import (
    SIZE_LIMIT,
    age_in,
    crl_urls,
    is_delta,
    is_lifted,
    load_crls,
    read_crl,
    scope_refusal,
    signature_refusal,
)
from .path import at_once

with needs("cryptography>=44"):
    from cryptography import x509
    from cryptography.hazmat.primitives.hashes import SHA1, SHA256
    from cryptography.hazmat.primitives.serialization import Encoding
    from cryptography.x509 import ocsp
    from cryptography.x509.oid import AuthorityInformationAccessOID

    from .._common.damage import DAMAGED
with needs("pyhanko-certvalidator>=0.26"):
    from asn1crypto import x509 as asn1
    from pyhanko_certvalidator import ValidationContext
    from pyhanko_certvalidator.authority import CertTrustAnchor
    from pyhanko_certvalidator.errors import OCSPValidationError, RevokedError, ValidationError
    from pyhanko_certvalidator.path import ValidationPath
    from pyhanko_certvalidator.revinfo.validate_ocsp import verify_ocsp_response
with needs("requests>=2.32"):
    import requests
    from urllib3 import exceptions as wire_failures

_SKEW = timedelta(minutes=5)
_FRESH_SECONDS = 3600
_TIMEOUTS = (5, 20)
_WHOLE_SECONDS = 60


@dataclass(frozen=True)
class RevocationStatus:
    """``reason`` is text for messages."""

    state: Literal["good", "revoked", "unknown"]
    reason: str = ""


class Revocation:
    """Revocation states. Call it only for certificates with a validated path, because it calls addresses in them.

    ``crl_files`` are read first. ``cache_dir`` stores answers between runs; an answer is used for an hour, then it is
    fetched again. Answers are signed, so a damaged one in the cache is fetched again. ``at``: the moment of judging
    (default now); a certificate that was revoked later is good.
    """

    def __init__(
        self,
        crl_files: Iterable[str | Path] = (),
        *,
        at: datetime | None = None,
        cache_dir: Path | None = None,
    ) -> None:
        self._at = at
        self._cache_dir = cache_dir
        self._paths = dict.fromkeys(map(str, crl_files))
        self._files: list[tuple[str, x509.CertificateRevocationList]] = []
        self._fetched: dict[str, x509.CertificateRevocationList | str] = {}
        self._trusted: dict[tuple[int, bytes], str] = {}
        for path in self._paths:
            self._files += [(str(path), crl) for crl in load_crls(path)]

    def check(self, certificate: x509.Certificate, issuer: x509.Certificate) -> RevocationStatus:
        """The state of ``certificate``, issued by ``issuer``."""
        genuine: list[x509.CertificateRevocationList] = []
        reasons: list[str] = []
        # Files first: a controller without internet does not wait. CRLs are fetched only if no file is fresh.
        for source, crl in self._crls(certificate, issuer, reasons):
            if crl is not None:
                if refusal := self._refusal(crl, issuer, certificate):
                    reasons.append(f"{source}: {refusal}")
                    continue
                genuine.append(crl)
                if source in self._paths:
                    continue
            status = self._of_newest(genuine, certificate)
            if status.state != "unknown":
                return status
        if genuine:
            reasons.append(self._of_newest(genuine, certificate).reason)
        for url in _ocsp_urls(certificate):
            status = self._ocsp(url, certificate, issuer)
            if status.state != "unknown":
                return status
            reasons.append(f"{url}: {status.reason}")
        return RevocationStatus("unknown", "; ".join(reasons) or "it contains no address of a CRL or an OCSP responder")

    def _moment(self) -> datetime:
        return self._at or datetime.now(UTC)

    def _of_newest(self, crls: list[x509.CertificateRevocationList], certificate: x509.Certificate) -> RevocationStatus:
        """The state by the newest CRL, in whatever order they are given: an older one does not contain later
        revocations."""
        for crl in sorted(crls, key=age_in(crls), reverse=True):
            entry = crl.get_revoked_certificate_by_serial_number(certificate.serial_number)
            listed = entry is not None and entry.revocation_date_utc <= self._moment() and not is_lifted(entry)
            if entry is not None and listed:  # also in an expired CRL: a revocation is permanent
                return RevocationStatus("revoked", f"on {entry.revocation_date_utc:%Y-%m-%d}")
            if is_delta(crl):
                # A delta CRL lists only the changes since the last complete one.
                continue
            if self._over(crl):
                until = crl.next_update_utc
                return RevocationStatus(
                    "unknown",
                    f"the CRL was valid until {until:%Y-%m-%d %H:%M}"
                    if until
                    else "the CRL has no date of the next one",
                )
            return RevocationStatus("good")
        return RevocationStatus("unknown", "there is no complete CRL" if crls else "")

    def _crls(
        self, certificate: x509.Certificate, issuer: x509.Certificate, reasons: list[str]
    ) -> Iterator[tuple[str, x509.CertificateRevocationList | None]]:
        for path, crl in self._files:
            if crl.issuer == issuer.subject:
                yield path, crl
        # All files were yielded: now the caller evaluates them.
        yield "", None
        for url in crl_urls(certificate):
            if url not in self._fetched:
                self._fetched[url] = self._fetch_crl(url, issuer)
            found = self._fetched[url]
            if isinstance(found, str):
                reasons.append(f"{url}: {found}")
            else:
                yield url, found

    def _fetch_crl(self, url: str, issuer: x509.Certificate) -> x509.CertificateRevocationList | str:
        """The CRL at this address, or why it could not be fetched."""
        cached, old = self._cache(f"{url}.crl"), None
        with contextlib.suppress(ValueError, OSError):
            old = read_crl(cached.read_bytes()) if cached else None
            # Compare with None: the length of a CRL is its number of entries, so an empty one is false.
            if cached and old is not None and _is_fresh(cached) and not self._over(old):
                return old
        answer = _http(url, None)
        if isinstance(answer, str):
            return old if old is not None and not self._over(old) else answer
        try:
            crl = read_crl(answer)
        except ValueError:
            return "its answer is not a CRL"
        if old is not None and not signature_refusal(old, issuer) and max((crl, old), key=age_in([old, crl])) is old:
            # A proxy or an attacker sent an older CRL again.
            return old
        if cached:
            write_atomic(cached, answer)
        return crl

    def _cache(self, name: str) -> Path | None:
        """The path of this answer in the cache; None without a cache."""
        digest = hashlib.sha256(name.encode()).hexdigest()
        return self._cache_dir / f"{digest}{Path(name).suffix}" if self._cache_dir else None

    def _over(self, crl: x509.CertificateRevocationList) -> bool:
        return crl.next_update_utc is None or crl.next_update_utc < self._moment()

    def _refusal(
        self, crl: x509.CertificateRevocationList, issuer: x509.Certificate, certificate: x509.Certificate
    ) -> str:
        """Why this CRL does not apply to the certificate; empty if it does."""
        if crl.issuer != issuer.subject:
            return "the CRL is of another CA"
        if crl.last_update_utc > datetime.now(UTC) + _SKEW:
            return "the date of the CRL is in the future"
        key = (id(crl), issuer.public_bytes(Encoding.DER))
        if key not in self._trusted:
            self._trusted[key] = signature_refusal(crl, issuer)
        return self._trusted[key] or scope_refusal(crl, certificate)

    def _ocsp(self, url: str, certificate: x509.Certificate, issuer: x509.Certificate) -> RevocationStatus:
        cached = self._cache(f"{url} {certificate.fingerprint(SHA256()).hex()}.ocsp")
        if cached and cached.exists() and _is_fresh(cached):
            status = judge_ocsp(cached.read_bytes(), certificate, issuer, self._at)
            if status.state != "unknown":
                return status
        request = ocsp.OCSPRequestBuilder().add_certificate(certificate, issuer, SHA1()).build()  # noqa: S303 - RFC 5019
        answer = _http(url, request.public_bytes(Encoding.DER))
        if isinstance(answer, str):
            return RevocationStatus("unknown", answer)
        status = judge_ocsp(answer, certificate, issuer, self._at)
        if cached and status.state != "unknown":
            write_atomic(cached, answer)
        return status


def _is_fresh(path: Path) -> bool:
    return time.time() - path.stat().st_mtime < _FRESH_SECONDS


def judge_ocsp(
    answer: bytes, certificate: x509.Certificate, issuer: x509.Certificate, at: datetime | None = None
) -> RevocationStatus:
    """The state of this certificate in an OCSP answer; unknown if the answer is for another certificate."""
    try:
        return at_once(lambda: _judge_ocsp(answer, certificate, issuer, at))
    except DAMAGED:
        return RevocationStatus("unknown", "its answer is not an OCSP answer")


async def _judge_ocsp(
    answer: bytes, certificate: x509.Certificate, issuer: x509.Certificate, at: datetime | None
) -> RevocationStatus:
    if ocsp.load_der_ocsp_response(answer).response_status != ocsp.OCSPResponseStatus.SUCCESSFUL:
        return RevocationStatus("unknown", "the responder gave no answer")
    subject, authority = (
        asn1.Certificate.load(one.public_bytes(Encoding.DER), strict=True) for one in (certificate, issuer)
    )
    context = ValidationContext(trust_roots=[authority], ocsps=[answer], moment=at, revocation_mode="require")
    path = ValidationPath(CertTrustAnchor(authority), [], subject)
    try:
        await verify_ocsp_response(subject, path, context)
    except RevokedError as error:
        return RevocationStatus("revoked", f"on {error.revocation_dt:%Y-%m-%d}")
    except OCSPValidationError:
        return RevocationStatus("unknown", "the OCSP answer is not for this certificate, or not from its CA")
    except ValidationError as error:
        return RevocationStatus("unknown", str(error).partition(". ")[0])
    return RevocationStatus("good")


def _http(url: str, body: bytes | None) -> bytes | str:
    """The content at this address, or why it could not be fetched."""
    try:
        headers = {"Content-Type": "application/ocsp-request"} if body is not None else {}
        method = "GET" if body is None else "POST"
        bound = AnswerBound(SIZE_LIMIT, _WHOLE_SECONDS)
        with requests.request(method, url, data=body, headers=headers, timeout=_TIMEOUTS, stream=True) as response:
            if response.status_code != requests.codes.ok:
                return f"HTTP {response.status_code}"
            data = bytearray()
            read_body(response, bound, data)
            return bytes(data)
    except TooLargeError:
        return "more than 32 MB"
    except TooLateError:
        return f"not sent within {_WHOLE_SECONDS} seconds"
    except (requests.RequestException, wire_failures.HTTPError, OSError) as error:
        return f"cannot be reached ({in_words(error)})"


def _ocsp_urls(certificate: x509.Certificate) -> list[str]:
    try:
        access = certificate.extensions.get_extension_for_class(x509.AuthorityInformationAccess).value
    except x509.ExtensionNotFound:
        return []
    found = [one.access_location.value for one in access if one.access_method == AuthorityInformationAccessOID.OCSP]
    return [str(url) for url in found if str(url).startswith(("http://", "https://"))]
