# SPDX-FileCopyrightText: gbz.zorgid contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""HTTPS as careful as a form needs it: bounded in size, time and redirects, and sure about what was sent."""

from __future__ import annotations

import ssl
import time
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from .._common.errors import ZorgidError
from .._common.libraries import needs
from .._common.text import printable
from .hosts import browsers_url, check_environment, check_url, place_of

with needs("requests>=2.32"):
    import requests
    from requests import exceptions as failures
    from urllib3 import exceptions as wire_failures

MOST_BYTES = 5_000_000
MOST_REDIRECTS = 10
MOST_SECONDS = 120.0


@dataclass(frozen=True)
class Answer:
    """A page as it came: the final URL, the HTTP status, the content type with charset, the bytes."""

    url: str
    status: int
    content_type: str
    body: bytes


class NothingSentError(Exception):
    """The request certainly never left; carries the ZorgidError to show."""

    def __init__(self, error: ZorgidError) -> None:
        super().__init__(str(error))
        self.error = error


class Browser:
    """One visit: cookies are kept from page to page, nothing is kept afterwards.

    ``allowed_hosts``: the places that may be visited, redirects included; that of the first page when None (see
    ``hosts.place_of``). In ``environment`` own no page of VZVZ is visited either.
    """

    def __init__(
        self,
        *,
        ca_path: str | None = None,
        timeout: int = 30,
        allowed_hosts: Iterable[str] | None = None,
        environment: str = "production",
    ) -> None:
        self._session = requests.Session()
        # Proxies come from the environment, credentials from ~/.netrc must not.
        self._session.auth = _no_credentials
        self._session.headers["User-Agent"] = "gbz.zorgid"
        self._session.headers["Accept"] = "text/html,application/xhtml+xml"
        self._session.headers["Accept-Language"] = "nl, en;q=0.5"
        self._verify: str | bool = ca_path or True
        self._timeout = timeout
        self._allowed = list(allowed_hosts) if allowed_hosts is not None else None
        self._environment = environment

    def __enter__(self) -> Browser:
        return self

    def __exit__(self, *_unused: object) -> None:
        self._session.close()

    def get(self, url: str) -> Answer:
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
        fields: Sequence[tuple[str, str]],
        files: Sequence[tuple[str, tuple[str, bytes]]] = (),
        *,
        charset: str = "utf-8",
        multipart: bool = False,
        referer: str | None = None,
    ) -> Answer:
        """Post a form. Raises NothingSentError when it certainly did not leave; any other error leaves that open."""
        # A connection of its own: when it cannot be made, nothing was sent; a reused one could not tell.
        for adapter in self._session.adapters.values():
            adapter.close()
        encoded = [(_encode(name, charset), _encode(value, charset)) for name, value in fields]
        body: dict[str, Any] = {"data": encoded}
        if multipart:
            parts: list[tuple[str, Any]] = [(name, (None, _encode(value, charset))) for name, value in fields]
            body = {"files": [*parts, *files]}
        headers = {"Referer": referer, "Origin": "/".join(referer.split("/")[:3])} if referer else {}
        return self._follow("POST", url, headers=headers, **body)

    def _follow(self, method: str, url: str, **request: Any) -> Answer:
        until = time.monotonic() + MOST_SECONDS
        sent = False
        for _hop in range(MOST_REDIRECTS + 1):
            try:
                host = check_url(url, self._allowed)
                check_environment(self._environment, [url])
            except ZorgidError as error:
                if sent:
                    raise
                raise NothingSentError(error) from error
            if self._allowed is None:
                self._allowed = [place_of(url)]
            # The very address that was judged, as a browser writes it.
            url = browsers_url(url)
            answer, location = self._once(method, url, host, until, sent, request)
            if location is None:
                return answer
            sent = sent or method == "POST"
            # 307 and 308 ask to post again; a form is posted once.
            if method == "POST" and answer.status in (307, 308):
                raise ZorgidError(
                    "form_redirects",
                    "The form asks to be posted to another address",
                    expected="a confirmation page",
                    found=f"HTTP {answer.status}",
                    action="open the form in a browser and give the address where it ends up as url",
                )
            method, request = "GET", {}
            url = _joined(url, location)
        raise ZorgidError(
            "form_redirects",
            "The form's server sends us from page to page without end",
            expected=f"at most {MOST_REDIRECTS} redirects",
            found="more",
            action="check the url of the form",
        )

    def _once(
        self, method: str, url: str, host: str, until: float, sent: bool, request: Mapping[str, Any]
    ) -> tuple[Answer, str | None]:
        try:
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
                body = b"" if location else _read(response, host, until)
        except (OSError, failures.RequestException, wire_failures.HTTPError) as error:
            told = _told(error, host)
            if method == "POST" and not sent and _never_connected(error):
                raise NothingSentError(told) from error
            raise told from error
        return Answer(url, response.status_code, response.headers.get("Content-Type", ""), body), location


def _joined(page: str, location: str) -> str:
    try:
        return browsers_url(location, page)
    except ValueError as error:
        raise ZorgidError(
            "form_redirects",
            "The form's server sends us to an address that is none",
            expected="a URL in Location",
            found=printable(location, 50),
            action="check the url of the form",
        ) from error


def _no_credentials(request: Any) -> Any:
    return request


def _encode(text: str, charset: str) -> bytes:
    # What a browser does with a letter that the form's charset lacks (HTML, "encoding an entry list").
    return text.encode(charset, "xmlcharrefreplace")


def _read(response: Any, host: str, until: float) -> bytes:
    body = bytearray()
    for part in response.iter_content(65536):
        body += part
        if len(body) > MOST_BYTES or time.monotonic() > until:
            raise ZorgidError(
                "form_too_large",
                f"The page of {host} does not end",
                expected=f"at most {MOST_BYTES} bytes within {MOST_SECONDS:.0f} seconds",
                found=f"{len(body)} bytes and more to come",
                action="check the url of the form",
            )
    return bytes(body)


def _causes(error: BaseException) -> Iterable[BaseException]:
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


def _told(error: BaseException, host: str) -> ZorgidError:
    causes = _causes(error)
    if any(isinstance(cause, (failures.SSLError, ssl.SSLError)) for cause in causes):
        return ZorgidError(
            "tls_untrusted",
            f"The TLS certificate of {host} is not trusted",
            expected="a certificate for this host name from a trusted authority",
            found=_reason(causes),
            action="give the authority's certificate as ca_path, or correct the url",
        )
    if isinstance(error, OSError) and "CA certificate bundle" in str(error):
        return ZorgidError("ca_path_unreadable", "The file given as ca_path is not there", action="correct ca_path")
    return ZorgidError(
        "form_unreachable",
        f"{host} does not answer",
        expected="a web page over HTTPS",
        found=type(error).__name__,
        action="check the url, the network and the proxy, then run again",
    )


def _reason(causes: Iterable[BaseException]) -> str:
    for cause in causes:
        told = getattr(cause, "verify_message", None)
        if told:
            return str(told)
    return "a failed TLS handshake"
