# SPDX-FileCopyrightText: gbz.zorgid contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""Reads the table in a CSV or XLSX file from an HR system or the portal: its header, our columns in it, and its rows
with their numbers in the file."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from .._common.errors import ZorgidError
from .._common.text import printable
from .._common.trouble import in_words
from .cells import (
    MAX_BYTES,
    MAX_ROWS,
    Cell,
    TableError,
    blank,
    clean,
)
from .table_header import (
    FIRST_ROWS,
    folded,
    header_of,
    instead,
    letter,
    ours_in,
)

NumberedRow = tuple[int, Sequence[Cell]]

_OLE = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1"
#: the first bytes of other file types that users give instead of a table
_KINDS = (
    (b"%PDF", "a PDF document"),
    (b"{\\rtf", "a text document (RTF)"),
    (b"\x1f\x8b", "a compressed file (gzip)"),
    (b"7z\xbc\xaf", "a compressed file (7-Zip)"),
    (b"Rar!", "a compressed file (RAR)"),
    (b"\x09\x08", "a workbook of an old Excel (.xls)"),
)
_AS_WORKBOOK = "open it in Excel and save it as an Excel workbook (.xlsx)"


@dataclass
class Table:
    """columns: our name -> index. titles: the header as it is written. rows: those after the header, also blank ones.

    read: a description of the file for results. notes: sentences that the user has to know.
    """

    file: str
    header_row: int
    titles: list[str]
    columns: dict[str, int]
    rows: Iterator[NumberedRow]
    read: dict[str, Any]
    notes: list[str] = field(default_factory=list)

    def column(self, name: str) -> str:
        """The name of a column for messages: its header and its letter."""
        index = self.columns.get(name)
        return name if index is None else self.place(index)

    def place(self, index: int) -> str:
        title = self.titles[index] if index < len(self.titles) else ""
        return f"{printable(title, 40)} ({letter(index)})" if title else letter(index)

    def unknown(self) -> dict[int, str]:
        """The columns that are not ours: index -> title ('' without one)."""
        ours = set(self.columns.values())
        return {index: title for index, title in enumerate(self.titles) if index not in ours}


def named(file: Path) -> str:
    """The name of a file for messages."""
    return printable(file.name, 100)


def content(file: Path) -> bytes:
    """The file's bytes, at most MAX_BYTES. Raises OSError or TableError."""
    if file.stat().st_size > MAX_BYTES:
        raise TableError(f"the file has more than {MAX_BYTES // 1_000_000} MB, more than any list of employees")
    return file.read_bytes()


def read(
    file: Path,
    known: Iterable[str],
    needed: Iterable[str],
    also: Mapping[str, str] | None = None,
    *,
    encoding: str | None = None,
) -> Table:
    """The table of a file; the type is found by the content, not by the file name.

    known: our columns. needed: those that the table must have. also: other headers -> our column. encoding: of a CSV,
    if it is known (``utf-8``, ``windows-1252``, ``utf-16-le``, ``utf-16-be``). Raises OSError or TableError.
    """
    names = {folded(name): ours for name, ours in (also or {}).items()} | {folded(name): name for name in known}
    data = content(file)
    if data.startswith((b"PK\3\4", b"PK\5\6")):
        table = _from_workbook(file, data, names, tuple(needed))
    else:
        refuse_others(data)
        table = _from_text(file, data, names, tuple(needed), encoding)
    return table


def refuse_others(data: bytes) -> None:
    """TableError for another file type, by its first bytes."""
    found = next((what for beginning, what in _KINDS if data.startswith(beginning)), None)
    start = data[:2000].replace(b"\0", b"").lstrip(b"\xef\xbb\xbf\xff\xfe \t\r\n").lower()
    if data.startswith(_OLE):
        locked = "EncryptedPackage".encode("utf-16-le") in data
        found = "a workbook protected with a password" if locked else "a workbook of an old Excel (.xls)"
        action = "save it without a password" if locked else _AS_WORKBOOK
        raise TableError(f"the file is {found}", action=action)
    if start.startswith((b"<html", b"<!doctype html", b"<table", b"<meta", b"<head")):
        found = "a web page (HTML), whatever its name ends in"
    elif start.startswith((b"<?xml", b"<workbook")):
        found = "XML, such as Excel 2003 saves"
    if found:
        raise TableError(f"the file is {found}", action=_AS_WORKBOOK)


