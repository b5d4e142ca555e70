# SPDX-FileCopyrightText: gbz.zorgid contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""The organisation as the inventory describes it. All fields are checked before anything is made from them.

The fields are those that VZVZ's step plan asks for (steps 1 to 4). Identifiers are strings: a URA, KvK or AGB number
may start with a zero.
"""

from __future__ import annotations

import datetime
import json
import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from .errors import ZorgidError, kind
from .text import printable
from .ura import Ura, is_ura

# XML 1.0 (fifth edition, 2.2) allows tab, newline and return, but a field of an inventory is one line.
CONTROL = re.compile("[\x00-\x1f\x7f-\x9f\u2028\u2029\ufffe\uffff\ud800-\udfff]")


@dataclass(frozen=True)
class Address:
    street: str
    house_number: str
    postal_code: str
    city: str


@dataclass(frozen=True)
class CareApplication:
    vendor: str
    name: str
    version: str


@dataclass(frozen=True)
class Provider:
    """The organisation that runs the GBZ (goed beheerd zorgsysteem)."""

    name: str
    email: str
    phone: str


@dataclass(frozen=True)
class Person:
    first_name: str
    last_name: str
    email: str
    phone: str | None = None
    date_of_birth: str | None = None

    @property
    def identity(self) -> bytes:
        """The identity for a keyed digest. Mail address and phone are left out: another address is
        not another person."""
        return json.dumps([self.first_name, self.last_name, self.date_of_birth]).encode()


@dataclass(frozen=True)
class People:
    technical_administrator: Person
    portal_administrator: Person
    representative: Person


@dataclass(frozen=True)
class Organisation:
    ura: str
    name: str
    kvk_number: str
    address: Address
    care_application: CareApplication
    provider: Provider
    people: People
    agb_code: str | None = None


@dataclass(frozen=True)
class _Field:
    expected: str
    accepts: Callable[[str], bool]
    required: bool = True


def _pattern(expression: str) -> Callable[[str], bool]:
    compiled = re.compile(expression)
    return lambda text: compiled.fullmatch(text) is not None


def _is_date(text: str) -> bool:
    try:
        return datetime.date.fromisoformat(text).isoformat() == text
    except ValueError:
        return False


_TEXT = _Field("text of 1 to 200 characters", lambda text: len(text.strip()) > 0 and len(text) <= 200)
_URA = _Field("a URA number: a string of 1 to 8 digits", is_ura)
_FORMER = _Field("the former URA number: a string of 1 to 8 digits", is_ura, required=False)
_KVK = _Field("a KvK number: a string of 8 digits", _pattern("[0-9]{8}"))
_AGB = _Field("an AGB code: a string of 8 digits", _pattern("[0-9]{8}"), required=False)
_POSTAL_CODE = _Field("a Dutch postal code such as 3511 AB", _pattern("[1-9][0-9]{3} ?[A-Z]{2}"))
# The form of RFC 5321 (4.1.2) that organisations use; quoted local parts and address literals are not supported.
_EMAIL = _Field(
    "an e-mail address",
    _pattern(r"(?=.{3,254}$)(?!\.)(?!.*\.\.)[A-Za-z0-9.!#$%&'*+/=?^_`{|}~-]{1,64}(?<!\.)@"
             r"(?:[A-Za-z0-9](?:[A-Za-z0-9-]{0,61}[A-Za-z0-9])?\.)+[A-Za-z][A-Za-z0-9-]{0,61}[A-Za-z0-9]"),
)  # fmt: skip
_PHONE = _Field("a telephone number such as +31301234567", _pattern(r"\+?[0-9][0-9 ()-]{5,18}[0-9]"))
_DATE = _Field("a date as YYYY-MM-DD", _is_date)

_Shape = Mapping[str, Any]
_NAME: _Shape = {"first_name": _TEXT, "last_name": _TEXT, "email": _EMAIL}
SHAPE: _Shape = {
    "ura": _URA,
    "name": _TEXT,
    "kvk_number": _KVK,
    "agb_code": _AGB,
    # Not used in a document or form: the dossier that this organisation's dossier continues.
    "continues": _FORMER,
    "address": {"street": _TEXT, "house_number": _TEXT, "postal_code": _POSTAL_CODE, "city": _TEXT},
    "care_application": {"vendor": _TEXT, "name": _TEXT, "version": _TEXT},
    "provider": {"name": _TEXT, "email": _EMAIL, "phone": _PHONE},
    "people": {
        "technical_administrator": {**_NAME, "phone": _PHONE},
        "portal_administrator": {**_NAME, "phone": _PHONE, "date_of_birth": _DATE},
        "representative": _NAME,
    },
}


def check_organisation(mapping: object) -> Organisation:
    """The organisation as typed data. Nothing is corrected: one error lists everything that is wrong.

    Error: ``organisation_invalid`` names every unknown field, missing field, missing role and field with a wrong value
    (never the value itself: it may be personal data); ``details["problems"]`` has the same as a list. If the URA is
    wrong, for example a number, the code is ``ura_invalid``; all other problems are listed as well.
    """
    problems: list[dict[str, str]] = []
    given: Mapping[str, Any] = mapping if isinstance(mapping, Mapping) else {}
    if isinstance(mapping, Mapping):
        _check(given, SHAPE, "", problems)
    else:
        problems.append({"field": "organisation", "problem": "is not a mapping", "expected": "a mapping of fields"})
    if problems:
        code, action = _reaction(given.get("ura"))
        raise ZorgidError(
            code,
            "The organisation's data cannot be used: " + "; ".join(f"{p['field']} {p['problem']}" for p in problems),
            expected="; ".join(dict.fromkeys(f"{p['field']}: {p['expected']}" for p in problems)),
            action=action,
            details={"problems": problems},
        )
    people = given["people"]
    return Organisation(
        ura=str(given["ura"]),
        name=str(given["name"]),
        kvk_number=str(given["kvk_number"]),
        agb_code=str(given["agb_code"]) if given.get("agb_code") is not None else None,
        address=Address(**_texts(given["address"])),
        care_application=CareApplication(**_texts(given["care_application"])),
        provider=Provider(**_texts(given["provider"])),
        people=People(**{role: Person(**_texts(people[role])) for role in SHAPE["people"]}),
    )


def _reaction(ura: object) -> tuple[str, str]:
    """Error code and action: of the URA if it is wrong, because everything else depends on it."""
    try:
        if ura is not None:
            Ura.of(ura)
    except ZorgidError as error:
        return error.code, f"correct these fields in the inventory; for the URA number: {error.action}"
    return "organisation_invalid", "correct these fields in the inventory"


def _texts(mapping: Mapping[str, Any]) -> dict[str, str]:
    # Ansible passes tagged strings; the document needs plain ones.
    return {str(name): str(value) for name, value in mapping.items()}


def _check(mapping: Mapping[str, Any], shape: _Shape, path: str, problems: list[dict[str, str]]) -> None:
    for name in mapping:
        if name not in shape:
            known = "one of " + ", ".join(shape)
            problems.append({"field": f"{path}{printable(name, 60)}", "problem": "is unknown", "expected": known})
    for name, rule in shape.items():
        field = f"{path}{name}"
        value = mapping.get(name)
        if isinstance(rule, _Field):
            _check_value(field, value, rule, problems)
        elif value is None:
            wrong = "is a missing role" if path == "people." else "is missing"
            problems.append({"field": field, "problem": wrong, "expected": "a mapping with " + ", ".join(rule)})
        elif isinstance(value, Mapping):
            _check(value, rule, f"{field}.", problems)
        else:
            wanted = "a mapping with " + ", ".join(rule)
            problems.append({"field": field, "problem": "is not a mapping", "expected": wanted})


def _check_value(field: str, value: Any, rule: _Field, problems: list[dict[str, str]]) -> None:
    if value is None:
        if rule.required:
            problems.append({"field": field, "problem": "is missing", "expected": rule.expected})
    elif not isinstance(value, str):
        wrong = f"is not a text but {kind(value)} (put quotes around it)"
        problems.append({"field": field, "problem": wrong, "expected": rule.expected})
    elif found := CONTROL.search(value):
        at = f"contains the character U+{ord(found.group()):04X} at position {found.start() + 1}"
        problems.append({"field": field, "problem": at, "expected": "text without control characters"})
    elif not rule.accepts(value):
        problems.append({"field": field, "problem": "does not fit", "expected": rule.expected})
