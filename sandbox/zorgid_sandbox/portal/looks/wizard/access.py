# SPDX-FileCopyrightText: gbz.zorgid contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""Logging in with the phone, choosing the organisation, and who may see a page."""
# ruff: noqa: ARG002 - every page is called alike

from __future__ import annotations

import hmac
import io
import secrets
import time
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field
from html import escape
from pathlib import Path

import qrcode
from starlette.datastructures import FormData
from starlette.requests import Request
from starlette.responses import RedirectResponse, Response
from starlette.routing import Route

from ...errors import RefusalError
from ...phone import LOGIN_SECONDS
from ...store import Token
from ...wire import WHO
from ..desk import IDLE_SECONDS, Desk, code_of
from .frame import HEADERS, button, form, page, radios
from .words import BASE, ERRORS, ROLES, TITLES

COOKIE = "zorgid_beheer"
MOST_BYTES = 64 * 1024


@dataclass
class Session:
    """One browser. drafts: registrations that were begun; message: shown once on the next page."""

    challenge: str = ""
    challenge_ends: float = 0.0
    identity_id: str = ""
    token: Token | None = None
    seen: float = field(default_factory=time.monotonic)
    csrf: str = field(default_factory=lambda: secrets.token_urlsafe(24))
    drafts: dict[str, dict[str, str]] = field(default_factory=dict)
    message: str = ""


@dataclass
class Visit:
    """One request of somebody who is logged in."""

    request: Request
    session: Session
    token: Token
    data: FormData

    def text(self, name: str) -> str:
        value = self.data.get(name, "")
        return " ".join(value.split()) if isinstance(value, str) else ""


Act = Callable[[Visit], Awaitable[Response]]


def go(target: str) -> RedirectResponse:
    return RedirectResponse(f"{BASE}{target}", 303, HEADERS)


