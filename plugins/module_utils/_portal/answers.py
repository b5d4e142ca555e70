# SPDX-FileCopyrightText: gbz.zorgid contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""The border: what the portal sends becomes data of known types here, or ``portal_answer_unreadable`` with the place.

Understood where nobody can be mistaken (docs/decisions/0126): names of attributes and schemas in any case (RFC 7643
section 2.1), null as absent (2.5), numbers as texts where a text is due, whole numbers and booleans as texts.
"""

# Exact types on purpose: what JSON makes are these, a bool is no int, and it is the quicker question.
# pylint: disable=unidiomatic-typecheck

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any, NamedTuple

from .._common.errors import ZorgidError, kind
from .._common.libraries import needs
from .._common.text import printable
from .connection import Answer

with needs("orjson>=3.10"):
    import orjson

USER = "urn:ietf:params:scim:schemas:core:2.0:User"
EXTENSION = "urn:zorgid:scim:schemas:2.0:User"
LIST = "urn:ietf:params:scim:api:messages:2.0:ListResponse"
#: characters of one value; the longest legal name has a tenth of them
MOST_TEXT = 4096
#: members of one organisation, more than any has; a list that claims more is wrong
MOST_MEMBERS = 1_000_000

Check = Callable[[Any, str], Any]


class _OddError(Exception):
    """A user who is not exactly as RFC 7643 writes one: to be looked at with care."""


class WrongError(Exception):
    """place: such as ``Resources[3].name.familyName``; expected, found: in words, without values."""

    def __init__(self, place: str, expected: str, found: str) -> None:
        super().__init__(place)
        self.place, self.expected, self.found = place, expected, found


def unreadable(path: str, place: str, expected: str, found: str) -> ZorgidError:
    """path: what was asked for."""
    return ZorgidError(
        "portal_answer_unreadable",
        f"The portal's answer to {path} cannot be read: {place}",
        expected=f"{expected} (SCIM 2.0, RFC 7643 and 7644)",
        found=found,
        action="check portal_url, which ends where /Users would follow, and tell the portal's maker",
    )


# JSON ----------------------------------------------------------------------------------------------------------------


def parsed(answer: Answer, path: str) -> Any:
    """The body as JSON (RFC 8259): UTF-8, a byte order mark ignored; of two equal names the last one counts."""
    body = answer.body.removeprefix(b"\xef\xbb\xbf")
    try:
        return orjson.loads(body)
    except orjson.JSONDecodeError as error:
        found = f"{printable(answer.headers.get('Content-Type') or 'no content type', 60)}, status {answer.status}"
        coding = answer.headers.get("Content-Encoding")
        if coding:
            found += f"; content encoding {printable(coding, 20)}, which was not asked for"
        elif body.lstrip()[:1] in (b"", b"<"):
            found += "; a web page" if body.strip() else "; an empty body"
        else:
            found += f"; {error}"  # its words name positions, never values
        raise unreadable(path, "all of it", "JSON in UTF-8", found) from error


# types ---------------------------------------------------------------------------------------------------------------


def _text(value: Any, place: str) -> str:
    if isinstance(value, str) and len(value) <= MOST_TEXT:
        return value
    if isinstance(value, int) and not isinstance(value, bool) and abs(value) < 10**18:
        return str(value)
    raise WrongError(place, f"a text of at most {MOST_TEXT} characters", _kind(value))


def _some_text(value: Any, place: str) -> str:
    found = _text(value, place)
    if not found.strip(". "):  # it becomes a part of an address
        raise WrongError(place, "an identifier", "blanks and dots only")
    return found


def _mark(value: Any, place: str) -> str:
    """An ETag (RFC 9110 section 8.8.3): it goes back in a header."""
    found = _text(value, place)
    if not found.isascii() or not found.isprintable():
        raise WrongError(place, "an ETag in ASCII", "other characters")
    return found


def _flag(value: Any, place: str) -> bool:
    if isinstance(value, bool):
        return value
    if isinstance(value, str) and value.strip().lower() in ("true", "false"):
        return value.strip().lower() == "true"
    raise WrongError(place, "true or false", _kind(value))


def _count(value: Any, place: str) -> int:
    if isinstance(value, float) and value.is_integer() and abs(value) < 10**15:
        value = int(value)
    if isinstance(value, str) and value.isascii() and value.isdecimal() and len(value) <= 18:
        value = int(value)
    if isinstance(value, int) and not isinstance(value, bool) and 0 <= value < 10**18:
        return value
    raise WrongError(place, "a whole number, not negative and with less than 19 digits", _kind(value))


def _anything(value: Any, _place: str) -> Any:
    return value


def _each(check: Check) -> Check:
    def checked(value: Any, place: str) -> list[Any]:
        if not isinstance(value, list):
            raise WrongError(place, "a list", _kind(value))
        return [check(item, f"{place}[{number}]") for number, item in enumerate(value)]

    return checked


def _object(names: Mapping[str, Check], *needed: str) -> Check:
    """An object with these names, each in its own writing; all others are left out, and null is absent."""
    known = {name.lower(): (name, check) for name, check in names.items()}
    _WRITTEN.update({lower: name for lower, (name, _check) in known.items()})

    def checked(value: Any, place: str) -> dict[str, Any]:
        if not isinstance(value, dict):
            raise WrongError(place or "all of it", "an object", _kind(value))
        found: dict[str, Any] = {}
        for written, item in value.items():
            name, check = known.get(written.lower(), ("", _anything))
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


#: lower case -> as the RFC writes it, of every name that is read
_WRITTEN: dict[str, str] = {}

_MEMBERSHIPS = _each(_object({"ura": _text, "role": _text}))
_EXTENDED = {"memberships": _MEMBERSHIPS}
_USER = _object(
    {
        "id": _some_text,
        "externalId": _text,
        "name": _object({"givenName": _text, "familyName": _text}),
        "emails": _each(_object({"value": _text, "primary": _flag})),
        "active": _flag,
        "meta": _object({"version": _mark}),
        EXTENSION: _object(
            {
                **_EXTENDED,
                "dateOfBirth": _text,
                "attributes": _each(_object({"type": _text, "value": _text}, "type")),
                "device": _object({"state": _text, "since": _text}),
            }
        ),
    },
    "id",
)
_ME = _object({"id": _some_text, EXTENSION: _object(_EXTENDED)})
_SUPPORTED = {"supported": _flag}
_CONFIG = _object(
    {
        "patch": _object(_SUPPORTED),
        "bulk": _object({**_SUPPORTED, "maxOperations": _count, "maxPayloadSize": _count}),
        "filter": _object({"maxResults": _count}),
        "etag": _object(_SUPPORTED),
    }
)
_LISTED = _object({"schemas": _each(_text), "totalResults": _count, "Resources": _each(_anything)}, "totalResults")
_SCHEMA = _object({"id": _text})
_ORGANISATION = _object({"ura": _text}, "ura")
_BULK = _object(
    {"Operations": _each(_object({"bulkId": _text, "status": _anything, "response": _anything}))}, "Operations"
)
_ERROR = _object({"detail": _anything})

# users, ten thousand at a time: only one who is not exactly as written is walked through ------------------------------

_SHAPES: dict[tuple[str, ...], bool] = {}


def user(value: Any, number: int) -> dict[str, Any]:
    """``Resources[number]`` with the RFC's names and known types; what is not known may be null or missing."""
    try:
        if _usual(value):
            return value  # type: ignore[no-any-return]  # just looked at
    except (_OddError, AttributeError):
        pass
    found: dict[str, Any] = _checked("/Users", _USER, value, f"Resources[{number}]")
    return found


