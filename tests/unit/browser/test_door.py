# SPDX-FileCopyrightText: gbz.zorgid contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""The browser's only way out, without a browser."""

from __future__ import annotations

import base64
import os
import socket
import ssl
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from urllib.parse import urlsplit

import pytest
from ansible_collections.gbz.zorgid.plugins.module_utils._browser import door as whose
from ansible_collections.gbz.zorgid.plugins.module_utils._browser.door import Door, own_certificate
from ansible_collections.gbz.zorgid.plugins.module_utils._net.tls import tls_context
from ansible_collections.gbz.zorgid.tests.support.browser_sites import resetting_site
from ansible_collections.gbz.zorgid.tests.support.intake_support import Pki, Reply, serve


def ask(door: Door, target: str, method: str = "CONNECT") -> tuple[socket.socket, str]:
    """Connected through the door to this host, and what the door answered."""
    parts = urlsplit(door.address)
    near = socket.create_connection((parts.hostname, parts.port), timeout=10)
    near.sendall(f"{method} {target} HTTP/1.1\r\nHost: {target}\r\n\r\n".encode())
    head = b""
    while not head.endswith(b"\r\n\r\n") and (one := near.recv(1)):
        head += one
    return near, head.decode().partition("\r\n")[0]


def page(near: socket.socket, context: ssl.SSLContext) -> bytes:
    with context.wrap_socket(near, server_hostname="127.0.0.1") as secured:
        secured.sendall(b"POST /x HTTP/1.1\r\nContent-Length: 3\r\n\r\nabc")
        answer = b""
        while b"Hallo" not in answer and (some := secured.recv(1000)):
            answer += some
        return answer


@contextmanager
def proxy(heard: list[str]) -> Iterator[str]:
    """A proxy that wants a name and a password, for one connection."""
    listening = socket.create_server(("127.0.0.1", 0))

    def serve() -> None:
        with suppress(OSError), listening.accept()[0] as near:
            head = b""
            while not head.endswith(b"\r\n\r\n"):
                head += near.recv(1)
            heard.append(head.decode())
            host, _, port = head.split()[1].decode().rpartition(":")
            with socket.create_connection((host, int(port))) as far:
                near.sendall(b"HTTP/1.1 200 OK\r\n\r\n")
                back = threading.Thread(target=_copy, args=(far, near), daemon=True)
                back.start()
                _copy(near, far)

    threading.Thread(target=serve, daemon=True).start()
    try:
        yield f"http://jan:ge%40heim@127.0.0.1:{listening.getsockname()[1]}"
    finally:
        listening.close()


def _copy(one: socket.socket, other: socket.socket) -> None:
    with suppress(OSError):
        while data := one.recv(1000):
            other.sendall(data)


@pytest.fixture
def host(pki: Pki) -> Iterator[str]:
    with resetting_site(pki, lambda *_: "Hallo", ["http/1.1"]) as heard:
        yield heard.host


def test_only_the_hosts_of_the_map(host: str, pki: Pki) -> None:
    door = Door({host: ""}, None, None)
    door.open()
    name, port = host.split(":")
    for target in (f"{name}:{int(port) - 1}", "localhost:" + port, "portaal.example:443", "127.0.0.1:x", "[::1", ""):
        near, answer = ask(door, target)
        near.close()
        assert "200" not in answer
    near, answer = ask(door, f"https://{host}/", method="GET")
    near.close()
    assert answer == "HTTP/1.1 403 Forbidden"
    near, answer = ask(door, host)
    assert answer == "HTTP/1.1 200 Connected"
    assert b"Hallo" in page(near, tls_context("portal", str(pki.ca_path)))


def test_a_head_in_pieces_and_nothing_of_what_follows_it() -> None:
    near, far = socket.socketpair()
    pieces = (b"CONNECT a:443 HTTP/1.1\r\n", b"Host: a\r", b"\n\r", b"\nfirst")

    def send() -> None:
        for piece in pieces:
            far.sendall(piece)
            time.sleep(0.05)

    with near, far:
        sending = threading.Thread(target=send)
        sending.start()
        assert whose._head(near) == b"CONNECT a:443 HTTP/1.1\r\nHost: a\r\n\r\n"
        assert near.recv(100) == b"first"
        sending.join()


