# SPDX-FileCopyrightText: gbz.zorgid contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""Bulk (RFC 7644 §3.7): operations in order, each on its own, in one SQLite transaction."""

from __future__ import annotations

import asyncio
from typing import Any

from starlette.requests import Request
from starlette.responses import Response

from . import discovery
from .changes import BASE, operate
from .errors import RefusalError
from .faults import Faults
from .http import answer, cut, load
from .store import Store, Token

BULK = "urn:ietf:params:scim:api:messages:2.0:BulkResponse"


async def run(
    store: Store, faults: Faults, request: Request, token: Token, body: bytes, latency: dict[str, Any] | None
) -> Response:
    if faults.take("bulk_off", "POST", "Bulk"):
        raise RefusalError(501, "This portal offers no Bulk")
    if len(body) > discovery.MAX_PAYLOAD:
        raise RefusalError(413, f"A bulk request is at most {discovery.MAX_PAYLOAD} bytes (maxPayloadSize)")
    data = load(body)
    operations = data.get("Operations") if isinstance(data, dict) else None
    if not isinstance(operations, list):
        raise RefusalError(400, "A bulk request has a list of Operations", "invalidSyntax")
    if len(operations) > discovery.MAX_OPERATIONS:
        raise RefusalError(413, f"A bulk request has at most {discovery.MAX_OPERATIONS} operations (maxOperations)")
    if latency and latency["operation_ms"]:
        await asyncio.sleep(latency["operation_ms"] * len(operations) / 1000)
    reset = faults.take("reset", "POST", "Bulk")
    if reset:
        operations = operations[: reset["after"]]
    results, errors, made = [], 0, dict[str, str]()
    base = f"{request.url.scheme}://{request.url.netloc}"
    for operation in operations:
        result = _one(store, faults, token, operation, made, base)
        results.append(result)
        errors += int(result["status"]) >= 400
        if data.get("failOnErrors") and errors >= data["failOnErrors"]:
            break
    if reset:
        return cut(request)
    return answer(200, {"schemas": [BULK], "Operations": results})


def _one(store: Store, faults: Faults, token: Token, operation: Any, made: dict[str, str], base: str) -> dict[str, Any]:
    if not isinstance(operation, dict):
        return {"status": "400", "response": RefusalError(400, "An operation is an object", "invalidSyntax").body()}
    result: dict[str, Any] = {"method": operation.get("method")}
    bulk_id = operation.get("bulkId")
    if bulk_id is not None:
        result["bulkId"] = bulk_id
    try:
        method, path = str(operation.get("method")).upper(), str(operation.get("path", ""))
        if method not in ("POST", "PUT", "PATCH", "DELETE"):
            raise RefusalError(400, "method is one of POST, PUT, PATCH, DELETE", "invalidSyntax")
        if method == "POST" and not bulk_id:
            raise RefusalError(400, "A POST in Bulk has a bulkId", "invalidSyntax")
        done = operate(
            store, faults, token, method, _refer(path, made), operation.get("data"), operation.get("version")
        )
        if done.resource is not None:
            result["location"], result["version"] = base + done.location, done.version
            if bulk_id:
                made[str(bulk_id)] = done.location.rpartition("/")[2]
        elif method != "POST":
            result["location"] = f"{base}{BASE}/{_refer(path, made).strip('/')}"
        result["status"] = str(done.status)
    except RefusalError as refused:
        result["status"], result["response"] = str(refused.status), refused.body()
    return result


def _refer(path: str, made: dict[str, str]) -> str:
    """A path with the id of a resource that an earlier operation made (RFC 7644 §3.7.2)."""
    head, mark, bulk_id = path.partition("bulkId:")
    if not mark:
        return path
    if bulk_id not in made:
        raise RefusalError(409, f"No earlier operation made bulkId {bulk_id}", "invalidValue")
    return head + made[bulk_id]
