# SPDX-FileCopyrightText: gbz.zorgid contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""Decide once, for all organisations of a run, what the run does."""

from __future__ import annotations

from typing import Any

from ansible_collections.gbz.zorgid.plugins.plugin_utils._ansible.action import Spec, ZorgidAction
from ansible_collections.gbz.zorgid.plugins.plugin_utils._ansible.onboarding.keeping import only_the_approved
from ansible_collections.gbz.zorgid.plugins.plugin_utils._ansible.onboarding.run_plan import decide


class ActionModule(ZorgidAction):
    SPEC = Spec(options={})
    _requires_connection = False

    def act(self, options: dict[str, Any]) -> dict[str, Any]:
        del options  # it reads the role's variables by name
        return only_the_approved(self, decide(self))
