# SPDX-FileCopyrightText: gbz.zorgid contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""The board at the end of a run, with the variables of an organisation whose variables can be read.

The task that ends a run is one for all, and Ansible gives it the variables of the first host of the play. Where that
one is broken, or is no organisation at all, nobody would get a board. So the task is delegated to a sound one, whose
variables Ansible then hands over, those of role and play among them.
"""

from __future__ import annotations

from ansible.template import Templar

from ..action import Result, ZorgidAction
from ..report import write_board
from . import arguments, variables
from .options import options_of


def board_of(action: ZorgidAction, host: str) -> Result:
    """The result of ``onboarding_report`` for the dossier of ``host``, the one that the task is delegated to."""
    of_host = {**action.task_vars["ansible_delegated_vars"][host], "inventory_hostname": host}
    given = variables.read(of_host, Templar(loader=action._loader, variables=of_host).template)
    options = options_of(action, "onboarding_report", arguments.onboarding_report(given))
    return write_board(options, check_mode=False, diff_mode=action.diff_mode)
