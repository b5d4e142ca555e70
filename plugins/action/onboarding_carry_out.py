# SPDX-FileCopyrightText: gbz.zorgid contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""Carry out one effect of the plan for one organisation."""

from __future__ import annotations

from typing import Any

from ansible_collections.gbz.zorgid.plugins.plugin_utils._ansible.action import Spec, ZorgidAction
from ansible_collections.gbz.zorgid.plugins.plugin_utils._ansible.onboarding.carrying import STEPS, carry_out


class ActionModule(ZorgidAction):
    SPEC = Spec(options={"effect": {"type": "str", "required": True, "choices": list(STEPS)}})

    def act(self, options: dict[str, Any]) -> dict[str, Any]:
        return carry_out(self, options["effect"])