def _usual(value: Any) -> bool:
    """Whether _USER would leave this user as it is, in a tenth of the time."""
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
    """Their length; _OddError when one is something else."""
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
    """Something is missing here: _OddError when it may be there under a name in another case."""
    names = tuple(mapping)
    exact = _SHAPES.get(names)
    if exact is None:
        exact = all(_WRITTEN.get(name.lower(), name) == name for name in names)
        if len(_SHAPES) < 1000 and len(names) < 100:
            _SHAPES[names] = exact
    if not exact:
        raise _OddError


# whole answers -------------------------------------------------------------------------------------------------------


class Offer(NamedTuple):
    """What a server says of itself. bulk: whether, with most operations and bytes (0: not said); page: most results."""

    bulk: bool
    operations: int
    payload: int
    etags: bool
    page: int


def offer(answer: Answer) -> Offer:
    """/ServiceProviderConfig. A server without PATCH cannot be kept."""
    path = "/ServiceProviderConfig"
    config = _checked(path, _CONFIG, parsed(answer, path))
    if not {"patch", "bulk", "filter", "etag"} & config.keys():
        raise unreadable(path, "all of it", "patch, bulk, filter or etag", "none of them")
    bulk = config.get("bulk", {})
    return Offer(
        bulk.get("supported", False),
        bulk.get("maxOperations", 0),
        bulk.get("maxPayloadSize", 0),
        config.get("etag", {}).get("supported", False),
        config.get("filter", {}).get("maxResults", 0),
    )


