# SPDX-FileCopyrightText: gbz.zorgid contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""Turns the rows of a mapped list into entries, one for each contract; each mistake has its row and column."""

from __future__ import annotations

import hashlib
from collections import defaultdict
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from datetime import date

from . import other_rows
from .cells import Cell, Fault, blank
from .list_header import Columns
from .mapping import ListMapping, where_value
from .row_reader import ListEntry, RowReader
from .sources import Grid
from .tables import NumberedRow
from .titles import title_key
from .understood import LeftOut, Wrong

#: maximum of rows that are shown for each reason for leaving rows out
SHOWN = 20
#: maximum of other organisations whose people are in the list
OTHERS = 2000
_AGAIN = "export the complete list again, without a filter"
_WHY = {
    "blank": "blank rows",
    "title": "title rows",
    "header": "rows with the header once more",
    "total": "rows of totals",
    "guest": "guests",
    "no_number": "rows without a number",
    "where": "rows of others (where)",
}


def digest(value: str) -> str:
    """The first 16 hexadecimal digits of the value's SHA-256."""
    return hashlib.sha256(value.encode("utf-8", "surrogatepass")).hexdigest()[:16]


@dataclass(slots=True)
class _Count:
    """Counts people for the totals: since the last total, and all."""

    rows: int = 0
    since: int = 0
    keys: set[str] = field(default_factory=set)


