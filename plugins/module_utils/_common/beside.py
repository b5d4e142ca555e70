# SPDX-FileCopyrightText: gbz.zorgid contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""What has to outlast a working folder lies beside it, and where an older version put it into it, there."""

from __future__ import annotations

from pathlib import Path

from .errors import ZorgidError


def dossier_url(work_dir: str) -> str:
    """``sqlite:///…`` of the dossier that belongs to ``work_dir``."""
    folder = Path(work_dir).expanduser()
    return f"sqlite:///{_one(folder / 'dossier.sqlite3', _beside(folder, 'dossier') / 'dossier.sqlite3')}"


def beside(work_dir: str, name: str) -> str:
    """The folder ``<work_dir>-<name>``."""
    folder = Path(work_dir).expanduser()
    return str(_one(folder / name, _beside(folder, name)))


def _beside(folder: Path, name: str) -> Path:
    return folder.parent / f"{folder.name}-{name}"


def _one(before: Path, now: Path) -> Path:
    """Error: ``place_ambiguous``, when both are there."""
    if not before.exists():
        return now
    if now.exists() and not now.samefile(before):
        raise ZorgidError(
            "place_ambiguous",
            f"{before.name} exists in two places",
            expected=f"only {now}",
            found=f"{before} too",
            action="check which one is newer, and move the other one away",
        )
    return before
