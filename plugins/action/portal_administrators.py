# SPDX-FileCopyrightText: gbz.zorgid contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""Keep the administrators and operators of an organisation equal to a list."""

from __future__ import annotations

from typing import Any

from ansible_collections.gbz.zorgid.plugins.plugin_utils._ansible.action import Spec, ZorgidAction
from ansible_collections.gbz.zorgid.plugins.plugin_utils._ansible.options import dossier, portal
from ansible_collections.gbz.zorgid.plugins.plugin_utils._ansible.portal import keep_accounts


class ActionModule(ZorgidAction):
    SPEC = Spec(
        options={
            **dossier.OPENING,
            **portal.OPTIONS,
            **portal.BROWSER,
            **portal.DOSSIER,
            **portal.KEEPING,
            **portal.LISTS,
            "administrators": {"type": "list", "elements": "dict"},
            "administrators_path": {"type": "path"},
        },
        mutually_exclusive=[["administrators", "administrators_path"]],
        required_one_of=[["administrators", "administrators_path"]],
    )

    def act(self, options: dict[str, Any]) -> dict[str, Any]:
        return keep_accounts(self, options, administrators=True)
