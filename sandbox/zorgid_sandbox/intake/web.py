# SPDX-FileCopyrightText: gbz.zorgid contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""The forms over HTTPS."""

from __future__ import annotations

import asyncio
import hmac
import secrets
import socket
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from html import escape
from pathlib import Path

import uvicorn
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import HTMLResponse, RedirectResponse, Response
from starlette.routing import Route

from .. import tls
from ..faults import strike
from ..state import State, announce, record, write
from . import html, store
from .fields import APPLICATION, FOLLOW_UP, Section, all_of, check

COOKIE = "vzvz_formulier"
HEADERS = {
    "Content-Security-Policy": "default-src 'none'; style-src 'self'; form-action 'self'; base-uri 'none'; "
    "frame-ancestors 'none'",
    "Cache-Control": "no-store",
    "Referrer-Policy": "no-referrer",
    "X-Content-Type-Options": "nosniff",
}
_LARGEST_BODY = 64_000
_NOT_SENT = "De gegevens zijn door een storing niet verzonden. Probeer het later opnieuw."


@dataclass(frozen=True)
class Form:
    name: str
    title: str
    button: str
    sections: tuple[Section, ...]
    intro: str = ""


_APPLICATION = Form(
    "application",
    "Aanvraagformulier ZORG-ID Smart, technisch beheerder",
    "Aanvraag versturen",
    APPLICATION,
    "Met dit formulier vraagt u ZORG-ID Smart aan voor een zorgaanbieder. Daarna mailt u ons het ondertekende "
    "organisatiedocument.",
)
_FOLLOW_UP = Form("follow_up", "Vervolgformulier ZORG-ID Smart, portaal admin", "Gegevens versturen", FOLLOW_UP)


