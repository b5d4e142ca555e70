# SPDX-FileCopyrightText: gbz.zorgid contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""A portal that cannot be reached for a moment, and one that cannot be reached at all."""

from __future__ import annotations

import threading
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

import pytest
from ansible_collections.gbz.zorgid.plugins.module_utils._common.errors import ZorgidError
from ansible_collections.gbz.zorgid.plugins.module_utils._portal.scim_http import ScimClient, ScimSettings


class Answers(BaseHTTPRequestHandler):
    """One answer a connection, so that each request has to connect."""

    posted = 0

    def do_POST(self):
        self.rfile.read(int(self.headers["Content-Length"]))
        Answers.posted += 1
        self.do_GET()

    def do_GET(self):
        self.send_response(200)
        self.send_header("Content-Length", "2")
        self.end_headers()
        self.wfile.write(b"{}")

    def log_message(self, *_words):
        """Quiet."""


def listen(port=0):
    server = ThreadingHTTPServer(("127.0.0.1", port), Answers)
    threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02}, daemon=True).start()
    return server


def test_a_portal_that_answered_before_is_given_a_moment():
    first = listen()
    port = first.server_address[1]
    client = ScimClient(ScimSettings(f"http://127.0.0.1:{port}/scim/v2", token="t", timeout=5))
    assert client.send("GET", "/Me").status == 200
    first.shutdown()
    first.server_close()
    again: list[ThreadingHTTPServer] = []
    back = threading.Timer(0.3, lambda: again.append(listen(port)))
    back.start()
    Answers.posted = 0
    assert client.send("POST", "/Users", b"{}").status == 200
    back.join()
    assert Answers.posted == 1
    client.close()
    again[0].shutdown()
    again[0].server_close()


def test_a_portal_that_never_answered_is_not_waited_for():
    first = listen()
    port = first.server_address[1]
    first.shutdown()
    first.server_close()
    with pytest.raises(ZorgidError) as caught:
        ScimClient(ScimSettings(f"http://127.0.0.1:{port}/scim/v2", token="t")).send("GET", "/Me")
    assert caught.value.code == "portal_unreachable"
