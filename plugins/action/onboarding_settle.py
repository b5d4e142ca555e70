# SPDX-FileCopyrightText: gbz.zorgid contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""End a run: show what it did and the state of all organisations, and fail those with errors."""

from __future__ import annotations

from typing import Any

from ansible_collections.gbz.zorgid.plugins.plugin_utils._ansible.action import Spec, ZorgidAction
from ansible_collections.gbz.zorgid.plugins.plugin_utils._ansible.onboarding.settling import command_of, settle


class ActionModule(ZorgidAction):
    SPEC = Spec(
        options={
            "board": {"type": "str", "required": True},
            "plan_path": {"type": "path"},
            "fail_on_changes": {"type": "bool", "default": False},
        }
    )
    _requires_connection = False

    def act(self, options: dict[str, Any]) -> dict[str, Any]:
        return settle(self, command_of(options))
