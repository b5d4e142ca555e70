# SPDX-FileCopyrightText: gbz.zorgid contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""HTTPS for forms: limits on size, time and redirects, and certainty about what was sent."""

from __future__ import annotations

import ssl
import time
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any
from urllib.parse import urlsplit

from .._common.errors import ZorgidError
from .._common.libraries import needs
from .._common.text import printable
from .._common.trouble import in_words
from .._net.bounded import AnswerBound, EndlessAnswerError, read_body
from .._net.tls import ca_path_unreadable
from .._net.url_policy import (
    allowed_entry_of,
    browsers_url,
    check_environment,
    check_url,
)
from .entries import URLENCODED, FormEntry, encoded
from .html_tree import MOST_BYTES

with needs("requests>=2.32"):
    from requests import exceptions as failures
    from urllib3 import exceptions as wire_failures

    from .._net.deadline_session import DeadlineSession

MOST_REDIRECTS = 10
MOST_SECONDS = 120.0


@dataclass(frozen=True)
class FetchedPage:
    """A page as the server sent it: the final URL, the HTTP status, the content type with charset, the bytes."""

    url: str
    status: int
    content_type: str
    body: bytes


class BrokenAnswerError(ZorgidError):
    """An answer began but was not complete. ``page`` is the part that arrived."""

    page: bytes = b""


class NothingSentError(Exception):
    """The request was certainly not sent; contains the ZorgidError to show."""

    def __init__(self, error: ZorgidError) -> None:
        super().__init__(str(error))
        self.error = error


class Browser:
    """One visit: cookies stay from page to page, and nothing stays afterwards.

    ``allowed_hosts``: the places that may be visited, also by redirects; if None, only that of the first page (see
    ``url_policy.allowed_entry_of``). In the environment ``own`` no page of VZVZ is visited either.
    """

    def __init__(
        self,
        *,
        ca_path: str | None = None,
        timeout: int = 30,
        allowed_hosts: Iterable[str] | None = None,
        environment: str = "production",
        wait: Callable[[float], None] = time.sleep,
    ) -> None:
        self.wait = wait
        self._session = DeadlineSession()
        # Proxies come from the environment, credentials from ~/.netrc must not.
        self._session.auth = _no_credentials
        self._session.headers["User-Agent"] = "gbz.zorgid"
        self._session.headers["Accept"] = "text/html,application/xhtml+xml"
        self._session.headers["Accept-Language"] = "nl, en;q=0.5"
        self._session.headers["Accept-Encoding"] = "identity"
        self._verify: str | bool = ca_path or True
        self._timeout = timeout
        self._allowed = list(allowed_hosts) if allowed_hosts is not None else None
        self._environment = environment

    def __enter__(self) -> Browser:
        return self

    def __exit__(self, *_unused: object) -> None:
        self._session.close()

    def check(self, url: str) -> None:
        """Refuse an address that would not be visited (``host_not_allowed, environment_mismatch``)."""
        check_url(url, self._allowed)
        check_environment(self._environment, [url])

    def get(self, url: str) -> FetchedPage:
        """Fetch a page.

        Errors: ``form_unreachable, tls_untrusted, form_redirects, form_too_large, host_not_allowed``.
        """
        try:
            return self._follow("GET", url)
        except NothingSentError as error:
            raise error.error from error

    def post(
        self,
        url: str,
        entries: Sequence[FormEntry],
        enctype: str = URLENCODED,
        charset: str = "UTF-8",
        *,
        referer: str = "",
    ) -> FetchedPage:
        """Post a form. Raises NothingSentError if it was certainly not sent; after any other error that is unknown."""
        kind, body = encoded(entries, enctype, charset)
        headers = {"Content-Type": kind, **(_came_from(referer, url) if referer else {})}
        return self._follow("POST", url, headers=headers, data=body)

    def _follow(self, method: str, url: str, **request: Any) -> FetchedPage:
        until = time.monotonic() + MOST_SECONDS
        sent = False
        for _hop in range(MOST_REDIRECTS + 1):
            try:
                self.check(url)
            except ZorgidError as error:
                if sent:
                    raise
                raise NothingSentError(error) from error
            if self._allowed is None:
                self._allowed = [allowed_entry_of(url)]
            # Exactly the address that was checked, as a browser writes it.
            url = browsers_url(url)
            answer, location = self._once(method, url, until, sent, request)
            if location is None:
                return answer
            sent = sent or method == "POST"
            # 307 and 308 ask to post again; a form is posted once.
            if method == "POST" and answer.status in (307, 308):
                raise _broken(
                    answer.body,
                    "form_redirects",
                    "The form must be posted to another address",
                    expected="a confirmation page",
                    found=f"HTTP {answer.status}",
                    action="open the form in a browser and set url to the final address",
                )
            method, request = "GET", {}
            url = _joined(url, location, answer.body)
        raise ZorgidError(
            "form_redirects",
            "The form's server redirects too many times",
            expected=f"at most {MOST_REDIRECTS} redirects",
            found="more",
            action="check the url of the form",
        )

    def _once(
        self, method: str, url: str, until: float, sent: bool, request: Mapping[str, Any]
    ) -> tuple[FetchedPage, str | None]:
        host = urlsplit(url).hostname or ""
        body = bytearray()
        try:
            with self._session.until(until):
                response = self._session.request(
                    method,
                    url,
                    timeout=self._timeout,
                    allow_redirects=False,
                    stream=True,
                    # Given with each request: the session's own value would lose against REQUESTS_CA_BUNDLE.
                    verify=self._verify,
                    **request,
                )
                with response:
                    location = response.headers.get("Location") if response.is_redirect else None
                    read_body(response, AnswerBound(MOST_BYTES, MOST_SECONDS, until), body)
        except EndlessAnswerError as error:
            raise _endless(host, body) from error
        except (OSError, failures.RequestException, wire_failures.HTTPError, ValueError) as error:
            failure = _error_of(error, host) if time.monotonic() <= until else _endless(host, body)
            if method == "POST" and not sent and _never_connected(error):
                raise NothingSentError(failure) from error
            raise _broken(
                bytes(body),
                failure.code,
                failure.message,
                expected=failure.expected,
                found=failure.found,
                action=failure.action,
            ) from error
        return FetchedPage(url, response.status_code, response.headers.get("Content-Type", ""), bytes(body)), location


