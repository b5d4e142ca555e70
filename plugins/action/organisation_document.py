# SPDX-FileCopyrightText: gbz.zorgid contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""Make, check and sign the organisation document."""

from __future__ import annotations

from typing import Any

from ansible_collections.gbz.zorgid.plugins.module_utils._use_cases.make_document import make_document
from ansible_collections.gbz.zorgid.plugins.plugin_utils._ansible.action import Spec, ZorgidAction
from ansible_collections.gbz.zorgid.plugins.plugin_utils._ansible.key_source import store_at
from ansible_collections.gbz.zorgid.plugins.plugin_utils._ansible.make_document import ALGORITHMS, command_of, result_of
from ansible_collections.gbz.zorgid.plugins.plugin_utils._ansible.options import dossier, signing_key, trust


class ActionModule(ZorgidAction):
    SPEC = Spec(
        options={
            **signing_key.OPTIONS,
            **dossier.OPENING,
            **trust.OPTIONS,
            "organisation": {"type": "dict", "required": True},
            "path": {"type": "path", "required": True},
            "template": {"type": "path"},
            "form": {"type": "path"},
            "mapping": {"type": "dict"},
            "schema": {"type": "path"},
            "dossier_url": {"type": "str", "no_log": True},
            "signature_algorithm": {"type": "str", "choices": ALGORITHMS, "default": "rsa-sha256"},
            "signature_place": {"type": "str"},
            "xades": {"type": "bool", "default": False},
            "include_chain": {"type": "bool", "default": False},
            "valid_until": {"type": "str"},
        }
    )

    def act(self, options: dict[str, Any]) -> dict[str, Any]:
        command = command_of(options)
        certificates = store_at(self, command.signer.source.store)
        made = make_document(command, certificates, check_mode=self.check_mode, still=self.still)
        return result_of(made, diff_mode=self.diff_mode)
