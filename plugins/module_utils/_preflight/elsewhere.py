# SPDX-FileCopyrightText: gbz.zorgid contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""Checks whether an organisation without a dossier has one in a folder where a run was started before. Reads only."""

from __future__ import annotations

import contextlib
from collections.abc import Iterable
from pathlib import Path

from .._common.errors import ZorgidError
from .._common.text import printable
from .._dossier.store import DossierStore
from .._onboarding.observed import Trouble


def other_dossier(ura: str, here: str, folders: Iterable[Path]) -> Trouble | None:
    """``here``: the file of SQLite that would be created. ``folders``: where to look for a folder ``work-dossier``."""
    mine = Path(here)
    if not mine.is_absolute():
        return None
    tail = Path(*mine.parts[-2:])
    for path in dict.fromkeys(folder / tail for folder in folders):
        if path != mine and path.is_file() and _knows(path, ura):
            return Trouble(
                "dossier_elsewhere",
                "A new dossier would be made, but this organisation has one in another folder",
                f"the dossier of the runs before: {printable(path, 300)}",
                f"none at {printable(mine, 300)}",
                "start it from the folder of the runs before, or set zorgid_onboarding_work_dir to an absolute path; "
                "if a new dossier is right, move the other one away",
            )
    return None


def _knows(path: Path, ura: str) -> bool:
    """Whether this dossier has the organisation. Other faults of it are not checked here."""
    with contextlib.suppress(ZorgidError, OSError), DossierStore.open(f"sqlite:///{path}", read_only=True) as store:
        return any(one.ura.zfill(8) == ura.zfill(8) for one in store.read_all())
    return False
