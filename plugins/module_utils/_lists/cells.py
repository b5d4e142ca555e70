# SPDX-FileCopyrightText: gbz.zorgid contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""Reads the cells of a table: texts without invisible characters, days in Dutch notation, and numbers that may have
lost leading zeros. An ambiguous cell is a ``Fault``, which says how to correct it in Excel."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime, time
from typing import TypeAlias

MAX_BYTES = 100_000_000
MAX_ROWS = 250_000
MAX_COLUMNS = 1_000
MAX_CELLS = 10_000_000


@dataclass(frozen=True, slots=True)
class Fault:
    """Why a cell cannot be read. what: describes the cell without its value. action: how the author corrects it."""

    what: str
    action: str


#: a value as the reader of the file returns it; in CSV every cell is a text
Cell: TypeAlias = "str | int | float | bool | datetime | Fault | None"


class TableError(ValueError):
    """An error of the table as a whole, without names of people. row: in the file, 0 for none. column: its index, until
    the header is known and ``place`` has the column's name."""

    def __init__(self, message: str, *, row: int = 0, column: int | None = None, action: str = "") -> None:
        super().__init__(message)
        self.row, self.column, self.action = row, column, action
        self.place = ""


TO_TEXT = "in Excel, give the column the number format Text and type the value again in full"
TO_DATE = "in Excel, give the column the number format Date, check the dates, and save"
_FULL_DATE = "in Excel, write the date as day-month-year with four digits of the year (31-12-1990)"

BAD_NUMBER = Fault("a number that cannot be a date or a code", "correct the cell in Excel")
_ERROR = Fault("the error of a formula", "correct the formula in Excel, or type the value instead")
_HASHES = Fault("only ####, because the column was too narrow", "make the column wider in Excel and save again")
GARBLED = Fault(
    "letters that were lost or damaged in an earlier conversion",
    "export the list again, as CSV UTF-8 (in PowerShell: Export-Csv -Encoding UTF8)",
)
_SERIAL = Fault("a number without a date format, where a date is expected", TO_DATE)
_ZEROS = Fault("a number, which may have lost its leading zeros", TO_TEXT)
_SHORTENED = Fault("a number that is shortened or may have been rounded (as in 1,2E+11)", TO_TEXT)
_DECIMALS = Fault("a number with decimals", TO_TEXT)
_A_NUMBER = Fault("a number, where a text is expected", TO_TEXT)
_TRUTH = Fault("true or false, where a text is expected", "correct the cell in Excel")
_A_DATE = Fault("a date, where a text is expected: Excel has changed it", TO_TEXT)
_NO_DATE = Fault("no date", f"{_FULL_DATE}, or leave the cell empty")
_TWO_DIGITS = Fault("a date whose year has two digits", _FULL_DATE)
_SLASHED = Fault(
    "a date that may be day/month or month/day",
    "check in the HR system which number is the day, and write the date with hyphens, day-month-year (31-12-1990)",
)
_EMPTY_1900 = Fault(
    "a date of 1900 or before, which systems write when they do not know the date",
    "leave the cell empty, or give the date of birth",
)
_HOUR = Fault("a date with a time of day, so the day may have shifted", "export the date without a time")
_FUTURE = Fault("a date that is still to come", "correct the year in the HR system or in Excel")

