# SPDX-FileCopyrightText: gbz.zorgid contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""Certificates in files on the controller, each with its key where the file contains it."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Literal

from .._common.errors import ZorgidError
from .._common.libraries import needs
from .._common.text import printable
from .certificate import UziCertificate, is_authority, parse_certificate, public_key_of
from .contents import contents_of, unreadable
from .keyfiles import key_beside, open_pkcs12
from .problems import Problem, problem

with needs("cryptography>=44"):
    from cryptography import x509
    from cryptography.hazmat.primitives.asymmetric import rsa
    from cryptography.hazmat.primitives.serialization import Encoding


#: What can be done with a private key, as its provider reports it.
KeyAccess = Literal["none", "inaccessible", "not_exportable", "exportable"]


@dataclass(frozen=True)
class KeyState:
    """``type``: RSA, EC or another. ``reason``: why it is inaccessible. ``provider``: of Windows, pkcs11 or file."""

    type: str
    bits: int
    state: KeyAccess
    provider: str | None = None
    reason: str = ""


@dataclass(frozen=True)
class StoreEntry:
    """A certificate at its place. ``source``: a path or a store. ``private_key`` is set if it could be read at once.

    ``problems``: those of the place; those of the certificate are in ``certificate``.
    """

    certificate: UziCertificate
    key: KeyState
    chain: tuple[x509.Certificate, ...] = ()
    source: str = ""
    friendly_name: str = ""
    in_store: bool = False
    private_key: rsa.RSAPrivateKey | None = field(default=None, repr=False, compare=False)
    problems: tuple[Problem, ...] = ()


def load_files(paths: Iterable[str | Path], passphrase: str | None = None) -> list[StoreEntry]:
    """The organisations' certificates in these files; the CA certificates become their ``chain``.

    ``passphrase`` opens PKCS#12 files and encrypted keys. Errors: ``file_unreadable``, ``certificate_unreadable``,
    ``passphrase_wrong``, ``key_several``, ``key_not_rsa``, ``key_unreadable``.
    """
    return [entry for path in paths for entry in _load(path, passphrase)]


def load_certificates(path: str | Path) -> tuple[list[x509.Certificate], list[Problem]]:
    """All certificates of a bundle (PEM, PKCS#7) or the one of a DER file, and a warning for other content.

    Errors: ``file_unreadable``, ``certificate_unreadable``, also for a file without one.
    """
    found = contents_of(path)
    if found.pkcs12:
        raise unreadable(path, "a PKCS#12: export the CA certificates from it as PEM or PKCS#7")
    if not found.certificates:
        left = [*found.left, *(key.place for key in found.keys)]
        raise unreadable(path, "no certificate in it" + (f", only {_listed(left)}" if left else ""))
    return found.certificates, _unused(path, [*found.left, *(key.place for key in found.keys)])


def load_authorities(path: str | Path) -> tuple[list[x509.Certificate], list[Problem]]:
    """As ``load_certificates``, for a bundle of CA certificates: warns about any other certificate in it, because no
    path contains one."""
    found, problems = load_certificates(path)
    others = [printable(one.subject.rfc4514_string(), 100) for one in found if not is_authority(one)]
    return found, [*problems, *_unused(path, [f"{name}, which is not a CA certificate" for name in others])]


def _load(path: str | Path, passphrase: str | None) -> list[StoreEntry]:
    found = contents_of(path)
    if found.pkcs12:
        key, certificate, others = open_pkcs12(found.pkcs12.der, path, passphrase)
        hidden, certificates = "", [*([certificate] if certificate else []), *others]
    else:
        certificates = found.certificates
        if found.keys and not certificates:
            raise unreadable(path, f"a private key without its certificate ({found.keys[0].place})")
        key, hidden = key_beside(found.keys, path, passphrase)
    authorities = tuple(one for one in certificates if is_authority(one))
    own = [one for one in certificates if not is_authority(one)]
    if not own:
        raise unreadable(path, _without_own(authorities, found.left, pkcs12=found.pkcs12 is not None))
    problems = tuple(_unused(path, found.left))
    return [_entry(one, key, hidden, authorities, str(path), problems) for one in own]


def _without_own(authorities: tuple[x509.Certificate, ...], left: list[str], *, pkcs12: bool) -> str:
    if authorities:
        first = authorities[0]
        kind = "self-signed " if first.subject == first.issuer else ""
        more = f" and {len(authorities) - 1} others like it" if len(authorities) > 1 else ""
        name = printable(first.subject.rfc4514_string())
        return f"no certificate of an organisation: {name} is a {kind}CA certificate (CA:TRUE){more}"
    where = "the PKCS#12 contains no certificate" if pkcs12 else "no certificate in it"
    return where + (f", only {_listed(left)}" if left else "")


def _unused(path: str | Path, left: list[str]) -> list[Problem]:
    return [problem("certificate_file_parts", found=f"{path}: {_listed(left)}")] if left else []


def _listed(places: list[str]) -> str:
    first = ", ".join(places[:5])
    return f"{first} and {len(places) - 5} more" if len(places) > 5 else first


def _entry(
    certificate: x509.Certificate,
    key: rsa.RSAPrivateKey | None,
    hidden: str,
    authorities: tuple[x509.Certificate, ...],
    source: str,
    problems: tuple[Problem, ...],
) -> StoreEntry:
    try:
        parsed = parse_certificate(certificate.public_bytes(Encoding.DER))
    except ZorgidError as error:
        raise unreadable(source, str(error.found)) from error
    mine = key if key is not None and key.public_key() == public_key_of(certificate) else None
    state: KeyAccess = "exportable" if mine else "inaccessible" if hidden else "none"
    key_state = KeyState(parsed.key_type, parsed.key_bits, state, "file" if mine or hidden else None, hidden)
    return StoreEntry(parsed, key_state, authorities, source, private_key=mine, problems=problems)
