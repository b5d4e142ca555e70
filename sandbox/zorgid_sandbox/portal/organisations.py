# SPDX-FileCopyrightText: gbz.zorgid contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""/Organisations: read by everyone within scope, kept by VZVZ (BA-004, BA-005; tokens of role registrar)."""

from __future__ import annotations

from typing import Any

from .errors import RefusalError
from .patch import apply
from .store import Store, Token
from .views import etag

SCHEMA = "urn:zorgid:scim:schemas:2.0:Organisation"
STATUSES = ("active", "inactive")


def view(document: dict[str, Any]) -> dict[str, Any]:
    resource = {
        "schemas": [SCHEMA],
        "id": document["ura"],
        "ura": document["ura"],
        "name": document["name"],
        "meta": {
            "resourceType": "Organisation",
            "created": document["created"],
            "lastModified": document["lastModified"],
            "location": f"/scim/v2/Organisations/{document['ura']}",
            "version": etag(document),
        },
    }
    for name in ("externalId", "status"):
        if document.get(name):
            resource[name] = document[name]
    return resource


def visible(store: Store, token: Token) -> list[dict[str, Any]]:
    """The token's own organisation; all of them for VZVZ."""
    return [view(item) for ura, item in store.organisations.items() if token.role == "registrar" or ura == token.ura]


def get(store: Store, token: Token, ura: str) -> dict[str, Any]:
    if ura not in store.organisations or (token.role != "registrar" and ura != token.ura):
        raise RefusalError(404, f"There is no organisation {ura} within this token's scope")
    return view(store.organisations[ura])


def operate(
    store: Store, token: Token, method: str, ura: str, data: Any, if_match: str | None
) -> tuple[int, dict[str, Any] | None]:
    """One change by VZVZ: status and the resource."""
    if ura:
        present = get(store, token, ura)
        if if_match not in (None, "*", present["meta"]["version"]):
            raise RefusalError(412, "The organisation has changed since it was read; read it again")
    if token.role != "registrar":
        raise RefusalError(403, "Only VZVZ registers and changes organisations")
    if method == "POST" and not ura:
        document = _read(data)
        if document["ura"] in store.organisations:
            raise RefusalError(409, "This organisation is already registered", "uniqueness")
        document.setdefault("status", "active")
        return 201, view(store.put_organisation(document))
    if method == "DELETE" and ura:
        if store.members.get(ura):
            raise RefusalError(409, "This organisation still has members")
        store.remove_organisation(ura)
        return 204, None
    if method in ("PUT", "PATCH") and ura:
        wanted = data if method == "PUT" else apply(present, _operations(data), frozenset())
        document = _read(wanted)
        if document["ura"] != ura:
            raise RefusalError(400, "The URA of an organisation does not change", "mutability")
        kept = {name: store.organisations[ura][name] for name in ("version", "created")}
        return 200, view(store.put_organisation({**document, **kept}))
    raise RefusalError(405, f"{method} is not possible here")


def _operations(data: Any) -> Any:
    return data.get("Operations") if isinstance(data, dict) else None


def _read(data: Any) -> dict[str, Any]:
    if not isinstance(data, dict):
        raise RefusalError(400, "An organisation is a JSON object", "invalidSyntax")
    document = {name: data[name] for name in ("ura", "name", "status", "externalId") if data.get(name) is not None}
    if not all(isinstance(value, str) for value in document.values()) or not {"ura", "name"} <= document.keys():
        raise RefusalError(400, "An organisation has ura and name, as strings", "invalidValue")
    if document.get("status", "active") not in STATUSES:
        raise RefusalError(400, f"status is one of {', '.join(STATUSES)}", "invalidValue")
    return document
