# SPDX-FileCopyrightText: gbz.zorgid contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""Checks of the types of JSON values: each returns the value as the expected type, or an error with what is wrong and
where.

Other spellings are accepted if their meaning is certain (docs/decisions/0126): names of attributes and schemas in any
case (RFC 7643 section 2.1), null as absent (2.5), numbers where a text is expected, whole numbers and booleans as
texts.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from .._common.errors import ZorgidError, kind

#: most characters of one value; ten times the longest legal name
MOST_TEXT = 4096

JsonCheck = Callable[[Any, str], Any]
#: every name that is read: lower case -> as the RFC writes it
WRITTEN: dict[str, str] = {}


class WrongError(Exception):
    """place: such as ``Resources[3].name.familyName``; expected, found: descriptions without values."""

    def __init__(self, place: str, expected: str, found: str) -> None:
        super().__init__(place)
        self.place, self.expected, self.found = place, expected, found


def unreadable(path: str, place: str, expected: str, found: str) -> ZorgidError:
    """path: the address of the request."""
    return ZorgidError(
        "portal_answer_unreadable",
        f"The portal's answer to {path} cannot be read: {place}",
        expected=f"{expected} (SCIM 2.0, RFC 7643 and 7644)",
        found=found,
        action="check that portal_url is the address before /Users; if it is, tell the supplier of the portal",
    )


def checked_as(path: str, check: JsonCheck, value: Any, place: str = "") -> Any:
    try:
        return check(value, place)
    except WrongError as wrong:
        raise unreadable(path, wrong.place, wrong.expected, wrong.found) from wrong


def text(value: Any, place: str) -> str:
    if isinstance(value, str) and len(value) <= MOST_TEXT:
        return value
    if isinstance(value, int) and not isinstance(value, bool) and abs(value) < 10**18:
        return str(value)
    raise WrongError(place, f"a text of at most {MOST_TEXT} characters", _kind(value))


def some_text(value: Any, place: str) -> str:
    found = text(value, place)
    if not found.strip(". "):  # it becomes part of an address
        raise WrongError(place, "an identifier", "blanks and dots only")
    return found


def mark(value: Any, place: str) -> str:
    """An ETag (RFC 9110 section 8.8.3): it is sent back in a header."""
    found = text(value, place)
    if not found.isascii() or not found.isprintable():
        raise WrongError(place, "an ETag in ASCII", "other characters")
    return found


def flag(value: Any, place: str) -> bool:
    if isinstance(value, bool):
        return value
    if isinstance(value, str) and value.strip().lower() in ("true", "false"):
        return value.strip().lower() == "true"
    raise WrongError(place, "true or false", _kind(value))


def count(value: Any, place: str) -> int:
    if isinstance(value, float) and value.is_integer() and abs(value) < 10**15:
        value = int(value)
    if isinstance(value, str) and value.isascii() and value.isdecimal() and len(value) <= 18:
        value = int(value)
    if isinstance(value, int) and not isinstance(value, bool) and 0 <= value < 10**18:
        return value
    raise WrongError(place, "a whole number, not negative and with less than 19 digits", _kind(value))


def anything(value: Any, _place: str) -> Any:
    return value


def each(check: JsonCheck) -> JsonCheck:
    def checked(value: Any, place: str) -> list[Any]:
        if not isinstance(value, list):
            raise WrongError(place, "a list", _kind(value))
        return [check(item, f"{place}[{number}]") for number, item in enumerate(value)]

    return checked


def object_of(names: Mapping[str, JsonCheck], *needed: str) -> JsonCheck:
    """An object with these names, each as the RFC writes it; all others are left out, and null is absent."""
    known = {name.lower(): (name, check) for name, check in names.items()}
    WRITTEN.update({lower: name for lower, (name, _check) in known.items()})

    def checked(value: Any, place: str) -> dict[str, Any]:
        if not isinstance(value, dict):
            raise WrongError(place or "all of it", "an object", _kind(value))
        found: dict[str, Any] = {}
        for written, item in value.items():
            name, check = known.get(written.lower(), ("", anything))
            if not name or item is None:
                continue
            where = f"{place}.{name}" if place else name
            if name in found:
                raise WrongError(where, "one value", "two, under names that differ only in case")
            found[name] = check(item, where)
        for name in needed:
            if name not in found:
                raise WrongError(f"{place}.{name}" if place else name, "a value", "nothing")
        return found

    return checked


def _kind(value: Any) -> str:
    if isinstance(value, str):
        return f"a text of {len(value)} characters"
    if isinstance(value, list | dict):
        return "a list" if isinstance(value, list) else "an object"
    return (
        "a number that does not fit" if isinstance(value, int | float) and not isinstance(value, bool) else kind(value)
    )
