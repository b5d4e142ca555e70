# SPDX-FileCopyrightText: gbz.zorgid contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""The worklist driver: for a portal without an interface, the plan becomes a click list for a person.

VZVZ's portal exports its users as a table; compared with the desired accounts that gives exactly what somebody has to
click. The next export is the proof: an account that it shows as wanted is ``unchanged``, so a list is idempotent.
"""

from __future__ import annotations

import csv
import html
import io
from collections import Counter
from datetime import date
from pathlib import Path
from typing import Any

from .._common.errors import ZorgidError
from .._common.files import write_atomic
from .._common.libraries import needs
from . import model
from .model import Account, Actual, Change, family_name
from .planner import Rules, plan

with needs("openpyxl>=3.1"):
    import openpyxl

#: the export's columns -> our fields
COLUMNS = {
    "Gebruikersnaam": "id",
    "Voornaam": "first_name",
    "Achternaam": "last_name",
    "Geboortedatum": "date_of_birth",
    "E-mailadres": "email",
    "Rol": "role",
    "Status": "device",
    "Personeelsnummer": "external_id",
    "UZI-nummer": "uziNumber",
    "Rolcode": "roleCode",
    "AGB-code": "agbCode",
}
NEEDED = ("Gebruikersnaam", "Voornaam", "Achternaam", "Rol", "Status")
ROLES = {"medewerker": "employee", "beheerder": "operator", "administrator": "administrator"}
DEVICES = {
    "geen telefoon": "none",
    "uitgenodigd": "invited",
    "actief": "active",
    "geblokkeerd": "blocked",
    "ingetrokken": "revoked",
}
ROLE_WORDS = {role: word.capitalize() for word, role in ROLES.items()}
FIELD_WORDS = {
    "external_id": "Personeelsnummer",
    "first_name": "Voornaam",
    "last_name": "Achternaam",
    "date_of_birth": "Geboortedatum",
    "email": "E-mailadres",
    "uzi_number": "UZI-nummer",
    "role_code": "Rolcode",
    "agb_code": "AGB-code",
}


def read_export(path: str | Path) -> list[Actual]:
    """Members as the portal's export (CSV with comma or semicolon, or XLSX) shows them."""
    file = Path(path)
    try:
        if file.suffix.lower() == ".xlsx":
            workbook = openpyxl.load_workbook(file, read_only=True, data_only=True)
            lines = [list(line) for line in workbook.worksheets[0].iter_rows(values_only=True)]
            workbook.close()
        else:
            text = file.read_text(encoding="utf-8-sig")
            delimiter = ";" if text.partition("\n")[0].count(";") else ","
            lines = [list(line) for line in csv.reader(io.StringIO(text), delimiter=delimiter)]
    except (OSError, ValueError, KeyError, csv.Error) as error:
        raise _unreadable(file, "the CSV or XLSX file that the portal exports", type(error).__name__) from error
    header = [str(cell or "").strip() for cell in lines[0]] if lines else []
    absent = [name for name in NEEDED if name not in header]
    if absent:
        raise _unreadable(file, f"the columns {', '.join(NEEDED)}", f"no {', '.join(absent)}")
    unknown = frozenset(
        {name for column, name in (("Geboortedatum", "date_of_birth"),) if column not in header}
        | ({"attributes"} if "UZI-nummer" not in header else set())
    )
    return [
        _member(file, number, dict(zip(header, line, strict=False)), unknown)
        for number, line in enumerate(lines[1:], 2)
        if any(cell not in (None, "") for cell in line)
    ]


def _unreadable(file: Path, expected: str, found: str) -> ZorgidError:
    return ZorgidError(
        "export_unreadable",
        f"The export {file.name} cannot be used",
        expected=expected,
        found=found,
        action="export the list of users (Gebruikers) again from the portal",
    )


def _member(file: Path, number: int, row: dict[str, Any], unknown: frozenset[str]) -> Actual:
    cells: dict[str, str | None] = {}
    for column, name in COLUMNS.items():
        value = row.get(column)
        text = value.isoformat()[:10] if isinstance(value, date) else str(value or "").strip()
        # The portal puts an apostrophe before a cell that a spreadsheet would run as a formula.
        cells[name] = (text[1:] if text[:1] == "'" and text[1:2] in "=+-@" else text) or None
    role, device = ROLES.get((cells["role"] or "").lower()), DEVICES.get((cells["device"] or "").lower())
    if role is None or device is None:
        column = "Status" if role else "Rol"
        raise _unreadable(file, f"a known word in the column {column}", f"another one in row {number}")
    return {
        "id": cells["id"],
        "version": None,
        "external_id": cells["external_id"],
        "first_name": cells["first_name"],
        "last_name": cells["last_name"],
        "date_of_birth": cells["date_of_birth"],
        "email": cells["email"],
        "attributes": {kind: cells[kind] for kind in model.ATTRIBUTES.values() if cells[kind]},
        "role": role,
        "device": device,
        "active": device not in ("blocked", "revoked"),
        "unknown": unknown,
    }


