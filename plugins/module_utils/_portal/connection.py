# SPDX-FileCopyrightText: gbz.zorgid contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""HTTP to the portal: keep-alive connections of http.client over one TLS context, repeated only where that is safe.

http.client makes three times as many requests per second as requests and needs no library (docs/decisions/0050).
"""

from __future__ import annotations

import http.client
import json
import queue
import random
import socket
import ssl
import threading
import time
from collections.abc import Callable
from dataclasses import dataclass
from email.utils import parsedate_to_datetime
from pathlib import Path
from typing import Any, NamedTuple
from urllib.parse import urlsplit

from .._common.errors import ZorgidError
from .._common.tls import context

LATER = (429, 503)


class LostAnswerError(Exception):
    """The request may or may not have been processed."""


class _NotConnectedError(Exception):
    """The request did not leave."""


@dataclass(frozen=True)
class Settings:
    """Where the portal is and how to reach it. timeout: seconds for a connection and again for each answer; a portal
    that has answered nothing usable for ten times as long is given up, by all connections together.
    token_path: a file that something else keeps fresh; it is read again when the portal refuses the token."""

    url: str
    token: str | None = None
    token_path: str | None = None
    ca_path: str | None = None
    client_cert: str | None = None
    client_key: str | None = None
    validate_certs: bool = True
    timeout: float = 30


class Answer(NamedTuple):
    status: int
    body: bytes
    headers: http.client.HTTPMessage

    def json(self) -> Any:
        """The body; ``portal_answer_unreadable`` when it is no JSON object."""
        try:
            parsed = json.loads(self.body)
        except ValueError:
            parsed = None
        if not isinstance(parsed, dict):
            raise ZorgidError(
                "portal_answer_unreadable",
                "The portal's answer cannot be read",
                expected="a JSON object (SCIM 2.0, RFC 7644)",
                found=f"{self.headers.get('Content-Type', 'no type')}, status {self.status}",
                action="check portal_url: it ends where /Users would follow",
            )
        return parsed


def _tls(settings: Settings) -> ssl.SSLContext:
    made = context("portal", settings.ca_path, settings.client_cert, settings.client_key)
    if not settings.validate_certs:
        made.check_hostname = False
        made.verify_mode = ssl.CERT_NONE
    return made


class Client:
    """Requests from any number of threads; each takes an idle connection or opens one."""

    def __init__(self, settings: Settings) -> None:
        parts = urlsplit(settings.url)
        if parts.scheme not in ("https", "http") or not parts.hostname:
            raise ZorgidError(
                "portal_url_invalid",
                "portal_url is not an address",
                expected="https://host/scim/v2",
                found="something else",
                action="correct portal_url",
            )
        if parts.scheme == "http" and parts.hostname not in ("127.0.0.1", "localhost", "::1"):
            raise ZorgidError(
                "portal_url_insecure",
                "The portal's address has no TLS, so the token and personal data would go in the clear",
                expected="https://",
                found="http://",
                action="correct portal_url",
            )
        self.settings = settings
        self._host, self._port = parts.hostname, parts.port
        self._where = parts.hostname + (f":{parts.port}" if parts.port else "")
        self.base = parts.path.rstrip("/")
        self._context = _tls(settings) if parts.scheme == "https" else None
        self._idle: queue.LifoQueue[http.client.HTTPConnection] = queue.LifoQueue()
        self._lock = threading.Lock()
        self._token = self._read_token()
        self._answered = time.monotonic()
        self._met = False

    def _read_token(self) -> str:
        if not self.settings.token_path:
            return self.settings.token or ""
        try:
            return Path(self.settings.token_path).read_text(encoding="utf-8").strip()
        except (OSError, UnicodeDecodeError) as error:
            raise ZorgidError(
                "token_unreadable",
                "The file given as token_path cannot be read",
                expected="a file that holds the token",
                found=getattr(error, "strerror", None) or type(error).__name__,
                action="correct token_path",
            ) from error

    def _open(self) -> http.client.HTTPConnection:
        timeout = self.settings.timeout
        if self._context is None:
            connection = http.client.HTTPConnection(self._host, self._port, timeout=timeout)
        else:
            connection = http.client.HTTPSConnection(self._host, self._port, timeout=timeout, context=self._context)
        connection.connect()
        return connection

    def close(self) -> None:
        while True:
            try:
                self._idle.get_nowait().close()
            except queue.Empty:
                return

    def send(
        self, method: str, path: str, body: bytes | None = None, version: str | None = None, *, safe: bool | None = None
    ) -> Answer:
        """One request. It is repeated after 429 and 503 (which say that nothing was done), after a failed connection
        and, when ``safe`` (default: GET), after a lost answer; otherwise a lost answer raises LostAnswerError."""
        if safe is None:
            safe = method == "GET"
        if method != "GET":
            self._refuse_when_silent()
        attempt, renewed = 0, False
        while True:
            token = self._token
            headers = {"Authorization": f"Bearer {token}", "Accept": "application/scim+json"}
            if body is not None:
                headers["Content-Type"] = "application/scim+json"
            if version:
                headers["If-Match"] = version
            attempt += 1
            try:
                answer = self._once(method, path, body, headers)
            except _NotConnectedError as error:
                # A portal that answered before may be too busy for a moment; one that never did is not there.
                told = self._unreachable(error.__cause__ or error)
                if not self._met or told.code == "tls_untrusted" or attempt > 4 or not self._pause(None, attempt):
                    raise told from error
                continue
            except LostAnswerError:
                if not safe or attempt > 4 or not self._pause(None, attempt):
                    raise
                continue
            if answer.status in LATER:
                if self._pause(answer.headers.get("Retry-After"), attempt):
                    continue
                raise self._silent(f"status {answer.status} only")
            self._answered, self._met = time.monotonic(), True
            if answer.status == 401:
                if not renewed and self._renew(token):
                    renewed = True
                    continue
                raise ZorgidError(
                    "portal_token_refused",
                    f"The portal at {self._where} refuses the token",
                    expected="a token that is valid now",
                    found="status 401: unknown, expired or revoked",
                    action="make a new token on the portal's page and give it as token",
                )
            return answer

    def _once(self, method: str, path: str, body: bytes | None, headers: dict[str, str]) -> Answer:
        try:
            connection = self._idle.get_nowait()
        except queue.Empty:
            try:
                connection = self._open()
            except (OSError, http.client.HTTPException) as error:
                raise _NotConnectedError from error
        try:
            connection.request(method, self.base + path, body, headers)
            response = connection.getresponse()
            answer = Answer(response.status, response.read(), response.headers)
        except (OSError, http.client.HTTPException) as error:
            connection.close()
            raise LostAnswerError(type(error).__name__) from error
        if response.will_close:
            connection.close()
        else:
            self._idle.put(connection)
        return answer

    def _renew(self, refused: str) -> bool:
        if not self.settings.token_path:
            return False
        with self._lock:
            if self._token == refused:
                self._token = self._read_token()
            return self._token != refused

    def _refuse_when_silent(self) -> None:
        """Ten thousand requests must not wait one after the other for a portal that has stopped answering."""
        if time.monotonic() - self._answered > 10 * self.settings.timeout:
            raise self._silent("lost connections, or status 429 and 503 only")

    def _silent(self, found: str) -> ZorgidError:
        return ZorgidError(
            "portal_silent",
            f"The portal at {self._where} puts requests off for too long",
            expected=f"an answer within {10 * self.settings.timeout:g} seconds",
            found=found,
            action="run again later; the next run looks first at what was done",
        )

    def _pause(self, retry_after: str | None, attempt: int) -> bool:
        """Wait as told, or ever longer, with jitter so that many clients do not come back at once; False: too late."""
        seconds = _seconds(retry_after)
        if seconds is None:
            seconds = min(8.0, 0.1 * 2**attempt)
        seconds += random.uniform(0, min(0.5, seconds / 4 + 0.05))  # noqa: S311 - spreads load, keeps no secret
        if time.monotonic() + seconds > self._answered + 10 * self.settings.timeout:
            return False
        time.sleep(seconds)
        return True

    def _unreachable(self, error: BaseException) -> ZorgidError:
        if isinstance(error, ssl.SSLCertVerificationError):
            return ZorgidError(
                "tls_untrusted",
                f"The TLS certificate of the portal at {self._where} is not trusted",
                expected="a certificate for this host name from a trusted authority",
                found=error.verify_message,
                action="give the authority's certificate as ca_path, or correct portal_url",
            )
        if isinstance(error, socket.gaierror):
            found = "a host name that is not known"
        elif isinstance(error, ssl.SSLError):
            found = f"a failed TLS handshake ({error.reason})"
        else:
            found = getattr(error, "strerror", None) or type(error).__name__
        return ZorgidError(
            "portal_unreachable",
            f"The portal at {self._where} does not answer",
            expected="a SCIM 2.0 server",
            found=found,
            action="check portal_url and the network, then run again",
        )


def _seconds(retry_after: str | None) -> float | None:
    """Retry-After (RFC 9110 section 10.2.3): seconds or a date."""
    if not retry_after:
        return None
    if retry_after.strip().isdecimal():
        return float(retry_after)
    try:
        return max(0.0, parsedate_to_datetime(retry_after).timestamp() - time.time())
    except ValueError:
        return None


Tell = Callable[[int, int], None]
