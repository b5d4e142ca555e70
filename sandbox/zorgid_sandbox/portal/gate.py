# SPDX-FileCopyrightText: gbz.zorgid contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""Around every page: who is logged in and still allowed, the frame with menu and message, refusals."""

from __future__ import annotations

import hmac
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field
from html import escape

from starlette.datastructures import FormData
from starlette.requests import Request
from starlette.responses import HTMLResponse, RedirectResponse, Response

from . import scripts
from .errors import RefusalError
from .faults import Faults
from .fields import Form
from .html import ROLES, hidden, message, page, section
from .login import HEADERS, Login, Session
from .page_faults import Orders
from .store import Store, Token
from .wire import WHO


@dataclass
class Visit:
    """One request of somebody who is logged in. data: of a form, else empty."""

    request: Request
    session: Session
    token: Token
    orders: Orders
    data: FormData = field(default_factory=FormData)

    @property
    def forms(self) -> Form:
        return Form(self.session.csrf, self.orders)

    @property
    def key(self) -> str:
        return str(self.request.path_params["key"])

    @property
    def framed(self) -> bool:
        """Whether this page is shown in an iframe of another one."""
        part = self.data.get("part") or self.request.query_params.get("part")
        return part == "frame" and self.orders.get("frame") is not None

    def say(self, text: str, *, refused: bool = False) -> None:
        """What the next page tells."""
        self.session.message, self.session.refused = text, refused


Act = Callable[[Visit], Awaitable[Response]]


class Gate:
    """What the pages share, over one store."""

    def __init__(self, store: Store, login: Login, faults: Faults) -> None:
        self.store, self.login, self.faults = store, login, faults

    def guarded(self, act: Act) -> Callable[[Request], Awaitable[Response]]:
        """Only for people who are logged in and still allowed; a form only with its hidden token."""

        async def endpoint(request: Request) -> Response:
            session = self.login.session(request)
            if session and self.faults.take_page("session_over", request.method, request.url.path):
                session.token = None
            token = session.token if session else None
            if session is None or token is None or not self._allowed(token):
                if session:
                    session.token = None
                return RedirectResponse("/portal/login", 303, HEADERS)
            request.scope[WHO] = {"identity_id": token.identity_id, "ura": token.ura}
            visit = Visit(request, session, token, self.faults.orders(request.url.path))
            try:
                if request.method == "POST":
                    visit.data = await request.form()
                    if not hmac.compare_digest(str(visit.data.get("csrf", "")), session.csrf):
                        raise RefusalError(403, "Dit formulier is verlopen. Open de pagina opnieuw.")
                response = await act(visit)
            except RefusalError as refused:
                response = self._refused(visit, refused)
            finally:
                self.store.commit()
            for name, value in HEADERS.items():
                response.headers.setdefault(name, value)
            return response

        return endpoint

    def _allowed(self, token: Token) -> bool:
        """Whether this person still is there, with an active phone; the token gets the role of today."""
        identity = self.store.identities.get(str(token.identity_id))
        document = identity.document if identity else {}
        role = document.get("memberships", {}).get(token.ura, {}).get("role", "employee")
        if role == "employee" or document["device"]["state"] != "active":
            return False
        token.role = role
        return True

    def _refused(self, visit: Visit, refused: RefusalError) -> Response:
        path = visit.request.url.path
        if visit.orders.get("message_vanishes") and refused.status != 404 and not visit.framed:
            visit.say(refused.detail, refused=True)
            back = "/portal/users/new" if path == "/portal/users" else path
            if path.startswith("/portal/users/"):
                back = "/".join(path.split("/")[:4])
            return RedirectResponse(back, 303)
        body = "<h1>Niet gelukt</h1>" + message(refused.detail, refused=True)
        response = self.page(visit, "Niet gelukt", body)
        response.status_code = refused.status
        return response

    def page(self, visit: Visit, title: str, body: str, head: str = "", *, frames: bool = False) -> Response:
        """A whole page. frames: it contains an iframe of ours."""
        session, orders, end = visit.session, visit.orders, ""
        vanish = orders.get("message_vanishes")
        said, session.message = session.message, ""
        if said:
            body = message(said, refused=session.refused, ms=vanish["ms"] if vanish else None) + body
        names = []
        if "data-mask" in body:
            names.append("mask")
        way = (orders.get("confirm") or {}).get("way")
        if way in ("native", "dialog") and "data-sure" in body:
            names.append(way)
            end = _SURE if way == "dialog" else ""
        if vanish and "data-ms" in body:
            names.append("vanish")
        if (warning := orders.get("session_warning")) and not session.warned:
            names.append("warning")
            end += self._warning(visit, warning["after"])
        who = "" if visit.framed else self._who(visit)
        response = HTMLResponse(page(title, body, who=who, head=head, end=end + scripts.elements(names)))
        if names or frames or visit.framed:
            framed = frames or visit.framed
            response.headers["Content-Security-Policy"] = scripts.policy(names, framed=framed)
        return response

    def _who(self, visit: Visit) -> str:
        token, forms = visit.token, Form(visit.session.csrf)
        me = self.store.identities[str(token.identity_id)].document["userName"]
        own = self.login.organisations_of(str(token.identity_id))
        choice = ""
        if len(own) > 1:
            names = {ura: self.organisation(ura) for ura in own}
            choice = forms.form("/portal/organisation", forms.choice("Organisatie", "ura", names, token.ura), "Wissel")
        name = escape(self.organisation(token.ura))
        who = f"<p><b>{name}</b> (URA {escape(token.ura)})<br>{escape(me)}, {ROLES[token.role]}</p>{choice}"
        return who + forms.form("/portal/logout", "", "Uitloggen")

    def organisation(self, ura: str) -> str:
        return str(self.store.organisations.get(ura, {}).get("name", ura))

    def _warning(self, visit: Visit, after: int) -> str:
        back = hidden("back", visit.request.url.path if visit.request.method == "GET" else "/portal/users")
        stay = Form(visit.session.csrf).form("/portal/session", back, "Ja, ik ben er nog")
        text = section("Uw sessie verloopt", f"<p>Bent u er nog?</p>{stay}", 2)
        return f'<dialog id="sessie" aria-labelledby="uw-sessie-verloopt" data-after="{after}">{text}</dialog>'


_SURE = (
    '<dialog id="zeker" aria-labelledby="weet-u-het-zeker"><h2 id="weet-u-het-zeker">Weet u het zeker?</h2><p></p>'
    '<button type="button" class="ja">Ja</button> <button type="button" class="nee">Nee</button></dialog>'
)
