# SPDX-FileCopyrightText: gbz.zorgid contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""Begin a run of the role: checks for all organisations, and a folder for shared data."""

from __future__ import annotations

from typing import Any

from ansible_collections.gbz.zorgid.plugins.plugin_utils._ansible.action import Spec, ZorgidAction
from ansible_collections.gbz.zorgid.plugins.plugin_utils._ansible.onboarding.beginning import begin


class ActionModule(ZorgidAction):
    SPEC = Spec(options={})

    def act(self, options: dict[str, Any]) -> dict[str, Any]:
        del options  # it reads the role's variables by name
        return begin(self)
