# SPDX-FileCopyrightText: gbz.zorgid contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""A judged certificate with its key, wherever it lives."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path

from ansible import constants

from ...module_utils._common.errors import ZorgidError
from ...module_utils._common.libraries import demand, needs
from ...module_utils._common.text import printable
from ...module_utils._uzi import keys
from ...module_utils._uzi.files import StoreEntry, load_files
from ...module_utils._uzi.judge import Judge, Judgement
from ...module_utils._uzi.keyfiles import load_private_key
from ...module_utils._uzi.selection import Selection, check_thumbprint, fitting, judge_entry, nothing_fits, select
from .action import Options, ZorgidAction
from .windows_store import WindowsStore

with needs("cryptography>=44"):
    from cryptography import x509
    from cryptography.hazmat.primitives.asymmetric import rsa


@dataclass(frozen=True)
class Signer:
    """``chain``: the authorities without the root, issuer first."""

    key: rsa.RSAPrivateKey = field(repr=False)
    certificate: x509.Certificate
    chain: Sequence[x509.Certificate]
    judgement: Judgement
    entry: StoreEntry


def judge_from(options: Options) -> Judge:
    """The judge that the ``trust`` options describe."""
    return Judge(
        environment=options["environment"],
        trust_anchors=options["trust_anchors"],
        intermediates=options["intermediates"],
        crls=options["crls"],
        revocation=options["revocation"],
        at=_moment(options["at"]),
        expiry_warning_days=options["expiry_warning_days"],
        cache_dir=Path(constants.ANSIBLE_HOME) / "gbz.zorgid" / "crl",
    )


def open_signer(
    action: ZorgidAction, options: Options, ura: str, organisation_name: str | None = None, judge: Judge | None = None
) -> Signer:
    """The certificate to sign with for this URA, judged, and its key, proven to belong to it.

    ``organisation_name``: another name in the certificate is a warning. A key on another host is proven by its first
    signature (``RemoteKey``), so that no round trip is spent on it.
    """
    check_thumbprint(options["thumbprint"])
    chosen = choose(judge or judge_from(options), signing_entries(action, options), options, ura, organisation_name)
    remote = chosen.entry.private_key
    key = remote if isinstance(remote, keys.RemoteKey) else open_key(chosen.entry, options)
    return Signer(key, chosen.entry.certificate.x509, chain_of(chosen), chosen.judgement, chosen.entry)


def choose(
    judge: Judge, entries: Sequence[StoreEntry], options: Options, ura: str, organisation_name: str | None
) -> Selection:
    """Of what is at hand the certificate that signs for this URA. Errors: ``nothing_fits``, and those of ``select``."""
    wanted = {"ura": ura, "thumbprint": options["thumbprint"]}
    candidates = fitting(entries, **wanted)
    if not candidates:
        raise nothing_fits(entries, **wanted)
    return select([(entry, judge_entry(judge, entry, organisation_name)) for entry in candidates])


def open_key(entry: StoreEntry, options: Options) -> rsa.RSAPrivateKey:
    """The key beside the certificate, or in the file that the options name, proven to belong to the certificate."""
    key, path = entry.private_key, options["key_path"] or options["certificate_path"]
    if key is None:
        key = load_private_key(path, options["passphrase"])
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


def check_source(options: Options) -> None:
    """Error ``options_invalid`` where the kind of place needs what is not given."""
    source = options["source"]
    needed = {"windows": (), "file": ("certificate_path",), "pkcs11": ("pkcs11_module", "pkcs11_token")}[source]
    for name in needed:
        if not options[name]:
            raise ZorgidError(
                "options_invalid",
                f"source {source} needs {name}",
                expected=name,
                found="nothing",
                action=f"give {name}, or another source",
            )


def signing_entries(action: ZorgidAction, options: Options) -> list[StoreEntry]:
    """What is at the place that ``source`` names."""
    check_source(options)
    source = options["source"]
    return entries_of(
        action,
        options,
        paths=[options["certificate_path"]] if source == "file" else [],
        token=options["pkcs11_token"] if source == "pkcs11" else None,
    )


def entries_of(
    action: ZorgidAction, options: Options, *, paths: Sequence[str] = (), token: str | None = None
) -> list[StoreEntry]:
    """From files on the controller, from a token there, or else from the Windows store of the host at hand (for an
    effect of a plan: from that of the organisation)."""
    if paths:
        return load_files(paths, options["passphrase"])
    if token:
        # Seldom used, and slow to import.
        from ...module_utils._uzi.pkcs11 import open_token

        demand()
        return open_token(options["pkcs11_module"], token, options["pkcs11_pin"], options["pkcs11_label"])
    if action.stored is not None:
        found: list[StoreEntry] = action.stored(options)
        return found
    return WindowsStore(action, options).list()


def _moment(at: str | None) -> datetime | None:
    if not at:
        return None
    try:
        moment = datetime.fromisoformat(at)
    except ValueError as error:
        raise ZorgidError(
            "options_invalid",
            "at is not a time",
            expected="ISO 8601, such as 2026-11-24T12:00:00Z",
            found=f"`{printable(at, 40)}`",
            action="correct at, or leave it out for now",
        ) from error
    return moment if moment.tzinfo else moment.replace(tzinfo=UTC)
