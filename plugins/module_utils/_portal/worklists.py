# SPDX-FileCopyrightText: gbz.zorgid contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""Write worklists as files: one (HTML and CSV) for each operator who did WID checks, and one for anybody."""

from __future__ import annotations

from collections.abc import Sequence

from .._common.letterhead import BLANK, Letterhead
from . import worklist_page
from .driver import Worklist, Written
from .folder import Folder, safe
from .worklist_page import Task


class Worklists:
    """folder: where the lists are written. check_mode: no file is written. matter: the name of a separate list, besides
    those of all employees and administrators. head: the text above each list."""

    def __init__(self, folder: str, *, check_mode: bool = False, matter: str = "", head: Letterhead = BLANK) -> None:
        self._where = Folder(folder, "worklist_unwritable", "worklist_dir")
        self._check_mode, self._matter, self._head = check_mode, matter, head

    def write(self, ura: str, kind: str, tasks: Sequence[Task]) -> Written:
        """kind: ``employees`` or ``administrators``. Lists of before that are not among them are removed. Error:
        ``worklist_unwritable``; no list was changed then."""
        groups: dict[str, list[Task]] = {}
        for task in sorted(tasks, key=lambda one: (not one.look, worklist_page.turn(one.change))):
            groups.setdefault(worklist_page.operator(task.change), []).append(task)
        files: dict[str, bytes] = {}
        worklists: list[Worklist] = []
        for operator, those in sorted(groups.items()):
            stem = f"{ura}-{safe(self._matter) or kind}" + (f"-{safe(operator)}" if operator else "")
            files |= {
                f"{stem}.html": worklist_page.page(ura, kind, operator, those, self._head),
                f"{stem}.csv": worklist_page.table(those),
            }
            html, csv = (self._where.path(f"{stem}.{suffix}") for suffix in ("html", "csv"))
            worklists.append(Worklist(operator=operator or None, tasks=len(those), html=html, csv=csv))
        return Written(self._where.keep(files, *self._mine(ura, kind), check_mode=self._check_mode), worklists)

    def _mine(self, ura: str, kind: str) -> list[str]:
        """The patterns of the files of these lists. A list about HR-1 is not one about HR-1.2."""
        if self._matter:
            return [f"{ura}-{safe(self._matter)}.{suffix}" for suffix in ("html", "csv")]
        return [f"{ura}-{kind}*"]
