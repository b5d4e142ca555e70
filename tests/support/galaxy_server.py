# SPDX-FileCopyrightText: gbz.zorgid contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""A Galaxy server with one collection, over a real socket: what `ansible-galaxy collection install` asks of one."""

from __future__ import annotations

import hashlib
import json
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any


@dataclass
class Shelf:
    """What lies on the server. A test changes it between two installs."""

    version: str
    archive: bytes
    signatures: list[str]
    url: str = ""

    def answer(self, path: str) -> Any:
        versions = "/api/v3/collections/gbz/zorgid/versions/"
        if path == "/api/":
            return {"available_versions": {"v3": "v3/"}}
        if path == "/api/v3/collections/gbz/zorgid/":
            return {"created_at": "2026-01-01T00:00:00Z", "updated_at": "2026-01-01T00:00:00Z"}
        if path == versions:
            return {"meta": {"count": 1}, "links": {"next": None}, "data": [{"version": self.version}]}
        if path == f"{versions}{self.version}/":
            return {
                "namespace": {"name": "gbz"},
                "collection": {"name": "zorgid"},
                "version": self.version,
                "href": path,
                "download_url": f"{self.url}/gbz-zorgid-{self.version}.tar.gz",
                "artifact": {"sha256": hashlib.sha256(self.archive).hexdigest()},
                "metadata": {"dependencies": {}},
                "signatures": [{"signature": one} for one in self.signatures],
            }
        return None


@contextmanager
def served(shelf: Shelf) -> Iterator[str]:
    """The address for ``--server``."""

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            path = self.path.partition("?")[0]
            answer = shelf.answer(path)
            body = shelf.archive if path.endswith(".tar.gz") else json.dumps(answer).encode()
            self.send_response(404 if answer is None and body != shelf.archive else 200)
            self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            self.wfile.write(body)

        def log_message(self, *_arguments: object) -> None:
            pass

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    shelf.url = f"http://127.0.0.1:{server.server_port}"
    thread = threading.Thread(target=server.serve_forever, daemon=True)
    thread.start()
    try:
        yield f"{shelf.url}/api/"
    finally:
        server.shutdown()
        server.server_close()
        thread.join()
