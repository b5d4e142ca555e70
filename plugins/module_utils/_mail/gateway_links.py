# SPDX-FileCopyrightText: gbz.zorgid contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""Links that a mail gateway has written in place of the sender's: the known gateways, and how to get the first link
back."""

from __future__ import annotations

import base64
import binascii
import re
from collections.abc import Callable
from dataclasses import dataclass
from urllib.parse import SplitResult, parse_qs, unquote, urlsplit

# Gateways wrap each other's links; an honest mail has no more layers than this.
MOST_LAYERS = 6
MOST_LENGTH = 16_000


def unwrap(link: str) -> tuple[str, str | None]:
    """The link inside ``link``, after every gateway of the table is undone. Also the name of a gateway whose link does
    not contain the sender's (Mimecast stores that on its own servers); else None.

    The caller has to check the result again: the inner link is as untrusted as the outer one.
    """
    for _layer in range(MOST_LAYERS):
        gateway = gateway_of(link)
        if gateway is None:
            return link, None
        inner = gateway.undo(urlsplit(link)) if gateway.undo else None
        if inner and re.match(r"(?:[a-z0-9-]{1,63}\.){1,10}[a-z]{2,63}(?:[/?#]|$)", inner, re.IGNORECASE):
            # A text without a scheme that the gateway took for a link; a browser would open it with https.
            inner = "https://" + inner
        if inner is None or not re.match(r"https?://[^\s/]", inner, re.IGNORECASE):
            return link, gateway.name
        link = inner
    left = gateway_of(link)
    return link, left.name if left else None


def gateway_of(link: str) -> Gateway | None:
    """The gateway whose link this is."""
    if len(link) > MOST_LENGTH:
        return None
    try:
        parts = urlsplit(link)
        host = (parts.hostname or "").rstrip(".").lower()
    except ValueError:
        return None
    for one in GATEWAYS:
        if any(host == name or host.endswith("." + name) or not name for name in one.hosts) and re.match(
            one.path, parts.path, re.IGNORECASE
        ):
            return one
    return None


def _parameter(*names: str) -> Callable[[SplitResult], str | None]:
    """The link is in a parameter, escaped as a value or, if the parameter is the last one, unescaped."""

    def undo(parts: SplitResult) -> str | None:
        # Python's parameters end at "&" only; "&amp;" comes from mail whose HTML was taken for text.
        query = parts.query.replace("&amp;", "&")
        try:
            found = parse_qs(query, max_num_fields=100)
        except ValueError:
            return None
        values = {key.lower(): value[0] for key, value in found.items()}
        inner = next((values[name] for name in names if name in values), None)
        bare = re.search(rf"(?:^|&)(?:{'|'.join(names)})=(https?://[^&?]*\?[^&]*=.*)$", query, re.IGNORECASE)
        if bare and inner:
            # The link is not escaped: the parameters that follow are its own.
            return bare.group(1) + (f"#{parts.fragment}" if parts.fragment else "")
        return inner

    return undo


def _coded_parameter(name: str) -> Callable[[SplitResult], str | None]:
    """The link is in a parameter, in base64 (RFC 4648, either alphabet, padded or not)."""
    plain = _parameter(name)

    def undo(parts: SplitResult) -> str | None:
        return _base64(plain(parts) or "")

    return undo


def _base64(text: str) -> str | None:
    text = text.replace(" ", "+").replace("+", "-").replace("/", "_").rstrip("=")
    try:
        return base64.urlsafe_b64decode(text + "=" * (-len(text) % 4)).decode("utf-8")
    except (binascii.Error, ValueError):
        return None


def _whole(parts: SplitResult) -> str:
    """Path, query and fragment unchanged."""
    query = f"?{parts.query}" if parts.query else ""
    return parts.path + query + (f"#{parts.fragment}" if parts.fragment else "")


def _in_path(expression: str, *, escaped: bool) -> Callable[[SplitResult], str | None]:
    """The link is in the path, in the one group of ``expression``."""

    def undo(parts: SplitResult) -> str | None:
        found = re.search(expression, _whole(parts))
        if found is None:
            return None
        return unquote(found.group(1)) if escaped else found.group(1)

    return undo


def _coded_in_path(expression: str) -> Callable[[SplitResult], str | None]:
    """As ``_in_path``, in base64."""
    plain = _in_path(expression, escaped=False)

    def undo(parts: SplitResult) -> str | None:
        return _base64(plain(parts) or "")

    return undo


def _proofpoint_2(parts: SplitResult) -> str | None:
    """URL Defense v2: ``-`` for ``%`` and ``_`` for ``/``."""
    inner = parse_qs(parts.query.replace("&amp;", "&")).get("u", [""])[0]
    return unquote(inner.replace("-", "%").replace("_", "/"))


# A run of replaced characters is "**" and a letter for its length, from 2.
_RUNS = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_"


def _proofpoint_3(parts: SplitResult) -> str | None:
    """URL Defense v3: ``__link__;characters!…$``; each ``*`` in the link is the next of the characters."""
    found = re.search(r"/v3/__(.+?)__;([\w=-]*)!", _whole(parts))
    replaced = _base64(found.group(2)) if found else None
    if found is None or replaced is None:
        return None
    left = iter(replaced)
    try:
        link = re.sub(
            r"\*(?:\*(.))?",
            lambda star: "".join(next(left) for _one in range(_RUNS.index(star[1]) + 2 if star[1] else 1)),
            found.group(1),
        )
    except (RuntimeError, StopIteration, ValueError):
        return None
    # Some of them lose the second slash.
    return re.sub(r"^(https?:/)(?=[^/])", r"\1/", link)


@dataclass(frozen=True)
class Gateway:
    """``hosts``: these and their subdomains ("": any). ``path``: regular expression for its beginning. ``undo``:
    returns the link inside, or None if there is none; without ``undo`` the gateway's link never contains it."""

    name: str
    hosts: tuple[str, ...]
    undo: Callable[[SplitResult], str | None] | None
    path: str = ""