def _from_text(
    file: Path, data: bytes, names: Mapping[str, str], needed: tuple[str, ...], given: str | None = None
) -> Table:
    from . import csv_rows  # a workbook does not need it

    text, encoding = csv_rows.decoded(data) if given is None else (csv_rows.decoded_as(data, given), given)
    text, delimiter, skipped = csv_rows.introduced(text)
    if not delimiter:
        heads = {one: csv_rows.head(text, one) for one in (";", "\t", ",", "|")}
        score = {one: max((len(ours_in(cells, names)) for _n, cells in rows), default=0) for one, rows in heads.items()}
        delimiter = csv_rows.delimiter_of(text, score)
    table = _table(file, csv_rows.rows(text, delimiter, skipped), names, needed)
    table.read = {"file": named(file), "format": "csv", "encoding": encoding, "delimiter": delimiter, **table.read}
    if encoding == "windows-1252" and given is None:
        table.notes.append(
            f"{named(file)} is not UTF-8 and was read as Windows-1252, as Excel saves CSV in the Netherlands: "
            "check a name with an accent, or save the file as CSV UTF-8"
        )
    return table


def _from_workbook(file: Path, data: bytes, names: Mapping[str, str], needed: tuple[str, ...]) -> Table:
    from .workbook import Workbook  # a text file does not need it

    with Workbook(data) as book:
        visible = [sheet for sheet in book.sheets if not sheet.hidden]
        if not book.sheets:
            raise TableError("the workbook has no sheet with cells", action=_AS_WORKBOOK)
        if not visible:
            raise TableError("every sheet of the workbook is hidden", action="show the sheet with the list, and save")
        failures: list[TableError] = []
        for sheet in visible:
            hidden = 0

            def rows(sheet: Any = sheet) -> Iterator[NumberedRow]:
                nonlocal hidden
                for number, cells, unseen in book.rows(sheet):
                    hidden += unseen
                    yield number, cells

            try:
                table = _table(file, rows(), names, needed)
                break
            except _NoHeaderError as error:
                failures.append(error)
        else:
            raise failures[0]
        table.rows = iter(list(table.rows))  # the file is closed after this
    others = [printable(one.name, 40) for one in book.sheets if one is not sheet]
    table.read = {"file": named(file), "format": "xlsx", "sheet": printable(sheet.name, 40), **table.read}
    if others:
        table.notes.append(f"of {named(file)} only the sheet {table.read['sheet']} was read, not {', '.join(others)}")
    if hidden:
        table.notes.append(
            f"{named(file)} has hidden rows, {hidden} of them (a filter, perhaps); they were read like the others"
        )
    table.read["hidden_rows"] = hidden
    return table


class _NoHeaderError(TableError):
    """No row at the top has enough of our columns; the message then lists them."""


