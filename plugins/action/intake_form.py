# SPDX-FileCopyrightText: gbz.zorgid contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""Submit VZVZ's application form or follow-up form, once."""

from __future__ import annotations

from typing import Any

from ansible_collections.gbz.zorgid.plugins.module_utils._use_cases.submit_form import submit_form
from ansible_collections.gbz.zorgid.plugins.plugin_utils._ansible import form
from ansible_collections.gbz.zorgid.plugins.plugin_utils._ansible.action import Spec, ZorgidAction
from ansible_collections.gbz.zorgid.plugins.plugin_utils._ansible.options import dossier, https


class ActionModule(ZorgidAction):
    SPEC = Spec(
        options={
            **dossier.OPENING,
            **https.OPTIONS,
            "form": {"type": "str", "required": True, "choices": ["application", "follow_up"]},
            "url": {"type": "str", "required": True},
            "organisation": {"type": "dict", "required": True},
            "environment": {
                "type": "str",
                "choices": ["production", "acceptance", "test", "own"],
                "default": "production",
            },
            "allowed_hosts": {"type": "list", "elements": "str"},
            "mapping_path": {"type": "path"},
            "directory": {"type": "path"},
            "care_applications_path": {"type": "path"},
            "dossier_url": dossier.OPTIONS["dossier_url"],
        }
    )

    def act(self, options: dict[str, Any]) -> dict[str, Any]:
        outcome = submit_form(form.command_of(options), check_mode=self.check_mode, still=self.still, day=self.day)
        return form.result_of(outcome, diff_mode=self.diff_mode)
