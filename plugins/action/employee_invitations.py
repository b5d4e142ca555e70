# SPDX-FileCopyrightText: gbz.zorgid contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""Mail employees who register themselves an invitation, and remind them until their phone is active."""

from __future__ import annotations

from typing import Any

from ansible_collections.gbz.zorgid.plugins.module_utils._use_cases.send_invitations import send_invitations
from ansible_collections.gbz.zorgid.plugins.plugin_utils._ansible import invitations
from ansible_collections.gbz.zorgid.plugins.plugin_utils._ansible.action import Spec, ZorgidAction
from ansible_collections.gbz.zorgid.plugins.plugin_utils._ansible.options import dossier, portal, smtp


class ActionModule(ZorgidAction):
    SPEC = Spec(
        options={
            **dossier.OPTIONS,
            **portal.OPTIONS,
            **portal.ACCOUNTS,
            **portal.LISTS,
            **smtp.OPTIONS,
            "organisation_name": {"type": "str"},
            "reminders": {"type": "int", "default": 2},
            "remind_after_days": {"type": "int", "default": 7},
        },
        mutually_exclusive=[list(portal.ACCOUNTS)],
        required_one_of=[list(portal.ACCOUNTS)],
    )

    def act(self, options: dict[str, Any]) -> dict[str, Any]:
        command = invitations.command_of(self, options)
        outcome = send_invitations(command, check_mode=self.check_mode, planned=self.planned)
        return invitations.result_of(outcome)
