# SPDX-FileCopyrightText: gbz.zorgid contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""A certificate store of a Windows host: its place, its certificates, and what its keys sign. The connection to the
host is not part of this package: the code that has one implements ``CertificateStore``."""

from __future__ import annotations

import base64
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from functools import partial
from typing import Protocol

from .._common.errors import ZorgidError
from .._common.libraries import needs
from .._common.text import printable
from . import keys
from .certificate import is_authority, parse_certificate, public_key_of
from .files import KeyState, StoreEntry
from .store_answers import ListedCertificate

with needs("cryptography>=44"):
    from cryptography import x509
    from cryptography.hazmat.primitives.asymmetric import rsa

    from .._common.damage import DAMAGED

#: thumbprint, data, name of the hash (SHA256, SHA384, SHA512), padding (pkcs1, pss): the signature
Sign = Callable[[str, bytes, str, str], bytes]


@dataclass(frozen=True)
class StorePlace:
    """``name``: the name in Windows, such as My. ``location``: LocalMachine or CurrentUser."""

    name: str = "My"
    location: str = "LocalMachine"

    def __str__(self) -> str:
        return f"{self.location}\\{self.name}"


@dataclass(frozen=True)
class ToSign:
    """What one key of the store signs: the canonical SignedInfo of an XML signature, or a challenge of
    ``keys.prove_possession``. The host hashes it, and refuses other content."""

    thumbprint: str
    data: bytes
    hash_name: str = "SHA256"
    padding: str = "pkcs1"

    def as_argument(self) -> dict[str, str]:
        """One item of ``to_sign``, in the form that the script ``uzi_store`` accepts."""
        challenge = self.data.startswith(keys.CHALLENGE_PREFIX)
        data = self.data.removeprefix(keys.CHALLENGE_PREFIX)
        return {
            "thumbprint": self.thumbprint,
            "purpose": "possession" if challenge else "document",
            "data": base64.b64encode(data).decode(),
            "hash": self.hash_name,
            "padding": self.padding,
        }


class ListedStore(Protocol):
    """A store that lists its certificates; their keys sign on the host.

    Errors: ``windows_host_needed``, ``windows_unreachable``, ``windows_login_refused``, ``windows_module_failed``,
    ``windows_answer_unreadable``, ``library_missing``, and those of the script (``store_unavailable``, …).
    """

    def list(self) -> Sequence[StoreEntry]:
        """Every readable certificate except CA certificates."""


class CertificateStore(ListedStore, Protocol):
    """A store with direct access; each method is one round trip, or one per fifty items. Errors: those of
    ``ListedStore``, ``key_inaccessible`` and ``key_not_exportable``."""

    def sign(self, items: Sequence[ToSign]) -> Sequence[bytes | ZorgidError]:
        """For each item a signature, or the error why there is none."""

    def export(self, thumbprint: str, password: str) -> bytes:
        """A PKCS#12 with certificate and key. ``thumbprint``: SHA-1, as Windows names a certificate."""


def store_entries(
    listed: Iterable[ListedCertificate], authorities: Iterable[bytes], source: str, sign: Sign
) -> list[StoreEntry]:
    """The certificates that a host listed, parsed. Certificates that are not of an organisation or cannot be read are
    left out. ``authorities``: CA certificates (DER). ``sign`` is called when one of the keys is used."""
    above = tuple(_readable(authorities))
    return [entry for one in listed if (entry := _entry(one, above, source, sign)) is not None]


def _entry(
    listed: ListedCertificate, authorities: tuple[x509.Certificate, ...], source: str, sign: Sign
) -> StoreEntry | None:
    try:
        parsed = parse_certificate(listed.der)
    except ZorgidError:
        return None
    if is_authority(parsed.x509):
        return None
    state = KeyState(parsed.key_type, parsed.key_bits, listed.state, listed.provider, printable(listed.reason, 500))
    public = public_key_of(parsed.x509)
    remote = None
    if isinstance(public, rsa.RSAPublicKey) and listed.state in ("exportable", "not_exportable"):
        remote = keys.RemoteKey(public, partial(sign, listed.thumbprint), hashes_there=True)
    name = printable(listed.friendly_name)
    return StoreEntry(parsed, state, authorities, source, name, in_store=True, private_key=remote)


def _readable(ders: Iterable[bytes]) -> list[x509.Certificate]:
    found = []
    for der in ders:
        try:
            found.append(x509.load_der_x509_certificate(der))
        except DAMAGED:
            # A CA certificate that cannot be read cannot be part of a path.
            continue
    return found
