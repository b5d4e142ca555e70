# SPDX-FileCopyrightText: gbz.zorgid contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""Read and check UZI server certificates."""

from __future__ import annotations

from typing import Any

from ansible_collections.gbz.zorgid.plugins.module_utils._use_cases.read_certificates import read_certificates
from ansible_collections.gbz.zorgid.plugins.plugin_utils._ansible.action import Spec, ZorgidAction
from ansible_collections.gbz.zorgid.plugins.plugin_utils._ansible.options import certificates, trust
from ansible_collections.gbz.zorgid.plugins.plugin_utils._ansible.read_certificates import command_of, result_of
from ansible_collections.gbz.zorgid.plugins.plugin_utils._ansible.windows_store import WindowsStore


class ActionModule(ZorgidAction):
    SPEC = Spec(
        options={**trust.OPTIONS, **certificates.OPTIONS, "organisation_name": {"type": "str"}},
        mutually_exclusive=[["path", "pkcs11_module"]],
        required_together=[["pkcs11_module", "pkcs11_token"]],
    )

    def act(self, options: dict[str, Any]) -> dict[str, Any]:
        command = command_of(options)
        return result_of(read_certificates(command, WindowsStore(self, command.find.store)))
