# SPDX-FileCopyrightText: gbz.zorgid contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""RSA keys that a process makes once: making one takes longer than most tests."""

from __future__ import annotations

import functools

from cryptography.hazmat.primitives.asymmetric import rsa

#: as many as one test needs
MOST = 8


@functools.cache
def rsa_key(number: int) -> rsa.RSAPrivateKey:
    """2048 bits; the same key for the same number, 0 to ``MOST`` - 1."""
    if not 0 <= number < MOST:
        raise ValueError(f"a number from 0 to {MOST - 1}, not {number}")
    return new_key()


def new_key() -> rsa.RSAPrivateKey:
    return rsa.generate_private_key(65537, 2048)
