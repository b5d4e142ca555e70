# SPDX-FileCopyrightText: gbz.zorgid contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""The portal's web pages, as far as people use them: plain HTML, no script, nothing from elsewhere."""
# ruff: noqa: ARG002 - every page is called alike

from __future__ import annotations

import hmac
from collections.abc import Awaitable, Callable
from html import escape
from typing import Any

from starlette.requests import Request
from starlette.responses import HTMLResponse, RedirectResponse, Response
from starlette.routing import Route

from ..state import record
from . import identities, members
from .errors import RefusalError
from .html import ROLES, STYLE, form, options, page
from .login import HEADERS, Login, Session
from .phone import Phone
from .registering import new_form, patch, resource
from .store import Identity, Store, Token
from .views import EXTENSION, view

Act = Callable[[Request, Session, Token], Awaitable[Response]]


class Pages:
    """The pages over one store; sessions end with the process."""

    def __init__(self, store: Store, phone: Phone) -> None:
        self.store, self.login = store, Login(store, phone)

    def routes(self) -> list[Route]:
        inside = (
            ("/portal/users", self.users, "GET"),
            ("/portal/users", self.register, "POST"),
            ("/portal/users.csv", self.export, "GET"),
            ("/portal/users/new", self.new_user, "GET"),
            ("/portal/users/{key}", self.user, "GET"),
            ("/portal/users/{key}/data", self.change_data, "POST"),
            ("/portal/users/{key}/role", self.change_role, "POST"),
            ("/portal/users/{key}/device", self.change_device, "POST"),
            ("/portal/administrators", self.administrators, "GET"),
            ("/portal/administrators", self.appoint, "POST"),
            ("/portal/organisation", self.choose_organisation, "POST"),
            ("/portal/tokens", self.tokens, "GET"),
            ("/portal/tokens", self.make_token, "POST"),
            ("/portal/tokens/{number:int}/revoke", self.revoke_token, "POST"),
            ("/portal/logout", self.logout, "POST"),
        )
        return [
            Route("/portal", self.home),
            Route("/portal/", self.home),
            Route("/portal/style.css", self.style),
            Route("/favicon.ico", self.no_icon),
            *self.login.routes(),
            *(Route(path, self._guarded(act), methods=[method]) for path, act, method in inside),
        ]

    async def home(self, request: Request) -> Response:
        return RedirectResponse("/portal/users", 303)

    async def style(self, request: Request) -> Response:
        return Response(STYLE, media_type="text/css", headers=HEADERS)

    async def no_icon(self, request: Request) -> Response:
        return Response(status_code=204, headers=HEADERS)

    def _guarded(self, act: Act) -> Callable[[Request], Awaitable[Response]]:
        """Only for people who are logged in and still allowed; a form only with its hidden token."""

        async def endpoint(request: Request) -> Response:
            session = self.login.session(request)
            token = session.token if session else None
            if session is None or token is None or token.identity_id is None:
                return RedirectResponse("/portal/login", 303, HEADERS)
            identity = self.store.identities.get(token.identity_id)
            document = identity.document if identity else {}
            role = document.get("memberships", {}).get(token.ura, {}).get("role", "employee")
            if role == "employee" or document["device"]["state"] != "active":
                session.token = None
                return RedirectResponse("/portal/login", 303, HEADERS)
            token.role = role
            try:
                if request.method == "POST":
                    given = str((await request.form()).get("csrf", ""))
                    if not hmac.compare_digest(given, session.csrf):
                        raise RefusalError(403, "Dit formulier is verlopen. Open de pagina opnieuw.")
                response = await act(request, session, token)
            except RefusalError as refused:
                response = self._page(
                    session, token, "Niet gelukt", f'<h1>Niet gelukt</h1><p class="error">{escape(refused.detail)}</p>'
                )
                response.status_code = refused.status
            finally:
                self.store.commit()
            response.headers.update(HEADERS)
            return response

        return endpoint

    def _page(self, session: Session, token: Token, title: str, body: str) -> Response:
        me = self.store.identities[str(token.identity_id)].document["userName"]
        own = self.login.organisations_of(str(token.identity_id))
        name = self.store.organisations.get(token.ura, {}).get("name", token.ura)
        choice = ""
        if len(own) > 1:
            names = {ura: self.store.organisations.get(ura, {}).get("name", ura) for ura in own}
            choice = form(
                "/portal/organisation",
                session.csrf,
                f'<select name="ura">{options(names, token.ura)}</select>',
                "Wissel",
            )
        who = f"<p><b>{escape(name)}</b> (URA {escape(token.ura)})<br>{escape(me)}, {ROLES[token.role]}</p>{choice}"
        who += form("/portal/logout", session.csrf, "", "Uitloggen")
        return HTMLResponse(page(title, body, who=who))

    async def logout(self, request: Request, session: Session, token: Token) -> Response:
        self.login.forget(request)
        return RedirectResponse("/portal/login", 303)

    async def choose_organisation(self, request: Request, session: Session, token: Token) -> Response:
        ura = str((await request.form()).get("ura"))
        if ura not in self.login.organisations_of(str(token.identity_id)):
            raise RefusalError(403, "U bent daar geen administrator of beheerder.")
        session.token = self.login.act_for(str(token.identity_id), ura)
        return RedirectResponse("/portal/users", 303)

    # Gebruikers -------------------------------------------------------------------------------------------------------

    def _members(self, token: Token) -> list[dict[str, Any]]:
        people = [self.store.identities[key] for key in self.store.members.get(token.ura, {})]
        return [view(identity, token.ura) for identity in people]

    async def users(self, request: Request, session: Session, token: Token) -> Response:
        return self._page(session, token, "Gebruikers", members.listing(self._members(token)))

    async def export(self, request: Request, session: Session, token: Token) -> Response:
        headers = {"Content-Disposition": f'attachment; filename="gebruikers-{token.ura}.csv"'}
        text = members.table(self._members(token))
        return Response("\ufeff" + text, media_type="text/csv; charset=utf-8", headers=headers)

    def _user(self, request: Request, token: Token) -> Identity:
        return identities.get(self.store, token, request.path_params["key"])

    async def user(self, request: Request, session: Session, token: Token) -> Response:
        user = view(self._user(request, token), token.ura)
        organisation = self.store.organisations.get(token.ura, {}).get("name", token.ura)
        body = members.one(user, organisation, token.ura, session.csrf)
        return self._page(session, token, user["userName"], body)

    async def new_user(self, request: Request, session: Session, token: Token) -> Response:
        return self._page(session, token, "Nieuwe gebruiker", f"<h1>Nieuwe gebruiker</h1>{new_form(session.csrf)}")

    async def register(self, request: Request, session: Session, token: Token) -> Response:
        me = self.store.identities[str(token.identity_id)].document["memberships"][token.ura]
        user = resource(await request.form(), token.ura, me.get("externalId", str(token.identity_id)))
        identities.create(self.store, token, user)
        return RedirectResponse("/portal/users", 303)

    async def change_data(self, request: Request, session: Session, token: Token) -> Response:
        identities.patch(self.store, token, self._user(request, token), patch(await request.form(), token.ura))
        return RedirectResponse(f"/portal/users/{request.path_params['key']}", 303)

    async def change_role(self, request: Request, session: Session, token: Token) -> Response:
        role = str((await request.form()).get("role"))
        self._set_role(token, self._user(request, token), role)
        return RedirectResponse("/portal/users", 303)

    def _set_role(self, token: Token, identity: Identity, role: str) -> None:
        path = f'{EXTENSION}:memberships[ura eq "{token.ura}"]'
        operation: dict[str, Any] = {"op": "replace", "path": f"{path}.role", "value": role}
        if role == "none":
            operation = {"op": "remove", "path": path}
        identities.patch(self.store, token, identity, {"Operations": [operation]})

    async def change_device(self, request: Request, session: Session, token: Token) -> Response:
        action = str((await request.form()).get("action"))
        identity = self._user(request, token)
        if action in ("block", "unblock"):
            operation: dict[str, Any] = {"op": "replace", "path": "active", "value": action == "unblock"}
        elif action in ("revoke", "invite"):
            state = "revoked" if action == "revoke" else "invited"
            operation = {"op": "replace", "path": f"{EXTENSION}:device.state", "value": state}
        else:
            raise RefusalError(400, "Onbekende handeling.")
        identities.patch(self.store, token, identity, {"Operations": [operation]})
        return RedirectResponse(f"/portal/users/{request.path_params['key']}", 303)

    # Beheerders -------------------------------------------------------------------------------------------------------

    async def administrators(self, request: Request, session: Session, token: Token) -> Response:
        everybody = self._members(token)
        appointed = [user for user in everybody if user[EXTENSION]["memberships"][0]["role"] != "employee"]
        rows = "".join(
            f'<tr><td><a href="/portal/users/{user["id"]}">{escape(user["userName"])}</a></td>'
            f"<td>{ROLES[user[EXTENSION]['memberships'][0]['role']]}</td></tr>"
            for user in appointed
        )
        head = "<tr><th>Gebruiker</th><th>Rol</th></tr>"
        body = f"<h1>Beheerders</h1><table><thead>{head}</thead><tbody>{rows}</tbody></table>"
        if token.role == "administrator":
            others = {user["id"]: user["userName"] for user in everybody if user not in appointed}
            fields = (
                f'<label>Gebruiker <select name="identity_id">{options(others)}</select></label>'
                f'<label>Rol <select name="role">{options({key: ROLES[key] for key in ("operator", "administrator")})}'
                "</select></label>"
            )
            body += f"<h2>Beheerder aanwijzen</h2>{form('/portal/administrators', session.csrf, fields, 'Aanwijzen')}"
        return self._page(session, token, "Beheerders", body)

    async def appoint(self, request: Request, session: Session, token: Token) -> Response:
        data = await request.form()
        role = str(data.get("role"))
        if role not in ("operator", "administrator"):
            raise RefusalError(400, "Kies beheerder of administrator.")
        self._set_role(token, identities.get(self.store, token, str(data.get("identity_id"))), role)
        return RedirectResponse("/portal/administrators", 303)

    # Toegangstokens ---------------------------------------------------------------------------------------------------

    async def tokens(self, request: Request, session: Session, token: Token) -> Response:
        return self._tokens_page(session, token)

    def _tokens_page(self, session: Session, token: Token, made: str = "") -> Response:
        rows = ""
        for item in sorted(self.store.tokens.values(), key=lambda item: item.id):
            if item.ura != token.ura:
                continue
            action = (
                "ingetrokken"
                if item.revoked
                else form(f"/portal/tokens/{item.id}/revoke", session.csrf, "", "Intrekken")
            )
            rows += (
                f"<tr><td>{escape(item.name)}</td><td>{ROLES.get(item.role, item.role)}</td>"
                f"<td>{item.expires[:10]}</td><td>{action}</td></tr>"
            )
        fields = (
            '<label>Naam <input name="name" required maxlength="80"></label>'
            '<label>Geldig (dagen) <input name="days" type="number" min="1" max="365" value="90" required></label>'
        )
        shown = ""
        if made:
            shown = (
                '<div class="made"><p>Uw nieuwe token. Bewaar het nu: het wordt maar één keer getoond.</p>'
                f'<code id="token">{made}</code></div>'
            )
        body = (
            f"<h1>Toegangstokens</h1>{shown}<table><thead>"
            "<tr><th>Naam</th><th>Rol</th><th>Geldig tot</th><th></th></tr>"
            f"</thead><tbody>{rows}</tbody></table><h2>Token maken</h2>"
            f"{form('/portal/tokens', session.csrf, fields, 'Maken')}"
        )
        return self._page(session, token, "Toegangstokens", body)

    async def make_token(self, request: Request, session: Session, token: Token) -> Response:
        data = await request.form()
        name, days = str(data.get("name", "")).strip(), str(data.get("days", ""))
        if not name or not days.isdecimal() or not 1 <= int(days) <= 365:
            raise RefusalError(400, "Geef een naam en een geldigheid van 1 tot 365 dagen.")
        made = self.store.make_token(token.ura, token.role, token.identity_id, name[:80], int(days))
        record(self.store.state, "portal", "token", f"URA {token.ura}, {token.role}, {days} days")
        return self._tokens_page(session, token, made)

    async def revoke_token(self, request: Request, session: Session, token: Token) -> Response:
        if not self.store.revoke_token(token.ura, request.path_params["number"]):
            raise RefusalError(404, "Dit token bestaat niet of is al ingetrokken.")
        return RedirectResponse("/portal/tokens", 303)
