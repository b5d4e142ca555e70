# SPDX-FileCopyrightText: gbz.zorgid contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""Requests to the portal, with the token; repeated only if that is safe."""

from __future__ import annotations

import http.client
import random
import re
import ssl
import threading
import time
from collections.abc import Mapping
from dataclasses import dataclass, field
from email.utils import parsedate_to_datetime
from pathlib import Path
from urllib.parse import urlsplit

from .._common.errors import ZorgidError
from .._common.libraries import needs
from .._common.text import printable
from .._common.trouble import in_words
from .._net.bounded import EndlessAnswerError
from .._net.connection_pool import NotConnectedError, Pool
from .._net.tls import tls_context
from .scim_answers import ScimResponse, error_detail
from .scim_trouble import unreachable

with needs("urllib3>=2.2"):
    from urllib3.exceptions import HTTPError, LocationValueError

LATER = (429, 503)


class LostAnswerError(Exception):
    """The request may or may not have been processed. endless: the answer was too large."""

    def __init__(self, found: str, *, endless: bool = False) -> None:
        super().__init__(found)
        self.endless = endless


@dataclass(frozen=True)
class ScimSettings:
    """Where the portal is and how to reach it. timeout: seconds for a connection, and for each answer; after ten times
    as long without a usable answer on any connection, the run stops asking. token_path: a file that another program
    renews; it is read again if the portal refuses the token."""

    url: str
    token: str | None = field(default=None, repr=False)
    token_path: str | None = None
    ca_path: str | None = None
    client_cert: str | None = None
    client_key: str | None = None
    validate_certs: bool = True
    timeout: float = 30


def _tls(settings: ScimSettings) -> ssl.SSLContext:
    made = tls_context("portal", settings.ca_path, settings.client_cert, settings.client_key)
    if not settings.validate_certs:
        made.check_hostname = False
        made.verify_mode = ssl.CERT_NONE
    return made


