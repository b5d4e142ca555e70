# SPDX-FileCopyrightText: gbz.zorgid contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""A key in an HSM or on a token, by PKCS#11 (OASIS 2.40): it gets the digest and returns the signature."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
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
    """The organisations' certificates on a token, each with a key that signs there; the CA certificates become their
    ``chain``. The session ends with the process.

    ``module``: the driver (a shared library). ``label``: of the certificate; all are read without it.
    Errors: ``pkcs11_failed``, ``pkcs11_pin_wrong``, ``certificate_not_found``, ``certificate_unreadable``.
    """
    with session_of(module, token, pin) as session:
        wanted: dict[Any, Any] = {pkcs11.Attribute.CLASS: pkcs11.ObjectClass.CERTIFICATE}
        if label:
            wanted[pkcs11.Attribute.LABEL] = label
        objects = [(one, parse_certificate(one[pkcs11.Attribute.VALUE])) for one in list(session.get_objects(wanted))]
        above = tuple(parsed.x509 for _one, parsed in objects if is_authority(parsed.x509))
        own = [(one, parsed) for one, parsed in objects if not is_authority(parsed.x509)]
        found = [replace(_entry(session, one, parsed, token), chain=above) for one, parsed in own]
    if not found:
        raise ZorgidError(
            "certificate_not_found",
            f"The token {token} contains no such certificate",
            expected=f"a certificate labelled {label}" if label else "a certificate",
            action="put the certificate on the token beside its key, with the same id",
            found="none",
        )
    return found


def _tries_left(module: str | Path, token: str) -> str:
    """A sentence about the PIN tries left, if the token reports it; it reports no number."""
    try:
        flags = pkcs11.lib(str(module)).get_token(token_label=token).flags
    except (PKCS11Error, RuntimeError):
        return ""
    if flags & pkcs11.TokenFlag.USER_PIN_LOCKED:
        return "; the token is locked"
    if flags & pkcs11.TokenFlag.USER_PIN_FINAL_TRY:
        return "; one try is left"
    return "; few tries are left" if flags & pkcs11.TokenFlag.USER_PIN_COUNT_LOW else ""


@contextmanager
def session_of(module: str | Path, token: str, pin: str | None, *, rw: bool = False) -> Iterator[Any]:
    """A session that stays open until the process ends, because the keys found in it sign later. ``rw``: needed to
    create objects. Errors, also of code in the ``with`` block: ``pkcs11_failed``, ``pkcs11_pin_wrong``."""
    try:
        yield _session(pkcs11.lib(str(module)).get_token(token_label=token), pin, rw=rw)
    except (PinIncorrect, PinLocked) as error:
        raise ZorgidError(
            "pkcs11_pin_wrong",
            f"The token {token} refuses the PIN",
            found=in_words(error) + _tries_left(module, token),
            action="correct the PIN before you try again: a token locks itself after a few wrong ones",
            expected="the PIN of this token",
        ) from error
    except (PKCS11Error, RuntimeError, OSError) as error:
        raise _failed(token, error) from error


def _session(token: Any, pin: str | None, *, rw: bool) -> Any:
    try:
        return token.open(user_pin=pin, rw=rw)
    except UserAlreadyLoggedIn:
        # A login applies to all sessions of the process.
        return token.open(rw=rw)


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

    key = KeyState("RSA", parsed.key_bits, "not_exportable", "pkcs11", "a token keeps its keys")
    remote = keys.RemoteKey(public, signing_key(own[0], token))
    return StoreEntry(parsed, key, source=token, in_store=True, private_key=remote)


def signing_key(private: Any, token: str) -> keys.SignDigest:
    """A function that signs digests with this private key object of the token."""

    def sign(digest: bytes, hash_name: str, padding: str) -> bytes:
        try:
            if padding == "pkcs1":
                data = _PREFIXES[hash_name] + digest
                return bytes(private.sign(data, mechanism=pkcs11.Mechanism.RSA_PKCS))
            parameters = (
                pkcs11.Mechanism[hash_name],
                getattr(pkcs11.MGF, hash_name),
                len(digest),
            )
            return bytes(private.sign(digest, mechanism=pkcs11.Mechanism.RSA_PKCS_PSS, mechanism_param=parameters))
        except PKCS11Error as error:
            raise _failed(token, error) from error

    return sign


def _failed(token: str, error: Exception) -> ZorgidError:
    return ZorgidError(
        "pkcs11_failed",
        f"The token {token} cannot be used",
        found=str(error) or in_words(error),
        action="check the driver, the token's label and whether it is connected",
        expected="a token that can be read",
    )
