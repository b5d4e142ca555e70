# SPDX-FileCopyrightText: gbz.zorgid contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""Reads the file of a list with limits, and opens it as the tables that may be in it. Errors: OSError, TableError."""

from __future__ import annotations

import json
import os
import re
import stat
from collections.abc import Hashable, Iterator, Sequence
from contextlib import AbstractContextManager, nullcontext
from dataclasses import dataclass, field
from datetime import date, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any

from .cells import MAX_COLUMNS, MAX_ROWS, Cell, Fault, TableError
from .tables import NumberedRow, named, refuse_others

if TYPE_CHECKING:
    from .workbook import Workbook

MAX_FILE = 20_000_000
_NESTED = Fault("a list or a mapping, where a value is expected", "export the list with one value for each column")
_PLAIN_NUMBER = re.compile(r"-?(?:0|[1-9]\d*)(?:\.\d+)?")
_RECORDS = "a list of mappings, one for each person"
#: a quotation mark instead of the apostrophe of 't and 's, without a second one in its cell
_BROKEN_APOSTROPHE = re.compile(r"""(^|[;,\t|])"([ts])([ -][^";,\t|\r\n]*)(?=[;,\t|\r\n]|$)""", re.M)


@dataclass(slots=True)
class Grid:
    """One table of a file: rows with their numbers, and the known facts about its form."""

    rows: Iterator[NumberedRow]
    form: dict[str, Any]
    #: false for JSON, which has no column letters
    lettered: bool = True
    epoch_1904: bool = False


@dataclass(slots=True)
class ListFile:
    """The tables of a file; each can be opened several times. choices: their names (sheets, or delimiters of a text).
    hidden: hidden sheets."""

    kind: str
    choices: list[str]
    hidden: list[str] = field(default_factory=list)
    notes: list[str] = field(default_factory=list)
    book: Workbook | None = None
    text: str = ""
    skipped: int = 0
    encoding: str = ""
    records: list[Any] = field(default_factory=list)

    def grid(self, choice: str) -> Grid:
        """Open the table with this name from its beginning. Errors: OSError, TableError."""
        if self.book is not None:
            return self._sheet(choice)
        if self.kind != "csv":
            return Grid(_records(self.records), {"format": self.kind}, lettered=False)
        from . import csv_rows

        rows = csv_rows.rows(self.text, choice, self.skipped)
        return Grid(rows, {"format": "csv", "encoding": self.encoding, "delimiter": choice})

    def head(self, choice: str) -> list[NumberedRow]:
        """The first rows with a value, to look for a header."""
        if self.kind == "csv":
            from . import csv_rows

            return [(number + self.skipped, cells) for number, cells in csv_rows.head(self.text, choice)]
        from .tables import beginning

        return beginning(self.grid(choice).rows)

    def closing(self) -> AbstractContextManager[object]:
        """A context that closes the file at its end."""
        return self.book if self.book is not None else nullcontext()

    def _sheet(self, name: str) -> Grid:
        book = self.book
        if book is None:
            raise AssertionError("a text has no sheets")
        sheet = next(one for one in book.sheets if one.name == name)
        form: dict[str, Any] = {"format": "xlsx", "sheet": name, "hidden_rows": 0}

        def rows() -> Iterator[NumberedRow]:
            for number, cells, hidden in book.rows(sheet):
                form["hidden_rows"] += hidden
                yield number, cells

        return Grid(rows(), form, epoch_1904=book.epoch_1904)


def refuse_elsewhere(file: Path, roots: Sequence[Path]) -> None:
    """TableError for a link, and for a file outside the roots (if any are given)."""
    if roots:
        real = file.resolve()
        if not any(real.is_relative_to(root.resolve()) for root in roots):
            raise TableError(
                "the file is outside the folders that lists may come from",
                action="put it into the folder of the inventory, or name its folder in the setting for lists",
            )
    if file.is_symlink():
        raise TableError("the file is a link", action="name the file itself")


def content(file: Path, roots: Sequence[Path] = ()) -> bytes:
    """The bytes of a regular file, no link, of at most MAX_FILE bytes, in one of the roots (if any are given)."""
    refuse_elsewhere(file, roots)
    # O_NONBLOCK: do not wait at a pipe without a writer.
    handle = os.open(file, os.O_RDONLY | getattr(os, "O_NOFOLLOW", 0) | getattr(os, "O_NONBLOCK", 0))
    with os.fdopen(handle, "rb") as stream:
        if not stat.S_ISREG(os.fstat(handle).st_mode):
            raise TableError("it is not a regular file", action="name a file")
        data = stream.read(MAX_FILE + 1)
    if len(data) > MAX_FILE:
        raise TableError(f"the file has more than {MAX_FILE // 1_000_000} MB, more than any list of employees")
    return data


