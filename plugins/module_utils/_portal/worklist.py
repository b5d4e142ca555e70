# SPDX-FileCopyrightText: gbz.zorgid contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""The worklist driver, for a portal without an interface: it writes the plan as a worklist for a person.

VZVZ's portal exports its users as a table; compared with the desired accounts it gives exactly the actions for a
person. The next export is the proof: an account that it shows as desired is ``unchanged``, so a list is idempotent.
"""

from __future__ import annotations

from collections.abc import Sequence

from .._common import moments
from .._common.letterhead import BLANK, Letterhead
from . import worklist_page
from .driver import Connected, Executed, Outcome, Reading, Tell
from .export_reading import read_export
from .model import Change
from .worklists import Worklists


class WorklistDriver:
    """Compares the export with the list, and writes the actions for people: one list (HTML and CSV) for each operator
    who did WID checks, and one that any operator (or an administrator) can complete. A ``PortalDriver``.

    folder: where the lists are written; None if nothing is to be changed. check_mode: no file is written. matter: the
    name of a separate list, besides those of all employees and administrators. head: the text above each list.
    """

    by_hand = True
    once = False
    # ruff: noqa: ARG002 - the interface has more parameters than an export needs

    def __init__(
        self,
        export: str,
        folder: str | None = None,
        *,
        check_mode: bool = False,
        matter: str = "",
        head: Letterhead = BLANK,
    ) -> None:
        self._export, self._folder, self._check_mode = export, folder, check_mode
        self._matter, self._head = matter, head
        self._kind = "employees"

    def connect(self, ura: str, roles: Sequence[str] = ("employee",)) -> Connected:
        """Proves nothing: the export is read later, and it does not say which organisation it is of."""
        self._kind = "employees" if "employee" in roles else "administrators"
        return Connected()

    def read(self, ura: str, *, since: bool = False) -> Reading:
        """Reads the export; it does not show since when a phone is in its state."""
        notes: list[str] = []
        members = read_export(self._export, notes)
        return Reading(members, moments.written_at(self._export), notes=notes)

    def execute(self, changes: list[Change], ura: str, tell: Tell | None = None) -> Executed:
        """Error: ``worklist_unwritable``; nothing was changed in the portal then."""
        if self._matter and any(change.actual and change.actual["role"] != "employee" for change in changes):
            self._kind = "administrators"  # only administrators may change an administrator
        lists = Worklists(self._folder or "", check_mode=self._check_mode, matter=self._matter, head=self._head)
        tasks = [worklist_page.Task(change, worklist_page.steps(change)) for change in changes]
        return Executed([Outcome("todo")] * len(changes), lists.write(ura, self._kind, tasks))

    def close(self) -> None:
        """There is no connection to close."""