def keep(export: str, folder: str, desired: list[Account], rules: Rules, *, check_mode: bool = False) -> dict[str, Any]:
    """Compare the export with the list and write the click list (HTML and CSV) when a person has something to do."""
    planned = plan(desired, read_export(export), rules)
    kind = "employees" if "employee" in rules.roles else "administrators"
    target = Path(folder) / f"{rules.ura}-{kind}"
    tasks = [(change, steps(change)) for change in sorted(planned.changes, key=lambda change: change.removes)]
    files = {target.with_suffix(".html"): _page(rules.ura, tasks), target.with_suffix(".csv"): _table(tasks)}
    changed = False
    for file, content in files.items():
        if tasks:
            if not file.exists() or file.read_bytes() != content:
                changed = True
                if not check_mode:
                    write_atomic(file, content)
        elif file.exists():  # everything is done: an old list would be clicked again
            changed = True
            if not check_mode:
                file.unlink()
    results = dict(planned.settled)
    todo = {change.position: change for change in planned.changes if change.position}
    ordered = [
        results[number].as_dict()
        if number in results
        else {"external_id": todo[number].external_id, "status": "todo", "message": todo[number].status}
        for number in range(1, len(desired) + 1)
    ]
    ordered += [
        {"external_id": change.external_id, "status": "todo", "message": change.status}
        for change in planned.changes
        if not change.position
    ]
    result: dict[str, Any] = {
        "changed": changed,
        "results": ordered,
        "summary": dict(Counter(item["status"] for item in ordered)),
    }
    if tasks:
        result["worklist"] = {file.suffix[1:]: str(file) for file in files}
    failed = result["summary"].get("failed", 0)
    if failed:
        result |= {
            "failed": True,
            "error_code": "accounts_failed",
            "msg": f"{failed} of {len(ordered)} accounts failed; results says which and why.",
        }
    return result


def steps(change: Change) -> list[str]:
    """The clicks of one account, in the portal's own words."""
    desired = change.desired or {}
    if change.actual is None:
        name = f"{desired['first_name']} {family_name(desired)}"
        filled = "; ".join(
            f"{word}: {value}"
            for field, word in FIELD_WORDS.items()
            if (value := family_name(desired) if field == "last_name" else desired.get(field))
        )
        way = (
            "Controleer dat het WID-bewijs is gecontroleerd en vul soort en geldigheid in"
            if desired.get("registration") == "operator"
            else "Kies zelfregistratie; de medewerker krijgt een uitnodiging"
        )
        role = ROLE_WORDS[desired["role"]]
        return [f"Gebruikers → Nieuwe gebruiker ({name})", filled, way, f"Rol: {role}", "Opslaan"]
    clicks = [f"Gebruikers → {change.actual['id']} → Beheer"]
    if change.status == model.UNLINKED:
        return [*clicks, "Organisatie(s): Rol verwijderen (ontkoppelen)", "Opslaan"]
    for field, (before, after) in change.fields.items():
        if field == "role":
            clicks.append(f"Organisatie(s): rol {ROLE_WORDS[before]} → {ROLE_WORDS[after]}; Opslaan")
        else:
            clicks.append(f"{FIELD_WORDS[field]}: {before or '(leeg)'} → {after}; Opslaan")
    words = {
        "blocked": "Blokkeren",
        "unblocked": "Deblokkeren",
        "revoked": "Intrekken",
        "invited": "Opnieuw uitnodigen",
    }
    if change.device:
        clicks.append(f"Telefoon: {words[change.device]} (geldt voor alle organisaties)")
    return clicks


def _table(tasks: list[tuple[Change, list[str]]]) -> bytes:
    text = io.StringIO()
    writer = csv.writer(text, delimiter=";", lineterminator="\r\n")
    writer.writerow(["Nr", "Personeelsnummer", "Wat", "Klikken", "Gedaan door", "Datum"])
    for number, (change, clicks) in enumerate(tasks, 1):
        cells = [str(number), change.external_id, WHAT[change.status], " | ".join(clicks), "", ""]
        # A spreadsheet would run a cell that starts like a formula.
        writer.writerow([f"'{cell}" if cell[:1] in ("=", "+", "-", "@", "\t") else cell for cell in cells])
    return ("\ufeff" + text.getvalue()).encode()


WHAT = {
    model.CREATED: "Registreren",
    model.UPDATED: "Wijzigen",
    model.UNLINKED: "Ontkoppelen",
    model.BLOCKED: "Blokkeren",
    model.UNBLOCKED: "Deblokkeren",
    model.REVOKED: "Intrekken",
}


def _page(ura: str, tasks: list[tuple[Change, list[str]]]) -> bytes:
    rows = "".join(
        f'<li><label><input type="checkbox"> <strong>{WHAT[change.status]}</strong> '
        f"{html.escape(change.external_id)}</label><ol>"
        + "".join(f"<li>{html.escape(click)}</li>" for click in clicks)
        + "</ol></li>"
        for change, clicks in tasks
    )
    return f"""<!DOCTYPE html>
<html lang="nl"><head><meta charset="utf-8"><meta name="viewport" content="width=device-width">
<title>Werklijst ZORG-ID {ura}</title>
<style>body {{ font: 16px/1.5 system-ui, sans-serif; max-width: 50rem; margin: 2rem auto; padding: 0 1rem }}
main > ol > li {{ margin-bottom: 1rem; break-inside: avoid }} input {{ width: 1.1rem; height: 1.1rem }}</style>
</head><body><main><h1>Werklijst ZORG-ID-portaal</h1>
<p>URA {ura}: {len(tasks)} handelingen, in deze volgorde. Vink af wat klaar is. Exporteer daarna de lijst Gebruikers
opnieuw: die bewijst wat gedaan is.</p><ol>{rows}</ol></main></body></html>
""".encode()
