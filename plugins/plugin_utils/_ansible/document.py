# SPDX-FileCopyrightText: gbz.zorgid contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""The organisation document as a file: made when it has to be, kept when it is right, judged when asked."""

from __future__ import annotations

import datetime
import hashlib
import os
from collections.abc import Sequence
from dataclasses import asdict
from pathlib import Path
from typing import Any

from ...module_utils._common.errors import ZorgidError
from ...module_utils._common.files import write_atomic
from ...module_utils._common.libraries import needs
from ...module_utils._common.text import printable
from ...module_utils._common.trouble import in_words
from ...module_utils._common.ura import Ura
from ...module_utils._document import revision
from ...module_utils._document.content import Organisation, check_organisation
from ...module_utils._document.rendering import fill, render
from ...module_utils._document.schema import validate
from ...module_utils._document.signing import sign
from ...module_utils._document.verification import Verification, verify
from ...module_utils._document.xml import SIZE_LIMIT
from ...module_utils._uzi.files import load_certificates
from ...module_utils._uzi.judge import Judge
from .action import Options, Result, ZorgidAction
from .kept import DOCUMENT, Kept
from .opening import maybe_dossier
from .signing import Signer, judge_from, open_signer

with needs("cryptography>=44"):
    from cryptography import x509
    from cryptography.hazmat.primitives.serialization import Encoding

ALGORITHMS = [f"{kind}-sha{bits}" for kind in ("rsa", "rsa-pss") for bits in (256, 384, 512)]


def make_document(action: ZorgidAction, options: Options) -> Result:
    """The action ``organisation_document``."""
    _check_combination(options)
    organisation = check_organisation(options["organisation"])
    with maybe_dossier(options, read_only=action.check_mode) as store:
        return _make(action, options, organisation, Kept(store, organisation.ura, DOCUMENT))


def _make(action: ZorgidAction, options: Options, organisation: Organisation, kept: Kept) -> Result:
    judge = judge_from(options)
    signer = open_signer(action, options, organisation.ura, organisation.name)
    certificate = signer.certificate
    until = _until(options["valid_until"], certificate.not_valid_after_utc)
    unsigned = _unsigned(options, organisation, certificate, until, judge.environment)
    path = Path(options["path"])
    wanted = revision.Wanted(
        certificate=certificate,
        chain=tuple(signer.chain) if options["include_chain"] else (),
        algorithm=options["signature_algorithm"],
        xades=options["xades"],
        place=options["signature_place"],
    )
    missing = kept.missing(path)
    before = _read(path) if os.path.lexists(path) else missing
    existing = None if before is None else verify(before, judge=None)
    reason: str = revision.reason(unsigned, wanted, existing, before)
    if reason == "unchanged" and missing is not None:
        reason = "put_back"
    result: Result = {
        "path": str(path),
        "changed": reason != "unchanged",
        "reason": reason,
        "digest": _digest(before) if before is not None else None,
        "certificate": _certificate(signer, organisation),
        "key": signer.entry.key.state if signer.entry else None,
        "warnings": [str(problem.message) for problem in signer.judgement.problems],
    }
    if action.diff_mode and result["changed"]:
        shown = existing.signed_content if existing is not None and missing is None else None
        result["diff"] = {
            "before_header": str(path),
            "after_header": str(path),
            "before": "" if shown is None else revision.lines(shown),
            "after": revision.lines(unsigned),
        }
    if before is not None and reason in ("unchanged", "put_back"):
        found = _verify(before, judge, options["schema"], organisation.ura)
        _refuse_invalid(found, f"The document {path} is unchanged, but it no longer verifies")
        if missing is None:
            kept.keep(before)
        elif not action.check_mode:
            _write(path, None, before)
        return {**result, **_checks(found)}
    if action.check_mode:
        return {**result, "digest": None, "checks": []}
    if missing is None and before is not None and existing is not None and existing.valid:
        # Whoever signed it: it is a version too.
        kept.keep(before)
    made = sign(unsigned, signer.key, **vars(wanted))
    checked = _verify(made, judge, options["schema"], organisation.ura)
    _refuse_invalid(checked, "The document that was just signed does not verify, so it was not written")
    written = _write(path, before if missing is None else None, made)
    kept.keep(made)
    return {**result, **written, **_checks(checked)}


