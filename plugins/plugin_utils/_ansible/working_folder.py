# SPDX-FileCopyrightText: gbz.zorgid contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""``working_folder``: its options as a command, its outcome as a result, and what it shows."""

from __future__ import annotations

import os
from pathlib import Path

from ...module_utils._common.errors import ZorgidError
from ...module_utils._use_cases import folder_screen
from ...module_utils._use_cases.make_folder import FolderMade, MakeFolder
from ...module_utils._use_cases.make_folder import make_folder as making
from .action import Options, Result, ZorgidAction
from .onboarding import showing
from .onboarding.beginning import refuse_unknown

_SKELETON = Path(__file__).resolve().parents[3] / "playbooks" / "files" / "new"


def working_folder(action: ZorgidAction, options: Options) -> Result:
    command, shown = command_of(options)
    if shown:
        refuse_unknown(action)
    try:
        made = making(command, check_mode=action.check_mode)
    except ZorgidError as error:
        if shown:
            showing.show(folder_screen.trouble(error, style=showing.style()))
            error.details["shown"] = True
        raise
    if shown:
        showing.show(folder_screen.screen(made, style=showing.style()))
    return result_of(made)


def command_of(options: Options) -> tuple[MakeFolder, bool]:
    """The command, and whether to show the result in the terminal."""
    table = options["table_path"]
    command = MakeFolder(_absolute(options["path"]), _absolute(table) if table else None, _SKELETON)
    return command, options["show"]


def _absolute(path: str) -> Path:
    return Path(os.path.abspath(Path(path).expanduser()))  # noqa: PTH100 - without following links


def result_of(made: FolderMade) -> Result:
    """Without personal data."""
    decision = made.decision
    return {
        "changed": made.changed,
        "path": str(made.folder),
        "written": [*made.templates, *decision.writes],
        "added": decision.added,
        "updated": sorted(decision.changed),
        "unchanged": decision.unchanged,
        "by_hand": decision.by_hand,
        "gone": decision.gone,
        "to_fill_in": decision.to_fill_in,
        "differences": [{"host": one.host, "column": one.title} for one in decision.differences],
        "refused": [
            {"row": one.row, "column": one.problem.place, "what": one.problem.what, "action": one.problem.action}
            for one in decision.refused
        ],
    }