class Pages:
    def __init__(self, state: Path) -> None:
        self.state = state
        self._key = secrets.token_bytes(32)  # sessions end with the process, as real sessions end some time

    def app(self) -> Starlette:
        return Starlette(
            routes=[
                Route("/", self.home),
                Route("/style.css", self.style),
                Route("/favicon.ico", self.no_icon),
                Route("/aanvraagformulier", self._faulty("application", self.application), methods=["GET", "POST"]),
                Route("/vervolgformulier/{secret}", self._faulty("follow_up", self.follow_up), methods=["GET", "POST"]),
            ]
        )

    async def home(self, _request: Request) -> Response:
        return RedirectResponse("/aanvraagformulier", 303, HEADERS)

    async def style(self, _request: Request) -> Response:
        return Response(html.STYLE, media_type="text/css", headers=HEADERS)

    async def no_icon(self, _request: Request) -> Response:
        return Response(status_code=204, headers=HEADERS)

    async def application(self, request: Request) -> Response:
        if request.method == "GET":
            return self._form(request, _APPLICATION)
        values = await self._values(request, _APPLICATION)
        if isinstance(values, Response):
            return values
        filled = store.add_application(self.state, values)
        record(self.state, "intake", "application", f"URA {filled.ura}, {filled.reference}")
        return self._confirmed(
            "Bedankt, wij hebben uw aanvraag ontvangen.",
            filled,
            "U krijgt een bevestiging per e-mail. Bewaar het kenmerk voor uw administratie.",
        )

    async def follow_up(self, request: Request) -> Response:
        secret = request.path_params["secret"]
        link = store.link(self.state, secret)
        if link is None:
            return _reported(404, "Onbekende link", "Deze link kennen wij niet. Controleer de link in onze e-mail.")
        if link["used"]:
            return _reported(410, "Link al gebruikt", "Deze link is al gebruikt. Wij hebben de gegevens al.")
        intro = f"Voor {link['name']} (URA-nummer {link['ura']}). Na dit formulier sturen wij een QR-code."
        if request.method == "GET":
            return self._form(request, _FOLLOW_UP, intro=intro)
        values = await self._values(request, _FOLLOW_UP, intro)
        if isinstance(values, Response):
            return values
        filled = store.add_follow_up(self.state, secret, values)
        if filled is None:
            return _reported(410, "Link al gebruikt", "Deze link is al gebruikt. Wij hebben de gegevens al.")
        record(self.state, "intake", "follow_up", f"URA {filled.ura}, {filled.reference}")
        return self._confirmed(
            "Bedankt, wij hebben uw gegevens ontvangen.",
            filled,
            "U krijgt per e-mail een QR-code om ZORG-ID te activeren. Die werkt één keer.",
        )

    async def _values(self, request: Request, form: Form, intro: str = "") -> dict[str, str] | Response:
        """What was filled in; or the form again, with what is wrong."""
        body = await request.form()
        given = {field.name: str(body.get(field.name, "")).strip() for field in all_of(form.sections)}
        cookie = request.cookies.get(COOKIE, "")
        if not cookie or not hmac.compare_digest(str(body.get("token", "")).encode(), self._token(cookie).encode()):
            expired = "Uw sessie is verlopen. Controleer uw gegevens en verstuur het formulier opnieuw."
            return self._form(request, form, given, summary=expired, status=403, intro=intro)
        if errors := check(form.sections, given):
            return self._form(request, form, given, errors, status=422, intro=intro)
        return given

    def _token(self, cookie: str) -> str:
        return hmac.new(self._key, cookie.encode(), "sha256").hexdigest()

    def _form(
        self,
        request: Request,
        form: Form,
        values: dict[str, str] | None = None,
        errors: dict[str, str] | None = None,
        *,
        summary: str = "",
        status: int = 200,
        intro: str = "",
    ) -> Response:
        cookie = request.cookies.get(COOKIE) or secrets.token_urlsafe(24)
        body = f'<p class="note">{escape(intro or form.intro)}</p>' + html.form(
            form.sections,
            action=request.url.path,
            token=self._token(cookie),
            button=form.button,
            values=values or {},
            errors=errors or {},
            summary=summary,
        )
        response = HTMLResponse(html.page(form.title, body), status, HEADERS)
        response.set_cookie(COOKIE, cookie, secure=True, httponly=True, samesite="lax")
        return response

    def _confirmed(self, thanks: str, filled: store.Filled, after: str) -> Response:
        return HTMLResponse(
            html.page("Formulier ontvangen", html.confirmation(thanks, filled.reference, after)), headers=HEADERS
        )

    def _faulty(
        self, name: str, act: Callable[[Request], Awaitable[Response]]
    ) -> Callable[[Request], Awaitable[Response]]:
        async def endpoint(request: Request) -> Response:
            where = {"form": name, "method": request.method}
            if slow := strike(self.state, "intake", "slow", **where):
                await asyncio.sleep(float(slow["seconds"]))
            if status := strike(self.state, "intake", "status", **where):
                return _reported(int(status["code"]), "Storing", "De website is tijdelijk niet bereikbaar.")
            if strike(self.state, "intake", "reset", **where) is not None:
                return _cut(request)
            if int(request.headers.get("content-length") or 0) > _LARGEST_BODY:
                return _reported(413, "Te groot", "Dit is meer dan het formulier aankan.")
            if request.method == "POST" and strike(self.state, "intake", "error_text", form=name) is not None:
                await request.body()
                return _reported(200, "Niet verzonden", _NOT_SENT)
            response = await act(request)
            if request.method == "POST" and strike(self.state, "intake", "lost_answer", form=name) is not None:
                return _cut(request)
            return response

        return endpoint


def _reported(status: int, title: str, text: str) -> Response:
    return HTMLResponse(html.page(title, f'<p class="error">{escape(text)}</p>'), status, HEADERS)


def _cut(request: Request) -> Response:
    """Break the connection instead of answering, as a network does."""
    cycle = getattr(request.receive, "__self__", None)
    if cycle is not None:
        cycle.transport.abort()
    return Response(status_code=500)


def _listener(state: Path) -> socket.socket:
    """A free port, the same as last time where possible: links in mails contain it."""
    remembered = State(state).root / "intake" / "port"
    try:
        listener = socket.create_server(("127.0.0.1", int(remembered.read_text())), backlog=512)
    except (OSError, ValueError):
        listener = socket.create_server(("127.0.0.1", 0), backlog=512)
    write(remembered, f"{listener.getsockname()[1]}\n")
    return listener


def listen(state: Path) -> None:
    """Serve until the process is ended."""
    certificate, key = tls.server_files(state)
    listener = _listener(state)
    port = listener.getsockname()[1]
    config = uvicorn.Config(
        Pages(state).app(),
        ssl_certfile=certificate,
        ssl_keyfile=key,
        http="httptools",
        lifespan="off",
        access_log=False,
        log_level="warning",
        timeout_graceful_shutdown=1,
    )
    base = f"https://127.0.0.1:{port}"
    announce(state, "intake", port, application_form_url=f"{base}/aanvraagformulier", base=base)
    uvicorn.Server(config).run(sockets=[listener])
