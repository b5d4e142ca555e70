# SPDX-FileCopyrightText: gbz.zorgid contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""Private keys on another host or token, with the interface that every signing library uses."""

from __future__ import annotations

import hashlib
import os
from collections.abc import Callable
from typing import Any, NoReturn

from .._common.errors import ZorgidError
from .._common.libraries import needs

#: digest, name of the hash (SHA256, SHA384, SHA512), padding (pkcs1, pss) -> signature
SignDigest = Callable[[bytes, str, str], bytes]
#: As ``SignDigest`` with the data instead of its digest, for a host that hashes itself and signs no other digest.
SignData = SignDigest
#: Each challenge of ``prove_possession`` begins with this, so that nobody can use it as another message; a nonce
#: follows
CHALLENGE_PREFIX = b"gbz.zorgid proof of possession\0"

with needs("cryptography>=44"):
    from cryptography import x509
    from cryptography.exceptions import InvalidSignature
    from cryptography.hazmat.primitives import hashes
    from cryptography.hazmat.primitives.asymmetric import padding, rsa
    from cryptography.hazmat.primitives.asymmetric.utils import Prehashed

    class RemoteKey(rsa.RSAPrivateKey):
        """A key that never leaves its host: the digest goes there, the signature comes back. With ``hashes_there`` the
        data goes there, and signing a digest (``Prehashed``) is the error ``padding_unsupported``.

        Each signature is verified with the public key before it is returned. That is the proof of possession, without a
        round trip of its own.
        """

        def __init__(
            self, public_key: rsa.RSAPublicKey, sign: SignDigest | SignData, *, hashes_there: bool = False
        ) -> None:
            self._public_key = public_key
            self._sign = sign
            self._hashes_there = hashes_there

        @property
        def key_size(self) -> int:
            return self._public_key.key_size

        def public_key(self) -> rsa.RSAPublicKey:
            return self._public_key

        def sign(self, data: Any, padding: Any, algorithm: Any) -> bytes:
            """Sign ``data``, or its digest with ``Prehashed``. PSS: MGF1 with the same hash, salt of the digest's
            length."""
            if isinstance(algorithm, Prehashed):
                if self._hashes_there:
                    raise _no_digest()
                function, digest = algorithm._algorithm, bytes(data)
            else:
                function, digest = algorithm, hashlib.new(algorithm.name, data).digest()
            name = _padding_name(padding, function)
            given = bytes(data) if self._hashes_there else digest
            signature = self._sign(given, function.name.upper(), name)
            try:
                self._public_key.verify(signature, digest, padding, Prehashed(function))
            except InvalidSignature as error:
                raise not_possessed() from error
            return signature

        def decrypt(self, *_: Any) -> NoReturn:
            raise _stays()

        def private_numbers(self) -> NoReturn:
            raise _stays()

        def private_bytes(self, *_: Any, **__: Any) -> NoReturn:
            raise _stays()

        def __copy__(self) -> RemoteKey:
            return self

        def __deepcopy__(self, memo: dict[int, Any]) -> RemoteKey:
            return self


def _padding_name(scheme: Any, function: Any) -> str:
    if isinstance(scheme, padding.PKCS1v15):
        return "pkcs1"
    if (
        isinstance(scheme, padding.PSS)
        and scheme.mgf._algorithm.name == function.name
        and scheme._salt_length in (function.digest_size, padding.PSS.DIGEST_LENGTH)
    ):
        return "pss"
    raise ZorgidError(
        "padding_unsupported",
        "Only a key in a file can make this kind of signature",
        expected="PKCS#1 v1.5, or RSASSA-PSS with MGF1 of the same hash and a salt as long as the digest",
        found="another padding",
        action="choose another signature_algorithm",
    )


def _no_digest() -> ZorgidError:
    return ZorgidError(
        "padding_unsupported",
        "The host of this key signs only a digest that it has calculated itself",
        expected="the data to sign",
        found="a digest alone",
        action="sign with this collection, which sends the data",
    )


def prove_possession(key: rsa.RSAPrivateKey, certificate: x509.Certificate) -> None:
    """Sign a random challenge and verify it with the certificate. Errors: ``key_mismatch``, ``key_not_rsa``."""
    public = certificate.public_key()
    if not isinstance(public, rsa.RSAPublicKey):
        raise ZorgidError(
            "key_not_rsa",
            "The certificate's key is not RSA",
            expected="an RSA key, as CIBG requires",
            found="a key of another kind",
            action="request a certificate with an RSA key",
        )
    challenge = CHALLENGE_PREFIX + os.urandom(32)
    scheme, algorithm = padding.PKCS1v15(), hashes.SHA256()
    try:
        public.verify(key.sign(challenge, scheme, algorithm), challenge, scheme, algorithm)
    except (InvalidSignature, ValueError) as error:
        raise not_possessed() from error


def not_possessed() -> ZorgidError:
    """The error ``key_mismatch``."""
    return ZorgidError(
        "key_mismatch",
        "The private key does not belong to the certificate",
        expected="a signature that verifies with the certificate",
        action="give the key that the certificate was requested with",
        found="one that does not",
    )


def _stays() -> ZorgidError:
    return ZorgidError(
        "key_not_exportable",
        "This private key cannot be exported",
        expected="a key in a file",
        found="a key that stays on its host or token",
        action="sign on that host or with that token",
    )
