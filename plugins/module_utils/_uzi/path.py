# SPDX-FileCopyrightText: gbz.zorgid contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""Finds the path from a certificate to a trusted CA, RFC 5280 section 6, with pyhanko-certvalidator."""

from __future__ import annotations

import asyncio
import functools
from collections.abc import Callable, Coroutine, Iterable, Iterator, Sequence
from datetime import datetime
from typing import Any, TypeVar

from .._common.libraries import needs
from .._common.text import printable
from .certificate import is_authority

with needs("cryptography>=44"):
    from cryptography import x509
    from cryptography.exceptions import InvalidSignature
    from cryptography.hazmat.primitives.asymmetric import ec
    from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat

    from .._common.damage import DAMAGED
with needs("pyhanko-certvalidator>=0.26"):
    from asn1crypto import x509 as asn1
    from pyhanko_certvalidator import ValidationContext
    from pyhanko_certvalidator.authority import CertTrustAnchor
    from pyhanko_certvalidator.errors import ValidationError
    from pyhanko_certvalidator.path import ValidationPath
    from pyhanko_certvalidator.policy_decl import NO_REVOCATION, CertRevTrustPolicy, DisallowWeakAlgorithmsPolicy
    from pyhanko_certvalidator.validate import async_validate_path


#: A path of PKIoverheid has three CA certificates.
_DEEPEST = 8
#: CA certificates from a document are not trusted: these limits on the work they cause are far above a real hierarchy.
MOST_AUTHORITIES = 300
MOST_SIGNATURES = 100
MOST_LOOKS = 2000
MOST_PATHS = 10


T = TypeVar("T")


class Untrusted(Exception):  # noqa: N818 - an outcome, not a defect
    """No path; the text says why."""


class PathFinder:
    """Paths to these anchors. The proven path of an issuing CA is used again for its other certificates.

    ``signatures``, ``looks`` and ``paths``: how many signatures were verified, candidate issuers compared and paths
    validated so far.
    """

    def __init__(
        self, anchors: Iterable[x509.Certificate], intermediates: Iterable[x509.Certificate], moment: datetime
    ) -> None:
        valid = [one for one in anchors if one.not_valid_before_utc <= moment <= one.not_valid_after_utc]
        self._anchors = [one for one in valid if is_authority(one)]
        self._intermediates = tuple(one for one in intermediates if is_authority(one))
        self._moment = moment
        self._proven: dict[bytes, tuple[x509.Certificate, ...]] = {}
        self.signatures = 0
        self.looks = 0
        self.paths = 0

    def find(
        self, certificate: x509.Certificate, others: Sequence[x509.Certificate] = ()
    ) -> tuple[x509.Certificate, ...]:
        """The CA certificates above ``certificate``, its issuer first, the anchor last; raises ``Untrusted``.

        This does not check the certificate's own validity: the path is validated at a moment when the certificate is
        valid, if its path is valid at such a moment.
        """
        if not self._anchors:
            raise Untrusted("there is no trusted CA certificate for this environment")
        if len(others) > MOST_AUTHORITIES:
            raise Untrusted(f"more than {MOST_AUTHORITIES} CA certificates came with it")
        moment = min(max(self._moment, certificate.not_valid_before_utc), certificate.not_valid_after_utc)
        name = certificate.issuer.public_bytes()
        if name in self._proven:
            chain = self._proven[name]
            try:
                self._validate(certificate, chain[:1], moment)
            except Untrusted:
                # Another CA with this name may have issued it: validate a whole path.
                pass
            else:
                return chain
        known = dict.fromkeys([*self._anchors, *self._intermediates, *(one for one in others if is_authority(one))])
        if not any(one.subject == certificate.issuer for one in known):
            issuer = printable(certificate.issuer.rfc4514_string())
            raise Untrusted(f"the certificate of the issuing CA is missing ({issuer})")
        chain = self._first_valid(certificate, list(known), moment)
        # Use it again only if it was validated at the moment of judging and no CA restricts names (RFC 5280, 4.2.1.10).
        if moment == self._moment and not any(_limits_names(one) for one in chain):
            self._proven[name] = chain
        return chain

    def _first_valid(
        self, certificate: x509.Certificate, known: list[x509.Certificate], moment: datetime
    ) -> tuple[x509.Certificate, ...]:
        search, reason, tried = _Search(self._anchors, known, moment), "", 0
        try:
            for chain in search.paths(certificate, ()):
                tried += 1
                if tried > MOST_PATHS:
                    raise Untrusted(f"none of {MOST_PATHS} chains is valid ({reason}); there are more")
                try:
                    self._validate(certificate, chain, moment)
                except Untrusted as error:
                    reason = reason or str(error)
                else:
                    return chain
        finally:
            self.signatures += search.signatures
            self.looks += search.looks
        raise Untrusted(reason or "no chain leads to a trusted CA")

    def _validate(self, certificate: x509.Certificate, chain: tuple[x509.Certificate, ...], moment: datetime) -> None:
        self.paths += 1
        try:
            at_once(lambda: _validated(certificate, chain, moment))
        except ValidationError as error:
            raise Untrusted(printable(str(error).partition(". ")[0])) from error
        except (*DAMAGED, InvalidSignature) as error:
            raise Untrusted("a certificate of the chain is damaged") from error


