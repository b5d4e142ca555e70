# SPDX-FileCopyrightText: gbz.zorgid contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""The employees of an organisation, from the file, the variable or the option that lists them."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from ...module_utils._common.errors import ZorgidError, kind
from ...module_utils._portal import desired
from .action import Options, Result, ZorgidAction

_MARKS = ("{{", "{%", "{#")


def listed(action: ZorgidAction, options: Options) -> desired.Source:
    """The employees, from wherever they are listed."""
    if options["accounts_path"]:
        return desired.read_file(options["accounts_path"])
    if options["accounts_variable"]:
        return desired.Source(desired.from_list(_raw_variable(action, options["accounts_variable"])))
    return desired.Source(desired.from_list(options["accounts"]))


def with_source(result: Result, source: desired.Source) -> Result:
    """The result, with what was read of a file; what a person has to know about that is a warning."""
    if source.read:
        result["read"] = source.read
    if source.notes:
        result["warnings"] = [*result.get("warnings", []), *source.notes]
    return result


def _raw_variable(action: ZorgidAction, name: str) -> list[Any]:
    """The variable without templating the whole of it: ten thousand accounts as an argument cost over ten seconds.

    Only texts that hold an expression are rendered, by Ansible's own rules of trust; vaulted ones are decrypted.
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
            f"The variable {name} holds no list",
            expected="a list of accounts",
            found=kind(value),
            action="correct the variable",
        )
    return [_plain(item, template) for item in value]


def _plain(value: Any, template: Callable[[Any], Any]) -> Any:
    if isinstance(value, str):
        return str(template(value)) if "{" in value and any(mark in value for mark in _MARKS) else value
    if isinstance(value, Mapping):
        return {str(key): _plain(item, template) for key, item in value.items()}
    if isinstance(value, list | tuple):
        return [_plain(item, template) for item in value]
    return str(value) if type(value).__name__ == "EncryptedString" else value
