# SPDX-FileCopyrightText: gbz.zorgid contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""Tables of invented organisations, as a provider fills them in."""

from __future__ import annotations

import csv
from pathlib import Path

from ansible_collections.gbz.zorgid.plugins.module_utils._inventory.columns import COLUMNS

TITLES = [column.title for column in COLUMNS]


def customer(number: int, **changes: str) -> dict[str, str]:
    """changes: by header, with _ for blanks and hyphens; '' leaves a cell empty."""
    row = {
        "Naam": f"Praktijk {number}",
        "URA": f"9000{number:04}",
        "AGB": "01054321",
        "KVK": "12000101",
        "Straat": "Lindelaan",
        "Huisnummer": "12",
        "Postcode": "3511 AB",
        "Plaats": "Utrecht",
        "Portaal admin voornaam": "Johanna",
        "Portaal admin achternaam": "Lindeman",
        "Portaal admin e-mail": "j.lindeman@delinde.example",
        "Portaal admin telefoon": "+31600001001",
        "Portaal admin geboortedatum": "9-3-1975",
        "Vertegenwoordiger voornaam": "Pieter",
        "Vertegenwoordiger achternaam": "Kanarie",
        "Vertegenwoordiger e-mail": "p.kanarie@delinde.example",
    }
    titles = {title.replace(" ", "_").replace("-", "_"): title for title in TITLES}
    return row | {titles[name]: value for name, value in changes.items()}


def table(path: Path, *rows: dict[str, str]) -> Path:
    with path.open("w", encoding="utf-8", newline="") as stream:
        writer = csv.DictWriter(stream, TITLES, delimiter=";")
        writer.writeheader()
        writer.writerows(rows)
    return path
