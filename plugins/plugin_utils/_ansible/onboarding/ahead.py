# SPDX-FileCopyrightText: gbz.zorgid contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""After a process has observed its own organisation, it also observes organisations that wait for a process.

Ansible forks a process for each host, and the start of a process (copied memory pages, first use of libraries) takes
two thirds of the time of an organisation with nothing to do (decision 0168). The observation of another organisation is
written into the run's folder, where that organisation's own process reads it. It contains no more than the task's
result.

Ansible has no public way to get another host's variables for the present task, so this module uses private parts of it.
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

#: After this many other organisations, garbage is collected: it is switched off in this process.
_GARBAGE = 5


def observed(action: ZorgidAction, shared: OncePerRun, look: Callable[[ZorgidAction], str]) -> str:
    """The result of ``look`` for this organisation. Exceptions of ``look`` for another organisation are ignored; its
    own process raises them."""
    mine = str(action.task_vars["inventory_hostname"])
    answer: str = shared.get(_key(mine), partial(look, action))
    done = 0
    for host in _waiting(action, mine):
        with contextlib.suppress(Exception):
            done += shared.get_unless_taken(_key(host), partial(_for_another, action, host, look))
        if done == _GARBAGE:
            gc.collect()
            done = 0
    return answer


def _key(host: str) -> dict[str, str]:
    return {"observed": host}


def _waiting(action: ZorgidAction, mine: str) -> Iterator[str]:
    """The hosts of the batch after this one, then those before it. None if the task may differ for them: a condition, a
    loop or a time limit of the user, or tasks that were included for some of the hosts."""
    task = action._task
    if task.when or task.loop or task.timeout or task.delegate_to or _is_included(task):
        return
    batch = [str(one) for one in action.task_vars.get("ansible_play_batch") or []]
    place = batch.index(mine) if mine in batch else 0
    yield from batch[place + 1 :] + batch[:place]


def _is_included(task: object) -> bool:
    """Whether the task, or a block around it, was included while the play ran, which may differ for each host."""
    parent = getattr(task, "_parent", None)
    while parent is not None:
        if not getattr(parent, "statically_loaded", True):
            return True
        parent = getattr(parent, "_parent", None)
    return False


def _for_another(action: ZorgidAction, host: str, look: Callable[[ZorgidAction], str]) -> str:
    return look(in_place_of(action, host))


def in_place_of(action: ZorgidAction, host: str) -> ZorgidAction:
    """The same task with the variables of ``host``, which need not be in the play; it has no connection."""
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
