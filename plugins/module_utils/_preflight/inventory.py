# SPDX-FileCopyrightText: gbz.zorgid contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""Findings that need all organisations, such as a URA number at two hosts; and missing files."""

from __future__ import annotations

import dataclasses
from collections.abc import Iterable, Iterator, Sequence
from pathlib import Path, PurePath

from .._common.text import printable
from .._common.ura import Ura, is_ura
from .._dossier.writable import unmakeable
from .._onboarding.observed import Trouble
from .finding import Finding, Looked

#: File types of lists, which are no inventories.
_LISTS = frozenset({".csv", ".tsv", ".xlsx", ".xls", ".xlsm", ".xlsb", ".ods"})
_NAMED = 3


def with_twins(looked: Sequence[Looked]) -> list[Looked]:
    """Adds a finding to hosts with the same URA number, in any spelling, such as after a copy of host variables."""
    by_ura: dict[Ura, list[Looked]] = {}
    for one in looked:
        if is_ura(one.ura):
            by_ura.setdefault(Ura.of(one.ura), []).append(one)
    twins = {one.host: same for same in by_ura.values() if len(same) > 1 for one in same}
    return [
        dataclasses.replace(one, findings=(*one.findings, _twin(twins[one.host]))) if one.host in twins else one
        for one in looked
    ]


def _twin(same: Sequence[Looked]) -> Finding:
    found = ", ".join(f"{printable(one.host, 80)} ({printable(one.ura, 20)})" for one in same)
    return Finding.stop(
        "inventory",
        Trouble(
            "ura_of_two_hosts",
            f"{len(same)} hosts have the same URA number",
            "one host for each URA number",
            found,
            "correct the number in the host variables that were copied, or take one host out",
        ),
    )


def lists_among(sources: Iterable[tuple[str, Sequence[str]]]) -> Iterator[Finding]:
    """``sources``: each folder after ``-i``, with the files in it that Ansible reads as inventory."""
    for folder, files in sources:
        lists = sorted(name for name in files if PurePath(name).suffix.lower() in _LISTS)
        if not lists:
            continue
        more = f" and {len(lists) - _NAMED} more" if len(lists) > _NAMED else ""
        yield Finding.look(
            "inventory",
            Trouble(
                "list_in_inventory",
                "Ansible reads every file of an inventory folder, so that rows of a list become hosts",
                f"a folder with inventory files alone: {printable(folder, 200)}",
                ", ".join(printable(name, 80) for name in lists[:_NAMED]) + more,
                "move the lists into a folder beside it, such as hr/, or name them in inventory_ignore_extensions",
            ),
        )


def file_missing(line: str, name: str, path: Path) -> Finding | None:
    """``path``: the absolute path. Returns None if it is a file."""
    if path.is_file():
        return None
    return Finding.stop(
        line,
        Trouble(
            "file_unreadable",
            f"The file of {name} is not there",
            "a file on the controller",
            f"{printable(path, 300)} is no file" if path.exists() else f"nothing at {printable(path, 300)}",
            f"put it there, or correct {name}",
        ),
    )


def folder_unwritable(name: str, folder: Path) -> Finding | None:
    """By its permissions, or those of what is above it: nothing is written to find out. ``folder``: absolute."""
    why = unmakeable(folder / "file")
    if why is None:
        return None
    return Finding.stop(
        "inventory",
        Trouble(
            "file_unwritable",
            f"The folder of {name} cannot be written",
            f"a folder that this user may make and write to: {printable(folder, 300)}",
            printable(why, 300),
            f"correct the permissions, or {name}",
        ),
    )


def words(hosts: Sequence[Looked]) -> str:
    """``41 organisations, 41 URAs, no unknown variables``: counts organisations whose variables could be read."""
    count = len(hosts)
    uras = len({Ura.of(one.ura) for one in hosts if is_ura(one.ura)})
    return (
        f"{count:,} {'organisation' if count == 1 else 'organisations'}, {uras:,} {'URA' if uras == 1 else 'URAs'}, "
        "no unknown variables, files there"
    )
