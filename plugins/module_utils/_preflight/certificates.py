# SPDX-FileCopyrightText: gbz.zorgid contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""Remarks about a usable certificate: warnings, and other usable certificates. Pure."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from .._common.text import printable
from .._onboarding.observed import Trouble
from .._uzi.certificate import UziCertificate
from .._uzi.judge import Judgement
from .finding import Finding

LINE = "certificates"


def warnings(judgement: Judgement) -> Iterator[Finding]:
    for one in judgement.problems:
        if one.severity == "warning":
            yield Finding.look(LINE, Trouble(one.code, one.message, action=one.action))


def several(usable: Sequence[UziCertificate], used: UziCertificate) -> Finding:
    """Several usable certificates, as after a renewal. A person only has to act if another one should sign."""
    described = (
        f"{one.thumbprint_sha1} ({printable(one.organisation_name or 'no name', 60)}, until {one.not_after:%Y-%m-%d})"
        for one in sorted(usable, key=lambda each: each.not_after, reverse=True)[:3]
    )
    return Finding.look(
        LINE,
        Trouble(
            "certificates_several",
            f"{len(usable)} usable certificates of this URA number; the one that expires last signs",
            f"the one that is meant: {used.thumbprint_sha1}",
            "; ".join(described),
            "nothing if that is right; otherwise set thumbprint in zorgid_onboarding_certificate",
        ),
    )