class Access:
    def __init__(self, desk: Desk) -> None:
        self.desk = desk
        self.sessions: dict[str, Session] = {}

    def routes(self) -> list[Route]:
        return [
            Route(f"{BASE}/opmaak.css", self.style),
            Route(f"{BASE}/inloggen", self.login),
            Route(f"{BASE}/inloggen/code.png", self.code),
            self.route("/organisatie", self.choose),
            self.route("/organisatie", self.chosen, "POST"),
            self.route("/uitloggen", self.logout, "POST"),
            self.route("", self.start),
            self.route("/", self.start),
        ]

    def route(self, path: str, act: Act, method: str = "GET") -> Route:
        """A page for people who are logged in and still allowed; a form only with its hidden code."""

        async def endpoint(request: Request) -> Response:
            session = self._session(request)
            if session is None or not session.identity_id:
                return go("/inloggen")
            if time.monotonic() - session.seen > IDLE_SECONDS:
                self._forget(request)
                return go("/inloggen?reden=tijd")
            session.seen = time.monotonic()
            token = session.token
            if token is None and path != "/organisatie":
                return go("/organisatie")
            token = token or Token((0, "", "employee", session.identity_id, "page", "", None))
            if session.token is not None and not self.desk.still_allowed(token):
                self._forget(request)
                return go("/inloggen?reden=rechten")
            request.scope[WHO] = {"identity_id": session.identity_id, "ura": token.ura}
            try:
                data = FormData()
                if method == "POST":
                    if int(request.headers.get("content-length") or MOST_BYTES + 1) > MOST_BYTES:
                        raise RefusalError(413, "The form is too long")
                    data = await request.form(max_files=0, max_fields=60)
                    if not hmac.compare_digest(str(data.get("formuliercode", "")).encode(), session.csrf.encode()):
                        text = "<h1>Formulier verlopen</h1><p>Open de pagina opnieuw en probeer het nog eens.</p>"
                        return self.page(session, token, "Formulier verlopen", text, status=403)
                return await act(Visit(request, session, token, data))
            except RefusalError as refused:
                title = TITLES.get(refused.status, "Niet gelukt")
                text = f'<h1>{title}</h1><p class="fout">{escape(ERRORS[code_of(refused)])}</p>'
                text += f'<p><a href="{BASE}/medewerkers">Terug naar medewerkers</a></p>'
                return self.page(session, token, title, text, status=refused.status)
            finally:
                self.desk.store.commit()

        return Route(f"{BASE}{path}", endpoint, methods=[method])

    def page(
        self, session: Session, token: Token, title: str, body: str, here: str = "-", status: int = 200
    ) -> Response:
        message, session.message = session.message, ""
        who = ""
        if session.token is not None:
            other = ""
            if len(self.desk.organisations_of(session.identity_id)) > 1:
                other = f'<a href="{BASE}/organisatie">Andere organisatie</a>'
            leave = form("/uitloggen", session.csrf, "", button("Afmelden", kind="link"))
            me = self.desk.me(token)
            who = (
                f'<div class="wie"><p><strong>{escape(self.desk.organisation(token.ura))}</strong> {token.ura}<br>'
                f"{escape(me.name)} · {ROLES[token.role]}</p>{other}{leave}</div>"
            )
        return page(title, body, who=who, here=here, message=message, status=status)

    def _session(self, request: Request) -> Session | None:
        return self.sessions.get(request.cookies.get(COOKIE, ""))

    def _forget(self, request: Request) -> None:
        self.sessions.pop(request.cookies.get(COOKIE, ""), None)

    async def style(self, request: Request) -> Response:
        text = (Path(__file__).parent / "opmaak.css").read_text(encoding="utf-8")
        return Response(text, media_type="text/css", headers=HEADERS)

    async def login(self, request: Request) -> Response:
        """One address: shows the code, asks itself every three seconds, and goes on once the phone has approved."""
        session = self._session(request)
        if session and session.identity_id:
            return go("")
        if session and session.challenge and not request.query_params:
            identity_id = self.desk.approved(session.challenge)
            if identity_id is not None:
                return self._logged_in(request, identity_id)
            if time.monotonic() > session.challenge_ends:
                text = "<h1>De code is verlopen</h1><p>Een code is vijf minuten te gebruiken.</p>"
                text += f'<p><a class="knop" href="{BASE}/inloggen?nieuw=1">Nieuwe code tonen</a></p>'
                return page("Inloggen", f'<section class="inloggen">{text}</section>')
            return self._login_page("")
        self._forget(request)
        known_until = time.monotonic() - 4 * IDLE_SECONDS
        self.sessions = {key: one for key, one in self.sessions.items() if one.seen > known_until}
        key = secrets.token_urlsafe(32)
        session = self.sessions[key] = Session(challenge=secrets.token_urlsafe(24))
        session.challenge_ends = time.monotonic() + LOGIN_SECONDS
        self.desk.phone.await_login(session.challenge)
        response = self._login_page(request.query_params.get("reden", ""))
        response.set_cookie(COOKIE, key, secure=True, httponly=True, samesite="lax", path=BASE)
        return response

    def _login_page(self, reason: str) -> Response:
        reasons = {
            "tijd": "U bent afgemeld omdat u een kwartier niets hebt gedaan.",
            "rechten": "U hebt hier geen toegang meer.",
            "weg": "U bent afgemeld.",
        }
        body = (
            '<section class="inloggen"><h1>Inloggen bij ZORG-ID Beheer</h1><div class="twee"><ol>'
            "<li>Pak uw telefoon en open de ZORG-ID app.</li><li>Tik op <b>Scan</b> en richt de camera op de code.</li>"
            "<li>Vul uw pincode in.</li></ol>"
            f'<figure><img src="{BASE}/inloggen/code.png" width="240" height="240" alt="QR-code">'
            "<figcaption>Vijf minuten te gebruiken</figcaption></figure></div></section>"
        )
        return page("Inloggen", body, message=reasons.get(reason, ""), refresh=f"3;url={BASE}/inloggen")

    def _logged_in(self, request: Request, identity_id: str) -> Response:
        choices = self.desk.organisations_of(identity_id)
        self._forget(request)
        if not choices:
            text = "<h1>Geen toegang</h1><p>U bent bij geen enkele organisatie lokaal beheerder of hoofdbeheerder.</p>"
            return page("Geen toegang", text, status=403)
        # A new key, so that whoever knew the old one is not logged in as well.
        key = secrets.token_urlsafe(32)
        session = self.sessions[key] = Session(identity_id=identity_id)
        if len(choices) == 1:
            session.token = self.desk.act_for(identity_id, next(iter(choices)))
        response = go("" if session.token else "/organisatie")
        response.set_cookie(COOKIE, key, secure=True, httponly=True, samesite="lax", path=BASE)
        return response

    async def code(self, request: Request) -> Response:
        session = self._session(request)
        if session is None or not session.challenge:
            return Response(status_code=404, headers=HEADERS)
        buffer = io.BytesIO()
        qrcode.make(f"zorgid://login?challenge={session.challenge}").save(buffer)
        return Response(buffer.getvalue(), media_type="image/png", headers=HEADERS)

    async def choose(self, visit: Visit) -> Response:
        names = {ura: f"{name} ({ura})" for ura, name in self.desk.organisations_of(visit.session.identity_id).items()}
        fields = radios("ura", "Organisatie", names, visit.token.ura, {}, required=True)
        body = "<h1>Voor welke organisatie werkt u nu?</h1>"
        body += form("/organisatie", visit.session.csrf, fields, button("Verder"))
        return self.page(visit.session, visit.token, "Kies een organisatie", body)

    async def chosen(self, visit: Visit) -> Response:
        if visit.text("ura") not in self.desk.organisations_of(visit.session.identity_id):
            return go("/organisatie")
        visit.session.token = self.desk.act_for(visit.session.identity_id, visit.text("ura"))
        visit.session.drafts.clear()
        return go("")

    async def logout(self, visit: Visit) -> Response:
        self._forget(visit.request)
        return go("/inloggen?reden=weg")

    async def start(self, visit: Visit) -> Response:
        people = self.desk.people(visit.token)
        active = sum(one.phone == "active" for one in people)
        tiles = (
            ("/medewerkers", "Medewerkers", f"{len(people)} aangemeld, van wie {active} met een telefoon in gebruik"),
            ("/aanmelden", "Medewerker aanmelden", "In vier stappen"),
            ("/bevoegdheden", "Beheerrollen", "Wie mag wat in dit portaal"),
            ("/sleutels", "Koppelingen", "Sleutels voor systemen van uw organisatie"),
        )
        cards = "".join(
            f'<li><a href="{BASE}{target}"><strong>{name}</strong><span>{text}</span></a></li>'
            for target, name, text in tiles
        )
        body = f'<h1>Welkom, {escape(self.desk.me(visit.token).given)}</h1><ul class="tegels">{cards}</ul>'
        return self.page(visit.session, visit.token, "Start", body, "")