def knows_extension(answer: Answer) -> bool:
    """Whether /Schemas names the portal's own."""
    path = "/Schemas"
    _total, resources = listed(answer, path)
    ids = [_checked(path, _SCHEMA, item, f"Resources[{number}]").get("id", "") for number, item in enumerate(resources)]
    return any(name.lower() == EXTENSION.lower() for name in ids)


def ura_of(answer: Answer, path: str) -> str:
    """Of /Organisations/{ura}."""
    return str(_checked(path, _ORGANISATION, parsed(answer, path))["ura"])


def owner(answer: Answer) -> tuple[str | None, list[dict[str, str]]]:
    """Of /Me: the id of whose token it is, where it says so, and the memberships."""
    me = _checked("/Me", _ME, parsed(answer, "/Me"))
    return me.get("id"), me.get(EXTENSION, {}).get("memberships", [])


def listed(answer: Answer, path: str, start: int = 1) -> tuple[int, list[Any]]:
    """totalResults and Resources of a ListResponse from ``start`` on. Anything that is none is no empty list."""
    found = _checked(path, _LISTED, parsed(answer, path))
    total = found["totalResults"]
    if total > MOST_MEMBERS:
        raise unreadable(path, "totalResults", f"at most {MOST_MEMBERS}", str(total))
    if "Resources" not in found:
        # RFC 7644 section 3.4.2: absent when there is nothing. So few words have to say that they are a list.
        if total >= start:
            raise unreadable(path, "Resources", f"a list, because totalResults is {total}", "nothing")
        if LIST.lower() not in [name.lower() for name in found.get("schemas", ())]:
            raise unreadable(path, "schemas", LIST, "a list response without this name and without Resources")
    return total, found.get("Resources", [])


def bulk_results(answer: Answer) -> list[tuple[str | None, int, Any]]:
    """bulkId, status and response of each operation; 0 for a status that is none."""
    operations = _checked("/Bulk", _BULK, parsed(answer, "/Bulk"))["Operations"]
    return [(item.get("bulkId"), _status(item.get("status")), item.get("response")) for item in operations]


def detail_of(response: Any) -> str:
    """What an error says in words (RFC 7644 section 3.12); empty when it says nothing that can be read."""
    try:
        said = _ERROR(response, "").get("detail")
    except WrongError:
        return ""
    return said if isinstance(said, str) else ""


def error_detail(answer: Answer) -> str:
    try:
        return detail_of(parsed(answer, ""))
    except ZorgidError:
        return ""


def _status(value: Any) -> int:
    """RFC 7644 writes a text; numbers, ``{"code": "201"}`` (SCIM 1.1) and ``201 Created`` are met too."""
    if isinstance(value, dict):
        value = value.get("code")
    if isinstance(value, str):
        value = value.strip()[:30].partition(" ")[0]
    try:
        found = _count(value, "status")
    except WrongError:
        return 0
    return found if 200 <= found <= 599 else 0


def _checked(path: str, check: Check, value: Any, place: str = "") -> Any:
    try:
        return check(value, place)
    except WrongError as wrong:
        raise unreadable(path, wrong.place, wrong.expected, wrong.found) from wrong