class Entries:
    """``rows`` yields the entries; the other results are complete after the last one."""

    def __init__(self, grid: Grid, columns: Columns, mapping: ListMapping, today: date) -> None:
        self._grid, self._columns = grid, columns
        self.reader = RowReader(columns, mapping, today, epoch_1904=grid.epoch_1904)
        self.wrong = self.reader.wrong
        self._out: dict[str, list[int]] = defaultdict(list)
        self._others: dict[int, dict[str, list[int]]] = {}
        self._blank = 0
        self._count = _Count()
        self._people = _Count()
        self._totals: list[tuple[int, int, int]] = []
        self._type = columns.places.get("usertype", [])[:1]
        self._name = columns.places.get("userprincipalname", [])[:1]

    @property
    def count(self) -> int:
        """The number of rows with people who belong to this list."""
        return self._people.rows

    def left_out(self) -> list[LeftOut]:
        """The rows that gave no entry, grouped by reason; complete after ``rows``."""
        found = [LeftOut("blank", _WHY["blank"], self._blank)] if self._blank else []
        return found + [
            LeftOut(reason, what, len(rows), tuple(rows[:SHOWN]))
            for reason, what in _WHY.items()
            if (rows := self._out.get(reason))
        ]

    # rows -------------------------------------------------------------------------------------------------------------

    def above(self, rows: Sequence[NumberedRow]) -> None:
        """Process the rows above the header, which are titles."""
        for number, line in rows:
            if other_rows.filled(line):
                self._skip("title", number)
                if other_rows.is_total(line) and (total := other_rows.total_of(line)) is not None:
                    self._totals.append((number, total, -1))

    def rows(self, below: Iterator[NumberedRow]) -> Iterator[ListEntry]:
        columns = self._columns
        last, width = columns.row, len(columns.titles)
        key, surname = columns.key, columns.read.get("last_name", [])
        gaps = self._grid.form["format"] == "xlsx"
        for number, line in below:
            if gaps:
                self._blank += max(0, number - last - 1)
                last = number
            if columns.never:
                line = list(line)
                for index in columns.never:
                    if index < len(line):
                        line[index] = None
            has_key = all(index < len(line) and not blank(line[index]) for index in key)
            has_name = any(index < len(line) and not blank(line[index]) for index in surname)
            if self._is_nobody(number, line, has_key, has_name):
                continue
            raw_key = self._raw_key(line)
            self._counted(self._count, raw_key)
            if self._left(number, line):
                continue
            self._counted(self._people, raw_key)
            if beyond := [place for place in range(width, len(line)) if not blank(line[place])]:
                what = "there are more cells in the row than in the header"
                action = (
                    "put values that contain the delimiter in quotation marks, or give the column a title in the header"
                )
                self.reader.note(number, beyond[0], what, action)
                continue
            entry = self.reader.entry(number, line)
            if entry is not None:
                yield entry
        self.reader.lost_zeros()
        self.reader.no_citizen_numbers()
        self._compare_totals()

    def _is_nobody(self, number: int, line: Sequence[Cell], has_key: bool, has_name: bool) -> bool:
        """Whether the row is not a person; such rows are counted by their kind."""
        if has_key and has_name:
            place = self._columns.key[0]
            first = line[place]
            if isinstance(first, str) and (not any(map(str.isdigit, first)) or first == self._columns.titles[place]):
                if self._is_header(line):
                    return self._skip("header", number)
                return bool(other_rows.is_total(line) and self._total(number, line))
            return False
        if not other_rows.filled(line):
            self._blank += 1
            return True
        if self._is_header(line):
            return self._skip("header", number)
        if other_rows.is_total(line) and not (has_key and has_name):
            return self._total(number, line)
        return other_rows.is_title(line) and self._skip("title", number)

    def _left(self, number: int, line: Sequence[Cell]) -> bool:
        """Whether the row is a person who does not belong to this list."""
        others = False
        for index, values in self._columns.where:
            value = line[index] if index < len(line) else None
            shown = "" if isinstance(value, Fault) or value is None else where_value(value)
            if isinstance(value, Fault) or shown not in values:
                others = True
                self._other(index, shown, number)
        if others:
            return self._skip("where", number)
        if any(index < len(line) and where_value(line[index]) in ("guest", "gast") for index in self._type):
            return self._skip("guest", number)
        if any(index < len(line) and "#EXT#" in str(line[index]).upper() for index in self._name):
            return self._skip("guest", number)
        some = any(index < len(line) and not blank(line[index]) for index in self._columns.key)
        return not some and self._skip("no_number", number)

    def _other(self, index: int, value: str, number: int) -> None:
        seen = self._others.setdefault(index, {})
        if value in seen:
            seen[value][1] += 1
        elif len(seen) < OTHERS:
            seen[value] = [number, 1]

    def others(self) -> dict[str, dict[str, tuple[int, ...]]]:
        """For each column of ``where``: a digest of each value that this list leaves out, with its first row and the
        number of its rows. A column with more than ``OTHERS`` values is left out, because it does not contain
        organisations."""
        return {
            str(index): {digest(value): tuple(rows) for value, rows in seen.items()}
            for index, seen in self._others.items()
            if len(seen) < OTHERS
        }

    def _skip(self, reason: str, number: int) -> bool:
        self._out[reason].append(number)
        return True

    def _is_header(self, line: Sequence[Cell]) -> bool:
        titles = self._columns.titles
        same = [
            title_key(cell) == title_key(titles[index])
            for index, cell in enumerate(line[: len(titles)])
            if isinstance(cell, str) and titles[index] and not blank(cell)
        ]
        return len(same) > 1 and sum(same) * 2 > len(same)

    # totals -----------------------------------------------------------------------------------------------------------

    def _counted(self, count: _Count, key: str) -> None:
        count.rows += 1
        count.since += 1
        count.keys.add(key)

    def _total(self, number: int, line: Sequence[Cell]) -> bool:
        total = other_rows.total_of(line)
        if total is not None:
            self._totals.append((number, total, self._count.since))
        self._count.since = self._people.since = 0
        return self._skip("total", number)

    def _compare_totals(self) -> None:
        """A total may count rows or people, with or without those of others; a subtotal counts rows since the last
        total."""
        whole = {self._count.rows, len(self._count.keys), self._people.rows, len(self._people.keys)}
        for number, total, since in self._totals:
            if total not in whole and total != since:
                what = f"the total says {total}, and {self._count.rows} rows of people were found"
                self.wrong.append(Wrong(number, "", what, _AGAIN))

    def _raw_key(self, line: Sequence[Cell]) -> str:
        return "\0".join(str(line[index]) if index < len(line) else "" for index in self._columns.key)
