# SPDX-FileCopyrightText: gbz.zorgid contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""A judged certificate with its key, from any of the places."""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any

from .._common.errors import ZorgidError
from .._common.libraries import needs
from . import keys
from .files import StoreEntry
from .judge import Judge, Judgement, JudgeSettings
from .key_source import KeySource
from .keyfiles import load_private_key
from .selection import Selection, check_thumbprint, fitting, judge_entry, nothing_fits, select
from .store import ListedStore

with needs("cryptography>=44"):
    from cryptography import x509
    from cryptography.hazmat.primitives.asymmetric import rsa
    from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat


@dataclass(frozen=True)
class WantedSigner:
    """Who is to sign. ``organisation_name``: a certificate with another name gives a warning."""

    ura: str
    organisation_name: str | None
    source: KeySource
    trust: JudgeSettings


@dataclass(frozen=True)
class Signer:
    """``chain``: the CA certificates without the root, issuer first."""

    key: rsa.RSAPrivateKey = field(repr=False)
    certificate: x509.Certificate
    chain: Sequence[x509.Certificate]
    judgement: Judgement
    entry: StoreEntry


def open_signer(wanted: WantedSigner, judge: Judge, store: ListedStore) -> Signer:
    """The certificate to sign with, judged, and its key, proven to belong to it. ``store``: as for ``choose``.

    A key on another host is proven by its first signature (``RemoteKey``), which saves a round trip.
    Errors: those of ``choose`` and ``open_key``.
    """
    chosen = choose(wanted, judge, store)
    remote = chosen.entry.private_key
    key = remote if isinstance(remote, keys.RemoteKey) else open_key(chosen.entry, wanted.source)
    return Signer(key, chosen.entry.certificate.x509, chain_of(chosen), chosen.judgement, chosen.entry)


def choose(wanted: WantedSigner, judge: Judge, store: ListedStore) -> Selection:
    """The certificate that signs for this URA. ``judge``: made from ``wanted.trust``. ``store``: the Windows store at
    ``wanted.source.store``, read only if the source is windows.

    Errors: ``options_invalid`` (no valid thumbprint), ``certificate_ura_mismatch``, ``certificate_not_found``, those of
    ``KeySource.entries`` and of ``select``.
    """
    ura, thumbprint = wanted.ura, wanted.source.thumbprint
    check_thumbprint(thumbprint)
    entries = wanted.source.entries(store)
    candidates = fitting(entries, ura=ura, thumbprint=thumbprint)
    if not candidates:
        raise nothing_fits(entries, ura=ura, thumbprint=thumbprint)
    return select([(entry, judge_entry(judge, entry, wanted.organisation_name)) for entry in candidates])


def open_key(entry: StoreEntry, source: KeySource) -> rsa.RSAPrivateKey:
    """The key in the file of the certificate or in the file that ``source`` names, proven to belong to the certificate.

    Errors: those of ``load_private_key`` and ``prove_possession``.
    """
    key, path = entry.private_key, source.key_path or str(source.certificate_path)
    if key is None:
        key = load_private_key(path, source.passphrase)
    try:
        keys.prove_possession(key, entry.certificate.x509)
    except ZorgidError as error:
        if error.code != "key_mismatch" or entry.private_key is not None:
            raise
        raise ZorgidError(
            "key_mismatch",
            f"The private key in {path} does not belong to the certificate",
            expected=f"a key whose public half has the SHA-256 {_public_digest(entry.certificate.x509.public_key())}",
            found=f"one with the SHA-256 {_public_digest(key.public_key())}",
            action=error.action,
        ) from error
    return key


def _public_digest(public: Any) -> str:
    """The beginning of the SHA-256 of its SubjectPublicKeyInfo (``openssl pkey -pubout -outform DER | sha256sum``)."""
    spki = public.public_bytes(Encoding.DER, PublicFormat.SubjectPublicKeyInfo)
    return f"{hashlib.sha256(spki).hexdigest()[:16]}…"


def chain_of(chosen: Selection) -> list[x509.Certificate]:
    """The CA certificates without the root, issuer first."""
    return [one for one in chosen.judgement.chain if one.issuer != one.subject]
