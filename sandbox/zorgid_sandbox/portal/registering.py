# SPDX-FileCopyrightText: gbz.zorgid contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""Gebruikers → Nieuwe gebruiker, and a user's data: the forms that an operator fills in."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date
from typing import Any

from .errors import RefusalError
from .fields import Form
from .html import ROLES, hidden
from .views import EXTENSION

#: label → where it stands; the order of the form
DATA = {
    "Personeelsnummer": "externalId",
    "Voornaam": "givenName",
    "Achternaam": "familyName",
    "Geboortedatum": "dateOfBirth",
    "E-mailadres": "email",
    "UZI-nummer": "uziNumber",
    "Rolcode": "roleCode",
    "AGB-code": "agbCode",
}
DOCUMENTS = {"passport": "paspoort", "identity_card": "identiteitskaart", "driving_licence": "rijbewijs"}
WAYS = {"self": "zelfregistratie", "wid": "WID-controle"}
DAYS = ("dateOfBirth", "documentExpires", "checkedAt")
ATTRIBUTES = ("uziNumber", "roleCode", "agbCode")


def values(user: Mapping[str, Any]) -> dict[str, str]:
    """What the form shows of a user as SCIM has it."""
    extension, name = user.get(EXTENSION, {}), user.get("name", {})
    attributes = {item.get("type"): item.get("value") for item in extension.get("attributes", [])}
    found = {
        "externalId": user.get("externalId"),
        "givenName": name.get("givenName"),
        "familyName": name.get("familyName"),
        "dateOfBirth": extension.get("dateOfBirth"),
        "email": next((item.get("value") for item in user.get("emails", [])), None),
        **{kind: attributes.get(kind) for kind in ATTRIBUTES},
    }
    return {key: str(value) for key, value in found.items() if value}


def data_form(forms: Form, action: str, user: Mapping[str, Any]) -> str:
    return forms.form(action, _fields(forms, values(user)), "Gegevens opslaan")


def new_form(forms: Form, framed: bool = False) -> str:
    """framed: its answer, too, is shown in a frame."""
    more = (
        forms.choice("Identificatie", "way", WAYS)
        + forms.choice("Soort document", "documentType", DOCUMENTS)
        + forms.day("Geldig tot", "documentExpires")
        + forms.day("Gecontroleerd op", "checkedAt")
    )
    if forms.orders.get("similar_names"):
        more += forms.text("Rol in team", "teamRole")
    more += forms.choice("Rol", "role", ROLES)
    if new := forms.orders.get("new_field"):
        more += forms.text(new["label"], "newField", required=True)
    body = forms.group("Gegevens", _fields(forms, {})) + forms.group("Identificatie en rol", more)
    return forms.form("/portal/users", body + (hidden("part", "frame") if framed else ""), "Opslaan")


def _fields(forms: Form, known: Mapping[str, str]) -> str:
    """An ordered `similar_names` puts fields before those whose names theirs contain; what is typed there is lost."""
    decoys = {"familyName": "Achternaam partner", "email": "E-mailadres privé"}
    fields = ""
    for label, name in DATA.items():
        if name in decoys and forms.orders.get("similar_names"):
            fields += forms.text(decoys[name], f"{name}Other")
        if name == "dateOfBirth":
            fields += forms.day(label, name, known.get(name, ""))
        else:
            fields += forms.text(label, name, known.get(name, ""), required=name in ("givenName", "familyName"))
    return fields


def resource(data: Mapping[str, Any], ura: str, checked_by: str) -> dict[str, Any]:
    """A filled-in form, its dates in ISO form, as a SCIM user."""
    given = {name: str(data.get(name, "")).strip() for name in DATA.values()}
    if not given["givenName"] or not given["familyName"]:
        raise RefusalError(400, "Vul voornaam en achternaam in.")
    extension: dict[str, Any] = {
        "attributes": [{"type": kind, "value": given[kind]} for kind in ATTRIBUTES if given[kind]]
    }
    if given["dateOfBirth"]:
        extension["dateOfBirth"] = _day("Geboortedatum", given["dateOfBirth"])
    if "role" in data:
        extension["memberships"] = [{"ura": ura, "role": str(data["role"])}]
    if data.get("way") == "wid":
        extension["identification"] = {
            "method": "wid",
            "checkedBy": checked_by,
            "documentType": str(data.get("documentType", "")),
            "documentExpires": _day("Geldig tot", str(data.get("documentExpires", ""))),
            "checkedAt": _day("Gecontroleerd op", str(data.get("checkedAt", ""))),
        }
    elif "way" in data:
        extension["identification"] = {"method": "self"}
    user: dict[str, Any] = {"name": {"givenName": given["givenName"], "familyName": given["familyName"]}}
    if given["externalId"]:
        user["externalId"] = given["externalId"]
    if given["email"]:
        user["emails"] = [{"value": given["email"], "type": "work", "primary": True}]
    return {**user, EXTENSION: extension}


def _day(label: str, text: str) -> str:
    """A date as a browser sends it, whatever way it shows it."""
    try:
        return date.fromisoformat(text).isoformat()
    except ValueError:
        raise RefusalError(400, f"{label} is geen datum.") from None


def patch(data: Mapping[str, Any], ura: str) -> dict[str, Any]:
    """The changes of a user's data as SCIM operations; an empty field takes the value away."""
    user = resource(data, ura, "")
    extension = user[EXTENSION]
    wanted = {
        "externalId": user.get("externalId"),
        "name": user["name"],
        "emails": user.get("emails"),
        f"{EXTENSION}:dateOfBirth": extension.get("dateOfBirth"),
        f"{EXTENSION}:attributes": extension["attributes"] or None,
    }
    return {
        "Operations": [
            {"op": "replace", "path": path, "value": value} if value else {"op": "remove", "path": path}
            for path, value in wanted.items()
        ]
    }