def opened(file: Path, roots: Sequence[Path] = ()) -> ListFile:
    """The type of a file is found by its content; only JSON and YAML by their file name endings."""
    data = content(file, roots)
    suffix = file.suffix.lower()
    if suffix in (".json", ".yml", ".yaml"):
        kind = "json" if suffix == ".json" else "yaml"
        return ListFile(kind, [kind], records=_loaded(kind, data))
    if data.startswith((b"PK\3\4", b"PK\5\6")):
        from .workbook import Workbook

        book = Workbook(data)
        names = [one.name for one in book.sheets]
        if len(set(names)) != len(names):
            book.__exit__()
            raise TableError("two sheets of the workbook have the same name", action="give each its own name")
        visible = [one.name for one in book.sheets if not one.hidden]
        return ListFile("xlsx", visible, [name for name in names if name not in visible], book=book)
    refuse_others(data)
    from . import csv_rows

    text, encoding = csv_rows.decoded(data)
    text, delimiter, skipped = csv_rows.introduced(text)
    text, repaired = _BROKEN_APOSTROPHE.subn(r"\1'\2\3", text) if '"t' in text or '"s' in text else (text, 0)
    found = ListFile("csv", [delimiter] if delimiter else [";", "\t", ",", "|"])
    found.text, found.skipped, found.encoding = text, skipped, encoding
    if encoding == "windows-1252":
        found.notes.append(
            f"{named(file)} is not UTF-8 and was read as Windows-1252, as Excel saves CSV in the Netherlands: "
            "check a name with an accent, or save the file as CSV UTF-8"
        )
    if repaired:
        found.notes.append(f"{repaired} names began with a quotation mark in place of the apostrophe of 't or 's")
    return found


def _loaded(kind: str, data: bytes) -> list[Any]:
    try:
        found = json.loads(data.decode("utf-8-sig"), object_pairs_hook=_once) if kind == "json" else _yaml(data)
    except UnicodeDecodeError as error:
        raise TableError(f"the file is not UTF-8, at byte {error.start}") from error
    except TableError:
        raise
    except (ValueError, RecursionError) as error:
        raise TableError(f"the file is invalid {kind.upper()}") from error
    if isinstance(found, dict):
        found = found.get("accounts")
    if not isinstance(found, list) or not all(isinstance(one, dict) for one in found):
        raise TableError(f"the file is not {_RECORDS}")
    if len(found) > MAX_ROWS:
        raise TableError(f"the list has more than {MAX_ROWS} people, more than any list of employees")
    return found


def _yaml(data: bytes) -> Any:
    import yaml

    try:
        return yaml.load(data, Loader=_yaml_loader(getattr(yaml, "CSafeLoader", yaml.SafeLoader)))  # noqa: S506 - safe
    except yaml.YAMLError as error:
        raise ValueError from error


def _yaml_loader(base: Any) -> Any:
    """YAML 1.1 reads 00123 as 83 and 12:30 as 750: numbers that people do not write in this way are read as texts."""

    class Loader(base):  # type: ignore[misc]  # PyYAML's own, with or without C
        pass

    def number(loader: Any, node: Any) -> Any:
        read = loader.construct_yaml_int if node.tag.endswith(":int") else loader.construct_yaml_float
        return read(node) if _PLAIN_NUMBER.fullmatch(node.value) else node.value

    def mapping(loader: Any, node: Any) -> Any:
        loader.flatten_mapping(node)
        return _once(
            [(loader.construct_object(key, True), loader.construct_object(one, True)) for key, one in node.value]
        )

    Loader.add_constructor("tag:yaml.org,2002:int", number)
    Loader.add_constructor("tag:yaml.org,2002:float", number)
    Loader.add_constructor("tag:yaml.org,2002:map", mapping)
    return Loader


def _once(pairs: list[tuple[Any, Any]]) -> dict[Any, Any]:
    """Refuse a repeated key in an object: it is unknown which value is right."""
    found: dict[Any, Any] = {}
    for name, value in pairs:
        if not isinstance(name, Hashable):
            raise TableError("a mapping has a key that is not text")
        if name in found:
            raise TableError("a person of the list has a field twice", action="keep one of the two fields")
        found[name] = value
    return found


def _records(people: list[Any]) -> Iterator[NumberedRow]:
    """The objects of JSON as a table: row 0 has the names of all fields, the others are numbered from one."""
    titles: dict[str, int] = {}
    for one in people:
        for name in one:
            titles.setdefault(str(name), len(titles))
    if len(titles) > MAX_COLUMNS:
        raise TableError("the list has more fields than any list of employees")
    yield 0, list(titles)
    for number, one in enumerate(people, 1):
        cells: list[Cell] = [None] * len(titles)
        for name, value in one.items():
            cells[titles[str(name)]] = _cell(value)
        yield number, cells


def _cell(value: Any) -> Cell:
    if isinstance(value, date) and not isinstance(value, datetime):
        return datetime(value.year, value.month, value.day)
    if value is None or isinstance(value, str | int | float | datetime):
        return value
    return _NESTED
