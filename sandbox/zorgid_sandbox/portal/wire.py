# SPDX-FileCopyrightText: gbz.zorgid contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""What happens to a request of a page on its way: the log of what changes something, and faults of connections."""

from __future__ import annotations

import asyncio
from typing import Any

from starlette.requests import Request
from starlette.responses import PlainTextResponse
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from .faults import Faults
from .http import cut
from .store import Store, now

NO_PAGES = ("/scim/", "/app/")
#: key of the scope: who asked, filled in by whoever knows it (identity_id, ura)
WHO = "zorgid.who"


class Wire:
    """An ASGI application around the portal's own; what is no page (SCIM, the phone's side) passes untouched."""

    def __init__(self, app: ASGIApp, store: Store, faults: Faults) -> None:
        self.app, self.store, self.faults = app, store, faults

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        path = scope.get("path", "")
        if scope["type"] != "http" or path.startswith(NO_PAGES):
            await self.app(scope, receive, send)
            return
        method, request = scope["method"], Request(scope, receive)
        self.faults.refresh()
        if latency := self.faults.take_page("latency", method, path):
            await asyncio.sleep(latency["request_ms"] / 1000)
        if self.faults.take_page("reset", method, path):
            await request.body()
            cut(request)
            return
        status = self.faults.take_page("status", method, path)
        if status and not status["processed"]:
            await request.body()
            self._log(scope, status["code"])
            await self._fail(status, scope, receive, send)
            return
        messages: list[Message] = []

        async def keep(message: Message) -> None:
            messages.append(message)

        await self.app(scope, receive, keep)
        self._log(scope, messages[0]["status"])
        if lost := self.faults.take_page("lost_answer", method, path):
            cut(request, lost["how"])
            return
        if slow := self.faults.take_page("slow_answer", method, path):
            await asyncio.sleep(slow["ms"] / 1000)
        if status:
            await self._fail(status, scope, receive, send)
            return
        for message in messages:
            await send(message)

    async def _fail(self, status: dict[str, Any], scope: Scope, receive: Receive, send: Send) -> None:
        retry = {"Retry-After": str(status["retry_after"])} if status["code"] in (429, 503) else {}
        await PlainTextResponse("Er ging iets mis.", status["code"], retry)(scope, receive, send)

    def _log(self, scope: Scope, status: int) -> None:
        if scope["method"] in ("GET", "HEAD"):
            return
        who = scope.get(WHO, {})
        self.store.connection.execute(
            "INSERT INTO portal_post (at, method, path, identity_id, ura, status) VALUES (?, ?, ?, ?, ?, ?)",
            (now(), scope["method"], scope["path"], who.get("identity_id"), who.get("ura"), status),
        )
