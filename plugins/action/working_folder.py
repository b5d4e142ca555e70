# SPDX-FileCopyrightText: gbz.zorgid contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""Make a working folder for the organisations of a table, or update it."""

from __future__ import annotations

from typing import Any

from ansible_collections.gbz.zorgid.plugins.plugin_utils._ansible.action import Spec, ZorgidAction
from ansible_collections.gbz.zorgid.plugins.plugin_utils._ansible.working_folder import working_folder


class ActionModule(ZorgidAction):
    SPEC = Spec(
        options={
            "path": {"type": "path", "required": True},
            "table_path": {"type": "path"},
            "show": {"type": "bool", "default": False},
        },
    )
    _requires_connection = False

    def act(self, options: dict[str, Any]) -> dict[str, Any]:
        return working_folder(self, options)
