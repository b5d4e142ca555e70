# SPDX-FileCopyrightText: gbz.zorgid contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""Observes an organisation's certificate, key and document. Nothing is changed.

The observed certificate is the one with which ``organisation_document`` would sign.
"""

from __future__ import annotations

import contextlib
import dataclasses
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any, TypeVar

from ....module_utils._common.errors import ZorgidError
from ....module_utils._document.described import digest, read
from ....module_utils._document.signing import sign
from ....module_utils._document.verification import Verification
from ....module_utils._dossier.kept import DOCUMENT, KeptContent
from ....module_utils._dossier.store import DossierStore
from ....module_utils._onboarding.observed import GOOD, NOT_ASKED, Certificate, DocumentSeen, Look, Seen
from ....module_utils._use_cases.document_state import INPUT, compare, content_of, input_of, may_be_over, standing
from ....module_utils._use_cases.make_document import MakeDocument
from ....module_utils._use_cases.verify_document import VerifyDocument, not_valid, refuse_invalid, verified_by
from ....module_utils._uzi.certificate import thumbprint
from ....module_utils._uzi.judge import Judge
from ....module_utils._uzi.key_source import KeySource
from ....module_utils._uzi.result import evidence
from ....module_utils._uzi.selection import Selection, check_thumbprint
from ....module_utils._uzi.signer import WantedSigner, chain_of, choose, open_key
from ..action import ZorgidAction
from .channel import bad
from .shared import OncePerRun
from .signing_together import SharedStore, SignedLaterError

T = TypeVar("T")


@dataclass(frozen=True)
class CertificateLook:
    """``evidence``: the certificate's data for the dossier. ``chosen`` and ``judge`` are used to observe key and
    document."""

    certificate: Seen[Certificate]
    key: Seen[bool] = NOT_ASKED
    warnings: tuple[str, ...] = ()
    evidence: Mapping[str, Any] = field(default_factory=dict)
    chosen: Selection | None = field(default=None, repr=False)
    judge: Judge | None = field(default=None, repr=False)


def certificate(action: ZorgidAction, wanted: WantedSigner, *, host: str, shared: OncePerRun) -> CertificateLook:
    """``host``: the host of the Windows store, if the source is one. A store is listed once per run.

    For a store, this includes what the store says of the key; a key in a file or on a token is opened only by ``key``.
    """
    source = wanted.source
    found: list[tuple[Selection, Judge]] = []

    def look() -> Seen[Certificate]:
        check_thumbprint(source.thumbprint)
        source.check()
        judge = wanted.trust.judge()
        store = SharedStore(action, source.store, host, shared, wanted.ura, lambda together: together.later)
        chosen = choose(wanted, judge, store)
        found.append((chosen, judge))
        one = chosen.entry.certificate
        return Seen.good(Certificate(one.thumbprint, one.not_after))

    seen = _seen(look)
    if not found:
        # The certificate is checked with its key: without a usable key, it cannot be used.
        lacks = seen.trouble is not None and seen.trouble.code.startswith("key_")
        return CertificateLook(seen, Seen(Look.BAD, trouble=seen.trouble) if lacks else NOT_ASKED)
    (chosen, judge) = found[0]
    facts = evidence(chosen.entry, chosen.judgement, judge.environment)
    if source.key_path and chosen.entry.private_key is None:
        # The key is in its own file, which is not opened here.
        facts["key_state"] = "own_file"
    if seen.value is not None:
        seen = Seen.good(dataclasses.replace(seen.value, evidence=facts))
    return CertificateLook(
        seen,
        GOOD if source.source == "windows" else NOT_ASKED,
        tuple(one.message for one in chosen.judgement.problems),
        facts,
        chosen,
        judge,
    )


def key(source: KeySource, seen: CertificateLook) -> Seen[bool]:
    """Check that the key opens and belongs to the certificate, by signing a challenge. A key in a Windows store is not
    used here: the store's information is accepted, and its first signature proves it."""
    chosen = seen.chosen
    if source.source == "windows" or chosen is None:
        return seen.key

    def look() -> Seen[bool]:
        open_key(chosen.entry, source)
        return GOOD

    return _seen(look)


