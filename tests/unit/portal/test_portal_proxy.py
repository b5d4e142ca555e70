# SPDX-FileCopyrightText: gbz.zorgid contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""The way to the portal through a proxy, by the variables that the forms go by too: a real CONNECT proxy."""

from __future__ import annotations

import base64
import socket
import threading
from contextlib import suppress

import pytest
from ansible_collections.gbz.zorgid.plugins.module_utils._common.errors import ZorgidError
from ansible_collections.gbz.zorgid.plugins.module_utils._net import connection_pool
from ansible_collections.gbz.zorgid.plugins.module_utils._portal import desired, reconciler
from ansible_collections.gbz.zorgid.plugins.module_utils._portal.rules import Rules


class Proxy:
    """refusal: the status line it answers with instead of connecting; heads: what was asked of it."""

    def __init__(self):
        self.listener = socket.create_server(("127.0.0.1", 0))
        self.port = self.listener.getsockname()[1]
        self.refusal, self.heads = b"", []
        self.open = {self.listener}
        threading.Thread(target=self.accept, daemon=True).start()

    def accept(self):
        while True:
            try:
                client, _address = self.listener.accept()
            except OSError:
                return
            self.open.add(client)
            threading.Thread(target=self.serve, args=(client,), daemon=True).start()

    def serve(self, client):
        try:
            head = b""
            while b"\r\n\r\n" not in head:
                some = client.recv(4096)
                if not some:
                    return
                head += some
            self.heads.append(head.decode())
            if self.refusal:
                client.sendall(self.refusal)
                # Read to the end: a connection that is closed with something unread is reset, and the answer lost.
                client.shutdown(socket.SHUT_WR)
                while client.recv(65536):
                    pass
                client.close()
                return
            host, _, port = head.split()[1].decode().rpartition(":")
            server = socket.create_connection((host, int(port)), 5)
            self.open.add(server)
            client.sendall(b"HTTP/1.1 200 Connection established\r\n\r\n")
            back = threading.Thread(target=self.copy, args=(server, client), daemon=True)
            back.start()
            self.copy(client, server)
        except OSError:
            pass

    def copy(self, one, other):
        try:
            while some := one.recv(65536):
                other.sendall(some)
            other.shutdown(socket.SHUT_WR)
        except OSError:
            pass

    def close(self):
        for item in self.open:
            with suppress(OSError):
                item.shutdown(socket.SHUT_RDWR)
            item.close()


@pytest.fixture
def proxy(monkeypatch):
    for name in ("https_proxy", "http_proxy", "all_proxy", "no_proxy"):
        monkeypatch.delenv(name, raising=False)
        monkeypatch.delenv(name.upper(), raising=False)
    running = Proxy()
    yield running
    running.close()


def keep(organisation, count=3):
    people = [
        {"external_id": f"HR-{number}", "first_name": "Sanne", "last_name": f"Berg {organisation.ura} {number}"}
        for number in range(count)
    ]
    driver = organisation.driver()
    try:
        driver.connect(organisation.ura)
        return reconciler.keep(driver, desired.from_list(people), Rules(organisation.ura)).summary
    finally:
        driver.close()


@pytest.mark.parametrize("variable", ["HTTPS_PROXY", "https_proxy", "ALL_PROXY", "all_proxy"])
@pytest.mark.parametrize("form", ["http://127.0.0.1:{}", "127.0.0.1:{}", "http://127.0.0.1:{}/"])
def test_through_the_proxy(organisation, proxy, monkeypatch, variable, form):
    monkeypatch.setenv(variable, form.format(proxy.port))
    assert keep(organisation) == {"created": 3}
    portal = organisation.portal.url.removeprefix("https://").partition("/")[0]
    assert proxy.heads
    for head in proxy.heads:
        assert head.startswith(f"CONNECT {portal} HTTP/1.")
        assert "Authorization" not in head  # neither the token nor a password that nobody gave
        assert organisation.token not in head


def test_with_user_and_password(organisation, proxy, monkeypatch):
    monkeypatch.setenv("HTTPS_PROXY", f"http://jan:p%40ss%20w%C3%B6rd@127.0.0.1:{proxy.port}")
    assert keep(organisation) == {"created": 3}
    expected = base64.b64encode("jan:p@ss wörd".encode()).decode()
    assert all(f"Proxy-Authorization: Basic {expected}\r\n" in head for head in proxy.heads)


