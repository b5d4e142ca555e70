# SPDX-FileCopyrightText: gbz.zorgid contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""Private keys that are elsewhere, behind the interface that every signing library takes."""

from __future__ import annotations

import hashlib
import os
from collections.abc import Callable
from typing import Any, NoReturn

from .._common.errors import ZorgidError
from .._common.libraries import needs

#: digest, name of the hash (SHA256, SHA384, SHA512), padding (pkcs1, pss) -> signature
SignDigest = Callable[[bytes, str, str], bytes]
#: the data itself instead of its digest, for keys whose host hashes: it signs no digest that it did not make
SignData = SignDigest
#: what ``prove_possession`` has signed begins with this, so that it can be taken for nothing else; a nonce follows
CHALLENGE_PREFIX = b"gbz.zorgid proof of possession\0"

with needs("cryptography>=44"):
    from cryptography import x509
    from cryptography.exceptions import InvalidSignature
    from cryptography.hazmat.primitives import hashes
    from cryptography.hazmat.primitives.asymmetric import padding, rsa
    from cryptography.hazmat.primitives.asymmetric.utils import Prehashed

    class RemoteKey(rsa.RSAPrivateKey):
        """A key that never leaves its host: the digest goes there, the signature comes back; with ``hashes_there``
        the data goes there (and a digest, ``Prehashed``, is not signed: error ``padding_unsupported``).

        Each signature is verified with the public key before it is handed on. That is the proof of possession, without
        a round trip of its own.
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
            """Sign ``data``, or the digest of it with ``Prehashed``. PSS: MGF1 with the same hash, salt as long."""
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
        "This key can make the wanted signature nowhere but in a file",
        expected="PKCS#1 v1.5, or RSASSA-PSS with MGF1 of the same hash and a salt as long as the digest",
        found="another padding",
        action="choose another signature_algorithm",
    )


def _no_digest() -> ZorgidError:
    return ZorgidError(
        "padding_unsupported",
        "The host of this key signs no digest that it did not make itself",
        expected="the data to sign",
        found="a digest alone",
        action="sign with this collection, which gives the data",
    )


def prove_possession(key: rsa.RSAPrivateKey, certificate: x509.Certificate) -> None:
    """Sign a random challenge and verify it with the certificate. Errors: ``key_mismatch``, ``key_not_rsa``."""
    public = certificate.public_key()
    if not isinstance(public, rsa.RSAPublicKey):
        raise ZorgidError(
            "key_not_rsa",
            "The certificate's key is not RSA",
            expected="an RSA key, as CIBG asks",
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
        "This private key only signs, where it is",
        expected="a key in a file",
        found="a key that stays on its host or token",
        action="let it sign there",
    )
