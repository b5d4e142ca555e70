# SPDX-FileCopyrightText: gbz.zorgid contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""Whether a certificate may be used: whose it is, in which environment, until when, and whether it was revoked."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from itertools import pairwise
from pathlib import Path

from .._common.errors import ZorgidError
from .._common.libraries import needs
from .._common.text import printable
from .certificate import UziCertificate, weakness
from .files import load_authorities
from .path import PathFinder, Untrusted
from .problems import Problem, Severity, problem
from .profile import ENVIRONMENTS, PINS, REVOKED_AUTHORITIES, environment_of
from .revocation import Revocation, RevocationStatus

with needs("cryptography>=44"):
    from cryptography import x509
    from cryptography.hazmat.primitives.hashes import SHA256

    from .._common.damage import DAMAGED

_ENDING = ("g1", "test_g1")


@dataclass(frozen=True)
class Judgement:
    """``usable``: no problem of severity ``error``. ``chain``: the CA certificates, issuer first, anchor last."""

    usable: bool
    problems: tuple[Problem, ...]
    chain: tuple[x509.Certificate, ...]

    def errors(self) -> list[Problem]:
        return [one for one in self.problems if one.severity == "error"]


@dataclass(frozen=True)
class JudgeSettings:
    """The arguments of ``Judge``, with the same defaults, before any file is read."""

    environment: str | None = None
    trust_anchors: str | Path | None = None
    intermediates: str | Path | None = None
    crls: Sequence[str | Path] | None = None
    revocation: str | None = None
    at: datetime | None = None
    expiry_warning_days: int = 60
    cache_dir: Path | None = None

    def judge(self) -> Judge:
        """Errors: those of ``Judge``."""
        return Judge(**vars(self))


