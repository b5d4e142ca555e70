# SPDX-FileCopyrightText: gbz.zorgid contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""Private keys in files: PEM, DER (PKCS#8, PKCS#1), PKCS#12. The error for another kind says how to convert it."""

from __future__ import annotations

import warnings
from collections.abc import Sequence
from pathlib import Path

from .._common.errors import ZorgidError
from .._common.libraries import needs
from .armour import Block
from .contents import contents_of

with needs("cryptography>=44"):
    from cryptography import x509
    from cryptography.exceptions import UnsupportedAlgorithm
    from cryptography.hazmat.primitives.asymmetric import rsa
    from cryptography.hazmat.primitives.serialization import load_der_private_key, load_pem_private_key, pkcs12

    from .._common.damage import DAMAGED
with needs("pyhanko-certvalidator>=0.26"):
    from asn1crypto import keys
    from asn1crypto import pkcs12 as asn1_pkcs12

_LABELS = ("PRIVATE KEY", "ENCRYPTED PRIVATE KEY", "RSA PRIVATE KEY", "ANY PRIVATE KEY", "")
#: RFC 8018 asks for at least 1000 iterations; a larger number than this would only load the processor.
_MOST_ROUNDS = 10_000_000


def load_private_key(path: str | Path, passphrase: str | None = None) -> rsa.RSAPrivateKey:
    """The RSA key in a PEM, DER (PKCS#8, PKCS#1) or PKCS#12 file.

    The library's check of the numbers is off (195 ms for 4096 bits): ``prove_possession`` is the stronger check.
    Errors: ``file_unreadable``, ``key_unreadable``, ``key_absent``, ``key_several``, ``passphrase_wrong``,
    ``key_not_rsa``.
    """
    try:
        found = contents_of(path)
    except ZorgidError as error:
        if error.code != "certificate_unreadable":
            raise
        raise _unreadable(path, str(error.found)) from error
    if found.pkcs12:
        key = open_pkcs12(found.pkcs12.der, path, passphrase)[0]
    else:
        key = _the_key(found.keys, path, passphrase) if found.keys else None
    if key is None:
        raise ZorgidError(
            "key_absent",
            f"{path} contains no private key",
            action="give the file with the key as key_path",
            expected="a private key",
            found="none",
        )
    return key


def key_beside(
    blocks: Sequence[Block], path: str | Path, passphrase: str | None
) -> tuple[rsa.RSAPrivateKey | None, str]:
    """The key in the file of the certificates, and why it could not be opened (empty if it could or there is none)."""
    if not blocks:
        return None, ""
    if len(blocks) == 1 and passphrase is None and blocks[0].encrypted:
        return None, "encrypted; give the passphrase"
    return _the_key(blocks, path, passphrase), ""


def _the_key(blocks: Sequence[Block], path: str | Path, passphrase: str | None) -> rsa.RSAPrivateKey:
    if len(blocks) > 1:
        raise _several(path)
    block = blocks[0]
    if block.label in ("EC PRIVATE KEY", "DSA PRIVATE KEY"):
        raise _not_rsa(path)
    if block.label == "OPENSSH PRIVATE KEY":
        raise _unreadable(path, "a key of OpenSSH: convert a copy of it with ssh-keygen -p -m PKCS8")
    if block.label not in _LABELS:
        raise _unreadable(path, f"{block.place}, a kind of key that is not known here")
    return _opened(block, path, passphrase)


def _opened(block: Block, path: str | Path, passphrase: str | None) -> rsa.RSAPrivateKey:
    load, data = (load_pem_private_key, block.text) if block.label else (load_der_private_key, block.der)
    try:
        try:
            key = load(data, passphrase.encode() if passphrase else None, unsafe_skip_rsa_key_validation=True)
        except TypeError:
            if passphrase is None:
                raise
            # The file is not encrypted: a passphrase that is not needed is no error.
            key = load(data, None, unsafe_skip_rsa_key_validation=True)
    except TypeError as error:
        raise _passphrase(path, "encrypted, and no passphrase was given") from error
    except UnsupportedAlgorithm as error:
        raise _unreadable(path, "an encryption or a kind of key that is not supported") from error
    except ValueError as error:
        if "unknown cipher" in str(error):
            raise _unreadable(path, "an encryption that is not supported: encrypt it again with AES-256") from error
        if passphrase and (block.encrypted or _is_encrypted(block.der)):
            raise _passphrase(path, "the passphrase does not open it") from error
        raise _unreadable(path, f"{block.place} is damaged") from error
    if not isinstance(key, rsa.RSAPrivateKey):
        raise _not_rsa(path)
    return key


