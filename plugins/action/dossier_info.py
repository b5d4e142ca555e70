# SPDX-FileCopyrightText: gbz.zorgid contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""Read dossiers, and verify their journal."""

from __future__ import annotations

from typing import Any

from ansible_collections.gbz.zorgid.plugins.plugin_utils._ansible.action import Spec, ZorgidAction
from ansible_collections.gbz.zorgid.plugins.plugin_utils._ansible.dossier_info import info
from ansible_collections.gbz.zorgid.plugins.plugin_utils._ansible.options import dossier


class ActionModule(ZorgidAction):
    SPEC = Spec(
        options={
            **dossier.OPTIONS,
            "full": {"type": "bool", "default": False},
            "verify": {"type": "bool", "default": True},
            "journal_only": {"type": "bool", "default": False},
        },
    )

    def act(self, options: dict[str, Any]) -> dict[str, Any]:
        return info(options)
