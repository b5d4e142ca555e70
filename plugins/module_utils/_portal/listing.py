# SPDX-FileCopyrightText: gbz.zorgid contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""The rows of an HR list as fields of accounts, with every mistake by its row of the file and its column."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from .._lists import cells, tables
from .._lists.cells import Cell, Fault
from .._lists.table_header import folded, letter, nearest
from .model import FIELDS, IDENTIFICATION

#: how each field's cells are read; the others are words
_READERS: dict[str, Callable[[Cell], str | Fault]] = {
    "external_id": cells.key,
    "checked_by": cells.key,
    "uzi_number": cells.code,
    "role_code": cells.code,
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
#: of employees no role is kept, so that none is asked for
OF_EMPLOYEES = tuple(name for name in COLUMNS if name != "role")
_AGAIN = "take out the rows that are no people"
NEEDED = ("external_id", "first_name", "last_name")


@dataclass(frozen=True, slots=True)
class Mistake:
    """row: of the file, or the place in a list. column: as it is told; '' for the row as a whole."""

    row: int
    column: str
    what: str
    action: str


class Listing:
    """What a file holds: ``rows`` are (row of the file, fields); ``mistakes`` are complete when those were taken."""

    def __init__(self, file: Path, offered: Sequence[str] = COLUMNS) -> None:
        """offered: the columns that are proposed for one that is unknown."""
        self._offered = offered
        self.table = tables.read(file, COLUMNS, NEEDED)
        self.mistakes: list[Mistake] = []
        self.blank = 0
        #: whether a row has cells beyond the header, so that nobody knows which cell belongs to which column
        self.moved = False
        self._told: set[int] = set()
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
                    value = cell.strip()  # type: ignore[union-attr]  # a tidy row is texts
                elif reader in _DAYS:  # few days are unlike, and reading one takes longer than looking it up
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
        """A value in a column that is none of ours: each such column is told once; a cell beyond the header each time,
        because everything before it may have moved."""
        if index >= len(self.table.titles):
            self.moved = True
            action = "put values that hold the delimiter in quotation marks, or name the column in the header"
            self.mistakes.append(
                Mistake(number, letter(index), "there are more cells in the row than in the header", action)
            )
        elif index not in self._told:
            self._told.add(index)
            title = self.table.titles[index]
            what = "a column that is unknown here" if title else "a value in a column without a name"
            action = f"take the column out, or call it one of: {', '.join(self._offered)}"
            what += nearest(title, self.table.columns, self._offered)
            self.mistakes.append(Mistake(number, self.table.place(index), what, action))

    def _compare_zeros(self, number: int, cell: Cell) -> None:
        if isinstance(cell, int | float) and not isinstance(cell, bool):
            self._numbers.append((number, len(f"{cell:.0f}")))
        elif isinstance(cell, str) and cell[:1] == "0":
            self._padded = max(self._padded, len(cell))

    def _lost_zeros(self) -> None:
        """Where some numbers are texts with leading zeros, shorter ones that are no texts may have lost theirs."""
        if self._padded:
            fault = Fault("a number, where other rows have a text with leading zeros", cells.TO_TEXT)
            told = {mistake.row for mistake in self.mistakes if mistake.column == self.column("external_id")}
            for number, digits in self._numbers:
                if digits < self._padded and number not in told:
                    self._note(number, "external_id", fault)
