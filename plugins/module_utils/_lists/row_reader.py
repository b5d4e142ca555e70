# SPDX-FileCopyrightText: gbz.zorgid contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""Reads one row of a mapped list as an entry, a person's contract; each mistake has its row and column."""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import date

from . import cells, names
from .cells import Cell, Fault, blank
from .citizen_numbers import CitizenNumbers
from .dates import Days
from .list_header import Columns
from .mapping import ListMapping, where_value
from .name_use import name_use
from .understood import Wrong

_MAIL = re.compile(r"[^@\s;,<>]+@[^@\s;,<>]+")
_UZI = re.compile(r"[0-9]{8,9}")
_STATES = ("present", "absent", "blocked", "revoked")
_IDENTIFICATION = ("document_type", "document_expires", "checked_by", "checked_at")
#: fields with few different values, for which a cache is faster than reading
_FEW = ("first_name", "prefix", "role_code", "state", "registration", "role", "name_use", "document_type", "checked_by")
_ODD = re.compile(r"[0-9()\[\]{}*_+=:|]")
_NAMES = ("first_name", "prefix", "last_name")
#: fields in which words such as n.v.t. are values too
_WORDS = ("state", "registration", "role", "name_use")
_FILL_IN = "fill in the cell in the HR system or in Excel, or remove the row if it is not a person"
_RETYPE = "correct the cell in the HR system or in Excel"


@dataclass(slots=True)
class ListEntry:
    """A row of a person. fields: those read without a mistake. person: the folded values that identify a person, None
    if one is missing. start, end: of the contract, '' if it has none."""

    row: int
    key: str
    fields: dict[str, str]
    person: tuple[str, ...] | None = None
    start: str = ""
    end: str = ""
    enabled: bool = True
    name_use: str = ""
    private: bool = False
    #: the UZI number as it is written, also if it may have lost a zero
    uzi: str = ""


