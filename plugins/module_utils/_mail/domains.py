# SPDX-FileCopyrightText: gbz.zorgid contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""Domains of mail."""

from __future__ import annotations


def aligned(signer: str, domain: str) -> bool:
    """Whether ``signer`` answers for ``domain``: the same, or one of the two below the other (RFC 7489, 3.1.1)."""
    return "." in signer and (domain == signer or domain.endswith("." + signer) or signer.endswith("." + domain))
