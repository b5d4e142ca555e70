# SPDX-FileCopyrightText: gbz.zorgid contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""What a look does with the store: the same rules as everywhere (identities.py), on flat persons."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from typing import Any

from ...state import record
from .. import identities
from ..errors import RefusalError
from ..phone import Phone
from ..store import Identity, Store, Token
from ..views import EXTENSION, etag, view

IDLE_SECONDS = 15 * 60
_ATTRIBUTES = ("uziNumber", "roleCode", "agbCode")
ROLES = ("employee", "operator", "administrator")
#: what can be done with a phone in this state; with any other: invite again
ACTIONS = {"invited": ("block", "revoke"), "active": ("block", "revoke"), "blocked": ("unblock", "revoke")}
#: how a refusal of the rules starts → its code, for which a look has words
_REFUSALS = {
    "There is no user": "unknown",
    "The user has changed": "changed",
    "This externalId": "number_taken",
    "This person": "member",
    "Several people": "several",
    "Another identity": "uzi_taken",
    "Only an administrator": "not_allowed",
    "An organisation keeps": "last",
    "Registering an employee": "identify",
    "identification lacks": "identify",
    "documentExpires is": "identify",
    "The identity document": "expired",
    "A revoked identity": "phone",
    "A device that is": "phone",
}


class FieldError(Exception):
    """What was filled in wrongly: field → why, as a code."""

    def __init__(self, fields: Mapping[str, str]) -> None:
        super().__init__(", ".join(fields))
        self.fields = dict(fields)


@dataclass(frozen=True)
class Person:
    """One member as an organisation sees it; what is not known is empty. birth is an ISO date."""

    key: str
    version: str
    external: str
    given: str
    family: str
    birth: str
    email: str
    uzi: str
    role_code: str
    agb: str
    role: str
    phone: str
    since: str
    way: str

    @property
    def actions(self) -> tuple[str, ...]:
        return ACTIONS.get(self.phone, ("invite",))

    @property
    def name(self) -> str:
        return f"{self.given} {self.family}".strip()

    @property
    def sorted_name(self) -> str:
        return ", ".join(part for part in (self.family, self.given) if part)


def _person(identity: Identity, ura: str) -> Person:
    user = view(identity, ura)
    extension, name = user[EXTENSION], user.get("name", {})
    attributes = {item.get("type"): str(item.get("value") or "") for item in extension.get("attributes", [])}
    device = extension.get("device", {})
    return Person(
        key=user["id"],
        version=etag(identity.document),
        external=user.get("externalId", ""),
        given=name.get("givenName", ""),
        family=name.get("familyName", "") or ("" if name.get("givenName") else user["userName"]),
        birth=extension.get("dateOfBirth", ""),
        email=next((str(item.get("value", "")) for item in user.get("emails", [])), ""),
        uzi=attributes.get("uziNumber", ""),
        role_code=attributes.get("roleCode", ""),
        agb=attributes.get("agbCode", ""),
        role=extension["memberships"][0]["role"],
        phone=device.get("state", "none"),
        since=device.get("since", ""),
        way=extension.get("identification", {}).get("method", ""),
    )


def code_of(refused: RefusalError) -> str:
    return next((code for start, code in _REFUSALS.items() if refused.detail.startswith(start)), "general")


def iso_day(day: str, month: str, year: str) -> str | None:
    """An ISO date of what was typed; None if there is no such day."""
    if not (re.fullmatch(r"[0-9]{1,2}", day) and re.fullmatch(r"[0-9]{1,2}", month) and re.fullmatch("[0-9]{4}", year)):
        return None
    try:
        return date(int(year), int(month), int(day)).isoformat()
    except ValueError:
        return None


def dutch_day(text: str) -> str:
    """dd-mm-jjjj of a date or moment in ISO form."""
    parts = text[:10].split("-")
    return "-".join(reversed(parts)) if len(parts) == 3 else text


def plain_cell(text: str) -> str:
    """A cell that no spreadsheet takes for a formula."""
    return f"'{text}" if text.startswith(("=", "+", "-", "@", "\t")) else text


