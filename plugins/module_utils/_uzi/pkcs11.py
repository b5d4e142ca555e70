# SPDX-FileCopyrightText: gbz.zorgid contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""A key in an HSM or on a token, by PKCS#11 (OASIS 2.40): the digest goes in, the signature comes out."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import Any

from .._common.errors import ZorgidError
from .._common.libraries import needs
from .._common.trouble import in_words
from . import keys
from .certificate import UziCertificate, is_authority, parse_certificate, public_key_of
from .files import KeyState, StoreEntry

with needs("cryptography>=44"):
    from cryptography.hazmat.primitives.asymmetric import rsa
with needs("python-pkcs11>=0.8"):
    import pkcs11
    from pkcs11.exceptions import PinIncorrect, PinLocked, PKCS11Error, UserAlreadyLoggedIn

# DigestInfo up to the digest, RFC 8017 section 9.2, note 1.
_PREFIXES = {
    "SHA256": bytes.fromhex("3031300d060960864801650304020105000420"),
    "SHA384": bytes.fromhex("3041300d060960864801650304020205000430"),
    "SHA512": bytes.fromhex("3051300d060960864801650304020305000440"),
}


def open_token(module: str | Path, token: str, pin: str | None, label: str | None = None) -> list[StoreEntry]:
    """The certificates of organisations on a token, each with a key that signs there; those of authorities become
    their ``chain``. The session ends with the process.

    ``module``: the driver (a shared library). ``label``: of the certificate; without it all are read.
    Errors: ``pkcs11_failed``, ``pkcs11_pin_wrong``, ``certificate_not_found``, ``certificate_unreadable``.
    """
    try:
        session = _session(pkcs11.lib(str(module)).get_token(token_label=token), pin)
        wanted: dict[Any, Any] = {pkcs11.Attribute.CLASS: pkcs11.ObjectClass.CERTIFICATE}
        if label:
            wanted[pkcs11.Attribute.LABEL] = label
        objects = [(one, parse_certificate(one[pkcs11.Attribute.VALUE])) for one in list(session.get_objects(wanted))]
        above = tuple(parsed.x509 for _one, parsed in objects if is_authority(parsed.x509))
        own = [(one, parsed) for one, parsed in objects if not is_authority(parsed.x509)]
        found = [replace(_entry(session, one, parsed, token), chain=above) for one, parsed in own]
    except (PinIncorrect, PinLocked) as error:
        raise ZorgidError(
            "pkcs11_pin_wrong",
            f"The token {token} refuses the PIN",
            found=in_words(error),
            action="correct the PIN before you try again: a token locks itself after a few wrong ones",
            expected="the PIN of this token",
        ) from error
    except (PKCS11Error, RuntimeError, OSError) as error:
        raise _failed(token, error) from error
    if not found:
        raise ZorgidError(
            "certificate_not_found",
            f"The token {token} holds no such certificate",
            expected=f"a certificate labelled {label}" if label else "a certificate",
            action="put the certificate on the token beside its key, with the same id",
            found="none",
        )
    return found


def _session(token: Any, pin: str | None) -> Any:
    try:
        return token.open(user_pin=pin)
    except UserAlreadyLoggedIn:
        # A login counts for all sessions of the process.
        return token.open()


def _entry(session: Any, certificate: Any, parsed: UziCertificate, token: str) -> StoreEntry:
    public = public_key_of(parsed.x509)
    own = list(
        session.get_objects(
            {
                pkcs11.Attribute.CLASS: pkcs11.ObjectClass.PRIVATE_KEY,
                pkcs11.Attribute.ID: certificate[pkcs11.Attribute.ID],
            }
        )
    )
    if not own or not isinstance(public, rsa.RSAPublicKey):
        state = KeyState(parsed.key_type, parsed.key_bits, "none", "pkcs11", "no key with the certificate's id")
        return StoreEntry(parsed, state, source=token, in_store=True)

    def sign(digest: bytes, hash_name: str, padding: str) -> bytes:
        try:
            if padding == "pkcs1":
                data = _PREFIXES[hash_name] + digest
                return bytes(own[0].sign(data, mechanism=pkcs11.Mechanism.RSA_PKCS))
            parameters = (
                pkcs11.Mechanism[hash_name],
                getattr(pkcs11.MGF, hash_name),
                len(digest),
            )
            return bytes(own[0].sign(digest, mechanism=pkcs11.Mechanism.RSA_PKCS_PSS, mechanism_param=parameters))
        except PKCS11Error as error:
            raise _failed(token, error) from error

    key = KeyState("RSA", parsed.key_bits, "not_exportable", "pkcs11", "a token keeps its keys")
    return StoreEntry(parsed, key, source=token, in_store=True, private_key=keys.RemoteKey(public, sign))


def _failed(token: str, error: Exception) -> ZorgidError:
    return ZorgidError(
        "pkcs11_failed",
        f"The token {token} cannot be used",
        found=str(error) or in_words(error),
        action="check the driver, the token's label and whether it is connected",
        expected="a token that can be read",
    )
