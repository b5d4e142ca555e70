# SPDX-FileCopyrightText: gbz.zorgid contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""Runs modules from an organisation's task on the Windows host with its certificate, as ``delegate_to`` would.

Ansible has no public way for one task to reach several hosts, so this module uses private parts of it.
"""

from __future__ import annotations

import contextlib
from collections.abc import Iterator, Mapping
from typing import Any

from ansible.errors import AnsibleError
from ansible.module_utils.parsing.convert_bool import boolean
from ansible.playbook.play_context import PlayContext
from ansible.plugins.loader import become_loader, connection_loader
from ansible.template import Templar

from ....module_utils._common.errors import ZorgidError
from ....module_utils._common.text import printable
from ....module_utils._inventory.placeholders import refuse_unfilled
from ..action import ZorgidAction

_BECOME = ("user", "password", "pass", "flags", "exe")


class NeedsOwnProcessError(Exception):
    """Only the organisation's own process has the requested connection (``ahead``)."""


class _OnHost(ZorgidAction):
    """Runs modules on one other host, for an action of an organisation."""


def is_own(action: ZorgidAction, host: str) -> bool:
    """Whether the task's own connection goes to ``host``."""
    return not action._task.delegate_to and host == action.task_vars.get("inventory_hostname")


@contextlib.contextmanager
def on_host(action: ZorgidAction, host: str) -> Iterator[ZorgidAction]:
    """An action whose connection goes to ``host``, with that host's variables from the inventory and ``-e``.

    If ``host`` is the organisation itself, the task's own connection is used. Errors: ``windows_host_unknown``,
    ``windows_variable_broken``, ``placeholder_unfilled``, and those of ``windows_answer``; nothing is sent before the
    first call.
    """
    if is_own(action, host):
        if action._connection is None:
            raise NeedsOwnProcessError
        yield action
        return
    hostvars = action.task_vars.get("hostvars", {})
    # Checked first, because hostvars returns an undefined value for an unknown host.
    if host not in hostvars:
        raise _unknown(host)
    there = _opened(action, host, {**hostvars.raw_get(host), "inventory_hostname": host})
    try:
        yield there
    finally:
        with contextlib.suppress(AnsibleError, OSError):
            there._connection.close()


def _opened(action: ZorgidAction, host: str, variables: dict[str, Any]) -> ZorgidAction:
    templar = Templar(loader=action._loader, variables=variables)
    # A copy without delegate_to, for which Ansible would look for variables of other hosts that this task lacks.
    task = action._task.copy()
    task.delegate_to = None
    context = PlayContext(play=action._task.get_play())
    try:
        connection = _connection(task, context, host, variables, templar)
    except AnsibleError as error:
        raise _broken(host, error) from error
    there = _OnHost(task, connection, context, action._loader, templar, action._shared_loader_obj)
    there.task_vars = variables
    return there


def _connection(task: Any, context: Any, host: str, variables: Mapping[str, Any], templar: Any) -> Any:
    def value(name: str, otherwise: Any) -> Any:
        return templar.template(variables[name]) if variables.get(name) is not None else otherwise

    context.remote_addr = value("ansible_host", host)
    context.shell = value("ansible_shell_type", None)
    kind = value("ansible_connection", task.connection)
    connection = connection_loader.get(kind, context)
    if connection is None:
        raise AnsibleError(f"there is no connection plugin {printable(kind, 60)}")
    keys = {**task.dump_attrs(), "timeout": context.timeout}
    del keys["retries"]  # of the task, not of the connection
    options = connection._resolve_option_variables(variables, templar)
    refuse_unfilled(options, variables)
    connection.set_options(task_keys=keys, var_options=options)
    connection._shell.set_options(task_keys=keys, var_options={})
    if boolean(value("ansible_become", task.become), strict=False):
        method = value("ansible_become_method", task.become_method)
        become = become_loader.get(method)
        if become is None:
            raise AnsibleError(f"there is no become plugin {printable(method, 60)}")
        names = [f"ansible_{prefix}_{name}" for prefix in ("become", method) for name in _BECOME]
        given = {name: templar.template(variables[name]) for name in names if name in variables}
        become.set_options(task_keys=keys, var_options=given)
        connection.set_become_plugin(become)
    return connection


def _unknown(host: str) -> ZorgidError:
    return ZorgidError(
        "windows_host_unknown",
        f"The Windows host {printable(host, 120)} is not in this inventory",
        expected="the inventory name of a host of this run's inventory, with its connection variables",
        found="no host of that name",
        action="correct zorgid_onboarding_certificate_host, or add the host; where a run sees only a part of the "
        "inventory, give each organisation the connection variables itself",
    )


def _broken(host: str, error: AnsibleError) -> ZorgidError:
    return ZorgidError(
        "windows_variable_broken",
        f"The connection variables of the Windows host {printable(host, 120)} cannot be used",
        expected="variables of that host, its groups or -e that can be read without those of a play or a role",
        found=printable(error, 300),
        action="correct the variable, or define what it refers to in the inventory",
    )
