# SPDX-FileCopyrightText: gbz.zorgid contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""Logging in: the page shows a QR code, the phone approves it, the session acts for one organisation.

Usually all at /portal/login. An ordered `login_elsewhere` sends the browser to /inloggen at another origin (another
port, and perhaps another host name), which sends it back with a code that works once.
"""

from __future__ import annotations

import io
import secrets
import time
from dataclasses import dataclass, field
from typing import Any

import qrcode
from starlette.requests import Request
from starlette.responses import HTMLResponse, RedirectResponse, Response
from starlette.routing import Route

from .faults import Faults
from .html import page
from .phone import Phone
from .scripts import policy
from .store import Store, Token

COOKIE = "zorgid_session"
HEADERS = {
    "Content-Security-Policy": policy(),
    "Cache-Control": "no-store",
    "Referrer-Policy": "no-referrer",
    "X-Content-Type-Options": "nosniff",
}


@dataclass
class Session:
    """One browser.

    challenge: what its QR code says, since a moment; token: who is logged in, with the rights a bearer token of that
    person would have; message, refused: what became of the last change, shown once; warned: the warning of its end was
    answered; pending: a new user of whom the portal asked whether it is the same person; export_at: when an export is
    prepared.
    """

    challenge: str = ""
    since: float = 0.0
    token: Token | None = None
    message: str = ""
    refused: bool = False
    warned: bool = False
    pending: dict[str, Any] | None = None
    export_at: float = 0.0
    csrf: str = field(default_factory=lambda: secrets.token_urlsafe(24))


class Login:
    """The login pages over one store; sessions end with the process."""

    def __init__(self, store: Store, phone: Phone, faults: Faults, elsewhere: int = 0) -> None:
        self.store, self.phone, self.faults, self.elsewhere = store, phone, faults, elsewhere
        self.sessions: dict[str, Session] = {}
        self._visitors: dict[str, tuple[str, str]] = {}
        self._codes: dict[str, str] = {}

    def routes(self) -> list[Route]:
        return [
            Route("/portal/login", self.login),
            Route("/portal/login/qr.png", self.login_qr),
            Route("/portal/login/wait", self.wait),
            Route("/portal/login/back", self.back),
            Route("/inloggen", self.visitor),
            Route("/inloggen/qr.png", self.visitor_qr),
        ]

    async def login(self, request: Request) -> Response:
        key, session = secrets.token_urlsafe(32), Session()
        self.sessions[key] = session
        self._renew(session)
        order = self.faults.orders(request.url.path).get("login_elsewhere")
        if order and self.elsewhere:
            visitor = secrets.token_urlsafe(24)
            self._visitors[visitor] = (key, request.url.netloc)
            there = f"https://{order['host']}:{self.elsewhere}/inloggen?aanvraag={visitor}"
            return RedirectResponse(there, 303, HEADERS)
        return self._with_cookie(self._login_page(), key)

    @staticmethod
    def _with_cookie(response: Response, key: str, *, crossed: bool = False) -> Response:
        """crossed: the browser comes from another origin, which a strict cookie would not survive."""
        site: Any = "lax" if crossed else "strict"
        response.set_cookie(COOKIE, key, secure=True, httponly=True, samesite=site, path="/portal")
        return response

    def _renew(self, session: Session) -> None:
        """A QR code that was not shown before; the earlier one does not work any more."""
        self.phone.waiting.pop(session.challenge, None)
        session.challenge, session.since = secrets.token_urlsafe(24), time.monotonic()
        self.phone.await_login(session.challenge)

    def _login_page(self, image: str = "/portal/login/qr.png", then: str = "/portal/login/wait") -> Response:
        body = (
            '<section class="login"><h1>Inloggen</h1><p>Open de ZORG-ID app op uw telefoon, kies <b>Scan</b> en daarna'
            f' <b>Scan QR</b>, en scan deze code.</p><img id="login-qr" src="{image}" width="260"'
            ' height="260" alt="QR-code om in te loggen"><p class="note">De pagina gaat vanzelf verder zodra u op uw'
            " telefoon akkoord geeft.</p></section>"
        )
        head = f'<meta http-equiv="refresh" content="2;url={then}">'
        return HTMLResponse(page("Inloggen", body, head=head), headers=HEADERS)

    async def login_qr(self, request: Request) -> Response:
        return self._picture(self.session(request))

    def _picture(self, session: Session | None) -> Response:
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
        if session.token is None and (response := self._let_in(session, request)):
            return response if response.status_code != 200 else self._login_page()
        return RedirectResponse("/portal/users", 303, HEADERS)

    def _let_in(self, session: Session, request: Request) -> Response | None:
        """Log the person in whose phone scanned; else what is shown instead, 200 if nobody scanned yet."""
        identity_id = self.phone.approved.pop(session.challenge, None)
        if identity_id is None:
            order = self.faults.orders(request.url.path).get("qr_renews")
            if order and time.monotonic() - session.since >= order["seconds"]:
                self._renew(session)
            return Response(status_code=200)
        choices = self.organisations_of(identity_id)
        if not choices:
            text = "<h1>Geen toegang</h1><p>U bent bij geen organisatie administrator of beheerder.</p>"
            return HTMLResponse(page("Geen toegang", text), 403, HEADERS)
        session.challenge = ""
        session.token = self.act_for(identity_id, choices[0])
        return None

    # at another origin ------------------------------------------------------------------------------------------------

    async def visitor(self, request: Request) -> Response:
        """The login page at another origin, for a request that the portal made; then back with a code."""
        visitor = request.query_params.get("aanvraag", "")
        key, home = self._visitors.get(visitor, ("", ""))
        session = self.sessions.get(key)
        if session is None:
            return HTMLResponse(page("Inloggen", "<h1>Deze aanvraag is verlopen</h1>"), 404, HEADERS)
        if session.token is None and (response := self._let_in(session, request)):
            again = f"/inloggen?aanvraag={visitor}"
            image = f"/inloggen/qr.png?aanvraag={visitor}"
            return response if response.status_code != 200 else self._login_page(image, again)
        code = secrets.token_urlsafe(24)
        del self._visitors[visitor]
        self._codes[code] = key
        return RedirectResponse(f"https://{home}/portal/login/back?code={code}", 303, HEADERS)

    async def visitor_qr(self, request: Request) -> Response:
        key, _ = self._visitors.get(request.query_params.get("aanvraag", ""), ("", ""))
        return self._picture(self.sessions.get(key))

    async def back(self, request: Request) -> Response:
        key = self._codes.pop(request.query_params.get("code", ""), "")
        if key not in self.sessions:
            return RedirectResponse("/portal/login", 303, HEADERS)
        return self._with_cookie(RedirectResponse("/portal/users", 303, HEADERS), key, crossed=True)

    # sessions ---------------------------------------------------------------------------------------------------------

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
