# SPDX-FileCopyrightText: gbz.zorgid contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""The content of a workbook's parts: shared texts, number formats and rows, parsed from a stream of XML."""

from __future__ import annotations

import re
from datetime import date, datetime, timedelta

from .cells import (
    BAD_NUMBER,
    MAX_CELLS,
    MAX_COLUMNS,
    Cell,
    Fault,
    TableError,
)

MAX_STRINGS = 3_000_000
SAVE_AGAIN = "open it in Excel, save it, and use that file"

NO_VALUE = Fault("a formula whose result is not stored", "open the file in Excel, save it, and use that file")
ERROR_VALUE = Fault("a formula that ends in an error", "correct the formula in Excel, or type the value instead")
BAD_STRING = Fault("a text that the file does not hold", "open the file in Excel, save it, and use that file")

_ESCAPE = re.compile("_x([0-9A-Fa-f]{4})_")
_LITERAL = re.compile(r'"[^"]*"|\[(?![hms]+\])[^\]]*\]|\\.|_.|\*.')
_WORDS = ("general", "standaard", "standard")


def meaning(code: str) -> str:
    """What a number format shows: ``day``, a width (``000000``: filled with leading zeros), or '' for others."""
    plain = code.partition(";")[0]
    if len(plain) > 1 and not plain.strip("0"):
        return plain
    plain = _LITERAL.sub("", plain).lower()
    if plain.strip() in _WORDS:
        return ""
    return "day" if set("dy") & set(plain) or ("m" in plain and not set("hs") & set(plain)) else ""


class Strings:
    """The texts of ``<si>``, with or without formatting, without the phonetic text (``<rPh>``)."""

    def __init__(self, found: list[str]) -> None:
        self._found = found
        self._parts: list[str] | None = None
        self._spoken = 0
        self._in_text = False

    def start(self, name: str, _attributes: dict[str, str]) -> None:
        if name == "si":
            self._parts = []
        elif name == "rPh":
            self._spoken += 1
        self._in_text = name == "t" and not self._spoken

    def text(self, data: str) -> None:
        if self._in_text and self._parts is not None:
            self._parts.append(data)

    def end(self, name: str) -> None:
        self._in_text = False
        if name == "rPh":
            self._spoken -= 1
        elif name == "si" and self._parts is not None:
            if len(self._found) >= MAX_STRINGS:
                raise TableError("the workbook has more texts than any list of employees")
            self._found.append(_unescaped("".join(self._parts)))
            self._parts = None


class Rows:
    """``<sheetData>``, row by row. A row or cell without a place (``r``) follows the one before."""

    def __init__(self, strings: list[str], meanings: list[str], epoch_1904: bool) -> None:
        self._strings, self._meanings, self._epoch_1904 = strings, meanings, epoch_1904
        self._ready: list[tuple[int, list[Cell], bool]] = []
        self._columns: dict[str, int] = {}
        self._row = self._column = self._count = self._spoken = 0
        self._hidden = self._formula = self._within = False
        self._cells: list[Cell] = []
        self._kind = self._style = ""
        self._value: list[str] | None = None
        self._target: list[str] | None = None

    def taken(self) -> list[tuple[int, list[Cell], bool]]:
        """The rows that are complete since the last call: number, cells, hidden."""
        ready, self._ready = self._ready, []
        return ready

    def start(self, name: str, attributes: dict[str, str]) -> None:
        if name == "c":
            place = attributes.get("r")
            self._column = self._place(place) if place else self._column + 1
            self._kind, self._style = attributes.get("t", "n"), attributes.get("s", "")
            self._value, self._formula = None, False
        elif name == "v" or (name == "t" and not self._spoken):
            self._value = self._value if name == "t" and self._value is not None else []
            self._target = self._value
        elif name == "f":
            self._formula = True
        elif name == "rPh":
            self._spoken += 1
        elif name == "row":
            place = attributes.get("r", "")
            self._row = int(place) if place.isdecimal() and len(place) < 9 else self._row + 1
            self._hidden = attributes.get("hidden") in ("1", "true")
            self._column, self._cells = 0, []
        elif name == "sheetData":
            self._within = True

    def text(self, data: str) -> None:
        if self._target is not None:
            self._target.append(data)

    def end(self, name: str) -> None:
        if name in ("v", "t"):
            self._target = None
        elif name == "c":
            self._keep(self._cell())
        elif name == "rPh":
            self._spoken -= 1
        elif name == "row" and self._cells and self._within:
            self._ready.append((self._row, self._cells, self._hidden))
        elif name == "sheetData":
            self._within = False

    def _keep(self, cell: Cell) -> None:
        if cell is None or cell == "":
            return
        self._count += 1
        if self._column > MAX_COLUMNS or self._count > MAX_CELLS:
            raise TableError("the sheet is larger than any list of employees", row=self._row)
        self._cells.extend([None] * (self._column - len(self._cells)))
        self._cells[self._column - 1] = cell

    def _place(self, reference: str) -> int:
        """The column of ``AB12``, from 1."""
        letters = reference.rstrip("0123456789")
        if letters not in self._columns:
            if not re.fullmatch("[A-Za-z]{1,3}", letters):
                raise TableError("the workbook is damaged: a cell has no place", row=self._row, action=SAVE_AGAIN)
            number = 0
            for letter in letters.upper():
                number = number * 26 + ord(letter) - 64
            self._columns[letters] = number
        return self._columns[letters]

    def _cell(self) -> Cell:
        kind = self._kind
        if kind == "e":
            return ERROR_VALUE
        if self._value is None or (self._formula and not self._value and kind != "str"):
            return NO_VALUE if self._formula else None
        raw = "".join(self._value)
        if kind == "s":
            number = int(raw) if raw.strip().isdecimal() and len(raw) < 12 else -1
            return self._strings[number] if 0 <= number < len(self._strings) else BAD_STRING
        if kind in ("inlineStr", "str"):
            return _unescaped(raw)
        raw = raw.strip()
        if kind == "b":
            return raw in ("1", "true")
        if kind == "d":
            try:
                return datetime.fromisoformat(raw)
            except ValueError:
                return raw
        return self._number(raw) if raw else None

    def _number(self, raw: str) -> Cell:
        try:
            number: int | float = int(raw) if len(raw) < 20 and raw.lstrip("-").isdecimal() else float(raw)
        except ValueError:
            return BAD_NUMBER
        style = int(self._style) if self._style.isdecimal() and len(self._style) < 9 else -1
        meaning = self._meanings[style] if 0 <= style < len(self._meanings) else ""
        if meaning == "day":
            return _day(number, self._epoch_1904)
        if meaning and number == number // 1 and 0 <= number < 1e15:
            return str(int(number)).zfill(len(meaning))
        return number


def _day(serial: float, epoch_1904: bool) -> Cell:
    """The day of a number with a date format. The system of 1900 has a 29 February 1900, number 60."""
    if not 0 <= serial < 2_958_466 or (not epoch_1904 and 60 <= serial < 61):
        return BAD_NUMBER
    epoch = date(1904, 1, 1) if epoch_1904 else date(1899, 12, 30 if serial > 60 else 31)
    try:
        return datetime(epoch.year, epoch.month, epoch.day) + timedelta(seconds=round(serial * 86400))
    except OverflowError:
        return BAD_NUMBER


def _unescaped(text: str) -> str:
    """``_x000D_`` is how XLSX writes a character that XML cannot hold (ECMA-376 part 1, 22.9.2.19)."""
    return _ESCAPE.sub(lambda found: chr(int(found[1], 16)), text) if "_x" in text else text
