# SPDX-FileCopyrightText: gbz.zorgid contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""A row of a portal's table as a member. A cell that cannot be read is noted, and never guessed."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Set
from dataclasses import dataclass
from datetime import datetime, time
from typing import cast

from .._browser.written_days import day_of
from .._lists import cells
from .._lists.cells import Cell, Fault
from .export_form import ExportForm
from .model import ATTRIBUTES, Actual

#: how columns that are not words are read; a UZI number with nine digits has lost no zero
_READERS: dict[str, Callable[[Cell], str | Fault]] = {
    "date_of_birth": cells.day,
    "external_id": cells.key,
    "uziNumber": lambda cell: cells.key(cell) if isinstance(cell, int) and cell >= 10**8 else cells.code(cell),
    "roleCode": cells.role_code,
    "agbCode": cells.code,
}


@dataclass(frozen=True)
class Wrong:
    """Where mistakes of one row are noted. row: its name. column: the name of a column in messages, by its title."""

    row: str
    column: Callable[[str], str]
    mistakes: list[str]

    def add(self, title: str, what: str) -> None:
        self.mistakes.append(f"{self.row}, column {self.column(title)}: {what}")


def member_of(form: ExportForm, row: Mapping[str, Cell], unknown: Set[str], wrong: Wrong) -> Actual:
    """The member. row: title -> cell. If something is wrong with it, the whole table is refused."""
    found: dict[str, str | None] = {}
    for title, name in form.columns.items():
        value = _read(form, name, row.get(title))
        if isinstance(value, Fault):
            wrong.add(title, value.what)
            value = ""
        found[name] = found.get(name) or value or None
    if "id" not in form.columns.values():
        # A portal whose list has no names of its own: the number, or who it is.
        names = ("first_name", "last_name", "date_of_birth")
        found["id"] = found.get("external_id") or " ".join(filter(None, map(found.get, names))) or None
    role = form.roles.get((found.get("role") or "").lower())
    device = form.devices.get((found.get("device") or "").lower())
    for name, word in (("role", role), ("device", device)):
        if word is None:
            wrong.add(form.title(name), "an unknown word")
    # If a field is missing, ``wrong`` says so and the table is refused; only a name may be missing.
    known = cast("dict[str, str]", {"id": found.get("id"), "role": role, "device": device})
    return {
        "id": known["id"],
        "version": None,
        "external_id": found.get("external_id"),
        "first_name": found.get("first_name"),
        "last_name": found.get("last_name"),
        "date_of_birth": found.get("date_of_birth"),
        "email": found.get("email"),
        "attributes": {kind: found[kind] for kind in ATTRIBUTES.values() if found.get(kind)},
        "role": known["role"],
        "device": known["device"],
        "active": device not in ("blocked", "revoked"),
        "unknown": unknown,
    }


def _read(form: ExportForm, name: str, cell: Cell) -> str | Fault:
    if name == "date_of_birth" and form.days is not None:
        return _day(form.days, cell)
    return _READERS.get(name, cells.text)(cell)


def _day(days: str, cell: Cell) -> str | Fault:
    """A day in the one form that the map gives; a workbook's own date needs no form."""
    if isinstance(cell, datetime):
        return cell.date().isoformat() if cell.time() == time() else Fault("a date with a time of day", "")
    found = cells.text(cell)
    if isinstance(found, Fault) or not found:
        return found
    return day_of(found, days) or Fault(f"not a day that is written as {days}", "")