def _table(file: Path, rows: Iterator[NumberedRow], names: Mapping[str, str], needed: tuple[str, ...]) -> Table:
    first, failure = _beginning(rows, FIRST_ROWS)
    if not any(any(row[1]) for row in first):
        if failure:
            raise failure
        raise _NoHeaderError(
            "the table is empty: it has no header row",
            action=f"export the list again, with a header row that names {', '.join(needed)}",
        )
    place = header_of([cells for _number, cells in first], names, needed)
    number, header = first[place]
    titles = [clean(cell) if isinstance(cell, str) else "" for cell in header]
    while titles and not titles[-1]:
        titles.pop()
    columns: dict[str, int] = {}
    doubled: list[str] = []
    for index, title in enumerate(titles):
        ours = names.get(folded(title))
        if ours in columns:
            doubled.append(f"{ours} in {letter(columns[ours])} and {letter(index)}")
        elif ours is not None:
            columns[ours] = index
    if doubled:
        raise TableError(
            f"the header has a column twice: {'; '.join(doubled)}", row=number, action="keep one of the two columns"
        )
    table = Table(named(file), number, titles, columns, iter(()), {"header_row": number})
    mixed = _mixed(titles, names)
    if mixed:
        raise _NoHeaderError(
            f"the header mixes delimiters: {mixed}",
            row=number,
            action="separate all columns by one of them, in the header and in the rows below it",
        )
    absent = [name for name in needed if name not in columns]
    if absent:
        found = f"the header has no column {', '.join(absent)}"
        if len(titles) == 1 and sum(map(titles[0].count, ";,\t|")) > 1:
            what = (
                "every row is in one cell, because the delimiter is another one or the whole row is in quotation marks"
            )
            action = "in Excel, choose Text to Columns (Tekst naar kolommen) on the tab Data, and save as a workbook"
            raise _NoHeaderError(what, row=number, action=action)
        raise _NoHeaderError(f"{found}; {instead(titles, columns, names.values())}", row=number, action=_RENAME)
    wanted = [columns[name] for name in needed]
    for above, cells in first[:place]:
        if all(index < len(cells) and not blank(cells[index]) for index in wanted):
            raise TableError(
                "the row is above the header but is filled like a row below it",
                row=above,
                action="put the header above the first person; sorting in Excel may have moved it",
            )
    table.rows = _rest(table, first[place + 1 :], rows, failure)
    return table


def _mixed(titles: Sequence[str], names: Mapping[str, str]) -> str:
    """A sentence about a title that contains several of our columns, with another delimiter; '' if there is none."""
    for index, title in enumerate(titles):
        for delimiter in ";,\t|":
            if len(titles) > 1 and len(ours_in(title.split(delimiter), names)) > 1:
                return f"{letter(index)} contains {printable(title, 60)}, which are several columns"
    return ""


_RENAME = "give the columns the titles that the collection knows, in one row above the first person"


def beginning(rows: Iterator[NumberedRow], count: int = FIRST_ROWS) -> list[NumberedRow]:
    """The rows up to the ``count``-th with a value. An error after them is raised when the table is read."""
    return _beginning(rows, count)[0]


def _beginning(rows: Iterator[NumberedRow], count: int) -> tuple[list[NumberedRow], TableError | None]:
    """The rows up to the ``count``-th with a value, and the error of the row after them."""
    first: list[NumberedRow] = []
    try:
        for row in rows:
            first.append(row)
            count -= any(cell not in (None, "") for cell in row[1])
            if not count or len(first) > MAX_ROWS:
                break
    except TableError as error:
        return first, error
    return first, None


def _rest(
    table: Table, first: list[NumberedRow], rows: Iterator[NumberedRow], failure: TableError | None
) -> Iterator[NumberedRow]:
    try:
        yield from first
        if failure is not None:
            raise failure
        for count, row in enumerate(rows):
            if count >= MAX_ROWS:
                raise TableError(f"the table has more than {MAX_ROWS} rows, more than any list of employees")
            yield row
    except TableError as error:
        if error.column is not None:
            error.place = table.place(error.column)
        raise


def names_columns(error: Exception) -> bool:
    """Whether the message should list our columns: not if the file as a whole or a quotation mark is the problem."""
    return isinstance(error, _NoHeaderError) and error.row > 0


def unreadable(code: str, what: str, error: Exception, expected: str, action: str) -> ZorgidError:
    """The error for a file that could not be read; its cause comes first. code, what, action: of this kind of list."""
    if not isinstance(error, TableError):
        found = in_words(error)
        return ZorgidError(code, f"{what} cannot be read", expected=expected, found=found, action=action)
    where = f"row {error.row}" if error.row else ""
    if error.column is not None:
        where += f", column {error.place or letter(error.column)}"
    return ZorgidError(
        code,
        f"{what} cannot be read: {f'{where}: {error}' if where else error}",
        expected=expected,
        found=None,  # the cause is in front of the column names
        action=error.action or action,
        details={"row": error.row} if error.row else None,
    )
