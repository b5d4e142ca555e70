# SPDX-FileCopyrightText: gbz.zorgid contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""Verifies a signed organisation document of any origin as its receiver would."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from .._common.errors import ZorgidError
from .._common.libraries import needs
from .._document.described import digest, read
from .._document.verification import Verification, verify
from .._document.xml import SIZE_LIMIT
from .._dossier.kept import DOCUMENT, KeptContent
from .._dossier.place import DossierPlace
from .._uzi.files import load_certificates
from .._uzi.judge import Judge, JudgeSettings
from .._uzi.problems import Problem
from .document_state import standing

with needs("cryptography>=44"):
    from cryptography import x509


@dataclass(frozen=True)
class VerifyDocument:
    """``ura``: of the expected signer; None: any. ``certificate_path``: the signer's certificate, for a document that
    only names it. ``schema``: an XSD file. ``dossier``: stores a copy of a valid document, which is read if there is no
    file at ``path``; it needs ``ura``. ``require_valid``: the caller accepts valid documents only."""

    path: Path
    trust: JudgeSettings
    ura: str | None = None
    certificate_path: str | None = None
    schema: str | None = None
    dossier: DossierPlace = field(default_factory=DossierPlace)
    require_valid: bool = False


@dataclass(frozen=True)
class DocumentVerified:
    """``digest``: SHA-256 of the document; None for a file that is too large, of which only the beginning was read.
    ``unused``: other content of the certificate's file."""

    path: Path
    digest: str | None
    found: Verification
    unused: Sequence[Problem] = ()


def verify_document(command: VerifyDocument, *, check_mode: bool) -> DocumentVerified:
    """A document that is not valid is an outcome, not an error. Errors: ``options_invalid``, ``document_unreadable``,
    ``schema_unusable``, those of ``Judge``, ``load_certificates`` and of the dossier."""
    if command.dossier.url and command.ura is None:
        raise ZorgidError(
            "options_invalid",
            "dossier_url needs ura",
            expected="the URA number of the organisation in the document",
            found="dossier_url alone",
            action="give ura",
        )
    with command.dossier.maybe_open(read_only=check_mode) as store:
        kept = KeptContent(store, command.ura or "", DOCUMENT)
        beside, unused = load_certificates(command.certificate_path) if command.certificate_path else ([], [])
        before, missing = standing(command.path, kept)
        document = read(command.path) if before is None else before
        found = verified_by(document, command.trust.judge(), command.schema, command.ura, beside)
        if found.valid and not missing:
            kept.keep(document)
    document_digest = digest(document) if len(document) <= SIZE_LIMIT else None
    return DocumentVerified(command.path, document_digest, found, unused)


def verified_by(
    document: bytes, judge: Judge, schema: str | None, ura: str | None, certificates: Sequence[x509.Certificate] = ()
) -> Verification:
    """``verify`` with the environment and the moment of this judge."""
    return verify(
        document,
        judge=judge,
        ura=ura,
        schema=schema,
        environment=judge.environment,
        at=judge.at,
        certificates=certificates,
    )


def not_valid(path: Path, found: Verification, details: dict[str, Any] | None = None) -> ZorgidError:
    """The error for a document of other origin, or signed by hand, that does not pass every check."""
    unread = any(check.reason == "document_unreadable" for check in found.failed())
    return ZorgidError(
        "document_invalid",
        f"The verification of the document {path} failed",
        expected="a document that passes every check",
        found="; ".join(check.message for check in found.failed()),
        action=("check that path is the right file; if it is, have it made again as XML 1.0 in UTF-8 and signed")
        if unread
        else "do not use it; have it signed again",
        details=details,
    )


def refuse_invalid(found: Verification, sentence: str) -> None:
    """``sentence``: the message of the error. Errors: ``document_invalid``, ``certificate_ura_mismatch``."""
    if found.valid:
        return
    mismatch = any(check.reason == "certificate_ura_mismatch" for check in found.failed())
    raise ZorgidError(
        "certificate_ura_mismatch" if mismatch else "document_invalid",
        sentence,
        expected="a document that passes every check",
        found="; ".join(check.message for check in found.failed()),
        action="correct what is named; the file on the controller is unchanged",
        details=found.as_result(),
    )
