# SPDX-FileCopyrightText: gbz.zorgid contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""Read the rows of an HR list as fields of accounts; every mistake has its row of the file and its column."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from .._lists import cells, tables
from .._lists.cells import Cell, Fault
from .._lists.table_header import folded, letter, nearest
from .model import FIELDS, IDENTIFICATION

#: how the cells of each field are read; those of other fields are texts
_READERS: dict[str, Callable[[Cell], str | Fault]] = {
    "external_id": cells.key,
    "checked_by": cells.key,
    "uzi_number": cells.code,
    "role_code": cells.role_code,
    "agb_code": cells.code,
    "first_name": cells.name,
    "prefix": cells.name,
    "last_name": cells.name,
    "date_of_birth": cells.birth,
    "document_expires": cells.day,
    "checked_at": cells.day,
}
_WORDS = (cells.text, cells.name)
_DAYS = (cells.birth,)
COLUMNS = (*(name for name in FIELDS if name != "identification"), *IDENTIFICATION)
#: employees have no role in the list, so none is required
OF_EMPLOYEES = tuple(name for name in COLUMNS if name != "role")
_AGAIN = "remove the rows that are not people"
NEEDED = ("external_id", "first_name", "last_name")


@dataclass(frozen=True, slots=True)
class Mistake:
    """row: of the file, or the place in a list. column: as messages name it; '' for the whole row."""

    row: int
    column: str
    what: str
    action: str


class Listing:
    """The content of a file: ``rows`` are (row of the file, fields); ``mistakes`` are complete after all rows were
    read."""

    def __init__(self, file: Path, offered: Sequence[str] = COLUMNS) -> None:
        """offered: the columns that an error proposes for an unknown one."""
        self._offered = offered
        self.table = tables.read(file, COLUMNS, NEEDED)
        self.mistakes: list[Mistake] = []
        self.blank = 0
        #: whether a row has cells beyond the header, so that nobody knows which cell belongs to which column
        self.moved = False
        self._reported: set[int] = set()
        self._numbers: list[tuple[int, int]] = []
        self._padded = 0

    def column(self, name: str) -> str:
        return self.table.column(name)

    def rows(self) -> Iterator[tuple[int, dict[str, Any], Collection[str]]]:
        """Row of the file, its fields, and the names of those that could not be read; their mistakes are noted."""
        read = [(name, index, _READERS.get(name, cells.text)) for name, index in self.table.columns.items()]
        key = self.table.columns["external_id"]
        others = list(self.table.unknown())
        width = len(self.table.titles)
        last = self.table.header_row
        text = self.table.read["format"] == "csv"
        known: dict[Cell, str | Fault] = {}
        for number, line in self.table.rows:
            fields: dict[str, Any] = {}
            faulty: list[str] = []
            tidy = text and cells.tidy(line)
            for name, index, reader in read:
                cell = line[index] if index < len(line) else None
                if cell is None or cell == "":
                    continue
                if tidy and reader in _WORDS:
                    value = cell.strip()  # type: ignore[union-attr]  # a tidy row has texts only
                elif reader in _DAYS:  # a list has few different days, and a look-up is faster than parsing
                    value = known.get(cell) or known.setdefault(cell, reader(cell))
                else:
                    value = reader(cell)
                if isinstance(value, Fault):
                    faulty.append(name)
                    self._note(number, name, value)
                elif value and name in IDENTIFICATION:
                    fields.setdefault("identification", {})[name] = value
                elif value:
                    fields[name] = value
            if others or len(line) > width:
                strange = [one for one in (*others, *range(width, len(line))) if one < len(line)]
                for index in strange:
                    if not cells.blank(line[index]):
                        faulty.append("")
                        self._stranger(number, index)
            if self.table.read["format"] == "xlsx":
                self.blank += max(0, number - last - 1)
                last = number
            if not fields and not faulty:
                self.blank += 1
                continue
            if folded(fields.get("external_id", "")) == folded(self.table.titles[key]):
                faulty += COLUMNS
                self.mistakes.append(Mistake(number, self.column("external_id"), "the header again", _AGAIN))
            self._compare_zeros(number, line[key] if key < len(line) else None)
            yield number, fields, faulty
        self._lost_zeros()

    def _note(self, number: int, name: str, fault: Fault) -> None:
        self.mistakes.append(Mistake(number, self.column(name), fault.what, fault.action))

    def _stranger(self, number: int, index: int) -> None:
        """A value in an unknown column: each such column is reported once; a cell beyond the header every time, because
        the cells before it may be in the wrong columns."""
        if index >= len(self.table.titles):
            self.moved = True
            action = (
                "put values that contain the delimiter in quotation marks, or give the column a title in the header"
            )
            self.mistakes.append(
                Mistake(number, letter(index), "there are more cells in the row than in the header", action)
            )
        elif index not in self._reported:
            self._reported.add(index)
            title = self.table.titles[index]
            what = "an unknown column" if title else "a value in a column without a name"
            action = f"remove the column, or give it one of these titles: {', '.join(self._offered)}"
            what += nearest(title, self.table.columns, self._offered)
            self.mistakes.append(Mistake(number, self.table.place(index), what, action))

    def _compare_zeros(self, number: int, cell: Cell) -> None:
        if isinstance(cell, int | float) and not isinstance(cell, bool):
            self._numbers.append((number, len(f"{cell:.0f}")))
        elif isinstance(cell, str) and cell[:1] == "0":
            self._padded = max(self._padded, len(cell))

    def _lost_zeros(self) -> None:
        """If some numbers are texts with leading zeros, shorter ones that are not texts may have lost their zeros."""
        if self._padded:
            fault = Fault("a number, where other rows have a text with leading zeros", cells.TO_TEXT)
            reported = {mistake.row for mistake in self.mistakes if mistake.column == self.column("external_id")}
            for number, digits in self._numbers:
                if digits < self._padded and number not in reported:
                    self._note(number, "external_id", fault)
