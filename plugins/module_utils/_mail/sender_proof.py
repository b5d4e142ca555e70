# SPDX-FileCopyrightText: gbz.zorgid contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""Whether a mail's sender is proven: by its DKIM signature, or by the header that one's own mail server has added."""

from __future__ import annotations

from collections.abc import Callable, Collection
from dataclasses import dataclass
from typing import Any

from .._common.errors import ZorgidError
from .._common.libraries import demand, needs
from .domains import aligned
from .headers import (
    MOST_VALUE,
    Fields,
    sender_of,
    values,
    without_comments,
)
from .smtp_mail import check_address

with needs("authres>=1.2"):
    import authres  # type: ignore[import-untyped]

# Microsoft 365 writes the results without the name that RFC 8601 asks for, on top of every mail, and renames those that
# came with it.
MICROSOFT = "microsoft365"


@dataclass(frozen=True)
class Trust:
    """Which senders are trusted, and how they are proven. ``method``: none, authentication_results or dkim."""

    senders: frozenset[str]
    link_hosts: tuple[str, ...]
    method: str = "none"
    authentication_server: str | None = None
    dns: Callable[..., bytes | None] | None = None

    @classmethod
    def of(cls, senders: Collection[str], link_hosts: tuple[str, ...], method: str, server: str | None) -> Trust:
        """Errors: ``options_invalid, address_invalid``."""
        server = (server or "").strip().lower()
        if method == "authentication_results" and not server:
            raise ZorgidError(
                "options_invalid",
                "authentication_server is missing",
                expected="the name that your mail server writes at the start of Authentication-Results, "
                "or microsoft365",
                found="nothing",
                action="give authentication_server",
            )
        if server and method != "authentication_results":
            raise ZorgidError(
                "options_invalid",
                "authentication_server alone proves no sender",
                expected="authentication: authentication_results with it",
                found=f"authentication: {method}",
                action="set authentication to authentication_results, or remove authentication_server",
            )
        if not senders:
            raise ZorgidError(
                "options_invalid",
                "allowed_senders is empty, so no mail would be read",
                expected="at least one address",
                found="an empty list",
                action="give VZVZ's address, or remove allowed_senders, so that the built-in one is used",
            )
        trusted = frozenset(check_address(sender, "sender").lower() for sender in senders)
        return cls(trusted, link_hosts, method, server or None)


def proven(fields: Fields, raw: bytes, trust: Trust) -> bool:
    """Whether the sender is proven in the way that ``trust`` asks for; never with ``none``."""
    domain = (sender_of(fields) or "").rpartition("@")[2]
    if not domain or trust.method == "none":
        return False
    if trust.method == "dkim":
        # Imported here: with its resolver the import takes longer than reading a mailbox, and most users do not need
        # it.
        from . import dkim_signature

        demand()
        return dkim_signature.proves(fields, raw, domain, trust.dns)
    return _server_proves(values(fields, "authentication-results"), domain, (trust.authentication_server or "").lower())


def _server_proves(found: list[str], domain: str, server: str) -> bool:
    """The result of one's own server. Only the topmost header is proof, and only with the server's name; the sender may
    have written the others (RFC 8601, 5). A failed DMARC in any of them refuses the mail."""
    headers = [_results(value, server) for value in found]
    if any((each.method, each.result.lower()) == ("dmarc", "fail") for one in headers for each in one or []):
        return False
    return any(_proves(each, domain) for each in (headers[0] if headers else None) or [])


def _results(value: str, server: str) -> list[Any] | None:
    """The results in a header of ``server``; an empty list if it cannot be read; None if another server wrote it."""
    plain = without_comments(value) if len(value) < MOST_VALUE else None
    if plain is None:
        # Too long or malformed. The server's name is at the beginning; a header of our server without results proves
        # nothing.
        return [] if value.partition(";")[0].lower().split()[:1] == [server] or server == MICROSOFT else None
    if server == MICROSOFT:
        if "=" not in plain.partition(";")[0]:
            return None
        plain = f"{server}; {plain}"
    try:
        # Some servers write a separator after the last result, which RFC 8601 does not allow.
        plain = plain.rstrip("; \t")
        read = authres.AuthenticationResultsHeader.parse(f"Authentication-Results: {plain}")
    except Exception:  # noqa: BLE001 - a library that parses a stranger's text; if it fails, nothing is proven
        return [] if plain.partition(";")[0].lower().split()[:1] == [server] else None
    return [one for one in read.results or [] if hasattr(one, "method")] if read.authserv_id == server else None


def _proves(result: Any, domain: str) -> bool:
    if result.result.lower() != "pass":
        return False
    properties = {f"{one.type}.{one.name}": str(one.value or "").lower().strip() for one in result.properties}
    if result.method == "dmarc":
        return properties.get("header.from", domain) == domain
    signer = properties.get("header.d") or properties.get("header.i", "").rpartition("@")[2]
    return result.method == "dkim" and aligned(signer, domain)
