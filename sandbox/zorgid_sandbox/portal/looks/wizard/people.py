# SPDX-FileCopyrightText: gbz.zorgid contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""The list of employees, one of them, and what can be done with one."""

from __future__ import annotations

import csv
import io
from collections.abc import Mapping
from datetime import date
from html import escape
from urllib.parse import urlencode

from starlette.responses import Response
from starlette.routing import Route

from ...errors import RefusalError
from ..desk import Person, code_of, dutch_day, plain_cell
from . import filled
from .access import Access, Visit, go
from .frame import HEADERS, button, crumbs, day_field, facts, form, radios, search, summary, table, text_field
from .words import ACTIONS, BASE, ERRORS, FIELDS, PHONES, REQUIRED, ROLE_HINTS, ROLES, WAYS_SHORT

PER_PAGE = 50
HERE = "/medewerkers"
DATA = ("externalId", "givenName", "familyName", "dateOfBirth", "email", "uziNumber", "roleCode", "agbCode")
COLUMNS = (
    "Medewerkernummer",
    "Voornaam",
    "Achternaam (met voorvoegsel)",
    "Geboren op",
    "Werkmail",
    "UZI-nummer",
    "Rolcode",
    "AGB-code",
    "Bevoegdheid",
    "Telefoon",
    "Sinds",
)


def _chip(person: Person) -> str:
    return f'<span class="staat {person.phone}">{PHONES[person.phone]}</span>'


def data_of(person: Person) -> dict[str, str]:
    """A person's data as they are typed in the form."""
    day = "-".join(str(int(part)) for part in reversed(person.birth.split("-"))) if person.birth else ""
    own = (person.external, person.given, person.family, day, person.email, person.uzi, person.role_code, person.agb)
    return dict(zip(DATA, own, strict=True))


def data_fields(names: tuple[str, ...], values: Mapping[str, str], errors: Mapping[str, str]) -> str:
    return "".join(
        day_field(name, FIELDS[name], values.get(name, ""), errors, required=name in REQUIRED)
        if name in filled.DAYS
        else text_field(
            name,
            FIELDS[name],
            values.get(name, ""),
            errors,
            required=name in REQUIRED,
            kind="email" if name == "email" else "text",
        )
        for name in names
    )


