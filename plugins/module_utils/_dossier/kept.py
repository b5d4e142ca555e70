# SPDX-FileCopyrightText: gbz.zorgid contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""Files on the controller that a later run needs: they may go, the dossier keeps what was in them."""

from __future__ import annotations

import os
from pathlib import Path

from .._common.files import write_atomic
from .store import DossierStore

#: The dossier's name for the signed document, as a submission and as what is kept.
DOCUMENT = "organisation_document"


class KeptContent:
    """One kind of an organisation's. Where there is no dossier or no key, there are only files."""

    def __init__(self, store: DossierStore | None, ura: str, kind: str) -> None:
        self._sealed = store.sealed if store else None
        self._ura, self._kind = ura, kind

    def newest(self) -> bytes | None:
        found = self._sealed.newest(self._ura, self._kind) if self._sealed else None
        return found.content if found else None

    def keep(self, content: bytes) -> None:
        """Nothing in check mode."""
        if self._sealed and self._sealed.usable:
            self._sealed.keep(self._ura, self._kind, content)

    def missing(self, path: Path) -> bytes | None:
        """What stood at ``path``, when nothing does any more. What does counts: somebody may have put it there."""
        return None if os.path.lexists(path) else self.newest()

    def put_back(self, path: Path, *, check_mode: bool) -> bool:
        """Whether the file was missing and is there again, or would be."""
        content = self.missing(path)
        if content is not None and not check_mode:
            write_atomic(path, content)
        return content is not None
