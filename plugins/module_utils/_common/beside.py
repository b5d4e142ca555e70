# SPDX-FileCopyrightText: gbz.zorgid contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""Paths of what must outlast a working folder: beside it, or inside it where an older version of the role put it."""

from __future__ import annotations

from pathlib import Path

from .errors import ZorgidError


def dossier_url(work_dir: str) -> str:
    """The SQLAlchemy URL ``sqlite:///…`` of the dossier of ``work_dir``. Error: ``place_ambiguous``."""
    folder = Path(work_dir).expanduser()
    return f"sqlite:///{_one(folder / 'dossier.sqlite3', _beside(folder, 'dossier') / 'dossier.sqlite3')}"


def beside(work_dir: str, name: str) -> str:
    """The folder ``<work_dir>-<name>``, or ``<work_dir>/<name>`` if that exists. Error: ``place_ambiguous``."""
    folder = Path(work_dir).expanduser()
    return str(_one(folder / name, _beside(folder, name)))


def _beside(folder: Path, name: str) -> Path:
    return folder.parent / f"{folder.name}-{name}"


def _one(before: Path, now: Path) -> Path:
    """The old path if it exists, else the new one. Error: ``place_ambiguous``, if both exist."""
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
