# SPDX-FileCopyrightText: gbz.zorgid contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""The paths on the controller of what people wait for, for the engineer's screen and not for the board."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

from ....module_utils._activation.handed import FILES
from ....module_utils._onboarding.plan import State
from ....module_utils._onboarding.runs import RunPlan
from .run_plan import found_of


def lying(run: RunPlan, hostvars: Any, name: str) -> dict[str, str]:
    """By host: the letter with the activation code, or the folder with work items and worklists, for organisations that
    wait for one of their people. Folders instead of files, because a file's name may contain a person's id."""
    found: dict[str, str] = {}
    for host, one in run.plans.items():
        turn = one.turn
        if turn is None or turn.state is not State.WAIT or turn.who in ("vzvz", ""):
            continue
        raw: Mapping[str, Any] = hostvars.raw_get(host)
        folder = Path(found_of(raw, host, name).handed_dir)
        if not folder.name or not folder.is_dir():
            continue
        letter = folder / FILES["letter"]
        if letter.is_file():
            found[host] = str(letter)
        elif any(folder.glob("*.html")):
            found[host] = str(folder)
    return found
