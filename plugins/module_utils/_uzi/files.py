# SPDX-FileCopyrightText: gbz.zorgid contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""Certificates and keys in files on the controller: PEM, DER, PKCS#12."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from .._common.errors import ZorgidError
from .._common.libraries import needs
from .certificate import UziCertificate, is_authority, parse_certificate

with needs("cryptography>=44"):
    from cryptography import x509
    from cryptography.exceptions import UnsupportedAlgorithm
    from cryptography.hazmat.primitives.asymmetric import rsa
    from cryptography.hazmat.primitives.serialization import (
        Encoding,
        load_der_private_key,
        load_pem_private_key,
        pkcs12,
    )
with needs("pyhanko-certvalidator>=0.26"):
    from asn1crypto import keys, pem
    from asn1crypto import pkcs12 as asn1_pkcs12

#: Two hundred organisations in one PEM file have less than 1 MB.
SIZE_LIMIT = 8 * 1024 * 1024


@dataclass(frozen=True)
class KeyState:
    """``state``: none, inaccessible (``reason`` says why), not_exportable or exportable."""

    type: str
    bits: int
    state: str
    provider: str | None = None
    reason: str = ""


@dataclass(frozen=True)
class StoreEntry:
    """A certificate where it lives. ``source`` is a path or a store; the key is here when it is readable at once."""

    certificate: UziCertificate
    key: KeyState
    chain: tuple[x509.Certificate, ...] = ()
    source: str = ""
    friendly_name: str = ""
    in_store: bool = False
    private_key: rsa.RSAPrivateKey | None = field(default=None, repr=False, compare=False)


def load_files(paths: Iterable[str | Path], passphrase: str | None = None) -> list[StoreEntry]:
    """The certificates of organisations in these files; those of authorities become their ``chain``.

    ``passphrase`` opens PKCS#12 files and encrypted keys. Errors: ``file_unreadable``, ``certificate_unreadable``,
    ``passphrase_wrong``, ``key_several``, ``key_not_rsa``.
    """
    return [entry for path in paths for entry in _load(Path(path), passphrase)]


def load_certificates(path: str | Path) -> list[x509.Certificate]:
    """All certificates of a PEM bundle or the one of a DER file; empty files and noise are refused."""
    data = read(Path(path))
    certificates = _pem_certificates(data, path) if pem.detect(data) else [_x509(data, path)]
    if not certificates:
        raise _unreadable(path, "no certificate in it")
    return certificates


def load_private_key(path: str | Path, passphrase: str | None = None) -> rsa.RSAPrivateKey:
    """The RSA key in a PEM, DER (PKCS#8, PKCS#1) or PKCS#12 file.

    The library's own check of the numbers is left out (195 ms for 4096 bits): ``prove_possession`` does it better.
    Errors: ``file_unreadable``, ``key_unreadable``, ``key_absent``, ``key_several``, ``passphrase_wrong``,
    ``key_not_rsa``.
    """
    data = read(Path(path))
    if not pem.detect(data) and _is_pkcs12(data):
        key, _certificate, _others = _open_pkcs12(data, path, passphrase)
    elif pem.detect(data) and b"PRIVATE KEY" not in data:
        key = None
    else:
        key = _key(data, path, passphrase)
    if key is None:
        raise ZorgidError("key_absent", f"{path} holds no private key", action="give the file with the key as key_path")
    return key


def read(path: Path) -> bytes:
    """A file of reasonable size."""
    try:
        with path.open("rb") as stream:
            data = stream.read(SIZE_LIMIT + 1)
    except OSError as error:
        raise ZorgidError(
            "file_unreadable",
            f"The file {path} cannot be read",
            expected="a file on the controller",
            found=error.strerror or type(error).__name__,
            action="correct the path or the rights",
        ) from error
    if len(data) > SIZE_LIMIT:
        raise _unreadable(path, "more than 8 MB")
    return data


def _load(path: Path, passphrase: str | None) -> list[StoreEntry]:
    data = read(path)
    if pem.detect(data):
        certificates = _pem_certificates(data, path)
        key, hidden = _pem_key(data, path, passphrase)
    elif _is_pkcs12(data):
        key, certificate, others = _open_pkcs12(data, path, passphrase)
        hidden, certificates = "", [*([certificate] if certificate else []), *others]
    else:
        key, hidden, certificates = None, "", [_x509(data, path)]
    authorities = tuple(one for one in certificates if is_authority(one))
    own = [one for one in certificates if not is_authority(one)]
    if not own:
        raise _unreadable(path, "no certificate of an organisation in it")
    return [_entry(one, key, hidden, authorities, str(path)) for one in own]


def _entry(
    certificate: x509.Certificate,
    key: rsa.RSAPrivateKey | None,
    hidden: str,
    authorities: tuple[x509.Certificate, ...],
    source: str,
) -> StoreEntry:
    parsed = parse_certificate(certificate.public_bytes(Encoding.DER))
    mine = key if key is not None and key.public_key() == certificate.public_key() else None
    state = "exportable" if mine else "inaccessible" if hidden else "none"
    key_state = KeyState(parsed.key_type, parsed.key_bits, state, "file" if mine or hidden else None, hidden)
    return StoreEntry(parsed, key_state, authorities, source, private_key=mine)


