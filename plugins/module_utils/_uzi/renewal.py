# SPDX-FileCopyrightText: gbz.zorgid contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""Decides what has to be done about an organisation's certificate, from the certificates at its place, the request and
the certificate that CIBG issued. It reads and writes nothing."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from .._common.errors import ZorgidError


class Step(StrEnum):
    """``finish``: the requested certificate is in its place; clean up the request. ``point``: a newer certificate is
    usable, but the inventory names another one by its thumbprint."""

    KEEP = "keep"
    REQUEST = "request"
    WAIT = "wait"
    INSTALL = "install"
    FINISH = "finish"
    POINT = "point"


@dataclass(frozen=True)
class Current:
    """The certificate that is used now, or was the last. ``key``: digest of its public key. ``thumbprint``: SHA-1."""

    thumbprint: str
    hierarchy: str
    not_after: datetime
    days_left: int
    usable: bool
    revoked: bool
    key: str


@dataclass(frozen=True)
class Request:
    """``key``: digest of its public key. ``lost``: where its private key is missing; empty if it is there."""

    path: str
    since: datetime
    key: str
    lost: str = ""


@dataclass(frozen=True)
class Issued:
    """What CIBG sent. ``refusal``: why it must not be used; ``key`` is empty if it could not be read."""

    path: str
    key: str = ""
    refusal: ZorgidError | None = None


@dataclass(frozen=True)
class Found:
    """``keys``: of all certificates of the organisation at the place. ``newer``: thumbprint of a usable certificate
    that ends later than the one that the inventory names. ``pinned``: the inventory names a thumbprint for a
    certificate in a file; that thumbprint would no longer fit after a renewal."""

    ura: str
    current: Current | None
    keys: frozenset[str]
    newer: str = ""
    pinned: bool = False
    request: Request | None = None
    issued: Issued | None = None


@dataclass(frozen=True)
class Rules:
    """Renew from ``days`` before the end; with ``g1``, renew all certificates of the G1 hierarchy at once."""

    days: int = 90
    g1: bool = True


@dataclass(frozen=True)
class Decision:
    """``reason``: half a sentence, why it must be renewed; empty if it need not be. ``note``: a remark for the user."""

    step: Step
    reason: str = ""
    note: str = ""


def decide(found: Found, rules: Rules) -> Decision:
    """Errors: ``certificate_not_found``, ``renewal_unclear``, ``renewal_pinned``, ``key_mismatch``, and the ``refusal``
    of the issued certificate."""
    current, request, issued = found.current, found.request, found.issued
    if request and request.key in found.keys:
        return Decision(Step.FINISH)
    if current is None:
        raise _nothing(found.ura)
    if found.newer:
        return Decision(Step.POINT)
    reason = why(current, rules)
    if request is None:
        if reason and issued:
            raise _without_request(issued)
        return Decision(Step.REQUEST if reason else Step.KEEP, reason)
    if not reason and not (issued and issued.key == request.key):
        return Decision(Step.KEEP, note=f"an older request lies in {request.path}; when it is not needed, delete it")
    if request.lost:
        raise _lost(request)
    if issued is None:
        return Decision(Step.WAIT, reason)
    if issued.refusal:
        raise issued.refusal
    if issued.key != request.key:
        raise _other_key(issued, request, current)
    if found.pinned:
        raise _pinned()
    return Decision(Step.INSTALL, reason)


def why(current: Current, rules: Rules) -> str:
    """Half a sentence, why the certificate must be renewed; empty if it need not be."""
    if current.revoked:
        return "it was revoked"
    if current.days_left < 0:
        return "it has expired"
    if current.days_left <= rules.days:
        return f"it ends in {current.days_left} days"
    return "G1 ends on 12 November 2028" if rules.g1 and "g1" in current.hierarchy else ""


def _nothing(ura: str) -> ZorgidError:
    return ZorgidError(
        "certificate_not_found",
        f"No UZI server certificate with URA {ura} is at the place that the inventory names",
        expected="one to renew; the first one is requested with CIBG by hand",
        found="none",
        action="correct zorgid_onboarding_certificate, or request the first one (docs/certificates.md)",
    )


def _without_request(issued: Issued) -> ZorgidError:
    return ZorgidError(
        "renewal_unclear",
        "A certificate of CIBG is here, and the request that it answers is not",
        expected="the request beside it",
        found=issued.path,
        action="put the request back, or move this certificate away for a new request",
    )


def _lost(request: Request) -> ZorgidError:
    return ZorgidError(
        "renewal_unclear",
        "The private key of the request to CIBG is not there",
        expected=f"the key of {request.path} in {request.lost}",
        found="none, or another key",
        action="put the key back; when it is lost, delete the request and run this again for a new key and request",
    )


def _other_key(issued: Issued, request: Request, current: Current) -> ZorgidError:
    return ZorgidError(
        "key_mismatch",
        "What CIBG issued does not belong to the key that was made for it",
        expected=f"the certificate for {request.path}",
        found=f"{issued.path}, for {'the key in use now' if issued.key == current.key else 'another key'}",
        action="put the answer to this request there",
    )


def _pinned() -> ZorgidError:
    return ZorgidError(
        "renewal_pinned",
        "The inventory names the certificate by its thumbprint, and the renewed one has another",
        expected="no thumbprint for a certificate in a file",
        found="thumbprint in zorgid_onboarding_certificate",
        action="take the line thumbprint out, and run this again",
    )
