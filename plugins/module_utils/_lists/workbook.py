# SPDX-FileCopyrightText: gbz.zorgid contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""Reads the cells of an XLSX workbook (ECMA-376, ISO/IEC 29500 transitional and strict) as a stream.

Not with openpyxl or calamine: both cannot distinguish a formula without a value from an empty cell, and for each there
is a file that ends the process or is read as empty (docs/decisions/0120). Only the parts for rows and types are read:
sheets, shared strings, number formats, cells. The sheet's own statement of its size (``<dimension>``) is ignored.
"""

from __future__ import annotations

import io
import posixpath
import zipfile
import zlib
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any
from xml.parsers import expat

from .cells import Cell, TableError
from .sheet import (
    SAVE_AGAIN,
    Rows,
    Strings,
    meaning,
)

#: maximum of bytes of all parts together, unpacked; a hundred thousand people with ten fields have 80 MB
MAX_UNPACKED = 200_000_000
#: a part of more than 10 MB with a larger compression ratio is a ZIP bomb; real sheets have a ratio of ten to thirty
MAX_RATIO = 200
MAX_PARTS = 5_000
MAX_DEPTH = 64

_MAIN = ("http://schemas.openxmlformats.org/spreadsheetml/2006/main", "http://purl.oclc.org/ooxml/spreadsheetml/main")
_RELATION = (
    "http://schemas.openxmlformats.org/officeDocument/2006/relationships",
    "http://purl.oclc.org/ooxml/officeDocument/relationships",
)
#: the names of SpreadsheetML's elements, used without the namespace: strict files have another one, some writers none
_NAMES = ("workbookPr", "sheet", "numFmt", "cellXfs", "xf", "si", "is", "t", "rPh", "sheetData", "row", "c", "v", "f")
_LOCAL = {f"{space} {name}": name for space in _MAIN for name in _NAMES} | {name: name for name in _NAMES}
_LOCAL["http://schemas.openxmlformats.org/package/2006/relationships Relationship"] = "Relationship"
#: the exceptions of zipfile and expat for damaged files; ValueError and LookupError are for encodings
_DAMAGES = (expat.ExpatError, zipfile.BadZipFile, zlib.error, EOFError, NotImplementedError, LookupError, ValueError)
Start = Callable[[str, dict[str, str]], None]


@dataclass(frozen=True)
class Sheet:
    name: str
    hidden: bool
    part: str


class Workbook:
    """An opened workbook. Errors: TableError."""

    def __init__(self, data: bytes) -> None:
        try:
            self._zip = zipfile.ZipFile(io.BytesIO(data))
        except (zipfile.BadZipFile, NotImplementedError, EOFError, ValueError) as error:
            raise TableError("the file is damaged: it begins like a workbook but is not one") from error
        try:
            self._parts = _bounded(self._zip.infolist())
            self._main = self._target("_rels/.rels", "/officeDocument") or "xl/workbook.xml"
            self._folder = posixpath.dirname(self._main)
            self._relations = posixpath.join(self._folder, "_rels", posixpath.basename(self._main) + ".rels")
            if (what := self._other_format()) is not None:
                raise TableError(what, action="open it in Excel and save it as an Excel workbook (.xlsx)")
            self.epoch_1904 = False
            self.sheets = self._sheets()
            self._formats = self._number_formats()
            self._strings: list[str] | None = None
        except BaseException:
            self._zip.close()
            raise

    def __enter__(self) -> Workbook:
        return self

    def __exit__(self, *_details: object) -> None:
        self._zip.close()

    # parts ------------------------------------------------------------------------------------------------------------

    def _other_format(self) -> str | None:
        """A sentence if it is another kind of file that is packed as ZIP; None for a workbook."""
        if "xl/workbook.bin" in self._parts:
            return "the file is a binary Excel workbook (.xlsb)"
        if "mimetype" in self._parts and b"opendocument" in self._zip.read(self._parts["mimetype"])[:200]:
            return "the file is an OpenDocument spreadsheet (.ods)"
        if any(name.startswith("index/") or name.endswith(".iwa") for name in self._parts):
            return "the file is a spreadsheet of Apple's Numbers"
        if self._main.lower() not in self._parts:
            return "the file is a ZIP archive that contains no workbook"
        return None

    def _parse(self, part: str, start: Start, end: Callable[[str], None], text: Any) -> Iterator[None]:
        """Run the handlers over a part, chunk by chunk."""
        info = self._parts.get(part.lower())
        if info is None:
            raise TableError("the workbook is damaged: a part of it is missing", action=SAVE_AGAIN)
        parser = expat.ParserCreate(namespace_separator=" ")
        parser.buffer_text = True
        depth = 0

        def opened(name: str, attributes: dict[str, str]) -> None:
            nonlocal depth
            depth += 1
            if depth > MAX_DEPTH:
                raise TableError("the workbook's XML is nested too deep")
            if name in _LOCAL:
                start(_LOCAL[name], attributes)

        def closed(name: str) -> None:
            nonlocal depth
            depth -= 1
            if name in _LOCAL:
                end(_LOCAL[name])

        def doctype(*_details: object) -> None:
            raise TableError("the workbook's XML has a document type declaration, which no spreadsheet writes")

        parser.StartElementHandler, parser.EndElementHandler = opened, closed
        parser.CharacterDataHandler, parser.StartDoctypeDeclHandler = text, doctype
        try:
            with self._zip.open(info) as stream:
                while piece := stream.read(1 << 16):
                    parser.Parse(piece, False)
                    yield
                parser.Parse(b"", True)
                yield
        except TableError:
            raise
        except _DAMAGES as error:
            raise TableError("the workbook is damaged", action=SAVE_AGAIN) from error
        except RuntimeError as error:  # zipfile raises it for an encrypted part
            raise TableError("the workbook is protected with a password", action="save it without one") from error

    def _read(self, part: str, start: Start, end: Callable[[str], None] = lambda _: None, text: Any = None) -> None:
        for _piece in self._parse(part, start, end, text):
            pass

    def _target(self, relations: str, kind: str, base: str = "") -> str | None:
        found = [one for one in self._targets(relations, base).values() if one[0].endswith(kind)]
        return found[0][1] if found else None

    def _targets(self, relations: str, base: str) -> dict[str, tuple[str, str]]:
        """Relation id -> (type, part)."""
        found: dict[str, tuple[str, str]] = {}

        def start(name: str, attributes: dict[str, str]) -> None:
            if name == "Relationship" and attributes.get("TargetMode") != "External":
                target = attributes.get("Target", "").replace("\\", "/")
                part = target.lstrip("/") if target.startswith("/") else posixpath.join(base, target)
                found[attributes.get("Id", "")] = (attributes.get("Type", ""), posixpath.normpath(part))

        if relations.lower() in self._parts:
            self._read(relations, start)
        return found

    def _sheets(self) -> list[Sheet]:
        targets = self._targets(self._relations, self._folder)
        found: list[Sheet] = []

        def start(name: str, attributes: dict[str, str]) -> None:
            if name == "workbookPr":
                self.epoch_1904 = attributes.get("date1904", "").lower() in ("1", "true")
            elif name == "sheet":
                key = next((attributes[f"{space} id"] for space in _RELATION if f"{space} id" in attributes), "")
                kind, part = targets.get(key, ("", ""))
                if kind.endswith("/worksheet"):  # a sheet may also be a chart
                    hidden = attributes.get("state", "visible") != "visible"
                    found.append(Sheet(attributes.get("name", ""), hidden, part))

        self._read(self._main, start)
        return found

    def _number_formats(self) -> list[str]:
        """The format code of each cell style; '' for General."""
        codes: dict[str, str] = {}
        styles: list[str] = []
        inside = False

        def start(name: str, attributes: dict[str, str]) -> None:
            nonlocal inside
            if name == "numFmt":
                codes[attributes.get("numFmtId", "")] = attributes.get("formatCode", "")
            elif name == "cellXfs":
                inside = True
            elif name == "xf" and inside:
                styles.append(attributes.get("numFmtId", "0"))

        def end(name: str) -> None:
            nonlocal inside
            inside = inside and name != "cellXfs"

        part = self._target(self._relations, "/styles", self._folder)
        if part is not None and part.lower() in self._parts:
            self._read(part, start, end)
        return [codes.get(number, _BUILT_IN.get(number, "")) for number in styles]

    def _shared(self) -> list[str]:
        if self._strings is None:
            self._strings = []
            part = self._target(self._relations, "/sharedStrings", self._folder)
            if part is not None and part.lower() in self._parts:
                reader = Strings(self._strings)
                self._read(part, reader.start, reader.end, reader.text)
        return self._strings

    # cells ------------------------------------------------------------------------------------------------------------

    def rows(self, sheet: Sheet) -> Iterator[tuple[int, list[Cell], bool]]:
        """For each row with a value: its number, its cells and whether it is hidden."""
        reader = Rows(self._shared(), [meaning(code) for code in self._formats], self.epoch_1904)
        for _piece in self._parse(sheet.part, reader.start, reader.end, reader.text):
            yield from reader.taken()


#: the built-in formats that show a day; they have no code in the file (ECMA-376 part 1, 18.8.30)
_BUILT_IN = {str(number): "d" for number in (14, 15, 16, 17, 22, *range(27, 32), 36, *range(50, 55), 57, 58)}


def _bounded(infos: list[zipfile.ZipInfo]) -> dict[str, zipfile.ZipInfo]:
    """The parts by name, in lower case because writers use different case. Checks the sizes in ZIP's directory: zipfile
    unpacks no more than these."""
    if len(infos) > MAX_PARTS or sum(info.file_size for info in infos) > MAX_UNPACKED:
        raise TableError("the workbook is larger than any list of employees, unpacked")
    if any(info.file_size > 10_000_000 and info.file_size > MAX_RATIO * info.compress_size for info in infos):
        raise TableError("the workbook becomes far too large when it is unpacked")
    parts = {info.filename.replace("\\", "/").lower(): info for info in infos}
    if len(parts) != len(infos):
        raise TableError("the workbook contains a part twice", action=SAVE_AGAIN)
    return parts
