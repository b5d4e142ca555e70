# SPDX-FileCopyrightText: gbz.zorgid contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""Carry out a one-line command: record a step, put on hold or release, let an organisation or an employee leave, handle
a lost phone."""

from __future__ import annotations

from typing import Any

from ansible_collections.gbz.zorgid.plugins.plugin_utils._ansible.action import Spec, ZorgidAction
from ansible_collections.gbz.zorgid.plugins.plugin_utils._ansible.onboarding.by_hand import by_hand


class ActionModule(ZorgidAction):
    SPEC = Spec(
        options={
            "playbook": {
                "type": "str",
                "choices": ["done", "hold", "leave", "offboard", "device_lost"],
                "required": True,
            },
            "organisations": {"type": "list", "elements": "str", "required": True},
        },
    )
    _requires_connection = False

    def act(self, options: dict[str, Any]) -> dict[str, Any]:
        return by_hand(self, options["playbook"], options["organisations"])
