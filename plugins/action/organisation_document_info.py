# SPDX-FileCopyrightText: gbz.zorgid contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""Verify a signed organisation document as its receiver would."""

from __future__ import annotations

from typing import Any

from ansible_collections.gbz.zorgid.plugins.module_utils._use_cases.verify_document import verify_document
from ansible_collections.gbz.zorgid.plugins.plugin_utils._ansible.action import Spec, ZorgidAction
from ansible_collections.gbz.zorgid.plugins.plugin_utils._ansible.options import dossier, trust
from ansible_collections.gbz.zorgid.plugins.plugin_utils._ansible.verify_document import command_of, result_of


class ActionModule(ZorgidAction):
    SPEC = Spec(
        options={
            **dossier.OPENING,
            **trust.OPTIONS,
            "path": {"type": "path", "required": True},
            "ura": {"type": "raw"},
            "certificate_path": {"type": "path"},
            "schema": {"type": "path"},
            "dossier_url": {"type": "str", "no_log": True},
            "require_valid": {"type": "bool", "default": False},
        }
    )

    def act(self, options: dict[str, Any]) -> dict[str, Any]:
        command = command_of(options)
        return result_of(verify_document(command, check_mode=self.check_mode), require_valid=command.require_valid)
