# SPDX-FileCopyrightText: gbz.zorgid contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""Work in the pages of an organisation's portal while a person is logged in there."""

from __future__ import annotations

from typing import Any

from ansible_collections.gbz.zorgid.plugins.plugin_utils._ansible.action import Spec, ZorgidAction
from ansible_collections.gbz.zorgid.plugins.plugin_utils._ansible.onboarding.in_session import in_session


class ActionModule(ZorgidAction):
    SPEC = Spec(
        options={
            "playbook": {"type": "str", "choices": ["portal_login", "portal_map"], "required": True},
            "organisations": {"type": "list", "elements": "str", "required": True},
        },
    )
    _requires_connection = False

    def act(self, options: dict[str, Any]) -> dict[str, Any]:
        return in_session(self, options["playbook"], options["organisations"])
