# SPDX-FileCopyrightText: gbz.zorgid contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""Renew one organisation's certificate: observe, decide, and take the one step that is due."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from typing import Protocol

from .._common.errors import ZorgidError
from .._common.files import make_folder, write_atomic
from .._common.libraries import needs
from .._common.ura import same_ura
from .._uzi.certificate import public_key_of
from .._uzi.files import StoreEntry, load_files
from .._uzi.judge import Judge
from .._uzi.renewal import Current, Decision, Found, Issued, Request, Rules, Step, decide
from .._uzi.requests import as_pem, key_digest, requested_key
from .._uzi.selection import Judged, fitting, judge_entry, nothing_fits, select

with needs("cryptography>=44"):
    from cryptography import x509


class RenewalPlace(Protocol):
    """The place of a certificate and its key, with the operations for a renewal. Errors: the place's own."""

    def entries(self) -> Sequence[StoreEntry]:
        """The certificates that are there now."""

    def lost(self, key: str) -> str:
        """The expected place of the missing private key of this public key (digest); empty if it is there or
        unknown."""

    def ready(self) -> None:
        """Check that a key can be made, as far as possible. Changes nothing."""

    def make(self, certificate: x509.Certificate) -> bytes:
        """Make a new key, unless one waits already, and the request for it (DER), with the names of this
        certificate."""

    def check(self, issued: x509.Certificate) -> None:
        """Check that the new key belongs to the issued certificate, as far as possible. Changes nothing."""

    def install(self, issued: x509.Certificate, chain: Sequence[x509.Certificate], /) -> list[str]:
        """Put the certificate in its place; returns what was stored of the old one."""

    def finish(self, installed: StoreEntry, /) -> list[str]:
        """Complete an interrupted ``install``."""


@dataclass(frozen=True)
class RenewCertificate:
    """``folder``: of requests and CIBG's answers. ``thumbprint``: of the certificate in the inventory. ``in_file``: the
    certificate is in a file, which contains only one."""

    ura: str
    name: str
    folder: Path
    thumbprint: str | None = None
    in_file: bool = False
    rules: Rules = field(default_factory=Rules)

    @property
    def request(self) -> Path:
        return self.folder / f"{self.ura}.csr.pem"

    @property
    def issued(self) -> Path:
        return self.folder / f"{self.ura}.cer"


@dataclass(frozen=True)
class Situation:
    """``mine``: the certificate in use; ``answer``: the certificate that CIBG issued, checked; ``newer``: as in
    ``Found``. ``since``: the moment of the present request."""

    decision: Decision
    mine: StoreEntry | None
    current: Current | None
    newer: StoreEntry | None = None
    answer: Judged | None = None
    since: datetime | None = None


@dataclass(frozen=True)
class Renewed:
    """``until``: last moment of the certificate that is now in use. ``kept``: what was stored of the old one.
    ``point_to``: the thumbprint that a person has to write into the inventory."""

    changed: bool
    until: datetime | None = None
    kept: tuple[str, ...] = ()
    point_to: str = ""


def look(command: RenewCertificate, place: RenewalPlace, judge: Judge) -> Situation:
    """Reads only. Errors: those of the place, of ``decide``, and of ``load_files`` for the issued certificate."""
    servers = [one for one in place.entries() if one.certificate.card_type == "S"]
    mine = [one for one in servers if same_ura(one.certificate.ura, command.ura)]
    if servers and not mine and command.in_file:
        raise nothing_fits(servers, ura=command.ura)
    judged = [(one, judge_entry(judge, one)) for one in mine]
    named = [pair for pair in judged if fitting([pair[0]], thumbprint=command.thumbprint)]
    best = max(named, key=_best, default=None)
    newest = max((pair for pair in judged if pair[1].usable), key=_best, default=None)
    newer = None
    if best and newest and newest[0].certificate.not_after > best[0].certificate.not_after:
        newer = newest[0]
    current = _current(best, judge.at) if best else None
    request = _request(command, place, {_key(one) for one in mine})
    issued, answer = _issued(command, judge) if command.issued.exists() else (None, None)
    found = Found(
        command.ura,
        current,
        frozenset(map(_key, mine)),
        newer.certificate.thumbprint_sha1 if newer else "",
        command.in_file and command.thumbprint is not None,
        request,
        issued,
    )
    decision = decide(found, command.rules)
    if decision.step is Step.REQUEST:
        place.ready()
    if decision.step is Step.INSTALL and answer:
        place.check(answer[0].certificate.x509)
    if decision.step is Step.FINISH and request:
        # The requested certificate is there; the inventory may still name the old one.
        best = next(pair for pair in judged if _key(pair[0]) == request.key)
        newer = best[0] if command.thumbprint and not fitting([best[0]], thumbprint=command.thumbprint) else None
        current = _current(best, judge.at)
    return Situation(decision, best[0] if best else None, current, newer, answer, request.since if request else None)