def document(
    command: Callable[[], MakeDocument],
    *,
    known_evidence: Mapping[str, Any],
    store: DossierStore | None,
    certificate: CertificateLook,
) -> Seen[DocumentSeen]:
    """Compare the document at the path, or in the dossier, with the inventory.

    ``command``: makes the command, and may raise errors of the inventory. ``known_evidence``: of ``document_signed``.
    NOT_ASKED if there is no certificate to compare with.
    """
    chosen, judge = certificate.chosen, certificate.judge
    if chosen is None or judge is None:
        return Seen(Look.NOT_ASKED)
    return _seen(lambda: _document(command(), known_evidence, store, chosen, judge))


def document_by_hand(
    command: Callable[[], VerifyDocument], *, store: DossierStore | None, judge: Judge | None
) -> Seen[DocumentSeen]:
    """A document that a person signed: it is only verified, not compared (``differs`` is ``unchanged``). ``judge``:
    that of the certificate, if it could be observed."""
    return _seen(lambda: _by_hand(command(), store, judge))


def ask_ahead(command: MakeDocument, store: DossierStore, seen: CertificateLook) -> None:
    """Before the plan is carried out: write down what a key in a Windows store will have to sign, for the run's common
    call (``signing_together``). The document itself is made again later with the same bytes; the XAdES signature is
    prepared now, because its time and new identifiers would differ later."""
    described = command.document
    if command.signer.source.source != "windows" or described.kind.xades or seen.chosen is None or seen.judge is None:
        return
    chosen, kept = seen.chosen, KeptContent(store, described.ura, DOCUMENT)
    key, mine = chosen.entry.private_key, chosen.entry.certificate.x509
    if key is None:
        return
    state = compare(described, mine, chain_of(chosen), seen.judge.environment, kept)
    with contextlib.suppress(SignedLaterError):
        sign(state.unsigned, key, mine, chain=state.wanted.chain, **vars(state.wanted.kind))


def _document(
    command: MakeDocument, known: Mapping[str, Any], store: DossierStore | None, chosen: Selection, judge: Judge
) -> Seen[DocumentSeen]:
    described, environment = command.document, judge.environment
    ura, path = described.ura, described.path
    kept = KeptContent(store, ura, DOCUMENT)
    mine, chain = chosen.entry.certificate.x509, chain_of(chosen)
    before, _missing = standing(path, kept)
    same = before is not None and known.get("content") and known.get("sha256") == digest(before)
    if store and same and before is not None and not may_be_over(before, judge.at):
        input_digest = input_of(described, described.signature(mine, chain), environment, before)
        if store.observations.is_last(ura, INPUT, input_digest):
            return Seen.good(DocumentSeen(digest(before), thumbprint(mine), "unchanged", str(known["content"])))
    state = compare(described, mine, chain, environment, kept)
    if not state.stands or state.before is None:
        content = content_of(state, store, ura)
        signed = None if state.before is None else digest(state.before)
        return Seen.good(DocumentSeen(signed, _signed_by(state.existing), state.reason, content))
    found = verified_by(state.before, judge, described.schema, ura)
    refuse_invalid(found, f"The document {path} is unchanged, but its verification now fails")
    # The recorded digest describes the same signed content, even if the dossier's key changed since.
    content = str(known["content"]) if same else content_of(state, store, ura)
    return Seen.good(DocumentSeen(digest(state.before), thumbprint(mine), "unchanged", content))


def _by_hand(command: VerifyDocument, store: DossierStore | None, judge: Judge | None) -> Seen[DocumentSeen]:
    before, _missing = standing(command.path, KeptContent(store, command.ura or "", DOCUMENT))
    there = read(command.path) if before is None else before
    found = verified_by(there, judge or command.trust.judge(), command.schema, command.ura)
    if not found.valid:
        raise not_valid(command.path, found)
    return Seen.good(DocumentSeen(digest(there), _signed_by(found), "unchanged", ""))


def _signed_by(found: Verification | None) -> str | None:
    return thumbprint(found.certificate) if found and found.certificate is not None else None


def _seen(look: Callable[[], Seen[T]]) -> Seen[T]:
    try:
        return look()
    except (ZorgidError, OSError) as error:
        return bad(error)
