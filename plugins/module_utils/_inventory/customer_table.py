# SPDX-FileCopyrightText: gbz.zorgid contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""Reads a table of organisations, one in each row: the fields of a care group's location, and the mistakes.

The content of a cell is data. Nothing is guessed: a number that may have lost its zeros is a mistake of its row. A URA
number with fewer digits is used as it is written, with a remark.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from functools import cache
from pathlib import Path
from typing import Any

from .._common.text import printable
from .._common.ura import is_ura
from .._lists import cells, tables
from .._lists.cells import Cell, Fault, TableError
from .columns import BY_PATH, BY_TITLE, COLUMNS, SYNONYMS, Column, title_of

MOST_BYTES, MOST_ROWS, MOST_LETTERS = 10_000_000, 5_000, 200
#: the words for each kind of certificate place
SOURCES = {"windows": "windows", "bestand": "file", "file": "file", "pkcs11": "pkcs11", "token": "pkcs11"}
DRIVERS = ("scim", "worklist", "browser")
#: the fields that each kind of place requires, and its optional ones
_PLACES: Mapping[str, tuple[tuple[str, ...], tuple[str, ...]]] = {
    "windows": (("certificate_host",), ("certificate.thumbprint", "certificate.store_name")),
    "file": (("certificate.certificate_path",), ("certificate.key_path", "certificate.thumbprint")),
    "pkcs11": (("certificate.pkcs11_token",), ("certificate.pkcs11_label", "certificate.thumbprint")),
    "": ((), ()),
}
_PORTALS: Mapping[str, tuple[tuple[str, ...], tuple[str, ...]]] = {
    "scim": (("portal.url",), ()),
    "worklist": (("portal.export_path",), ()),
    "browser": ((), ()),  # the rest is in gbz_portal_browser
    "": ((), ()),
}
_OF_PLACES = tuple(dict.fromkeys(one for needed, more in _PLACES.values() for one in (*needed, *more)))
_OF_PORTALS = ("portal.url", "portal.export_path")
_SERVER = re.compile(r"(?!.*\.\.)[A-Za-z0-9](?:[A-Za-z0-9.-]{0,251}[A-Za-z0-9])?")
_HOST = re.compile(r"[A-Za-z][A-Za-z0-9_-]{0,62}")
_THUMBPRINT = re.compile(r"(?:[0-9A-Fa-f]{2}[ :]?){20}(?:(?:[0-9A-Fa-f]{2}[ :]?){12})?")
_URL = re.compile(r"https://[^\s<>\"{}|\\^`@]{4,190}")
#: names with a meaning in Ansible or in the playbooks
RESERVED = frozenset(
    ("all", "ungrouped", "localhost", "care_organisations", "certificate_hosts", "zorgid_work", "zorgid_failed")
)


def _version(cell: Cell) -> str | Fault:
    """A version. A number cell with decimals is a fault: Excel's 5.1 may have been written as 5.10."""
    return cells.text(cell) if isinstance(cell, str) else cells.key(cell)


_READERS: Mapping[str, Callable[[Cell], str | Fault]] = {
    "text": cells.text,
    "name": cells.name,
    "number": cells.code,
    "key": cells.key,
    "version": _version,
    "day": cells.birth,
    "path": cells.text,
}


@dataclass(frozen=True)
class Problem:
    """Why a row is not used, without the value. place: the column's header, or ''."""

    place: str
    what: str
    action: str


@dataclass(frozen=True)
class CustomerRow:
    """number: row number in the file. name: of the organisation, for messages. own: a location in the form of
    ``care_group``, without empty fields. host, group: '' if there is none. remarks: what to check in a usable row."""

    number: int
    name: str
    own: dict[str, Any]
    host: str = ""
    group: str = ""
    problems: tuple[Problem, ...] = ()
    remarks: tuple[str, ...] = ()


@dataclass(frozen=True)
class CustomerTable:
    """notes: sentences about the file as a whole."""

    file: str
    rows: tuple[CustomerRow, ...]
    notes: tuple[str, ...] = field(default=())


def read_customers(path: Path, folder: Path) -> CustomerTable:
    """folder: the base of relative paths in the table. Error: ``table_unreadable``."""
    try:
        if path.stat().st_size > MOST_BYTES:
            raise TableError(
                f"the file has more than {MOST_BYTES // 1_000_000} MB, more than any table of organisations"
            )
        table = tables.read(path, BY_TITLE, ("URA", "Naam"), SYNONYMS)
        rows: list[CustomerRow] = []
        for number, row in table.rows:
            if all(cells.blank(cell) for cell in row):
                continue
            if len(rows) >= MOST_ROWS:
                raise TableError(f"the table has more than {MOST_ROWS} rows, more than any table of organisations")
            rows.append(_row(number, row, table.columns, folder))
    except (OSError, TableError) as error:
        action = "correct the file; new without a table writes an empty one, klanten.xlsx"
        if isinstance(error, TableError) and tables.names_columns(error):
            error.action = action
        title = f"The table of organisations {tables.named(path)}"
        raise tables.unreadable(
            "table_unreadable",
            title,
            error,
            "a CSV or XLSX file with the columns Naam and URA and one organisation in each row",
            action,
        ) from error
    notes = [note for note in table.notes if not note.endswith(", not Uitleg")]
    if unknown := [table.place(index) for index, title in table.unknown().items() if title]:
        notes.append(f"columns that are not read: {', '.join(unknown[:20])}{' and more' if len(unknown) > 20 else ''}")
    return CustomerTable(tables.named(path), tuple(rows), tuple(notes))


