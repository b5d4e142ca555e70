# SPDX-FileCopyrightText: gbz.zorgid contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""The cells of a CSV file, as Excel, PowerShell and HR systems write it; each row with the line where it begins."""

from __future__ import annotations

import codecs
import csv
import io
import re
from collections.abc import Iterator, Sequence
from itertools import islice

from .cells import MAX_CELLS, MAX_COLUMNS, TableError
from .table_header import FIRST_ROWS

_SEPARATOR = re.compile(r'"?sep=([^\w\s"]|\t)"?(?:\r\n|\r|\n)', re.I)
_TYPE = re.compile(r'"?#TYPE [^\r\n]*(?:\r\n|\r|\n)')
_DELIMITERS = (";", "\t", ",", "|")
_SAVE = "save it as CSV UTF-8 or as an Excel workbook (.xlsx)"
_QUOTES = "close the quotation mark, or write two where one belongs to the value; Excel does so when it saves the file"


def decoded(data: bytes) -> tuple[str, str]:
    """The text and its encoding's name: UTF-16 by its mark, strict UTF-8, or else Windows-1252, as Excel saves CSV."""
    for mark, encoding in ((codecs.BOM_UTF16_LE, "utf-16-le"), (codecs.BOM_UTF16_BE, "utf-16-be")):
        if data.startswith(mark):
            try:
                text = data[2:].decode(encoding)
            except UnicodeDecodeError as error:
                raise TableError(f"the file is no {encoding.upper()} from byte {error.start + 2} on") from error
            if "\0" in text:
                raise TableError("the file holds characters that no text has; it may be UTF-32", action=_SAVE)
            return text, encoding
    if b"\0" in data:
        raise TableError(
            "the file holds bytes that no text has; it may be UTF-16 without its mark, or damaged", action=_SAVE
        )
    try:
        return data.decode("utf-8-sig"), "utf-8"
    except UnicodeDecodeError as error:
        if data.startswith(codecs.BOM_UTF8):
            raise TableError(
                f"the file says it is UTF-8 and is not, at byte {error.start}", action="save it as CSV UTF-8 again"
            ) from error
    try:
        return data.decode("cp1252"), "windows-1252"
    except UnicodeDecodeError as error:
        raise TableError(
            f"the file is neither UTF-8 nor Windows-1252, at byte {error.start}", action="save it as CSV UTF-8"
        ) from error


def delimiter_of(text: str, score: dict[str, int]) -> str:
    """The delimiter with which most of the column names are found (``score``: delimiter -> how many)."""
    best = max(_DELIMITERS, key=lambda one: score.get(one, 0))
    if score.get(best, 0) > 1:
        return best
    head = text[:20_000]
    return max(_DELIMITERS, key=head.count)


def rows(text: str, delimiter: str, before: int = 0, *, strict: bool = True) -> Iterator[tuple[int, Sequence[str]]]:
    """Line where it begins, and cells, of each row. before: lines of the file before the text."""
    # a blank before a quotation mark is none of the value: 1; "Berg; van der"
    lines = io.StringIO(text, newline="")
    reader = csv.reader(lines, delimiter=delimiter, strict=strict, skipinitialspace=True)
    begins, count = 0, 0
    while True:
        begins = reader.line_num
        try:
            cells = next(reader, None)
        except csv.Error as error:
            if "limit" in str(error):
                what = "a cell is longer than any value; a quotation mark before it may never be closed"
                raise TableError(what, row=begins + before + 1, action=_QUOTES) from error
            raise _broken(text, begins, before, delimiter) from error
        if cells is None:
            return
        count += len(cells)
        if len(cells) > MAX_COLUMNS or count > MAX_CELLS:
            raise TableError("the table is larger than any list of employees", row=begins + before + 1)
        yield begins + before + 1, cells


def head(text: str, delimiter: str) -> list[tuple[int, Sequence[str]]]:
    """The first rows, whatever their quotation marks are."""
    try:
        found = rows(text[:200_000], delimiter, strict=False)
        return list(islice((row for row in found if any(row[1])), FIRST_ROWS))
    except TableError:
        return []


def introduced(text: str) -> tuple[str, str, int]:
    """What follows the lines that only programs write (``sep=;``, ``#TYPE …``), the delimiter they name, and their
    number; without marks in front of it and DOS's sign of the end behind it."""
    text, delimiter, skipped = text.lstrip("\ufeff").rstrip("\x1a"), "", 0
    while found := _SEPARATOR.match(text) or _TYPE.match(text):
        if found.re is _SEPARATOR:
            delimiter = found[1]
        text, skipped = text[found.end() :], skipped + 1
    return text, delimiter, skipped


def _broken(text: str, line: int, before: int, delimiter: str) -> TableError:
    """A row whose quotation marks do not pair: which cell it is."""
    first = next(islice(io.StringIO(text, newline=""), line, None), "").rstrip("\r\n")
    stop = re.escape(delimiter)
    good = re.compile(rf' *+(?:"(?:[^"]|"")*"|(?!")[^{stop}]*)(?:{stop}|$)')
    column, place = 0, 0
    while (found := good.match(first, place)) and found.end() > place:
        column, place = column + 1, found.end()
    return TableError("a quotation mark stands alone in the cell", row=line + before + 1, column=column, action=_QUOTES)
