# SPDX-FileCopyrightText: gbz.zorgid contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""Make a working folder for a provider's organisations, or update it from their table. Nothing in it is deleted."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from .._common.errors import ZorgidError
from .._common.files import make_folder as made
from .._common.files import write_atomic
from .._common.libraries import demand
from .._common.text import printable
from .._inventory.customer_table import CustomerTable, read_customers
from .._inventory.folder_state import HOST_VARS, ORGANISATIONS, STATE, Seen
from .._inventory.working_folder import Decision, decide

#: the empty tables that are written if no table is given
TEMPLATES = ("klanten.xlsx", "klanten.csv")
_FOLDER = "@FOLDER@"
_MOST_BYTES = 1_000_000
#: characters with a meaning in YAML, Jinja, a shell or the URL of a database
_UNFIT = re.compile(r"[^\w /.,+@=~-]")


@dataclass(frozen=True)
class MakeFolder:
    """table: None for a folder without organisations. skeleton: the folder with the files of every working folder."""

    folder: Path
    table: Path | None
    skeleton: Path


@dataclass(frozen=True)
class FolderMade:
    """templates: the empty tables that were written. written: False in check mode."""

    folder: Path
    decision: Decision
    table: CustomerTable | None
    templates: tuple[str, ...]
    written: bool

    @property
    def changed(self) -> bool:
        return bool(self.decision.writes or self.templates)


def make_folder(command: MakeFolder, *, check_mode: bool = False) -> FolderMade:
    """Each file is written as a whole or not at all, and the record of written files comes last: after an interruption,
    the same command continues. Errors: ``folder_unfit``, ``table_unreadable``, ``folder_state_unreadable``, OSError."""
    demand()
    folder = command.folder
    if _UNFIT.search(str(folder)):
        raise ZorgidError(
            "folder_unfit",
            f"The path {printable(folder, 120)} cannot be written into an inventory",
            expected="letters, digits, blanks and / . , + @ = ~ _ -",
            found="another character",
            action="choose another folder",
        )
    if folder.exists() and not folder.is_dir():
        raise ZorgidError(
            "folder_unfit",
            f"{folder} is no folder",
            expected="a folder, or a path where nothing is yet",
            found="a file",
            action="choose another path",
        )
    table = read_customers(command.table, folder) if command.table else None
    wanted = _skeleton(command.skeleton, folder)
    decision = decide(table.rows if table else None, _seen(folder, wanted), wanted)
    templates = tuple(one for one in TEMPLATES if not table and decision.first and not (folder / one).exists())
    if not check_mode:
        made(folder)
        for name in templates:
            write_atomic(folder / name, (command.skeleton.parent / name).read_bytes())
        for path, text in decision.writes.items():
            write_atomic(folder / path, text.encode())
    return FolderMade(folder, decision, table, templates, written=not check_mode)


def _skeleton(source: Path, folder: Path) -> dict[str, str]:
    """Path in the folder -> text. A name that begins with a dot is stored without it, because builds of the collection
    leave such files out."""
    found = {}
    for path in sorted(source.rglob("*")):
        if path.is_file():
            name = path.relative_to(source).as_posix().replace("gitignore", ".gitignore")
            found[name] = path.read_text(encoding="utf-8").replace(_FOLDER, str(folder))
    return found


def _seen(folder: Path, wanted: Mapping[str, str]) -> Seen:
    paths = [folder / name for name in (*wanted, STATE, ORGANISATIONS)]
    for one in ("*.yml", "*.yaml", "*/*.yml", "*/*.yaml"):
        paths += (folder / HOST_VARS).glob(one)
    found = {}
    for path in paths:
        if path.is_file():
            with path.open("rb") as stream:
                found[path.relative_to(folder).as_posix()] = stream.read(_MOST_BYTES).decode("utf-8", "replace")
    return Seen(found)
