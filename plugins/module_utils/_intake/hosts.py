# SPDX-FileCopyrightText: gbz.zorgid contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""Which hosts we talk to: never VZVZ's from an environment of one's own, never one that a page or a mail made up."""

from __future__ import annotations

from collections.abc import Iterable
from urllib.parse import urlsplit

from .._common.errors import ZorgidError

VZVZ_DOMAINS = ("vzvz.nl", "zorg-id.nl")
FORMDESK = "formdesk.com"


def _inside(host: str, domain: str) -> bool:
    return host == domain or host.endswith("." + domain)


def belongs_to_vzvz(target: str) -> bool:
    """Whether ``target`` (URL, e-mail address or host name) is VZVZ's: *.vzvz.nl, *.zorg-id.nl, formdesk.com/vzvz."""
    if "//" in target:
        parts = urlsplit(target)
        host, path = (parts.hostname or "").rstrip(".").lower(), parts.path.lower()
        if _inside(host, FORMDESK):
            return path.lstrip("/").split("/", 1)[0] == "vzvz"
    else:
        host = target.rpartition("@")[2].strip("<> ").rstrip(".").lower()
    return any(_inside(host, domain) for domain in VZVZ_DOMAINS)


def check_environment(environment: str, targets: Iterable[str]) -> None:
    """Refuse before any connection to send something made in environment ``own`` to VZVZ (``environment_mismatch``)."""
    if environment != "own":
        return
    for target in targets:
        if belongs_to_vzvz(target):
            raise ZorgidError(
                "environment_mismatch",
                "The environment is `own` (trust anchors of one's own, for tests), but the addressee is VZVZ",
                expected="an address of the sandbox or of your own test server",
                found=_host_of(target),
                action="set environment to acceptance or production, or change the address",
            )


def _host_of(target: str) -> str:
    return (urlsplit(target).hostname or "?") if "//" in target else target.rpartition("@")[2]


def check_url(url: str, allowed_hosts: Iterable[str] | None, *, code: str = "host_not_allowed") -> str:
    """The host of an https URL that may be visited. The URL itself may carry a token, so errors name the host only."""
    try:
        parts = urlsplit(url)
        host = (parts.hostname or "").lower()
        _port = parts.port
    except ValueError:
        parts, host = urlsplit(""), ""
    if parts.scheme != "https" or not host or parts.username or parts.password:
        raise ZorgidError(
            code,
            "This address is not visited",
            expected="an https URL without a user name in it",
            found=f"scheme `{parts.scheme[:20]}`, host `{host[:100]}`",
            action="correct the url",
        )
    if allowed_hosts is not None and host not in {name.lower() for name in allowed_hosts}:
        raise ZorgidError(
            code,
            "This address leads to a host that is not allowed",
            expected=", ".join(allowed_hosts) or "no host at all",
            found=host[:100],
            action="add the host to the allowed hosts when it is VZVZ's, otherwise report the sender",
        )
    return host
