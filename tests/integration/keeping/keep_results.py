# SPDX-FileCopyrightText: gbz.zorgid contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""For the tests: a play's results into a file. ansible.builtin.copy takes as long as the rest of such a play."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from ansible.plugins.action import ActionBase


class ActionModule(ActionBase):
    _requires_connection = False

    def run(self, tmp: Any = None, task_vars: Any = None) -> dict[str, Any]:
        Path(self._task.args["dest"]).write_text(self._task.args["content"], encoding="utf-8")
        return {}