def verify_document(options: Options, *, check_mode: bool) -> Result:
    """The action ``organisation_document_info``."""
    ura = None if options["ura"] is None else Ura.of(options["ura"]).text
    if options["dossier_url"] and ura is None:
        raise ZorgidError(
            "options_invalid",
            "dossier_url needs ura",
            expected="the URA number of the organisation whose document it is",
            found="dossier_url alone",
            action="give ura",
        )
    with maybe_dossier(options, read_only=check_mode) as store:
        return _verified(options, ura, Kept(store, ura or "", DOCUMENT))


def _verified(options: Options, ura: str | None, kept: Kept) -> Result:
    beside, unused = load_certificates(options["certificate_path"]) if options["certificate_path"] else ([], [])
    path = Path(options["path"])
    missing = kept.missing(path)
    document = _read(path) if missing is None else missing
    found = _verify(document, judge_from(options), options["schema"], ura, beside)
    if found.valid and missing is None:
        kept.keep(document)
    result: Result = {
        "path": str(path),
        # Of a file that is too large to be a document only the beginning was read.
        "digest": _digest(document) if len(document) <= SIZE_LIMIT else None,
        "valid": found.valid,
        "signer": found.signer,
        "signed_content": revision.lines(found.signed_content) if found.signed_content is not None else None,
        "signed_digest": _digest(found.signed_bytes) if found.signed_content is not None else None,
        **_checks(found),
    }
    if unused:
        result["warnings"] = [one.message for one in unused]
    if options["require_valid"] and not found.valid:
        unread = any(check.reason == "document_unreadable" for check in found.failed())
        raise ZorgidError(
            "document_invalid",
            f"The document {path} does not verify",
            expected="a document that passes every check",
            found="; ".join(check.message for check in found.failed()),
            action="look whether path is the right file; if it is, have it made again as XML 1.0 in UTF-8, and signed"
            if unread
            else "do not use it; let it be signed again",
            details=result,
        )
    return result


def _refuse_invalid(found: Verification, sentence: str) -> None:
    if found.valid:
        return
    mismatch = any(check.reason == "certificate_ura_mismatch" for check in found.failed())
    raise ZorgidError(
        "certificate_ura_mismatch" if mismatch else "document_invalid",
        sentence,
        expected="a document that passes every check",
        found="; ".join(check.message for check in found.failed()),
        action="correct what is named; the file on the controller is as it was",
        details=_checks(found),
    )


def _write(path: Path, before: bytes | None, document: bytes) -> Result:
    """Keep the old version, write the new one."""
    kept = None
    try:
        if before is not None:
            kept = path.with_name(f"{path.name}.{_digest(before)}")
            write_atomic(kept, before)
        write_atomic(path, document)
    except OSError as error:
        raise ZorgidError(
            "document_not_written",
            f"The document {path} cannot be written",
            expected="a folder on the controller in which this user may write",
            found=in_words(error),
            action="correct the path or the rights; the document stands there as it was",
        ) from error
    return {"digest": _digest(document), **({"previous_path": str(kept)} if kept else {})}