@pytest.mark.parametrize("hosts", ["127.0.0.1", "portal.example, 127.0.0.1", "127.0.0.0/8", "*"])
def test_no_proxy(organisation, proxy, monkeypatch, hosts):
    monkeypatch.setenv("HTTPS_PROXY", f"http://127.0.0.1:{proxy.port}")
    monkeypatch.setenv("NO_PROXY", hosts)
    assert keep(organisation) == {"created": 3}
    assert proxy.heads == []


@pytest.mark.parametrize(
    ("answer", "words"),
    [
        (b"HTTP/1.1 407 Proxy Authentication Required\r\nContent-Length: 0\r\n\r\n", "407 Proxy Authentication"),
        (b"HTTP/1.1 403 Forbidden\x1b[2J\r\nContent-Length: 0\r\n\r\n", "403 Forbidden"),
        (b"220 mail.example ESMTP\r\n", ""),
        (b"HTTP/1.1 200 OK\r\nX: " + b"x" * 100_000, ""),
        (b"HTTP/1.1 200 OK\r\n\r\nthis is no TLS", "TLS"),
        (b"\r\n" * 100, ""),
    ],
)
def test_a_proxy_that_refuses_is_named_without_its_password(organisation, proxy, monkeypatch, answer, words):
    proxy.refusal = answer
    monkeypatch.setenv("HTTPS_PROXY", f"http://jan:secret@127.0.0.1:{proxy.port}")
    with pytest.raises(ZorgidError) as caught:
        keep(organisation)
    said = str(caught.value)
    assert caught.value.code == "portal_unreachable"
    assert f"127.0.0.1:{proxy.port}" in caught.value.found
    assert words in said
    assert "HTTPS_PROXY" in said
    assert said.isprintable()
    assert "secret" not in said
    assert "jan" not in said
    assert len(proxy.heads) == 5  # one for each question that goes together; none is repeated


def test_a_proxy_that_is_not_there(organisation, proxy, monkeypatch):
    monkeypatch.setenv("HTTPS_PROXY", f"http://jan:secret@127.0.0.1:{proxy.port}")
    proxy.close()
    with pytest.raises(ZorgidError) as caught:
        keep(organisation)
    assert caught.value.code == "portal_unreachable"
    assert f"127.0.0.1:{proxy.port}" in caught.value.found
    assert "secret" not in str(caught.value)


@pytest.mark.parametrize(
    "value", ["socks5://jan:secret@127.0.0.1:1", "http://jan:secret@:3128", "http://h:secret", "ftp:"]
)
def test_a_proxy_of_another_kind(organisation, proxy, monkeypatch, value):
    monkeypatch.setenv("HTTPS_PROXY", value)
    with pytest.raises(ZorgidError) as caught:
        keep(organisation)
    assert caught.value.code == "portal_unreachable"
    assert "secret" not in str(caught.value)


def test_a_proxy_that_never_ends_its_answer(organisation, proxy, monkeypatch):
    monkeypatch.setattr(connection_pool, "MOST_BYTES", 100_000)
    proxy.refusal = b"HTTP/1.1 100 Continue\r\n\r\n" * 100_000
    monkeypatch.setenv("HTTPS_PROXY", f"http://127.0.0.1:{proxy.port}")
    with pytest.raises(ZorgidError) as caught:
        keep(organisation)
    assert caught.value.code == "portal_unreachable"


def test_to_this_machine_in_the_clear_no_proxy_is_used(organisation, proxy, monkeypatch):
    monkeypatch.setenv("HTTP_PROXY", f"http://127.0.0.1:{proxy.port}")
    monkeypatch.setenv("ALL_PROXY", f"http://127.0.0.1:{proxy.port}")
    with socket.create_server(("127.0.0.1", 0)) as nobody:
        port = nobody.getsockname()[1]
    pool = connection_pool.Pool(f"http://127.0.0.1:{port}/scim/v2", 1, None, None)
    with pytest.raises(connection_pool.NotConnectedError):
        pool.send("GET", "/Users", None, {"Authorization": "Bearer token"})
    assert proxy.heads == []
