# SPDX-FileCopyrightText: gbz.zorgid contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""Finds the header row that fits a mapping, and the columns of the mapping's titles."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field

from .._common.text import printable
from .cells import Cell, TableError, blank
from .mapping import ListMapping
from .table_header import letter
from .tables import NumberedRow
from .titles import is_citizen_number, title_key
from .understood import Header, Wrong

_RENAMED = "compare the mapping with the header of the export: a title in the mapping, or the export, has changed"


@dataclass(slots=True)
class Columns:
    """row: number of the header. titles: as they are written. places: folded title -> columns, from 0. read: field ->
    its columns; the first with a value is used. never: columns of BSNs, which are not read."""

    row: int
    titles: list[str]
    lettered: bool = True
    places: dict[str, list[int]] = field(default_factory=dict)
    read: dict[str, list[int]] = field(default_factory=dict)
    key: list[int] = field(default_factory=list)
    person: list[int] = field(default_factory=list)
    where: list[tuple[int, tuple[str, ...]]] = field(default_factory=list)
    enabled: list[int] = field(default_factory=list)
    never: list[int] = field(default_factory=list)

    def shown_name(self, index: int) -> str:
        """The name of a column for messages: header and letter if the mapping has it, else the letter only, because an
        unknown header may be a person's name."""
        title = self.titles[index] if index < len(self.titles) else ""
        if title and index in self.known():
            return f"{printable(title, 40)} ({letter(index)})" if self.lettered else printable(title, 40)
        return letter(index) if self.lettered else f"number {index + 1}"

    def known(self) -> set[int]:
        named = (*self.read.values(), self.key, self.person, self.enabled, [index for index, _values in self.where])
        return {index for places in named for index in places}

    def headers(self) -> tuple[Header, ...]:
        named = [("key", self.key), *self.read.items(), ("person", self.person), ("enabled", self.enabled)]
        named.append(("where", [index for index, _values in self.where]))
        return tuple(
            Header(name, printable(self.titles[index], 60), letter(index)) for name, places in named for index in places
        )

    def unknown(self) -> tuple[str, ...]:
        known = self.known()
        return tuple(letter(index) for index, title in enumerate(self.titles) if title and index not in known)


def hits(cells: Sequence[Cell], wanted: Iterable[str]) -> int:
    """How many of the titles are in the row."""
    return len({title_key(cell) for cell in cells if isinstance(cell, str)} & set(wanted))


def header_in(first: Sequence[NumberedRow], mapping: ListMapping) -> NumberedRow | None:
    """The row with the most titles of the mapping, the first of several; None if no row has two of them."""
    wanted = mapping.titles()
    if mapping.header_row:
        found = next((row for row in first if row[0] == mapping.header_row), None)
        return found if found is not None and hits(found[1], wanted) else None
    best = max(first, key=lambda row: (hits(row[1], wanted), -row[0]), default=None)
    least = min(2, len(wanted))
    return best if best is not None and hits(best[1], wanted) >= least else None


def columns_of(header: NumberedRow, mapping: ListMapping, *, lettered: bool = True) -> tuple[Columns, list[Wrong]]:
    """The columns of the mapping in this header, and a mistake for each title that is missing or ambiguous."""
    number, cells = header
    titles = ["" if blank(cell) else " ".join(str(cell).split()) for cell in cells]
    while titles and not titles[-1]:
        titles.pop()
    columns = Columns(number, titles, lettered)
    for index, title in enumerate(titles):
        if is_citizen_number(title):
            columns.never.append(index)
        elif title:
            columns.places.setdefault(title_key(title), []).append(index)
    wrong: list[Wrong] = []

    def place(title: str) -> int | None:
        found = columns.places.get(title_key(title), [])
        if len(found) > 1:
            at = " and ".join(letter(index) for index in found)
            what = f"two columns are called {printable(title, 40)} ({at})"
            mistake = Wrong(number, "", what, "keep one of the two columns in the export")
            if mistake not in wrong:
                wrong.append(mistake)
        return found[0] if found else None

    def places(name: str, sought: Sequence[str], *, needed: bool = True) -> list[int]:
        found = [index for title in sought if (index := place(title)) is not None]
        if not found and needed:
            titles = " or ".join(printable(title, 40) for title in sought)
            wrong.append(
                Wrong(number, "", f"the header has no column {titles} ({name}){_near(columns, sought)}", _RENAMED)
            )
        return found

    for part in mapping.key.parts:
        columns.key += places("key", part)[:1]
    for name, sought in mapping.columns.items():
        found = places(name, sought, needed=name not in mapping.optional)
        if found:
            columns.read[name] = found
    for title in mapping.person:
        columns.person += places("person", (title,))
    for title, values in mapping.where:
        columns.where += [(index, values) for index in places("where", (title,))]
    if mapping.enabled is not None:
        columns.enabled = places("enabled", mapping.enabled.titles)
    return columns, wrong


def nothing_found(first: Sequence[NumberedRow], mapping: ListMapping) -> TableError:
    """The error for a table without a header; it names the titles that were looked for."""
    wanted = [title for titles in (mapping.key.titles, *mapping.columns.values()) for title in titles]
    if any(
        len(cells) and isinstance(cells[0], str) and sum(map(cells[0].count, ";,\t|")) > 2 and len(cells) == 1
        for _number, cells in first
    ):
        return TableError(
            "every row is in one cell, because the delimiter is another one or the whole row is in quotation marks",
            action="in Excel, choose Text to Columns (Tekst naar kolommen) on the tab Data, and save as a workbook",
        )
    where = f"row {mapping.header_row}" if mapping.header_row else "the first twenty rows"
    titles = ", ".join(printable(title, 40) for title in wanted[:12])
    what = f"no header with the columns of the mapping ({titles}) stands in {where} of the table"
    return TableError(what, action=_RENAMED)


def _near(columns: Columns, sought: Sequence[str]) -> str:
    """``, perhaps column F``: a column with a similar title, by its letter only."""
    import difflib  # only a list with a mistake needs it

    for title in sought:
        close = difflib.get_close_matches(title_key(title), list(columns.places), 1, 0.75)
        if close:
            return f", perhaps column {letter(columns.places[close[0]][0])}"
    return ""