class RowReader:
    """``entry`` reads a row. unusual, doubled, codes, commas, odd: rows with a remark about the prefix, the code of
    name use or the surname. nothings: the row of each cell with a word for an empty cell. unchecked: how many rows have
    a type of document but no WID check."""

    def __init__(self, columns: Columns, mapping: ListMapping, today: date, *, epoch_1904: bool = False) -> None:
        self._columns, self._mapping = columns, mapping
        self.days = Days(mapping.date_format, today, epoch_1904)
        self.wrong: list[Wrong] = []
        self.unusual: list[int] = []
        self.doubled: list[int] = []
        self.codes: list[int] = []
        self.commas: list[int] = []
        self.odd: list[int] = []
        self.nothings: list[int] = []
        self.unchecked = 0
        #: for each part of the number: (row, number of digits) of number cells, and the longest text with leading zeros
        self._numbers: list[list[tuple[int, int]]] = [[] for _index in columns.key]
        self._padded = [0 for _index in columns.key]
        self._bsns = CitizenNumbers({*columns.key, *columns.person, *columns.read.get("uzi_number", [])})
        self._readers = self._reading()

    def _reading(self) -> list[tuple[str, list[int], Callable[[Cell], str | Fault]]]:
        special: dict[str, Callable[[Cell], str | Fault]] = {
            "first_name": names.first_name,
            "prefix": names.prefix,
            "last_name": names.last_name,
            "date_of_birth": self.days.birth,
            "document_expires": self.days.day,
            "checked_at": self.days.day,
            "start": self.days.start,
            "end": self.days.end,
            "email": _mail,
            "private_email": _mail,
            "uzi_number": _uzi,
            "role_code": cells.role_code,
            "agb_code": cells.code,
            "checked_by": cells.key,
            "name_use": cells.key,
            "document_type": cells.key,
        }
        readers = {name: special.get(name, cells.text) for name in self._columns.read}
        return [
            (name, places, _remembered(readers[name]) if name in _FEW else readers[name])
            for name, places in self._columns.read.items()
        ]

    def note(self, number: int, index: int, what: str, action: str) -> None:
        """Record a mistake. index: of the column."""
        self.wrong.append(Wrong(number, self._columns.shown_name(index), what, action))

    def _fault(self, number: int, index: int, fault: Fault) -> None:
        self.note(number, index, fault.what, fault.action)

    def entry(self, number: int, line: Sequence[Cell]) -> ListEntry | None:
        """The entry of a row; None without a number. Mistakes are added to ``wrong``."""
        fields: dict[str, str] = {}
        faulty: set[str] = set()
        self._bsns.look(line)
        for name, places, reader in self._readers:
            for index in places:
                cell = line[index] if index < len(line) else None
                if cell is None or cell == "":
                    continue
                if isinstance(cell, str) and name not in _WORDS and cells.nothing(cell, name in _NAMES):
                    self.nothings.append(number)
                    continue
                value = _truth(cell) if name == "state" and isinstance(cell, bool) else reader(cell)
                if isinstance(value, Fault):
                    faulty.add(name)
                    self._fault(number, index, value)
                    break
                if value:
                    fields[name] = value
                    break
        key = self._key(number, line)
        entry = ListEntry(number, key or "", fields, self._person(line, fields))
        entry.start, entry.end = fields.pop("start", ""), fields.pop("end", "")
        entry.enabled = self._enabled(number, line)
        entry.uzi = self._bare_uzi(line) if "uzi_number" in faulty else fields.get("uzi_number", "")
        self._checked(entry, faulty)
        return entry if key else None

    def _bare_uzi(self, line: Sequence[Cell]) -> str:
        """The digits of a UZI number in a number cell: the cell is a mistake, but is still compared with other rows."""
        found = [line[index] for index in self._columns.read["uzi_number"] if index < len(line)]
        return next((str(cell) for cell in found if isinstance(cell, int) and not isinstance(cell, bool)), "")

    def _key(self, number: int, line: Sequence[Cell]) -> str:
        parts = []
        for part, index in enumerate(self._columns.key):
            cell = line[index] if index < len(line) else None
            value = cells.key(cell)
            if not value or (isinstance(cell, str) and cells.nothing(cell, True)):
                self.note(number, index, "a part of the number is missing", _FILL_IN)
                return ""
            if isinstance(value, Fault):
                self._fault(number, index, value)
                return ""
            if isinstance(cell, int | float):
                self._numbers[part].append((number, len(value)))
            elif value[:1] == "0":
                self._padded[part] = max(self._padded[part], len(value))
            parts.append(value)
        key = self._mapping.key
        if not key.cut:
            return key.join.join(parts)
        before, sign, after = parts[0].partition(key.cut)
        found = (after if key.keep == "after" and sign else before).strip()
        if not found:
            self.note(number, self._columns.key[0], "nothing is left of the number after it is cut", _RETYPE)
        return found

    def _person(self, line: Sequence[Cell], fields: dict[str, str]) -> tuple[str, ...] | None:
        """The values of ``person``. Days are read first, so that a text and a date cell of one day are equal."""
        found = []
        for index in self._columns.person:
            if index in self._columns.read.get("date_of_birth", ()):
                value: str | Fault = fields.get("date_of_birth", "")
            else:
                value = _plain(line[index] if index < len(line) else None)
            if isinstance(value, Fault) or not value or cells.nothing(value, True):
                return None  # without data, two people must not become one
            found.append(" ".join(value.split()).casefold())
        return tuple(found) if found else None

    def _enabled(self, number: int, line: Sequence[Cell]) -> bool:
        rules = self._mapping.enabled
        for index in self._columns.enabled:
            cell = line[index] if index < len(line) else None
            if rules is None or blank(cell):
                continue
            word = where_value(_truth(cell) if isinstance(cell, bool) else cell)
            if word in rules.absent:
                return False
            if word not in rules.present:
                what = "a value that enabled does not contain"
                self.note(number, index, what, "add it to enabled.present or enabled.absent in the mapping")
            return True
        if rules is not None and self._columns.enabled:
            self.note(number, self._columns.enabled[0], "it is not given whether this account is in use", _FILL_IN)
        return True

    def _checked(self, entry: ListEntry, faulty: set[str]) -> None:
        """Report missing and wrong values of a row that was read."""
        fields, number = entry.fields, entry.row

        def wrong(name: str, what: str, action: str = _RETYPE) -> None:
            self.note(number, self._columns.read[name][0], what, action)

        for name in ("first_name", "last_name"):
            if name not in fields and name not in faulty:
                wrong(name, f"{name} is missing", _FILL_IN)
        for name in ("email", "private_email"):
            if name in fields and not _MAIL.fullmatch(fields[name]):
                wrong(name, "it is not one mail address")
                del fields[name]
        private = fields.pop("private_email", "")
        if private and "email" not in fields and "email" not in faulty:
            fields["email"], entry.private = private, True
        if "uzi_number" in fields and not _UZI.fullmatch(fields["uzi_number"]):
            wrong("uzi_number", "it is not a UZI number (8 or 9 digits)")
            del fields["uzi_number"]
        if "state" in fields and fields["state"].casefold() not in _STATES:
            wrong("state", f"state is unknown (known are {', '.join(_STATES)})")
            del fields["state"]
        code = fields.pop("name_use", "")
        if code:
            entry.name_use = name_use(self._mapping.system, code) or ""
            if not entry.name_use:
                self.codes.append(number)
        if any(_ODD.search(fields.get(name, "")) for name in ("first_name", "last_name")):
            self.odd.append(number)
        if "," in fields.get("last_name", ""):
            self.commas.append(number)
        if fields.get("prefix"):
            if not names.is_usual(fields["prefix"]):
                self.unusual.append(number)
            whole = fields.get("last_name", "")
            bare = names.without_prefix(whole, fields["prefix"])
            if bare and bare != whole:
                fields["last_name"] = bare
                self.doubled.append(number)
        self._identification(fields, faulty, wrong)

    def _identification(self, fields: dict[str, str], faulty: set[str], wrong: Callable[[str, str, str], None]) -> None:
        """A WID check needs the person who did it. A type of document alone is part of HR's own administration."""
        found = {name: fields.pop(name) for name in _IDENTIFICATION if name in fields}
        if not found or faulty & set(_IDENTIFICATION):
            return
        if "checked_by" not in found and "checked_at" not in found:
            self.unchecked += 1
            return
        for name in _IDENTIFICATION:
            if name not in found:
                at = name if name in self._columns.read else next(iter(found))
                wrong(at, f"the WID check lacks {name}", _FILL_IN)
                return
        fields.update(found)

    def no_citizen_numbers(self) -> None:
        """Report columns of BSNs: no BSN is read from a list, whatever the title of its column."""
        for index in self._bsns.found():
            what = "every value has the form of a BSN, which is never read from a list"
            self.note(self._columns.row, index, what, "give the column with the number of the HR system instead")

    def lost_zeros(self) -> None:
        """If some numbers are texts with leading zeros, shorter number cells may have lost theirs: report these."""
        for part, index in enumerate(self._columns.key):
            for number, digits in self._numbers[part]:
                if digits < self._padded[part]:
                    what = "a number, where other rows have a text with leading zeros"
                    self.note(number, index, what, cells.TO_TEXT)


def _remembered(reader: Callable[[Cell], str | Fault]) -> Callable[[Cell], str | Fault]:
    known: dict[str, str | Fault] = {}

    def read(cell: Cell) -> str | Fault:
        if not isinstance(cell, str):
            return reader(cell)
        found = known.get(cell)
        if found is None:
            found = known[cell] = reader(cell)
        return found

    return read


def _uzi(cell: Cell) -> str | Fault:
    """A UZI number. A number cell with nine digits is accepted, because it lost no zero."""
    return cells.key(cell) if isinstance(cell, int) and 10**8 <= cell < 10**9 else cells.code(cell)


def _mail(cell: Cell) -> str | Fault:
    """An address, without the ``mailto:`` that Excel and Outlook add."""
    found = cells.name(cell)
    return found[7:].strip() if isinstance(found, str) and found[:7].lower() == "mailto:" else found


def _truth(cell: Cell) -> str:
    return "true" if cell else "false"


def _plain(cell: Cell) -> str | Fault:
    return cells.key(cell) if isinstance(cell, int | float) else cells.text(cell)
