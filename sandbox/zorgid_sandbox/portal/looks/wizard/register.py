# SPDX-FileCopyrightText: gbz.zorgid contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""Medewerker aanmelden: four steps; what was filled in waits in the session until "Bevestigen"."""

from __future__ import annotations

import secrets
from collections.abc import Mapping
from datetime import date
from html import escape

from starlette.responses import Response
from starlette.routing import Route

from ...errors import RefusalError
from ..desk import FieldError, code_of, dutch_day
from . import filled
from .access import Access, Visit, go
from .frame import button, crumbs, day_field, facts, form, radios, summary
from .people import HERE, data_fields
from .words import BASE, DOCUMENTS, ERRORS, FIELDS, ROLE_HINTS, ROLES, WAYS

MOST_DRAFTS = 10
STEPS: tuple[tuple[str, tuple[str, ...]], ...] = (
    ("Persoon", ("externalId", "givenName", "familyName", "dateOfBirth")),
    ("Contact en beroep", ("email", "uziNumber", "roleCode", "agbCode")),
    ("Identificatie", ("way", "documentType", "documentExpires", "checkedAt", "role")),
    ("Controleren en bevestigen", ()),
)
LAST = len(STEPS)


class Register:
    def __init__(self, access: Access) -> None:
        self.access, self.desk = access, access.desk

    def routes(self) -> list[Route]:
        route = self.access.route
        return [
            route("/aanmelden", self.begin),
            route("/aanmelden/{draft}/stap-{number:int}", self.step),
            route("/aanmelden/{draft}/stap-{number:int}", self.filled_in, "POST"),
        ]

    async def begin(self, visit: Visit) -> Response:
        drafts = visit.session.drafts
        while len(drafts) >= MOST_DRAFTS:
            del drafts[next(iter(drafts))]
        name = secrets.token_urlsafe(9)
        drafts[name] = {}
        return go(f"/aanmelden/{name}/stap-1")

    def _draft(self, visit: Visit) -> dict[str, str] | None:
        return visit.session.drafts.get(visit.request.path_params["draft"])

    def _gone(self, visit: Visit) -> Response:
        body = (
            "<h1>Deze aanmelding is er niet meer</h1><p>Zij is al bevestigd, of u bent intussen opnieuw ingelogd.</p>"
            f'<p><a class="knop" href="{BASE}/aanmelden">Opnieuw beginnen</a>'
            f'<a class="knop bij" href="{BASE}{HERE}">Naar medewerkers</a></p>'
        )
        return self.access.page(visit.session, visit.token, "Aanmelding niet gevonden", body, HERE, 404)

    @staticmethod
    def _first_open(draft: Mapping[str, str]) -> int:
        """The first step that is not filled in rightly yet."""
        today = date.today().isoformat()
        for number, (_, names) in enumerate(STEPS, 1):
            values = {name: draft.get(name, "") for name in names}
            if any(name not in draft for name in names) or filled.wrong(values, today):
                return number
        return LAST

    async def step(self, visit: Visit) -> Response:
        draft, number = self._draft(visit), visit.request.path_params["number"]
        if draft is None:
            return self._gone(visit)
        if not 1 <= number <= self._first_open(draft):
            return go(f"/aanmelden/{visit.request.path_params['draft']}/stap-{self._first_open(draft)}")
        return self._page(visit, number, draft, {})

    def _page(
        self, visit: Visit, number: int, values: Mapping[str, str], errors: Mapping[str, str], reported: str = ""
    ) -> Response:
        title, names = STEPS[number - 1]
        items = "".join(
            f"<li{' aria-current=step' if at == number else ''}>{escape(text)}</li>"
            for at, (text, _) in enumerate(STEPS, 1)
        )
        if number == LAST:
            fields = self._overview(visit, values)
        elif number == 3:
            fields = self._identification(values, errors)
        else:
            fields = f'<fieldset class="groep"><legend>{title}</legend>{data_fields(names, values, errors)}</fieldset>'
        back = f'<a class="knop bij" href="{BASE}{HERE}">Annuleren</a>'
        if number > 1:
            back = button("Vorige", name="knop", value="vorige", kind="bij")
        forward = button("Bevestigen" if number == LAST else "Volgende", name="knop", value="volgende")
        stars = '<p class="vrij">Velden met <span class="ster">*</span> zijn verplicht.</p>'
        path = f"/aanmelden/{visit.request.path_params['draft']}/stap-{number}"
        # The forward button stands first, because Enter in a field presses the first button of a form.
        body = (
            f"{crumbs((HERE, 'Medewerkers'))}<h1>Medewerker aanmelden</h1>"
            f'<p class="stap">Stap {number} van {LAST}: {title.lower()}</p><ol class="stappen">{items}</ol>'
            f"{summary(errors, FIELDS, reported)}"
            f"{stars if number in (1, 3) else ''}{form(path, visit.session.csrf, fields, forward + back)}"
        )
        status = 422 if errors or reported else 200
        return self.access.page(visit.session, visit.token, f"Stap {number} van {LAST}: {title}", body, HERE, status)

    @staticmethod
    def _identification(values: Mapping[str, str], errors: Mapping[str, str]) -> str:
        def get(name: str) -> str:
            return values.get(name, "")

        document = (
            radios("documentType", FIELDS["documentType"], DOCUMENTS, get("documentType"), errors, required=None)
            + day_field("documentExpires", FIELDS["documentExpires"], get("documentExpires"), errors, required=None)
            + day_field("checkedAt", FIELDS["checkedAt"], get("checkedAt"), errors, required=None)
        )
        role = radios("role", FIELDS["role"], ROLES, get("role") or "employee", errors, required=True, hints=ROLE_HINTS)
        return (
            f'<fieldset class="groep"><legend>Identiteit</legend>'
            f"{radios('way', FIELDS['way'], WAYS, get('way'), errors, required=True)}"
            '<fieldset class="groep"><legend>Bij een WID-controle, dan verplicht</legend>'
            f"{document}</fieldset></fieldset>"
            f'<fieldset class="groep"><legend>Toegang</legend>{role}</fieldset>'
        )

    @staticmethod
    def _overview(visit: Visit, values: Mapping[str, str]) -> str:
        parts = ""
        choices = {"way": WAYS, "documentType": DOCUMENTS, "role": ROLES}
        for number, (title, names) in enumerate(STEPS[:-1], 1):
            shown = {}
            for name in names:
                if name in ("documentType", "documentExpires", "checkedAt") and values.get("way") != "wid":
                    continue
                text = choices.get(name, {}).get(values.get(name, ""), values.get(name, ""))
                shown[FIELDS[name]] = dutch_day(filled.iso(text)) if name in filled.DAYS else text
            link = f"{BASE}/aanmelden/{visit.request.path_params['draft']}/stap-{number}"
            parts += (
                f'<section class="kaart"><h2>{title}</h2>{facts(shown)}<p><a href="{link}">Wijzigen'
                f'<span class="stil"> van {title.lower()}</span></a></p></section>'
            )
        return parts

    async def filled_in(self, visit: Visit) -> Response:
        draft, number = self._draft(visit), visit.request.path_params["number"]
        name = visit.request.path_params["draft"]
        if draft is None:
            return self._gone(visit)
        if not 1 <= number <= LAST:
            return go(f"/aanmelden/{name}/stap-1")
        values = filled.typed(visit, STEPS[number - 1][1])
        if visit.text("knop") == "vorige":
            draft.update(values)
            return go(f"/aanmelden/{name}/stap-{max(1, number - 1)}")
        if number < LAST:
            if errors := filled.wrong(values, date.today().isoformat()):
                return self._page(visit, number, values, errors)
            draft.update(values)
            return go(f"/aanmelden/{name}/stap-{number + 1}")
        if (open_step := self._first_open(draft)) < LAST:
            return go(f"/aanmelden/{name}/stap-{open_step}")
        return self._confirm(visit, name, draft)

    def _confirm(self, visit: Visit, name: str, draft: dict[str, str]) -> Response:
        try:
            person, known = self.desk.register(visit.token, filled.for_the_desk(draft))
        except FieldError as wrong:
            return self._page(visit, LAST, draft, wrong.fields)
        except RefusalError as refused:
            return self._page(visit, LAST, draft, {}, ERRORS[code_of(refused)])
        del visit.session.drafts[name]
        reported = "was al bekend bij ZORG-ID en is gekoppeld" if known else "is aangemeld"
        sent = " De uitnodiging is verstuurd." if person.phone == "invited" else ""
        visit.session.message = f"{person.name} {reported}.{sent}"
        return go(f"{HERE}/{person.key}")
