# SPDX-FileCopyrightText: gbz.zorgid contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""An organisation leaves: all its data in the dossier are written to a file and then removed."""

from __future__ import annotations

from dataclasses import dataclass

from .._dossier.leaving import Left
from .._dossier.place import DossierPlace


@dataclass(frozen=True)
class LeaveDossier:
    """``path``: absolute path of a new file on the controller."""

    place: DossierPlace
    ura: str
    path: str
    by: str


def leave_dossier(command: LeaveDossier, *, read_only: bool) -> Left:
    """``read_only``: return what would be removed. Errors: those of opening the dossier and of ``Leaving.leave``."""
    with command.place.open(read_only=read_only) as store:
        return store.leaving.leave(command.ura, command.path, by=command.by)
