# SPDX-FileCopyrightText: gbz.zorgid contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""Mail employees who register themselves an invitation, and remind them until their phone is active."""

from __future__ import annotations

from typing import Any

from ansible_collections.gbz.zorgid.plugins.plugin_utils._ansible.action import Spec, ZorgidAction
from ansible_collections.gbz.zorgid.plugins.plugin_utils._ansible.invitations import invite
from ansible_collections.gbz.zorgid.plugins.plugin_utils._ansible.options import dossier, portal, smtp


class ActionModule(ZorgidAction):
    SPEC = Spec(
        options={
            **dossier.OPTIONS,
            **portal.OPTIONS,
            **portal.ACCOUNTS,
            **smtp.OPTIONS,
            "reminders": {"type": "int", "default": 2},
            "remind_after_days": {"type": "int", "default": 7},
        },
        mutually_exclusive=[list(portal.ACCOUNTS)],
        required_one_of=[list(portal.ACCOUNTS)],
    )

    def act(self, options: dict[str, Any]) -> dict[str, Any]:
        return invite(self, options, self.planned)
