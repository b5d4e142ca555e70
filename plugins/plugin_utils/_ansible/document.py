# SPDX-FileCopyrightText: gbz.zorgid contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""The organisation document as a file: made when it has to be, kept when it is right, judged when asked."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import asdict
from pathlib import Path

from ...module_utils._common.errors import ZorgidError
from ...module_utils._common.files import write_atomic
from ...module_utils._common.libraries import needs
from ...module_utils._common.trouble import in_words
from ...module_utils._common.ura import Ura
from ...module_utils._document import revision
from ...module_utils._document.content import Organisation, check_organisation
from ...module_utils._document.signing import sign
from ...module_utils._document.verification import Verification, verify
from ...module_utils._document.xml import SIZE_LIMIT
from ...module_utils._dossier.model import Dossier
from ...module_utils._dossier.store import DossierStore
from ...module_utils._uzi.files import load_certificates
from ...module_utils._uzi.judge import Judge
from .action import Options, Result, ZorgidAction
from .document_state import INPUT, check_combination, compare, content_of, digest, input_of, read, standing, thumbprint
from .kept import DOCUMENT, Kept
from .opening import maybe_dossier
from .recorded import Recorded
from .signing import Signer, judge_from, open_signer

with needs("cryptography>=44"):
    from cryptography import x509

ALGORITHMS = [f"{kind}-sha{bits}" for kind in ("rsa", "rsa-pss") for bits in (256, 384, 512)]


def make_document(
    action: ZorgidAction, options: Options, *, still: Callable[[Dossier], str | None] | None = None
) -> Result:
    """The action ``organisation_document``. ``still``: asked when it is recorded why it is not wanted any more."""
    check_combination(options)
    organisation = check_organisation(options["organisation"])
    with maybe_dossier(options, read_only=action.check_mode) as store:
        recorded = Recorded(store, organisation.ura, still)
        judge = judge_from(options)
        signer = open_signer(action, options, organisation.ura, organisation.name, judge)
        return Making(action, options, organisation, judge, signer, store, recorded).make()


class Making:
    """One organisation's document, from what stands there to what is written."""

    def __init__(
        self,
        action: ZorgidAction,
        options: Options,
        organisation: Organisation,
        judge: Judge,
        signer: Signer,
        store: DossierStore | None,
        recorded: Recorded,
    ) -> None:
        self._action, self._options, self._organisation = action, options, organisation
        self._judge, self._signer, self._store, self._recorded = judge, signer, store, recorded
        self._kept = Kept(store, organisation.ura, DOCUMENT)
        self.state = compare(options, organisation, judge.environment, signer.certificate, signer.chain, self._kept)

    def make(self) -> Result:
        return self.leave() if self.state.stands or self._action.check_mode else self.write(self.signed())

    def signed(self) -> bytes:
        return sign(self.state.unsigned, self._signer.key, **vars(self.state.wanted))

    def leave(self) -> Result:
        """What stands there is right, or nothing may be changed."""
        state, result = self.state, self._result()
        if not state.stands or state.before is None:
            return {**result, "digest": None, "checks": []}
        found = self._verified(state.before)
        refuse_invalid(found, f"The document {state.path} is unchanged, but it no longer verifies")
        if not state.missing:
            self._kept.keep(state.before)
        elif not self._action.check_mode:
            _write(state.path, None, state.before)
        if self._recorded.now(digest(state.before), result["certificate"]["thumbprint"]):
            result["changed"] = True
        self._note(state.before)
        return {**result, **_checks(found)}

    def write(self, made: bytes) -> Result:
        """``made`` is verified before it is written."""
        state, result = self.state, self._result()
        if not state.missing and state.before is not None and state.existing is not None and state.existing.valid:
            # Whoever signed it: it is a version too.
            self._kept.keep(state.before)
        checked = self._verified(made)
        refuse_invalid(checked, "The document that was just signed does not verify, so it was not written")
        with self._recorded.with_it(digest(made), result["certificate"]["thumbprint"]):
            written = _write(state.path, None if state.missing else state.before, made)
        self._kept.keep(made)
        self._note(made)
        return {**result, **written, **_checks(checked)}

    def _result(self) -> Result:
        state, signer = self.state, self._signer
        result: Result = {
            "path": str(state.path),
            "changed": state.reason != "unchanged",
            "reason": state.reason,
            "digest": digest(state.before) if state.before is not None else None,
            "content": content_of(state, self._store, self._organisation.ura),
            "certificate": _certificate(signer, self._organisation),
            "key": signer.entry.key.state if signer.entry else None,
            "warnings": [str(problem.message) for problem in signer.judgement.problems],
        }
        if self._action.diff_mode and result["changed"]:
            shown = state.existing.signed_content if state.existing is not None and not state.missing else None
            result["diff"] = {
                "before_header": str(state.path),
                "after_header": str(state.path),
                "before": "" if shown is None else revision.lines(shown),
                "after": revision.lines(state.unsigned),
            }
        return result

    def _verified(self, document: bytes) -> Verification:
        return verified_by(document, self._judge, self._options["schema"], self._organisation.ura)

    def _note(self, document: bytes) -> None:
        """With what it was seen good, so that a later run need not look at all of it again. Nothing without a key."""
        if self._store and not self._action.check_mode:
            signer, organisation = self._signer, self._organisation
            environment = self._judge.environment
            told = input_of(self._options, organisation, environment, signer.certificate, signer.chain, document)
            self._store.observations.note(organisation.ura, INPUT, told)


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
    before, missing, path = standing(options, kept)
    document = read(path) if before is None else before
    found = verified_by(document, judge_from(options), options["schema"], ura, beside)
    if found.valid and not missing:
        kept.keep(document)
    result: Result = {
        "path": str(path),
        # Of a file that is too large to be a document only the beginning was read.
        "digest": digest(document) if len(document) <= SIZE_LIMIT else None,
        "valid": found.valid,
        "signer": found.signer,
        "signed_content": revision.lines(found.signed_content) if found.signed_content is not None else None,
        "signed_digest": digest(found.signed_bytes) if found.signed_content is not None else None,
        **_checks(found),
    }
    if unused:
        result["warnings"] = [one.message for one in unused]
    if options["require_valid"] and not found.valid:
        raise not_valid(path, found, result)
    return result


def not_valid(path: Path, found: Verification, details: Result | None = None) -> ZorgidError:
    """Somebody else's document, or one that was signed by hand, that does not pass every check."""
    unread = any(check.reason == "document_unreadable" for check in found.failed())
    return ZorgidError(
        "document_invalid",
        f"The document {path} does not verify",
        expected="a document that passes every check",
        found="; ".join(check.message for check in found.failed()),
        action="look whether path is the right file; if it is, have it made again as XML 1.0 in UTF-8, and signed"
        if unread
        else "do not use it; let it be signed again",
        details=details,
    )


def refuse_invalid(found: Verification, sentence: str) -> None:
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
            kept = path.with_name(f"{path.name}.{digest(before)}")
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
    return {"digest": digest(document), **({"previous_path": str(kept)} if kept else {})}


def verified_by(
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
        "thumbprint": thumbprint(certificate),
        "serial_number": f"{certificate.serial_number:X}",
        "not_after": certificate.not_valid_after_utc.isoformat(),
        "ura": organisation.ura,
    }
