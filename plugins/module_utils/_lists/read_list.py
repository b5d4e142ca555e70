# SPDX-FileCopyrightText: gbz.zorgid contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""Reads a list of employees from any system with its mapping: the only entry point for lists with a mapping."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import date
from itertools import chain
from pathlib import Path

from .._common.text import printable
from .cells import TableError
from .entries import Entries
from .list_header import Columns, columns_of, header_in, hits, nothing_found
from .list_notes import notes_of
from .mapping import FIELDS, ListMapping
from .people import People
from .sources import Grid, ListFile, opened
from .table_header import FIRST_ROWS
from .tables import NumberedRow, named, unreadable
from .understood import LeftOut, Understood, Wrong

#: the fields of a list with our own column names
OWN = tuple(name for name in FIELDS if name not in ("private_email", "start", "end", "name_use"))
_OWN_NEEDED = ("external_id", "first_name", "last_name")
_EXPORT = "correct the path or the file, or export the list again"
_NO_MAPPING = "copy the proposed mapping, check each column of it, and give it with the list"


def read_list(file: str | Path, mapping: ListMapping | None, today: date, *, roots: Sequence[Path] = ()) -> Understood:
    """Read a list. All mistakes of its rows are in ``Understood.wrong`` and raise no error; call
    ``Understood.refuse_mistakes()``, which raises them, before the accounts are used.

    file: CSV, XLSX, JSON or YAML; a regular file, no link, of at most 20 MB, in one of ``roots`` if any are given.
    mapping: ``ListMapping.of(dict)``; None for a list with our own column names, or to get a proposal in
    ``Understood.proposal`` (then ``wrong`` says so, and there are no accounts). today: the day for which
    contracts and ages are evaluated.

    An account's ``fields`` are those of the portal's list (``external_id, first_name, prefix, last_name,
    date_of_birth, email, uzi_number, role_code, agb_code, role, registration, state``) and the parts of a WID check
    (``document_type, document_expires, checked_by, checked_at``: all four or none); days are ``YYYY-MM-DD``.

    Error: ``accounts_unreadable``, if no header or no table was found.
    """
    path = Path(file)
    try:
        found = opened(path, [Path(root) for root in roots])
        with found.closing():
            return _understood(path, found, mapping, today)
    except (OSError, TableError) as error:
        what = f"The accounts file {named(path)}"
        expected = (
            "a readable file on the controller" if isinstance(error, OSError) else "a list as CSV, XLSX, JSON or YAML"
        )
        raise unreadable("accounts_unreadable", what, error, expected, _EXPORT) from error


def _understood(path: Path, found: ListFile, mapping: ListMapping | None, today: date) -> Understood:
    own = mapping is None
    if mapping is None:
        mapping = _own(found)
        if mapping is None:
            return _proposed(path, found)
    choice, others = _choice(found, mapping)
    grid = found.grid(choice)
    first, rest = _split(grid, mapping)
    header = header_in(first, mapping)
    if header is None:
        next(rest, None)  # the error of a broken row is more exact
        raise nothing_found(first, mapping)
    columns, wrong = columns_of(header, mapping, lettered=grid.lettered)
    form = {**grid.form, "header_row": header[0]}
    out = _sheets(found, choice, others)
    if wrong:
        return Understood(
            named(path), form, None if own else mapping, columns.headers(), columns.unknown(), (), (), tuple(out),
            tuple(wrong), tuple(found.notes),
        )  # fmt: skip
    entries = Entries(grid, columns, mapping, today)
    place = first.index(header)
    entries.above(first[:place])
    try:
        people = People(
            entries.rows(chain(first[place + 1 :], rest)),
            today,
            lambda name: _shown_names(columns, name),
            separated=bool(mapping.person),
        )
    except TableError as error:
        if error.column is not None:
            error.place = columns.shown_name(error.column)
        raise
    mistakes = sorted([*entries.wrong, *people.wrong], key=lambda one: one.row)
    # A list with mistakes gives no accounts at all: people or parts of them would be missing.
    accounts, waiting = ((), ()) if mistakes else (tuple(people.accounts), tuple(people.waiting))
    return Understood(
        named(path),
        {**form, **grid.form, "rows": entries.count},
        None if own else mapping,
        columns.headers(),
        columns.unknown(),
        accounts,
        waiting,
        (*entries.left_out(), *out),
        tuple(mistakes),
        (*found.notes, *notes_of(grid, columns, mapping, entries.reader, people)),
        others=entries.others(),
    )


