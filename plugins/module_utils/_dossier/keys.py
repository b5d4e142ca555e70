# SPDX-FileCopyrightText: gbz.zorgid contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""The keys of a dossier. The user's key, from the vault, wraps the others, which are random and stay in the dossier.

The vault key is random (256 bits), so HKDF (RFC 5869) is enough to derive a key for each purpose; no slow derivation is
needed. Encrypted values (AES-256-GCM, NIST SP 800-38D) are bound to their place, so that one cannot be exchanged for
another.
"""

from __future__ import annotations

import base64
import binascii
import functools
import hashlib
import hmac
import os
from dataclasses import dataclass
from json.encoder import encode_basestring_ascii as _quoted
from typing import Any

from .._common.errors import ZorgidError
from .._common.libraries import needs
from .journal import canonical

with needs("cryptography>=44"):
    from cryptography.exceptions import InvalidTag
    from cryptography.hazmat.primitives.ciphers.aead import AESGCM
    from cryptography.hazmat.primitives.hashes import SHA256
    from cryptography.hazmat.primitives.kdf.hkdf import HKDF

LENGTH = 32
_NONCE = 12
_FEWEST_KINDS = 12  # different byte values: 32 random bytes have about 30, a sentence that is valid base64 fewer


@dataclass(frozen=True)
class VaultKey:
    """``id`` identifies the key and reveals nothing of it."""

    id: str
    _wrapping: bytes

    @classmethod
    def of(cls, text: str) -> VaultKey:
        """Error: ``dossier_key_invalid``."""
        secret = _decoded("".join(text.split()))
        if secret is None:
            raise ZorgidError(
                "dossier_key_invalid",
                "dossier_key is not a valid key",
                expected="at least 32 random bytes as base64 or hexadecimal text",
                found=f"a text of {len(text)} characters that is not a key",
                action="generate a key with: openssl rand -base64 32, and store it in your vault",
            )
        return cls(_derived(secret, "key id")[:8].hex(), _derived(secret, "wrapping"))

    def wrap(self, key: bytes, bound: tuple[str, ...]) -> bytes:
        return encrypt(self._wrapping, key, bound)

    def unwrap(self, wrapped: bytes, bound: tuple[str, ...]) -> bytes:
        """Error: ``dossier_key_wrong``."""
        found = decrypt(self._wrapping, wrapped, bound)
        if found is None:
            raise ZorgidError(
                "dossier_key_wrong",
                "The dossier cannot be opened with this dossier_key",
                expected="the key that it was last opened with",
                found=f"another key, or a dossier that was changed ({self.id})",
                action="set the right key from your vault; if it is lost, see docs/dossier.md, A lost key",
            )
        return found


@dataclass(frozen=True)
class Keys:
    """The keys of the dossier ``identity``. ``vault`` wraps the others, ``mac`` proves rows, ``digest`` makes keyed
    digests."""

    identity: str
    vault: VaultKey
    mac: bytes
    digest: bytes

    @classmethod
    def make(cls, identity: str, vault: VaultKey) -> Keys:
        return cls(identity, vault, os.urandom(LENGTH), os.urandom(LENGTH))

    @classmethod
    def unwrap(cls, identity: str, vault: VaultKey, wrapped: bytes) -> Keys:
        both = vault.unwrap(wrapped, (identity, "dossier"))
        return cls(identity, vault, both[:LENGTH], both[LENGTH:])

    def wrapped(self, vault: VaultKey) -> bytes:
        return vault.wrap(self.mac + self.digest, (self.identity, "dossier"))

    def mac_of(self, seq: int, row_hash: str) -> str:
        """HMAC-SHA256 (RFC 2104), written out for speed: every run checks every row. A test compares with ``hmac`` and
        with ``canonical``."""
        inner, outer = self._halves
        inner, outer = inner.copy(), outer.copy()
        inner.update(f"{seq},{_quoted(row_hash)}]".encode())
        outer.update(inner.digest())
        return str(outer.hexdigest())

    @functools.cached_property
    def _halves(self) -> tuple[Any, Any]:
        """The hash states that depend on the key alone, and the beginning of each row's text."""
        key = self.mac.ljust(64, b"\0")
        inner, outer = (hashlib.sha256(bytes(one ^ pad for one in key)) for pad in (0x36, 0x5C))
        inner.update(f"[{_quoted(self.identity)},".encode())
        return inner, outer

    def seal_shared(self, content: bytes, name: str) -> bytes:
        """Encrypt what runs of one job share for minutes. It is bound to ``name``."""
        return encrypt(_derived(self.mac, "shared reading"), content, (self.identity, name))

    def open_shared(self, sealed: bytes, name: str) -> bytes | None:
        return decrypt(_derived(self.mac, "shared reading"), sealed, (self.identity, name))

    def digest_of(self, ura: str, kind: str, value: bytes) -> str:
        """A keyed digest, so that nobody can guess the value by trying birth dates. ``ura``: eight digits, or empty."""
        bound = canonical([self.identity, ura, kind]).encode() + b"\0"
        return hmac.new(self.digest, bound + value, hashlib.sha256).hexdigest()


def encrypt(key: bytes, content: bytes, bound: tuple[str, ...]) -> bytes:
    nonce = os.urandom(_NONCE)
    return nonce + AESGCM(key).encrypt(nonce, content, canonical(bound).encode())


def decrypt(key: bytes, sealed: bytes, bound: tuple[str, ...]) -> bytes | None:
    """The content; None if it was encrypted with another key or for another place, or was changed."""
    try:
        return AESGCM(key).decrypt(sealed[:_NONCE], sealed[_NONCE:], canonical(bound).encode())
    except (InvalidTag, ValueError):
        return None


def _decoded(text: str) -> bytes | None:
    for decode in (bytes.fromhex, lambda text: base64.b64decode(text, validate=True)):
        try:
            found = decode(text)
        except (ValueError, binascii.Error):
            continue
        if len(found) >= LENGTH and len(set(found)) >= _FEWEST_KINDS:
            return found
    return None


def _derived(secret: bytes, purpose: str) -> bytes:
    return HKDF(SHA256(), LENGTH, None, f"gbz.zorgid dossier 1 {purpose}".encode()).derive(secret)