def _row(number: int, row: Sequence[Cell], columns: Mapping[str, int], folder: Path) -> CustomerRow:
    values: dict[str, str] = {}
    problems: list[Problem] = []
    for column in COLUMNS:
        index = columns.get(column.title)
        cell = row[index] if index is not None and index < len(row) else None
        found = _value(column, cell)
        if isinstance(found, Fault):
            problems.append(Problem(column.title, f"it is {found.what}", found.action))
        elif found:
            values[column.path] = found
    remarks = []
    ura = values.get("ura", "")
    if is_ura(ura) and len(ura) < 8:
        digits = "digit" if len(ura) == 1 else "digits"
        remarks.append(f"{ura} has {len(ura)} {digits}, kept as written: check it")
    problems += _of_choices(values)
    own = _own(values, problems, folder)
    name = printable(values.get("name", ""), 60)
    host, group = values.get("host", ""), values.get("group", "")
    return CustomerRow(number, name, own, host, group, tuple(problems), tuple(remarks))


def _value(column: Column, cell: Cell) -> str | Fault:
    """The value; '' for an empty cell or a word such as NULL."""
    found = _READERS[column.kind](cell)
    if isinstance(found, Fault):
        return found
    if len(found) > MOST_LETTERS:
        return Fault(f"longer than {MOST_LETTERS} characters", "correct the cell")
    if cells.nothing(found, whose=True):
        return ""
    return found.upper() if column.path == "address.postal_code" else found


def _of_choices(values: dict[str, str]) -> list[Problem]:
    """Problems of columns that depend on each other. Replaces the word for a kind of place by our name of it."""
    problems: list[Problem] = []
    source = values.get("certificate.source", "").lower()
    if source and source not in SOURCES:
        problems.append(_wrong("certificate.source", "it is none of windows, bestand, pkcs11", "write one of these"))
    else:
        if source:
            values["certificate.source"] = SOURCES[source]
        problems += _belonging(values, "certificate.source", SOURCES.get(source, ""), _PLACES, _OF_PLACES)
    driver = values.get("portal.driver", "").lower()
    if driver and driver not in DRIVERS:
        problems.append(
            _wrong("portal.driver", f"it is none of {', '.join(DRIVERS)}", "write one of these, or leave it empty")
        )
    else:
        if driver:
            values["portal.driver"] = driver
        problems += _belonging(values, "portal.driver", driver, _PORTALS, _OF_PORTALS)
    for path, form, expected in (
        ("certificate_host", _SERVER, "the DNS name of a server"),
        ("certificate.thumbprint", _THUMBPRINT, "40 or 64 hexadecimal digits"),
        ("portal.url", _URL, "an address that begins with https://"),
        ("host", _HOST, "letters, digits, _ and -, a letter first"),
    ):
        given = values.get(path, "")
        if given and (not form.fullmatch(given) or given.lower() in RESERVED):
            problems.append(_wrong(path, f"it is not {expected}", "correct the cell"))
    where = [path for path in ("list_mapping.where.column", "list_mapping.where.value") if path in values]
    if len(where) == 1:
        problems.append(_wrong(where[0], "one of two columns is filled in", "fill in column and value, or neither"))
    if ("list_mapping.preset" in values or where) and "accounts" not in values:
        problems.append(_wrong("accounts", "it is empty", "write the path of the list, or leave its system empty"))
    if (preset := values.get("list_mapping.preset")) and preset not in _presets():
        problems.append(_wrong("list_mapping.preset", "it is unknown", f"write one of {', '.join(_presets())}"))
    if where and not preset:
        problems.append(_wrong("list_mapping.preset", "it is empty", "write the system, or leave the location empty"))
    return problems


@cache
def _presets() -> tuple[str, ...]:
    from .._lists.propose import presets  # a table without HR lists does not need the presets

    return tuple(presets())


def _wrong(path: str, what: str, action: str) -> Problem:
    return Problem(title_of(path), what, action)


def _belonging(
    values: Mapping[str, str],
    choice: str,
    chosen: str,
    kinds: Mapping[str, tuple[tuple[str, ...], tuple[str, ...]]],
    every: Sequence[str],
) -> list[Problem]:
    needed, more = kinds[chosen]
    with_it = f"with {title_of(choice)} {chosen or 'empty'}"
    problems = [_wrong(path, f"it is empty, {with_it}", "fill it in") for path in needed if path not in values]
    return problems + [
        _wrong(path, f"it is filled in, {with_it}", f"leave it empty, or correct {title_of(choice)}")
        for path in every
        if path in values and path not in (*needed, *more)
    ]


def _own(values: Mapping[str, str], problems: list[Problem], folder: Path) -> dict[str, Any]:
    own: dict[str, Any] = {}
    for path, value in values.items():
        if path in ("host", "group") or path.startswith("list_mapping.where"):
            continue
        if BY_PATH[path].kind == "path":
            if wrong := _path_problem(value):
                problems.append(_wrong(path, *wrong))
                continue
            value = str(folder / value)
        below, *rest = path.split(".")
        place = own
        for name in rest:
            place = place.setdefault(below, {})
            below = name
        place[below] = value
    where = [values.get(f"list_mapping.where.{name}") for name in ("column", "value")]
    if all(where) and "list_mapping" in own:
        own["list_mapping"]["where"] = {where[0]: where[1]}
    return own


def _path_problem(value: str) -> tuple[str, str] | None:
    if "\\" in value:
        return "it has a backslash", "write the path on the machine that runs Ansible, with / between its parts"
    if value.startswith("~"):
        return "it begins with ~", "write the whole path, or one from the working folder"
    if not value.startswith("/") and ".." in value.split("/"):
        return "it leads out of the working folder", "write the whole path, beginning with /"
    return None
