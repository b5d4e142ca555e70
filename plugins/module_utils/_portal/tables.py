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


def lines(file: Path) -> Iterator[Sequence[Any]]:
    """CSV: UTF-8, comma or semicolon; XLSX: the first sheet, cells with their types.

    Raises OSError, UnicodeDecodeError, csv.Error or ValueError (no workbook).
    """
    return _xlsx(file) if file.suffix.lower() == ".xlsx" else _csv(file)


def _csv(file: Path) -> Iterator[Sequence[Any]]:
    text = file.read_bytes().decode("utf-8-sig")
    header = text.partition("\n")[0]
    delimiter = ";" if header.count(";") > header.count(",") else ","
    yield from csv.reader(io.StringIO(text, newline=""), delimiter=delimiter, strict=True)


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
            raise ValueError("no XLSX workbook") from error
        raise
