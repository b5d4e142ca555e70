# SPDX-FileCopyrightText: gbz.zorgid contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""Checks a public action's options as its own task would, and runs the action as a part of ours."""

from __future__ import annotations

import importlib
from collections.abc import Callable
from typing import Any

from ansible.errors import AnsibleError
from ansible.executor.module_common import _apply_action_arg_defaults
from ansible.module_utils.common.arg_spec import ArgumentSpecValidator

from ....module_utils._common.errors import ZorgidError
from ....module_utils._common.text import printable
from ....module_utils._dossier.limits import DayLimit
from ....module_utils._dossier.model import Dossier
from ....module_utils._onboarding.observed import Trouble
from ....module_utils._uzi.store import ListedStore, StorePlace
from ..action import Options, Result, Spec, ZorgidAction
from ..paths import absolute
from .arguments import Arguments, given

#: A public action's result, and why it failed.
Done = tuple[Result, Trouble | None]
_COLLECTION = "gbz.zorgid"


def options_of(action: ZorgidAction, name: str, arguments: Arguments) -> Options:
    """Error: ``options_invalid``. With the user's ``module_defaults`` for that action."""
    spec = spec_of(name)
    checked = ArgumentSpecValidator(
        spec.options,
        mutually_exclusive=spec.mutually_exclusive,
        required_together=spec.required_together,
        required_one_of=spec.required_one_of,
        required_if=spec.required_if,
    ).validate(_with_defaults(action, name, arguments))
    if checked.error_messages:
        raise ZorgidError(
            "options_invalid",
            f"What the inventory gives for {name} cannot be used",
            expected=f"what ansible-doc {_COLLECTION}.{name} says",
            found=printable("; ".join(checked.error_messages), 400),
            action="correct the role's variables",
        )
    return absolute(checked.validated_parameters, spec.options)


def spec_of(name: str) -> Spec:
    module = importlib.import_module(f"ansible_collections.gbz.zorgid.plugins.action.{name}")
    found: Spec = module.ActionModule.SPEC
    return found


def run(
    action: ZorgidAction,
    name: str,
    arguments: Arguments,
    *,
    still: Callable[[Dossier], str | None] | None = None,
    day: DayLimit | None = None,
    planned: Any = None,
    stored: Callable[[StorePlace], ListedStore] | None = None,
) -> Done:
    """Run the public action on the connection of ``action``. Returns its result, and why it failed, or None. ``still``:
    called again under the claim. ``day``: the limit that is judged there. ``planned``: the mail to people to send.
    ``stored``: as in ``ZorgidAction``."""
    task = action._task.copy()
    task.action, task.args = f"{_COLLECTION}.{name}", _with_defaults(action, name, arguments)
    one = action._shared_loader_obj.action_loader.get(
        task.action,
        task=task,
        connection=action._connection,
        play_context=action._play_context,
        loader=action._loader,
        templar=action._templar,
        shared_loader_obj=action._shared_loader_obj,
    )
    one.still, one.day, one.planned, one.stored = still, day, planned, stored
    result = dict(one.run(task_vars=action.task_vars))
    return result, _trouble(one, result)


def _trouble(one: ZorgidAction, result: Result) -> Trouble | None:
    if one.failure is not None:
        return Trouble.of(one.failure)
    if not result.get("failed"):
        return None
    return Trouble(str(result.get("error_code") or "task_failed"), str(result.get("msg") or "It failed"))


def users_defaults(action: ZorgidAction) -> dict[str, Any]:
    """The user's ``module_defaults`` for actions of this collection and for groups of actions, as they are for this
    host. A template that cannot be filled in stands as it was written: the task that needs it reports the error."""
    found: dict[str, Any] = {}
    for one in action._task.module_defaults or []:
        for name, values in one.items():
            if name.startswith((f"{_COLLECTION}.", "group/")):
                try:
                    found[name] = action._templar.template(values)
                except AnsibleError:
                    found[name] = str(values)
    return found


def _with_defaults(action: ZorgidAction, name: str, arguments: Arguments) -> Arguments:
    """The user's ``module_defaults`` apply to the plan's effects as to separate tasks."""
    if not action._task.module_defaults:
        return given(arguments)
    found: Arguments = _apply_action_arg_defaults(
        f"{_COLLECTION}.{name}", action._task, given(arguments), action._templar
    )
    return found
