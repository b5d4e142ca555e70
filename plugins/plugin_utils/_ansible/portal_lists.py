# SPDX-FileCopyrightText: gbz.zorgid contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""The employees of an organisation, from the file, the variable or the option that lists them."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Any

from ...module_utils._common.errors import ZorgidError, kind
from ...module_utils._portal.desired import Listed
from ...module_utils._portal.source import Source
from .action import Options, Result, ZorgidAction

_MARKS = ("{{", "{%", "{#")


def employees_of(action: ZorgidAction, options: Options) -> Listed:
    """The options ``accounts_path``, ``accounts_variable`` and ``accounts``: where the employees are listed."""
    if options["accounts_path"]:
        return list_file(
            options["accounts_path"], options.get("list_mapping"), options.get("list_roots"), action.task_vars
        )
    _refuse_mapping(options, "accounts_path")
    if options["accounts_variable"]:
        return Listed(rows=_raw_variable(action, options["accounts_variable"]))
    return Listed(rows=options["accounts"])


def administrators_of(action: ZorgidAction, options: Options) -> Listed:
    """The options ``administrators`` and ``administrators_path``."""
    if path := options.get("administrators_path"):
        return list_file(path, options.get("list_mapping"), options.get("list_roots"), action.task_vars)
    _refuse_mapping(options, "administrators_path")
    return Listed(rows=options["administrators"])


def list_file(path: str, mapping: Any, roots: Sequence[Any] | None, task_vars: Mapping[str, Any]) -> Listed:
    """A list in a file; actions, plan and effects all use this function. A list with a mapping must be in the folder of
    the inventory or below one of ``roots``; without an inventory folder, in that of the playbook."""
    return Listed(path, mapping=mapping, folders=folders_of(task_vars), roots=[Path(root) for root in roots or ()])


def folders_of(task_vars: Mapping[str, Any]) -> list[Path]:
    """The folder of this host's inventory, otherwise of the playbook."""
    found = task_vars.get("inventory_dir") or task_vars.get("playbook_dir")
    return [Path(str(found))] if found else []


def _refuse_mapping(options: Options, path: str) -> None:
    if options.get("list_mapping"):
        raise ZorgidError(
            "options_invalid",
            f"list_mapping is for a file, and {path} is not given",
            expected=f"{path}, or no list_mapping",
            found="accounts without a file",
            action="correct the task",
        )


def with_source(result: Result, source: Source) -> Result:
    """The result with facts about the file that was read; remarks for a person become warnings."""
    if source.read:
        result["read"] = source.read
    if source.notes:
        result["warnings"] = [*result.get("warnings", []), *source.notes]
    return result


def _raw_variable(action: ZorgidAction, name: str) -> list[Any]:
    """The variable without rendering it as a whole: ten thousand accounts as an argument take over ten seconds.

    Only texts with an expression are rendered, by Ansible's rules of trust; vaulted ones are decrypted.
    """
    if name not in action.task_vars:
        raise ZorgidError(
            "accounts_unreadable",
            f"There is no variable {name}",
            expected="the name of a variable of this host",
            found="nothing",
            action="correct accounts_variable",
        )
    template: Callable[[Any], Any] = action._templar.template
    value = action.task_vars[name]
    if not isinstance(value, list | tuple):
        value = template(value)
    if not isinstance(value, list | tuple):
        raise ZorgidError(
            "accounts_unreadable",
            f"The variable {name} is not a list",
            expected="a list of accounts",
            found=kind(value),
            action="correct the variable",
        )
    return [_rendered(item, template) for item in value]


def _rendered(value: Any, template: Callable[[Any], Any]) -> Any:
    if isinstance(value, str):
        return str(template(value)) if "{" in value and any(mark in value for mark in _MARKS) else value
    if isinstance(value, Mapping):
        return {str(key): _rendered(item, template) for key, item in value.items()}
    if isinstance(value, list | tuple):
        return [_rendered(item, template) for item in value]
    return str(value) if type(value).__name__ == "EncryptedString" else value
