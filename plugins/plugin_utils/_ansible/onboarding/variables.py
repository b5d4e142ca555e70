# SPDX-FileCopyrightText: gbz.zorgid contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""The role's variables of one organisation: read by name, each rendered by itself, checked against the role's spec.

A task without arguments, because a task that hands over sixty checked arguments costs more than all that is done with
them (docs/performance.md). A vaulted value is decrypted at every look, so each is looked at once.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Collection, Mapping, MutableMapping
from pathlib import Path
from typing import Any

from ansible.module_utils.common.arg_spec import ArgumentSpecValidator
from ansible.module_utils.common.yaml import yaml_load

from ....module_utils._common.errors import ZorgidError
from ....module_utils._common.text import printable
from ....module_utils._common.ura import Ura

PREFIX = "zorgid_onboarding_"
#: The variable that makes a host an organisation.
ORGANISATION = f"{PREFIX}organisation"
#: Of a run as a whole, of the play or -e: read by name in ``run_plan``, so that no playbook names them.
BOUNDS = {"documents": "zorgid_max_documents", "notices": "zorgid_max_notices"}
#: What Ansible adds to a task's variables after it took them from its manager; the same for each of the task's hosts.
#: By the first, lookups find the files of the user's roles.
_ADDED = ("ansible_search_path", "ansible_current_hosts", "ansible_failed_hosts")
_ROLE = Path(__file__).resolve().parents[4] / "roles" / "zorgid_onboarding" / "meta" / "argument_specs.yml"


def _options() -> dict[str, dict[str, Any]]:
    found: dict[str, dict[str, Any]] = yaml_load(_ROLE.read_text("utf-8"))["argument_specs"]["main"]["options"]
    return found


#: Read once, in Ansible's own process: those that it forks have it.
SPEC = _options()


def added(task_vars: Mapping[str, Any]) -> dict[str, Any]:
    """Of a task's variables, what those of another host lack that were taken for the same task."""
    return {name: task_vars[name] for name in _ADDED if name in task_vars}


def read(
    task_vars: MutableMapping[str, Any], template: Callable[[Any], Any], only: Collection[str] = ()
) -> dict[str, Any]:
    """Every variable of the role by its name without the prefix, as plain text, numbers, lists and dicts. ``only``:
    these alone, so that what a command does not need may be broken.

    It stands in ``task_vars`` as it was rendered, from then on: six of the role's defaults are made of its work folder,
    and each would render that again, and decrypt again what is vaulted.

    Errors: ``variable_broken`` (it cannot be rendered), ``variables_invalid`` (unknown, missing, of another kind),
    ``ura_invalid``.
    """
    unknown = sorted(name for name in task_vars if str(name).startswith(PREFIX) and name not in SPEC)
    if unknown:
        raise ZorgidError(
            "variables_invalid",
            f"The role zorgid_onboarding has no variable {printable(unknown[0], 80)}",
            expected="variables that ansible-doc -t role gbz.zorgid.zorgid_onboarding lists",
            found=printable(", ".join(unknown), 200),
            action="correct the name",
        )
    found: dict[str, Any] = {}
    spec = {name: rule for name, rule in SPEC.items() if not only or name.removeprefix(PREFIX) in only}
    for name in spec:
        if name in task_vars:
            found[name] = task_vars[name] = _plain(name, task_vars[name], template)
    organisation = found.get(ORGANISATION)
    if isinstance(organisation, Mapping) and organisation.get("ura") is not None:
        # Before anything makes a text of it: 00000202 without quotes is 130 to YAML.
        Ura.of(organisation["ura"])
    # None is "not given" in the role's defaults; a validator would make the text "None" of it.
    given = {name: value for name, value in found.items() if value is not None}
    checked = ArgumentSpecValidator(spec).validate(given)
    if checked.error_messages:
        raise ZorgidError(
            "variables_invalid",
            "The variables of the role zorgid_onboarding cannot be used",
            expected="what ansible-doc -t role gbz.zorgid.zorgid_onboarding says",
            found=printable("; ".join(checked.error_messages), 400),
            action="correct them in the inventory",
        )
    # The validator names every option within, too; what was not given is none.
    return {name.removeprefix(PREFIX): _without_none(value) for name, value in checked.validated_parameters.items()}


def _without_none(value: Any) -> Any:
    if not isinstance(value, Mapping):
        return value
    return {name: _without_none(item) for name, item in value.items() if item is not None}


def _plain(name: str, value: Any, template: Callable[[Any], Any]) -> Any:
    try:
        # Through JSON: what comes back is text of nobody's trust, and no object of Ansible's.
        return json.loads(json.dumps(template(value)))
    except Exception as error:
        # Whatever a template can raise; its first line says which name it lacks, and no value.
        raise ZorgidError(
            "variable_broken",
            f"The variable {name} cannot be rendered",
            expected="a value, or a template over known names",
            found=printable(str(error).splitlines()[0] if str(error) else "an error without words", 300),
            action="correct it in the inventory",
        ) from error
