# SPDX-FileCopyrightText: gbz.zorgid contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""Files on the controller that a later run needs. They may be deleted, because the dossier stores their content."""

from __future__ import annotations

import os
from pathlib import Path

from .._common.files import write_atomic
from .store import DossierStore

#: The dossier's name for the signed document, as a submission and as stored content.
DOCUMENT = "organisation_document"


class KeptContent:
    """One kind of stored content of an organisation. Without a dossier or a key there are only files."""

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
        """The stored content if there is no file at ``path``. An existing file applies, because a person may have put
        it there."""
        return None if os.path.lexists(path) else self.newest()

    def put_back(self, path: Path, *, check_mode: bool) -> bool:
        """Write the file again if it is missing. Returns whether it was (in check mode: would be) written."""
        content = self.missing(path)
        if content is not None and not check_mode:
            write_atomic(path, content)
        return content is not None