#: BOM, soft hyphen, zero width blanks and direction marks: invisible, but they make equal texts unequal
_UNSEEN = dict.fromkeys((0xFEFF, 0xAD, 0x200B, 0x200E, 0x200F, 0x2060, *range(0x202A, 0x202F), *range(0x2066, 0x206A)))
_BREAKS = re.compile(r"[\r\n\t]+ *")
_ERRORS = re.compile(r"#(N/[AB]|REF!|VERW!|VALUE!|WAARDE!|NAME\?|NAAM\?|DIV/0!|DEEL/0!|NUM!|GETAL!|NULL!|LEEG!)", re.I)
#: UTF-8 that was read as Windows-1252 (Ã©), and the characters that replace a letter
_WRONG_LETTERS = re.compile(
    "[ÃÂÄÅ][\x80-\xbf…Œ\u2018\u2019\u201c\u201d–—˜šœž]|Â(?= |$)|[a-z][ŽŸŠŒ]|Ÿ[a-z]"
    "|[‚„†‡ˆ‰‹›•™€ƒ¤¦§©«¬®¶»¼½¾¿³¹²¯±°\ufffd?]"
)
_MARKS = re.compile('[?#="]')
_CONTROL = re.compile("[\0-\x1f\x7f-\x9f]")
_ISO = re.compile(r"(\d{4})([-/.]?)(\d\d?)\2(\d\d?)")
_DUTCH = re.compile(r"(\d\d?)([-./ ])(\d\d?|[a-z]{3,9}\.?)\2(\d{4}|\d\d)", re.I)
_TIME = re.compile(r"(?:T| +)(\d\d?):(\d\d)(?::(\d\d)(?:[.,]\d+)?)? ?(?:Z|[+-]\d\d:?\d\d)?$", re.I)
#: an empty cell as databases, pivot tables and people write it. Case matters, because Null is a surname
_NOTHING = frozenset(
    (
        *(
            "NULL",
            "null",
            "(null)",
            "(NULL)",
            "[NULL]",
            "NaN",
            "NaT",
            "N/A",
            "n/a",
            "n.v.t.",
            "N.v.t.",
            "N.V.T.",
            "n.v.t",
        ),
        *("nvt", "NVT", "-", "--", "–", "—", ".", "(leeg)", "(Leeg)", "(blank)", "(empty)"),
    )
)
_UNKNOWN = ("onbekend", "unknown")
_SCIENTIFIC = re.compile(r"-?\d+([.,]\d+)?E[+-]\d+", re.I)
_WHOLE = re.compile(r"\d+[.,]0+")
_ROLE_CODE = re.compile(r"\d\d\.\d{3}")
_MONTHS = {
    name: number
    for number, names in enumerate(
        ("jan", "feb", "mrt maa mar", "apr", "mei may", "jun", "jul", "aug", "sep", "okt oct", "nov", "dec"), 1
    )
    for name in names.split()
}
#: "no date" as databases write it
_NO_DAY = ("0001-01-01", "0000-00-00")


def clean(cell: str) -> str:
    """The text in one line, without invisible characters and without blanks around it."""
    if cell.isascii() and cell.isprintable():
        return cell.strip()
    return _BREAKS.sub(" ", cell.translate(_UNSEEN).replace("\xa0", " ").replace("\u202f", " ").strip())


def blank(cell: Cell) -> bool:
    """Whether a cell is empty or has only blanks and invisible characters."""
    if isinstance(cell, str):
        return not (cell.strip() if cell.isascii() else clean(cell))
    return cell is None


def nothing(cell: str, whose: bool) -> bool:
    """Whether the word in a cell means that it is empty. whose: true for a name or a number, where unknown means empty
    (nobody has that name); for a day or an address, unknown is a fault."""
    if len(cell) > 20:
        return False
    found = cell.strip()
    return found in _NOTHING or (whose and found.casefold() in _UNKNOWN)


def tidy(row: Sequence[Cell]) -> bool:
    """Whether every text of the row needs only ``strip``: most rows do, so this makes reading faster."""
    joined = "".join(row)  # type: ignore[arg-type]  # only for text files, whose cells are all texts
    return joined.isascii() and joined.isprintable() and not _MARKS.search(joined)


def text(cell: Cell) -> str | Fault:
    """A name, an address or a word."""
    if isinstance(cell, str):
        found = clean(cell)
        if found[:2] == '="' and found[-1:] == '"' and len(found) > 2:
            found = found[2:-1].strip()  # the form in which systems prevent that Excel reads it as a number
        if found[:1] == "#" and _ERRORS.fullmatch(found):
            return _ERROR
        if found[:2] == "##" and not found.strip("#"):
            return _HASHES
        return GARBLED if _CONTROL.search(found) else found
    if cell is None:
        return ""
    if isinstance(cell, Fault):
        return cell
    if isinstance(cell, bool):
        return _TRUTH
    return _A_DATE if isinstance(cell, datetime) else _A_NUMBER


