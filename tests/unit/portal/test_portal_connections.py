# SPDX-FileCopyrightText: gbz.zorgid contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""Connections that several threads open at once share one TLS context; nobody may change it then (python/cpython issue
141012: memory that was freed was sent to the portal)."""

from __future__ import annotations

import socket
import ssl
import threading
from concurrent.futures import ThreadPoolExecutor

import pytest
from ansible_collections.gbz.zorgid.plugins.module_utils._net.connection_pool import NotConnectedError, Pool
from ansible_collections.gbz.zorgid.plugins.module_utils._net.tls import tls_context
from zorgid_sandbox import tls

THREADS = 8


class Server:
    """Answers nothing before THREADS connections are open; chosen: what each agreed to speak (RFC 7301)."""

    def __init__(self, context):
        self.chosen, self.together = [], threading.Barrier(THREADS, timeout=20)
        self.context = context
        self.listener = socket.create_server(("127.0.0.1", 0), backlog=THREADS)
        self.port = self.listener.getsockname()[1]
        threading.Thread(target=self.accept, daemon=True).start()

    def accept(self):
        while True:
            try:
                client, _address = self.listener.accept()
            except OSError:
                return
            threading.Thread(target=self.serve, args=(client,), daemon=True).start()

    def serve(self, client):
        with self.context.wrap_socket(client, server_side=True) as secure:
            self.chosen.append(secure.selected_alpn_protocol())
            if not secure.recv(4096).startswith(b"CONNECT "):
                self.together.wait()
                secure.sendall(b"HTTP/1.1 204 Nothing\r\n\r\n")
            else:
                secure.sendall(b"HTTP/1.1 502 No way\r\nContent-Length: 0\r\n\r\n")


@pytest.fixture
def server(tmp_path):
    tls.prepare(tmp_path)
    context = tls.server_context(tmp_path)
    context.set_alpn_protocols(["http/1.1"])
    running = Server(context)
    running.ca_path = str(tls.ca_path(tmp_path))
    yield running
    running.listener.close()


@pytest.fixture
def changed(monkeypatch):
    """The protocols that were set in a context, by whom it may be."""
    seen, real = [], ssl.SSLContext.set_alpn_protocols

    def count(context, protocols):
        seen.append(protocols)
        real(context, protocols)

    monkeypatch.setattr(ssl.SSLContext, "set_alpn_protocols", count)
    return seen


def test_no_connection_changes_the_context_of_the_others(server, changed):
    url = f"https://127.0.0.1:{server.port}/"
    pool = Pool(url, 20, tls_context("portal", server.ca_path), server.ca_path)
    with ThreadPoolExecutor(THREADS) as threads:
        answers = list(threads.map(lambda _: pool.send("GET", "/", None, {})[0], range(THREADS)))
    pool.close()
    assert answers == [204] * THREADS
    assert server.chosen == ["http/1.1"] * THREADS  # it is still said what is spoken
    assert changed == [["http/1.1"]]


def test_nor_the_context_of_a_proxy(server, changed, monkeypatch):
    monkeypatch.setenv("HTTPS_PROXY", f"https://127.0.0.1:{server.port}")
    monkeypatch.delenv("NO_PROXY", raising=False)
    monkeypatch.delenv("no_proxy", raising=False)
    pool = Pool("https://portal.example/", 20, tls_context("portal", server.ca_path), server.ca_path)
    for _ in range(3):
        with pytest.raises(NotConnectedError):
            pool.send("GET", "/", None, {})
    pool.close()
    assert server.chosen == ["http/1.1"] * 3
    assert changed == [["http/1.1"]] * 2  # one for the portal, one for the proxy
