# SPDX-FileCopyrightText: gbz.zorgid contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""Verify a signed organisation document as its receiver would."""

from __future__ import annotations

from typing import Any

from ansible_collections.gbz.zorgid.plugins.plugin_utils._ansible.action import Spec, ZorgidAction
from ansible_collections.gbz.zorgid.plugins.plugin_utils._ansible.document import verify_document
from ansible_collections.gbz.zorgid.plugins.plugin_utils._ansible.options import dossier, trust


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
        return verify_document(options, check_mode=self.check_mode)
