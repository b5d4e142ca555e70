# SPDX-FileCopyrightText: gbz.zorgid contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""Export certificates from a store or from files to files on the controller."""

from __future__ import annotations

import secrets
from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from .._common.errors import ZorgidError
from .._common.libraries import needs
from .._uzi import export
from .._uzi.certificate import UziCertificate
from .._uzi.files import StoreEntry
from .._uzi.judge import Judgement, JudgeSettings
from .._uzi.selection import Judged, select
from .._uzi.store import CertificateStore
from .read_certificates import FindCertificates, find_certificates

with needs("cryptography>=44"):
    from cryptography.hazmat.primitives.asymmetric import rsa
    from cryptography.hazmat.primitives.serialization import pkcs12

#: Format -> extension of the file.
SUFFIXES = {"pem": "pem", "der": "cer", "pkcs7": "p7b", "pkcs12": "p12"}


@dataclass(frozen=True)
class ExportCertificates:
    """``dest``: a file, or with ``find.every`` a folder. ``form``: one of ``SUFFIXES``. ``passphrase``: encrypts a
    PKCS#12 (RFC 7292). ``force``: overwrite a file with another content."""

    find: FindCertificates
    trust: JudgeSettings
    dest: Path
    form: str = "pem"
    include_chain: bool = True
    passphrase: str | None = field(default=None, repr=False)
    force: bool = False


@dataclass(frozen=True)
class Exported:
    """One certificate's file. ``difference``: before and after, if the file was or would be written."""

    path: Path
    certificate: UziCertificate
    chain_length: int
    changed: bool
    difference: tuple[str, str] | None = None


@dataclass(frozen=True)
class NotExported:
    certificate: UziCertificate
    error: ZorgidError


@dataclass(frozen=True)
class CertificatesExported:
    """``warnings``: parts of the files that are in no export, each once."""

    exports: Sequence[Exported | NotExported]
    warnings: Sequence[str]


def export_certificates(
    command: ExportCertificates, certificates: CertificateStore, *, check_mode: bool
) -> CertificatesExported:
    """With ``find.every``, one failing certificate does not stop the others, and certificates without an organisation
    are skipped.

    Errors: those of ``Judge``, ``find_certificates`` and ``select``, ``key_not_exportable``, ``file_unwritable``,
    ``export_would_overwrite``, ``options_invalid``, those of the store; with ``find.every``, the last five are part of
    the outcome instead.
    """
    judge = command.trust.judge()
    found = find_certificates(command.find, certificates)
    judged = [(entry, judge.judge(entry.certificate, entry.chain)) for entry in found]
    warnings = _left_out(judged)
    if not command.find.every:
        chosen = select(judged)
        one = _export(command, certificates, chosen.entry, chosen.judgement, command.dest, check_mode=check_mode)
        return CertificatesExported([one], warnings)
    exports: list[Exported | NotExported] = []
    for entry, judgement in judged:
        certificate = entry.certificate
        if certificate.card_type is None:
            continue
        path = command.dest / f"{certificate.ura}-{certificate.thumbprint[:16]}.{SUFFIXES[command.form]}"
        try:
            exports.append(_export(command, certificates, entry, judgement, path, check_mode=check_mode))
        except ZorgidError as error:
            exports.append(NotExported(certificate, error))
    return CertificatesExported(exports, warnings)


def _left_out(judged: Sequence[Judged]) -> list[str]:
    problems = [one for entry, judgement in judged for one in (*entry.problems, *judgement.problems)]
    return list(dict.fromkeys(one.message for one in problems if one.code == "certificate_file_parts"))


def _export(
    command: ExportCertificates,
    certificates: CertificateStore,
    entry: StoreEntry,
    judgement: Judgement,
    path: Path,
    *,
    check_mode: bool,
) -> Exported:
    form, certificate, passphrase = command.form, entry.certificate.x509, command.passphrase
    chain = list(judgement.chain) if command.include_chain else []
    if export.is_current(path, certificate, chain, form, passphrase, force=command.force):
        return Exported(path, entry.certificate, len(chain), changed=False)
    if form == "pkcs12" and entry.key.state != "exportable":
        raise ZorgidError(
            "key_not_exportable",
            f"The private key of {entry.certificate.thumbprint_sha1} cannot be exported",
            expected="an exportable key",
            found=f"{entry.key.state}: {entry.key.reason}" if entry.key.reason else entry.key.state,
            action="sign where the key is (on its host)",
        )
    difference = (
        "another content\n" if path.exists() else "",
        f"{form}: {entry.certificate.subject}, SHA-256 {entry.certificate.thumbprint}, {len(chain)} authorities\n",
    )
    if not check_mode:
        key = _key(entry, certificates) if form == "pkcs12" else None
        export.write(path, export.encode(certificate, chain, form, key, passphrase))
    return Exported(path, entry.certificate, len(chain), changed=True, difference=difference)


def _key(entry: StoreEntry, certificates: CertificateStore) -> rsa.RSAPrivateKey:
    if entry.private_key is not None and not entry.in_store:
        return entry.private_key
    password = secrets.token_urlsafe(32)
    data = certificates.export(entry.certificate.thumbprint_sha1, password)
    key: Any = pkcs12.load_key_and_certificates(data, password.encode())[0]
    if not isinstance(key, rsa.RSAPrivateKey):
        raise ZorgidError(
            "key_not_exportable",
            "The host's PKCS#12 contains no RSA key",
            action="export it on the host",
            expected="an RSA key",
            found="none",
        )
    return key
