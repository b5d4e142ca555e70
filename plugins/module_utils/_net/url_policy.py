# SPDX-FileCopyrightText: gbz.zorgid contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""Which hosts may be called: not VZVZ's from environment ``own``, and none that only a page or a mail names."""

from __future__ import annotations

import ipaddress
import re
from collections.abc import Iterable
from dataclasses import dataclass
from urllib.parse import unquote

from .._common.errors import ZorgidError
from .._common.libraries import needs
from .._common.text import printable

with needs("ada-url>=1.19"):
    from ada_url import URL

VZVZ_DOMAINS = ("vzvz.nl", "zorg-id.nl")
# Services on which anyone can have a form: the first part of the path shows whose form it is.
SHARED_DOMAINS = ("formdesk.com",)
MOST_URL_CHARACTERS = 8_000


def _inside(host: str, domain: str) -> bool:
    return host == domain or host.endswith("." + domain)


def _shared(host: str) -> bool:
    return any(_inside(host.rstrip("."), domain) for domain in SHARED_DOMAINS)


def browsers_url(url: str, base: str | None = None) -> str:
    """``url`` as a browser resolves it (WHATWG URL Standard), relative to the page ``base``.

    Raises ValueError for a URL that a browser would not open.
    """
    if len(url) > MOST_URL_CHARACTERS:
        raise ValueError("too long")
    try:
        return str(URL(url, base=base).href)
    except UnicodeError as error:
        raise ValueError("not text") from error


def belongs_to_vzvz(target: str) -> bool:
    """Whether ``target`` (URL, e-mail address or host name) is VZVZ's: *.vzvz.nl, *.zorg-id.nl, formdesk.com/vzvz."""
    host, path = target.rpartition("@")[2].strip("<> "), ""
    if "//" in target or re.match(r"\s*https?:", target, re.IGNORECASE):
        try:
            parts = URL(browsers_url(target))
        except ValueError:
            return False
        host, path = parts.hostname, unquote(parts.pathname).lower()
    host = host.rstrip(".").lower()
    if _shared(host):
        return path.lstrip("/").split("/", 1)[0] == "vzvz"
    return any(_inside(host, domain) for domain in VZVZ_DOMAINS)


def check_environment(environment: str, targets: Iterable[str]) -> None:
    """Error ``environment_mismatch`` for a VZVZ target in environment ``own``; call it before any connection."""
    if environment != "own":
        return
    for target in targets:
        if belongs_to_vzvz(target):
            raise ZorgidError(
                "environment_mismatch",
                ("The environment is `own` (your own trust anchors, for tests), but the recipient is VZVZ"),
                expected="an address of the sandbox or of your own test server",
                found=_host_of(target),
                action="set environment to acceptance or production, or change the address",
            )


def _host_of(target: str) -> str:
    try:
        return str(URL(target.strip()).hostname) if "//" in target else target.rpartition("@")[2]
    except ValueError:
        return "?"


@dataclass(frozen=True)
class AllowedPlace:
    """An allowed host, optionally only below a path, with one port (``""`` is 443; None is any)."""

    host: str
    port: str | None
    path: tuple[str, ...] = ()

    def __str__(self) -> str:
        return "/".join([self.host + (f":{self.port}" if self.port else ""), *self.path])

    def holds(self, parts: URL) -> bool:
        """Whether the URL is inside this place. Paths are compared by whole segments."""
        return (
            parts.hostname == self.host
            and self.port in (None, parts.port)
            and (not self.path or tuple(parts.pathname.split("/")[1 : len(self.path) + 1]) == self.path)
        )


def _loopback(host: str) -> bool:
    try:
        return ipaddress.ip_address(host.strip("[]")).is_loopback
    except ValueError:
        return host == "localhost"


def _place(parts: URL) -> AllowedPlace:
    """The place of an allowed entry. For this machine any port is allowed, because test servers choose theirs."""
    path = tuple(segment for segment in parts.pathname.split("/") if segment)
    return AllowedPlace(parts.hostname, None if not parts.port and _loopback(parts.hostname) else parts.port, path)