def _pem_blocks(data: bytes, path: str | Path) -> Sequence[tuple[str, bytes]]:
    try:
        return [(kind, der) for kind, _headers, der in pem.unarmor(data, multiple=True)]
    except (ValueError, TypeError) as error:
        raise _unreadable(path, "damaged PEM") from error


def _pem_certificates(data: bytes, path: str | Path) -> list[x509.Certificate]:
    kinds = ("CERTIFICATE", "X509 CERTIFICATE", "TRUSTED CERTIFICATE")
    return [_x509(der, path) for kind, der in _pem_blocks(data, path) if kind in kinds]


def _pem_key(data: bytes, path: Path, passphrase: str | None) -> tuple[rsa.RSAPrivateKey | None, str]:
    """The key beside the certificates, and why it stays closed when it does."""
    kinds = [kind for kind, _der in _pem_blocks(data, path) if kind.endswith("PRIVATE KEY")]
    if not kinds:
        return None, ""
    if len(kinds) > 1:
        raise _several(path)
    if passphrase is None and (b"ENCRYPTED" in data):
        return None, "encrypted; give the passphrase"
    return _key(data, path, passphrase), ""


def _key(data: bytes, path: str | Path, passphrase: str | None) -> rsa.RSAPrivateKey:
    load = load_pem_private_key if pem.detect(data) else load_der_private_key
    try:
        try:
            key = load(data, passphrase.encode() if passphrase else None, unsafe_skip_rsa_key_validation=True)
        except TypeError:
            if passphrase is None:
                raise
            # The file is not encrypted: an unneeded passphrase is no mistake.
            key = load(data, None, unsafe_skip_rsa_key_validation=True)
    except TypeError as error:
        raise _passphrase(path, "encrypted, and no passphrase was given") from error
    except (ValueError, UnsupportedAlgorithm) as error:
        if passphrase and (b"ENCRYPTED" in data or _is_encrypted(data)):
            raise _passphrase(path, "the passphrase does not open it") from error
        raise ZorgidError(
            "key_unreadable", f"The private key in {path} cannot be read", expected="PKCS#8, PKCS#1 or PKCS#12"
        ) from error
    return _rsa(key, path)


def _is_encrypted(data: bytes) -> bool:
    try:
        return bool(keys.EncryptedPrivateKeyInfo.load(data, strict=True)["encryption_algorithm"]["algorithm"].native)
    except (ValueError, TypeError):
        return False


def _rsa(key: object, path: str | Path) -> rsa.RSAPrivateKey:
    if not isinstance(key, rsa.RSAPrivateKey):
        raise ZorgidError("key_not_rsa", f"The private key in {path} is not RSA", expected="an RSA key, as CIBG asks")
    return key


def _is_pkcs12(data: bytes) -> bool:
    try:
        return bool(asn1_pkcs12.Pfx.load(data, strict=True)["version"].native == "v3")
    except (ValueError, TypeError):
        return False


def _count_keys(data: bytes) -> int:
    """Keys in the part of a PKCS#12 that is not encrypted as a whole, where every known program puts them."""
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


def _open_pkcs12(
    data: bytes, path: str | Path, passphrase: str | None
) -> tuple[rsa.RSAPrivateKey | None, x509.Certificate | None, list[x509.Certificate]]:
    if _count_keys(data) > 1:
        raise _several(path)
    try:
        key, certificate, others = pkcs12.load_key_and_certificates(data, passphrase.encode() if passphrase else None)
    except (ValueError, TypeError, UnsupportedAlgorithm) as error:
        raise _passphrase(path, "the passphrase does not open it, or the file is damaged") from error
    return (None if key is None else _rsa(key, path)), certificate, list(others)


def _x509(der: bytes, path: str | Path) -> x509.Certificate:
    try:
        return x509.load_der_x509_certificate(der)
    except (ValueError, TypeError, UnsupportedAlgorithm, x509.InvalidVersion) as error:
        raise _unreadable(path, "damaged, or another kind of file") from error


def _unreadable(path: str | Path, found: str) -> ZorgidError:
    return ZorgidError(
        "certificate_unreadable",
        f"{path} cannot be read as certificates",
        expected="PEM, DER or PKCS#12",
        found=found,
        action="export the certificate again",
    )


def _passphrase(path: str | Path, found: str) -> ZorgidError:
    return ZorgidError(
        "passphrase_wrong", f"{path} cannot be opened", found=found, action="give the right passphrase of this file"
    )


def _several(path: str | Path) -> ZorgidError:
    return ZorgidError(
        "key_several",
        f"{path} holds several private keys, so nobody can tell which one is meant",
        expected="one key in a file",
        action="export the certificate that is meant alone",
    )
