# SPDX-FileCopyrightText: gbz.zorgid contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""The board of each dossier at the end of a run, with the variables of one of its organisations.

The task that ends a run is one for all, and Ansible gives it the variables of the first host of the play. Where that
one is broken, or is no organisation at all, nobody would get a board; and its dossier may not be the only one. So the
task loops over one sound organisation of each dossier and is delegated to it: Ansible then hands over its variables,
those of role and play among them.
"""

from __future__ import annotations

import dataclasses
from collections.abc import Iterable
from pathlib import Path

from ansible.template import Templar

from ....module_utils._common.errors import ZorgidError
from ....module_utils._onboarding.observed import Trouble
from ....module_utils._onboarding.wire import pack, unpack
from ....module_utils._use_cases.write_board import write_board
from ..action import Result, ZorgidAction
from ..report import command_of, result_of
from . import arguments, variables
from .options import options_of
from .shared import OncePerRun


class Boards:
    """``folder``: of the run. Items of a loop do not see each other's results: each leaves there what the last one
    tells of it."""

    def __init__(self, action: ZorgidAction, folder: Path) -> None:
        self._action, self._shared = action, OncePerRun(folder)

    def write(self, host: str) -> Result:
        """What the result tells of this host's board. That it cannot be written is told by the last one."""
        if self._action.check_mode or host == "localhost":
            return {}
        try:
            made = _board_of(self._action, host)
        except ZorgidError as error:
            trouble = dataclasses.replace(Trouble.of(error), host=host)
            self._shared.put({"board": host}, {"trouble": pack(trouble)})
            return {}
        self._shared.put({"board": host}, {"path": made["html_path"]})
        return {name: made[name] for name in ("changed", "organisations", "html_path", "diff") if name in made}

    def told(self, hosts: Iterable[str]) -> tuple[tuple[str, ...], tuple[Trouble, ...]]:
        """Where the boards are, and why some were not written."""
        found = [self._shared.find({"board": host}) or {} for host in hosts]
        paths = [str(one["path"]) for one in found if "path" in one]
        return tuple(paths), tuple(unpack(Trouble, one["trouble"]) for one in found if "trouble" in one)


def _board_of(action: ZorgidAction, host: str) -> Result:
    """The result of ``onboarding_report`` for the dossier of ``host``, the one that the item is delegated to."""
    theirs = action.task_vars["ansible_delegated_vars"][host]
    of_host = {**theirs, **variables.added(action.task_vars), "inventory_hostname": host}
    given = variables.read(of_host, Templar(loader=action._loader, variables=of_host).template)
    options = options_of(action, "onboarding_report", arguments.onboarding_report(given))
    return result_of(write_board(command_of(options), read_only=False), diff_mode=action.diff_mode)