def _unsigned(
    options: Options, organisation: Organisation, certificate: Any, until: str | None, environment: str
) -> bytes:
    extra: dict[str, Any] = {
        "environment": environment,
        "valid_until": until,
        "certificate": {
            "thumbprint": hashlib.sha256(_der(certificate)).hexdigest(),
            "serial_number": f"{certificate.serial_number:X}",
            "issuer": certificate.issuer.rfc4514_string(),
            "not_after": certificate.not_valid_after_utc.strftime("%Y-%m-%dT%H:%M:%SZ"),
        },
    }
    if options["form"]:
        made = fill(_read(Path(options["form"])), options["mapping"], organisation, extra)
    else:
        template = _template(Path(options["template"])) if options["template"] else None
        made = render(organisation, template=template, extra=extra)
    if options["schema"] or not (options["form"] or options["template"]):
        validate(made, options["schema"])
    return made


def _template(path: Path) -> str:
    try:
        return _read(path).decode("utf-8-sig")
    except UnicodeDecodeError as error:
        raise ZorgidError(
            "template_invalid",
            f"The template {path} is not text in UTF-8",
            expected="a Jinja2 template in UTF-8",
            found=f"byte {error.start + 1} is something else",
            action="save it as UTF-8",
        ) from error


def _check_combination(options: Options) -> None:
    mapping = options["mapping"]
    if bool(options["form"]) != bool(mapping) or (options["form"] and options["template"]):
        raise ZorgidError(
            "options_invalid",
            "form and mapping belong together, and exclude template",
            expected="form with mapping, or template, or none of them",
            found="another combination",
            action="take out what does not belong",
        )
    if mapping and not all(isinstance(name, str) for pair in mapping.items() for name in pair):
        raise ZorgidError(
            "options_invalid",
            "mapping holds something else than text",
            expected="XPath: name of a value",
            found="something else",
            action="put what is meant in quotes",
        )
    if options["path"] in (options["form"], options["template"]):
        raise ZorgidError(
            "options_invalid",
            "path is the form or the template itself, which would be overwritten",
            expected="another file for the signed document",
            found="the same file",
            action="correct path",
        )


def _until(until: str | None, not_after: datetime.datetime) -> str | None:
    if until is None:
        return None
    try:
        day = datetime.date.fromisoformat(until)
    except ValueError as error:
        raise ZorgidError(
            "options_invalid",
            "valid_until is not a date",
            expected="YYYY-MM-DD",
            found=printable(until, 40),
            action="correct valid_until",
        ) from error
    if day > not_after.date():
        raise ZorgidError(
            "validity_exceeds_certificate",
            "The document would be valid longer than the certificate it is signed with",
            expected=f"valid_until not after {not_after.date()}",
            found=day.isoformat(),
            action="correct valid_until, or leave it out",
        )
    return day.isoformat()


def _verify(
    document: bytes, judge: Judge, schema: str | None, ura: str | None, certificates: Sequence[x509.Certificate] = ()
) -> Verification:
    return verify(
        document,
        judge=judge,
        ura=ura,
        schema=schema,
        environment=judge.environment,
        at=judge.at,
        certificates=certificates,
    )


def _checks(found: Verification) -> Result:
    return {
        "checks": [asdict(check) for check in found.checks],
        "report": {language: found.report(language) for language in ("en", "nl")},
    }


def _certificate(signer: Signer, organisation: Organisation) -> Result:
    certificate = signer.certificate
    return {
        "thumbprint": hashlib.sha256(_der(certificate)).hexdigest(),
        "serial_number": f"{certificate.serial_number:X}",
        "not_after": certificate.not_valid_after_utc.isoformat(),
        "ura": organisation.ura,
    }


def _der(certificate: Any) -> bytes:
    return bytes(certificate.public_bytes(Encoding.DER))


def _digest(data: bytes) -> str:
    return hashlib.sha256(data).hexdigest()


def _read(path: Path) -> bytes:
    try:
        # One byte more than is accepted is enough to refuse it, whatever the size of the file.
        with path.open("rb") as stream:
            return stream.read(SIZE_LIMIT + 1)
    except OSError as error:
        raise ZorgidError(
            "document_unreadable",
            f"The file {path} cannot be read",
            expected="a file on the controller",
            found=in_words(error),
            action="correct the path or the rights",
        ) from error
