# SPDX-FileCopyrightText: gbz.zorgid contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""Read and judge UZI server certificates."""

from __future__ import annotations

from typing import Any

from ansible_collections.gbz.zorgid.plugins.plugin_utils._ansible.action import Spec, ZorgidAction
from ansible_collections.gbz.zorgid.plugins.plugin_utils._ansible.certificates import certificate_info
from ansible_collections.gbz.zorgid.plugins.plugin_utils._ansible.options import certificates, trust


class ActionModule(ZorgidAction):
    SPEC = Spec(
        options={**trust.OPTIONS, **certificates.OPTIONS, "organisation_name": {"type": "str"}},
        mutually_exclusive=[["path", "pkcs11_module"]],
        required_together=[["pkcs11_module", "pkcs11_token"]],
    )

    def act(self, options: dict[str, Any]) -> dict[str, Any]:
        return certificate_info(self, options)
