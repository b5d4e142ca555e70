# SPDX-FileCopyrightText: gbz.zorgid contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""How long each task took for all hosts together, by its name: with the strategy linear one task follows the other."""

from __future__ import annotations

import json
import os
import time
from pathlib import Path
from typing import Any

from ansible.plugins.callback import CallbackBase

DOCUMENTATION = """
name: pass_times
type: aggregate
short_description: seconds by task
description: Writes the seconds that each task took to the file that PASS_TIMES names.
options: {}
"""


class CallbackModule(CallbackBase):
    CALLBACK_VERSION = 2.0
    CALLBACK_TYPE = "aggregate"
    CALLBACK_NAME = "pass_times"
    CALLBACK_NEEDS_ENABLED = True

    def __init__(self) -> None:
        super().__init__()
        self._seconds: dict[str, float] = {}
        self._now = ("start: inventory, playbooks", time.perf_counter())

    def _turn(self, name: str) -> None:
        before, since = self._now
        now = time.perf_counter()
        self._seconds[before] = self._seconds.get(before, 0.0) + now - since
        self._now = (name, now)

    def v2_playbook_on_play_start(self, play: Any) -> None:
        self._turn("start of a play")

    def v2_playbook_on_task_start(self, task: Any, is_conditional: bool) -> None:
        self._turn(task.get_name().partition(" : ")[2] or task.get_name())

    def v2_playbook_on_stats(self, stats: Any) -> None:
        self._turn("end")
        Path(os.environ["PASS_TIMES"]).write_text(json.dumps(self._seconds), encoding="utf-8")
