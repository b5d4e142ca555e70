# SPDX-FileCopyrightText: gbz.zorgid contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""Read a list of employees and report how a run would read it. Nothing is changed."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from typing import Any

from .._common.files import write_atomic
from .._common.libraries import demand, needs
from .._lists.given_mapping import mapping_of
from .._lists.read_list import read_list
from .._lists.understood import Understood

with needs("PyYAML>=6.0"):
    import yaml

_ABOUT = "# Personal data: what was understood of the people in a list. Remove this file when you have looked.\n"


@dataclass(frozen=True)
class CheckList:
    """mapping: as a person gave it (``given_mapping``), None without one. folders: where to look for the mapping's
    file. roots: folders in which the list must be; empty for anywhere. details: file for the result with personal data.
    today: None for the day of the reading."""

    path: str
    mapping: Any = None
    folders: Sequence[Path] = ()
    roots: Sequence[Path] = ()
    details: str | None = None
    today: date | None = None


@dataclass(frozen=True)
class ListChecked:
    """mapping: a few words about the mapping in use; '' without a mapping, or for a list with our own column names.
    details: the file with personal data, if one was requested; written: whether it was written."""

    understood: Understood
    mapping: str = ""
    details: Path | None = None
    written: bool = False


def check_list(command: CheckList, *, check_mode: bool = False) -> ListChecked:
    """Errors: ``list_mapping_invalid``, ``accounts_unreadable``, OSError of the file with details."""
    demand()
    given = mapping_of(command.mapping, command.folders)
    today = command.today or date.today()
    understood = read_list(command.path, given.mapping if given else None, today, roots=command.roots)
    origin = given.origin if given else ""
    if not command.details:
        return ListChecked(understood, origin)
    details = Path(command.details).expanduser().absolute()
    if not check_mode:
        text = yaml.safe_dump(understood.as_dict(people=True), allow_unicode=True, sort_keys=False, width=110)
        write_atomic(details, (_ABOUT + text).encode(), mode=0o600)
    return ListChecked(understood, origin, details, not check_mode)
