# SPDX-FileCopyrightText: gbz.zorgid contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""Check everything that the onboarding of one organisation may need."""

from __future__ import annotations

from typing import Any

from ansible_collections.gbz.zorgid.plugins.plugin_utils._ansible.action import Spec, ZorgidAction
from ansible_collections.gbz.zorgid.plugins.plugin_utils._ansible.preflight.lines import LINES_OF_EACH
from ansible_collections.gbz.zorgid.plugins.plugin_utils._ansible.preflight.looking import look


class ActionModule(ZorgidAction):
    SPEC = Spec(options={})
    _requires_connection = False
    # Missing libraries are one of its findings.
    demands_libraries = False

    def act(self, options: dict[str, Any]) -> dict[str, Any]:
        del options  # it reads the role's variables by name, and test_mail of the command line
        return look(self, LINES_OF_EACH)