class _Search:
    """Every path that fits by names, key identifiers and then signatures; the most likely ones first."""

    def __init__(self, anchors: list[x509.Certificate], known: list[x509.Certificate], moment: datetime) -> None:
        self._anchors = set(anchors)
        self._moment = moment
        self._by_name: dict[x509.Name, list[x509.Certificate]] = {}
        for one in sorted(known, key=self._likely):
            self._by_name.setdefault(one.subject, []).append(one)
        self._verified: dict[tuple[x509.Certificate, bytes], bool] = {}
        self.signatures = 0
        self.looks = 0

    def paths(
        self, certificate: x509.Certificate, below: tuple[x509.Certificate, ...]
    ) -> Iterator[tuple[x509.Certificate, ...]]:
        # A CA (name and key) is used once in a path, whatever certificates it has: this prevents loops.
        met = {(one.subject, _key(one)) for one in below}
        for issuer in self._by_name.get(certificate.issuer, ()):
            if (issuer.subject, _key(issuer)) in met:
                continue
            self.looks += 1
            if self.looks > MOST_LOOKS:
                raise Untrusted(f"finding its chain takes more than {MOST_LOOKS} comparisons with CA certificates")
            if not self._issued(certificate, issuer):
                continue
            if issuer in self._anchors:
                yield (*below, issuer)
            elif len(below) < _DEEPEST:
                yield from self.paths(issuer, (*below, issuer))

    def _likely(self, one: x509.Certificate) -> tuple[bool, bool]:
        return one not in self._anchors, not one.not_valid_before_utc <= self._moment <= one.not_valid_after_utc

    def _issued(self, certificate: x509.Certificate, issuer: x509.Certificate) -> bool:
        wanted, key_id = _wanted_key_id(certificate), _key_id(issuer)
        if wanted and key_id and wanted != key_id:
            return False
        pair = certificate, _key(issuer)
        if pair not in self._verified:
            if self.signatures >= MOST_SIGNATURES:
                raise Untrusted(f"finding its chain takes more than {MOST_SIGNATURES} signature checks")
            self.signatures += 1
            self._verified[pair] = _verifies(certificate, issuer)
        return self._verified[pair]


def _verifies(certificate: x509.Certificate, issuer: x509.Certificate) -> bool:
    """Verified here: the library refuses weak algorithms, for which ``judge.py`` has its own error code."""
    public: Any = issuer.public_key()
    try:
        scheme, digest = certificate.signature_algorithm_parameters, certificate.signature_hash_algorithm
        parameters = (scheme,) if isinstance(scheme, ec.ECDSA) else (scheme, digest)
        public.verify(certificate.signature, certificate.tbs_certificate_bytes, *parameters)
    except (*DAMAGED, InvalidSignature):
        return False
    return True


@functools.lru_cache(maxsize=1024)
def _key(certificate: x509.Certificate) -> bytes:
    return certificate.public_key().public_bytes(Encoding.DER, PublicFormat.SubjectPublicKeyInfo)


@functools.lru_cache(maxsize=1024)
def _key_id(certificate: x509.Certificate) -> bytes | None:
    try:
        return certificate.extensions.get_extension_for_class(x509.SubjectKeyIdentifier).value.digest
    except x509.ExtensionNotFound:
        return None


@functools.lru_cache(maxsize=1024)
def _wanted_key_id(certificate: x509.Certificate) -> bytes | None:
    try:
        return certificate.extensions.get_extension_for_class(x509.AuthorityKeyIdentifier).value.key_identifier
    except x509.ExtensionNotFound:
        return None


def at_once(begin: Callable[[], Coroutine[Any, Any, T]]) -> T:
    """The result of a coroutine, without an event loop if it never waits: the library's coroutines do not wait when
    nothing is fetched, and an event loop costs a quarter of the time of a path. One that waits starts again in a
    loop."""
    begun = begin()
    try:
        begun.send(None)
    except StopIteration as done:
        found: T = done.value
        return found
    begun.close()
    return asyncio.run(begin())


async def _validated(certificate: x509.Certificate, chain: tuple[x509.Certificate, ...], moment: datetime) -> None:
    *between, anchor = chain
    context = ValidationContext(
        trust_roots=[_asn1(anchor)],
        moment=moment,
        allow_fetching=False,
        # revocation.py checks revocation, of a path that is valid.
        revinfo_policy=CertRevTrustPolicy(NO_REVOCATION),
        # judge.py has its own code for weak algorithms.
        algorithm_usage_policy=DisallowWeakAlgorithmsPolicy(frozenset(), frozenset(), 0, 0),  # type: ignore[no-untyped-call]
    )
    above = [_asn1(one) for one in reversed(between)]
    path = ValidationPath(CertTrustAnchor(_asn1(anchor)), above, _asn1(certificate))
    await async_validate_path(context, path)


def _asn1(certificate: x509.Certificate) -> asn1.Certificate:
    return _load(certificate.public_bytes(Encoding.DER))


@functools.lru_cache(maxsize=256)
def _load(der: bytes) -> asn1.Certificate:
    return asn1.Certificate.load(der, strict=True)


def _limits_names(certificate: x509.Certificate) -> bool:
    return any(isinstance(one.value, x509.NameConstraints) for one in certificate.extensions)
