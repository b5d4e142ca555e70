# SPDX-FileCopyrightText: gbz.zorgid contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""The gate through which every request of the pages goes: what changes nothing goes on, anything else goes out exactly
once and only if it is allowed now.

Chromium itself sends a POST again whose connection was reset, so it never sends one: the gate does, once, without
following a redirect, and hands the answer to the page. A redirect that would repeat the request is not handed over.
"""

from __future__ import annotations

import hashlib
import time
from collections.abc import Callable, Sequence
from contextlib import suppress
from typing import TYPE_CHECKING
from urllib.parse import urljoin, urlsplit

from .._common.errors import ZorgidError
from .window import Sending

if TYPE_CHECKING:
    from playwright.sync_api import APIResponse, BrowserContext, Request, Response, Route, WebSocketRoute

_SAFE = ("GET", "HEAD", "OPTIONS")
#: What may pass no route: a shared worker's requests, and those of a page that is being left. A portal that tries one
#: of these finds that it is not there, or that the network is not.
_WAYS_AROUND = """
delete globalThis.SharedWorker;
delete globalThis.fetchLater;
Navigator.prototype.sendBeacon = () => false;
{
  let leaving = false;
  addEventListener("pagehide", () => (leaving = true), { capture: true });
  const { fetch } = globalThis;
  const { send } = XMLHttpRequest.prototype;
  globalThis.fetch = (what, given) => {
    if (leaving) return Promise.reject(new TypeError("Failed to fetch"));
    const asked = what?.keepalive === true ? new Request(what, { keepalive: false }) : what;
    return fetch(asked, given?.keepalive ? { ...given, keepalive: false } : given);
  };
  XMLHttpRequest.prototype.send = function (body) {
    if (!leaving) return send.call(this, body);
  };
}
"""
#: what a click may start and a page is not ready without
_AWAITED = ("document", "script", "stylesheet", "xhr", "fetch")
#: seconds after which a request is one that waits for news
_LONG = 4.0


class Gate:
    """announce: told the digest of a request just before it is sent as the exactly one."""

    def __init__(self, hosts: Sequence[str], timeout: float, announce: Callable[[str], None]) -> None:
        self._hosts = {_place(f"https://{host}") for host in hosts}
        self._timeout, self._announce = timeout, announce
        self._sending: Sending = "login"
        self._running: dict[Request, float] = {}
        #: how many requests there were that a page waits for
        self.asked = 0
        self.digest = ""
        self.status: int | None = None
        self.answered = self.navigates = self.held_back = self.failed = self.final = self.by_address = False
        self._request_refused = self._page_refused = False

    def guard(self, context: BrowserContext) -> None:
        """Everything of this context goes through here."""
        context.route("**/*", self._decide)
        context.route_web_socket("**/*", _end_socket)
        context.add_init_script(_WAYS_AROUND)
        context.on("request", self._begun)
        context.on("requestfinished", self._ended)
        context.on("requestfailed", self._ended)
        context.on("response", self._heard)

    def allow(self, sending: Sending, *, final: bool = False) -> None:
        """From now on. ``one`` begins anew: what was sent before is forgotten. final: the click that comes next has to
        send it. It opens no page before that: a portal that changes something by an address alone would be asked as
        often as the browser likes."""
        self._sending = sending
        if sending == "one":
            self.digest, self.status, self.answered, self.navigates = "", None, False, False
            self.held_back = self.failed = self.by_address = False
            self.final = final

    @property
    def spoilt(self) -> bool:
        """Whether the page got no answer, or wanted to send more than one request: its words prove nothing."""
        return self.held_back or self._request_refused or self._page_refused

    @property
    def busy(self) -> bool:
        """Whether a page still waits for something that it asked for."""
        now = time.monotonic()
        for request, since in list(self._running.items()):
            if request.resource_type in _AWAITED and now - since < (self._timeout if _is_page(request) else _LONG):
                return True
        return False

    def here(self, url: str) -> bool:
        """Whether this address is of a host of the map."""
        return _place(url) in self._hosts

    def check(self) -> None:
        """Raise what was refused since the last time. Errors: ``page_request_refused``, ``page_host_refused``."""
        request, page = self._request_refused, self._page_refused
        self._request_refused = self._page_refused = False
        if page:
            raise host_refused()
        if request:
            raise ZorgidError(
                "page_request_refused",
                "The portal's page wanted to send something that this step does not allow",
                expected="only what the page map says, each once",
                found="another request, which was not sent",
                action="look at the page in an ordinary browser; the page map may need `sends: true` at a step",
            )

    def forget(self) -> None:
        """What was refused since the last time is no error."""
        self._request_refused = self._page_refused = False

    def _begun(self, request: Request) -> None:
        self._running[request] = time.monotonic()
        self.asked += request.resource_type in _AWAITED
        # Also a redirect, which asks no route; the door does not let it through.
        self._page_refused |= _is_page(request) and request.redirected_from is not None and not self.here(request.url)

    def _ended(self, request: Request) -> None:
        self._running.pop(request, None)

    def _heard(self, response: Response) -> None:
        """failed: the answer, or a page that it led to, is about trouble of the portal itself."""
        if self.digest and response.request.resource_type == "document":
            self.failed |= response.status >= 500

    def _decide(self, route: Route, request: Request) -> None:
        safe = request.method in _SAFE
        if urlsplit(request.url).scheme in ("data", "blob") and safe:
            route.continue_()
        elif not self.here(request.url):
            self._page_refused |= _is_page(request) and safe
            self._request_refused |= not safe and request.resource_type != "ping"
            _stop(route, request)
        elif safe and self._sending == "one" and self.final and not self.digest and request.resource_type == "document":
            self.by_address = True
            _stop(route, request)
        elif safe:
            route.continue_()
        elif request.resource_type == "ping" or self._sending == "nothing" or (self._sending == "one" and self.digest):
            # A beacon is nothing that was clicked; it is not sent, and no reason to stop.
            self._request_refused |= request.resource_type != "ping"
            _stop(route, request)
        else:
            self._send(route, request)

    def _send(self, route: Route, request: Request) -> None:
        body = request.post_data_buffer
        if body is None and request.headers.get("content-type"):
            # A body that the browser does not show (a file): it cannot be sent as it is.
            self._request_refused = True
            _stop(route, request)
            return
        only = self._sending == "one"
        if only:
            first = f"{request.method}\n{request.url}\n".encode()
            self.digest = hashlib.sha256(first + (body or b"")).hexdigest()
            self.navigates = request.resource_type == "document"
            self._announce(self.digest)
        # Only a run with a browser has it.
        from playwright.sync_api import Error

        status: int | None = None
        try:
            answer = route.fetch(max_redirects=0, max_retries=0, timeout=self._timeout * 1000)
            status = answer.status
            if self._would_repeat(request.method, answer):
                self.held_back = only
                _stop(route, request)
            else:
                route.fulfill(response=answer)
        except Error:
            _stop(route, request)
        finally:
            if only:
                self.status, self.answered = status, True
                self.failed |= (status or 0) >= 500

    def _would_repeat(self, method: str, answer: APIResponse) -> bool:
        """Whether the browser would send the request again by itself, or go to a host that the map does not name."""
        if answer.status not in (301, 302, 303, 307, 308):
            return False
        if answer.status in (307, 308) or (answer.status != 303 and method != "POST"):
            return True
        elsewhere = not self.here(urljoin(answer.url, answer.headers.get("location", "")))
        self._page_refused |= elsewhere
        return elsewhere


def _stop(route: Route, request: Request) -> None:
    """It gets no answer. A page that should have come does not, and the one before stays: the browser's own page about
    an error would come late, in the place of a later one. The page that asked may be gone already."""
    from playwright.sync_api import Error

    with suppress(Error):
        if request.resource_type == "document":
            route.fulfill(status=204)
        else:
            route.abort("blockedbyclient")


def _end_socket(socket: WebSocketRoute) -> None:
    socket.close()


def _is_page(request: Request) -> bool:
    """Of the whole window; a frame that is not let through is only empty."""
    if request.resource_type != "document":
        return False
    try:
        return request.frame.parent_frame is None
    except Exception:  # noqa: BLE001 - Playwright's own class: there is no frame yet, so it is a new window
        return True


def _place(url: str) -> tuple[str, int] | None:
    try:
        parts = urlsplit(url)
        return ((parts.hostname or "").lower(), parts.port or 443) if parts.scheme == "https" else None
    except ValueError:
        return None


def host_refused() -> ZorgidError:
    return ZorgidError(
        "page_host_refused",
        "The portal led to a page of a host that the page map does not name",
        expected="only the hosts of the page map",
        found="another one, which was not opened",
        action="look at the address in an ordinary browser; a host that belongs to the portal goes into `hosts`",
    )