def allowed_entry_of(url: str) -> str:
    """The entry of allowed hosts for the page ``url``: its host, and for a shared service also the first part of the
    path, which shows whose form it is."""
    parts = URL(browsers_url(url))
    first = parts.pathname.split("/")[1] if _shared(parts.hostname) else ""
    return f"{parts.host}/{first}/" if first else str(parts.host)


def allowed_places(entries: Iterable[str]) -> tuple[AllowedPlace, ...]:
    """Allowed hosts in the form of the options: ``host``, ``host:port`` or ``host/path/prefix/``.

    Error: ``allowed_hosts_invalid`` for another form, and for a shared service without the first part of the path.
    """
    return tuple(_entry(str(entry)) for entry in entries)


def _entry(entry: str) -> AllowedPlace:
    try:
        bare = entry.removeprefix("https://")
        plain = re.fullmatch(r"[^\s\\@?#*%/][^\s\\@?#*%]*", bare) is not None and "//" not in bare
        parts = URL(f"https://{bare}")
    except ValueError:
        plain = False
    if not plain:
        raise ZorgidError(
            "allowed_hosts_invalid",
            "An entry of the allowed hosts is neither a host nor a host with a path",
            expected="for example `forms.example.nl` or `fd2.formdesk.com/vzvz/`",
            found=printable(entry, 100),
            action="correct the entry",
        )
    place = _place(parts)
    if _shared(place.host) and not place.path:
        raise ZorgidError(
            "allowed_hosts_invalid",
            ("Anyone can publish a form at this service, so the host alone does not show that the form is VZVZ's"),
            expected="the host with VZVZ's part of the path",
            found=f"`{printable(entry, 100)}`",
            action=f"write `{place.host.rstrip('.')}/vzvz/` instead",
        )
    return place


def check_url(url: str, allowed_hosts: Iterable[str] | None, *, code: str = "host_not_allowed") -> str:
    """The host of an https URL that is in one of ``allowed_hosts`` (see ``allowed_places``; None: any host).

    The URL is resolved as by a browser; one that other software could read differently is refused. Errors name the host
    only, because the URL may contain a token. Errors: ``code``, ``allowed_hosts_invalid``.
    """
    places = None if allowed_hosts is None else allowed_places(allowed_hosts)
    try:
        parts: URL | None = URL(browsers_url(url))
    except ValueError:
        parts = None
    if (
        parts is None
        or parts.protocol != "https:"
        or parts.username
        or parts.password
        or re.search(r"[\x00-\x20\x7f\\]|^[^/]*//[^/?#]*@", url)
        or _ambiguous(parts.pathname)
    ):
        scheme, host = (parts.protocol.rstrip(":"), parts.hostname) if parts else ("?", "?")
        raise ZorgidError(
            code,
            "This address is not opened",
            expected="an https URL without a user name, spaces, backslashes or encoded slashes",
            found=f"scheme `{printable(scheme, 20)}`, host `{printable(host, 100)}`",
            action="correct the url",
        )
    if places is not None and not any(place.holds(parts) for place in places):
        near = any(place.host == parts.hostname for place in places)
        raise ZorgidError(
            code,
            "The host of this address is not allowed",
            expected=", ".join(map(str, places)) or "no host",
            found=f"{printable(parts.hostname, 100)}{', but another port or path' if near else ''}",
            action="add the host (at a shared service with its path) to the allowed hosts when it is VZVZ's, otherwise "
            "report the sender",
        )
    return str(parts.hostname)


def _ambiguous(path: str) -> bool:
    """Whether a server that decodes the path once more could find other segments in it."""
    for _time in range(3):
        if re.search(r"(?:^|/)\.{1,2}(?:$|[/;])|[\\\x00]", path):
            return True
        decoded = unquote(path, errors="replace")
        if decoded == path:
            return False
        if decoded.count("/") != path.count("/"):
            return True
        path = decoded
    return True
