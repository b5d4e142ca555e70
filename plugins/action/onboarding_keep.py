# SPDX-FileCopyrightText: gbz.zorgid contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""Record the digest of a plan that waits for an approval."""

from __future__ import annotations

from typing import Any

from ansible_collections.gbz.zorgid.plugins.plugin_utils._ansible.action import Spec, ZorgidAction
from ansible_collections.gbz.zorgid.plugins.plugin_utils._ansible.onboarding.keeping import keep


class ActionModule(ZorgidAction):
    SPEC = Spec(options={})
    _requires_connection = False

    def act(self, options: dict[str, Any]) -> dict[str, Any]:
        del options  # it reads the role's variables by name
        return keep(self)
