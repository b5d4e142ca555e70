# SPDX-FileCopyrightText: gbz.zorgid contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""Comparison of the domains of mail addresses."""

from __future__ import annotations


def aligned(signer: str, domain: str) -> bool:
    """Whether ``signer`` may sign for ``domain``: the two are equal, or one is a subdomain of the other (RFC 7489,
    3.1.1)."""
    return "." in signer and (domain == signer or domain.endswith("." + signer) or signer.endswith("." + domain))
