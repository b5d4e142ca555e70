# SPDX-FileCopyrightText: gbz.zorgid contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""Beheerrollen (who administers) and Koppelingen (keys for systems)."""

from __future__ import annotations

from html import escape

from starlette.responses import Response
from starlette.routing import Route

from ..desk import FieldError, dutch_day
from .access import Access, Visit, go
from .frame import button, crumbs, form, radios, search, summary, table, text_field
from .people import HERE as PEOPLE
from .words import BASE, ERRORS, ROLE_HINTS, ROLES

ADMINS, KEYS = "/bevoegdheden", "/sleutels"
MOST_FOUND = 20
LABELS = {"name": "Naam van het systeem", "days": "Aantal dagen geldig", "wie": "Medewerker", "role": "Beheerrol"}


class Admin:
    def __init__(self, access: Access) -> None:
        self.access, self.desk = access, access.desk

    def routes(self) -> list[Route]:
        route = self.access.route
        return [
            route(ADMINS, self.admins),
            route(f"{ADMINS}/aanwijzen", self.appoint),
            route(f"{ADMINS}/aanwijzen", self.appointed, "POST"),
            route(KEYS, self.keys),
            route(f"{KEYS}/nieuw", self.new_key),
            route(f"{KEYS}/nieuw", self.make_key, "POST"),
            route(KEYS + "/{number:int}/stoppen", self.ask_key),
            route(KEYS + "/{number:int}/stoppen", self.end_key, "POST"),
        ]

    # who administers --------------------------------------------------------------------------------------------------

    async def admins(self, visit: Visit) -> Response:
        rows = "".join(
            f'<tr><th scope="row"><a href="{BASE}{PEOPLE}/{one.key}">{escape(one.name)}</a></th>'
            f'<td data-kop="Beheerrol">{ROLES[one.role]}</td></tr>'
            for one in self.desk.people(visit.token)
            if one.role != "employee"
        )
        more = ""
        if visit.token.role == "administrator":
            more = f'<a class="knop" href="{BASE}{ADMINS}/aanwijzen">Beheerder aanwijzen</a>'
        body = f'<div class="titel"><h1>Beheerrollen</h1><div>{more}</div></div>{table(("Naam", "Beheerrol"), rows)}'
        return self.access.page(visit.session, visit.token, "Beheerrollen", body, ADMINS)

    async def appoint(self, visit: Visit) -> Response:
        return self._appoint_page(visit, visit.request.query_params.get("zoek", ""), {})

    def _appoint_page(self, visit: Visit, query: str, errors: dict[str, str]) -> Response:
        query = " ".join(query.split())[:80]
        found = [
            one
            for one in self.desk.people(visit.token)
            if query and one.role == "employee" and query.casefold() in f"{one.name} {one.external}".casefold()
        ]
        asking, rest = search(f"{ADMINS}/aanwijzen", "Zoek eerst de medewerker", query), ""
        if found:
            people = {one.key: f"{one.name} ({one.external or 'zonder nummer'})" for one in found[:MOST_FOUND]}
            roles = {role: ROLES[role] for role in ("operator", "administrator")}
            fields = f'<input type="hidden" name="zoek" value="{escape(query)}">'
            fields += radios("wie", LABELS["wie"], people, "", errors, required=True)
            fields += radios("role", LABELS["role"], roles, "", errors, required=True, hints=ROLE_HINTS)
            if len(found) > MOST_FOUND:
                rest = (
                    f"<p>De eerste {MOST_FOUND} van {len(found)}. Staat de medewerker er niet bij? Zoek preciezer.</p>"
                )
            rest += form(f"{ADMINS}/aanwijzen", visit.session.csrf, fields, button("Aanwijzen"))
        elif query:
            rest = f"<p>Geen medewerker zonder beheerrol gevonden voor “{escape(query)}”.</p>"
        way = crumbs((ADMINS, "Beheerrollen"))
        body = f"{way}<h1>Beheerder aanwijzen</h1>{summary(errors, LABELS)}{asking}{rest}"
        return self.access.page(visit.session, visit.token, "Aanwijzen", body, ADMINS, 422 if errors else 200)

    async def appointed(self, visit: Visit) -> Response:
        key, role = visit.text("wie"), visit.text("role")
        errors = {} if key else {"wie": "choose"}
        if role not in ("operator", "administrator"):
            errors["role"] = "choose"
        if errors:
            return self._appoint_page(visit, visit.text("zoek"), errors)
        person = self.desk.person(visit.token, key)
        self.desk.set_role(visit.token, key, role)
        visit.session.message = f"{person.name} is nu {ROLES[role].lower()}."
        return go(ADMINS)

    # keys for systems -------------------------------------------------------------------------------------------------

    async def keys(self, visit: Visit) -> Response:
        rows = ""
        for one in self.desk.tokens(visit.token):
            rights = ROLES.get(one.role, "Register")
            whose = f'<span class="stil"> van {escape(one.name)}</span>'
            end = f'<a href="{BASE}{KEYS}/{one.id}/stoppen">Stopzetten{whose}</a>'
            rows += (
                f'<tr><th scope="row">{escape(one.name)}</th>'
                f'<td data-kop="Rechten">{rights}</td>'
                f'<td data-kop="Tot en met">{dutch_day(one.expires)}</td>'
                f"<td>{'Stopgezet' if one.revoked else end}</td></tr>"
            )
        columns = ("Systeem", "Rechten", "Tot en met", '<span class="stil">Actie</span>')
        listed = table(columns, rows) if rows else "<p>Er zijn nog geen sleutels.</p>"
        body = (
            '<div class="titel"><h1>Koppelingen met systemen</h1><div>'
            f'<a class="knop" href="{BASE}{KEYS}/nieuw">Sleutel maken</a></div></div>{listed}'
        )
        return self.access.page(visit.session, visit.token, "Koppelingen", body, KEYS)

    async def new_key(self, visit: Visit) -> Response:
        return self._key_page(visit, {"days": "90"}, {})

    def _key_page(self, visit: Visit, values: dict[str, str], errors: dict[str, str]) -> Response:
        fields = text_field("name", LABELS["name"], values.get("name", ""), errors, required=True)
        fields += text_field("days", LABELS["days"], values.get("days", ""), errors, required=True)
        body = f"{crumbs((KEYS, 'Koppelingen'))}<h1>Sleutel maken</h1>{summary(errors, LABELS)}"
        body += form(f"{KEYS}/nieuw", visit.session.csrf, fields, button("Sleutel maken"))
        return self.access.page(visit.session, visit.token, "Sleutel maken", body, KEYS, 422 if errors else 200)

    async def make_key(self, visit: Visit) -> Response:
        values = {"name": visit.text("name"), "days": visit.text("days")}
        try:
            made = self.desk.make_token(visit.token, values["name"], values["days"])
        except FieldError as wrong:
            return self._key_page(visit, values, wrong.fields)
        body = (
            "<h1>Uw sleutel</h1><p>Bewaar de sleutel nu in de kluis van uw systeem. U ziet hem maar één keer.</p>"
            f'<p class="sleutel"><code>{made}</code></p>'
            f'<p><a class="knop" href="{BASE}{KEYS}">Ik heb de sleutel bewaard</a></p>'
        )
        return self.access.page(visit.session, visit.token, "Uw sleutel", body, KEYS)

    async def ask_key(self, visit: Visit) -> Response:
        number = visit.request.path_params["number"]
        name = next((one.name for one in self.desk.tokens(visit.token) if one.id == number and not one.revoked), None)
        if name is None:
            visit.session.message = ERRORS["unknown"]
            return go(KEYS)
        back = f'<a class="knop bij" href="{BASE}{KEYS}">Nee, terug</a>'
        body = (
            "<h1>Weet u het zeker?</h1>"
            f"<p>Het systeem <strong>{escape(name)}</strong> kan daarna niet meer bij ZORG-ID.</p>"
            + form(f"{KEYS}/{number}/stoppen", visit.session.csrf, "", button("Ja, stopzetten", kind="gevaar") + back)
        )
        return self.access.page(visit.session, visit.token, "Weet u het zeker?", body, KEYS)

    async def end_key(self, visit: Visit) -> Response:
        self.desk.revoke_token(visit.token, visit.request.path_params["number"])
        visit.session.message = "De sleutel is stopgezet."
        return go(KEYS)
