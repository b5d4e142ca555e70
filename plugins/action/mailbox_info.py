# SPDX-FileCopyrightText: gbz.zorgid contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""Read VZVZ's answers from the mailbox."""

from __future__ import annotations

from typing import Any

from ansible_collections.gbz.zorgid.plugins.module_utils._use_cases.read_mailbox import read_mailbox
from ansible_collections.gbz.zorgid.plugins.plugin_utils._ansible import mailbox
from ansible_collections.gbz.zorgid.plugins.plugin_utils._ansible.action import Spec, ZorgidAction
from ansible_collections.gbz.zorgid.plugins.plugin_utils._ansible.options import dossier, https, imap


class ActionModule(ZorgidAction):
    SPEC = Spec(
        options={
            **dossier.OPENING,
            **https.OPTIONS,
            **imap.OPTIONS,
            "ura": {"type": "str"},
            "since": {"type": "str"},
            "environment": {
                "type": "str",
                "choices": ["production", "acceptance", "test", "own"],
                "default": "production",
            },
            "dossier_url": {"type": "str", "no_log": True},
        },
        required_one_of=[["imap"]],
    )

    def act(self, options: dict[str, Any]) -> dict[str, Any]:
        return mailbox.result_of(read_mailbox(mailbox.command_of(options), check_mode=self.check_mode))
