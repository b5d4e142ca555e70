# SPDX-FileCopyrightText: gbz.zorgid contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""Check a page map of the portal, propose one, or remember the portal's pages."""

from __future__ import annotations

from typing import Any

from ansible_collections.gbz.zorgid.plugins.plugin_utils._ansible.action import Spec, ZorgidAction
from ansible_collections.gbz.zorgid.plugins.plugin_utils._ansible.options import portal
from ansible_collections.gbz.zorgid.plugins.plugin_utils._ansible.portal_map import portal_map


class ActionModule(ZorgidAction):
    SPEC = Spec(
        options={
            **portal.LOOKING,
            "map_path": {"type": "path", "required": True},
            "portal_person": {"type": "str", "required": True},
            "portal_people": {"type": "dict", "required": True},
            "state": {"type": "str", "choices": ["check", "propose", "remember"], "default": "check"},
            "draft_path": {"type": "path"},
            "organisation_name": {"type": "str"},
            "show": {"type": "bool", "default": False},
        },
    )
    _requires_connection = False

    def act(self, options: dict[str, Any]) -> dict[str, Any]:
        return portal_map(self, options)
