# SPDX-FileCopyrightText: gbz.zorgid contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""The JSON behind the page: logging in, sessions, keys. A session is a bearer token that only the page's memory has."""
# ruff: noqa: ARG002 - every address is called alike

from __future__ import annotations

import hmac
import json
import secrets
import time
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field
from typing import Any

import qrcode
from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

from ...errors import RefusalError
from ...phone import LOGIN_SECONDS
from ...store import Token, digest
from ...wire import WHO
from ..desk import IDLE_SECONDS, Desk, FieldError, code_of

BASE = "/mijnzorgid"
MOST_BYTES = 64 * 1024
HEADERS = {"Cache-Control": "no-store", "Referrer-Policy": "no-referrer", "X-Content-Type-Options": "nosniff"}


@dataclass
class Login:
    """One code on a screen. secret: known to the page that shows it."""

    secret: str
    challenge: str
    ends: float


@dataclass
class Session:
    identity_id: str
    token: Token
    seen: float = field(default_factory=time.monotonic)


@dataclass
class Call:
    """One request of somebody who is logged in."""

    request: Request
    session: Session
    token: Token
    data: dict[str, Any]

    def text(self, name: str, default: str = "") -> str:
        value = self.data.get(name, default)
        if not isinstance(value, str) or len(value) > 200:
            raise FieldError({name: "missing"})
        return " ".join(value.split())


Act = Callable[[Call], Awaitable[Any]]


def answer(content: Any, status: int = 200) -> Response:
    if content is None:
        return Response(status_code=204, headers=HEADERS)
    return JSONResponse(content, status, HEADERS)


def refuse(status: int, code: str, fields: dict[str, str] | None = None) -> Response:
    return JSONResponse({"code": code, "velden": fields or {}}, status, HEADERS, "application/problem+json")


class Api:
    def __init__(self, desk: Desk) -> None:
        self.desk = desk
        self.logins: dict[str, Login] = {}
        self.sessions: dict[str, Session] = {}

    def routes(self) -> list[Route]:
        return [
            Route(f"{BASE}/api/aanmelding", self.show_code, methods=["POST"]),
            Route(f"{BASE}/api/aanmelding/{{key}}", self.look_at_code),
            self.route("/sessie", self.leave, "DELETE"),
            self.route("/ik", self.me),
            self.route("/ik/organisatie", self.choose, "POST"),
            self.route("/sleutels", self.keys),
            self.route("/sleutels", self.make_key, "POST"),
            self.route("/sleutels/{number:int}", self.end_key, "DELETE"),
        ]

    def route(self, path: str, act: Act, method: str = "GET") -> Route:
        """An address for people who are logged in and still allowed. act returns an answer, or what becomes JSON."""

        async def endpoint(request: Request) -> Response:
            kind, _, given = request.headers.get("authorization", "").partition(" ")
            key = digest(given)
            session = self.sessions.get(key) if kind == "Bearer" else None
            if session is None or time.monotonic() - session.seen > IDLE_SECONDS:
                self.sessions.pop(key, None)
                return refuse(401, "session")
            if not self.desk.still_allowed(session.token):
                del self.sessions[key]
                return refuse(401, "rights")
            session.seen = time.monotonic()
            request.scope[WHO] = {"identity_id": session.identity_id, "ura": session.token.ura}
            try:
                data = await self._read(request) if method in ("POST", "PATCH") else {}
                result = await act(Call(request, session, session.token, data))
                return result if isinstance(result, Response) else answer(result)
            except FieldError as wrong:
                return refuse(422, "fields", wrong.fields)
            except RefusalError as refused:
                return refuse(refused.status, code_of(refused))
            finally:
                self.desk.store.commit()

        return Route(f"{BASE}/api{path}", endpoint, methods=[method])

    @staticmethod
    async def _read(request: Request) -> dict[str, Any]:
        if request.headers.get("content-type", "").partition(";")[0] != "application/json":
            raise RefusalError(415, "JSON only")
        if int(request.headers.get("content-length") or MOST_BYTES + 1) > MOST_BYTES:
            raise RefusalError(413, "Too long")
        try:
            data = json.loads(await request.body())
        except (ValueError, RecursionError):
            data = None
        if not isinstance(data, dict):
            raise RefusalError(400, "A JSON object")
        return data

    # logging in -------------------------------------------------------------------------------------------------------

    async def show_code(self, request: Request) -> Response:
        now = time.monotonic()
        self.logins = {key: one for key, one in self.logins.items() if one.ends > now - LOGIN_SECONDS}
        login = Login(secrets.token_urlsafe(32), secrets.token_urlsafe(24), now + LOGIN_SECONDS)
        key = secrets.token_urlsafe(12)
        self.logins[key] = login
        self.desk.phone.await_login(login.challenge)
        code = qrcode.QRCode(border=0)
        code.add_data(f"zorgid://login?challenge={login.challenge}")
        rows = ["".join("1" if dark else "0" for dark in row) for row in code.get_matrix()]
        return answer({"id": key, "geheim": login.secret, "code": rows, "seconden": LOGIN_SECONDS}, 201)

    async def look_at_code(self, request: Request) -> Response:
        key = request.path_params["key"]
        login = self.logins.get(key)
        given = request.headers.get("x-geheim", "")
        if login is None or not hmac.compare_digest(given.encode(), login.secret.encode()):
            return refuse(404, "unknown")
        identity_id = self.desk.approved(login.challenge)
        if identity_id is None:
            return answer({"stand": "verlopen" if time.monotonic() > login.ends else "wacht"})
        del self.logins[key]
        choices = self.desk.organisations_of(identity_id)
        if not choices:
            return refuse(403, "no_access")
        made = secrets.token_urlsafe(32)
        self.sessions[digest(made)] = Session(identity_id, self.desk.act_for(identity_id, next(iter(choices))))
        return answer({"stand": "klaar", "sleutel": made})

    async def leave(self, call: Call) -> None:
        self.sessions = {key: one for key, one in self.sessions.items() if one is not call.session}

    async def me(self, call: Call) -> dict[str, Any]:
        others = self.desk.organisations_of(call.session.identity_id)
        return {
            "naam": self.desk.me(call.token).name,
            "rol": call.token.role,
            "ura": call.token.ura,
            "organisatie": self.desk.organisation(call.token.ura),
            "organisaties": [{"ura": ura, "naam": name} for ura, name in others.items()],
        }

    async def choose(self, call: Call) -> dict[str, Any]:
        ura = call.text("ura")
        if ura not in self.desk.organisations_of(call.session.identity_id):
            raise RefusalError(403, "Only an administrator works for an organisation")
        call.session.token = call.token = self.desk.act_for(call.session.identity_id, ura)
        return await self.me(call)

    # keys for systems -------------------------------------------------------------------------------------------------

    async def keys(self, call: Call) -> list[dict[str, Any]]:
        return [
            {"nummer": one.id, "naam": one.name, "rol": one.role, "tot": one.expires[:10], "weg": bool(one.revoked)}
            for one in self.desk.tokens(call.token)
        ]

    async def make_key(self, call: Call) -> Response:
        try:
            made = self.desk.make_token(call.token, call.text("naam"), call.text("dagen"))
        except FieldError as wrong:
            names = {"name": "naam", "days": "dagen"}
            raise FieldError({names.get(name, name): code for name, code in wrong.fields.items()}) from None
        return answer({"sleutel": made}, 201)

    async def end_key(self, call: Call) -> None:
        self.desk.revoke_token(call.token, call.request.path_params["number"])
