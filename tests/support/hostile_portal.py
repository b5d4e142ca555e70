# SPDX-FileCopyrightText: gbz.zorgid contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""A portal that keeps the contract, over TLS, until it is told to answer something else; it counts what it is asked."""

from __future__ import annotations

import itertools
import json
import re
import threading
from collections import Counter
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

URA = "90000101"
CORE = "urn:ietf:params:scim:schemas:core:2.0:User"
EXTENSION = "urn:zorgid:scim:schemas:2.0:User"
MESSAGES = "urn:ietf:params:scim:api:messages:2.0:"


def user(number, **more):
    return {
        "schemas": [CORE, EXTENSION],
        "id": f"id-{number}",
        "userName": f"user{number}",
        "externalId": f"HR-{number}",
        "name": {"givenName": "Sanne", "familyName": f"Berg {number}"},
        "emails": [{"value": f"s{number}@linde.example", "primary": True}],
        "active": True,
        "meta": {"version": f'W/"{number}"'},
        EXTENSION: {"memberships": [{"ura": URA, "role": "employee"}], "device": {"state": "active"}},
        **more,
    }


def listing(users, total=None):
    total = len(users) if total is None else total
    return {"schemas": [MESSAGES + "ListResponse"], "totalResults": total, "Resources": users}


class Portal:
    """answers: path -> what is sent instead: bytes of a body, (status, headers, body), or a function that gets the
    handler and writes by itself. after: whether only once something has been posted."""

    def __init__(self):
        self.users, self.answers, self.after = [], {}, False
        self.stop = threading.Event()
        self.asked = Counter()
        self.number = itertools.count(1)
        self.lock = threading.Lock()
        self.config = {
            "patch": {"supported": True},
            "bulk": {"supported": True, "maxOperations": 100, "maxPayloadSize": 1000000},
            "filter": {"supported": True, "maxResults": 1000},
            "etag": {"supported": True},
        }

    @property
    def requests(self):
        return self.asked.total()

    @property
    def posted(self):
        return self.asked["/Bulk"] + self.asked["POST /Users"]

    def honest(self, method, path, query, body):
        if path == "/ServiceProviderConfig":
            return 200, self.config
        if path == "/Schemas":
            return 200, listing([{"id": CORE}, {"id": EXTENSION}])
        if path == f"/Organisations/{URA}":
            return 200, {"ura": URA}
        if path == "/Me":
            return 404, {}
        if path == "/Bulk":
            operations = []
            for item in json.loads(body)["Operations"]:
                status, made = self.change(item["method"], item["path"], item["data"])
                operations.append({"method": item["method"], "bulkId": item["bulkId"], "status": str(status)})
                if status >= 400:
                    operations[-1]["response"] = made
            return 200, {"schemas": [MESSAGES + "BulkResponse"], "Operations": operations}
        if method == "GET":
            start, count = (int(re.search(rf"{name}=(\d+)", query)[1]) for name in ("startIndex", "count"))
            return 200, listing(self.users[start - 1 : start - 1 + count], len(self.users))
        return self.change(method, path, json.loads(body))

    def change(self, method, path, data):
        with self.lock:
            if method == "POST":
                given = {name: data[name] for name in ("externalId", "name", "emails") if name in data}
                made = user(next(self.number), **given)
                self.users.append(made)
                return 201, made
            assert data["Operations"][0]["op"] == "remove", "nothing else is asked of this portal"
            self.users = [item for item in self.users if item["id"] != path.rpartition("/")[2]]
            return 204, {}


class Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"

    def serve(self):
        portal = self.server.portal
        body = self.rfile.read(int(self.headers.get("Content-Length") or 0))
        path, _, query = self.path.removeprefix("/scim/v2").partition("?")
        with portal.lock:
            posted = portal.posted
            portal.asked[path if path != "/Users" else f"{self.command} /Users"] += 1
        other = portal.answers.get(f"{self.command} {path}", portal.answers.get(path))
        if other is not None and (posted or not portal.after):
            if callable(other):
                other = other(self, body)
                if other is None:
                    self.close_connection = True
                    return
            status, headers, content = other if isinstance(other, tuple) else (200, {}, other)
        else:
            status, found = portal.honest(self.command, path, query, body)
            headers, content = {}, json.dumps(found).encode()
        self.say(status, headers, content)

    do_GET = do_POST = do_PATCH = serve  # noqa: N815 - http.server finds them by these names

    def say(self, status, headers, content):
        self.send_response(status)
        for name, value in {"Content-Type": "application/scim+json", **headers}.items():
            self.send_header(name, value)
        if status not in (204, 304):
            self.send_header("Content-Length", str(len(content)))
        self.end_headers()
        if status not in (204, 304):
            self.write(content)

    def write(self, content):
        """False when the other side has gone."""
        try:
            self.wfile.write(content)
            self.wfile.flush()
        except OSError:
            return False
        return True

    def handle(self):
        try:
            super().handle()
        except OSError:
            self.close_connection = True

    def log_message(self, *_words):
        """Quiet."""


class Server(ThreadingHTTPServer):
    daemon_threads = True
    request_queue_size = 64

    def __init__(self, context):
        super().__init__(("127.0.0.1", 0), Handler)
        self.socket = context.wrap_socket(self.socket, server_side=True, do_handshake_on_connect=False)
        self.portal = Portal()

    def handle_error(self, *_who):
        """A client that goes away is expected here."""


@contextmanager
def running(context):
    server = Server(context)
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02}, daemon=True)
    thread.start()
    try:
        yield server
    finally:
        server.shutdown()
        server.server_close()
        thread.join()
