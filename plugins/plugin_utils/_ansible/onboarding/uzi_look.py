# SPDX-FileCopyrightText: gbz.zorgid contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""Looks at what an organisation signs with: its certificate, its key, its document. Nothing is changed by looking.

All three take the options of ``organisation_document``: the certificate that is looked at is the one that would sign.
"""

from __future__ import annotations

import contextlib
import dataclasses
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any, TypeVar

from ....module_utils._common.errors import ZorgidError
from ....module_utils._common.libraries import needs
from ....module_utils._common.ura import Ura
from ....module_utils._document.content import check_organisation
from ....module_utils._document.signing import sign
from ....module_utils._document.verification import Verification
from ....module_utils._dossier.store import DossierStore
from ....module_utils._onboarding.observed import GOOD, NOT_ASKED, Certificate, Document, Look, Seen, Trouble
from ....module_utils._uzi.judge import Judge
from ....module_utils._uzi.result import evidence
from ....module_utils._uzi.selection import Selection, check_thumbprint
from ..action import Options, ZorgidAction, file_inaccessible
from ..document import not_valid, refuse_invalid, verified_by
from ..document_state import (
    INPUT,
    check_combination,
    compare,
    content_of,
    digest,
    input_of,
    may_be_over,
    read,
    standing,
    thumbprint,
)
from ..kept import DOCUMENT, Kept
from ..signing import chain_of, check_source, choose, judge_from, open_key, signing_entries
from .shared import OncePerRun
from .signing_together import SignedLaterError, SigningTogether
from .store_listing import listing

with needs("cryptography>=44"):
    from cryptography import x509

T = TypeVar("T")


@dataclass(frozen=True)
class CertificateLook:
    """``evidence``: what the dossier keeps of it. ``chosen`` and ``judge`` serve the looks at key and document."""

    certificate: Seen[Certificate]
    key: Seen[bool] = NOT_ASKED
    warnings: tuple[str, ...] = ()
    evidence: Mapping[str, Any] = field(default_factory=dict)
    chosen: Selection | None = field(default=None, repr=False)
    judge: Judge | None = field(default=None, repr=False)


def certificate(action: ZorgidAction, options: Options, *, host: str, shared: OncePerRun) -> CertificateLook:
    """``host``: whose Windows store is meant where the source is one. A store is listed once per run.

    Whether the key can be used is known here as far as the store tells it; what is in a file or on a token is opened
    only when ``key`` is asked.
    """
    found: list[tuple[Selection, Judge]] = []

    def look() -> Seen[Certificate]:
        check_thumbprint(options["thumbprint"])
        check_source(options)
        judge = judge_from(options)
        chosen = _chosen(action, options, judge, host, shared)
        found.append((chosen, judge))
        one = chosen.entry.certificate
        return Seen.good(Certificate(one.thumbprint, one.not_after))

    seen = _seen(look)
    if not found:
        # The certificate is judged with its key: without one, or with one that is closed, it cannot be used.
        lacks = seen.trouble is not None and seen.trouble.code.startswith("key_")
        return CertificateLook(seen, Seen(Look.BAD, trouble=seen.trouble) if lacks else NOT_ASKED)
    (chosen, judge) = found[0]
    told = evidence(chosen.entry, chosen.judgement, judge.environment)
    if options["key_path"] and chosen.entry.private_key is None:
        # It is in a file of its own, which is not opened here.
        told["key_state"] = "own_file"
    if seen.value is not None:
        seen = Seen.good(dataclasses.replace(seen.value, evidence=told))
    return CertificateLook(
        seen,
        GOOD if options["source"] == "windows" else NOT_ASKED,
        tuple(one.message for one in chosen.judgement.problems),
        told,
        chosen,
        judge,
    )


def key(options: Options, seen: CertificateLook) -> Seen[bool]:
    """That the key opens and belongs to the certificate: it signs a challenge. One in a Windows store is not asked:
    what the store says of it stands, and its first signature proves it."""
    chosen = seen.chosen
    if options["source"] == "windows" or chosen is None:
        return seen.key

    def look() -> Seen[bool]:
        open_key(chosen.entry, options)
        return GOOD

    return _seen(look)


def document(
    options: Options,
    *,
    known_evidence: Mapping[str, Any],
    store: DossierStore | None,
    certificate: CertificateLook,
    by_hand: bool = False,
) -> Seen[Document]:
    """What stands at the path, or in the dossier, against what the inventory describes.

    ``known_evidence``: of ``document_signed``. ``by_hand``: a person signed it; it is verified as it is, and compared
    with nothing (``differs`` is ``unchanged``). NOT_ASKED where there is no certificate to compare with.
    """
    if by_hand:
        return _seen(lambda: _by_hand(options, store, certificate.judge))
    chosen, judge = certificate.chosen, certificate.judge
    if chosen is None or judge is None:
        return Seen(Look.NOT_ASKED)
    return _seen(lambda: _document(options, known_evidence, store, chosen, judge))


def ask_ahead(options: Options, store: DossierStore, seen: CertificateLook) -> None:
    """Before the plan is carried out: what a key in a Windows store will have to sign, for the call of the run that
    signs for all (``signing_together``). The document itself is made when it is its turn, and is the same then; XAdES
    has the time and new identifiers in it, and would not be."""
    if options["source"] != "windows" or options["xades"] or seen.chosen is None or seen.judge is None:
        return
    organisation = check_organisation(options["organisation"])
    chosen, kept = seen.chosen, Kept(store, organisation.ura, DOCUMENT)
    key, mine = chosen.entry.private_key, chosen.entry.certificate.x509
    if key is None:
        return
    state = compare(options, organisation, seen.judge.environment, mine, chain_of(chosen), kept)
    with contextlib.suppress(SignedLaterError):
        sign(state.unsigned, key, **vars(state.wanted))


def _chosen(action: ZorgidAction, options: Options, judge: Judge, host: str, shared: OncePerRun) -> Selection:
    organisation = options["organisation"]
    ura, name = Ura.of(organisation.get("ura")).text, organisation.get("name")
    if options["source"] != "windows":
        return choose(judge, signing_entries(action, options), options, ura, name)
    later = SigningTogether(action, options, host, shared).later
    return choose(judge, listing(action, options, host, shared).entries(ura, later), options, ura, name)


def _document(
    options: Options, known: Mapping[str, Any], store: DossierStore | None, chosen: Selection, judge: Judge
) -> Seen[Document]:
    check_combination(options)
    organisation = check_organisation(options["organisation"])
    kept = Kept(store, organisation.ura, DOCUMENT)
    mine, chain = chosen.entry.certificate.x509, chain_of(chosen)
    before, _missing, path = standing(options, kept)
    same = before is not None and known.get("content") and known.get("sha256") == digest(before)
    if store and same and before is not None and not may_be_over(before, judge.at):
        told = input_of(options, organisation, judge.environment, mine, chain, before)
        if store.observations.is_last(organisation.ura, INPUT, told):
            return Seen.good(Document(digest(before), thumbprint(mine), "unchanged", str(known["content"])))
    state = compare(options, organisation, judge.environment, mine, chain, kept)
    if not state.stands or state.before is None:
        content = content_of(state, store, organisation.ura)
        signed = None if state.before is None else digest(state.before)
        return Seen.good(Document(signed, _signed_by(state.existing), state.reason, content))
    found = verified_by(state.before, judge, options["schema"], organisation.ura)
    refuse_invalid(found, f"The document {path} is unchanged, but it no longer verifies")
    # It says what was signed: so does what was recorded then, whatever the dossier's key was.
    content = str(known["content"]) if same else content_of(state, store, organisation.ura)
    return Seen.good(Document(digest(state.before), thumbprint(mine), "unchanged", content))


def _by_hand(options: Options, store: DossierStore | None, judge: Judge | None) -> Seen[Document]:
    ura = Ura.of(options["organisation"].get("ura")).text
    before, _missing, path = standing(options, Kept(store, ura, DOCUMENT))
    there = read(path) if before is None else before
    found = verified_by(there, judge or judge_from(options), options["schema"], ura)
    if not found.valid:
        raise not_valid(path, found)
    return Seen.good(Document(digest(there), _signed_by(found), "unchanged", ""))


def _signed_by(found: Verification | None) -> str | None:
    one: x509.Certificate | None = found.certificate if found else None
    return thumbprint(one) if one is not None else None


def _seen(look: Callable[[], Seen[T]]) -> Seen[T]:
    try:
        return look()
    except ZorgidError as error:
        return Seen(Look.BAD, trouble=Trouble.of(error))
    except OSError as error:
        return Seen(Look.BAD, trouble=Trouble.of(file_inaccessible(error)))
