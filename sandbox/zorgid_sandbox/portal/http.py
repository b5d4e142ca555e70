# SPDX-FileCopyrightText: gbz.zorgid contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""Requests and answers as bytes."""

from __future__ import annotations

from typing import Any

import orjson
from starlette.requests import Request
from starlette.responses import Response

from .errors import RefusalError
from .store import encode


def answer(status: int, body: Any = None, headers: dict[str, str] | None = None) -> Response:
    content = body if isinstance(body, bytes) else b"" if body is None else encode(body)
    return Response(content, status, headers, media_type="application/scim+json")


def load(body: bytes) -> Any:
    try:
        return orjson.loads(body)
    except ValueError:
        raise RefusalError(400, "The body is not JSON", "invalidSyntax") from None


def cut(request: Request, how: str = "connection") -> Response:
    """Break the connection instead of answering, as a network does; over HTTP/2 perhaps only the stream."""
    cycle = getattr(request.receive, "__self__", None)
    if cycle is not None and how != "connection" and hasattr(cycle, "reset"):
        cycle.reset(refused=how == "refused_stream")
    elif cycle is not None:
        cycle.transport.abort()
    return Response(status_code=500)
