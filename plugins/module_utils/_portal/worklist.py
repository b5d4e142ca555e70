# SPDX-FileCopyrightText: gbz.zorgid contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""The worklist driver, for a portal without an interface: it writes the plan as a worklist for a person.

VZVZ's portal exports its users as a table; compared with the desired accounts it gives exactly the actions for a
person. The next export is the proof: an account that it shows as desired is ``unchanged``, so a list is idempotent.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any, cast

from .._common import moments
from .._common.csv_cells import unprotected
from .._common.errors import ZorgidError
from .._common.letterhead import BLANK, Letterhead
from .._lists import cells, tables
from .._lists.cells import Cell, Fault, TableError
from . import worklist_page
from .driver import Connected, Executed, Outcome, Reading, Tell, Worklist, Written
from .export_form import export_form
from .folder import Folder, safe
from .model import ATTRIBUTES, Actual, Change
from .twins import MOST

#: our fields that every such export has
NEEDED = ("id", "first_name", "last_name", "role", "device")
_OURS = {kind: name for name, kind in ATTRIBUTES.items()}
#: an export without all of these would make every account look new
TELLING = ("external_id", "uziNumber", "date_of_birth")


def read_export(path: str | Path, notes: list[str] | None = None) -> list[Actual]:
    """Members as the portal's export (CSV or XLSX) shows them; adds to notes what a person has to know about the
    reading. Error: ``export_unreadable``, also without any member, because an organisation always has an
    administrator."""
    file = Path(path)
    members: list[Actual] = []
    wrong: list[str] = []
    rows: dict[Any, int] = {}
    form = export_form()
    needed = tuple(map(form.title, NEEDED))
    try:
        table = tables.read(file, form.columns, needed)
        there = {form.columns[title] for title in table.columns}
        if there.isdisjoint(TELLING):
            told = ", ".join(sorted(map(form.title, TELLING)))
            raise TableError(f"no column that identifies a person ({told})", action=_AGAIN)
        unknown = frozenset(_OURS.get(name, name) for name in form.columns.values() if name not in there)
        for number, line in table.rows:
            row = {name: line[index] for name, index in table.columns.items() if index < len(line)}
            if not all(cells.blank(cell) for cell in row.values()):
                members.append(_member(table, number, row, unknown, wrong))
                first = rows.setdefault(members[-1]["id"] or number, number)
                if first != number:
                    place = f"row {number}, column {table.column(form.title('id'))}"
                    wrong.append(f"{place}: the same user as in row {first}")
        if not members:
            raise TableError("no member at all, and an organisation always has an administrator", action=_AGAIN)
    except (OSError, TableError) as error:
        expected = f"the CSV or XLSX file that the portal exports, with the columns {', '.join(needed)}"
        raise tables.unreadable(
            "export_unreadable", f"The export {tables.named(file)}", error, expected, _AGAIN
        ) from error
    if wrong:
        more = f"; and {len(wrong) - MOST} more" if len(wrong) > MOST else ""
        raise ZorgidError(
            "export_unreadable",
            f"The export {tables.named(file)} cannot be used",
            expected=f"in Rol: {', '.join(form.roles)}; in Status: {', '.join(form.devices)}; days as 31-12-1990",
            found="; ".join(wrong[:MOST]) + more,
            action=_AGAIN,
        )
    if notes is not None:
        notes += table.notes
    return members


def missing_columns(members: list[Actual]) -> list[str]:
    """Titles of the optional columns that this export does not have."""
    unknown = members[0].get("unknown", frozenset()) if members else frozenset()
    return [title for title, name in export_form().columns.items() if _OURS.get(name, name) in unknown]


