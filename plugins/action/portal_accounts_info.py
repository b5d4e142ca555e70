# SPDX-FileCopyrightText: gbz.zorgid contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""Read the accounts of an organisation."""

from __future__ import annotations

from typing import Any

from ansible_collections.gbz.zorgid.plugins.plugin_utils._ansible.action import Spec, ZorgidAction
from ansible_collections.gbz.zorgid.plugins.plugin_utils._ansible.options import dossier, portal
from ansible_collections.gbz.zorgid.plugins.plugin_utils._ansible.portal import read_accounts


class ActionModule(ZorgidAction):
    SPEC = Spec(
        options={
            **dossier.OPENING,
            **portal.OPTIONS,
            **portal.BROWSER,
            **portal.DOSSIER,
            "external_ids": {"type": "list", "elements": "str"},
            "full": {"type": "bool", "default": False},
        },
    )

    def act(self, options: dict[str, Any]) -> dict[str, Any]:
        return read_accounts(options, check_mode=self.check_mode)
