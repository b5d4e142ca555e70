# SPDX-FileCopyrightText: gbz.zorgid contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""SCIM 2.0 over HTTP (RFC 7644) with plain dicts; one SQLite transaction per request, a bulk request too."""

from __future__ import annotations

import asyncio
from datetime import UTC, datetime
from typing import Any

import orjson
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from . import bulk, devices, discovery, identities, organisations, views
from .changes import operate
from .errors import RefusalError
from .faults import Faults
from .filters import compile_filter, parse
from .http import answer, cut, load
from .lists import paging, project, sort
from .store import Store, Token, digest, encode

LIST = "urn:ietf:params:scim:api:messages:2.0:ListResponse"


class Scim:
    """The SCIM service over one store."""

    def __init__(self, store: Store, faults: Faults) -> None:
        self.store, self.faults = store, faults
        self._configs = {offered: discovery.make_config(offered) for offered in (True, False)}
        self._types = discovery.make_resource_types()
        self._schemas = discovery.make_schemas()

    def routes(self) -> list[Route]:
        return [Route("/scim/v2/{path:path}", self.handle, methods=["GET", "POST", "PUT", "PATCH", "DELETE"])]

    async def handle(self, request: Request) -> Response:
        path, method = request.path_params["path"], request.method
        self.faults.refresh()
        if latency := self.faults.take("latency", method, path):
            await asyncio.sleep(latency["request_ms"] / 1000)
        body = await request.body()
        try:
            token = self.authenticate(request, method, path)
            if fault := self.faults.take("status", method, path):
                retry = {"Retry-After": str(fault["retry_after"])} if fault["code"] in (429, 503) else {}
                return answer(fault["code"], RefusalError(fault["code"], "Try again later").body(), retry)
            if path == "Bulk" and method == "POST":
                response = await bulk.run(self.store, self.faults, request, token, body, latency)
            else:
                if latency and method != "GET":
                    await asyncio.sleep(latency["operation_ms"] / 1000)
                if self.faults.take("reset", method, path):
                    return cut(request)
                response = await self.one(request, token, method, path, body)
        except RefusalError as refused:
            challenge = {"WWW-Authenticate": 'Bearer realm="ZORG-ID"'} if refused.status == 401 else None
            response = answer(refused.status, refused.body(), challenge)
        finally:
            self.store.commit()
        if method != "GET" and self.faults.take("lost_answer", method, path):
            return cut(request)
        return response

    def authenticate(self, request: Request, method: str, path: str) -> Token:
        scheme, _, secret = request.headers.get("authorization", "").partition(" ")
        token = self.store.tokens.get(digest(secret)) if scheme.lower() == "bearer" else None
        if token is None:
            raise RefusalError(401, "A valid bearer token is needed: make one on the portal's page Toegangstokens")
        if token.revoked:
            raise RefusalError(401, "This token was revoked")
        moment = datetime.now(UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z")
        if token.expires <= moment or self.faults.take("token_expired", method, path):
            raise RefusalError(401, "This token has expired: make a new one on the portal's page Toegangstokens")
        if token.identity_id is not None:
            owner = self.store.identities.get(token.identity_id)
            role = owner and owner.document["memberships"].get(token.ura, {}).get("role")
            known = owner is not None and devices.is_active(owner.document["device"])
            if not known or role not in ("administrator", "operator"):
                raise RefusalError(401, "Whoever made this token is no administrator or operator (any more)")
            if role == "operator":
                token.role = role
        return token

    async def one(self, request: Request, token: Token, method: str, path: str, body: bytes) -> Response:
        kind, _, key = path.strip("/").partition("/")
        if (method, kind, key) in (("POST", ".search", ""), ("POST", "Users", ".search")):
            return await self.search(token, load(body), users_only=kind == "Users")
        if (method, kind, key) == ("POST", "Organisations", ".search"):
            return self.list_plain(organisations.visible(self.store, token), load(body))
        if kind in ("ServiceProviderConfig", "ResourceTypes", "Schemas"):
            return self.discover(token, method, kind, key, dict(request.query_params))
        if (method, kind, key) == ("GET", "Me", "") and token.identity_id is not None:
            return self.read_one(request, token, "Users", token.identity_id)
        if method == "GET" and kind == "Users" and not key:
            return await self.list_users(token, dict(request.query_params))
        if method == "GET" and kind == "Organisations" and not key:
            return self.list_plain(organisations.visible(self.store, token), dict(request.query_params))
        if method == "GET":
            return self.read_one(request, token, kind, key)
        done = operate(
            self.store, self.faults, token, method, path, load(body) if body else None, request.headers.get("if-match")
        )
        if done.resource is None:
            return answer(done.status)
        headers = {
            "ETag": done.version,
            "Location": f"{request.url.scheme}://{request.url.netloc}{done.location}",
        }
        query = dict(request.query_params)
        if "attributes" in query or "excludedAttributes" in query:
            return answer(done.status, project(orjson.loads(done.resource()), query), headers)
        return answer(done.status, done.resource(), headers)

    def read_one(self, request: Request, token: Token, kind: str, key: str) -> Response:
        if kind == "Users" and key:
            identity = identities.get(self.store, token, key)
            content, version = views.rendered(identity, token.ura), views.etag(identity.document)
        elif kind == "Organisations" and key:
            resource = organisations.get(self.store, token, key)
            content, version = encode(resource), resource["meta"]["version"]
        else:
            raise RefusalError(404, f"There is nothing at /{kind}")
        if request.headers.get("if-none-match") == version:
            return answer(304, None, {"ETag": version})
        query = dict(request.query_params)
        if "attributes" in query or "excludedAttributes" in query:
            return answer(200, project(orjson.loads(content), query), {"ETag": version})
        return answer(200, content, {"ETag": version})

    # lists ------------------------------------------------------------------------------------------------------------

    async def list_users(self, token: Token, query: dict[str, Any]) -> Response:
        if slow := self.faults.take("slow_pages", "GET", "Users"):
            await asyncio.sleep(slow["ms"] / 1000)
        start, count = paging(query)
        own = self.store.members.get(token.ura, {})
        if start > 1 and own and self.faults.take("page_shift", "GET", "Users"):
            first = next(iter(own))
            own[first] = own.pop(first)
        people = self.store.identities
        special = {"filter", "sortBy", "attributes", "excludedAttributes"} & query.keys()
        if not special:
            keys = list(own)
            page = [views.rendered(people[key], token.ura) for key in keys[start - 1 : start - 1 + count]]
            head = f'{{"schemas":["{LIST}"],"totalResults":{len(keys)},"startIndex":{start},"itemsPerPage":{len(page)},'
            return answer(200, head.encode() + b'"Resources":[' + b",".join(page) + b"]}")
        found = [people[key] for key in self._narrow(token.ura, query.get("filter"), own)]
        return self.list_plain([views.view(identity, token.ura) for identity in found], query)

    def _narrow(self, ura: str, expression: Any, own: dict[str, None]) -> list[str]:
        """The members a filter can match: one, when it asks for an equal externalId or userName."""
        if expression:
            node = parse(str(expression))
            path, op = getattr(node, "attr_path", None), getattr(node, "op", None)
            value = getattr(node, "value", None)
            if (
                path is not None
                and op is not None
                and op.value == "eq"
                and isinstance(value, str)
                and not path.sub_attr
            ):
                index = {
                    "externalid": self.store.by_external.get((ura, value)),
                    "username": self.store.by_user_name.get(value.casefold()),
                }
                if path.attr.lower() in index:
                    key = index[path.attr.lower()]
                    return [key] if key in own else []
        return list(own)

    def list_plain(self, resources: list[dict[str, Any]], query: dict[str, Any]) -> Response:
        start, count = paging(query)
        if query.get("filter"):
            test = compile_filter(parse(str(query["filter"])))
            resources = [resource for resource in resources if test(resource)]
        if query.get("sortBy"):
            resources = sort(resources, str(query["sortBy"]), str(query.get("sortOrder", "ascending")))
        page = [project(resource, query) for resource in resources[start - 1 : start - 1 + count]]
        return answer(
            200,
            {
                "schemas": [LIST],
                "totalResults": len(resources),
                "startIndex": start,
                "itemsPerPage": len(page),
                "Resources": page,
            },
        )

    async def search(self, token: Token, query: Any, users_only: bool) -> Response:
        if not isinstance(query, dict):
            raise RefusalError(400, "A search request is a JSON object", "invalidSyntax")
        if users_only:
            return await self.list_users(token, query)
        own = [views.view(self.store.identities[key], token.ura) for key in self.store.members.get(token.ura, {})]
        return self.list_plain(own + organisations.visible(self.store, token), query)

    def discover(self, token: Token, method: str, kind: str, key: str, query: dict[str, Any]) -> Response:
        if method != "GET":
            raise RefusalError(405, f"{kind} is only read")
        if "filter" in query:
            raise RefusalError(403, "Discovery documents are not filtered")
        if kind == "ServiceProviderConfig":
            return answer(200, self._configs[self.faults.take("bulk_off", method, kind) is None])
        items = self._types if kind == "ResourceTypes" else discovery.scoped(self._schemas, token.ura)
        if not key:
            return self.list_plain(items, {"count": len(items)})
        found = next((item for item in items if item["id"] == key), None)
        if found is None:
            raise RefusalError(404, f"There is no {kind}/{key}")
        return answer(200, found)
