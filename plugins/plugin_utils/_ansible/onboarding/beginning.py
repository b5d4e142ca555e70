# SPDX-FileCopyrightText: gbz.zorgid contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""What a run begins with, once: misspelled extra variables, and a folder for what its organisations share."""

from __future__ import annotations

import difflib
import re
import secrets
from functools import cache
from pathlib import Path

from ansible import constants
from ansible.utils.vars import load_extra_vars

from ....module_utils._common.errors import ZorgidError
from ....module_utils._common.text import printable
from ..action import Result, ZorgidAction
from .variables import BOUNDS, ORGANISATION, SPEC

#: The variable with the result of ``onboarding_begin``.
BEGUN = "__zorgid_onboarding_begun"
_PLAYBOOKS = Path(__file__).resolve().parents[4] / "playbooks"


def begin(action: ZorgidAction) -> Result:
    """``run`` names this run of the role; ``hosts``: whom it may be about. Errors: ``strategy_unsuitable``, and
    ``variables_invalid``: a misspelled ``-e zorgid_…`` would change nothing, and nobody would know."""
    _refuse_strategy(str(action._task.get_play().strategy))
    refuse_unknown(action)
    run = secrets.token_hex(8)
    folder_of(run).mkdir(mode=0o700, parents=True)
    return {"run": run, "hosts": _hosts(action)}


def refuse_unknown(action: ZorgidAction) -> None:
    """Error: ``variables_invalid``, for an extra variable of ours that nothing reads."""
    given = {str(name) for name in load_extra_vars(action._loader) if str(name).startswith("zorgid_")}
    known = known_names()
    if unknown := sorted(given - known):
        near = difflib.get_close_matches(unknown[0], sorted(known), 1)
        raise ZorgidError(
            "variables_invalid",
            f"No playbook of gbz.zorgid has a variable {printable(unknown[0], 80)}",
            expected=f"for example {near[0]}" if near else "a name that the documentation lists",
            found=printable(", ".join(unknown), 200),
            action="correct the name, or take it out",
        )


def _hosts(action: ZorgidAction) -> list[str]:
    """Of the play or its batch; and organisations that fell out of the play before, or nobody would tell of them. With
    ``serial`` it cannot be known of which batch those were."""
    batch = [str(one) for one in action.task_vars["ansible_play_batch"]]
    if action._task.get_play().serial:
        return batch
    hostvars = action.task_vars["hostvars"]
    every = [str(one) for one in action.task_vars["ansible_play_hosts_all"]]
    return [one for one in every if one in batch or ORGANISATION in hostvars.raw_get(one)]


def _refuse_strategy(name: str) -> None:
    """Where each host runs ahead of the others, each would decide by itself, and nothing would be done once."""
    if not name.endswith(("linear", "debug")):
        raise ZorgidError(
            "strategy_unsuitable",
            f"The role zorgid_onboarding cannot run under the strategy {printable(name, 40)}",
            expected="strategy: linear (Ansible's own), since one plan is made for all organisations of the play",
            found=printable(name, 40),
            action="put `strategy: linear` into the play, or run the role in a play of its own",
        )


def folder_of(run: str) -> Path:
    """Ansible makes the folder above for each of its processes, and takes it away when that ends."""
    return Path(constants.DEFAULT_LOCAL_TMP) / f"zorgid-{run}"


@cache
def known_names() -> set[str]:
    """Every variable of the role, and every one that a playbook of this collection reads."""
    found = {*SPEC, *BOUNDS.values()}
    for path in _PLAYBOOKS.glob("*.yml"):
        found |= set(re.findall(r"\bzorgid_[a-z0-9_]+\b", path.read_text("utf-8")))
    return found
