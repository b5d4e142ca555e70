# SPDX-FileCopyrightText: gbz.zorgid contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""Reads the days of a list, in the form that its mapping names: dates of birth, and begin and end of contracts."""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta

from . import cells
from .cells import Cell, Fault

#: systems write a year from this on for a contract without an end
OPEN_YEAR = 2099
#: nobody has a contract below the first age (Arbeidstijdenwet 3:2), and nobody works above the second
YOUNGEST, OLDEST = 13, 100
#: Excel's numbers of 1910-01-01 and 2100-01-01: a number outside these is probably no day
_FIRST_SERIAL, _LAST_SERIAL = 3654, 73051

_PARTS = {"d": r"(?P<day>\d\d?)", "m": r"(?P<month>\d\d?)", "y": r"(?P<year>\d{4})"}
_FORM = re.compile(r"(d{1,2}|m{1,2}|y{4}|j{4})([-/. ]?)(d{1,2}|m{1,2}|y{4}|j{4})\2(d{1,2}|m{1,2}|y{4}|j{4})", re.I)
_TIME = re.compile(r"(?:T| +)(\d\d?):(\d\d)(?::(\d\d)(?:[.,]\d+)?)? ?(Z|[+-]\d\d:?\d\d)?$", re.I)
#: midnight as a Windows with American settings writes it for a day without a time
_MIDNIGHT = re.compile(r" 12:00(?::00)? AM$", re.I)
_ISO = re.compile(r"\d{4}-\d\d-\d\d(?!\d)")
_NO_DAY = frozenset(("0001-01-01", "0000-00-00", "00000000", "00010101", "01-01-0001", "1-1-0001", "00-00-0000"))

_OTHER_FORM = Fault(
    "a date in another form than date_format", "correct the cell, or date_format in the mapping of this list"
)
_TOO_YOUNG = Fault(f"a date of birth of somebody younger than {YOUNGEST}", "correct the date of birth in the HR system")
_TOO_OLD = Fault(f"a date of birth of more than {OLDEST} years ago", "correct the date of birth in the HR system")
_FUTURE = Fault("a date that is still to come", "correct the date of birth in the HR system")
_HOUR = Fault("a date with a time of another time zone, so the day may have shifted", "export the date without a time")
_LONG_AGO = Fault(
    "a date of 1900 or before, which systems write when they do not know the date",
    "leave the cell empty, or give the right day in the HR system",
)


@dataclass(frozen=True, slots=True)
class DateForm:
    """The form of a list's days: ``d-m-yyyy``, ``yyyymmdd``, ``m/d/yyyy``; also in Dutch (``dd-mm-jjjj``)."""

    written: str
    pattern: re.Pattern[str]

    @classmethod
    def of(cls, written: str) -> DateForm | None:
        """None for a text that is no such form, or has a year of two digits."""
        match = _FORM.fullmatch(written.strip())
        parts = [match[place][0].lower().replace("j", "y") for place in (1, 3, 4)] if match else []
        if match is None or sorted(parts) != ["d", "m", "y"]:
            return None
        if match[2]:
            return cls(written, re.compile(re.escape(match[2]).join(_PARTS[part] for part in parts)))
        if any(len(match[place]) not in (2, 4) for place in (1, 3, 4)):
            return None  # without delimiters, dmyyyy is ambiguous
        return cls(written, re.compile("".join(_PARTS[part].replace(r"\d\d?", r"\d\d") for part in parts)))

    def day(self, text: str) -> str | Fault:
        found = self.pattern.fullmatch(text)
        if found is None:
            return cells.day(text) if _ISO.fullmatch(text) else _OTHER_FORM
        try:
            return date(int(found["year"]), int(found["month"]), int(found["day"])).isoformat()
        except ValueError:
            return cells.day("x")  # this gives the standard fault "no date"


class Days:
    """Reads the cells of date columns. form: of texts; without it, an ambiguous date is a fault. serials: how many days
    were plain numbers of Excel."""

    def __init__(self, form: DateForm | None, today: date, epoch_1904: bool = False) -> None:
        self._form, self._today = form, today
        self._zero = date(1904, 1, 1) if epoch_1904 else date(1899, 12, 30)
        self._known: dict[str, str | Fault] = {}
        self.serials = 0

    def day(self, cell: Cell) -> str | Fault:
        """``YYYY-MM-DD``, or empty."""
        if isinstance(cell, str):
            found = self._known.get(cell)
            if found is None:
                found = self._known[cell] = self._text(cell)
            return found
        if isinstance(cell, datetime):
            return self._shown(cell.date().isoformat())
        if (
            isinstance(cell, int | float)
            and not isinstance(cell, bool)
            and cell == cell // 1
            and (_FIRST_SERIAL <= cell <= _LAST_SERIAL)
        ):
            self.serials += 1
            return (self._zero + timedelta(days=int(cell))).isoformat()
        found = cells.day(cell)
        return found if isinstance(found, Fault) else self._shown(found)

    def birth(self, cell: Cell) -> str | Fault:
        """A date of birth that is possible for an employee."""
        if isinstance(cell, datetime) and cell.time() != time():
            return _HOUR
        found = self.day(cell)
        if isinstance(found, Fault) or not found:
            return found
        hour = _TIME.search(_MIDNIGHT.sub("", cell.strip())) if isinstance(cell, str) else None
        # Midnight is not a time of day, also with a time zone: use the day as it is written.
        if hour and set(hour[1] + hour[2] + (hour[3] or "")) != {"0"}:
            return _HOUR
        if found <= "1900-01-01":
            return _LONG_AGO
        if found > self._today.isoformat():
            return _FUTURE
        year = int(found[:4])
        if f"{year + YOUNGEST}{found[4:]}" > self._today.isoformat():
            return _TOO_YOUNG
        return _TOO_OLD if f"{year + OLDEST}{found[4:]}" < self._today.isoformat() else found

    def start(self, cell: Cell) -> str | Fault:
        """The first day of a contract; empty for the placeholder 1900-01-01 or an earlier one."""
        found = self.day(cell)
        if isinstance(found, str) and "0001-01-01" < found < "1600":
            return _LONG_AGO  # a year such as 0026 is a typing error
        return "" if isinstance(found, str) and found <= "1900-01-01" else found

    def end(self, cell: Cell) -> str | Fault:
        """The last day of a contract; empty if it has no end."""
        found = self.day(cell)
        if isinstance(found, Fault) or not found:
            return found
        if found <= "1900-01-01":
            return _LONG_AGO  # otherwise everybody would have left
        return "" if int(found[:4]) >= OPEN_YEAR else found

    def _shown(self, found: str) -> str:
        return "" if found in _NO_DAY else found

    def _text(self, cell: str) -> str | Fault:
        found = cells.text(cell)
        if isinstance(found, Fault) or not found:
            return found
        if found[:1] in "'\u2019":
            found = found[1:].strip()  # Excel's mark for a text
        found = _MIDNIGHT.sub(" 00:00", found)
        when = _TIME.search(found)
        if when:
            if when[4] and set(when[1] + when[2] + (when[3] or "")) != {"0"}:
                return _HOUR
            found = found[: when.start()]
        if found in _NO_DAY:
            return ""
        if self._form is None:
            return cells.day(found)
        day = self._form.day(found)
        return day if isinstance(day, Fault) else self._shown(day)
