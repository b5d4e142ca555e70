# SPDX-FileCopyrightText: gbz.zorgid contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""Check a user in the portal's answer: the RFC's names and known types, or ``portal_answer_unreadable`` with the place.
A list has ten thousand users, so only those that differ from the usual form are checked in full."""

# Compares exact types on purpose: JSON gives only these, a bool is not an int, and it is faster.
# pylint: disable=unidiomatic-typecheck

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from .json_types import MOST_TEXT, WRITTEN, checked_as, each, flag, mark, object_of, some_text, text

USER = "urn:ietf:params:scim:schemas:core:2.0:User"
EXTENSION = "urn:zorgid:scim:schemas:2.0:User"


class _OddError(Exception):
    """The user is not exactly as RFC 7643 writes one, and needs the full check."""


_MEMBERSHIPS = each(object_of({"ura": text, "role": text}))
EXTENDED = {"memberships": _MEMBERSHIPS}
_USER = object_of(
    {
        "id": some_text,
        "externalId": text,
        "name": object_of({"givenName": text, "familyName": text}),
        "emails": each(object_of({"value": text, "primary": flag})),
        "active": flag,
        "meta": object_of({"version": mark}),
        EXTENSION: object_of(
            {
                **EXTENDED,
                "dateOfBirth": text,
                "attributes": each(object_of({"type": text, "value": text}, "type")),
                "device": object_of({"state": text, "since": text}),
            }
        ),
    },
    "id",
)

_SHAPES: dict[tuple[str, ...], bool] = {}


def user(value: Any, number: int) -> dict[str, Any]:
    """``Resources[number]`` with the RFC's names and known types; unknown values may be null or missing."""
    try:
        if _usual(value):
            return value  # type: ignore[no-any-return]  # checked above
    except (_OddError, AttributeError):
        pass
    found: dict[str, Any] = checked_as("/Users", _USER, value, f"Resources[{number}]")
    return found


def _usual(value: Any) -> bool:
    """Whether the full check (_USER) would leave this user unchanged; takes a tenth of the time."""
    identifier, external, name, emails = (
        value.get("id"),
        value.get("externalId"),
        value.get("name"),
        value.get("emails"),
    )
    meta, active, extension = value.get("meta"), value.get("active"), value.get(EXTENSION)
    if external is None or name is None or emails is None or meta is None or active is None or extension is None:
        _absent(value)
    if type(identifier) is not str or not identifier.strip(". ") or not (external is None or type(external) is str):
        return False
    if active is not True and active is not False and active is not None:
        return False
    size = len(identifier)
    if external is not None:
        size += len(external)
    if name is not None:
        size += _texts(name, "givenName", "familyName")
    if meta is not None:
        version = meta.get("version")
        if version is None:
            _absent(meta)
        elif type(version) is not str or not version.isascii() or not version.isprintable():
            return False
        else:
            size += len(version)
    if emails is not None:
        for item in _list(emails):
            address, primary = item.get("value"), item.get("primary")
            if address is None or primary is None:
                _absent(item)
            if primary is not True and primary is not False and primary is not None:
                return False
            size += _length(address)
    if extension is not None:
        memberships, attributes = extension.get("memberships"), extension.get("attributes")
        device, born = extension.get("device"), extension.get("dateOfBirth")
        if memberships is None or attributes is None or device is None or born is None:
            _absent(extension)
        size += _length(born)
        if memberships is not None:
            for item in _list(memberships):
                size += _texts(item, "ura", "role")
        if attributes is not None:
            for item in _list(attributes):
                size += _texts(item, "type", "value")
                if item.get("type") is None:
                    return False
        if device is not None:
            size += _texts(device, "state", "since")
    return size < MOST_TEXT


def _length(text: Any) -> int:
    if type(text) is str:
        return len(text)
    if text is not None:
        raise _OddError
    return 0


def _texts(mapping: Any, one: str, other: str) -> int:
    """The total length of these texts; _OddError if one is not a text."""
    first, second = mapping.get(one), mapping.get(other)
    if type(first) is str and type(second) is str:
        return len(first) + len(second)
    _absent(mapping)
    return _length(first) + _length(second)


def _list(value: Any) -> Any:
    if type(value) is not list:
        raise _OddError
    return value


def _absent(mapping: Mapping[str, Any]) -> None:
    """For a missing attribute: _OddError if it may be there with its name in another case."""
    names = tuple(mapping)
    exact = _SHAPES.get(names)
    if exact is None:
        exact = all(WRITTEN.get(name.lower(), name) == name for name in names)
        if len(_SHAPES) < 1000 and len(names) < 100:
            _SHAPES[names] = exact
    if not exact:
        raise _OddError
