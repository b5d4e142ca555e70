# SPDX-FileCopyrightText: gbz.zorgid contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""Check one account of a list, as a person wrote it: its fields, and all errors in them."""

from __future__ import annotations

import re
import sys
from datetime import date
from typing import Any, cast

from .._common.errors import kind
from .._common.text import printable
from .model import FIELDS, IDENTIFICATION, PORTAL_ROLES, STATES, Account

_KNOWN = frozenset(FIELDS)
#: values that many accounts share, once in memory
_SHARED = frozenset({"state", "role", "registration", "first_name", "prefix", "date_of_birth", "role_code"})
_DATE = re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}")
_UZI = re.compile(r"[0-9]{8,9}")
_MAIL = re.compile(r"[^@\s]+@[^@\s]+")


#: field, what is wrong, what was expected, what was found
FieldMistake = tuple[str, str, str, str]


def checked(row: Any, administrators: bool) -> tuple[Account, list[FieldMistake]]:
    """The account, and all errors in it."""
    account: dict[str, Any] = {}
    wrong: list[FieldMistake] = []
    if not isinstance(row, dict):
        return Account(), [("", "it is not a mapping", "fields with their values", kind(row))]
    if not row.keys() <= _KNOWN:
        unknown = ", ".join(sorted(printable(one, 40) for one in row.keys() - _KNOWN))
        return Account(), [("", "it has unknown fields", ", ".join(FIELDS), unknown)]
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
    return cast("Account", account), wrong  # an account with an error is never used


def _identification(value: Any, wrong: list[FieldMistake]) -> dict[str, str]:
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
