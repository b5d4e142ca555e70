# SPDX-FileCopyrightText: gbz.zorgid contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""Which of a person's names the person wants to be addressed with, by each system's codes.

B is the birth name, P the partner's; PB is partner's name, then birth name. One code has opposite meanings in two
systems, so it is read only if the system is known. An account always has the birth name, because VZVZ compares it with
an identity document.
"""

from __future__ import annotations

#: system -> its code -> B, P, PB or BP; the presets name the sources
SYSTEMS: dict[str, dict[str, str]] = {
    "afas": {"0": "B", "1": "PB", "2": "P", "3": "BP"},
    "beaufort": {"e": "B", "p": "P", "b": "PB", "c": "BP"},
    "raet_core": {"1": "B", "2": "BP", "3": "PB", "4": "P"},
    "visma_net": {
        "eigen": "B",
        "eigennaam": "B",
        "partner": "P",
        "partnernaam": "P",
        "partnereigen": "PB",
        "partnernaameigennaam": "PB",
        "eigenpartner": "BP",
        "eigennaampartnernaam": "BP",
    },
    "nmbrs": {"1": "B", "2": "P", "3": "PB", "4": "BP"},
    "sdb": {"0": "B", "1": "B", "2": "PB", "3": "P", "4": "BP"},
    "adp": {"tiva": "B", "tivawp": "BP", "tiwp": "P", "tiwpva": "PB"},
}


def name_use(system: str, code: str) -> str | None:
    """B, P, PB or BP; None for a code that is unknown for this system."""
    plain = "".join(sign for sign in code.casefold() if sign.isalnum())
    return SYSTEMS.get(system, {}).get(plain.lstrip("0") or "0" if plain.isdecimal() else plain)
