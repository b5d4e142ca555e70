# SPDX-FileCopyrightText: gbz.zorgid contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""Show what preflight found, once for all organisations."""

from __future__ import annotations

from typing import Any

from ansible_collections.gbz.zorgid.plugins.plugin_utils._ansible.action import Spec, ZorgidAction
from ansible_collections.gbz.zorgid.plugins.plugin_utils._ansible.preflight.whole_run import show


class ActionModule(ZorgidAction):
    SPEC = Spec(options={})
    _requires_connection = False
    # Missing libraries are one of its findings.
    demands_libraries = False

    def act(self, options: dict[str, Any]) -> dict[str, Any]:
        del options  # it reads the results of the task before
        return show(self)
