# SPDX-FileCopyrightText: gbz.zorgid contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""Mail the signed organisation document to VZVZ, once."""

from __future__ import annotations

from typing import Any

from ansible_collections.gbz.zorgid.plugins.module_utils._use_cases.send_document import send_document
from ansible_collections.gbz.zorgid.plugins.plugin_utils._ansible import document_mail
from ansible_collections.gbz.zorgid.plugins.plugin_utils._ansible.action import Spec, ZorgidAction
from ansible_collections.gbz.zorgid.plugins.plugin_utils._ansible.options import dossier, https, smtp


class ActionModule(ZorgidAction):
    SPEC = Spec(
        options={
            **dossier.OPENING,
            **https.OPTIONS,
            **smtp.OPTIONS,
            "path": {"type": "path", "required": True},
            "organisation": {"type": "dict", "required": True},
            "recipient": {"type": "str", "default": "zorg-id@vzvz.nl"},
            "environment": {
                "type": "str",
                "choices": ["production", "acceptance", "test", "own"],
                "default": "production",
            },
            "language": {"type": "str", "choices": ["nl", "en"], "default": "nl"},
            "subject": {"type": "str"},
            "text": {"type": "str"},
            "max_bytes": {"type": "int", "default": 10_000_000},
            "dossier_url": dossier.OPTIONS["dossier_url"],
        },
    )

    def act(self, options: dict[str, Any]) -> dict[str, Any]:
        command = document_mail.command_of(options)
        mailed = send_document(command, check_mode=self.check_mode, still=self.still, day=self.day)
        return document_mail.result_of(mailed, diff_mode=self.diff_mode)
