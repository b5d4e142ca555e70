# SPDX-FileCopyrightText: gbz.zorgid contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""Destroy an activation code that was used: its files, and the copy in the dossier."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from .._activation.code_files import destroy, existing
from .._activation.handed import KEPT_AS
from .._dossier import said
from .._dossier.place import DossierPlace
from .activation_code import CodeOutcome, Still


@dataclass(frozen=True)
class DestroyCode:
    """``ura``: of the organisation. ``folder``: of the files; None: only the copy in the dossier is destroyed."""

    ura: str
    folder: Path | None
    dossier: DossierPlace


def destroy_code(command: DestroyCode, *, check_mode: bool, still: Still | None = None) -> CodeOutcome:
    """Errors: ``directory_unwritable``, ``plan_stale``, and those of the dossier."""
    ura, before = command.ura, existing(command.folder)
    with command.dossier.maybe_open(read_only=check_mode) as store:
        if store and still:
            said.demand_wanted(store.read(ura), still)
        # With a read-only store, this only returns whether there is one.
        kept = [store.destroy_secret(ura, KEPT_AS), store.sealed.destroy(ura, KEPT_AS)] if store else []
        if not check_mode:
            destroy(before)
    return CodeOutcome(ura, any(kept) or bool(before), tuple(before), ())
