# SPDX-FileCopyrightText: gbz.zorgid contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""What can be wrong, or worth knowing, with a certificate or its key: stable codes, plain words, what to do."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

Severity = Literal["error", "warning"]


@dataclass(frozen=True)
class Problem:
    """``severity``: with an ``error`` the certificate is not used."""

    code: str
    severity: Severity
    message: str
    action: str


_TEXTS: dict[str, tuple[Severity, str, str]] = {
    "certificate_expired": ("error", "The certificate has expired", "renew it (playbook renew_certificate)"),
    "certificate_not_yet_valid": (
        "error",
        "The certificate is not valid yet",
        "wait until then, or correct the controller's clock",
    ),
    "certificate_expires_soon": ("warning", "The certificate expires soon", "renew it (playbook renew_certificate)"),
    "certificate_g1_ends": (
        "warning",
        "The certificate is of the G1 hierarchy, which ends on 12 November 2028",
        "renew it under G4 in time",
    ),
    "certificate_revoked": ("error", "The certificate has been revoked", "ask CIBG for a new one"),
    "certificate_wrong_environment": (
        "error",
        "The certificate belongs to another environment",
        "use a certificate of this environment, or choose the other environment",
    ),
    "certificate_untrusted": (
        "error",
        "The certificate's path does not lead to a trusted authority",
        "give the authorities as intermediates (playbook trust_anchors fetches them); in an environment of your own "
        "also as trust_anchors",
    ),
    "certificate_personal_card": (
        "error",
        "The certificate is not that of a server",
        "use the organisation's UZI server certificate (card type S)",
    ),
    "certificate_ura_missing": (
        "error",
        "The certificate names no URA number",
        "use the organisation's UZI server certificate",
    ),
    "certificate_ura_conflict": (
        "error",
        "The names in the certificate contradict each other",
        "ask CIBG for a correct certificate",
    ),
    "certificate_profile": (
        "error",
        "The certificate does not have the form of a UZI server certificate",
        "use the organisation's UZI server certificate",
    ),
    "certificate_weak": (
        "error",
        "The certificate is weaker than PKIoverheid allows",
        "ask CIBG for a new one: RSA of 2048 bits or more, exponent 65537, SHA-256 or better",
    ),
    "certificate_file_parts": (
        "warning",
        "The file holds parts that are not used",
        "take them out, or give a file with the certificate and its authorities alone",
    ),
    "certificate_name_differs": (
        "warning",
        "The certificate gives the organisation another name",
        "correct the name in the inventory, or ask CIBG when the certificate's is wrong",
    ),
    "revocation_unknown": (
        "error",
        "Nobody could say whether the certificate has been revoked",
        "let the controller reach the CRL, give the CRL as a file (crls), or set revocation to prefer",
    ),
    "key_absent": ("error", "The certificate's private key is not here", "install the certificate with its key"),
    "key_inaccessible": (
        "error",
        "The certificate's private key cannot be used",
        "give the account of this connection the right to use the key, or the passphrase",
    ),
    "key_not_rsa": ("error", "The certificate's key is not RSA", "use a certificate with an RSA key"),
}


def problem(code: str, *, found: str = "", severity: Severity | None = None) -> Problem:
    """The problem of this code; ``found`` completes the sentence."""
    usual, message, action = _TEXTS[code]
    return Problem(code, severity or usual, f"{message}: {found}" if found else message, action)
