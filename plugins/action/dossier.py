# SPDX-FileCopyrightText: gbz.zorgid contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""Record in the dossier how far an organisation is, or what a person did."""

from __future__ import annotations

from typing import Any

from ansible_collections.gbz.zorgid.plugins.module_utils._dossier.model import STATES, STEPS, UNDOABLE, WORDS
from ansible_collections.gbz.zorgid.plugins.plugin_utils._ansible.action import Spec, ZorgidAction
from ansible_collections.gbz.zorgid.plugins.plugin_utils._ansible.dossier import record
from ansible_collections.gbz.zorgid.plugins.plugin_utils._ansible.options import dossier


class ActionModule(ZorgidAction):
    SPEC = Spec(
        options={
            **dossier.OPTIONS,
            "organisation": {"type": "dict"},
            "step": {"type": "str", "choices": list(STEPS)},
            "state": {"type": "str", "choices": list(STATES)},
            "who": {"type": "str"},
            "what": {"type": "str"},
            "error_code": {"type": "str"},
            "message": {"type": "str"},
            "evidence": {"type": "dict"},
            "evidence_at": {"type": "str"},
            "word": {"type": "str", "choices": list(WORDS)},
            "undoes": {"type": "str", "choices": list(UNDOABLE)},
            "subject": {"type": "str", "no_log": True},
            "attested_by": {"type": "str"},
            "attested_at": {"type": "str"},
            "attested_how": {"type": "str"},
            "resolve": {"type": "str"},
            "arrived": {"type": "bool"},
            "erase": {"type": "str", "no_log": True},
            "leave": {"type": "path"},
            "note": {"type": "str"},
            "adopt": {"type": "bool", "default": False},
            "new_dossier_key": {"type": "str", "no_log": True},
            "key_lost": {"type": "bool", "default": False},
            "migrate": {"type": "bool", "default": False},
        },
        mutually_exclusive=[
            ["step", "resolve", "erase", "leave", "note"],
            ["word", "resolve", "erase", "leave", "note"],
            ["word", "state"],
            ["state", "attested_how"],
            ["adopt", "migrate", "new_dossier_key"],
        ],
        required_together=[["resolve", "arrived"]],
        required_if=[("adopt", True, ["environment", "attested_by"]), ("key_lost", True, ["attested_by"])],
    )

    def act(self, options: dict[str, Any]) -> dict[str, Any]:
        return record(options, check_mode=self.check_mode, diff_mode=self.diff_mode)
