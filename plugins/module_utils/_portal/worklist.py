# SPDX-FileCopyrightText: gbz.zorgid contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""The worklist driver: for a portal without an interface, the plan becomes a click list for a person.

VZVZ's portal exports its users as a table; compared with the desired accounts that gives exactly what somebody has to
click. The next export is the proof: an account that it shows as wanted is ``unchanged``, so a list is idempotent.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable
from pathlib import Path
from typing import Any

from .._common.csv_cells import unprotected
from .._common.errors import ZorgidError
from . import cells, clicks, tables
from .cells import Cell, Fault, TableError
from .folder import Folder, safe
from .model import ATTRIBUTES, UNCHANGED, Account, Actual, Result
from .planner import Rules, plan
from .twins import MOST

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
_OURS = {kind: name for name, kind in ATTRIBUTES.items()}
#: without any of these every account would look new
TELLING = frozenset({"Personeelsnummer", "UZI-nummer", "Geboortedatum"})


def read_export(path: str | Path, notes: list[str] | None = None) -> list[Actual]:
    """Members as the portal's export (CSV or XLSX) shows them; notes gets what a person has to know about the reading.
    Error: ``export_unreadable``, also without any member, because an organisation always has an administrator."""
    file = Path(path)
    members: list[Actual] = []
    wrong: list[str] = []
    rows: dict[Any, int] = {}
    try:
        table = tables.read(file, COLUMNS, NEEDED)
        if not TELLING & table.columns.keys():
            raise TableError(f"no column that tells people apart ({', '.join(sorted(TELLING))})", action=_AGAIN)
        unknown = frozenset(_OURS.get(name, name) for column, name in COLUMNS.items() if column not in table.columns)
        for number, line in table.rows:
            row = {name: line[index] for name, index in table.columns.items() if index < len(line)}
            if not all(cells.blank(cell) for cell in row.values()):
                members.append(_member(table, number, row, unknown, wrong))
                first = rows.setdefault(members[-1]["id"] or number, number)
                if first != number:
                    place = f"row {number}, column {table.column('Gebruikersnaam')}"
                    wrong.append(f"{place}: the same user as in row {first}")
        if not members:
            raise TableError("no member at all, and an organisation always has an administrator", action=_AGAIN)
    except (OSError, TableError) as error:
        expected = f"the CSV or XLSX file that the portal exports, with the columns {', '.join(NEEDED)}"
        raise tables.unreadable(
            "export_unreadable", f"The export {tables.named(file)}", error, expected, _AGAIN
        ) from error
    if wrong:
        more = f"; and {len(wrong) - MOST} more" if len(wrong) > MOST else ""
        raise ZorgidError(
            "export_unreadable",
            f"The export {tables.named(file)} cannot be used",
            expected=f"in Rol: {', '.join(ROLES)}; in Status: {', '.join(DEVICES)}; days as 31-12-1990",
            found="; ".join(wrong[:MOST]) + more,
            action=_AGAIN,
        )
    if notes is not None:
        notes += table.notes
    return members


_AGAIN = "export the list of users (Gebruikers) again from the portal, and do not change it in a spreadsheet"
#: how the columns are read that are no words; a UZI number of nine digits lost no zero
_READERS: dict[str, Callable[[Cell], str | Fault]] = {
    "date_of_birth": cells.day,
    "external_id": cells.key,
    "uziNumber": lambda cell: cells.key(cell) if isinstance(cell, int) and cell >= 10**8 else cells.code(cell),
    "roleCode": cells.code,
    "agbCode": cells.code,
}


def _member(
    table: tables.Table, number: int, row: dict[str, Cell], unknown: frozenset[str], wrong: list[str]
) -> Actual:
    found: dict[str, str | None] = {}
    for column, name in COLUMNS.items():
        cell = row.get(column)
        # The portal puts an apostrophe before a cell that a spreadsheet would run as a formula.
        cell = unprotected(cells.clean(cell)) if isinstance(cell, str) else cell
        value = _READERS.get(name, cells.text)(cell)
        if isinstance(value, Fault):
            wrong.append(f"row {number}, column {table.column(column)}: {value.what}")
            value = ""
        found[name] = value or None
    role, device = ROLES.get((found["role"] or "").lower()), DEVICES.get((found["device"] or "").lower())
    for column, word in (("Rol", role), ("Status", device)):
        if word is None:
            wrong.append(f"row {number}, column {table.column(column)}: an unknown word")
    return {
        "id": found["id"],
        "version": None,
        "external_id": found["external_id"],
        "first_name": found["first_name"],
        "last_name": found["last_name"],
        "date_of_birth": found["date_of_birth"],
        "email": found["email"],
        "attributes": {kind: found[kind] for kind in ATTRIBUTES.values() if found[kind]},
        "role": role,
        "device": device,
        "active": device not in ("blocked", "revoked"),
        "unknown": unknown,
    }


def keep(
    export: str,
    folder: str,
    desired: list[Account],
    rules: Rules,
    *,
    check_mode: bool = False,
    members: list[Actual] | None = None,
) -> dict[str, Any]:
    """Compare the export with the list and write what people have to click: one list (HTML and CSV) for each operator
    who did WID checks, and one that any operator (or an administrator) can work off. members gets what the export
    shows."""
    notes: list[str] = []
    found = read_export(export, notes)
    if members is not None:
        members += found
    planned = plan(desired, found, rules)
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
    ordered = [told.as_dict() for told in listed + purged + planned.staying]
    result: dict[str, Any] = {
        "changed": changed,
        "results": ordered,
        "summary": dict(Counter(item["status"] for item in ordered)),
        "worklists": lists,
    }
    if notes:
        result["warnings"] = notes
    failed = result["summary"].get("failed", 0)
    if failed:
        result |= {
            "failed": True,
            "error_code": "accounts_failed",
            "msg": f"{failed} of {len(ordered)} accounts failed; results says which and why.",
        }
    return result
