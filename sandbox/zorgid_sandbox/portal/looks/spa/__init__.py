# SPDX-FileCopyrightText: gbz.zorgid contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""The look "spa": one page with our own script, which asks for JSON; who reloads it logs in again."""
# ruff: noqa: ARG001 - every page is called alike

from __future__ import annotations

from pathlib import Path

from starlette.requests import Request
from starlette.responses import RedirectResponse, Response
from starlette.routing import Route

from ...phone import Phone
from ...store import Store
from ..desk import Desk
from .api import BASE, HEADERS, Api
from .people import People

FILES = Path(__file__).parent / "static"
TYPES = {".js": "text/javascript", ".css": "text/css", ".html": "text/html"}
PAGE_HEADERS = {
    **HEADERS,
    "Content-Security-Policy": "default-src 'none'; script-src 'self'; style-src 'self'; connect-src 'self'; "
    "base-uri 'none'; form-action 'none'; frame-ancestors 'none'; require-trusted-types-for 'script'",
    "Cross-Origin-Opener-Policy": "same-origin",
    "Permissions-Policy": "camera=(), geolocation=(), microphone=()",
    "X-Frame-Options": "DENY",
}


async def _whole(request: Request) -> Response:
    return RedirectResponse(f"{BASE}/", 308, PAGE_HEADERS)


async def _file(request: Request) -> Response:
    name = request.path_params.get("name", "index.html")
    if name not in {path.name for path in FILES.iterdir()}:
        return Response("Niet gevonden", 404, PAGE_HEADERS, "text/plain; charset=utf-8")
    path = FILES / name
    return Response(path.read_bytes(), 200, PAGE_HEADERS, f"{TYPES[path.suffix]}; charset=utf-8")


def routes(store: Store, phone: Phone) -> list[Route]:
    api = Api(Desk(store, phone))
    return [
        *api.routes(),
        *People(api).routes(),
        Route(BASE, _whole),
        Route(f"{BASE}/", _file),
        Route(f"{BASE}/{{name}}", _file),
    ]