_AGAIN = "export the list of users (Gebruikers) again from the portal, and do not change it in a spreadsheet"
#: how columns that are not words are read; a UZI number with nine digits has lost no zero
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
    form = export_form()
    for column, name in form.columns.items():
        cell = row.get(column)
        # The portal writes an apostrophe before a cell that a spreadsheet would run as a formula.
        cell = unprotected(cells.clean(cell)) if isinstance(cell, str) else cell
        value = _READERS.get(name, cells.text)(cell)
        if isinstance(value, Fault):
            wrong.append(f"row {number}, column {table.column(column)}: {value.what}")
            value = ""
        found[name] = found.get(name) or value or None
    role = form.roles.get((found["role"] or "").lower())
    device = form.devices.get((found["device"] or "").lower())
    for name, word in (("role", role), ("device", device)):
        if word is None:
            wrong.append(f"row {number}, column {table.column(form.title(name))}: an unknown word")
    # If a field is missing, ``wrong`` says so and the export is refused; only a name may be missing.
    known = cast("dict[str, str]", {"id": found["id"], "role": role, "device": device})
    return {
        "id": known["id"],
        "version": None,
        "external_id": found["external_id"],
        "first_name": found["first_name"],
        "last_name": found["last_name"],
        "date_of_birth": found["date_of_birth"],
        "email": found["email"],
        "attributes": {kind: found[kind] for kind in ATTRIBUTES.values() if found[kind]},
        "role": known["role"],
        "device": known["device"],
        "active": device not in ("blocked", "revoked"),
        "unknown": unknown,
    }


class WorklistDriver:
    """Compares the export with the list, and writes the actions for people: one list (HTML and CSV) for each operator
    who did WID checks, and one that any operator (or an administrator) can complete. A ``PortalDriver``.

    folder: where the lists are written; None if nothing is to be changed. check_mode: no file is written. matter: the
    name of a separate list, besides those of all employees and administrators. head: the text above each list.
    """

    by_hand = True
    # ruff: noqa: ARG002 - the interface has more parameters than an export needs

    def __init__(
        self,
        export: str,
        folder: str | None = None,
        *,
        check_mode: bool = False,
        matter: str = "",
        head: Letterhead = BLANK,
    ) -> None:
        self._export, self._folder, self._check_mode = export, folder, check_mode
        self._matter, self._head = matter, head
        self._kind = "employees"

    def connect(self, ura: str, roles: Sequence[str] = ("employee",)) -> Connected:
        """Proves nothing: the export is read later, and it does not say which organisation it is of."""
        self._kind = "employees" if "employee" in roles else "administrators"
        return Connected()

    def read(self, ura: str, *, since: bool = False) -> Reading:
        """Reads the export; it does not show since when a phone is in its state."""
        notes: list[str] = []
        members = read_export(self._export, notes)
        return Reading(members, moments.written_at(self._export), notes=notes)

    def execute(self, changes: list[Change], ura: str, tell: Tell | None = None) -> Executed:
        """Error: ``worklist_unwritable``; nothing was changed in the portal then."""
        groups: dict[str, list[worklist_page.Task]] = {}
        for change in sorted(changes, key=worklist_page.turn):
            groups.setdefault(worklist_page.operator(change), []).append((change, worklist_page.steps(change)))
        files: dict[str, bytes] = {}
        worklists: list[Worklist] = []
        if self._matter and any(change.actual and change.actual["role"] != "employee" for change in changes):
            self._kind = "administrators"  # only administrators may change an administrator
        where = Folder(self._folder or "", "worklist_unwritable", "worklist_dir")
        for operator, tasks in sorted(groups.items()):
            stem = f"{ura}-{safe(self._matter) or self._kind}" + (f"-{safe(operator)}" if operator else "")
            files |= {
                f"{stem}.html": worklist_page.page(ura, self._kind, operator, tasks, self._head),
                f"{stem}.csv": worklist_page.table(tasks),
            }
            html, csv = (where.path(f"{stem}.{suffix}") for suffix in ("html", "csv"))
            worklists.append(Worklist(operator=operator or None, tasks=len(tasks), html=html, csv=csv))
        changed = where.keep(files, *self._mine(ura), check_mode=self._check_mode)
        return Executed([Outcome("todo")] * len(changes), Written(changed, worklists))

    def _mine(self, ura: str) -> list[str]:
        """The patterns of the files of these lists. A list about HR-1 is not one about HR-1.2."""
        if self._matter:
            return [f"{ura}-{safe(self._matter)}.{suffix}" for suffix in ("html", "csv")]
        return [f"{ura}-{self._kind}*"]

    def close(self) -> None:
        """There is no connection to close."""
