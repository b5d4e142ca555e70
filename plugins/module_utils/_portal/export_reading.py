# SPDX-FileCopyrightText: gbz.zorgid contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""Reads the members of an organisation from the table that its portal exports."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

from .._common.csv_cells import unprotected
from .._common.errors import ZorgidError
from .._lists import cells, tables
from .._lists.cells import Cell, TableError
from .export_form import NEEDED, TELLING, ExportForm, export_form
from .member_rows import Wrong, member_of
from .model import Actual
from .twins import MOST

_AGAIN = "export the list of users (Gebruikers) again from the portal, and do not change it in a spreadsheet"
_MAP = "compare the export with the page map: its columns, words and form of dates"


def read_export(path: str | Path, notes: list[str] | None = None, form: ExportForm | None = None) -> list[Actual]:
    """Members as the portal's export (CSV or XLSX) shows them; adds to notes what a person has to know about the
    reading. form: of a page map; None: the form that is assumed of VZVZ's portal. Error: ``export_unreadable``, also
    without any member, because an organisation always has an administrator."""
    file = Path(path)
    members: list[Actual] = []
    wrong: list[str] = []
    rows: dict[Any, int] = {}
    again = _AGAIN if form is None else _MAP
    needed = tuple(map(export_form().title, NEEDED)) if form is None else tuple(form.columns)
    form = form or export_form()
    try:
        table = tables.read(file, form.columns, needed, encoding=form.encoding)
        there = {form.columns[title] for title in table.columns}
        if there.isdisjoint(TELLING):
            identifying = ", ".join(sorted(map(form.title, TELLING)))
            raise TableError(f"no column that identifies a person ({identifying})", action=again)
        unknown = form.unknown(there)
        for number, line in table.rows:
            row = {name: line[index] for name, index in table.columns.items() if index < len(line)}
            if not all(cells.blank(cell) for cell in row.values()):
                mistakes = Wrong(f"row {number}", table.column, wrong)
                members.append(member_of(form, _bare(row), unknown, mistakes))
                first = rows.setdefault(members[-1]["id"] or number, number)
                if first != number:
                    mistakes.add(form.title("id"), f"the same user as in row {first}")
        if not members:
            raise TableError("no member at all, and an organisation always has an administrator", action=again)
    except (OSError, TableError) as error:
        expected = f"the CSV or XLSX file that the portal exports, with the columns {', '.join(needed)}"
        raise tables.unreadable(
            "export_unreadable", f"The export {tables.named(file)}", error, expected, again
        ) from error
    if wrong:
        more = f"; and {len(wrong) - MOST} more" if len(wrong) > MOST else ""
        raise ZorgidError(
            "export_unreadable",
            f"The export {tables.named(file)} cannot be used",
            expected=form.expected,
            found="; ".join(wrong[:MOST]) + more,
            action=again,
        )
    if notes is not None:
        notes += table.notes
    return members


def missing_columns(members: list[Actual]) -> list[str]:
    """Titles of the optional columns that this export does not have."""
    return export_form().titles(members[0].get("unknown", frozenset()) if members else frozenset())


def _bare(row: Mapping[str, Cell]) -> dict[str, Cell]:
    """The row without the apostrophe that the portal writes before what a spreadsheet would run as a formula."""
    return {name: unprotected(cells.clean(cell)) if isinstance(cell, str) else cell for name, cell in row.items()}
