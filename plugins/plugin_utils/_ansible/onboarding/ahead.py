# SPDX-FileCopyrightText: gbz.zorgid contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""A process that has observed its own organisation goes on with those that wait for theirs.

Ansible forks a process for each host, and a new one pays for every page of memory and every library that it touches
first: two thirds of what an organisation with nothing to do costs (decision 0168). What is found for another is written
into the run's folder, where that one's own process takes it. It is what stands in the task's result anyway.

Ansible has no public way to another host's variables for the task at hand; what is private in this use of it is here.
"""

from __future__ import annotations

import contextlib
import copy
import gc
from collections.abc import Callable, Iterator
from functools import partial

from ansible.template import Templar

from ..action import ZorgidAction
from .shared import OncePerRun
from .variables import added

#: After how many others their garbage is looked for: a process of ours does not do so by itself.
_GARBAGE = 5


def observed(action: ZorgidAction, shared: OncePerRun, look: Callable[[ZorgidAction], str]) -> str:
    """What ``look`` says of this organisation. Whatever ``look`` raises for another is that one's own to tell."""
    mine = str(action.task_vars["inventory_hostname"])
    told: str = shared.get(_key(mine), partial(look, action))
    done = 0
    for host in _waiting(action, mine):
        with contextlib.suppress(Exception):
            done += shared.get_unless_taken(_key(host), partial(_for_another, action, host, look))
        if done == _GARBAGE:
            gc.collect()
            done = 0
    return told


def _key(host: str) -> dict[str, str]:
    return {"observed": host}


def _waiting(action: ZorgidAction, mine: str) -> Iterator[str]:
    """The hosts of the batch behind this one, then those before it. None where the task may be another one for them: a
    condition, a loop or a time limit of the user's, or tasks that were included for some of the hosts."""
    task = action._task
    if task.when or task.loop or task.timeout or task.delegate_to or _is_included(task):
        return
    batch = [str(one) for one in action.task_vars.get("ansible_play_batch") or []]
    place = batch.index(mine) if mine in batch else 0
    yield from batch[place + 1 :] + batch[:place]


def _is_included(task: object) -> bool:
    """Whether it, or a block that it stands in, was included while the play ran, which each host may do for itself."""
    parent = getattr(task, "_parent", None)
    while parent is not None:
        if not getattr(parent, "statically_loaded", True):
            return True
        parent = getattr(parent, "_parent", None)
    return False


def _for_another(action: ZorgidAction, host: str, look: Callable[[ZorgidAction], str]) -> str:
    return look(in_place_of(action, host))


def in_place_of(action: ZorgidAction, host: str) -> ZorgidAction:
    """The same task as ``host`` would have it, also one that is not of the play; it has no connection."""
    task = action._task
    manager, play = task.get_variable_manager(), task.get_play()
    variables = manager.get_vars(
        play=play,
        host=manager._inventory.get_host(host),
        task=task,
        _hosts=action.task_vars["ansible_play_batch"],
        _hosts_all=action.task_vars["ansible_play_hosts_all"],
    )
    other = copy.copy(action)
    other.task_vars, other._connection = {**variables, **added(action.task_vars)}, None
    other._templar = Templar(loader=action._loader, variables=other.task_vars)
    return other
