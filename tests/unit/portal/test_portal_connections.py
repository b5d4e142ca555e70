# SPDX-FileCopyrightText: gbz.zorgid contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""Connections that several threads open at once share one TLS context; nobody may change it then (python/cpython issue
141012: memory that was freed was sent to the portal)."""

from __future__ import annotations

import ssl
import threading
from concurrent.futures import ThreadPoolExecutor

import pytest
from ansible_collections.gbz.zorgid.plugins.module_utils._net.connection_pool import NotConnectedError, Pool
from ansible_collections.gbz.zorgid.plugins.module_utils._net.tls import tls_context
from ansible_collections.gbz.zorgid.tests.support import hostile_portal
from zorgid_sandbox import tls

THREADS = 8


@pytest.fixture
def server(tmp_path):
    """Answers nothing before THREADS connections are open; chosen: what each agreed to speak (RFC 7301)."""
    tls.prepare(tmp_path)
    context = tls.server_context(tmp_path)
    context.set_alpn_protocols(["http/1.1"])
    together = threading.Barrier(THREADS, timeout=20)

    def answer(handler, _body):
        running.chosen.append(handler.connection.selected_alpn_protocol())
        together.wait()
        return 204, {}, b""

    with hostile_portal.running(context) as running:
        running.chosen, running.ca_path = [], str(tls.ca_path(tmp_path))
        running.portal.answers["GET /together"] = answer
        yield running


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
    url = f"https://127.0.0.1:{server.server_address[1]}/"
    pool = Pool(url, 20, tls_context("portal", server.ca_path), server.ca_path)
    with ThreadPoolExecutor(THREADS) as threads:
        answers = list(threads.map(lambda _: pool.send("GET", "/together", None, {})[0], range(THREADS)))
    pool.close()
    assert answers == [204] * THREADS
    assert server.chosen == ["http/1.1"] * THREADS  # it is still said what is spoken
    assert changed == [["http/1.1"]]


def test_nor_the_context_of_a_proxy(server, changed, monkeypatch):
    monkeypatch.setenv("HTTPS_PROXY", f"https://127.0.0.1:{server.server_address[1]}")
    monkeypatch.delenv("NO_PROXY", raising=False)
    monkeypatch.delenv("no_proxy", raising=False)
    pool = Pool("https://portal.example/", 20, tls_context("portal", server.ca_path), server.ca_path)
    for _ in range(3):
        with pytest.raises(NotConnectedError) as caught:
            pool.send("GET", "/", None, {})
        assert "501" in str(caught.value.__cause__)  # it was spoken to: the portal of this test is no proxy
    pool.close()
    assert changed == [["http/1.1"]] * 2  # one for the portal, one for the proxy
