# SPDX-FileCopyrightText: gbz.zorgid contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""Bring UZI server certificates to files on the controller."""

from __future__ import annotations

from typing import Any

from ansible_collections.gbz.zorgid.plugins.plugin_utils._ansible.action import Spec, ZorgidAction
from ansible_collections.gbz.zorgid.plugins.plugin_utils._ansible.certificate_export import (
    SUFFIXES,
    export_certificates,
)
from ansible_collections.gbz.zorgid.plugins.plugin_utils._ansible.options import certificates, trust


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
        return export_certificates(self, options)
