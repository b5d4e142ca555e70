# SPDX-FileCopyrightText: gbz.zorgid contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""Bring UZI server certificates to files on the controller."""

from __future__ import annotations

from typing import Any

from ansible_collections.gbz.zorgid.plugins.module_utils._ansible.action import Spec, ZorgidAction
from ansible_collections.gbz.zorgid.plugins.module_utils._ansible.certificate_export import (
    SUFFIXES,
    export_certificates,
)
from ansible_collections.gbz.zorgid.plugins.module_utils._ansible.options import signing_key, trust


class ActionModule(ZorgidAction):
    SPEC = Spec(
        options={
            **trust.OPTIONS,
            **signing_key.STORE,
            "path": {"type": "list", "elements": "path"},
            "passphrase": {"type": "str", "no_log": True},
            "ura": {"type": "str"},
            "thumbprint": {"type": "str"},
            "subject": {"type": "str"},
            "all": {"type": "bool", "default": False},
            "dest": {"type": "path", "required": True},
            "format": {"type": "str", "choices": list(SUFFIXES), "default": "pem"},
            "include_chain": {"type": "bool", "default": True},
            "export_passphrase": {"type": "str", "no_log": True},
            "force": {"type": "bool", "default": False},
        }
    )

    def act(self, options: dict[str, Any]) -> dict[str, Any]:
        return export_certificates(self, options)