def _shown_names(columns: Columns, name: str) -> str:
    places = columns.key if name == "key" else columns.read.get(name, [])
    return " and ".join(columns.shown_name(index) for index in places)


# which table --------------------------------------------------------------------------------------------------------


def _choice(found: ListFile, mapping: ListMapping) -> tuple[str, list[str]]:
    """The sheet (or the delimiter) with the header, and the other ones with a header."""
    if mapping.sheet and found.kind == "xlsx":
        wanted = mapping.sheet.strip().casefold()
        named_so = [name for name in [*found.choices, *found.hidden] if name.strip().casefold() == wanted]
        if not named_so:
            raise TableError(
                "the workbook has no sheet with the name that the mapping gives",
                action="compare sheet in the mapping with the workbook; it may have been renamed",
            )
        return named_so[0], []
    if not found.choices:
        raise TableError(
            "every sheet of the workbook is hidden" if found.hidden else "the workbook has no sheet with cells",
            action="show the sheet with the list, and save",
        )
    if len(found.choices) == 1:
        return found.choices[0], []
    wanted_titles = mapping.titles()
    score: dict[str, tuple[int, bool]] = {}
    for choice in found.choices:
        head = found.head(choice)
        header = header_in(head, mapping)
        most = hits(header[1], wanted_titles) if header else 0
        score[choice] = (most, header is not None and any(row[0] > header[0] for row in head))
    best = max(found.choices, key=lambda one: score[one][0])
    if found.kind != "xlsx":
        return best, []
    twins = [one for one in found.choices if one != best and score[one] == score[best] and score[one][1]]
    filled = [one for one in found.choices if score[one][0] == score[best][0] and score[one][1]]
    if len(filled) > 1:
        names = " and ".join(printable(one, 40) for one in filled[:4])
        raise TableError(
            f"the sheets {names} have the same columns, and only one can be the list",
            action="give the right one as sheet in the mapping; put people of several sheets on one sheet",
        )
    return (filled or [best])[0], twins


def _split(grid: Grid, mapping: ListMapping) -> tuple[list[NumberedRow], Iterator[NumberedRow]]:
    """The first rows, which contain the header, and the other rows. An error after the first rows is raised when these
    are read, because the message needs the column names of the header."""
    first: list[NumberedRow] = []
    left = FIRST_ROWS
    try:
        for row in grid.rows:
            first.append(row)
            left -= any(cell not in (None, "") for cell in row[1])
            enough = row[0] >= mapping.header_row if mapping.header_row else left <= 0
            if enough or len(first) > 10_000:
                break
    except TableError as error:
        return first, _failing(error)
    return first, grid.rows


def _failing(error: TableError) -> Iterator[NumberedRow]:
    """An iterator that raises the error at its first row."""
    yield from ()
    raise error


def _sheets(found: ListFile, choice: str, _others: list[str]) -> list[LeftOut]:
    if found.kind != "xlsx":
        return []
    hidden = [name for name in found.hidden if name != choice]
    visible = [name for name in found.choices if name != choice]
    return [
        LeftOut(reason, what, len(names))
        for reason, what, names in (("hidden_sheet", "hidden sheets", hidden), ("other_sheet", "other sheets", visible))
        if names
    ]


# without a mapping --------------------------------------------------------------------------------------------------


def _own(found: ListFile) -> ListMapping | None:
    """The mapping of a list with our own column names; None for another list."""
    given = {"columns": {name: name for name in OWN}}
    whole = ListMapping.of(given)
    for choice in found.choices:
        header = header_in(found.head(choice), whole)
        if header is None:
            continue
        columns, _wrong = columns_of(header, whole)
        there = {name: name for name in OWN if name in columns.read or (name == "external_id" and columns.key)}
        if all(name in there for name in _OWN_NEEDED):
            return ListMapping.of({"columns": there})
    return None


def _proposed(path: Path, found: ListFile) -> Understood:
    from .propose import propose  # a list with a mapping does not need it

    proposal, form, headers, unknown = propose(found)
    what = "the list has no mapping, and its columns do not have the titles that the collection knows"
    what += "; a mapping is proposed" if proposal else ""
    action = _NO_MAPPING if proposal else "write a mapping for this list: which of its columns is which field"
    return Understood(
        named(path), form, None, headers, unknown, wrong=(Wrong(0, "", what, action),), notes=tuple(found.notes),
        proposal=proposal,
    )  # fmt: skip
