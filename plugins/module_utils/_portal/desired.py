# SPDX-FileCopyrightText: gbz.zorgid contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""The desired accounts: read from a list, a JSON, CSV or XLSX file, checked as a whole before anything is changed.

Errors: ``accounts_unreadable`` (the file), ``accounts_empty`` (a file without accounts), ``accounts_invalid`` (fields),
``accounts_contradict`` (two entries). Messages name all mistakes up to ``MOST``, by position (in a table by the row of
the file and the column) and field name, never a person.
"""

from __future__ import annotations

import json
from array import array
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from datetime import date
from pathlib import Path
from typing import Any

from .._common.errors import ZorgidError
from .._common.text import printable
from .._common.trouble import in_words
from .._lists import tables
from .._lists.cells import TableError
from .._lists.sources import refuse_elsewhere
from .account_fields import FieldMistake, checked
from .listing import COLUMNS, OF_EMPLOYEES, Listing
from .model import Account
from .source import Source
from .twins import MOST, ONCE, refuse_twins, rest, twins

_EXPECTED = "a list of accounts as CSV or as an Excel workbook (.xlsx)"
_TABLES = (".csv", ".txt", ".tsv", ".xlsx", ".xlsm", ".xls", ".xlsb", ".ods", ".numbers")


@dataclass(frozen=True)
class Listed:
    """Where accounts are listed: in the file at ``path``, else in ``rows``, as a person wrote them.

    mapping: for a file that a system wrote, as the user gave it (``given_mapping.mapping_of``). folders: where a
    mapping file is searched, and where a list with a mapping has to be. roots: if given, every list has to be in these
    instead. today: the day for which contracts are compared; None for the day of the reading."""

    path: str | None = None
    rows: Sequence[Any] = field(default=(), repr=False)
    mapping: Any = None
    folders: Sequence[Path] = ()
    roots: Sequence[Path] = ()
    today: date | None = None

    def read(self, *, administrators: bool = False) -> Source:
        """Errors: of the whole module, and ``list_mapping_invalid``."""
        if self.path is None:
            return Source(from_list(self.rows, administrators=administrators))
        if self.mapping is None:
            return read_file(self.path, administrators=administrators, roots=self.roots)
        # Only lists of other systems need these modules.
        from .._lists.given_mapping import mapping_of
        from .mapped import read_mapped

        given = mapping_of(self.mapping, self.folders)
        if given is None:
            return read_file(self.path, administrators=administrators, roots=self.roots)

        roots, today = self.roots or self.folders, self.today or date.today()
        return read_mapped(self.path, given.mapping, today, administrators=administrators, roots=roots)


def read_path(path: str | Path, *, administrators: bool = False) -> list[Account]:
    """The accounts of ``read_file``."""
    return read_file(path, administrators=administrators).accounts


def read_file(path: str | Path, *, administrators: bool = False, roots: Sequence[Path] = ()) -> Source:
    """Accounts of a ``.json`` file (a list of objects) or of a table: CSV or XLSX, as its content says.

    In a table the parts of ``identification`` are columns of their own (``document_type, document_expires,
    checked_by, checked_at``); the list does not manage fields with empty cells.
    """
    file = Path(path)
    suffix = file.suffix.lower()
    if suffix != ".json" and suffix not in _TABLES:
        raise _unreadable(
            file, "a file that ends in .json, .csv or .xlsx", f"the ending {printable(file.suffix, 20) or '(none)'}"
        )
    try:
        if roots:
            refuse_elsewhere(file, roots)
        found = _json(file, administrators) if suffix == ".json" else _table(file, administrators)
    except (OSError, TableError) as error:
        what = f"The accounts file {tables.named(file)}"
        expected = "a readable file on the controller" if isinstance(error, OSError) else _EXPECTED
        if tables.names_columns(error):
            expected = f"a header row with columns that are called {', '.join(_offered(administrators))}"
        raise tables.unreadable("accounts_unreadable", what, error, expected, "correct the path or the file") from error
    if not found.accounts:
        raise ZorgidError(
            "accounts_empty",
            f"The accounts file {tables.named(file)} contains nobody",
            expected="at least one account",
            found="a header and no rows" if suffix != ".json" else "an empty list",
            action="export the list again; if there is really nobody, give accounts: [] instead of a file",
        )
    return found


def _offered(administrators: bool) -> tuple[str, ...]:
    return COLUMNS if administrators else OF_EMPLOYEES


def _json(file: Path, administrators: bool) -> Source:
    try:
        rows = json.loads(tables.content(file))
    except UnicodeDecodeError as error:
        raise _unreadable(file, "UTF-8", f"another encoding, at byte {error.start}") from error
    except json.JSONDecodeError as error:
        raise _unreadable(file, "JSON", f"{error.msg}, at line {error.lineno}, column {error.colno}") from error
    except (ValueError, RecursionError) as error:
        if isinstance(error, TableError):
            raise
        found = in_words(error) if isinstance(error, RecursionError) else "a number of thousands of digits"
        raise _unreadable(file, "a list of accounts", found) from error
    if isinstance(rows, dict) and isinstance(rows.get("accounts"), list):
        rows = rows["accounts"]
    if not isinstance(rows, list):
        raise _unreadable(file, "a list of accounts", "something else")
    count = len(rows)
    accounts = from_list(_consumed(rows), administrators=administrators, where=tables.named(file))
    return Source(accounts, {"file": tables.named(file), "format": "json", "rows": count, "accounts": len(accounts)})


def _consumed(rows: list[Any]) -> Iterator[Any]:
    """Each row once, freed as soon as it is checked: 100,000 rows are 60 MB."""
    for number, row in enumerate(rows):
        rows[number] = None
        yield row


def from_list(rows: Iterable[Any], *, administrators: bool = False, where: str = "the list") -> list[Account]:
    """Checked accounts, in order. administrators: each needs ``role`` administrator or operator."""
    accounts: list[Account] = []
    wrong: list[tuple[int, FieldMistake]] = []
    for position, row in enumerate(rows, 1):
        account, mistakes = checked(row, administrators)
        accounts.append(account)
        wrong += [(position, mistake) for mistake in mistakes]
    if wrong:
        numbers = range(1, len(accounts) + 1)
        same = [
            (numbers[place], ("", f"it has {what} as account {numbers[first]}", ONCE, "the same"))
            for first, place, _name, what in twins(accounts)
        ]
        wrong = sorted([*wrong, *same], key=lambda one: one[0])
        position, (_field, what, expected, found) = wrong[0]
        more = "; ".join(f"account {number}: {one[1]} (expected: {one[2]})" for number, one in wrong[1:MOST])
        raise ZorgidError(
            "accounts_invalid",
            f"Account {position} of {where} is not usable: {what}{'; ' if more else ''}{more}{rest(len(wrong))}",
            expected=expected,
            found=found,
            action="correct this entry; nothing was changed" if len(wrong) == 1 else _CORRECT,
            details={"position": position},
        )
    refuse_twins(accounts, range(1, len(accounts) + 1), ("Accounts", where))
    return accounts


_CORRECT = "correct these entries; nothing was changed"
_FILL_IN = "fill in the empty cells in the HR system or in Excel, or remove the rows that are not people"
_KEEP_ONE = "keep one of the two rows, or correct its number"
_RETYPE = "correct the cells in the HR system or in Excel"


def _table(file: Path, administrators: bool) -> Source:
    listing = Listing(file, _offered(administrators))
    accounts: list[Account] = []
    numbers: list[int] = []
    wrong: list[tuple[int, str, str, str]] = []
    for number, row, faulty in listing.rows():
        account, mistakes = checked(row, administrators)
        accounts.append(account)
        numbers.append(number)
        for name, what, expected, found in mistakes:
            if name in faulty:
                continue  # noted
            action = _FILL_IN if found == "nothing" else _RETYPE
            wrong.append((number, listing.column(name), f"{what} (expected: {expected})", action))
    if (wrong or listing.mistakes) and not listing.moved:
        # In the same error: otherwise a person would see these only after the correction of the others.
        wrong += [
            (numbers[place], listing.column(name), f"{what} as in row {numbers[first]}", _KEEP_ONE)
            for first, place, name, what in twins(accounts, zeros=True)
        ]
    wrong = sorted([(one.row, one.column, one.what, one.action) for one in listing.mistakes] + wrong, key=_by_row)
    if wrong:
        described = "; ".join(
            f"row {number}, column {column}: {what}" for number, column, what, _action in wrong[:MOST]
        )
        actions = _by_action(wrong[:MOST])
        code = "accounts_unreadable" if listing.moved else "accounts_invalid"
        raise ZorgidError(
            code,
            f"The accounts file {tables.named(file)} is not usable: {described}{rest(len(wrong))}",
            action="; ".join([*actions, "nothing was changed"]),
            details={"file": tables.named(file), "rows": list(dict.fromkeys(one[0] for one in wrong[:MOST]))},
        )
    refuse_twins(accounts, numbers, ("Rows", tables.named(file)), zeros=True)
    table = listing.table
    read = {**table.read, "rows": len(numbers), "accounts": len(accounts), "skipped": {"blank": listing.blank}}
    return Source(accounts, read, table.notes, array("L", numbers))


def _by_action(wrong: Sequence[tuple[int, str, str, str]]) -> list[str]:
    """What to do; if there are several actions, each with its rows, or with its columns if it is one row."""
    one_row = len({number for number, *_rest in wrong}) == 1
    places: dict[str, dict[str, None]] = {}
    for number, column, _what, action in wrong:
        places.setdefault(action, {})[column if one_row else str(number)] = None
    if len(places) < 2:
        return list(places)
    noun = "column" if one_row else "row"
    return [f"{noun}{'s' if len(at) > 1 else ''} {', '.join(at)}: {action}" for action, at in places.items()]


def _by_row(mistake: tuple[int, str, str, str]) -> int:
    return mistake[0]


def _unreadable(file: Path, expected: str, found: str) -> ZorgidError:
    return ZorgidError(
        "accounts_unreadable",
        f"The accounts file {tables.named(file)} cannot be read",
        expected=expected,
        found=found,
        action="correct the path or the file",
    )
