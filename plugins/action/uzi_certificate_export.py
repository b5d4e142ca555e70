# SPDX-FileCopyrightText: gbz.zorgid contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""Export UZI server certificates to files on the controller."""

from __future__ import annotations

from typing import Any

from ansible_collections.gbz.zorgid.plugins.module_utils._use_cases.export_certificates import (
    SUFFIXES,
    export_certificates,
)
from ansible_collections.gbz.zorgid.plugins.plugin_utils._ansible.action import Spec, ZorgidAction
from ansible_collections.gbz.zorgid.plugins.plugin_utils._ansible.export_certificates import command_of, result_of
from ansible_collections.gbz.zorgid.plugins.plugin_utils._ansible.options import certificates, trust
from ansible_collections.gbz.zorgid.plugins.plugin_utils._ansible.windows_store import WindowsStore


class ActionModule(ZorgidAction):
    SPEC = Spec(
        options={
            **trust.OPTIONS,
            **certificates.OPTIONS,
            "dest": {"type": "path", "required": True},
            "format": {"type": "str", "choices": list(SUFFIXES), "default": "pem"},
            "include_chain": {"type": "bool", "default": True},
            "export_passphrase": {"type": "str", "no_log": True},
            "force": {"type": "bool", "default": False},
        },
        mutually_exclusive=[["path", "pkcs11_module"]],
        required_together=[["pkcs11_module", "pkcs11_token"]],
        required_if=[("format", "pkcs12", ["export_passphrase"])],
    )

    def act(self, options: dict[str, Any]) -> dict[str, Any]:
        command = command_of(options)
        store = WindowsStore(self, command.find.store)
        outcome = export_certificates(command, store, check_mode=self.check_mode)
        return result_of(outcome, every=command.find.every, diff_mode=self.diff_mode)
