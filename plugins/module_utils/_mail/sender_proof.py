# SPDX-FileCopyrightText: gbz.zorgid contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""Whether a mail's sender is proven: by its DKIM signature, or by what one's own mail server has written on top."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from .._common.libraries import demand, needs
from .domains import aligned
from .headers import (
    MOST_VALUE,
    Fields,
    sender_of,
    values,
    without_comments,
)

with needs("authres>=1.2"):
    import authres  # type: ignore[import-untyped]

# Microsoft 365 writes the results without the name that RFC 8601 asks for, on top of every mail, and renames those that
# came with it.
MICROSOFT = "microsoft365"


@dataclass(frozen=True)
class Trust:
    """Whose mail is acted upon. ``method``: none, authentication_results or dkim."""

    senders: frozenset[str]
    link_hosts: tuple[str, ...]
    method: str = "none"
    authentication_server: str | None = None
    dns: Callable[..., bytes | None] | None = None


def proven(fields: Fields, raw: bytes, trust: Trust) -> bool:
    """Whether the sender is proven in the way that ``trust`` asks for; never with ``none``."""
    domain = (sender_of(fields) or "").rpartition("@")[2]
    if not domain or trust.method == "none":
        return False
    if trust.method == "dkim":
        # With its resolver it takes longer to import than a mailbox to be read, and most do without it.
        from . import dkim_signature

        demand()
        return dkim_signature.proves(fields, raw, domain, trust.dns)
    return _told(values(fields, "authentication-results"), domain, (trust.authentication_server or "").lower())


def _told(found: list[str], domain: str, server: str) -> bool:
    """What one's own server says. Only the topmost header proves anything, and only under its name; those below may
    have come with the mail (RFC 8601, 5). A DMARC that failed counts wherever it says so."""
    told = [_results(value, server) for value in found]
    if any((each.method, each.result.lower()) == ("dmarc", "fail") for one in told for each in one or []):
        return False
    return any(_proves(each, domain) for each in (told[0] if told else None) or [])


def _results(value: str, server: str) -> list[Any] | None:
    """The results in a header of ``server``; none when it cannot be read; None when it is somebody else's."""
    plain = without_comments(value) if len(value) < MOST_VALUE else None
    if plain is None:
        # Too long or broken. Whose it is stands at the beginning; one of our own proves nothing.
        return [] if value.partition(";")[0].lower().split()[:1] == [server] or server == MICROSOFT else None
    if server == MICROSOFT:
        if "=" not in plain.partition(";")[0]:
            return None
        plain = f"{server}; {plain}"
    try:
        # Some servers end the list with the sign that parts it, which RFC 8601 does not know.
        plain = plain.rstrip("; \t")
        read = authres.AuthenticationResultsHeader.parse(f"Authentication-Results: {plain}")
    except Exception:  # noqa: BLE001 - a stranger's text in a library; whatever it trips over proves nothing
        return [] if plain.partition(";")[0].lower().split()[:1] == [server] else None
    return [one for one in read.results or [] if hasattr(one, "method")] if read.authserv_id == server else None


def _proves(result: Any, domain: str) -> bool:
    if result.result.lower() != "pass":
        return False
    told = {f"{one.type}.{one.name}": str(one.value or "").lower().strip() for one in result.properties}
    if result.method == "dmarc":
        return told.get("header.from", domain) == domain
    signer = told.get("header.d") or told.get("header.i", "").rpartition("@")[2]
    return result.method == "dkim" and aligned(signer, domain)
