# SPDX-FileCopyrightText: gbz.zorgid contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""Where a dossier is, and which environment and customer it must have. The database libraries are imported only when it
is opened."""

from __future__ import annotations

from contextlib import AbstractContextManager, nullcontext
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from .store import DossierStore


@dataclass(frozen=True)
class DossierPlace:
    """``url``: SQLAlchemy's; empty without a dossier. ``environment`` and ``tenant``: what the dossier must have;
    written at its first use. ``key``: 32 bytes as base64, from the vault. ``head_path``: the file with the last known
    row of the journal."""

    url: str = ""
    environment: str | None = None
    tenant: str | None = None
    key: str | None = field(default=None, repr=False)
    head_path: str | None = None

    def open(
        self, *, read_only: bool, adopts: bool = False, key_lost: bool = False, held: bool = False
    ) -> DossierStore:
        """Errors and the last three: as ``DossierStore.open``."""
        from .store import DossierStore

        return DossierStore.open(
            self.url,
            read_only=read_only,
            environment=self.environment,
            tenant=self.tenant,
            key=self.key,
            head_path=self.head_path,
            adopts=adopts,
            key_lost=key_lost,
            held=held,
        )

    def maybe_open(self, *, read_only: bool) -> AbstractContextManager[DossierStore | None]:
        """The open dossier, or None if there is none."""
        return self.open(read_only=read_only) if self.url else nullcontext()
