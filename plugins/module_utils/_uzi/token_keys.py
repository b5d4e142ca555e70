# SPDX-FileCopyrightText: gbz.zorgid contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""Renews a key on a token: a new key pair is made on it and cannot leave it, and the certificate is stored beside it.

The new certificate gets the label of the old one, so that ``pkcs11_label`` finds both; the usable one that expires last
signs. Nothing on the token is changed or deleted.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import Any

from .._common.libraries import needs
from .._common.ura import same_ura
from . import keys
from .files import StoreEntry
from .key_source import Token
from .pkcs11 import session_of, signing_key
from .requests import key_digest, request_for

with needs("cryptography>=44"):
    from cryptography import x509
    from cryptography.hazmat.primitives.asymmetric import rsa
    from cryptography.hazmat.primitives.serialization import Encoding
with needs("python-pkcs11>=0.8"):
    import pkcs11
    from pkcs11 import Attribute


class TokenKeys:
    """The place of one organisation's key; implements ``renew_certificate.RenewalPlace``. Errors: those of
    ``pkcs11.open_token``."""

    def __init__(self, token: Token, ura: str, *, bits: int, now: datetime) -> None:
        self._token, self._ura, self._bits, self._now = token, ura, bits, now

    def entries(self) -> Sequence[StoreEntry]:
        return self._token.open()

    def lost(self, key: str) -> str:
        """Where the key of the request is missing; empty if it is there."""
        with self._session() as session:
            return "" if self._find(session, key) else f"the token {self._token.token}"

    def ready(self) -> None:
        """No check: only ``make`` shows whether the token can make a key."""

    def make(self, certificate: x509.Certificate) -> bytes:
        """The request (DER). A key pair from an earlier call that has no certificate yet is used again."""
        with self._session(rw=True) as session:
            waiting = self._waiting(session)
            private = waiting[-1] if waiting else self._generate(session)
            return request_for(certificate, self._remote(private))

    def check(self, issued: x509.Certificate) -> None:
        """Check that the new key on the token belongs to the certificate. Errors: those of ``prove_possession``."""
        with self._session() as session:
            (private,) = self._find(session, key_digest(issued.public_key()))
            keys.prove_possession(self._remote(private), issued)

    def install(self, issued: x509.Certificate, _chain: Sequence[x509.Certificate]) -> list[str]:
        """Store the certificate; the CA certificates on the token stay unchanged."""
        with self._session(rw=True) as session:
            (private,) = self._find(session, key_digest(issued.public_key()))
            session.create_object(
                {
                    Attribute.CLASS: pkcs11.ObjectClass.CERTIFICATE,
                    Attribute.CERTIFICATE_TYPE: pkcs11.CertificateType.X_509,
                    Attribute.TOKEN: True,
                    Attribute.LABEL: self._label(session),
                    Attribute.ID: private[Attribute.ID],
                    Attribute.SUBJECT: issued.subject.public_bytes(),
                    Attribute.VALUE: issued.public_bytes(Encoding.DER),
                }
            )
        return ["the old key and certificate on the token"]

    def finish(self, _installed: StoreEntry) -> list[str]:
        """Does nothing: ``install`` is one step, which cannot be interrupted halfway."""
        return []

    def _session(self, *, rw: bool = False) -> Any:
        return session_of(str(self._token.module), str(self._token.token), self._token.pin, rw=rw)

    def _generate(self, session: Any) -> Any:
        day = f"{self._now:%Y%m%d%H%M%S}"
        _public, private = session.generate_keypair(
            pkcs11.KeyType.RSA,
            self._bits,
            id=f"{self._ura}-{day}".encode(),
            label=f"{self._prefix}{day}",
            store=True,
            private_template={Attribute.EXTRACTABLE: False, Attribute.SENSITIVE: True},
        )
        return private

    @property
    def _prefix(self) -> str:
        return f"{self._ura}-renewal-"

    def _waiting(self, session: Any) -> list[Any]:
        """Key pairs of this organisation without a certificate."""
        private = session.get_objects({Attribute.CLASS: pkcs11.ObjectClass.PRIVATE_KEY})
        mine = [one for one in private if str(one.label).startswith(self._prefix)]
        certificates = session.get_objects({Attribute.CLASS: pkcs11.ObjectClass.CERTIFICATE})
        used = {bytes(one[Attribute.ID]) for one in certificates}
        return sorted((one for one in mine if bytes(one[Attribute.ID]) not in used), key=lambda one: str(one.label))

    def _find(self, session: Any, digest: str) -> list[Any]:
        private = list(session.get_objects({Attribute.CLASS: pkcs11.ObjectClass.PRIVATE_KEY}))
        return [one for one in private if one.key_type == pkcs11.KeyType.RSA and key_digest(_public(one)) == digest][:1]

    def _remote(self, private: Any) -> keys.RemoteKey:
        return keys.RemoteKey(_public(private), signing_key(private, str(self._token.token)))

    def _label(self, session: Any) -> str:
        """The label of the certificate in use."""
        if self._token.label:
            return self._token.label
        labels = {
            bytes(one[Attribute.VALUE]): str(one[Attribute.LABEL])
            for one in session.get_objects({Attribute.CLASS: pkcs11.ObjectClass.CERTIFICATE})
        }
        mine = [one for one in self.entries() if same_ura(one.certificate.ura, self._ura)]
        return next((labels[one.certificate.der] for one in mine if labels.get(one.certificate.der)), self._ura)


def _public(private: Any) -> rsa.RSAPublicKey:
    modulus, exponent = private[Attribute.MODULUS], private[Attribute.PUBLIC_EXPONENT]
    numbers = rsa.RSAPublicNumbers(int.from_bytes(exponent), int.from_bytes(modulus))
    return numbers.public_key()
