# SPDX-FileCopyrightText: gbz.zorgid contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""The JSON of the persons of an organisation."""

from __future__ import annotations

import re
from datetime import date
from typing import Any

from starlette.responses import Response
from starlette.routing import Route

from ...errors import RefusalError
from ..desk import FieldError, Person
from .api import Api, Call, answer

MOST_AT_ONCE = 200
#: name in the JSON → name in the rules
DATA = {
    "personeelsnr": "externalId",
    "roepnaam": "givenName",
    "achternaam": "familyName",
    "geboortedatum": "dateOfBirth",
    "email": "email",
    "uzi": "uziNumber",
    "rolcode": "roleCode",
    "agb": "agbCode",
}
CHECK = {"vastgesteld": "way", "bewijs": "documentType", "bewijsTot": "documentExpires", "gezien": "checkedAt"}
WAYS = {"bewijs": "wid", "app": "self"}
DOCUMENTS = {"paspoort": "passport", "id_kaart": "identity_card", "rijbewijs": "driving_licence"}
ROLES = {"gebruiker": "employee", "functioneel": "operator", "organisatie": "administrator"}
APPS = {"none": "zonder", "invited": "wacht", "active": "actief", "blocked": "gepauzeerd", "revoked": "afgemeld"}
ACTIONS = {"pauzeren": "block", "hervatten": "unblock", "afmelden": "revoke", "uitnodigen": "invite"}


def shown(person: Person) -> dict[str, Any]:
    return {
        "id": person.key,
        "versie": person.version,
        "personeelsnr": person.external,
        "roepnaam": person.given,
        "achternaam": person.family,
        "geboortedatum": person.birth,
        "email": person.email,
        "uzi": person.uzi,
        "rolcode": person.role_code,
        "agb": person.agb,
        "rol": _other_way(ROLES)[person.role],
        "app": APPS[person.phone],
        "sinds": person.since[:10],
        "vastgesteld": _other_way(WAYS).get(person.way, ""),
        "kan": [name for name, action in ACTIONS.items() if action in person.actions],
    }


def _other_way(names: dict[str, str]) -> dict[str, str]:
    return {value: name for name, value in names.items()}


class People:
    def __init__(self, api: Api) -> None:
        self.api, self.desk = api, api.desk

    def routes(self) -> list[Route]:
        route = self.api.route
        return [
            route("/personen", self.listing),
            route("/personen", self.add, "POST"),
            route("/personen/{key}", self.one),
            route("/personen/{key}", self.change, "PATCH"),
            route("/personen/{key}/rol", self.change_role, "PATCH"),
            route("/personen/{key}/app", self.act, "POST"),
            route("/personen/{key}/koppeling", self.unlink, "DELETE"),
        ]

    async def listing(self, call: Call) -> dict[str, Any]:
        asked = call.request.query_params.get("vanaf", "0")
        first = int(asked) if re.fullmatch(r"[0-9]{1,7}", asked) else 0
        people = self.desk.people(call.token)
        return {"totaal": len(people), "personen": [shown(one) for one in people[first : first + MOST_AT_ONCE]]}

    def _person(self, call: Call) -> Person:
        return self.desk.person(call.token, call.request.path_params["key"])

    async def one(self, call: Call) -> dict[str, Any]:
        return shown(self._person(call))

    async def add(self, call: Call) -> Response:
        given = self._data(call, {})
        way, role = call.text("vastgesteld"), ROLES.get(call.text("rol"))
        errors = {} if way in WAYS else {"vastgesteld": "choose"}
        if role is None:
            errors["rol"] = "choose"
        if way == "bewijs":
            if call.text("bewijs") not in DOCUMENTS:
                errors["bewijs"] = "choose"
            errors |= {name: "day" for name in ("bewijsTot", "gezien") if not _is_day(call.text(name))}
            given |= {"documentExpires": call.text("bewijsTot"), "checkedAt": call.text("gezien")}
        if errors:
            raise FieldError(errors)
        given |= {"way": WAYS[way], "role": str(role), "documentType": DOCUMENTS.get(call.text("bewijs"), "")}
        try:
            person, known = self.desk.register(call.token, given)
        except FieldError as wrong:
            raise self._named(wrong) from None
        return answer({**shown(person), "bekend": known}, 200 if known else 201)

    def _data(self, call: Call, present: dict[str, str]) -> dict[str, str]:
        """What is in the request; for what is not, what is present."""
        values = {name: call.text(name, present.get(name, "")) for name in DATA}
        errors = {name: "missing" for name in ("roepnaam", "achternaam") if not values[name]}
        if values["geboortedatum"] and not _is_day(values["geboortedatum"]):
            errors["geboortedatum"] = "day"
        elif values["geboortedatum"] > date.today().isoformat():
            errors["geboortedatum"] = "future"
        if values["email"] and not re.fullmatch(r"[^@\s]+@[^@\s]+\.[^@\s.]+", values["email"]):
            errors["email"] = "email"
        if errors:
            raise FieldError(errors)
        return {DATA[name]: value for name, value in values.items()}

    @staticmethod
    def _named(wrong: FieldError) -> FieldError:
        names = _other_way({**DATA, **CHECK})
        return FieldError({names.get(name, name): code for name, code in wrong.fields.items()})

    async def change(self, call: Call) -> dict[str, Any]:
        seen = call.request.headers.get("if-match")
        if seen is None:
            raise RefusalError(428, "If-Match is missing")
        person = self._person(call)
        present = {name: str(value) for name, value in shown(person).items() if name in DATA}
        return shown(self.desk.change(call.token, person.key, self._data(call, present), seen))

    async def change_role(self, call: Call) -> dict[str, Any]:
        role = ROLES.get(call.text("rol"))
        if role is None:
            raise FieldError({"rol": "choose"})
        self.desk.set_role(call.token, self._person(call).key, role)
        return shown(self._person(call))

    async def act(self, call: Call) -> dict[str, Any]:
        action = ACTIONS.get(call.text("actie"))
        if action is None:
            raise FieldError({"actie": "choose"})
        self.desk.act_on_phone(call.token, self._person(call).key, action)
        return shown(self._person(call))

    async def unlink(self, call: Call) -> None:
        self.desk.set_role(call.token, self._person(call).key, None)


def _is_day(text: str) -> bool:
    try:
        return date.fromisoformat(text).isoformat() == text
    except ValueError:
        return False
