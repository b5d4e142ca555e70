# SPDX-FileCopyrightText: gbz.zorgid contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""Changes a file when a run has decided and begins to carry out its plan."""

from __future__ import annotations

import os
from pathlib import Path
from typing import Any

from ansible.plugins.callback import CallbackBase


class CallbackModule(CallbackBase):
    CALLBACK_VERSION = 2.0
    CALLBACK_TYPE = "aggregate"
    CALLBACK_NAME = "change_at_carry_out"

    def v2_playbook_on_play_start(self, play: Any) -> None:
        if play.get_name() == "Carry out":
            with Path(os.environ["ZORGID_TEST_CHANGES"]).open("a", encoding="utf-8") as file:
                file.write("\n")
