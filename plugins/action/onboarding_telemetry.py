# SPDX-FileCopyrightText: gbz.zorgid contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""Write figures about all organisations for Prometheus."""

from __future__ import annotations

from typing import Any

from ansible_collections.gbz.zorgid.plugins.plugin_utils._ansible.action import Spec, ZorgidAction
from ansible_collections.gbz.zorgid.plugins.plugin_utils._ansible.onboarding.telemetry import write


class ActionModule(ZorgidAction):
    SPEC = Spec(
        options={
            "organisations": {"type": "list", "elements": "str", "required": True},
            "path": {"type": "path"},
        }
    )
    _requires_connection = False

    def act(self, options: dict[str, Any]) -> dict[str, Any]:
        return write(self, options)
