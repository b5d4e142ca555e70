# SPDX-FileCopyrightText: gbz.zorgid contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""The options of a document's look: an organisation, and all that is not given."""

from __future__ import annotations

from typing import Any

ORGANISATION: dict[str, Any] = {
    "ura": "90000101",
    "name": "Huisartsenpraktijk De Linde",
    "kvk_number": "12000101",
    "address": {"street": "Lindelaan", "house_number": "12", "postal_code": "3511 AB", "city": "Utrecht"},
    "care_application": {"vendor": "Voorbeeld Zorg-ICT", "name": "VoorbeeldHIS", "version": "8.2"},
    "provider": {"name": "Voorbeeld GBZ Beheer", "email": "zorgid@gbz.example", "phone": "+31301234567"},
    "people": {
        "technical_administrator": {
            "first_name": "Ruben",
            "last_name": "Technicus",
            "email": "zorgid@gbz.example",
            "phone": "+31301234567",
        },
        "portal_administrator": {
            "first_name": "Johanna",
            "last_name": "Lindeman",
            "date_of_birth": "1975-03-09",
            "email": "j.lindeman@delinde.example",
            "phone": "+31600001001",
        },
        "representative": {"first_name": "Pieter", "last_name": "Lindeman", "email": "p.lindeman@delinde.example"},
    },
}
NOTHING = (
    *("environment", "at", "thumbprint", "key_path", "passphrase", "pkcs11_module", "pkcs11_token", "pkcs11_pin"),
    *("pkcs11_label", "template", "form", "mapping", "schema", "signature_place", "valid_until"),
    *("dossier_tenant", "dossier_head_path"),
)