class Judge:
    """Judges certificates in one environment. It caches what it learns about CAs and CRLs for all certificates.

    ``environment``: production (default), acceptance, test or own (default when ``trust_anchors`` is given). In
    production and acceptance a CA certificate is trusted when its digest is pinned (``profile.PINS``), wherever its
    bytes come from. In test and own the CA certificates of the PEM file ``trust_anchors`` are trusted.
    ``intermediates`` is a PEM file, ``crls`` are files. ``revocation``: require, prefer or off; default require in
    production, prefer elsewhere. ``at``: the moment of judging (default now). ``expiry_warning_days``: from how many
    days before its end there is a warning. ``cache_dir``: where CRLs and OCSP answers are stored between runs; None:
    nowhere.
    Errors: ``environment_unknown``, ``trust_anchors_missing``, ``certificate_unreadable``, ``file_unreadable``,
    ``crl_unreadable``.
    """

    def __init__(
        self,
        environment: str | None = None,
        trust_anchors: str | Path | None = None,
        intermediates: str | Path | None = None,
        crls: Iterable[str | Path] | None = None,
        revocation: str | None = None,
        at: datetime | None = None,
        expiry_warning_days: int = 60,
        cache_dir: Path | None = None,
    ) -> None:
        self.environment = environment or ("own" if trust_anchors else "production")
        if self.environment not in ENVIRONMENTS:
            raise ZorgidError(
                "environment_unknown",
                "This environment does not exist",
                expected=", ".join(ENVIRONMENTS),
                found=printable(self.environment, 40),
                action="correct environment",
            )
        self.at = at or datetime.now(UTC)
        self.revocation = revocation or ("require" if self.environment == "production" else "prefer")
        self._warning = timedelta(days=expiry_warning_days)
        self._pins = PINS[self.environment]
        given, unused = load_authorities(trust_anchors) if trust_anchors else ([], [])
        others, more = self._bundle(intermediates) if intermediates else ([], [])
        self._unused = [*unused, *more]
        if not self._pins and not given:
            raise ZorgidError(
                "trust_anchors_missing",
                f"The environment {self.environment} has no trust anchors",
                action="give the CA certificates as trust_anchors",
                expected="the CA certificates that are trusted",
                found="nothing",
            )
        self._anchors = self._pinned([*given, *others]) if self._pins else given
        self._others = [*given, *others]
        self._finder = PathFinder(self._anchors, self._others, self.at)
        self._finders: dict[tuple[bytes, ...], PathFinder] = {}
        self._revoked = Revocation(crls or (), at=at, cache_dir=cache_dir)
        self._authorities: dict[bytes, RevocationStatus] = {}

    def _bundle(self, path: str | Path) -> tuple[list[x509.Certificate], list[Problem]]:
        """The CA certificates of a file. If it is missing where the digests are pinned, the error names the
        playbook."""
        if self._pins and not Path(path).exists():
            raise ZorgidError(
                "file_unreadable",
                f"The file {Path(path).absolute()} with the CA certificates does not exist",
                expected=f"the CA certificates of {self.environment}",
                found="no file",
                action="run gbz.zorgid.trust_anchors, which makes it; or correct intermediates",
            )
        return load_authorities(path)

    def judge(self, certificate: UziCertificate, extra_intermediates: Sequence[x509.Certificate] = ()) -> Judgement:
        """The judgement on one certificate; ``extra_intermediates`` came with it and are not trusted."""
        problems = [*certificate.problems, *self._dates(certificate), *self._unused]
        named = environment_of(certificate.hierarchy)
        foreign = self.environment in ("production", "acceptance") and named not in (None, self.environment)
        chain: tuple[x509.Certificate, ...] = ()
        if foreign:
            problems.append(problem("certificate_wrong_environment", found=f"{named}, not {self.environment}"))
        else:
            try:
                chain = self._path(certificate, extra_intermediates)
            except Untrusted as untrusted:
                wrong = self.environment == "own" and named == "acceptance"
                code = "certificate_wrong_environment" if wrong else "certificate_untrusted"
                problems += self._weak_issuer(certificate, extra_intermediates)
                problems.append(problem(code, found=str(untrusted)))
        if certificate.issuer_common_name in REVOKED_AUTHORITIES:
            found = f"with its authority {certificate.issuer_common_name}, on 29 October 2025"
            problems = [problem("certificate_revoked", found=found), *problems]
        elif chain:
            weak = [weakness(one) for one in chain[:-1]] + [weakness(chain[-1], signed=False)]
            problems += [problem("certificate_weak", found=one) for one in weak if one][:1]
            problems += self._revocation(certificate, chain)
        problems.sort(key=lambda one: one.severity != "error")
        usable = all(one.severity != "error" for one in problems)
        return Judgement(usable, tuple(problems), chain)

    def _pinned(self, certificates: Iterable[x509.Certificate]) -> list[x509.Certificate]:
        return [one for one in certificates if one.fingerprint(SHA256()).hex() in self._pins]

    def _path(self, certificate: UziCertificate, extra: Sequence[x509.Certificate]) -> tuple[x509.Certificate, ...]:
        pinned = self._pinned(extra) if self._pins else []
        if not pinned:
            return self._finder.find(certificate.x509, extra)
        key = tuple(one.fingerprint(SHA256()) for one in pinned)
        if key not in self._finders:
            self._finders[key] = PathFinder([*self._anchors, *pinned], self._others, self.at)
        return self._finders[key].find(certificate.x509, extra)

    def _weak_issuer(self, certificate: UziCertificate, extra: Sequence[x509.Certificate]) -> list[Problem]:
        """A library accepts no path with a CA that is too weak, so the issuer's name identifies it here."""
        issuer = certificate.x509.issuer
        above = (one for one in (*self._others, *extra) if _is_below_another(one, issuer))
        return [problem("certificate_weak", found=weak) for weak in map(weakness, above) if weak][:1]

    def _dates(self, certificate: UziCertificate) -> list[Problem]:
        if self.at > certificate.not_after:
            return [problem("certificate_expired", found=f"on {certificate.not_after:%Y-%m-%d}")]
        if self.at < certificate.not_before:
            return [problem("certificate_not_yet_valid", found=f"it begins on {certificate.not_before:%Y-%m-%d}")]
        found = []
        if certificate.not_after - self.at <= self._warning:
            found.append(problem("certificate_expires_soon", found=f"on {certificate.not_after:%Y-%m-%d}"))
        if certificate.hierarchy in _ENDING:
            found.append(problem("certificate_g1_ends"))
        return found

    def _revocation(self, certificate: UziCertificate, chain: Sequence[x509.Certificate]) -> list[Problem]:
        if self.revocation == "off":
            return []
        found = []
        for status in [self._revoked.check(certificate.x509, chain[0]), *self._above(chain)]:
            if status.state == "revoked":
                return [problem("certificate_revoked", found=status.reason)]
            if status.state == "unknown":
                severity: Severity = "error" if self.revocation == "require" else "warning"
                found.append(problem("revocation_unknown", found=status.reason, severity=severity))
        return found[:1]

    def _above(self, chain: Sequence[x509.Certificate]) -> Iterable[RevocationStatus]:
        for authority, issuer in pairwise(chain):
            key = authority.fingerprint(SHA256())
            if key not in self._authorities:
                status = self._revoked.check(authority, issuer)
                name = printable(authority.subject.rfc4514_string())
                self._authorities[key] = RevocationStatus(status.state, f"{status.reason} (authority {name})")
            yield self._authorities[key]


def _is_below_another(authority: x509.Certificate, name: x509.Name) -> bool:
    """Whether it has this name and is not self-signed. A CA certificate from a document can have an unreadable name."""
    try:
        return authority.subject == name != authority.issuer
    except DAMAGED:
        return False
