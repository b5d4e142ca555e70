# SPDX-FileCopyrightText: gbz.zorgid contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""Report how a list of employees would be read."""

from __future__ import annotations

from typing import Any

from ansible_collections.gbz.zorgid.plugins.plugin_utils._ansible.action import Spec, ZorgidAction
from ansible_collections.gbz.zorgid.plugins.plugin_utils._ansible.list_info import list_info
from ansible_collections.gbz.zorgid.plugins.plugin_utils._ansible.options import portal


class ActionModule(ZorgidAction):
    SPEC = Spec(
        options={
            **portal.LISTS,
            "path": {"type": "path", "required": True},
            "details_path": {"type": "path"},
            "show": {"type": "bool", "default": False},
        },
    )

    def act(self, options: dict[str, Any]) -> dict[str, Any]:
        return list_info(self, options)