class ScimClient:
    """Requests from any number of threads; each takes an idle connection or opens one."""

    def __init__(self, settings: ScimSettings) -> None:
        secure, self._host, port, self.base = _address(settings.url)
        self.settings = settings
        self._where = self._host + (f":{port}" if port else "")
        tls = _tls(settings) if secure else None
        try:
            self._pool = Pool(settings.url, settings.timeout, tls, settings.ca_path)
        except LocationValueError as error:
            raise _no_address() from error
        self._lock = threading.Lock()
        self._token = self._read_token()
        self._answered = time.monotonic()
        self._met = False

    def _read_token(self) -> str:
        if not self.settings.token_path:
            return _header_value(self.settings.token or "", "token")
        try:
            token = Path(self.settings.token_path).read_text(encoding="utf-8-sig").strip()
        except (OSError, UnicodeDecodeError) as error:
            raise ZorgidError(
                "token_unreadable",
                "The file given as token_path cannot be read",
                expected="a file that holds the token",
                found=in_words(error),
                action="correct token_path",
            ) from error
        return _header_value(token, "token_path")

    def close(self) -> None:
        self._pool.close()

    def send(self, method: str, path: str, body: bytes | None = None, version: str | None = None) -> ScimResponse:
        """One request. It is repeated after 429 and 503 (nothing was done then), after a failed connection and, if it
        is a GET, after a lost answer. Errors: ``portal_unreachable, portal_silent, portal_token_refused,
        tls_untrusted``; for a GET also ``portal_answer_unreadable``, for other methods LostAnswerError."""
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
                answer = ScimResponse(*self._once(method, path, body, headers))
            except NotConnectedError as error:
                # A portal that answered before may be busy for a moment; one that never answered cannot be reached.
                failure = unreachable(self._where, self._pool.proxy, error.__cause__ or error)
                if not self._met or failure.code == "tls_untrusted" or attempt > 4 or not self._pause(None, attempt):
                    raise failure from error
                continue
            except LostAnswerError as error:
                if method != "GET":
                    raise
                if error.endless or attempt > 4 or not self._pause(None, attempt):
                    raise self._unanswered(path, error) from error
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
                    found=f"status 401: {self._why_refused(answer)}",
                    action="make a new token on the portal's page and give it as token",
                )
            return answer

    def _once(
        self, method: str, path: str, body: bytes | None, headers: dict[str, str]
    ) -> tuple[int, bytes, Mapping[str, str]]:
        try:
            return self._pool.send(method, self.base + path, body, headers)
        except EndlessAnswerError as error:
            raise LostAnswerError(str(error), endless=True) from error
        except (OSError, http.client.HTTPException, HTTPError) as error:
            raise LostAnswerError(in_words(error)) from error

    def _unanswered(self, path: str, error: LostAnswerError) -> ZorgidError:
        if error.endless:
            return ZorgidError(
                "portal_answer_unreadable",
                "The portal's answer is too large or takes too long",
                expected=f"an answer of a reasonable size and duration to {path.partition('?')[0]}",
                found=str(error),
                action="check portal_url and the proxies between this machine and the portal, or raise timeout",
            )
        return ZorgidError(
            "portal_unreachable",
            f"The portal at {self._where} accepts requests but does not answer them",
            expected="a SCIM 2.0 server",
            found=f"a lost connection ({error})",
            action="check portal_url, the client certificate and the network, then run again",
        )

    def _why_refused(self, answer: ScimResponse) -> str:
        """The portal's text, if it has one: an expired token needs another action than a revoked one."""
        said = re.sub(r"\S+@\S+", "…", error_detail(answer).replace(self._token, "…"))
        return printable(said, 120) or "unknown, expired or revoked"

    def _renew(self, refused: str) -> bool:
        if not self.settings.token_path:
            return False
        with self._lock:
            if self._token == refused:
                self._token = self._read_token()
            return self._token != refused

    def _refuse_when_silent(self) -> None:
        """Otherwise ten thousand requests would wait one after the other for a portal that has stopped answering."""
        if time.monotonic() - self._answered > 10 * self.settings.timeout:
            raise self._silent("lost connections, or status 429 and 503 only")

    def _silent(self, found: str) -> ZorgidError:
        return ZorgidError(
            "portal_silent",
            f"The portal at {self._where} postpones requests for too long",
            expected=f"an answer within {10 * self.settings.timeout:g} seconds",
            found=found,
            action="run again later; the next run first checks what was done",
        )

    def _pause(self, retry_after: str | None, attempt: int) -> bool:
        """Wait as the portal asks, or longer each time, with jitter so that clients do not all return at once; False:
        too late."""
        # Never shorter than our own delay: a portal that always sends "Retry-After: 0" must not be overloaded.
        seconds = max(_seconds(retry_after), min(8.0, 0.1 * 2**attempt))
        seconds += random.uniform(0, min(0.5, seconds / 4 + 0.05))  # noqa: S311 - spreads the load, protects no secret
        if time.monotonic() + seconds > self._answered + 10 * self.settings.timeout:
            return False
        time.sleep(seconds)
        return True


def _address(url: str) -> tuple[bool, str, int | None, str]:
    """Whether with TLS, host, port and path of portal_url."""
    try:
        parts = urlsplit(url)
        host, port = parts.hostname, parts.port
    except ValueError as error:
        raise _no_address() from error
    if parts.scheme not in ("https", "http") or not host or not url.isprintable():
        raise _no_address()
    if parts.scheme == "http" and host not in ("127.0.0.1", "localhost", "::1"):
        raise ZorgidError(
            "portal_url_insecure",
            "The portal's address has no TLS, so the token and personal data would be sent unencrypted",
            expected="https://",
            found="http://",
            action="correct portal_url",
        )
    return parts.scheme == "https", host, port, parts.path.rstrip("/")


def _no_address() -> ZorgidError:
    return ZorgidError(
        "portal_url_invalid",
        "portal_url is not a web address",
        expected="https://host/scim/v2",
        found="something else",
        action="correct portal_url",
    )


def _header_value(token: str, option: str) -> str:
    if not token.isascii() or not token.isprintable() or " " in token:
        raise ZorgidError(
            "token_unreadable",
            f"The value of {option} is not a token",
            expected="letters, digits and signs without blanks (RFC 6750)",
            found="blanks, control characters or letters beyond ASCII",
            action=f"copy the token again and correct {option}",
        )
    return token


def _seconds(retry_after: str | None) -> float:
    """Retry-After (RFC 9110 section 10.2.3): seconds or a date, returned in seconds; 0 if it is neither."""
    if not retry_after:
        return 0
    if retry_after.strip().isdecimal():
        return float(retry_after)
    try:
        return max(0.0, parsedate_to_datetime(retry_after).timestamp() - time.time())
    except (ValueError, TypeError, OverflowError):
        return 0
