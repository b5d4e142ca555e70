# SPDX-FileCopyrightText: gbz.zorgid contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""The cells of a CSV file from Excel, PowerShell or an HR system; each row with the line in which it begins."""

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
    """The text and the name of its encoding: UTF-16 by its mark, valid UTF-8, else Windows-1252 (Excel's CSV)."""
    for mark, encoding in ((codecs.BOM_UTF16_LE, "utf-16-le"), (codecs.BOM_UTF16_BE, "utf-16-be")):
        if data.startswith(mark):
            try:
                text = data[2:].decode(encoding)
            except UnicodeDecodeError as error:
                raise TableError(f"the file is not {encoding.upper()} from byte {error.start + 2} on") from error
            if "\0" in text:
                raise TableError(
                    "the file contains characters that do not occur in text; it may be UTF-32", action=_SAVE
                )
            return text, encoding
    if b"\0" in data:
        raise TableError(
            "the file contains bytes that do not occur in text; it may be UTF-16 without byte order mark, or damaged",
            action=_SAVE,
        )
    try:
        return data.decode("utf-8-sig"), "utf-8"
    except UnicodeDecodeError as error:
        if data.startswith(codecs.BOM_UTF8):
            raise TableError(
                f"the file is marked as UTF-8 but is not UTF-8, at byte {error.start}",
                action="save it as CSV UTF-8 again",
            ) from error
    try:
        return data.decode("cp1252"), "windows-1252"
    except UnicodeDecodeError as error:
        raise TableError(
            f"the file is neither UTF-8 nor Windows-1252, at byte {error.start}", action="save it as CSV UTF-8"
        ) from error


def decoded_as(data: bytes, encoding: str) -> str:
    """The text in the encoding that the file is known to have; another one is an error and never tried."""
    marks = {"utf-8": codecs.BOM_UTF8, "utf-16-le": codecs.BOM_UTF16_LE, "utf-16-be": codecs.BOM_UTF16_BE}
    other = next((name for name, mark in marks.items() if data.startswith(mark) and name != encoding), None)
    try:
        if other is None:
            text = data.removeprefix(marks.get(encoding, b"")).decode(encoding)
            if "\0" not in text:
                return text
    except UnicodeDecodeError as error:
        raise TableError(f"the file is not {encoding}, at byte {error.start}") from error
    raise TableError(f"the file is marked as {other}, not as {encoding}" if other else f"the file is not {encoding}")


def delimiter_of(text: str, score: dict[str, int]) -> str:
    """The delimiter with which the most column names are found (``score``: delimiter -> number of names)."""
    best = max(_DELIMITERS, key=lambda one: score.get(one, 0))
    if score.get(best, 0) > 1:
        return best
    head = text[:20_000]
    return max(_DELIMITERS, key=head.count)


def rows(text: str, delimiter: str, before: int = 0, *, strict: bool = True) -> Iterator[tuple[int, Sequence[str]]]:
    """For each row, the line in which it begins and its cells. before: number of lines of the file before the text."""
    # ignore a blank before a quotation mark: 1; "Berg; van der"
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
    """The first rows, also with unpaired quotation marks."""
    try:
        found = rows(text[:200_000], delimiter, strict=False)
        return list(islice((row for row in found if any(row[1])), FIRST_ROWS))
    except TableError:
        return []


def introduced(text: str) -> tuple[str, str, int]:
    """The text after the lines that programs add (``sep=;``, ``#TYPE …``), the delimiter in them, and the number of
    these lines. Removes the byte order mark and DOS's end-of-file character."""
    text, delimiter, skipped = text.lstrip("\ufeff").rstrip("\x1a"), "", 0
    while found := _SEPARATOR.match(text) or _TYPE.match(text):
        if found.re is _SEPARATOR:
            delimiter = found[1]
        text, skipped = text[found.end() :], skipped + 1
    return text, delimiter, skipped


def _broken(text: str, line: int, before: int, delimiter: str) -> TableError:
    """The error for a row with unpaired quotation marks; it names the cell."""
    first = next(islice(io.StringIO(text, newline=""), line, None), "").rstrip("\r\n")
    stop = re.escape(delimiter)
    good = re.compile(rf' *+(?:"(?:[^"]|"")*"|(?!")[^{stop}]*)(?:{stop}|$)')
    column, place = 0, 0
    while (found := good.match(first, place)) and found.end() > place:
        column, place = column + 1, found.end()
    return TableError("a quotation mark stands alone in the cell", row=line + before + 1, column=column, action=_QUOTES)
