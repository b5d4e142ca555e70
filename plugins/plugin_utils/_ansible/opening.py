# SPDX-FileCopyrightText: gbz.zorgid contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""Opening a dossier with what a task says of it."""

from __future__ import annotations

from contextlib import AbstractContextManager, nullcontext

from ...module_utils._dossier.store import DossierStore
from .action import Options


def open_dossier(options: Options, *, read_only: bool, adopts: bool = False, key_lost: bool = False) -> DossierStore:
    """The options of ``options/dossier.py``; an empty text is none."""
    return DossierStore.open(
        options["dossier_url"],
        read_only=read_only,
        environment=options.get("environment"),
        tenant=options.get("dossier_tenant"),
        key=options.get("dossier_key"),
        head_path=options.get("dossier_head_path"),
        adopts=adopts,
        key_lost=key_lost,
    )


def maybe_dossier(options: Options, *, read_only: bool) -> AbstractContextManager[DossierStore | None]:
    """For actions that serve without a dossier too."""
    return open_dossier(options, read_only=read_only) if options["dossier_url"] else nullcontext()
