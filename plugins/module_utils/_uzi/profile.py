# SPDX-FileCopyrightText: gbz.zorgid contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""What CIBG and PKIoverheid publish about UZI server certificates: names, object identifiers, pinned CA certificates.

Sources: CIBG, "UZI-register Certification Practice Statement" and CA model (G1, G4); cert.pkioverheid.nl.
"""

from __future__ import annotations

import re

#: otherName with OID CA, version, UZI number, card type, URA, role and AGB code
UZI_NAME = "2.5.5.5"
#: otherName PermanentIdentifier (RFC 4043); with this assigner it is a URA
PERMANENT_IDENTIFIER = "1.3.6.1.5.5.7.8.3"
URA_ASSIGNER = "2.16.528.1.1007.3.3"

SERVER_CARD = "S"

ENVIRONMENTS = ("production", "acceptance", "test", "own")

#: Issuing CAs by common name, and their hierarchy. A name proves nothing: trust comes from ``PINS``.
_HIERARCHIES = (
    (re.compile(r"UZI-register Private Server CA G1"), "g1"),
    (re.compile(r"UZI Server - G4 PKIo Priv G-TLS SYS - \d{4}"), "g4"),
    (re.compile(r"TEST UZI-register Private Server CA G1"), "test_g1"),
    (re.compile(r"ACCEPTATIE UZI Server - G4 (?:PKIo )?Priv G-TLS SYS - \d{4}"), "acceptance_g4"),
)

#: Revoked by PKIoverheid on 29 October 2025; its certificates were issued again under the CA of 2025.
REVOKED_AUTHORITIES = frozenset(["UZI Server - G4 PKIo Priv G-TLS SYS - 2024"])

#: SHA-256 of the DER of the CA certificates that may be trusted, from cert.pkioverheid.nl.
PINS: dict[str, frozenset[str]] = {
    "production": frozenset(
        [
            "0257ce27b52408e24ee2c0945640b723c5bc66ddbda4ada58c60357604f0e675",  # G1 root
            "2eaaf678e645dc26ea82c016ef3960935659cf81b4c44d9b2d0fb1a142666c98",  # G1 services
            "bdd860ef8e87e2b2c7ebb34dd6e9e1771a3a3c5dec850ba7080e3e2904dbd897",  # G1 UZI issuing
            "4411f67d3d7f4f49d34ff8862249de0d6692adc92df0855fb1dd67a169800484",  # G4 root
            "a24f6f2fa192dd96ceeaf8d4c380d8663426f95858956a5adff5cfd36b30554f",  # G4 intermediate
            "b034cbfffcafe784edaef49fefad354edbc7823d8d6522d3da6f8e91ff28aa42",  # G4 UZI issuing
        ]
    ),
    "acceptance": frozenset(
        [
            "eb99a72624ec7d1b633f8a84e6e3c9093a3f01f5f5eb0d6f6c7f378975a860dc",  # G4 root
            "d32599709f041a835912c89beefba2c474eeb5769f14280b523c8579c4c54c75",  # G4 intermediate
            "b2f2b3371852d3b57574a91e91639957477a028effaaf8ea5de816077d988d91",  # G4 UZI issuing
        ]
    ),
    "test": frozenset(),
    "own": frozenset(),
}


def hierarchy_of(issuer_common_name: str | None) -> str:
    """``g1``, ``g4``, ``test_g1``, ``acceptance_g4`` or ``other``, from the name of the issuing CA."""
    for pattern, name in _HIERARCHIES:
        if pattern.fullmatch(issuer_common_name or ""):
            return name
    return "other"


def environment_of(hierarchy: str) -> str | None:
    """The environment in which certificates of this hierarchy are used; None if the hierarchy does not show it."""
    if hierarchy in ("g1", "g4"):
        return "production"
    return "acceptance" if hierarchy in ("test_g1", "acceptance_g4") else None
