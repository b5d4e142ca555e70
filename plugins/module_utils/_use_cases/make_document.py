# SPDX-FileCopyrightText: gbz.zorgid contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""The organisation document as a file: a new one is made only if the existing one is not right."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from pathlib import Path

from .._common.errors import ZorgidError
from .._common.files import write_atomic
from .._common.trouble import in_words
from .._document import revision
from .._document.described import DescribedDocument, digest
from .._document.signing import sign
from .._document.verification import Verification
from .._dossier.kept import DOCUMENT, KeptContent
from .._dossier.model import Dossier
from .._dossier.place import DossierPlace
from .._dossier.store import DossierStore
from .._uzi.certificate import thumbprint
from .._uzi.judge import Judge
from .._uzi.signer import Signer, WantedSigner, open_signer
from .._uzi.store import ListedStore
from .document_record import DocumentRecord
from .document_state import INPUT, DocumentState, compare, content_of, input_of
from .verify_document import refuse_invalid, verified_by


@dataclass(frozen=True)
class MakeDocument:
    """``signer.trust``: how certificate and document are checked. ``dossier``: for the record and a copy, if there is
    one."""

    document: DescribedDocument
    signer: WantedSigner
    dossier: DossierPlace


@dataclass(frozen=True)
class DocumentMade:
    """``changed``: something was, or would be, written or recorded. ``content``: as ``content_of``. ``digest`` (SHA-256
    of the file) and ``verification``: None if the document would be made. ``previous_path``: of the earlier version."""

    ura: str
    state: DocumentState
    signer: Signer
    changed: bool
    content: str
    digest: str | None = None
    verification: Verification | None = None
    previous_path: Path | None = None

    def difference(self) -> tuple[str, str] | None:
        """The document before and after, without personal data; None if unchanged."""
        state = self.state
        if state.reason == "unchanged":
            return None
        before = state.existing.signed_content if state.existing is not None and not state.missing else None
        return "" if before is None else revision.lines(before), revision.lines(state.unsigned)


def make_document(
    command: MakeDocument,
    certificates: ListedStore,
    *,
    check_mode: bool,
    still: Callable[[Dossier], str | None] | None = None,
) -> DocumentMade:
    """Make sure that the right signed document is at its path. A replaced document stays in the same folder.

    ``certificates``: the Windows store at ``command.signer.source.store``. ``still``: called when it is recorded; a
    sentence if it is not wanted any more. In check mode nothing is signed, written or recorded. Errors:
    ``document_invalid``, ``certificate_ura_mismatch``, ``document_not_written``, ``plan_stale``, those of ``Judge``,
    ``open_signer``, ``compare``, ``sign`` and of the dossier.
    """
    described = command.document
    with command.dossier.maybe_open(read_only=check_mode) as store:
        record = DocumentRecord(store, described.ura, still)
        judge = command.signer.trust.judge()
        signer = open_signer(command.signer, judge, certificates)
        making = _Making(described, judge, signer, store, record, check_mode=check_mode)
        return making.leave() if making.state.stands or check_mode else making.write(making.signed())


class _Making:
    """Makes one organisation's document, from the comparison to the written file."""

    def __init__(
        self,
        described: DescribedDocument,
        judge: Judge,
        signer: Signer,
        store: DossierStore | None,
        record: DocumentRecord,
        *,
        check_mode: bool,
    ) -> None:
        self._described, self._judge, self._signer = described, judge, signer
        self._store, self._record, self._check_mode = store, record, check_mode
        self._kept = KeptContent(store, described.ura, DOCUMENT)
        self.state = compare(described, signer.certificate, signer.chain, judge.environment, self._kept)

    def signed(self) -> bytes:
        wanted = self.state.wanted
        return sign(self.state.unsigned, self._signer.key, wanted.certificate, chain=wanted.chain, **vars(wanted.kind))

    def leave(self) -> DocumentMade:
        """The outcome without writing: the document is right, or nothing may be changed."""
        state, made = self.state, self._made()
        if not state.stands or state.before is None:
            return made
        found = self._verified(state.before)
        refuse_invalid(found, f"The document {state.path} is unchanged, but its verification now fails")
        if not state.missing:
            self._kept.keep(state.before)
        elif not self._check_mode:
            _write(state.path, None, state.before)
        recorded = self._record.now(digest(state.before), thumbprint(self._signer.certificate))
        self._note(state.before)
        return replace(made, changed=made.changed or recorded, digest=digest(state.before), verification=found)

    def write(self, document: bytes) -> DocumentMade:
        """Verify ``document``, then write it."""
        state, made = self.state, self._made()
        if not state.missing and state.before is not None and state.existing is not None and state.existing.valid:
            # Store the replaced version, whoever signed it.
            self._kept.keep(state.before)
        checked = self._verified(document)
        refuse_invalid(checked, "The verification of the new signed document failed, so it was not written")
        with self._record.with_it(digest(document), thumbprint(self._signer.certificate)):
            previous = _write(state.path, None if state.missing else state.before, document)
        self._kept.keep(document)
        self._note(document)
        return replace(made, digest=digest(document), verification=checked, previous_path=previous)

    def _made(self) -> DocumentMade:
        state = self.state
        ura = self._described.ura
        content = content_of(state, self._store, ura)
        return DocumentMade(ura, state, self._signer, state.reason != "unchanged", content)

    def _verified(self, document: bytes) -> Verification:
        return verified_by(document, self._judge, self._described.schema, self._described.ura)

    def _note(self, document: bytes) -> None:
        """Record the digest of the input with which it was valid, so that a later run can skip checks. Nothing without
        a key."""
        if self._store and not self._check_mode:
            input_digest = input_of(self._described, self.state.wanted, self._judge.environment, document)
            self._store.observations.note(self._described.ura, INPUT, input_digest)


def _write(path: Path, before: bytes | None, document: bytes) -> Path | None:
    """Move the old version aside and write the new one. Returns the old one's path; None if there was none."""
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
            expected="a folder on the controller that this user may write to",
            found=in_words(error),
            action="correct the path or the permissions; the existing document is unchanged",
        ) from error
    return kept