def name(cell: Cell) -> str | Fault:
    """Part of a person's name; letters that were lost in a wrong encoding are a fault."""
    found = text(cell)
    if isinstance(found, str) and ("?" in found or not found.isascii()) and _WRONG_LETTERS.search(found):
        return GARBLED
    return found


def key(cell: Cell) -> str | Fault:
    """A number that identifies a person. A number cell is accepted if it can have lost only leading zeros;
    ``RowReader.lost_zeros`` checks these when the whole column is known."""
    if isinstance(cell, int | float) and not isinstance(cell, bool):
        if cell != cell // 1:
            return _DECIMALS
        # from 1e11 Excel shows only the first digits, and saves them so as CSV
        return str(int(cell)) if 0 <= cell < 1e11 else _SHORTENED
    found = text(cell)
    if isinstance(found, str) and found[:1] == "'":
        found = found[1:].strip()  # people mark a text in this way
    if isinstance(found, str) and found[:1].isdigit() and not found.isdigit():
        if _SCIENTIFIC.fullmatch(found):
            return _SHORTENED
        if _WHOLE.fullmatch(found):
            return _DECIMALS
    return found


def code(cell: Cell) -> str | Fault:
    """A number whose leading zeros matter: a number cell is a fault."""
    if isinstance(cell, int | float) and not isinstance(cell, bool):
        return _ZEROS
    return key(cell)


def role_code(cell: Cell) -> str | Fault:
    """As ``code``; 30.000, a nurse's, has no decimals."""
    if isinstance(cell, str) and _ROLE_CODE.fullmatch(cell.strip()):
        return cell.strip()
    return code(cell)


def day(cell: Cell) -> str | Fault:
    """``YYYY-MM-DD``, or empty."""
    return _moment(cell)[0]


def birth(cell: Cell) -> str | Fault:
    """A date of birth; with a time of day it is a fault, because another time zone may have shifted it."""
    found, hour = _moment(cell)
    if isinstance(found, Fault) or not found:
        return found
    if hour != time():
        return _HOUR
    if found <= "1900-01-01":
        return _EMPTY_1900
    return _FUTURE if found > date.today().isoformat() else found


def _moment(cell: Cell) -> tuple[str | Fault, time]:
    """The day as it is written, and the time of day beside it."""
    if isinstance(cell, datetime):
        written: str | Fault = cell.date().isoformat()
        when = cell.time()
    elif isinstance(cell, int | float) and not isinstance(cell, bool):
        whole = cell == cell // 1 and 19_000_101 <= cell <= 99_991_231
        written, when = (str(int(cell)) if whole else _SERIAL), time()
    else:
        written, when = text(cell), time()
    if isinstance(written, Fault) or not written:
        return written, when
    if len(written) > 10 and (found := _TIME.search(written)):
        try:
            when = time(int(found[1]), int(found[2]), int(found[3] or 0))
        except ValueError:
            return _NO_DATE, when
        written = written[: found.start()]
    iso = _written(written)
    return ("" if iso in _NO_DAY else iso), when


def _written(found: str) -> str | Fault:
    if match := _ISO.fullmatch(found):
        if not match[2] and len(found) != 8:
            return _SERIAL
        year, month, day = match[1], int(match[3]), int(match[4])
    elif match := _DUTCH.fullmatch(found):
        year, day = match[4], int(match[1])
        month = int(match[3]) if match[3].isdecimal() else _MONTHS.get(match[3][:3].lower(), 0)
        if len(year) == 2:
            return _TWO_DIGITS
        if match[2] == "/" and match[3].isdecimal() and day != month:
            if max(day, month) <= 12:
                return _SLASHED
            day, month = max(day, month), min(day, month)
    else:
        return _SERIAL if found.isdecimal() else _NO_DATE
    iso = f"{year}-{month:02}-{day:02}"
    if iso in _NO_DAY:
        return iso
    try:
        return date.fromisoformat(iso).isoformat()
    except ValueError:
        return _NO_DATE