def carry_out(command: RenewCertificate, place: RenewalPlace, situation: Situation, *, now: datetime) -> Renewed:
    """Carry out the decision. Errors: those of the place; OSError of a file of ours."""
    step, mine = situation.decision.step, situation.mine
    if step is Step.POINT and situation.newer:
        return Renewed(False, point_to=situation.newer.certificate.thumbprint_sha1)
    if step is Step.REQUEST and mine:
        make_folder(command.folder)
        request = as_pem(place.make(mine.certificate.x509))
        write_atomic(command.request, request, mode=0o644)
        return Renewed(True)
    if step is Step.INSTALL and situation.answer:
        entry, judgement = situation.answer
        above = [one for one in judgement.chain if one.issuer != one.subject]
        kept = place.install(entry.certificate.x509, above)
        _put_away(command, now)
        point = entry.certificate.thumbprint_sha1 if command.thumbprint else ""
        return Renewed(True, entry.certificate.not_after, tuple(kept), point)
    if step is Step.FINISH and mine:
        kept = place.finish(mine)
        _put_away(command, now)
        point = situation.newer.certificate.thumbprint_sha1 if situation.newer else ""
        return Renewed(True, mine.certificate.not_after, tuple(kept), point)
    return Renewed(False)


def _best(pair: Judged) -> tuple[bool, datetime]:
    """The usable certificate with the latest last day signs; if none is usable, the newest one is returned."""
    return pair[1].usable, pair[0].certificate.not_after


def _key(entry: StoreEntry) -> str:
    return key_digest(public_key_of(entry.certificate.x509))


def _current(pair: Judged, at: datetime) -> Current:
    entry, judgement = pair
    one = entry.certificate
    return Current(
        one.thumbprint_sha1,
        one.hierarchy,
        one.not_after,
        (one.not_after - at).days,
        judgement.usable,
        any(problem.code == "certificate_revoked" for problem in judgement.problems),
        _key(entry),
    )


def _request(command: RenewCertificate, place: RenewalPlace, keys: set[str]) -> Request | None:
    path = command.request
    if not path.exists():
        return None
    key = requested_key(path)
    since = datetime.fromtimestamp(path.stat().st_mtime, UTC)
    return Request(str(path), since, key, "" if key in keys else place.lost(key))


def _issued(command: RenewCertificate, judge: Judge) -> tuple[Issued, Judged | None]:
    """The issued certificate with the result of its checks; the decision uses that result."""
    try:
        entries = load_files([command.issued])
        mine = fitting(entries, ura=command.ura)
        if not mine:
            raise nothing_fits(entries, ura=command.ura)
        chosen = select([(one, judge_entry(judge, one, command.name)) for one in mine])
    except ZorgidError as error:
        return Issued(str(command.issued), refusal=error), None
    pair = (chosen.entry, chosen.judgement)
    return Issued(str(command.issued), _key(chosen.entry)), pair


def _put_away(command: RenewCertificate, now: datetime) -> None:
    """Rename request and answer, with the day in the name. The request is renamed last, because its presence means that
    the renewal is not complete."""
    for path in (command.issued, command.request):
        if not path.exists():
            continue
        for number in range(1, 1000):
            day = f"{now:%Y%m%d}{f'-{number}' if number > 1 else ''}"
            to = path.with_name(path.name.replace(command.ura, f"{command.ura}.{day}", 1))
            if not to.exists():
                path.rename(to)
                break
