# SPDX-FileCopyrightText: gbz.zorgid contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""Records the signed document with its step in the dossier; if two runs sign at the same time, only one records."""

from __future__ import annotations

from collections.abc import Callable
from contextlib import AbstractContextManager, nullcontext
from typing import Final

from .._dossier import said
from .._dossier.kept import DOCUMENT
from .._dossier.model import Dossier, Milestone
from .._dossier.store import DossierStore

_STEP: Final = "document_signed"


class DocumentRecord:
    """Create it before the document is compared. Signing takes seconds; if the dossier's records about documents change
    meanwhile, the new document is discarded. Without a dossier nothing is recorded.
    """

    def __init__(self, store: DossierStore | None, ura: str, still: Callable[[Dossier], str | None] | None) -> None:
        self._store, self._ura, self._still = store, ura, still
        self._before = _documents(store.read(ura)) if store else None

    def now(self, digest: str, certificate: str) -> bool:
        """Record an existing document; returns whether the dossier did not know it yet."""
        return self._store is not None and self._store.prove(self._ura, _done(digest, certificate)).changed

    def with_it(self, digest: str, certificate: str) -> AbstractContextManager[None]:
        """The caller writes the file in this block. Error: ``plan_stale``."""
        if self._store is None:
            return nullcontext()
        still = said.any_of(self._another, self._still)
        return self._store.proving(self._ura, _done(digest, certificate), still=still)

    def _another(self, dossier: Dossier) -> str | None:
        if _documents(dossier) == self._before:
            return None
        return f"In the meantime another run signed or mailed a document of {dossier.ura}"


def _done(digest: str, certificate: str) -> Milestone:
    return Milestone(_STEP, "done", evidence={"sha256": digest, "certificate": certificate})


def _documents(dossier: Dossier) -> tuple[object, ...]:
    signed = dossier.milestones[_STEP]
    mailed = [(one.digest, one.state) for one in dossier.submissions if one.kind == DOCUMENT]
    return signed.state, signed.attested, signed.evidence, mailed
