# SPDX-FileCopyrightText: gbz.zorgid contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""Check the portal's answers: each becomes data of known types, or ``portal_answer_unreadable`` with the place.
Single values are in ``json_types``, users in ``scim_users``."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, NamedTuple

from .._common.errors import ZorgidError
from .._common.libraries import needs
from .._common.text import printable
from .json_types import WrongError, anything, checked_as, count, each, flag, object_of, some_text, text, unreadable
from .scim_users import EXTENDED, EXTENSION

with needs("orjson>=3.10"):
    import orjson

LIST = "urn:ietf:params:scim:api:messages:2.0:ListResponse"
#: more members than any organisation has; a larger totalResults is an error
MOST_MEMBERS = 1_000_000

_ME = object_of({"id": some_text, EXTENSION: object_of(EXTENDED)})
_SUPPORTED = {"supported": flag}
_CONFIG = object_of(
    {
        "patch": object_of(_SUPPORTED),
        "bulk": object_of({**_SUPPORTED, "maxOperations": count, "maxPayloadSize": count}),
        "filter": object_of({"maxResults": count}),
        "etag": object_of(_SUPPORTED),
    }
)
_LISTED = object_of({"schemas": each(text), "totalResults": count, "Resources": each(anything)}, "totalResults")
_SCHEMA = object_of({"id": text})
_ORGANISATION = object_of({"ura": text}, "ura")
_BULK = object_of(
    {"Operations": each(object_of({"bulkId": text, "status": anything, "response": anything}))}, "Operations"
)
_ERROR = object_of({"detail": anything})


class ScimResponse(NamedTuple):
    status: int
    body: bytes
    headers: Mapping[str, str]


def parsed(response: ScimResponse, path: str) -> Any:
    """The body as JSON (RFC 8259): UTF-8, a byte order mark ignored; of two equal names the last one applies."""
    body = response.body.removeprefix(b"\xef\xbb\xbf")
    try:
        return orjson.loads(body)
    except orjson.JSONDecodeError as error:
        found = f"{printable(response.headers.get('Content-Type') or 'no content type', 60)}, status {response.status}"
        coding = response.headers.get("Content-Encoding")
        if coding:
            found += f"; content encoding {printable(coding, 20)}, which was not asked for"
        elif body.lstrip()[:1] in (b"", b"<"):
            found += "; a web page" if body.strip() else "; an empty body"
        else:
            found += f"; {error}"  # the text contains positions, never values
        raise unreadable(path, "all of it", "JSON in UTF-8", found) from error


class Offer(NamedTuple):
    """The capabilities of a server. bulk: whether it has Bulk, with most operations and bytes (0: not given); page:
    most results."""

    bulk: bool
    operations: int
    payload: int
    etags: bool
    page: int


def offer(response: ScimResponse) -> Offer:
    """/ServiceProviderConfig. A server without PATCH is refused."""
    path = "/ServiceProviderConfig"
    config = checked_as(path, _CONFIG, parsed(response, path))
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


def knows_extension(response: ScimResponse) -> bool:
    """Whether /Schemas contains the portal's extension."""
    path = "/Schemas"
    _total, resources = listed(response, path)
    ids = [
        checked_as(path, _SCHEMA, item, f"Resources[{number}]").get("id", "") for number, item in enumerate(resources)
    ]
    return any(name.lower() == EXTENSION.lower() for name in ids)


def ura_of(response: ScimResponse, path: str) -> str:
    """The URA number in the answer of /Organisations/{ura}."""
    return str(checked_as(path, _ORGANISATION, parsed(response, path))["ura"])


def owner(response: ScimResponse) -> tuple[str | None, list[dict[str, str]]]:
    """From /Me: the id of the owner of the token, if given, and the memberships."""
    me = checked_as("/Me", _ME, parsed(response, "/Me"))
    return me.get("id"), me.get(EXTENSION, {}).get("memberships", [])


def whose(me: ScimResponse, status: int) -> str:
    """For a token that is refused for an organisation: the organisation that it is of, if /Me says so; else the
    ``status``."""
    try:
        memberships = owner(me)[1] if me.status == 200 else []
    except ZorgidError:
        memberships = []
    owners = [
        f"{printable(one.get('ura') or '?', 20)} ({printable(one.get('role') or '?', 40)})" for one in memberships
    ]
    return f"a token of {', '.join(owners[:3])}, status {status}" if owners else f"status {status}"


def listed(response: ScimResponse, path: str, start: int = 1) -> tuple[int, list[Any]]:
    """totalResults and Resources of a ListResponse from ``start`` on. Another kind of answer is an error, not an empty
    list."""
    found = checked_as(path, _LISTED, parsed(response, path))
    total = found["totalResults"]
    if total > MOST_MEMBERS:
        raise unreadable(path, "totalResults", f"at most {MOST_MEMBERS}", str(total))
    if "Resources" not in found:
        # RFC 7644 section 3.4.2: absent if the list is empty. So an answer without it has to say that it is a
        # ListResponse.
        if total >= start:
            raise unreadable(path, "Resources", f"a list, because totalResults is {total}", "nothing")
        if LIST.lower() not in [name.lower() for name in found.get("schemas", ())]:
            raise unreadable(path, "schemas", LIST, "a list response without this name and without Resources")
    return total, found.get("Resources", [])


def bulk_results(response: ScimResponse) -> list[tuple[str | None, int, Any]]:
    """bulkId, status and response of each operation; 0 for an invalid status."""
    operations = checked_as("/Bulk", _BULK, parsed(response, "/Bulk"))["Operations"]
    return [(item.get("bulkId"), _status(item.get("status")), item.get("response")) for item in operations]


def detail_of(response: Any) -> str:
    """The text of an error (RFC 7644 section 3.12); empty if it has none that can be read."""
    try:
        said = _ERROR(response, "").get("detail")
    except WrongError:
        return ""
    return said if isinstance(said, str) else ""


def error_detail(response: ScimResponse) -> str:
    try:
        return detail_of(parsed(response, ""))
    except ZorgidError:
        return ""


def _status(value: Any) -> int:
    """RFC 7644 uses a text; some servers send numbers, ``{"code": "201"}`` (SCIM 1.1) or ``201 Created``."""
    if isinstance(value, dict):
        value = value.get("code")
    if isinstance(value, str):
        value = value.strip()[:30].partition(" ")[0]
    try:
        found = count(value, "status")
    except WrongError:
        return 0
    return found if 200 <= found <= 599 else 0
