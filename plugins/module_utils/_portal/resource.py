# SPDX-FileCopyrightText: gbz.zorgid contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""Accounts as SCIM resources: core User (RFC 7643) and the portal's extension (docs/portal.md)."""

from __future__ import annotations

import sys
from functools import lru_cache
from typing import Any, TypedDict

from .._common.ura import same_ura
from . import scim_users
from .model import ATTRIBUTES, Account, Actual, Change, clean, family_name
from .scim_users import EXTENSION, USER

PATCH = "urn:ietf:params:scim:api:messages:2.0:PatchOp"
#: our fields that a server without the extension does not have
CORE_UNKNOWN = frozenset({"date_of_birth", *ATTRIBUTES})


class Stranger(TypedDict):
    """A person in the portal who is not a member of this organisation."""

    id: str
    role: None


def to_actual(resource: Any, number: int, ura: str, core_only: bool, since: bool = False) -> Actual | Stranger:
    """A member of the organisation, or a stranger, from ``Resources[number]``.

    core_only: the server does not know the extension, so every active user is an employee and an inactive one is
    blocked. since: also return since when the device is in its state. Error: ``portal_answer_unreadable``.
    """
    resource = scim_users.user(resource, number)
    name = resource.get("name") or _NOTHING
    extension = resource.get(EXTENSION) or _NOTHING
    role, spelled, shared = "employee" if core_only else None, ura, False
    for membership in extension.get("memberships") or ():
        known = membership.get("ura")
        if known == ura or same_ura(known, ura):
            role, spelled = membership.get("role"), str(known)
        else:
            shared = True
    if role is None:
        return {"id": resource["id"], "role": None}
    emails = resource.get("emails") or ()
    email = emails[0].get("value") if emails else None
    if len(emails) > 1:
        email = next((item.get("value") for item in emails if item.get("primary")), email)
    attributes = {item["type"]: item.get("value") for item in extension.get("attributes") or ()}
    device = extension.get("device") or _NOTHING
    actual: Actual = {
        "id": resource["id"],
        "version": _shared((resource.get("meta") or _NOTHING).get("version")),
        "external_id": resource.get("externalId"),
        "first_name": _shared(name.get("givenName")),
        "last_name": name.get("familyName"),
        "date_of_birth": _shared(extension.get("dateOfBirth")),
        "email": email,
        "attributes": attributes or _NOTHING,
        "role": _word(role),
        "device": _word(device.get("state") or "none"),
    }
    if since and device.get("since"):
        actual["since"] = device["since"]
    if spelled != ura:
        actual["ura"] = spelled
    if shared:
        actual["shared"] = True
    active = resource.get("active") is not False
    if not active:
        actual["active"] = False  # left out if true: an eleventh key would double the dict's size
    if core_only:
        actual["unknown"] = CORE_UNKNOWN
        # Such a server has no memberships; to unlink, the user is made inactive.
        actual["gone"] = not active
    return actual


_NOTHING: dict[str, Any] = {}


@lru_cache(256)
def _word(text: str) -> str:
    """A role or a state: a short word that is shown in messages and results."""
    return sys.intern(clean(text))


def _shared(text: str | None) -> str | None:
    """Values that many people share are in memory once: this saves a quarter of the memory at 100,000 accounts."""
    return sys.intern(text) if text is not None else None


def new_user(account: Account, ura: str, core_only: bool) -> dict[str, Any]:
    """The body of POST /Users."""
    user: dict[str, Any] = {
        "schemas": [USER] if core_only else [USER, EXTENSION],
        "externalId": account["external_id"],
        "name": {"givenName": account["first_name"], "familyName": family_name(account)},
    }
    if account.get("email"):
        user["emails"] = [{"value": account["email"], "type": "work", "primary": True}]
    if core_only:
        user["userName"] = account["external_id"]  # RFC 7643 requires one; the portal replaces it
        user["active"] = True
        return user
    extension: dict[str, Any] = {"memberships": [{"ura": ura, "role": account["role"]}]}
    if account.get("date_of_birth"):
        extension["dateOfBirth"] = account["date_of_birth"]
    attributes = [{"type": kind, "value": account[name]} for name, kind in ATTRIBUTES.items() if account.get(name)]
    if attributes:
        extension["attributes"] = attributes
    record = account.get("identification")
    if account["registration"] == "operator" and record:
        extension["identification"] = {
            "method": "wid",
            "documentType": record["document_type"],
            "documentExpires": record["document_expires"],
            "checkedBy": record["checked_by"],
            "checkedAt": record["checked_at"],
        }
    elif account["registration"] == "self":
        extension["identification"] = {"method": "self"}
    user[EXTENSION] = extension
    return user


def patch_user(change: Change, ura: str, core_only: bool) -> dict[str, Any]:
    """The body of PATCH /Users/{id}."""
    operations: list[dict[str, Any]] = []
    # As the portal writes the number, because a filter compares texts (RFC 7644, 3.4.2.2).
    ura = change.actual.get("ura", ura) if change.actual else ura
    if change.status == "unlinked":
        operations.append(
            {"op": "replace", "path": "active", "value": False}
            if core_only
            else {"op": "remove", "path": f'{EXTENSION}:memberships[ura eq "{ura}"]'}
        )
        return {"schemas": [PATCH], "Operations": operations}
    paths = {"external_id": "externalId", "first_name": "name.givenName", "last_name": "name.familyName"}
    attributes: dict[str, str] = {}
    for name, (_before, after) in change.fields.items():
        if name in paths:
            operations.append({"op": "replace", "path": paths[name], "value": after})
        elif name == "email":
            emails = [{"value": after, "type": "work", "primary": True}]
            operations.append({"op": "replace", "path": "emails", "value": emails})
        elif name == "date_of_birth":
            operations.append({"op": "replace", "path": f"{EXTENSION}:dateOfBirth", "value": after})
        elif name == "role":
            path = f'{EXTENSION}:memberships[ura eq "{ura}"].role'
            operations.append({"op": "replace", "path": path, "value": after})
        else:
            attributes |= {kind: after for field, kind in ATTRIBUTES.items() if field == name}
    if attributes:
        merged = {**(change.actual["attributes"] if change.actual else {}), **attributes}
        values = [{"type": kind, "value": value} for kind, value in merged.items()]
        operations.append({"op": "replace", "path": f"{EXTENSION}:attributes", "value": values})
    if change.device in ("blocked", "unblocked") or (core_only and change.device):
        operations.append({"op": "replace", "path": "active", "value": change.device == "unblocked"})
    elif change.device:
        operations.append({"op": "replace", "path": f"{EXTENSION}:device.state", "value": change.device})
    return {"schemas": [PATCH], "Operations": operations}
