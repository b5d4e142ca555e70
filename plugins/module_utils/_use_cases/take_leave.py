# SPDX-FileCopyrightText: gbz.zorgid contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""An organisation leaves for good: its dossier is exported to a file, then its key, its rows and its local files are
deleted."""

from __future__ import annotations

import shutil
from dataclasses import dataclass
from pathlib import Path

from .._dossier import said
from .._dossier.leaving import Left
from .leave_dossier import LeaveDossier, leave_dossier


@dataclass(frozen=True)
class TakeLeave:
    """``files``, ``folders``: of this organisation alone. A folder is deleted with its content, but only if its name is
    the URA number; another folder stays and is reported."""

    dossier: LeaveDossier
    files: tuple[str, ...]
    folders: tuple[str, ...]


@dataclass(frozen=True)
class Gone:
    """``paths``: the deleted files and folders, or those that would be; ``kept``: folders that may contain files of
    other organisations; ``further``: a sentence if the organisation continues under another URA number."""

    left: Left
    paths: tuple[str, ...]
    kept: tuple[str, ...]
    further: str = ""


def take_leave(command: TakeLeave, *, read_only: bool) -> Gone:
    """``read_only``: return what would be deleted. After an interruption, run it again: parts that are already deleted
    are skipped.

    Errors: those of ``leave_dossier``; OSError of a file that cannot be deleted."""
    with command.dossier.place.open(read_only=True) as store:
        further = said.goes_on(store.words.of(command.dossier.ura))
    left = leave_dossier(command.dossier, read_only=read_only)
    folders = [Path(one) for one in command.folders if Path(one).is_dir()]
    mine = [one for one in folders if one.name == command.dossier.ura and not one.is_symlink()]
    files = [one for one in map(Path, command.files) if one.is_file() or one.is_symlink()]
    if not read_only:
        for file in files:
            file.unlink(missing_ok=True)
        for folder in mine:
            shutil.rmtree(folder)
    kept = tuple(str(one) for one in folders if one not in mine)
    return Gone(left, tuple(map(str, (*files, *mine))), kept, further)