class Desk:
    """The acts of one portal over its store; each raises RefusalError or FieldError and then has changed nothing."""

    def __init__(self, store: Store, phone: Phone) -> None:
        self.store, self.phone = store, phone

    # who is logged in -------------------------------------------------------------------------------------------------

    def approved(self, challenge: str) -> str | None:
        """The person whose phone approved this login, told once."""
        return self.phone.approved.pop(challenge, None)

    def organisations_of(self, identity_id: str) -> dict[str, str]:
        """URA → name, where this person administers."""
        identity = self.store.identities.get(identity_id)
        memberships = identity.document["memberships"] if identity else {}
        return {ura: self.organisation(ura) for ura, one in memberships.items() if one["role"] != "employee"}

    def organisation(self, ura: str) -> str:
        return str(self.store.organisations.get(ura, {}).get("name", ura))

    def act_for(self, identity_id: str, ura: str) -> Token:
        role = self.store.identities[identity_id].document["memberships"][ura]["role"]
        return Token((0, ura, role, identity_id, "page", "", None))

    def still_allowed(self, token: Token) -> bool:
        """Whether the person still administers there with an active phone; the token's role becomes the present one."""
        identity = self.store.identities.get(str(token.identity_id))
        document = identity.document if identity else {}
        role = document.get("memberships", {}).get(token.ura, {}).get("role", "employee")
        if role == "employee" or document["device"]["state"] != "active":
            return False
        token.role = role
        return True

    def me(self, token: Token) -> Person:
        return _person(self.store.identities[str(token.identity_id)], token.ura)

    # people -----------------------------------------------------------------------------------------------------------

    def people(self, token: Token) -> list[Person]:
        found = [_person(self.store.identities[key], token.ura) for key in self.store.members.get(token.ura, {})]
        return sorted(found, key=lambda person: (person.family.casefold(), person.given.casefold(), person.key))

    def person(self, token: Token, key: str) -> Person:
        return _person(identities.get(self.store, token, key), token.ura)

    def register(self, token: Token, given: Mapping[str, str]) -> tuple[Person, bool]:
        """given: the fields by their SCIM names, dates in ISO form, way and its fields, role. Whether it was known."""
        extension: dict[str, Any] = {
            "attributes": [{"type": kind, "value": given[kind]} for kind in _ATTRIBUTES if given.get(kind)],
            "memberships": [{"ura": token.ura, "role": given.get("role") or "employee"}],
        }
        if given.get("dateOfBirth"):
            extension["dateOfBirth"] = given["dateOfBirth"]
        if given.get("way") == "wid":
            checks = ("documentType", "documentExpires", "checkedAt")
            if missing := {name: "missing" for name in checks if not given.get(name)}:
                raise FieldError(missing)
            if given["checkedAt"] > date.today().isoformat():
                raise FieldError({"checkedAt": "future"})
            if identities.is_expired(given["documentExpires"]):
                raise FieldError({"documentExpires": "expired"})
            by = self.me(token).external or str(token.identity_id)
            extension["identification"] = {"method": "wid", "checkedBy": by, **{name: given[name] for name in checks}}
        elif given.get("way"):
            extension["identification"] = {"method": "self"}
        user = {**self._core(given), EXTENSION: extension}
        status, identity, _ = identities.create(self.store, token, user)
        return _person(identity, token.ura), status == 200

    @staticmethod
    def _core(given: Mapping[str, str]) -> dict[str, Any]:
        if missing := {name: "missing" for name in ("givenName", "familyName") if not given.get(name)}:
            raise FieldError(missing)
        user: dict[str, Any] = {"name": {"givenName": given["givenName"], "familyName": given["familyName"]}}
        if given.get("externalId"):
            user["externalId"] = given["externalId"]
        if given.get("email"):
            user["emails"] = [{"value": given["email"], "type": "work", "primary": True}]
        return user

    def change(self, token: Token, key: str, given: Mapping[str, str], if_match: str | None = None) -> Person:
        """All data of a person anew; an empty field takes the value away."""
        identity = identities.get(self.store, token, key)
        identities.check_version(identity, if_match)
        core = self._core(given)
        kept = [item for item in identity.document.get("attributes") or () if item.get("type") not in _ATTRIBUTES]
        kept += [{"type": kind, "value": given[kind]} for kind in _ATTRIBUTES if given.get(kind)]
        wanted = {
            "externalId": core.get("externalId"),
            "name": core["name"],
            "emails": core.get("emails"),
            f"{EXTENSION}:dateOfBirth": given.get("dateOfBirth"),
            f"{EXTENSION}:attributes": kept,
        }
        operations = [
            {"op": "replace", "path": path, "value": value} if value else {"op": "remove", "path": path}
            for path, value in wanted.items()
        ]
        changed = identities.patch(self.store, token, identity, {"Operations": operations})
        return _person(changed or identity, token.ura)

    def set_role(self, token: Token, key: str, role: str | None) -> None:
        """None takes the person out of the organisation; the identity stays."""
        path = f'{EXTENSION}:memberships[ura eq "{token.ura}"]'
        operation: dict[str, Any] = {"op": "remove", "path": path}
        if role is not None:
            if role not in ROLES:
                raise FieldError({"role": "missing"})
            operation = {"op": "replace", "path": f"{path}.role", "value": role}
        identities.patch(self.store, token, identities.get(self.store, token, key), {"Operations": [operation]})

    def act_on_phone(self, token: Token, key: str, action: str) -> None:
        identity = identities.get(self.store, token, key)
        if action not in _person(identity, token.ura).actions:
            raise RefusalError(409, "A device that is in this state does not do that")
        operation: dict[str, Any] = {"op": "replace", "path": "active", "value": action == "unblock"}
        if action in ("revoke", "invite"):
            state = "revoked" if action == "revoke" else "invited"
            operation = {"op": "replace", "path": f"{EXTENSION}:device.state", "value": state}
        identities.patch(self.store, token, identity, {"Operations": [operation]})

    # tokens -----------------------------------------------------------------------------------------------------------

    def tokens(self, token: Token) -> list[Token]:
        return sorted((one for one in self.store.tokens.values() if one.ura == token.ura), key=lambda one: one.id)

    def make_token(self, token: Token, name: str, days: str) -> str:
        wrong = {}
        if not name or len(name) > 80:
            wrong["name"] = "missing"
        if not re.fullmatch(r"[0-9]{1,3}", days) or not 1 <= int(days) <= 365:
            wrong["days"] = "days"
        if wrong:
            raise FieldError(wrong)
        made = self.store.make_token(token.ura, token.role, token.identity_id, name, int(days))
        record(self.store.state, "portal", "token", f"URA {token.ura}, {token.role}, {days} days")
        return made

    def revoke_token(self, token: Token, number: int) -> None:
        if not self.store.revoke_token(token.ura, number):
            raise RefusalError(404, "There is no user token of this number")
