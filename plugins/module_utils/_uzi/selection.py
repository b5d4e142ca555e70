# SPDX-FileCopyrightText: gbz.zorgid contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""Which of several certificates is meant."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Any

from .._common.errors import ZorgidError
from .files import StoreEntry
from .judge import Judgement
from .problems import problem

Judged = tuple[StoreEntry, Judgement]


@dataclass(frozen=True)
class Selection:
    """The certificate to use, and why this one."""

    entry: StoreEntry
    judgement: Judgement
    reason: str


def with_key(entry: StoreEntry, judgement: Judgement) -> Judgement:
    """The judgement with what its key adds. In a file the key may lie elsewhere: there its absence is a warning."""
    state = entry.key.state
    if entry.key.type != "RSA":
        added = problem("key_not_rsa", found=entry.key.type)
    elif state == "none":
        added = problem("key_absent", severity="error" if entry.in_store else "warning")
    elif state == "inaccessible":
        added = problem("key_inaccessible", found=entry.key.reason, severity="error" if entry.in_store else "warning")
    else:
        return judgement
    problems = sorted((*judgement.problems, added), key=lambda one: one.severity != "error")
    return replace(judgement, problems=tuple(problems), usable=judgement.usable and added.severity != "error")


def select(
    judged: Sequence[Judged],
    *,
    ura: str | None = None,
    thumbprint: str | None = None,
    subject: str | None = None,
    details: dict[str, Any] | None = None,
) -> Selection:
    """The usable certificate that fits and lasts longest.

    ``ura``: string, eight digits. ``thumbprint``: SHA-1 or SHA-256, hexadecimal. ``subject``: a part of the
    distinguished name or a DNS name, without case. ``details`` goes into the error's result.
    Errors: ``certificate_not_found``, ``certificate_ura_mismatch``, ``certificate_ambiguous``, and the problem's code
    when every certificate that fits has one.
    """
    told = details or {}
    fitting = [pair for pair in judged if _fits(pair[0], None, thumbprint, subject)]
    wanted = _wanted(ura, thumbprint, subject)
    if not fitting:
        raise ZorgidError(
            "certificate_not_found",
            "No certificate fits",
            expected=wanted,
            found=f"{len(judged)} certificates, none of them this one",
            action="install the certificate, or correct the store, the path or the thumbprint",
            details=told,
        )
    mine = [pair for pair in fitting if _fits(pair[0], ura, None, None)]
    if not mine:
        uras = sorted({str(entry.certificate.ura) for entry, _judgement in fitting if entry.certificate.ura})
        told_uras = ", ".join(uras[:5]) + (" …" if len(uras) > 5 else "")
        if len(fitting) == 1 and not uras:
            _refuse(fitting[0], told)
        exact = bool(thumbprint) or len(fitting) == 1
        raise ZorgidError(
            "certificate_ura_mismatch" if exact else "certificate_not_found",
            "The certificate belongs to another organisation" if exact else "No certificate fits",
            expected=wanted,
            found=f"URA {told_uras or 'none'}",
            action="use the organisation's own certificate, or correct its URA number",
            details=told,
        )
    usable = [pair for pair in mine if pair[1].usable]
    if not usable:
        _refuse(max(mine, key=lambda pair: pair[0].certificate.not_after), told)
    usable.sort(key=lambda pair: pair[0].certificate.not_after, reverse=True)
    best = usable[0]
    same = {
        entry.certificate.thumbprint
        for entry, _judgement in usable
        if entry.certificate.not_after == best[0].certificate.not_after
    }
    if len(same) > 1 or (ura is None and thumbprint is None and len({p[0].certificate.ura for p in usable}) > 1):
        raise ZorgidError(
            "certificate_ambiguous",
            "Several certificates fit, and nothing says which one is meant",
            expected=wanted,
            found=", ".join(sorted(pair[0].certificate.thumbprint_sha1 for pair in usable)[:5]),
            action="give the thumbprint",
            details=told,
        )
    return Selection(*best, _reason(len(mine), len(usable)))


def _reason(fitting: int, usable: int) -> str:
    if fitting == 1:
        return "the only one that fits"
    if usable == 1:
        return f"the only usable one of {fitting} that fit"
    return f"of {usable} usable ones the one that lasts longest"


def _refuse(pair: Judged, details: dict[str, Any]) -> None:
    entry, judgement = pair
    first = judgement.errors()[0]
    raise ZorgidError(
        first.code,
        first.message,
        expected=f"a certificate that can be used (this one: {entry.certificate.thumbprint_sha1})",
        found="; ".join(one.message for one in judgement.errors()[1:]) or None,
        action=first.action,
        details=details,
    )


def _fits(entry: StoreEntry, ura: str | None, thumbprint: str | None, subject: str | None) -> bool:
    certificate = entry.certificate
    if ura is not None and (certificate.ura or "").zfill(8) != ura.zfill(8):
        return False
    if thumbprint is not None:
        plain = re.sub(r"[^0-9a-f]", "", thumbprint.lower())
        if plain not in (certificate.thumbprint, certificate.thumbprint_sha1.lower()):
            return False
    if subject is not None:
        names = [certificate.subject, *certificate.dns_names]
        return any(subject.lower() in name.lower() for name in names)
    return True


def _wanted(ura: str | None, thumbprint: str | None, subject: str | None) -> str:
    told = [f"URA {ura}" if ura else "", f"thumbprint {thumbprint}" if thumbprint else ""]
    told.append(f"subject with {subject}" if subject else "")
    return "a certificate" + (" with " + ", ".join(one for one in told if one) if any(told) else "")
