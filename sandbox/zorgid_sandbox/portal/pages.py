# SPDX-FileCopyrightText: gbz.zorgid contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""The portal's web pages, as far as people use them: plain HTML, nothing from elsewhere, no script unless ordered."""
# ruff: noqa: ARG002 - every page is called alike

from __future__ import annotations

import time
from html import escape
from typing import Any

from starlette.requests import Request
from starlette.responses import RedirectResponse, Response
from starlette.routing import Route

from . import export, identities, user_pages
from .errors import RefusalError
from .faults import Faults
from .fields import iso_days
from .gate import Gate, Visit
from .html import ROLES, STYLE, hidden, section
from .login import HEADERS, Login
from .phone import Phone
from .registering import DAYS, new_form, patch, resource, values
from .store import Identity, Store
from .tokens_page import TokenPages
from .views import EXTENSION, view

DONE = {
    "block": "De telefoon is geblokkeerd.",
    "unblock": "De telefoon is gedeblokkeerd.",
    "revoke": "De telefoon is ingetrokken.",
    "invite": "De gebruiker is opnieuw uitgenodigd.",
}


class Pages:
    """The pages over one store; sessions end with the process."""

    def __init__(self, store: Store, phone: Phone, faults: Faults, elsewhere: int = 0) -> None:
        """elsewhere: the port of another origin, for an ordered `login_elsewhere`."""
        self.store, self.login = store, Login(store, phone, faults, elsewhere)
        self.gate = Gate(store, self.login, faults)
        self.tokens = TokenPages(store, self.gate)

    def routes(self) -> list[Route]:
        inside = (
            ("/portal/users", self.users, "GET"),
            ("/portal/users", self.register, "POST"),
            ("/portal/users.csv", self.export, "GET"),
            ("/portal/users/export", self.prepare_export, "GET"),
            ("/portal/users/new", self.new_user, "GET"),
            ("/portal/users/{key}", self.user, "GET"),
            ("/portal/users/{key}/sure", self.ask, "GET"),
            ("/portal/users/{key}/data", self.change_data, "POST"),
            ("/portal/users/{key}/role", self.change_role, "POST"),
            ("/portal/users/{key}/device", self.change_device, "POST"),
            ("/portal/administrators", self.administrators, "GET"),
            ("/portal/administrators", self.appoint, "POST"),
            ("/portal/organisation", self.choose_organisation, "POST"),
            ("/portal/session", self.stay, "POST"),
            ("/portal/tokens", self.tokens.tokens, "GET"),
            ("/portal/tokens", self.tokens.make, "POST"),
            ("/portal/tokens/{number:int}/revoke", self.tokens.revoke, "POST"),
            ("/portal/logout", self.logout, "POST"),
        )
        return [
            Route("/portal", self.home),
            Route("/portal/", self.home),
            Route("/portal/style.css", self.style),
            Route("/favicon.ico", self.no_icon),
            *self.login.routes(),
            *(Route(path, self.gate.guarded(act), methods=[method]) for path, act, method in inside),
        ]

    async def home(self, request: Request) -> Response:
        return RedirectResponse("/portal/users", 303)

    async def style(self, request: Request) -> Response:
        return Response(STYLE, media_type="text/css", headers=HEADERS)

    async def no_icon(self, request: Request) -> Response:
        return Response(status_code=204, headers=HEADERS)

    async def logout(self, visit: Visit) -> Response:
        self.login.forget(visit.request)
        return RedirectResponse("/portal/login", 303)

    async def choose_organisation(self, visit: Visit) -> Response:
        ura, person = str(visit.data.get("ura")), str(visit.token.identity_id)
        if ura not in self.login.organisations_of(person):
            raise RefusalError(403, "U bent daar geen administrator of beheerder.")
        visit.session.token = self.login.act_for(person, ura)
        visit.say("U werkt nu voor een andere organisatie.")
        return RedirectResponse("/portal/users", 303)

    async def stay(self, visit: Visit) -> Response:
        """Somebody answered the session's warning."""
        visit.session.warned = True
        back = str(visit.data.get("back", ""))
        return RedirectResponse(back if back.startswith("/portal/") else "/portal/users", 303)

    # Gebruikers -------------------------------------------------------------------------------------------------------

    def _members(self, visit: Visit) -> list[dict[str, Any]]:
        people = [self.store.identities[key] for key in self.store.members.get(visit.token.ura, {})]
        return [view(identity, visit.token.ura) for identity in people]

    async def users(self, visit: Visit) -> Response:
        query = visit.request.query_params
        number, only = query.get("page", "1"), query.get("only", "")
        page = int(number) if number.isdecimal() and int(number[:6]) >= 1 else 1
        listing = user_pages.listing(
            self._members(visit), visit.orders, page, only if only in ("actief", "inactief") else ""
        )
        return self.gate.page(visit, "Gebruikers", listing)

    async def prepare_export(self, visit: Visit) -> Response:
        """Only where `export_prepared` is ordered: the file is there after a while."""
        order, session = visit.orders.get("export_prepared"), visit.session
        if order is None:
            return RedirectResponse("/portal/users.csv", 303)
        session.export_at = session.export_at or time.monotonic() + order["ms"] / 1000
        if time.monotonic() < session.export_at:
            body = '<h1>Exporteren</h1><p role="status">Het bestand wordt klaargezet.</p>'
            return self.gate.page(visit, "Exporteren", body, '<meta http-equiv="refresh" content="1">')
        body = '<h1>Exporteren</h1><p><a href="/portal/users.csv" download>Download bestand</a></p>'
        return self.gate.page(visit, "Exporteren", body)

    async def export(self, visit: Visit) -> Response:
        ura, visit.session.export_at = visit.token.ura, 0.0
        people = export.as_ordered(self.store, ura) if visit.orders.get("export_old") else self._members(visit)
        content, encoding = export.table(people, visit.orders)
        headers = {"Content-Disposition": f'attachment; filename="gebruikers-{ura}.csv"'}
        return Response(content, media_type=f"text/csv; charset={encoding}", headers=headers)

    def _user(self, visit: Visit) -> Identity:
        return identities.get(self.store, visit.token, visit.key)

    async def user(self, visit: Visit) -> Response:
        user, ura = view(self._user(visit), visit.token.ura), visit.token.ura
        body = user_pages.one(user, self.gate.organisation(ura), ura, visit.forms)
        return self.gate.page(visit, user["userName"], body)

    async def ask(self, visit: Visit) -> Response:
        query = visit.request.query_params
        return self._ask(visit, query.get("do", ""), query.get("role", ""))

    def _ask(self, visit: Visit, do: str, role: str) -> Response:
        if do not in (*user_pages.UNSURE, "role") or role not in ("", *ROLES, "none"):
            raise RefusalError(400, "Onbekende handeling.")
        user = view(self._user(visit), visit.token.ura)
        return self.gate.page(visit, "Weet u het zeker?", user_pages.sure_page(user, visit.forms, do, role))

    def _unsure(self, visit: Visit) -> bool:
        """Whether a POST is answered by the question first, because `confirm way=page_posted` is ordered."""
        ways = [order["way"] for order in visit.orders.all("confirm")]
        return ways[-1:] == ["page_posted"] and visit.data.get("sure") != "yes"

    async def new_user(self, visit: Visit) -> Response:
        if visit.orders.get("frame") and not visit.framed:
            frame = (
                '<iframe title="Nieuwe gebruiker" src="/portal/users/new?part=frame" width="900" height="700"></iframe>'
            )
            return self.gate.page(visit, "Nieuwe gebruiker", frame, frames=True)
        body = section("Nieuwe gebruiker", new_form(visit.forms, visit.framed), 1)
        return self.gate.page(visit, "Nieuwe gebruiker", body)

    async def register(self, visit: Visit) -> Response:
        token, session = visit.token, visit.session
        if visit.data.get("same") == "yes" and session.pending:
            user, session.pending = session.pending, None
        else:
            field = visit.orders.get("new_field")
            if field and not str(visit.data.get("newField", "")).strip():
                raise RefusalError(400, f"Vul {field['label']} in.")
            me = self.store.identities[str(token.identity_id)].document["memberships"][token.ura]
            data = iso_days(visit.data, DAYS, visit.orders)
            user = resource(data, token.ura, me.get("externalId", str(token.identity_id)))
            if visit.orders.get("ask_same_person") and identities.already_known(self.store, token, user):
                session.pending = user
                return self._same_person(visit, user)
        identities.create(self.store, token, user)
        visit.say("De gebruiker is geregistreerd.")
        return RedirectResponse("/portal/users/new?part=frame" if visit.framed else "/portal/users", 303)

    def _same_person(self, visit: Visit, user: dict[str, Any]) -> Response:
        name, birth = user["name"], user[EXTENSION]["dateOfBirth"]
        frame = hidden("part", "frame") if visit.framed else ""
        body = (
            "<p>Het portaal kent iemand met deze naam en geboortedatum. Is dit dezelfde persoon?</p>"
            f"<dl><dt>Naam</dt><dd>{escape(name['givenName'])} {escape(name['familyName'])}</dd>"
            f"<dt>Geboortedatum</dt><dd>{escape(birth)}</dd></dl>"
            + visit.forms.form("/portal/users", hidden("same", "yes") + frame, "Koppelen")
            + visit.forms.form(
                "/portal/users/new" if visit.framed else "/portal/users", frame, "Annuleren", method="get"
            )
        )
        return self.gate.page(visit, "Bestaat al", section("Bestaat al", body, 1))

    async def change_data(self, visit: Visit) -> Response:
        identity, ura = self._user(visit), visit.token.ura
        # What is no field of the form today keeps its value.
        data = {**values(view(identity, ura)), **iso_days(visit.data, ("dateOfBirth",), visit.orders)}
        identities.patch(self.store, visit.token, identity, patch(data, ura))
        visit.say("De gegevens zijn opgeslagen.")
        return RedirectResponse(f"/portal/users/{visit.key}", 303)

    async def change_role(self, visit: Visit) -> Response:
        role = str(visit.data.get("role"))
        if role == "none" and self._unsure(visit):
            return self._ask(visit, "role", role)
        self._set_role(visit, self._user(visit), role)
        visit.say("De gebruiker is ontkoppeld." if role == "none" else "De rol is opgeslagen.")
        return RedirectResponse("/portal/users", 303)

    def _set_role(self, visit: Visit, identity: Identity, role: str) -> None:
        path = f'{EXTENSION}:memberships[ura eq "{visit.token.ura}"]'
        operation: dict[str, Any] = {"op": "replace", "path": f"{path}.role", "value": role}
        if role == "none":
            operation = {"op": "remove", "path": path}
        identities.patch(self.store, visit.token, identity, {"Operations": [operation]})

    async def change_device(self, visit: Visit) -> Response:
        action, identity = str(visit.data.get("action")), self._user(visit)
        if action in ("block", "unblock"):
            operation: dict[str, Any] = {"op": "replace", "path": "active", "value": action == "unblock"}
        elif action in ("revoke", "invite"):
            state = "revoked" if action == "revoke" else "invited"
            operation = {"op": "replace", "path": f"{EXTENSION}:device.state", "value": state}
        else:
            raise RefusalError(400, "Onbekende handeling.")
        state = user_pages.state_of(view(identity, visit.token.ura))
        if visit.orders.get("both_buttons") and action not in user_pages.ACTIONS.get(state, ["invite"]):
            raise RefusalError(409, "Dat kan nu niet met deze telefoon.")
        if action in user_pages.UNSURE and self._unsure(visit):
            return self._ask(visit, action, "")
        identities.patch(self.store, visit.token, identity, {"Operations": [operation]})
        visit.say(DONE[action])
        return RedirectResponse(f"/portal/users/{visit.key}", 303)

    # Beheerders -------------------------------------------------------------------------------------------------------

    async def administrators(self, visit: Visit) -> Response:
        everybody, forms = self._members(visit), visit.forms
        appointed = [user for user in everybody if user_pages.role_of(user) != "employee"]
        rows = "".join(
            f'<tr><td><a href="/portal/users/{user["id"]}">{escape(user["userName"])}</a></td>'
            f"<td>{ROLES[user_pages.role_of(user)]}</td></tr>"
            for user in appointed
        )
        head = '<tr><th scope="col">Gebruiker</th><th scope="col">Rol</th></tr>'
        body = f"<h1>Beheerders</h1><table><thead>{head}</thead><tbody>{rows}</tbody></table>"
        if visit.token.role == "administrator":
            others = {user["id"]: user["userName"] for user in everybody if user_pages.role_of(user) == "employee"}
            roles = {key: ROLES[key] for key in ("operator", "administrator")}
            fields = forms.choice("Gebruiker", "identity_id", others) + forms.choice("Rol", "role", roles)
            body += section("Beheerder aanwijzen", forms.form("/portal/administrators", fields, "Aanwijzen"), 2)
        return self.gate.page(visit, "Beheerders", body)

    async def appoint(self, visit: Visit) -> Response:
        role = str(visit.data.get("role"))
        if role not in ("operator", "administrator"):
            raise RefusalError(400, "Kies beheerder of administrator.")
        identity = identities.get(self.store, visit.token, str(visit.data.get("identity_id")))
        self._set_role(visit, identity, role)
        visit.say(f"De gebruiker is nu {ROLES[role].lower()}.")
        return RedirectResponse("/portal/administrators", 303)
