# SPDX-FileCopyrightText: gbz.zorgid contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""Logging in: the page shows a QR code, the phone approves it, the session acts for one organisation."""
# ruff: noqa: ARG002 - every page is called alike

from __future__ import annotations

import io
import secrets
from dataclasses import dataclass, field

import qrcode
from starlette.requests import Request
from starlette.responses import HTMLResponse, RedirectResponse, Response
from starlette.routing import Route

from .html import page
from .phone import Phone
from .store import Store, Token

COOKIE = "zorgid_session"
HEADERS = {
    "Content-Security-Policy": "default-src 'none'; style-src 'self'; img-src 'self'; form-action 'self'; "
    "base-uri 'none'; frame-ancestors 'none'",
    "Cache-Control": "no-store",
    "Referrer-Policy": "no-referrer",
    "X-Content-Type-Options": "nosniff",
}


@dataclass
class Session:
    """One browser. token: who is logged in, with the rights a bearer token of that person would have."""

    challenge: str = ""
    token: Token | None = None
    csrf: str = field(default_factory=lambda: secrets.token_urlsafe(24))


class Login:
    """The login pages over one store; sessions end with the process."""

    def __init__(self, store: Store, phone: Phone) -> None:
        self.store, self.phone = store, phone
        self.sessions: dict[str, Session] = {}

    def routes(self) -> list[Route]:
        return [
            Route("/portal/login", self.login),
            Route("/portal/login/qr.png", self.login_qr),
            Route("/portal/login/wait", self.wait),
        ]

    async def login(self, request: Request) -> Response:
        key, session = secrets.token_urlsafe(32), Session(challenge=secrets.token_urlsafe(24))
        self.sessions[key] = session
        self.phone.await_login(session.challenge)
        response = self._login_page()
        response.set_cookie(COOKIE, key, secure=True, httponly=True, samesite="strict", path="/portal")
        return response

    def _login_page(self) -> Response:
        body = (
            '<section class="login"><h1>Inloggen</h1><p>Open de ZORG-ID app op uw telefoon, kies <b>Scan</b> en daarna'
            ' <b>Scan QR</b>, en scan deze code.</p><img id="login-qr" src="/portal/login/qr.png" width="260"'
            ' height="260" alt="QR-code om in te loggen"><p class="note">De pagina gaat vanzelf verder zodra u op uw'
            " telefoon akkoord geeft.</p></section>"
        )
        head = '<meta http-equiv="refresh" content="2;url=/portal/login/wait">'
        return HTMLResponse(page("Inloggen", body, head=head), headers=HEADERS)

    async def login_qr(self, request: Request) -> Response:
        session = self.session(request)
        if session is None or not session.challenge:
            return Response(status_code=404, headers=HEADERS)
        image = qrcode.make(f"zorgid://login?challenge={session.challenge}")
        buffer = io.BytesIO()
        image.save(buffer)
        return Response(buffer.getvalue(), media_type="image/png", headers=HEADERS)

    async def wait(self, request: Request) -> Response:
        session = self.session(request)
        if session is None:
            return RedirectResponse("/portal/login", 303, HEADERS)
        identity_id = self.phone.approved.pop(session.challenge, None)
        if identity_id is None and session.token is None:
            return self._login_page()
        if identity_id is not None:
            choices = self.organisations_of(identity_id)
            if not choices:
                text = "<h1>Geen toegang</h1><p>U bent bij geen organisatie administrator of beheerder.</p>"
                return HTMLResponse(page("Geen toegang", text), 403, HEADERS)
            session.challenge = ""
            session.token = self.act_for(identity_id, choices[0])
        return RedirectResponse("/portal/users", 303, HEADERS)

    def organisations_of(self, identity_id: str) -> list[str]:
        memberships = self.store.identities[identity_id].document["memberships"]
        return [ura for ura, membership in memberships.items() if membership["role"] != "employee"]

    def act_for(self, identity_id: str, ura: str) -> Token:
        role = self.store.identities[identity_id].document["memberships"][ura]["role"]
        return Token((0, ura, role, identity_id, "page", "", None))

    def session(self, request: Request) -> Session | None:
        return self.sessions.get(request.cookies.get(COOKIE, ""))

    def forget(self, request: Request) -> None:
        self.sessions.pop(request.cookies.get(COOKIE, ""), None)
