# SPDX-FileCopyrightText: gbz.zorgid contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""Writes the board of each dossier at the end of a run, and records the run in it, with the variables of one of its
organisations.

The last task runs once, and Ansible gives it the variables of the play's first host. If these are broken, or the host
is no organisation, no board could be written; also, a run may have several dossiers. So the task loops over one usable
organisation of each dossier and is delegated to it: Ansible then passes its variables, including those of role and
play.
"""

from __future__ import annotations

import dataclasses
from collections.abc import Callable, Iterable
from pathlib import Path

from ansible.template import Templar

from ....module_utils._common.errors import ZorgidError
from ....module_utils._dossier.place import DossierPlace
from ....module_utils._onboarding.observed import Trouble
from ....module_utils._onboarding.wire import pack, unpack
from ....module_utils._use_cases.record_run import RecordRun, record_run
from ....module_utils._use_cases.write_board import write_board
from ..action import Options, Result, ZorgidAction
from ..report import command_of, result_of
from . import arguments, variables
from .options import options_of
from .shared import OncePerRun


class Boards:
    """``folder``: of the run. Items of a loop do not see each other's results, so each writes its result there for the
    last one."""

    def __init__(self, action: ZorgidAction, folder: Path) -> None:
        self._action, self._shared = action, OncePerRun(folder)

    def write(self, host: str, ran: Callable[[DossierPlace], RecordRun] | None) -> Result:
        """Write this host's board; returns its part of the result. The last item reports failures. ``ran``: what is
        recorded about the run; None for a run that changes nothing."""
        if self._action.check_mode or host == "localhost":
            return {}
        try:
            options = _options_of(self._action, host)
        except ZorgidError as error:
            self._not_written(host, error)
            return {}
        unrecorded = _recorded(ran(command_of(options).place)) if ran else {}
        try:
            made = result_of(write_board(command_of(options), read_only=False), diff_mode=self._action.diff_mode)
        except ZorgidError as error:
            self._not_written(host, error)
            return unrecorded
        self._shared.put({"board": host}, {"path": made["html_path"]})
        part: Result = {name: made[name] for name in ("changed", "organisations", "html_path", "diff") if name in made}
        return {**part, **unrecorded}

    def _not_written(self, host: str, error: ZorgidError) -> None:
        trouble = dataclasses.replace(Trouble.of(error), host=host)
        self._shared.put({"board": host}, {"trouble": pack(trouble)})

    def paths_and_troubles(self, hosts: Iterable[str]) -> tuple[tuple[str, ...], tuple[Trouble, ...]]:
        """The paths of the boards, and why some were not written."""
        found = [self._shared.find({"board": host}) or {} for host in hosts]
        paths = [str(one["path"]) for one in found if "path" in one]
        return tuple(paths), tuple(unpack(Trouble, one["trouble"]) for one in found if "trouble" in one)


def _options_of(action: ZorgidAction, host: str) -> Options:
    """The options of ``onboarding_report`` for the dossier of ``host``, to which the item is delegated."""
    theirs = action.task_vars["ansible_delegated_vars"][host]
    of_host = {**theirs, **variables.added(action.task_vars), "inventory_hostname": host}
    given = variables.read(of_host, Templar(loader=action._loader, variables=of_host).template)
    return options_of(action, "onboarding_report", arguments.onboarding_report(given))


def _recorded(command: RecordRun) -> Result:
    """Only telemetry needs this record, so the run does not fail without it."""
    try:
        record_run(command)
    except ZorgidError as error:
        return {"warnings": [f"This run is not recorded for telemetry: {error} ({error.code})"]}
    return {}
