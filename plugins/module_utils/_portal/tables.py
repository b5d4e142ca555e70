# SPDX-FileCopyrightText: gbz.zorgid contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""The lines of a CSV or XLSX file, as HR systems and the portal export them."""

from __future__ import annotations

import csv
import io
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

from .._common.libraries import demand, needs


class TableError(ValueError):
    """What is wrong with the table, in words that name nobody."""


def lines(file: Path) -> Iterator[Sequence[Any]]:
    """The header row, then the others. CSV: UTF-8, comma or semicolon; XLSX: the first sheet, cells with their types.

    A row with a cell where the header has none is refused: somewhere in it a comma or semicolon stands without quotes,
    and everything behind it would be read as something else. Raises OSError, UnicodeDecodeError or TableError.
    """
    width = None
    for number, line in enumerate(_xlsx(file) if file.suffix.lower() == ".xlsx" else _csv(file), 1):
        if width is None:
            width = len(line)
        elif len(line) > width and any(cell not in (None, "") for cell in line[width:]):
            raise TableError(f"more cells in row {number} than in the header")
        yield line
    if not width:
        raise TableError("no header row")


def _csv(file: Path) -> Iterator[Sequence[Any]]:
    text = file.read_bytes().decode("utf-8-sig")
    header = text.partition("\n")[0]
    delimiter = ";" if header.count(";") > header.count(",") else ","
    try:
        yield from csv.reader(io.StringIO(text, newline=""), delimiter=delimiter, strict=True)
    except csv.Error as error:
        raise TableError(str(error)) from error


def _xlsx(file: Path) -> Iterator[Sequence[Any]]:
    with needs("openpyxl>=3.1"):
        import openpyxl  # here, because it takes ninety milliseconds and most lists are no workbooks
    demand()
    try:
        workbook = openpyxl.load_workbook(file, read_only=True, data_only=True)
        try:
            yield from workbook.worksheets[0].iter_rows(values_only=True)
        finally:
            workbook.close()
    except Exception as error:  # openpyxl raises zipfile's and its own exceptions
        if isinstance(error, KeyError) or type(error).__module__.partition(".")[0] in ("openpyxl", "zipfile", "xml"):
            raise TableError("no workbook") from error
        raise