class People:
    def __init__(self, access: Access) -> None:
        self.access, self.desk = access, access.desk

    def routes(self) -> list[Route]:
        route = self.access.route
        return [
            route(HERE, self.listing),
            route(f"{HERE}/export", self.export),
            route(HERE + "/{key}", self.one),
            route(HERE + "/{key}/gegevens", self.data),
            route(HERE + "/{key}/gegevens", self.change_data, "POST"),
            route(HERE + "/{key}/bevoegdheid", self.role),
            route(HERE + "/{key}/bevoegdheid", self.change_role, "POST"),
            route(HERE + "/{key}/{action}", self.ask),
            route(HERE + "/{key}/{action}", self.act, "POST"),
        ]

    async def listing(self, visit: Visit) -> Response:
        query = " ".join(visit.request.query_params.get("zoek", "").split())[:80]
        people = self.desk.people(visit.token)
        everybody = len(people)
        if query:
            words = query.casefold().split()
            people = [one for one in people if all(word in f"{one.name} {one.external}".casefold() for word in words)]
        asked = visit.request.query_params.get("pagina", "1")
        last = max(1, -(-len(people) // PER_PAGE))
        number = min(max(1, int(asked)), last) if asked.isascii() and asked.isdecimal() and len(asked) < 6 else 1
        first = (number - 1) * PER_PAGE
        shown = people[first : first + PER_PAGE]
        rows = "".join(
            f'<tr><th scope="row"><a href="{BASE}{HERE}/{one.key}">{escape(one.sorted_name)}</a></th>'
            f'<td data-kop="Nummer">{escape(one.external or "–")}</td>'
            f'<td data-kop="Bevoegdheid">{ROLES[one.role]}</td><td data-kop="Telefoon">{_chip(one)}</td></tr>'
            for one in shown
        )
        asking = search(HERE, "Zoek op naam of nummer", query)
        if not shown:
            reported = f"Niemand gevonden voor “{query}”." if query else "Er is nog niemand aangemeld."
            listed = f"<p>{escape(reported)}</p>"
        else:
            count = f"{first + 1}–{first + len(shown)} van {len(people)}"
            found = f" (gezocht in {everybody})" if query else ""
            listed = (
                f'<p class="telling">{count}{found}</p>{table(("Naam", "Nummer", "Bevoegdheid", "Telefoon"), rows)}'
            )
            listed += self._turn(number, last, query, count)
        body = (
            '<div class="titel"><h1>Medewerkers</h1><div>'
            f'<a class="knop" href="{BASE}/aanmelden">Medewerker aanmelden</a>'
            f'<a class="knop bij" href="{BASE}{HERE}/export">Exporteer (CSV)</a></div></div>{asking}{listed}'
        )
        return self.access.page(visit.session, visit.token, "Medewerkers", body, HERE)

    @staticmethod
    def _turn(number: int, last: int, query: str, count: str) -> str:
        def link(target: int, text: str, rel: str) -> str:
            asked = urlencode({"pagina": target, **({"zoek": query} if query else {})})
            return f'<a rel="{rel}" href="{BASE}{HERE}?{escape(asked)}">{text}</a>'

        before = link(number - 1, "‹ Vorige", "prev") if number > 1 else ""
        after = link(number + 1, "Volgende ›", "next") if number < last else ""
        if last == 1:
            return ""
        return f'<nav class="blader" aria-label="Bladeren">{before}<span>{count}</span>{after}</nav>'

    async def export(self, visit: Visit) -> Response:
        text = io.StringIO()
        writer = csv.writer(text, delimiter=";")
        writer.writerow(COLUMNS)
        for one in self.desk.people(visit.token):
            cells = [one.external, one.given, one.family, dutch_day(one.birth), one.email]
            cells += [one.uzi, one.role_code, one.agb, ROLES[one.role], PHONES[one.phone], dutch_day(one.since)]
            writer.writerow([plain_cell(cell) for cell in cells])
        name = f"medewerkers_{visit.token.ura}_{date.today():%d-%m-%Y}.csv"
        headers = {**HEADERS, "Content-Disposition": f'attachment; filename="{name}"'}
        return Response("\ufeff" + text.getvalue(), media_type="text/csv; charset=utf-8", headers=headers)

    def _person(self, visit: Visit) -> Person:
        return self.desk.person(visit.token, visit.request.path_params["key"])

    def _way(self, person: Person) -> str:
        return crumbs((HERE, "Medewerkers"), (f"{HERE}/{person.key}", person.name))

    async def one(self, visit: Visit) -> Response:
        person = self._person(visit)
        items = "".join(
            f'<li><a href="{BASE}{HERE}/{person.key}/{path}">{text}</a></li>'
            for path, (action, text, *_) in ACTIONS.items()
            if action in (*person.actions, "unlink")
        )
        menu = f'<details class="acties"><summary>Acties</summary><ul>{items}</ul></details>'
        data = {
            FIELDS["externalId"]: person.external,
            FIELDS["givenName"]: person.given,
            FIELDS["familyName"]: person.family,
            FIELDS["dateOfBirth"]: dutch_day(person.birth),
            FIELDS["email"]: person.email,
            FIELDS["uziNumber"]: person.uzi,
            FIELDS["roleCode"]: person.role_code,
            FIELDS["agbCode"]: person.agb,
            "Identiteit vastgesteld": WAYS_SHORT.get(person.way, person.way),
        }
        since = f" sinds {dutch_day(person.since)}" if person.since else ""
        body = (
            f"{crumbs((HERE, 'Medewerkers'))}<div class=titel><h1>{escape(person.name)}</h1>{menu}</div>"
            f'<section class="kaart"><h2>Telefoon</h2><p>{_chip(person)}{since}</p></section>'
            f'<section class="kaart"><h2>Gegevens</h2>{facts(data)}'
            f'<p><a href="{BASE}{HERE}/{person.key}/gegevens">Gegevens wijzigen</a></p></section>'
            f'<section class="kaart"><h2>Bevoegdheid</h2><p>{ROLES[person.role]} bij '
            f"{escape(self.desk.organisation(visit.token.ura))}</p>"
            f'<p><a href="{BASE}{HERE}/{person.key}/bevoegdheid">Bevoegdheid wijzigen</a></p></section>'
        )
        return self.access.page(visit.session, visit.token, person.name, body, HERE)

    async def data(self, visit: Visit) -> Response:
        return self._data_page(visit, data_of(self._person(visit)), {})

    def _data_page(
        self, visit: Visit, values: Mapping[str, str], errors: Mapping[str, str], reported: str = ""
    ) -> Response:
        person = self._person(visit)
        fields = data_fields(DATA, values, errors)
        back = f'<a class="knop bij" href="{BASE}{HERE}/{person.key}">Annuleren</a>'
        body = f"{self._way(person)}<h1>Gegevens wijzigen</h1>{summary(errors, FIELDS, reported)}"
        body += form(f"{HERE}/{person.key}/gegevens", visit.session.csrf, fields, button("Wijzigingen bewaren") + back)
        status = 422 if errors or reported else 200
        return self.access.page(visit.session, visit.token, "Gegevens wijzigen", body, HERE, status)

    async def change_data(self, visit: Visit) -> Response:
        person, values = self._person(visit), filled.typed(visit, DATA)
        if errors := filled.wrong(values, date.today().isoformat()):
            return self._data_page(visit, values, errors)
        try:
            self.desk.change(visit.token, person.key, filled.for_the_desk(values))
        except RefusalError as refused:
            return self._data_page(visit, values, {}, ERRORS[code_of(refused)])
        visit.session.message = "De gegevens zijn gewijzigd."
        return go(f"{HERE}/{person.key}")

    async def role(self, visit: Visit) -> Response:
        return self._role_page(visit, "")

    def _role_page(self, visit: Visit, reported: str) -> Response:
        person = self._person(visit)
        fields = radios("role", FIELDS["role"], ROLES, person.role, {}, required=True, hints=ROLE_HINTS)
        back = f'<a class="knop bij" href="{BASE}{HERE}/{person.key}">Annuleren</a>'
        body = f"{self._way(person)}<h1>Bevoegdheid wijzigen</h1>{summary({}, FIELDS, reported)}"
        body += form(f"{HERE}/{person.key}/bevoegdheid", visit.session.csrf, fields, button("Bewaren") + back)
        return self.access.page(visit.session, visit.token, "Bevoegdheid", body, HERE, 422 if reported else 200)

    async def change_role(self, visit: Visit) -> Response:
        person, role = self._person(visit), visit.text("role")
        if role not in ROLES:
            return self._role_page(visit, ERRORS["choose"])
        try:
            self.desk.set_role(visit.token, person.key, role)
        except RefusalError as refused:
            return self._role_page(visit, ERRORS[code_of(refused)])
        visit.session.message = f"{person.name} is nu {ROLES[role].lower()}."
        return go(f"{HERE}/{person.key}")

    def _action(self, visit: Visit, person: Person) -> tuple[str, str, str, str, str]:
        found = ACTIONS.get(visit.request.path_params["action"])
        if found is None:
            raise RefusalError(404, "There is no user page of this name")
        if found[0] not in (*person.actions, "unlink"):
            raise RefusalError(409, "A device that is in this state does not do that")
        return found

    async def ask(self, visit: Visit) -> Response:
        person = self._person(visit)
        return self._question(visit, person, self._action(visit, person), "")

    def _question(
        self, visit: Visit, person: Person, action: tuple[str, str, str, str, str], reported: str
    ) -> Response:
        _, _, effect, yes, _ = action
        fields = ""
        if action[0] == "unlink":
            fields = (
                '<div class="keuze"><input type="checkbox" id="v-zeker" name="zeker" value="ja"><label for="v-zeker">'
                f"Ik wil {escape(person.name)} loskoppelen van {escape(self.desk.organisation(visit.token.ura))}"
                "</label></div>"
            )
        path = f"{HERE}/{person.key}/{visit.request.path_params['action']}"
        back = f'<a class="knop bij" href="{BASE}{HERE}/{person.key}">Nee, terug</a>'
        body = (
            f"{self._way(person)}<h1>Weet u het zeker?</h1>{summary({}, FIELDS, reported)}"
            f"<p><strong>{escape(person.name)}</strong>: {escape(action[1].lower())}.</p><p>{escape(effect)}</p>"
            f"{form(path, visit.session.csrf, fields, button(yes, kind='gevaar') + back)}"
        )
        return self.access.page(visit.session, visit.token, "Weet u het zeker?", body, HERE, 422 if reported else 200)

    async def act(self, visit: Visit) -> Response:
        person = self._person(visit)
        action = self._action(visit, person)
        try:
            if action[0] != "unlink":
                self.desk.act_on_phone(visit.token, person.key, action[0])
            elif visit.text("zeker") != "ja":
                return self._question(visit, person, action, "Zet eerst het vinkje.")
            else:
                self.desk.set_role(visit.token, person.key, None)
        except RefusalError as refused:
            return self._question(visit, person, action, ERRORS[code_of(refused)])
        visit.session.message = f"{person.name}: {action[4][0].lower()}{action[4][1:]}"
        return go(HERE if action[0] == "unlink" else f"{HERE}/{person.key}")
