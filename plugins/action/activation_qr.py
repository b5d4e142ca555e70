# SPDX-FileCopyrightText: gbz.zorgid contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""Hand VZVZ's activation QR code to the portal administrator, and destroy it after use."""

from __future__ import annotations

from typing import Any

from ansible_collections.gbz.zorgid.plugins.plugin_utils._ansible import activation_code
from ansible_collections.gbz.zorgid.plugins.plugin_utils._ansible.action import Spec, ZorgidAction
from ansible_collections.gbz.zorgid.plugins.plugin_utils._ansible.options import dossier, https, imap


class ActionModule(ZorgidAction):
    SPEC = Spec(
        options={
            **dossier.OPENING,
            **https.OPTIONS,
            **imap.OPTIONS,
            "state": {"type": "str", "choices": ["present", "kept", "absent"], "default": "present"},
            "organisation": {"type": "dict", "required": True},
            "directory": {"type": "path"},
            "message_id": {"type": "str"},
            "image_path": {"type": "path"},
            "formats": {"type": "list", "elements": "str", "choices": ["letter", "svg"], "default": ["letter"]},
            "dossier_url": {"type": "str", "no_log": True},
            "secret_key": {"type": "str", "no_log": True},
        },
        mutually_exclusive=[["message_id", "image_path"]],
        required_if=[
            ("state", "present", ("directory",)),
            ("state", "present", ("message_id", "image_path", "secret_key", "dossier_key"), True),
            ("state", "kept", ("dossier_url",)),
            ("state", "kept", ("message_id", "image_path"), True),
            ("state", "absent", ("directory", "dossier_url"), True),
        ],
    )

    def act(self, options: dict[str, Any]) -> dict[str, Any]:
        command = activation_code.command_of(options)
        outcome = activation_code.carry_out(command, check_mode=self.check_mode, still=self.still)
        return activation_code.result_of(outcome, diff_mode=self.diff_mode)
