# SPDX-FileCopyrightText: gbz.zorgid contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""Read and check certificates, and select the one to use."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime

from .._common.errors import ZorgidError
from .._uzi.files import StoreEntry, load_files
from .._uzi.judge import JudgeSettings
from .._uzi.key_source import Token
from .._uzi.selection import Judged, Selection, check_thumbprint, fitting, judge_entry, nothing_fits, select
from .._uzi.store import ListedStore, StorePlace


@dataclass(frozen=True)
class FindCertificates:
    """Where certificates are read, and which of them are selected.

    ``paths``: files on the controller, opened with ``passphrase``; if empty, ``token``; if that has no name, the
    Windows store at ``store``. ``ura``: 1 to 8 digits. ``thumbprint``: SHA-1 or SHA-256, hexadecimal. ``subject``: a
    part of the distinguished name or of a DNS name. ``every``: select each one that matches; no match is not an error
    then.
    """

    paths: Sequence[str] = ()
    passphrase: str | None = field(default=None, repr=False)
    token: Token = field(default_factory=Token)
    store: StorePlace = field(default_factory=StorePlace)
    ura: str | None = None
    thumbprint: str | None = None
    subject: str | None = None
    every: bool = False


@dataclass(frozen=True)
class ReadCertificates:
    """``organisation_name``: another name in a certificate is a warning; None: any name is accepted."""

    find: FindCertificates
    trust: JudgeSettings
    organisation_name: str | None = None


@dataclass(frozen=True)
class CertificatesRead:
    """``selected``: the one to use, if one was wanted. ``refusal``: why there is none; the found certificates are part
    of the outcome anyway. ``at``: the moment of the checks."""

    environment: str
    at: datetime
    judged: Sequence[Judged]
    selected: Selection | None = None
    refusal: ZorgidError | None = None


def read_certificates(command: ReadCertificates, certificates: ListedStore) -> CertificatesRead:
    """Errors: those of ``Judge`` and of ``find_certificates``."""
    judge = command.trust.judge()
    found = find_certificates(command.find, certificates)
    judged = [(entry, judge_entry(judge, entry, command.organisation_name)) for entry in found]
    if command.find.every:
        return CertificatesRead(judge.environment, judge.at, judged)
    try:
        return CertificatesRead(judge.environment, judge.at, judged, select(judged))
    except ZorgidError as error:
        return CertificatesRead(judge.environment, judge.at, judged, refusal=error)


def find_certificates(wanted: FindCertificates, certificates: ListedStore) -> list[StoreEntry]:
    """The certificates that match, unchecked. ``certificates``: the Windows store at ``wanted.store``, read only if it
    is the source.

    Errors: ``options_invalid`` (no thumbprint), ``certificate_ura_mismatch``, ``certificate_not_found``, those of
    ``load_files``, of ``Token.open`` and of the store.
    """
    check_thumbprint(wanted.thumbprint)
    entries: Sequence[StoreEntry]
    if wanted.paths:
        entries = load_files(wanted.paths, wanted.passphrase)
    else:
        entries = wanted.token.open() if wanted.token.token else certificates.list()
    found = fitting(entries, ura=wanted.ura, thumbprint=wanted.thumbprint, subject=wanted.subject)
    if not found and not wanted.every:
        raise nothing_fits(entries, ura=wanted.ura, thumbprint=wanted.thumbprint, subject=wanted.subject)
    return found
