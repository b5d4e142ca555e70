# SPDX-FileCopyrightText: gbz.zorgid contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""A judged certificate with its key, wherever it lives."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field

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


@dataclass(frozen=True)
class WantedSigner:
    """Who is to sign. ``organisation_name``: another name in the certificate is a warning."""

    ura: str
    organisation_name: str | None
    source: KeySource
    trust: JudgeSettings


@dataclass(frozen=True)
class Signer:
    """``chain``: the authorities without the root, issuer first."""

    key: rsa.RSAPrivateKey = field(repr=False)
    certificate: x509.Certificate
    chain: Sequence[x509.Certificate]
    judgement: Judgement
    entry: StoreEntry


def open_signer(wanted: WantedSigner, judge: Judge, store: ListedStore) -> Signer:
    """The certificate to sign with, judged, and its key, proven to belong to it. ``store``: as ``choose`` has it.

    A key on another host is proven by its first signature (``RemoteKey``), so that no round trip is spent on it.
    Errors: those of ``choose`` and ``open_key``.
    """
    chosen = choose(wanted, judge, store)
    remote = chosen.entry.private_key
    key = remote if isinstance(remote, keys.RemoteKey) else open_key(chosen.entry, wanted.source)
    return Signer(key, chosen.entry.certificate.x509, chain_of(chosen), chosen.judgement, chosen.entry)


def choose(wanted: WantedSigner, judge: Judge, store: ListedStore) -> Selection:
    """Of what is at hand the certificate that signs for this URA. ``judge``: that of ``wanted.trust``. ``store``: the
    Windows store at ``wanted.source.store``, asked only when it is meant.

    Errors: ``options_invalid`` (no thumbprint), ``certificate_ura_mismatch``, ``certificate_not_found``, those of
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
    """The key beside the certificate, or in the file that ``source`` names, proven to belong to the certificate.

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
            expected=error.expected,
            found=error.found,
            action=error.action,
        ) from error
    return key


def chain_of(chosen: Selection) -> list[x509.Certificate]:
    """The authorities without the root, issuer first."""
    return [one for one in chosen.judgement.chain if one.issuer != one.subject]
