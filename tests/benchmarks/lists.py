# SPDX-FileCopyrightText: gbz.zorgid contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""A list of 20,000 contracts, as CSV and as a workbook, read with its mapping in a process of its own.

Run: ``python tests/benchmarks/lists.py [--rows 20000]``. The bar: three seconds and 150 MB for each.
"""

from __future__ import annotations

import argparse
import csv
import os
import resource
import subprocess
import sys
import tempfile
import time
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
SECONDS, MEGABYTES = 3.0, 150
HEAD = [
    "Personeelsnummer",
    "Dv_vlgnr",
    "Roepnaam",
    "Voorvoegsels",
    "Geboortenaam",
    "Voorvoegsels_partner",
    "Geboortenaam_partner",
    "Gebruik_achternaam",
    "Datum_geboorte",
    "E-mail_werk",
    "Functie",
    "Datum_in_dienst",
    "Datum_uit_dienst",
]


def contracts(count: int) -> list[list[str]]:
    """Two contracts of each person."""
    return [
        [
            f"{number // 2:07}",
            str(number % 2 + 1),
            "Zoë",
            "van den",
            f"Heuvel-Boële {number // 2}",
            "",
            "Jansen",
            "C",
            f"{1950 + number // 2 % 50}-{number // 2 % 12 + 1:02}-{number // 2 % 28 + 1:02}",
            f"m{number // 2}@delinde.example",
            "Verpleegkundige",
            "2015-05-01",
            "9999-12-31" if number % 2 else "2026-06-30",
        ]
        for number in range(count)
    ]


def read(path: str) -> None:
    """In a process of its own: says how many people, seconds of CPU, and megabytes at most."""
    from ansible.plugins.loader import init_plugin_loader

    init_plugin_loader()
    import datetime

    from ansible_collections.gbz.zorgid.plugins.module_utils._lists.propose import preset
    from ansible_collections.gbz.zorgid.plugins.module_utils._lists.read_list import read_list

    mapping = preset("beaufort")
    start = time.process_time()
    found = read_list(path, mapping, datetime.date(2026, 11, 26))
    took = time.process_time() - start
    print(len(found.accounts), took, resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024)


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--rows", type=int, default=20_000)
    parser.add_argument("--read", help=argparse.SUPPRESS)
    options = parser.parse_args()
    if options.read:
        read(options.read)
        return 0
    import openpyxl

    missed = 0
    rows = [HEAD, *contracts(options.rows)]
    with tempfile.TemporaryDirectory() as folder:
        text, book = Path(folder, "hr.csv"), Path(folder, "hr.xlsx")
        with text.open("w", newline="", encoding="utf-8") as file:
            csv.writer(file, delimiter=";").writerows(rows)
        workbook = openpyxl.Workbook(write_only=True)
        sheet = workbook.create_sheet("Personeel")
        for row in rows:
            sheet.append(row)
        workbook.save(book)
        for path in (text, book):
            command = [sys.executable, __file__, "--read", str(path)]
            done = subprocess.run(command, capture_output=True, text=True, check=True, cwd=ROOT, env=os.environ)
            people, seconds, megabytes = (float(one) for one in done.stdout.split())
            good = people == options.rows // 2 and seconds < SECONDS and megabytes < MEGABYTES
            missed += not good
            print(
                f"lists: {options.rows} contracts as {path.suffix[1:]:<5} {seconds:.2f} s  {megabytes:.0f} MB"
                f"{'' if good else f'  MISSED (bar: {SECONDS} s, {MEGABYTES} MB)'}",
                flush=True,
            )
    return 1 if missed else 0


if __name__ == "__main__":
    sys.exit(main())
