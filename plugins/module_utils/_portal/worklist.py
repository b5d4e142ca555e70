# SPDX-FileCopyrightText: gbz.zorgid contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""The worklist driver: for a portal without an interface, the plan becomes a click list for a person.

VZVZ's portal exports its users as a table; compared with the desired accounts that gives exactly what somebody has to
click. The next export is the proof: an account that it shows as wanted is ``unchanged``, so a list is idempotent.
"""

from __future__ import annotations

import re
from collections import Counter
from datetime import date
from pathlib import Path
from typing import Any

from .._common.errors import ZorgidError
from . import clicks, tables
from .folder import Folder, safe
from .model import ATTRIBUTES, UNCHANGED, Account, Actual, Result
from .planner import Rules, plan

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
_DUTCH_DAY = re.compile(r"^(\d\d)-(\d\d)-(\d{4})$")
_OURS = {kind: name for name, kind in ATTRIBUTES.items()}
#: without any of these every account would look new
TELLING = frozenset({"Personeelsnummer", "UZI-nummer", "Geboortedatum"})


def read_export(path: str | Path) -> list[Actual]:
    """Members as the portal's export (CSV with comma or semicolon, or XLSX) shows them."""
    file = Path(path)
    try:
        lines = [list(line) for line in tables.lines(file)]
    except (OSError, UnicodeDecodeError, tables.TableError) as error:
        found = str(error) if isinstance(error, tables.TableError) else type(error).__name__
        raise _unreadable(file, "the CSV or XLSX file that the portal exports", found) from error
    header = [str(cell or "").strip() for cell in lines[0]]
    absent = [name for name in NEEDED if name not in header]
    if absent:
        raise _unreadable(file, f"the columns {', '.join(NEEDED)}", f"no {', '.join(absent)}")
    if not TELLING & set(header):
        raise _unreadable(file, f"a column that tells people apart: {', '.join(sorted(TELLING))}", "none of them")
    unknown = frozenset(_OURS.get(name, name) for column, name in COLUMNS.items() if column not in header)
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
    if cells["date_of_birth"]:
        cells["date_of_birth"] = _DUTCH_DAY.sub(r"\3-\2-\1", cells["date_of_birth"])
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
        "attributes": {kind: cells[kind] for kind in ATTRIBUTES.values() if cells[kind]},
        "role": role,
        "device": device,
        "active": device not in ("blocked", "revoked"),
        "unknown": unknown,
    }


def keep(export: str, folder: str, desired: list[Account], rules: Rules, *, check_mode: bool = False) -> dict[str, Any]:
    """Compare the export with the list and write what people have to click: one list (HTML and CSV) for each operator
    who did WID checks, and one that any operator (or an administrator) can work off."""
    planned = plan(desired, read_export(export), rules)
    kind = "employees" if "employee" in rules.roles else "administrators"
    groups: dict[str, list[clicks.Task]] = {}
    for change in sorted(planned.changes, key=clicks.turn):
        groups.setdefault(clicks.operator(change), []).append((change, clicks.steps(change)))
    files: dict[str, bytes] = {}
    lists: list[dict[str, Any]] = []
    where = Folder(folder, "worklist_unwritable", "worklist_dir")
    for operator, tasks in sorted(groups.items()):
        stem = f"{rules.ura}-{kind}" + (f"-{safe(operator)}" if operator else "")
        files |= {
            f"{stem}.html": clicks.page(rules.ura, kind, operator, tasks),
            f"{stem}.csv": clicks.table(tasks),
        }
        paths = {suffix: where.path(f"{stem}.{suffix}") for suffix in ("html", "csv")}
        lists.append({"operator": operator or None, "tasks": len(tasks), **paths})
    changed = where.keep(files, f"{rules.ura}-{kind}*", check_mode=check_mode)
    todo = [Result(change.external_id, "todo", change.status) for change in planned.changes]
    known = planned.settled | {change.position: told for change, told in zip(planned.changes, todo, strict=True)}
    listed = [
        known.get(number) or Result(account["external_id"], UNCHANGED) for number, account in enumerate(desired, 1)
    ]
    purged = [told for change, told in zip(planned.changes, todo, strict=True) if not change.position]
    ordered = [told.as_dict() for told in listed + purged]
    result: dict[str, Any] = {
        "changed": changed,
        "results": ordered,
        "summary": dict(Counter(item["status"] for item in ordered)),
        "worklists": lists,
    }
    failed = result["summary"].get("failed", 0)
    if failed:
        result |= {
            "failed": True,
            "error_code": "accounts_failed",
            "msg": f"{failed} of {len(ordered)} accounts failed; results says which and why.",
        }
    return result
