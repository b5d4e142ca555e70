# SPDX-FileCopyrightText: gbz.zorgid contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""Mail the people who have to act, and the representative."""

from __future__ import annotations

from typing import Any

from ansible_collections.gbz.zorgid.plugins.module_utils._use_cases.send_notices import send_notices
from ansible_collections.gbz.zorgid.plugins.plugin_utils._ansible import notices
from ansible_collections.gbz.zorgid.plugins.plugin_utils._ansible.action import Spec, ZorgidAction
from ansible_collections.gbz.zorgid.plugins.plugin_utils._ansible.options import dossier, https, smtp


class ActionModule(ZorgidAction):
    SPEC = Spec(
        options={
            **dossier.OPENING,
            **https.OPTIONS,
            **smtp.OPTIONS,
            "dossier_url": dossier.OPTIONS["dossier_url"],
            "organisation": {"type": "dict", "required": True},
            "environment": {
                "type": "str",
                "choices": ["production", "acceptance", "test", "own"],
                "default": "production",
            },
            "reminder_days": {"type": "int", "default": 7},
            "escalation_days": {"type": "int", "default": 21},
            "vzvz_address": {"type": "str", "default": "zorg-id@vzvz.nl"},
        }
    )

    def act(self, options: dict[str, Any]) -> dict[str, Any]:
        command = notices.command_of(options)
        outcome = send_notices(command, check_mode=self.check_mode, planned=self.planned, day=self.day)
        return notices.result_of(outcome, diff_mode=self.diff_mode)
