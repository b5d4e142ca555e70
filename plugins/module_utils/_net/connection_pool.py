# SPDX-FileCopyrightText: gbz.zorgid contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""Connections to one portal: urllib3's pool, through a proxy if the environment names one. Each answer has a limit of
bytes and of seconds, from its first header on."""

from __future__ import annotations

import base64
import http.client
import io
import os
import socket
from typing import Any
from urllib.parse import unquote, urlsplit

from .._common.errors import ZorgidError
from .._common.libraries import needs
from .bounded import AnswerBound, EndlessAnswerError
from .tls import tls_context

#: bytes of one answer as sent, headers included: twenty-five times a page of a thousand users
MOST_BYTES = 16 * 1024 * 1024
#: the limit of a whole answer, as a multiple of the timeout (which restarts with each byte)
PATIENCE = 4
CONNECTIONS = 32


class NotConnectedError(Exception):
    """The request was not sent; the cause explains why."""


class _BoundedFile(io.RawIOBase):
    """The bytes of one answer, with the limits applied."""

    def __init__(self, raw: io.RawIOBase, bound: AnswerBound) -> None:
        self._raw = raw
        self._bound = bound

    def readable(self) -> bool:
        return True

    def readinto(self, buffer: Any) -> int | None:
        count = self._raw.readinto(buffer)
        self._bound.take(count or 0)
        return count

    def close(self) -> None:
        self._raw.close()
        super().close()


class _BoundedSocket:
    """A socket for http.client's response, which only calls ``makefile``: it returns a file with limits."""

    def __init__(self, sock: socket.socket) -> None:
        self._sock = sock

    def makefile(self, _mode: str) -> io.BufferedReader:
        raw: Any = self._sock.makefile("rb", buffering=0)
        bound = AnswerBound(MOST_BYTES, PATIENCE * (self._sock.gettimeout() or 60))
        return io.BufferedReader(_BoundedFile(raw, bound), 65536)


def _response(sock: socket.socket, *rest: Any, **more: Any) -> http.client.HTTPResponse:
    bounded: Any = _BoundedSocket(sock)
    return http.client.HTTPResponse(bounded, *rest, **more)


with needs("urllib3>=2.2"):
    import urllib3
    from urllib3.connection import HTTPConnection, HTTPSConnection
    from urllib3.exceptions import HTTPError, InsecureRequestWarning

    class _BoundedConnection:
        """Replaces methods of urllib3 in both kinds of connection."""

        response_class: Any = staticmethod(_response)

        def connect(self) -> None:
            try:
                super().connect()  # type: ignore[misc]
            except (OSError, http.client.HTTPException, HTTPError, EndlessAnswerError) as error:
                raise NotConnectedError from error

    from urllib3.util.ssl_ import ALPN_PROTOCOLS

    class _HttpConnection(_BoundedConnection, HTTPConnection):
        pass

    class _HttpsConnection(_BoundedConnection, HTTPSConnection):
        pass


def _shared(tls: Any) -> Any:
    """The context, with the protocol set once. urllib3 sets it again for each connection. While another thread opens
    one, CPython then reads memory that was freed (python/cpython issue 141012), and the portal, which gets a broken
    greeting, answers TLSV1_ALERT_DECODE_ERROR."""
    tls.set_alpn_protocols(ALPN_PROTOCOLS)
    tls.set_alpn_protocols = _already_set
    return tls


def _already_set(_protocols: list[str]) -> None:
    """In place of ``set_alpn_protocols``."""


class Pool:
    """Keep-alive connections for any number of threads. proxy: host and port of the proxy, or empty."""

    def __init__(self, url: str, timeout: float, tls: Any, ca_path: str | None) -> None:
        parts = urlsplit(url)
        more: dict[str, Any] = {"maxsize": CONNECTIONS, "timeout": timeout, "retries": False}
        host, self.proxy = parts.hostname or "", ""
        self._pool: Any
        if tls is None:
            # HTTP is for this machine only (scim_http.py), so a proxy never gets the token unencrypted.
            self._pool = urllib3.HTTPConnectionPool(host, parts.port, **more)
            self._pool.ConnectionCls = _HttpConnection
            return
        if not tls.check_hostname:
            urllib3.disable_warnings(InsecureRequestWarning)  # the user chose this with validate_certs
        more["ssl_context"] = _shared(tls)
        proxy = proxy_for(url)
        if proxy:
            self._pool = self._through(proxy, host, parts.port or 443, ca_path, more)
        else:
            self._pool = urllib3.HTTPSConnectionPool(host, parts.port, **more)
        self._pool.ConnectionCls = _HttpsConnection

    def _through(self, proxy: str, host: str, port: int, ca_path: str | None, more: dict[str, Any]) -> Any:
        try:
            parts = urlsplit(proxy if "://" in proxy else f"http://{proxy}")
            if parts.scheme not in ("http", "https") or not parts.hostname:
                raise ValueError
            name = f"[{parts.hostname}]" if ":" in parts.hostname else parts.hostname
            self.proxy = f"{name}:{parts.port or (443 if parts.scheme == 'https' else 80)}"
        except ValueError as error:
            raise ZorgidError(
                "portal_unreachable",
                "The proxy for the portal cannot be used",
                expected="HTTPS_PROXY like http://proxy.example:3128",
                found="another kind of address",
                action="correct HTTPS_PROXY, or add the portal's host to NO_PROXY",
            ) from error
        headers = {}
        if parts.username is not None:
            pair = f"{unquote(parts.username)}:{unquote(parts.password or '')}"
            headers["Proxy-Authorization"] = "Basic " + base64.b64encode(pair.encode()).decode()
        manager = urllib3.ProxyManager(
            f"{parts.scheme}://{self.proxy}",
            proxy_headers=headers,
            proxy_ssl_context=_shared(tls_context("proxy", ca_path)) if parts.scheme == "https" else None,
            **more,
        )
        return manager.connection_from_host(host, port, "https")

    def send(self, method: str, path: str, body: bytes | None, headers: dict[str, str]) -> tuple[int, bytes, Any]:
        """Status, body and headers of the answer. Redirects are returned as answers. Content encodings are not decoded:
        none was requested, and a compression bomb stays small. Errors: NotConnectedError; EndlessAnswerError, OSError
        and HTTPError when the request was sent and its answer may be lost."""
        answer = self._pool.request(
            method, path, body=body, headers=headers, redirect=False, preload_content=False, decode_content=False
        )
        try:
            found = answer.read()
        except BaseException:
            answer.close()
            raise
        answer.release_conn()
        return answer.status, found, answer.headers

    def close(self) -> None:
        self._pool.close()


def proxy_for(url: str) -> str | None:
    """The proxy for this address, by the rules of requests (also used for forms): HTTPS_PROXY, ALL_PROXY, NO_PROXY."""
    if not any(os.environ.get(name) for kind in ("https_proxy", "all_proxy") for name in (kind, kind.upper())):
        return None
    from requests.utils import get_environ_proxies, select_proxy

    return select_proxy(url, get_environ_proxies(url))
