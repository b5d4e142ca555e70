# SPDX-FileCopyrightText: gbz.zorgid contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""The desired accounts: read from a list, a JSON, CSV or XLSX file, checked as a whole before anything happens.

Errors: ``accounts_unreadable`` (the file), ``accounts_invalid`` (a field), ``accounts_contradict`` (two entries).
Messages name positions and field names, never a person.
"""

from __future__ import annotations

import json
import re
import sys
from collections.abc import Iterable, Iterator
from datetime import date, datetime
from pathlib import Path
from typing import Any

from .._common.errors import ZorgidError, kind
from . import tables
from .model import FIELDS, IDENTIFICATION, PORTAL_ROLES, STATES, Account

_KNOWN = frozenset(FIELDS)
#: values that many accounts share are kept once in memory
_SHARED = frozenset({"state", "role", "registration", "first_name", "prefix", "date_of_birth", "role_code"})
_DATE = re.compile(r"\d{4}-\d\d-\d\d")
_UZI = re.compile(r"\d{8,9}")
_MAIL = re.compile(r"[^@\s]+@[^@\s]+")


def read_path(path: str | Path, *, administrators: bool = False) -> list[Account]:
    """Accounts of a ``.json`` (a list of objects), ``.csv`` (UTF-8, header row, comma or semicolon) or ``.xlsx`` file.

    In CSV and XLSX the parts of ``identification`` are columns of their own (``document_type, document_expires,
    checked_by, checked_at``); empty cells are not kept by the list.
    """
    file = Path(path)
    readers = {".json": _json_rows, ".csv": _table_rows, ".xlsx": _table_rows}
    reader = readers.get(file.suffix.lower())
    if reader is None:
        raise _unreadable(file, "a file that ends in .json, .csv or .xlsx", f"the ending {file.suffix or '(none)'}")
    try:
        rows = reader(file)
    except ZorgidError:
        raise
    except OSError as error:
        raise _unreadable(file, "a readable file on the controller", error.strerror or "an error") from error
    except UnicodeDecodeError as error:
        raise _unreadable(file, "UTF-8", f"another encoding, at byte {error.start}") from error
    except json.JSONDecodeError as error:
        raise _unreadable(file, "JSON", f"{error.msg}, at line {error.lineno}, column {error.colno}") from error
    except tables.TableError as error:
        expected = f"a table in {file.suffix[1:].upper()}: a header row, and no more cells than it names"
        raise _unreadable(file, expected, str(error)) from error
    except (ValueError, RecursionError) as error:  # a number of five thousand digits
        raise _unreadable(file, "a list of accounts", type(error).__name__) from error
    return from_list(_consumed(rows), administrators=administrators)


def _consumed(rows: list[Any]) -> Iterator[Any]:
    """Each row once, freed as soon as it is checked: a hundred thousand of them are 60 MB."""
    for number, row in enumerate(rows):
        rows[number] = None
        yield row


def from_list(rows: Iterable[Any], *, administrators: bool = False) -> list[Account]:
    """Checked accounts, in order. administrators: each needs ``role`` administrator or operator."""
    accounts = []
    for position, row in enumerate(rows, 1):
        accounts.append(_checked(row, position, administrators))
    _contradictions(accounts)
    return accounts


def _unreadable(file: Path, expected: str, found: str) -> ZorgidError:
    return ZorgidError(
        "accounts_unreadable",
        f"The accounts file {file.name} cannot be read",
        expected=expected,
        found=found,
        action="correct the path or the file",
    )


def _invalid(position: int, what: str, expected: str, found: str) -> ZorgidError:
    return ZorgidError(
        "accounts_invalid",
        f"Account {position} of the list is not usable: {what}",
        expected=expected,
        found=found,
        action="correct this entry; nothing was changed",
        details={"position": position},
    )


def _checked(row: Any, position: int, administrators: bool) -> Account:
    if not isinstance(row, dict):
        raise _invalid(position, "it is not a mapping", "fields with their values", kind(row))
    account: Account = {}
    for name, value in row.items():
        if name not in _KNOWN:
            unknown = sorted(str(one) for one in row.keys() - _KNOWN)
            raise _invalid(position, "it has unknown fields", ", ".join(FIELDS), ", ".join(unknown))
        if value is None or name == "identification":
            continue
        if not isinstance(value, str):
            if name == "date_of_birth" and isinstance(value, date):
                value = value.isoformat()[:10]
            else:
                raise _invalid(position, f"{name} is not a text", "a value in quotes", kind(value))
        value = value.strip()
        if value:
            account[name] = sys.intern(str(value)) if name in _SHARED else value
    for name in ("external_id", "first_name", "last_name"):
        if not account.get(name):
            raise _invalid(position, f"{name} is missing", "external_id, first_name and last_name", "nothing")
    state = account.setdefault("state", "present")
    if state not in STATES:
        raise _invalid(position, "state is unknown", " | ".join(STATES), "another word")
    born = account.get("date_of_birth")
    if born is not None and not _is_date(born):
        raise _invalid(position, "date_of_birth is not a date", "YYYY-MM-DD", "another form")
    if "email" in account and not _MAIL.fullmatch(account["email"]):
        raise _invalid(position, "email is not an address", "name@domain", "another form")
    if "uzi_number" in account and not _UZI.fullmatch(account["uzi_number"]):
        raise _invalid(position, "uzi_number is not a UZI number", "8 or 9 digits", "another form")
    role = account.get("role")
    if administrators and role not in PORTAL_ROLES:
        raise _invalid(position, "role is missing or unknown", " | ".join(PORTAL_ROLES), "something else")
    if not administrators:
        if role not in (None, "employee"):
            raise _invalid(position, "role is not employee", "employees only", "a role of portal_administrators")
        account["role"] = "employee"
    identification = row.get("identification")
    if identification:
        account["identification"] = _identification(identification, position)
    default = "operator" if identification else "self"
    if account.setdefault("registration", default) not in ("operator", "self"):
        raise _invalid(position, "registration is unknown", "operator | self", "another word")
    return account


def _identification(value: Any, position: int) -> dict[str, str]:
    if not isinstance(value, dict) or value.keys() - set(IDENTIFICATION):
        raise _invalid(
            position,
            "identification is not a WID record",
            f"{', '.join(IDENTIFICATION)}; never the document's number",
            "other fields",
        )
    record = {}
    for name in IDENTIFICATION:
        item = value.get(name)
        if isinstance(item, date):
            item = item.isoformat()[:10]
        if not isinstance(item, str) or not item.strip():
            raise _invalid(position, f"identification lacks {name}", ", ".join(IDENTIFICATION), "nothing")
        record[name] = item.strip()
    for name in ("document_expires", "checked_at"):
        if not _is_date(record[name][:10]):
            raise _invalid(position, f"identification.{name} is not a date", "YYYY-MM-DD", "another form")
    return record


def _is_date(text: str) -> bool:
    if not _DATE.fullmatch(text):
        return False
    try:
        date.fromisoformat(text)
    except ValueError:
        return False
    return True


def _contradictions(accounts: list[Account]) -> None:
    for name in ("external_id", "uzi_number"):
        seen: dict[str, int] = {}
        for position, account in enumerate(accounts, 1):
            value = account.get(name)
            if value is None:
                continue
            first = seen.setdefault(value, position)
            if first != position:
                same = account == accounts[first - 1]
                raise ZorgidError(
                    "accounts_contradict",
                    f"Accounts {first} and {position} of the list have the same {name}",
                    expected=f"each {name} once",
                    found="the same account twice" if same else "two accounts that say different things",
                    action="keep one of them; nothing was changed",
                    details={"positions": [first, position]},
                )


# files ----------------------------------------------------------------------------------------------------------------


def _json_rows(file: Path) -> list[Any]:
    rows = json.loads(file.read_bytes())
    if isinstance(rows, dict) and isinstance(rows.get("accounts"), list):
        rows = rows["accounts"]
    if not isinstance(rows, list):
        raise _unreadable(file, "a list of accounts", "something else")
    return rows


def _table_rows(file: Path) -> list[Any]:
    return list(_rows(file))


def _rows(file: Path) -> Iterator[dict[str, Any]]:
    columns: list[str] | None = None
    for line in tables.lines(file):
        if columns is None:
            columns = [str(name or "").strip() for name in line]
            doubled = sorted({name for name in columns if name and columns.count(name) > 1})
            if doubled or "external_id" not in columns:
                found = f"{', '.join(doubled)} twice" if doubled else "no column external_id"
                raise _unreadable(file, "a header row that names each field once", found)
            continue
        row: dict[str, Any] = {}
        for name, value in zip(columns, line, strict=False):
            if value is None or value == "":
                continue
            if isinstance(value, datetime):
                value = value.date().isoformat()
            elif isinstance(value, int | float) and name == "external_id" and value == int(value):
                value = str(int(value))  # a spreadsheet's number; the other numbers would lose leading zeros
            if name in IDENTIFICATION:
                row.setdefault("identification", {})[name] = value
            else:
                row[name] = value
        if row:
            yield row
