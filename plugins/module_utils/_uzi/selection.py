# SPDX-FileCopyrightText: gbz.zorgid contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""Selects one of several certificates: first those that match, then, when they are judged, the one to use."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime

from .._common.errors import ZorgidError
from .._common.text import printable
from .._common.ura import same_ura
from .files import StoreEntry
from .judge import Judge, Judgement
from .problems import Problem, Severity, problem

Judged = tuple[StoreEntry, Judgement]


@dataclass(frozen=True)
class Selection:
    """The certificate to use, and why this one."""

    entry: StoreEntry
    judgement: Judgement
    reason: str


def _hex_digits(thumbprint: str) -> str:
    """Windows shows it with blanks, other programs with colons, and a copied one may contain an invisible character."""
    return "".join(letter for letter in thumbprint.lower() if letter.isalnum())


def check_thumbprint(thumbprint: str | None) -> None:
    """Error ``options_invalid`` for a text that is not a thumbprint."""
    if thumbprint is None or re.fullmatch(r"[0-9a-f]{40}|[0-9a-f]{64}", _hex_digits(thumbprint)):
        return
    raise ZorgidError(
        "options_invalid",
        "thumbprint is not valid",
        expected="SHA-1 (40 hexadecimal digits) or SHA-256 (64)",
        found=f"`{printable(thumbprint, 80)}`" if thumbprint.strip() else "an empty text",
        action="copy it again from the list of uzi_certificate_info or from Windows",
    )


def fitting(
    entries: Sequence[StoreEntry], *, ura: str | None = None, thumbprint: str | None = None, subject: str | None = None
) -> list[StoreEntry]:
    """The entries that match. A store may contain two hundred, and only these need to be judged.

    ``ura``: text of 1 to 8 digits. ``thumbprint``: SHA-1 or SHA-256, hexadecimal. ``subject``: a part of the
    distinguished name or a DNS name, not case-sensitive. If exactly one entry matches the other criteria and it
    contains no URA number, it matches too: its judgement reports the missing number.
    """
    named = [entry for entry in entries if _named(entry, thumbprint, subject)]
    mine = [entry for entry in named if ura is None or same_ura(entry.certificate.ura, ura)]
    return mine or [entry for entry in named if len(named) == 1 and entry.certificate.ura is None]


def nothing_fits(
    entries: Sequence[StoreEntry], *, ura: str | None = None, thumbprint: str | None = None, subject: str | None = None
) -> ZorgidError:
    """The error when none of ``entries`` fits: ``certificate_ura_mismatch`` or ``certificate_not_found``."""
    named = [entry for entry in entries if _named(entry, thumbprint, subject)]
    uras = sorted({str(entry.certificate.ura) for entry in named if entry.certificate.ura})
    criteria = [f"URA {ura}" if ura else "", f"thumbprint {thumbprint}" if thumbprint else ""]
    criteria.append(f"subject with {subject}" if subject else "")
    wanted = "a certificate" + (" with " + ", ".join(one for one in criteria if one) if any(criteria) else "")
    if named and (thumbprint or len(named) == 1):
        return ZorgidError(
            "certificate_ura_mismatch",
            "The certificate belongs to another organisation",
            expected=wanted,
            found=f"URA {', '.join(uras)}",
            action="use the organisation's own certificate, or correct its URA number",
        )
    others = f"{len(entries)} other{'s' if len(entries) > 1 else ''}"
    others += f" (URA {', '.join(uras)})" if 0 < len(uras) <= 5 else ""
    return ZorgidError(
        "certificate_not_found",
        "No certificate matches",
        expected=wanted,
        found=others if entries else "no certificate at all",
        action="install the certificate, or correct the store, the path, the URA number or the thumbprint",
    )


def judge_entry(judge: Judge, entry: StoreEntry, organisation_name: str | None = None) -> Judgement:
    """The judgement on a certificate to sign with, plus the problems of its key and of an unexpected name."""
    judgement = judge.judge(entry.certificate, entry.chain)
    added = [*entry.problems, *_key_problems(entry), *_name_problems(entry, organisation_name)]
    problems = sorted((*judgement.problems, *added), key=lambda one: one.severity != "error")
    return replace(judgement, problems=tuple(problems), usable=all(one.severity != "error" for one in problems))


def select(judged: Sequence[Judged]) -> Selection:
    """Of the matching certificates (one or more), the usable one that expires last.

    Errors: ``certificate_ambiguous``, and the problem's code when every certificate has one.
    """
    usable = sorted((pair for pair in judged if pair[1].usable), key=_end, reverse=True)
    if not usable:
        raise _refusal(max(judged, key=_end))
    equal = {
        entry.certificate.thumbprint for entry, _judgement in usable if _end((entry, _judgement)) == _end(usable[0])
    }
    if len(equal) > 1 or len({entry.certificate.ura for entry, _judgement in usable}) > 1:
        raise ZorgidError(
            "certificate_ambiguous",
            "Several certificates match, and it is not clear which one is meant",
            expected="one certificate, or one that expires last",
            found=", ".join(sorted(_named_for_people(entry) for entry, _judgement in usable)[:5]),
            action="give the URA number or the thumbprint",
        )
    return Selection(*usable[0], _reason(len(judged), len(usable)))


def _key_problems(entry: StoreEntry) -> list[Problem]:
    """A certificate in a file may have its key elsewhere: no key is then no problem, and an inaccessible key a
    warning."""
    state = entry.key.state
    if entry.key.type != "RSA":
        return [problem("key_not_rsa", found=entry.key.type)]
    if state == "none" and entry.in_store:
        return [problem("key_absent")]
    if state == "inaccessible":
        severity: Severity = "error" if entry.in_store else "warning"
        return [problem("key_inaccessible", found=entry.key.reason, severity=severity)]
    return []


def _name_problems(entry: StoreEntry, expected: str | None) -> list[Problem]:
    found = entry.certificate.organisation_name or "none"
    if expected is None or " ".join(found.split()).casefold() == " ".join(expected.split()).casefold():
        return []
    return [problem("certificate_name_differs", found=found)]


def _named_for_people(entry: StoreEntry) -> str:
    one = entry.certificate
    return (
        f"{one.thumbprint_sha1} ({printable(one.organisation_name or 'no name', 60)}, until {one.not_after:%Y-%m-%d})"
    )


def _end(pair: Judged) -> datetime:
    return pair[0].certificate.not_after


def _reason(count: int, usable: int) -> str:
    if count == 1:
        return "the only one that matches"
    if usable == 1:
        return f"the only usable one of {count} that match"
    return f"of {usable} usable ones the one that expires last"


def _refusal(pair: Judged) -> ZorgidError:
    entry, judgement = pair
    first, *others = judgement.errors()
    return ZorgidError(
        first.code,
        first.message,
        found="; ".join([f"certificate {entry.certificate.thumbprint_sha1}", *(one.message for one in others)]),
        action=first.action,
    )


def _named(entry: StoreEntry, thumbprint: str | None, subject: str | None) -> bool:
    certificate = entry.certificate
    if thumbprint is not None and _hex_digits(thumbprint) not in (
        certificate.thumbprint,
        certificate.thumbprint_sha1.lower(),
    ):
        return False
    names = [certificate.subject, *certificate.dns_names]
    return subject is None or any(subject.casefold() in name.casefold() for name in names)
