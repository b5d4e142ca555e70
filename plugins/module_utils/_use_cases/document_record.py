# SPDX-FileCopyrightText: gbz.zorgid contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""The signed document and its step in the dossier: one record, and of two runs that sign at the same time one's."""

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
    """Made before anything is looked at. Signing takes seconds and changes nothing; what the dossier says of documents
    must then still be what it said here, or the new one is thrown away. Without a dossier there is nothing to record.
    """

    def __init__(self, store: DossierStore | None, ura: str, still: Callable[[Dossier], str | None] | None) -> None:
        self._store, self._ura, self._still = store, ura, still
        self._before = _documents(store.read(ura)) if store else None

    def now(self, digest: str, certificate: str) -> bool:
        """For a document that is there: whether the dossier did not know it yet."""
        return self._store is not None and self._store.prove(self._ura, _done(digest, certificate)).changed

    def with_it(self, digest: str, certificate: str) -> AbstractContextManager[None]:
        """The file is written within. Error: ``plan_stale``."""
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
