# SPDX-FileCopyrightText: gbz.zorgid contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""A portal's export as a file."""

from __future__ import annotations

import csv
from datetime import date

import openpyxl

HEAD = ["Gebruikersnaam", "Voornaam", "Achternaam", "Geboortedatum", "E-mailadres", "Rol", "Status", "Personeelsnummer"]
ROWS = [
    ["Sanne van der Berg", "Sanne", "van der Berg", "1988-04-12", "s@linde.example", "Medewerker", "Actief", "HR-1"],
    ["Ali Demir", "Ali", "Demir", "1979-11-02", "'=a@linde.example", "Medewerker", "Actief", "HR-2"],
    ["Vera Baas", "Vera", "Baas", "1975-03-09", "v@linde.example", "Administrator", "Actief", ""],
]


def export(path, rows, head=HEAD):
    if path.suffix == ".csv":
        with path.open("w", newline="", encoding="utf-8-sig") as file:
            csv.writer(file, delimiter=";").writerows([head, *rows])
    else:
        book = openpyxl.Workbook()
        for row in [head, *rows]:
            book.active.append([date.fromisoformat(cell) if cell[:2] == "19" else cell for cell in row])
        book.save(path)
    return str(path)
