# SPDX-FileCopyrightText: gbz.zorgid contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""The start of a run, once: it refuses misspelled extra variables and prepares a folder for shared data."""

from __future__ import annotations

import difflib
import re
import secrets
import time
from collections.abc import Mapping
from functools import cache
from pathlib import Path
from typing import Any

from ansible import constants
from ansible.utils.vars import load_extra_vars

from ....module_utils._common.errors import ZorgidError
from ....module_utils._common.text import printable
from ....module_utils._onboarding.policy import TAGS
from ....module_utils._onboarding.typed import refuse_tags
from ..action import Result, ZorgidAction
from ..core_version import refuse_old
from .variables import BOUNDS, ORGANISATION, SPEC

#: The variable with the result of ``onboarding_begin``.
BEGUN = "__zorgid_onboarding_begun"
#: The variable with the inventory name of the one organisation that a playbook is about.
NAMED = "zorgid_organisation"
#: Variables of ``-e`` for an approved plan: record its digest, and carry it out.
KEEP, APPROVED = "zorgid_plan_keep", "zorgid_plan_digest"
_PLAYBOOKS = Path(__file__).resolve().parents[4] / "playbooks"


def begin(action: ZorgidAction) -> Result:
    """Result: ``run`` identifies this run of the role; ``began``: when, by the monotonic clock; ``hosts``: the
    possible organisations. Errors:
    ``ansible_too_old``, ``strategy_unsuitable``, ``tag_unknown``, and ``variables_invalid``, because a misspelled ``-e
    zorgid_…`` would change nothing without a message."""
    newer = refuse_old()
    _refuse_strategy(str(action._task.get_play().strategy))
    refuse_unknown(action, approves=True)
    refuse_unknown_tags(action, playbook_is_ours=False)
    run = secrets.token_hex(8)
    folder_of(run).mkdir(mode=0o700, parents=True)
    # Every process of this machine has this clock, and nobody can set it.
    began = time.monotonic()
    return {"run": run, "began": began, "hosts": _hosts(action), **({"warnings": [newer]} if newer else {})}


def refuse_unknown_tags(action: ZorgidAction, *, playbook_is_ours: bool) -> None:
    """Error: ``tag_unknown``."""
    given = [*(action.task_vars.get(name) or () for name in ("ansible_run_tags", "ansible_skip_tags"))]
    refuse_tags([tag for those in given for tag in those], TAGS, playbook_is_ours=playbook_is_ours)


def refuse_unknown(action: ZorgidAction, *, besides: str = "", approves: bool = False) -> None:
    """Error: ``variables_invalid``, for an extra variable with our prefix that nothing reads. ``besides``: the prefix
    of variables that are reported elsewhere. ``approves``: a plan can be recorded, or carried out by its digest; in
    other playbooks, these variables would protect nothing."""
    given = {str(name) for name in load_extra_vars(action._loader) if str(name).startswith("zorgid_")}
    if not approves and (stray := sorted(given & {KEEP, APPROVED})):
        raise no_plan_here(stray[0])
    known = known_names()
    if unknown := sorted(name for name in given - known if not (besides and name.startswith(besides))):
        near = difflib.get_close_matches(unknown[0], sorted(known), 1)
        raise ZorgidError(
            "variables_invalid",
            f"No playbook of gbz.zorgid has a variable {printable(unknown[0], 80)}",
            expected=f"for example {near[0]}" if near else "a name that the documentation lists",
            found=printable(", ".join(unknown), 200),
            action="correct the name, or take it out",
        )


def no_plan_here(name: str) -> ZorgidError:
    """For a variable of an approved plan in a playbook that does not use it."""
    playbook = "plan" if name == KEEP else "onboard"
    return ZorgidError(
        "options_invalid",
        f"{name} belongs to the playbook {playbook}, so nothing was done",
        expected=f"ansible-playbook gbz.zorgid.{playbook} -e {name}=" + ("true" if name == KEEP else "DIGEST"),
        found="a playbook that does not use it",
        action=f"leave {name} out, or use gbz.zorgid.{playbook}",
    )


def _hosts(action: ZorgidAction) -> list[str]:
    """The hosts of the play or its batch, and organisations that failed earlier in the play, so that they are reported
    too. With ``serial``, the batch of those is unknown."""
    batch = [str(one) for one in action.task_vars["ansible_play_batch"]]
    if action._task.get_play().serial:
        return batch
    hostvars = action.task_vars["hostvars"]
    every = [str(one) for one in action.task_vars["ansible_play_hosts_all"]]
    return [one for one in every if one in batch or ORGANISATION in hostvars.raw_get(one)]


def _refuse_strategy(name: str) -> None:
    """With a strategy that lets hosts run independently, each would decide alone, and shared work would be repeated."""
    if not name.endswith(("linear", "debug")):
        raise ZorgidError(
            "strategy_unsuitable",
            f"The role zorgid_onboarding cannot run under the strategy {printable(name, 40)}",
            expected="strategy: linear (Ansible's own), since one plan is made for all organisations of the play",
            found=printable(name, 40),
            action="put `strategy: linear` into the play, or run the role in a play of its own",
        )


def job_of(task_vars: Mapping[str, Any]) -> str:
    """What all slices of one job have in common: AWX starts them in one workflow job. Empty outside AWX and in a job of
    its own. A workflow of other jobs looks the same."""
    return str(next(filter(None, (task_vars.get(f"{name}_workflow_job_id") for name in ("awx", "tower"))), ""))[:64]


def folder_of(run: str) -> Path:
    """The run's folder. Ansible creates the parent folder for its process, and deletes it at the end."""
    return Path(constants.DEFAULT_LOCAL_TMP) / f"zorgid-{run}"


@cache
def known_names() -> set[str]:
    """All variables of the role and of this collection's playbooks."""
    found = {*SPEC, *BOUNDS.values()}
    for path in _PLAYBOOKS.glob("*.yml"):
        found |= set(re.findall(r"\bzorgid_[a-z0-9_]+\b", path.read_text("utf-8")))
    return found
