# SPDX-FileCopyrightText: gbz.zorgid contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""An organisation leaves for good: its dossier goes into a file, then its key and rows, then its files here."""

from __future__ import annotations

import shutil
from dataclasses import dataclass
from pathlib import Path

from .._dossier.leaving import Left
from .leave_dossier import LeaveDossier, leave_dossier


@dataclass(frozen=True)
class TakeLeave:
    """``files``, ``folders``: of this organisation alone. A folder goes with all that is in it, so it has to have the
    URA number for its name; another one stays and is told."""

    dossier: LeaveDossier
    files: tuple[str, ...]
    folders: tuple[str, ...]


@dataclass(frozen=True)
class Gone:
    """``paths``: what goes, or went; ``kept``: folders that may hold another organisation's files too."""

    left: Left
    paths: tuple[str, ...]
    kept: tuple[str, ...]


def take_leave(command: TakeLeave, *, read_only: bool) -> Gone:
    """``read_only``: what would go. A run that breaks off is run again: each part that is gone is gone.

    Errors: those of ``leave_dossier``; OSError of a file that cannot be deleted."""
    left = leave_dossier(command.dossier, read_only=read_only)
    folders = [Path(one) for one in command.folders if Path(one).is_dir()]
    mine = [one for one in folders if one.name == command.dossier.ura and not one.is_symlink()]
    files = [one for one in map(Path, command.files) if one.is_file() or one.is_symlink()]
    if not read_only:
        for file in files:
            file.unlink(missing_ok=True)
        for folder in mine:
            shutil.rmtree(folder)
    return Gone(left, tuple(map(str, (*files, *mine))), tuple(str(one) for one in folders if one not in mine))