def test_a_head_without_end() -> None:
    near, far = socket.socketpair()
    with near, far:
        sending = threading.Thread(target=far.sendall, args=(b"x" * 40_000,), daemon=True)
        sending.start()
        with pytest.raises(ConnectionError):
            whose._head(near)


def test_only_for_the_user_who_runs_it(host: str, monkeypatch: pytest.MonkeyPatch) -> None:
    door = Door({host: ""}, None, None)
    door.open()
    monkeypatch.setattr(os, "geteuid", lambda: 4242)
    near, answer = ask(door, host)
    near.close()
    assert answer == "HTTP/1.1 403 Forbidden"


def test_whose_a_connection_is() -> None:
    """The kernel's list of all connections lacks some while others begin and end; the question about one does not."""
    with socket.create_server(("127.0.0.1", 0)) as listening:
        with socket.create_connection(listening.getsockname()) as near:
            far = listening.accept()[0]
            ends = far.getpeername(), far.getsockname()
            assert whose._user_of(*ends) == whose._listed_user_of(*ends) == os.geteuid()
            assert whose._ours(far)
            far.close()
            free = near.getsockname()
        # Only the listening socket is left there.
        assert whose._user_of(listening.getsockname(), ("127.0.0.1", 9)) is None
        assert whose._listed_user_of(listening.getsockname(), ("127.0.0.1", 9)) is None
        assert whose._user_of(free, ("127.0.0.1", 9)) is None


def test_whose_it_is_where_the_kernel_does_not_tell(monkeypatch: pytest.MonkeyPatch) -> None:
    """And the list is looked at again if the connection is not on it."""
    found = iter([None, None, os.geteuid()])
    monkeypatch.setattr(whose, "_user_of", lambda *_: None)
    monkeypatch.setattr(whose, "_listed_user_of", lambda *_: next(found))
    with socket.create_server(("127.0.0.1", 0)) as listening, socket.create_connection(listening.getsockname()):
        far = listening.accept()[0]
        assert whose._ours(far)
        assert next(found, None) is None
        far.close()


def test_a_client_certificate(pki: Pki, tmp_path: Path) -> None:
    """The portal wants one; the browser has none."""
    with serve(pki, lambda _: Reply("Hallo"), clients=True) as site:
        host = site.url.split("/")[2]
        shown = own_certificate([host], tmp_path)
        own = tls_context("portal", str(pki.ca_path), str(pki.certificate_path), str(pki.key_path))
        for tls, there in ((own, True), (tls_context("portal", str(pki.ca_path)), False)):
            door = Door({host: ""}, tls, shown)
            door.open()
            near, _ = ask(door, host)
            context = ssl.create_default_context(cafile=shown.path)
            context.verify_flags &= ~ssl.VERIFY_X509_STRICT
            try:
                answer = page(near, context)
            except OSError:
                answer = b""
            assert (b"Hallo" in answer) is there


def test_verified_here_and_shown_another_certificate(host: str, pki: Pki, tmp_path: Path) -> None:
    shown = own_certificate([host, "portaal.example"], tmp_path)
    assert [path.name for path in tmp_path.iterdir()] == ["shown.pem"]  # its key is nowhere
    door = Door({host: ""}, tls_context("portal", str(pki.ca_path)), shown)
    door.open()
    near, _ = ask(door, host)
    context = ssl.create_default_context(cafile=shown.path)
    context.verify_flags &= ~ssl.VERIFY_X509_STRICT
    assert b"Hallo" in page(near, context)
    assert door.untrusted is False
    assert door.spki == shown.spki
    stranger = Door({host: ""}, tls_context("portal", None), shown)
    stranger.open()
    near, answer = ask(stranger, host)
    near.close()
    assert (answer, stranger.untrusted) == ("", True)


def test_through_a_proxy_with_a_password(host: str, pki: Pki) -> None:
    heard: list[str] = []
    with proxy(heard) as address:
        door = Door({host: address}, None, None)
        door.open()
        near, _ = ask(door, host)
        assert b"Hallo" in page(near, tls_context("portal", str(pki.ca_path)))
    secret = base64.b64encode(b"jan:ge@heim").decode()
    assert f"CONNECT {host} HTTP/1.1" in heard[0]
    assert f"Proxy-Authorization: Basic {secret}\r\n" in heard[0]
