# SPDX-FileCopyrightText: gbz.zorgid contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""Encryption of stored secrets: AES-256-GCM with a key that scrypt (RFC 7914) derives from the user's key."""

from __future__ import annotations

import os

from .._common.errors import ZorgidError
from .._common.libraries import needs

with needs("cryptography>=44"):
    from cryptography.exceptions import InvalidTag
    from cryptography.hazmat.primitives.ciphers.aead import AESGCM
    from cryptography.hazmat.primitives.kdf.scrypt import Scrypt

_NONCE = 12


def seal(payload: str, key: str, name: str) -> tuple[bytes, bytes]:
    """Salt and ciphertext. The ciphertext is bound to ``name``, so that it cannot be used as another organisation's
    secret."""
    salt, nonce = os.urandom(16), os.urandom(_NONCE)
    return salt, nonce + _cipher(key, salt).encrypt(nonce, payload.encode(), name.encode())


def unseal(salt: bytes, sealed: bytes, key: str, name: str) -> str:
    """Error: ``secret_key_wrong``."""
    try:
        return _cipher(key, salt).decrypt(sealed[:_NONCE], sealed[_NONCE:], name.encode()).decode()
    except (InvalidTag, ValueError) as error:
        raise ZorgidError(
            "secret_key_wrong",
            "The secret in the dossier cannot be read with this key",
            expected="the key that it was encrypted with",
            action="set that key from your vault, or destroy the secret and request a new one",
        ) from error


def _cipher(key: str, salt: bytes) -> AESGCM:
    if not key.strip():
        raise ZorgidError(
            "secret_key_empty",
            "The key for secrets in the dossier is empty",
            expected="a long random text",
            action=("generate a key, for example with: openssl rand -base64 32, and store it in your vault"),
        )
    # 32 MiB and about 80 ms: fifty forks may do this at once.
    return AESGCM(Scrypt(salt=salt, length=32, n=2**15, r=8, p=1).derive(key.encode()))
