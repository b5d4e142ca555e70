# SPDX-FileCopyrightText: gbz.zorgid contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""Renews a key in a Windows store: it is made on the host, and the certificate is installed with it."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

from ...module_utils._common.errors import ZorgidError
from ...module_utils._common.libraries import needs
from ...module_utils._uzi.files import StoreEntry
from ...module_utils._uzi.requests import dns_names
from ...module_utils._uzi.store import StorePlace
from .windows_store import WindowsStore

with needs("cryptography>=44"):
    from cryptography import x509
    from cryptography.hazmat.primitives.serialization import Encoding


class WindowsKeys:
    """The place of one organisation's key (``renew_certificate.RenewalPlace``). ``entries``: lists a store once;
    ``on``: runs a function with the store on its host. ``how``: properties of the new key."""

    def __init__(
        self,
        store: StorePlace,
        entries: Callable[[Callable[[], list[StoreEntry]]], list[StoreEntry]],
        on: Callable[[Callable[[WindowsStore], Any]], Any],
        how: dict[str, Any],
    ) -> None:
        self._store, self._entries, self._on, self._how = store, entries, on, how

    def entries(self) -> Sequence[StoreEntry]:
        return self._entries(lambda: list(self._on(lambda store: store.list())))

    def lost(self, _key: str) -> str:
        """Always empty: Windows stores the key with its request, and reports a missing one when the certificate is
        installed."""
        return ""

    def ready(self) -> None:
        """Error: ``request_failed``, as the host would report it later."""
        if self._store.name.casefold() != "my":
            raise ZorgidError(
                "request_failed",
                f"A certificate in {self._store} is not renewed by this playbook",
                expected="store_name My, the only store in which Windows makes and installs requests",
                found=str(self._store),
                action="renew it on the host, or move it to My and set store_name",
            )

    def make(self, certificate: x509.Certificate) -> bytes:
        # Converted to text, because a bit string is possible as a value, though not in UZI certificates.
        subject = [{"type": one.oid.dotted_string, "value": str(one.value)} for one in certificate.subject]
        names = dns_names(certificate)
        return bytes(self._on(lambda store: store.request(subject, names, **self._how)))

    def check(self, _issued: x509.Certificate) -> None:
        self.ready()

    def install(self, issued: x509.Certificate, _chain: Sequence[x509.Certificate]) -> list[str]:
        self._on(lambda store: store.install(issued.public_bytes(Encoding.DER)))
        return [f"the old certificate and key in {self._store}"]

    def finish(self, _installed: StoreEntry) -> list[str]:
        return []
