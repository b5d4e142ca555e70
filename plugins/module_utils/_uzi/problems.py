# SPDX-FileCopyrightText: gbz.zorgid contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""The problems of a certificate or its key: stable codes, messages and actions."""

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
        "wait until it is valid, or correct the controller's clock",
    ),
    "certificate_expires_soon": ("warning", "The certificate expires soon", "renew it (playbook renew_certificate)"),
    "certificate_g1_ends": (
        "warning",
        "The certificate is of the G1 hierarchy, which ends on 12 November 2028",
        "renew it under G4 before that date",
    ),
    "certificate_revoked": ("error", "The certificate has been revoked", "ask CIBG for a new one"),
    "certificate_wrong_environment": (
        "error",
        "The certificate belongs to another environment",
        "use a certificate of this environment, or choose the other environment",
    ),
    "certificate_untrusted": (
        "error",
        "The certificate does not lead to a trusted CA",
        "run gbz.zorgid.trust_anchors, which collects the CA certificates, and give its file as intermediates; in your "
        "own environment give your CA certificates as trust_anchors",
    ),
    "certificate_personal_card": (
        "error",
        "The certificate is not a server certificate",
        "use the organisation's UZI server certificate (card type S)",
    ),
    "certificate_ura_missing": (
        "error",
        "The certificate does not contain a URA number",
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
        "The file contains parts that are not used",
        "remove them, or give a file with only the certificate and its CA certificates",
    ),
    "certificate_name_differs": (
        "warning",
        "The certificate contains another name for the organisation",
        "correct the name in the inventory; if the name in the certificate is wrong, ask CIBG for a new one",
    ),
    "revocation_unknown": (
        "error",
        "It is not known whether the certificate has been revoked",
        "let the controller reach the CRL, give the CRL as a file (crls), or set revocation to prefer",
    ),
    "key_absent": ("error", "The certificate's private key is missing", "install the certificate with its key"),
    "key_inaccessible": (
        "error",
        "The certificate's private key cannot be used",
        "give the account of this connection permission to use the key, or give the passphrase",
    ),
    "key_not_rsa": ("error", "The certificate's key is not RSA", "use a certificate with an RSA key"),
}


def problem(code: str, *, found: str = "", severity: Severity | None = None) -> Problem:
    """The problem with this code; ``found`` is appended to its message."""
    usual, message, action = _TEXTS[code]
    return Problem(code, severity or usual, f"{message}: {found}" if found else message, action)