def _is_encrypted(der: bytes) -> bool:
    try:
        return bool(keys.EncryptedPrivateKeyInfo.load(der, strict=True)["encryption_algorithm"]["algorithm"].native)
    except (ValueError, TypeError):
        return False


def open_pkcs12(
    data: bytes, path: str | Path, passphrase: str | None
) -> tuple[rsa.RSAPrivateKey | None, x509.Certificate | None, list[x509.Certificate]]:
    """Key, certificate, CA certificates. Errors: ``passphrase_wrong``, ``key_several``, ``key_not_rsa``,
    ``key_unreadable``."""
    if _rounds(data) > _MOST_ROUNDS:
        raise _unreadable(path, f"a PKCS#12 that asks for more than {_MOST_ROUNDS} rounds")
    if _count_keys(data) > 1:
        raise _several(path)
    try:
        key, certificate, others = _load_pkcs12(data, passphrase)
    except UnsupportedAlgorithm as error:
        raise _unreadable(path, "a PKCS#12 with an encryption that is not supported: export it with AES-256") from error
    except DAMAGED as error:
        why = "the passphrase does not open it, or the file is damaged"
        raise _passphrase(path, why if passphrase else "encrypted, and no passphrase was given") from error
    if key is not None and not isinstance(key, rsa.RSAPrivateKey):
        raise _not_rsa(path)
    return key, certificate, list(others)


def _load_pkcs12(data: bytes, passphrase: str | None) -> tuple[object, x509.Certificate | None, list[x509.Certificate]]:
    with warnings.catch_warnings():
        # Several programs write BER instead of DER, and the user cannot change that.
        warnings.simplefilter("ignore")
        if passphrase:
            return pkcs12.load_key_and_certificates(data, passphrase.encode())
        try:
            return pkcs12.load_key_and_certificates(data, None)
        except ValueError:
            # In this format, no passphrase and an empty one are different (RFC 7292, appendix B).
            return pkcs12.load_key_and_certificates(data, b"")


def _rounds(data: bytes) -> int:
    try:
        return int(asn1_pkcs12.Pfx.load(data)["mac_data"]["iterations"].native or 0)
    except (ValueError, TypeError, KeyError):
        return 0


def _count_keys(data: bytes) -> int:
    """The number of keys in the part of a PKCS#12 that is not encrypted as a whole: all known programs put them
    there."""
    try:
        safe = asn1_pkcs12.Pfx.load(data).authenticated_safe
        return sum(
            bag["bag_id"].native in ("key_bag", "pkcs8_shrouded_key_bag")
            for info in safe
            if info["content_type"].native == "data"
            for bag in asn1_pkcs12.SafeContents.load(info["content"].native)
        )
    except (ValueError, TypeError):
        return 0


def _unreadable(path: str | Path, found: str) -> ZorgidError:
    return ZorgidError(
        "key_unreadable",
        f"The private key in {path} cannot be read",
        expected="PKCS#8, PKCS#1 or PKCS#12",
        found=found,
        action="convert it, or export it again",
    )


def _not_rsa(path: str | Path) -> ZorgidError:
    return ZorgidError(
        "key_not_rsa",
        f"The private key in {path} is not RSA",
        expected="an RSA key, as CIBG requires",
        found="a key of another kind",
        action="give the key that the certificate was requested with",
    )


def _passphrase(path: str | Path, found: str) -> ZorgidError:
    return ZorgidError(
        "passphrase_wrong",
        f"{path} cannot be opened",
        found=found,
        action="give the right passphrase of this file",
        expected="the passphrase of this file",
    )


def _several(path: str | Path) -> ZorgidError:
    return ZorgidError(
        "key_several",
        f"{path} contains several private keys, and it is not clear which one is meant",
        expected="one key in a file",
        action="export only the certificate that is meant, with its key",
        found="several",
    )
