# SPDX-FileCopyrightText: gbz.zorgid contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""Write the status board from the dossier."""

from __future__ import annotations

from typing import Any

from ansible_collections.gbz.zorgid.plugins.module_utils._use_cases.write_board import write_board
from ansible_collections.gbz.zorgid.plugins.plugin_utils._ansible.action import Spec, ZorgidAction
from ansible_collections.gbz.zorgid.plugins.plugin_utils._ansible.options import dossier
from ansible_collections.gbz.zorgid.plugins.plugin_utils._ansible.report import command_of, result_of


class ActionModule(ZorgidAction):
    SPEC = Spec(
        options={
            **dossier.OPENING,
            "dossier_url": dossier.OPTIONS["dossier_url"],
            "path": {"type": "path", "required": True},
            "expiry_warning_days": {"type": "int", "default": 60},
        }
    )

    def act(self, options: dict[str, Any]) -> dict[str, Any]:
        written = write_board(command_of(options), read_only=self.check_mode)
        return result_of(written, diff_mode=self.diff_mode)
