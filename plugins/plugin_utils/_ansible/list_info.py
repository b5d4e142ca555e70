# SPDX-FileCopyrightText: gbz.zorgid contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""``list_info``: its options as a command, its outcome as a result, and what it shows."""

from __future__ import annotations

from pathlib import Path

from ...module_utils._common.errors import ZorgidError
from ...module_utils._lists.tables import named
from ...module_utils._use_cases import list_screen
from ...module_utils._use_cases.check_list import CheckList, ListChecked
from ...module_utils._use_cases.check_list import check_list as checking
from .action import Options, Result, ZorgidAction
from .onboarding import showing
from .portal_lists import folders_of


def list_info(action: ZorgidAction, options: Options) -> Result:
    command, shown = command_of(action, options)
    try:
        checked = checking(command, check_mode=action.check_mode)
    except ZorgidError as error:
        if shown:
            showing.show(list_screen.trouble(named(Path(command.path)), error, style=showing.style()))
            error.details["shown"] = True
        raise
    if shown:
        showing.show(list_screen.screen(checked, style=showing.style()))
    return result_of(checked)


def command_of(action: ZorgidAction, options: Options) -> tuple[CheckList, bool]:
    """The command, and whether to show the result in the terminal."""
    command = CheckList(
        options["path"],
        options["list_mapping"],
        folders_of(action.task_vars),
        [Path(root) for root in options["list_roots"] or ()],
        options["details_path"],
    )
    return command, options["show"]


def result_of(checked: ListChecked) -> Result:
    """Without personal data."""
    result: Result = {"changed": checked.written, **checked.understood.as_dict()}
    if checked.mapping:
        result["mapping_used"] = checked.mapping
    if checked.details:
        result["details_path"] = str(checked.details)
    return result
