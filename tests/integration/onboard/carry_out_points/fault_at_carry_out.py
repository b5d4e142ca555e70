# SPDX-FileCopyrightText: gbz.zorgid contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""Arms a fault of the sandbox's Windows host when a run has looked at everything and begins to carry out its plan."""

from __future__ import annotations

import os
from pathlib import Path
from typing import Any

from ansible.plugins.callback import CallbackBase
from zorgid_sandbox.windows.faults import put_fault


class CallbackModule(CallbackBase):
    CALLBACK_VERSION = 2.0
    CALLBACK_TYPE = "aggregate"
    CALLBACK_NAME = "fault_at_carry_out"

    def v2_playbook_on_play_start(self, play: Any) -> None:
        if play.get_name() == "Carry out":
            put_fault(Path(os.environ["ZORGID_TEST_STATE"]), os.environ["ZORGID_TEST_FAULT"])
