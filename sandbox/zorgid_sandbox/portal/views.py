# SPDX-FileCopyrightText: gbz.zorgid contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""What a token sees of an identity."""

from __future__ import annotations

from typing import Any

from .devices import is_active
from .store import Identity, encode

USER = "urn:ietf:params:scim:schemas:core:2.0:User"
EXTENSION = "urn:zorgid:scim:schemas:2.0:User"
CORE = ("name", "emails")
EXTRA = ("dateOfBirth", "attributes", "identification")


def view(identity: Identity, ura: str) -> dict[str, Any]:
    """The identity as one organisation sees it: its own externalId and membership, nobody else's."""
    document = identity.document
    membership = document["memberships"][ura]
    device = document["device"]
    extension: dict[str, Any] = {"memberships": [{"ura": ura, "role": membership["role"]}]}
    if device["state"] != "none":
        extension["device"] = {"state": device["state"], "since": device["since"]}
    resource: dict[str, Any] = {
        "schemas": [USER, EXTENSION],
        "id": document["id"],
        "userName": document["userName"],
        "active": is_active(device),
    }
    if membership.get("externalId"):
        resource["externalId"] = membership["externalId"]
    for key in CORE:
        if document.get(key):
            resource[key] = document[key]
    for key in EXTRA:
        if document.get(key):
            extension[key] = document[key]
    resource[EXTENSION] = extension
    resource["meta"] = {
        "resourceType": "User",
        "created": document["created"],
        "lastModified": document["lastModified"],
        "location": f"/scim/v2/Users/{document['id']}",
        "version": etag(document),
    }
    return resource


def etag(document: dict[str, Any]) -> str:
    return f'W/"{document["version"]}"'


def rendered(identity: Identity, ura: str) -> bytes:
    """The view as JSON, made once per version."""
    text = identity.views.get(ura)
    if text is None:
        text = identity.views[ura] = encode(view(identity, ura))
    return text