def _came_from(page: str, target: str) -> dict[str, str]:
    """The headers by which a browser says where a form comes from: another site gets the origin, not the page's
    address."""
    parts, there = urlsplit(page), urlsplit(target)
    origin = f"{parts.scheme}://{parts.netloc}"
    same = (parts.scheme, parts.netloc) == (there.scheme, there.netloc)
    return {"Origin": origin, "Referer": page.partition("#")[0] if same else f"{origin}/"}


def _broken(page: bytes, code: str, message: str, **parts: Any) -> BrokenAnswerError:
    error = BrokenAnswerError(code, message, **parts)
    error.page = page
    return error


def _joined(page: str, location: str, body: bytes) -> str:
    try:
        # Headers are decoded as Latin-1; addresses in them that are not ASCII are UTF-8.
        return browsers_url(location.encode("latin-1", "replace").decode("utf-8", "replace"), page)
    except ValueError as error:
        raise _broken(
            body,
            "form_redirects",
            "The form's server redirects to an invalid address",
            expected="a URL in Location",
            found=printable(location, 50),
            action="check the url of the form",
        ) from error


def _no_credentials(request: Any) -> Any:
    return request


def _endless(host: str, body: bytearray) -> BrokenAnswerError:
    return _broken(
        bytes(body[:MOST_BYTES]),
        "form_too_large",
        f"The page of {host} is too large or takes too long",
        expected=f"at most {MOST_BYTES} bytes within {MOST_SECONDS:.0f} seconds",
        found=f"{len(body)} bytes, not complete",
        action="check the url of the form",
    )


def _causes(error: BaseException) -> Iterable[BaseException]:
    # Wider than trouble.causes: urllib3 has the cause of a proxy's failure only in the error's arguments.
    seen: list[BaseException] = []
    todo: list[BaseException] = [error]
    while todo:
        one = todo.pop()
        if one in seen:
            continue
        seen.append(one)
        todo += [a for a in one.args if isinstance(a, BaseException)]
        todo += [
            c for c in (getattr(one, "reason", None), one.__cause__, one.__context__) if isinstance(c, BaseException)
        ]
    return seen


def _never_connected(error: BaseException) -> bool:
    refused = (
        wire_failures.NewConnectionError,
        wire_failures.ConnectTimeoutError,
        wire_failures.NameResolutionError,
        # Only the certificate: other TLS errors also happen after the request has left.
        ssl.SSLCertVerificationError,
    )
    return any(isinstance(cause, refused) for cause in _causes(error))


def _error_of(error: BaseException, host: str) -> ZorgidError:
    causes = _causes(error)
    if any(isinstance(cause, (failures.SSLError, ssl.SSLError)) for cause in causes):
        return ZorgidError(
            "tls_untrusted",
            f"The TLS certificate of {host} is not trusted",
            expected="a certificate for this host name from a trusted CA",
            found=_reason(causes),
            action="set ca_path to the CA certificate, or correct the url",
        )
    if isinstance(error, OSError) and "CA certificate bundle" in str(error):
        return ca_path_unreadable("no such file or folder")
    return ZorgidError(
        "form_unreachable",
        f"{host} does not answer",
        expected="a web page over HTTPS",
        found=in_words(error),
        action="check the url, the network and the proxy, then run again",
    )


def _reason(causes: Iterable[BaseException]) -> str:
    for cause in causes:
        message = getattr(cause, "verify_message", None)
        if message:
            return str(message)
    return "a failed TLS handshake"