_PROOFPOINT = ("urldefense.proofpoint.com", "urldefense.com", "urldefense.us")

#: The first one that fits applies.
GATEWAYS: tuple[Gateway, ...] = (
    Gateway(
        "Microsoft Safe Links",
        (
            "safelinks.protection.outlook.com",
            "safelinks.protection.office365.us",
            "safelinks.protection.partner.outlook.cn",
            "safelinks.protection.outlook.cn",
            "safelinks.protection.outlook.de",
        ),
        _parameter("url"),
    ),
    Gateway("Microsoft Teams Safe Links", ("statics.teams.cdn.office.net",), _parameter("url"), ".*/safelinks"),
    Gateway("Microsoft Azure", ("emails.azure.microsoft.com", "safelink.emails.azure.net"), _parameter("destination")),
    Gateway("Proofpoint URL Defense", _PROOFPOINT, _parameter("u"), "/v1/"),
    Gateway("Proofpoint URL Defense", _PROOFPOINT, _proofpoint_2, "/v2/"),
    Gateway("Proofpoint URL Defense", _PROOFPOINT, _proofpoint_3, "/v3/"),
    Gateway("Proofpoint URL Defense", _PROOFPOINT, None),
    Gateway("Barracuda Link Protection", ("cudasvc.com",), _parameter("a")),
    Gateway("Mimecast", ("mimecast.com", "mimecastprotect.com"), _parameter("url", "u"), "/(?:s|r)/"),
    Gateway("Cisco Secure Email", ("secure-web.cisco.com",), _in_path(r"(?i).*/(https?(?:%3A|:).+)$", escaped=True)),
    Gateway("Symantec ClickTime", ("clicktime.symantec.com", "clicktime.cloud.postoffice.net"), _parameter("u")),
    Gateway("Sophos Email", ("protection.sophos.com",), _coded_parameter("u")),
    Gateway("Trend Micro ClickTime", ("trendmicro.com",), _parameter("url"), "/wis/clicktime/"),
    Gateway("FireEye", ("fireeye.com",), _parameter("u", "url"), "/(?:v1/)?url"),
    Gateway("Trustwave", ("scanmail.trustwave.com",), _parameter("u")),
    Gateway(
        "Check Point",
        ("protect.checkpoint.com", "url.avanan.click", "checkpoint.url-protection.com", "url-protection.com"),
        _in_path(r"/___(https?://.+?)___", escaped=False),
    ),
    Gateway("Libraesva", ("urlsand.esvalabs.com", "urlsand.com"), _parameter("u")),
    Gateway("EdgePilot", ("link.edgepilot.com",), _parameter("u")),
    Gateway("FortiMail", ("",), _parameter("url"), "/fmlurlsvc/"),
    Gateway("Hornetsecurity", ("hornetsecurity.com", "cloud-security.net"), _parameter("url")),
    Gateway("VIPRE", ("mailanyone.net",), None),
    Gateway("Intermedia", ("url.emailprotection.link",), None),
    Gateway("Bitdefender", ("linkscan.io",), _coded_in_path(r"^/scan/[a-z]+/([\w=-]+)")),
    Gateway("TitanHQ", ("linklock.titanhq.com",), _parameter("url")),
    Gateway("INKY", ("inky.com",), None),
    Gateway("Darktrace", ("antigena.com",), None),
    Gateway("Outlook on the web", ("",), _parameter("url"), "/owa/redir\\.aspx$"),
    Gateway("Amazon SES", ("awstrack.me",), _in_path(r"^/L0/([^/]+)", escaped=True), "/L0/"),
    Gateway("Google", ("google.com", "google.nl"), _parameter("q", "url"), "/url$"),
)
