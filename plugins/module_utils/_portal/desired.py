# SPDX-FileCopyrightText: gbz.zorgid contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""The desired accounts: read from a list, a JSON, CSV or XLSX file, checked as a whole before anything happens.

Errors: ``accounts_unreadable`` (the file), ``accounts_empty`` (a file without accounts), ``accounts_invalid`` (fields),
``accounts_contradict`` (two entries). Messages name all mistakes up to ``MOST``, by position (in a table by the row of
the file and the column) and field name, never a person.
"""

from __future__ import annotations

import json
import re
import sys
from array import array
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from datetime import date
from pathlib import Path
from typing import Any

from .._common.errors import ZorgidError, kind
from .._common.text import printable
from .._common.trouble import in_words
from . import tables
from .cells import TableError
from .listing import COLUMNS, OF_EMPLOYEES, Listing
from .model import FIELDS, IDENTIFICATION, PORTAL_ROLES, STATES, Account
from .twins import MOST, ONCE, refuse_twins, rest, twins

_KNOWN = frozenset(FIELDS)
#: values that many accounts share are kept once in memory
_SHARED = frozenset({"state", "role", "registration", "first_name", "prefix", "date_of_birth", "role_code"})
_DATE = re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}")
_UZI = re.compile(r"[0-9]{8,9}")
_MAIL = re.compile(r"[^@\s]+@[^@\s]+")


_EXPECTED = "a list of accounts as CSV or as an Excel workbook (.xlsx)"
_TABLES = (".csv", ".txt", ".tsv", ".xlsx", ".xlsm", ".xls", ".xlsb", ".ods", ".numbers")
#: field, what is wrong, what was expected, what was found
Wrong = tuple[str, str, str, str]


@dataclass(frozen=True)
class Source:
    """accounts: checked, in order. read: what a file was and how much of it was read. notes: what a person has to
    know about that. rows: of a table, the row of the file that each account stands in."""

    accounts: list[Account]
    read: dict[str, Any] = field(default_factory=dict)
    notes: list[str] = field(default_factory=list)
    rows: Sequence[int] = ()

    def place(self, position: int) -> str:
        """How a person finds the account: ``Row 12 of hr.csv``."""
        where = self.read.get("file", "the list")
        return f"Row {self.rows[position - 1]} of {where}" if self.rows else f"Account {position} of {where}"


def read_path(path: str | Path, *, administrators: bool = False) -> list[Account]:
    """The accounts of ``read_file``."""
    return read_file(path, administrators=administrators).accounts


def read_file(path: str | Path, *, administrators: bool = False) -> Source:
    """Accounts of a ``.json`` file (a list of objects) or of a table: CSV or XLSX, as its content says.

    In a table the parts of ``identification`` are columns of their own (``document_type, document_expires,
    checked_by, checked_at``); empty cells are not kept by the list.
    """
    file = Path(path)
    suffix = file.suffix.lower()
    if suffix != ".json" and suffix not in _TABLES:
        raise _unreadable(
            file, "a file that ends in .json, .csv or .xlsx", f"the ending {printable(file.suffix, 20) or '(none)'}"
        )
    try:
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
            f"The accounts file {tables.named(file)} names nobody",
            expected="at least one account",
            found="a header and no rows" if suffix != ".json" else "an empty list",
            action="export the list again; if there is really nobody, say so with accounts: [] instead of a file",
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
    """Each row once, freed as soon as it is checked: a hundred thousand of them are 60 MB."""
    for number, row in enumerate(rows):
        rows[number] = None
        yield row


def from_list(rows: Iterable[Any], *, administrators: bool = False, where: str = "the list") -> list[Account]:
    """Checked accounts, in order. administrators: each needs ``role`` administrator or operator."""
    accounts: list[Account] = []
    wrong: list[tuple[int, Wrong]] = []
    for position, row in enumerate(rows, 1):
        account, mistakes = _checked(row, administrators)
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
_FILL_IN = "fill in the empty cells in the HR system or in Excel, or take out the rows that are no people"
_KEEP_ONE = "keep one of the two rows, or correct its number"
_RETYPE = "correct the cells in the HR system or in Excel"


def _table(file: Path, administrators: bool) -> Source:
    listing = Listing(file, _offered(administrators))
    accounts: list[Account] = []
    numbers: list[int] = []
    wrong: list[tuple[int, str, str, str]] = []
    for number, row, faulty in listing.rows():
        account, mistakes = _checked(row, administrators)
        accounts.append(account)
        numbers.append(number)
        for name, what, expected, found in mistakes:
            if name in faulty:
                continue  # noted
            action = _FILL_IN if found == "nothing" else _RETYPE
            wrong.append((number, listing.column(name), f"{what} (expected: {expected})", action))
    if (wrong or listing.mistakes) and not listing.moved:
        # In the same answer: who has put right the rest would meet them then.
        wrong += [
            (numbers[place], listing.column(name), f"{what} as in row {numbers[first]}", _KEEP_ONE)
            for first, place, name, what in twins(accounts, zeros=True)
        ]
    wrong = sorted([(one.row, one.column, one.what, one.action) for one in listing.mistakes] + wrong, key=_by_row)
    if wrong:
        told = "; ".join(f"row {number}, column {column}: {what}" for number, column, what, _action in wrong[:MOST])
        actions = _by_action(wrong[:MOST])
        code = "accounts_unreadable" if listing.moved else "accounts_invalid"
        raise ZorgidError(
            code,
            f"The accounts file {tables.named(file)} is not usable: {told}{rest(len(wrong))}",
            action="; ".join([*actions, "nothing was changed"]),
            details={"file": tables.named(file), "rows": list(dict.fromkeys(one[0] for one in wrong[:MOST]))},
        )
    refuse_twins(accounts, numbers, ("Rows", tables.named(file)), zeros=True)
    table = listing.table
    read = {**table.read, "rows": len(numbers), "accounts": len(accounts), "skipped": {"blank": listing.blank}}
    return Source(accounts, read, table.notes, array("L", numbers))


def _by_action(wrong: Sequence[tuple[int, str, str, str]]) -> list[str]:
    """What to do; where there are several things to do, each with its rows, or with its columns in a single row."""
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


def _checked(row: Any, administrators: bool) -> tuple[Account, list[Wrong]]:
    """The account, and everything that is wrong with it."""
    account: Account = {}
    wrong: list[Wrong] = []
    if not isinstance(row, dict):
        return account, [("", "it is not a mapping", "fields with their values", kind(row))]
    if not row.keys() <= _KNOWN:
        unknown = ", ".join(sorted(printable(one, 40) for one in row.keys() - _KNOWN))
        return account, [("", "it has unknown fields", ", ".join(FIELDS), unknown)]
    for name, value in row.items():
        if value is None or name == "identification":
            continue
        if not isinstance(value, str):
            if name == "date_of_birth" and isinstance(value, date):
                value = value.isoformat()[:10]
            else:
                wrong.append((name, f"{name} is not a text", "a value in quotes", kind(value)))
                continue
        value = value.strip()
        if value:
            account[name] = sys.intern(str(value)) if name in _SHARED else value
    for name in ("external_id", "first_name", "last_name"):
        if not account.get(name) and not isinstance(row.get(name), int | float):
            wrong.append((name, f"{name} is missing", "external_id, first_name and last_name", "nothing"))
    if account.setdefault("state", "present") not in STATES:
        wrong.append(("state", "state is unknown", " | ".join(STATES), "another word"))
    born = account.get("date_of_birth")
    if born is not None and not _is_date(born):
        wrong.append(("date_of_birth", "date_of_birth is not a date", "YYYY-MM-DD", "another form"))
    if "email" in account and not _MAIL.fullmatch(account["email"]):
        wrong.append(("email", "email is not an address", "name@domain", "another form"))
    if "uzi_number" in account and not _UZI.fullmatch(account["uzi_number"]):
        wrong.append(("uzi_number", "uzi_number is not a UZI number", "8 or 9 digits", "another form"))
    role = account.get("role")
    if administrators and role not in PORTAL_ROLES:
        wrong.append(("role", "role is missing or unknown", " | ".join(PORTAL_ROLES), "something else"))
    if not administrators:
        if role not in (None, "employee"):
            wrong.append(("role", "role is not employee", "employees only", "a role of portal_administrators"))
        account["role"] = "employee"
    identification = row.get("identification")
    if identification:
        account["identification"] = _identification(identification, wrong)
    default = "operator" if identification else "self"
    if account.setdefault("registration", default) not in ("operator", "self"):
        wrong.append(("registration", "registration is unknown", "operator | self", "another word"))
    return account, wrong


def _identification(value: Any, wrong: list[Wrong]) -> dict[str, str]:
    if not isinstance(value, dict) or value.keys() - set(IDENTIFICATION):
        fields = f"{', '.join(IDENTIFICATION)}; never the document's number"
        wrong.append(("identification", "identification is not a WID record", fields, "other fields"))
        return {}
    record = {}
    for name in IDENTIFICATION:
        item = value.get(name)
        if isinstance(item, date):
            item = item.isoformat()[:10]
        if not isinstance(item, str) or not item.strip():
            wrong.append((name, f"identification lacks {name}", ", ".join(IDENTIFICATION), "nothing"))
            continue
        record[name] = item.strip()
        if name in ("document_expires", "checked_at") and not _is_date(record[name][:10]):
            wrong.append((name, f"identification.{name} is not a date", "YYYY-MM-DD", "another form"))
    return record


def _is_date(text: str) -> bool:
    if not _DATE.fullmatch(text):
        return False
    try:
        date.fromisoformat(text)
    except ValueError:
        return False
    return True
