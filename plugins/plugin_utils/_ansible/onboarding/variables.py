# SPDX-FileCopyrightText: gbz.zorgid contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""Reads the role's variables of one organisation by name, renders each one, and checks them against the role's spec.

The tasks have no arguments, because to pass sixty checked arguments takes longer than the work itself
(docs/performance.md). A vaulted value is decrypted at each access, so each is read once.
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
from ....module_utils._inventory.placeholders import refuse_unfilled
from ..paths import absolute
from .misspelled import refuse_misspelled

PREFIX = "zorgid_onboarding_"
#: The variable that makes a host an organisation.
ORGANISATION = f"{PREFIX}organisation"
#: Variables of a whole run, from the play or -e. ``run_plan`` reads them by name, so that playbooks need not pass them.
BOUNDS = {"documents": "zorgid_max_documents", "notices": "zorgid_max_notices"}
#: Variables that Ansible adds to a task after its variable manager; the same for each of the task's hosts.
#: By the first, lookups find the files of the user's roles.
_ADDED = ("ansible_search_path", "ansible_current_hosts", "ansible_failed_hosts")
_ROLE = Path(__file__).resolve().parents[4] / "roles" / "zorgid_onboarding" / "meta" / "argument_specs.yml"


def _options() -> dict[str, dict[str, Any]]:
    found: dict[str, dict[str, Any]] = yaml_load(_ROLE.read_text("utf-8"))["argument_specs"]["main"]["options"]
    return found


#: Read once in Ansible's main process, so that forked processes have it.
SPEC = _options()


def added(task_vars: Mapping[str, Any]) -> dict[str, Any]:
    """The task's variables that another host's variables for the same task lack."""
    return {name: task_vars[name] for name in _ADDED if name in task_vars}


def read(
    task_vars: MutableMapping[str, Any], template: Callable[[Any], Any], only: Collection[str] = ()
) -> dict[str, Any]:
    """Every variable of the role by its name without the prefix, as plain text, numbers, lists and dicts. ``only``:
    read only these, so that a command works even if other variables are broken.

    The rendered values replace those in ``task_vars``: six of the role's defaults use its work folder, and each would
    render it, and decrypt vaulted values, again.

    Errors: ``variable_broken`` (it cannot be rendered), ``variables_invalid`` (unknown, missing, of another kind),
    ``placeholder_unfilled``, ``ura_invalid``.
    """
    unknown = sorted(name for name in task_vars if str(name).startswith(PREFIX) and name not in SPEC)
    found: dict[str, Any] = {}
    before = dict(task_vars)
    spec = {name: rule for name, rule in SPEC.items() if not only or name.removeprefix(PREFIX) in only}
    for name in spec:
        if name in task_vars:
            found[name] = task_vars[name] = _plain(name, task_vars[name], template)
    refuse_misspelled(found, SPEC, unknown)
    refuse_unfilled(found, before)
    organisation = found.get(ORGANISATION)
    if isinstance(organisation, Mapping) and organisation.get("ura") is not None:
        # Checked before any conversion to text: YAML reads 00000202 without quotes as 130.
        Ura.of(organisation["ura"])
    # None means "not given" in the role's defaults; the validator would convert it to the text "None".
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
    # The validator adds every suboption; those that were not given are removed.
    found = absolute(checked.validated_parameters, spec)
    return {name.removeprefix(PREFIX): _without_none(value) for name, value in found.items()}


def _without_none(value: Any) -> Any:
    if not isinstance(value, Mapping):
        return value
    return {name: _without_none(item) for name, item in value.items() if item is not None}


def _plain(name: str, value: Any, template: Callable[[Any], Any]) -> Any:
    try:
        # Converted through JSON, so that the result has plain values without Ansible's types and trust marks.
        return json.loads(json.dumps(template(value)))
    except Exception as error:
        # A template may raise any exception; its first line names the missing variable and contains no value.
        reason = printable(str(error).splitlines()[0] if str(error) else "an error without words", 300)
        raise ZorgidError(
            "variable_broken",
            f"The variable {name} cannot be rendered",
            expected="a value, or a template over known names",
            found=reason,
            action="give the password of the vault that it is encrypted with (--ask-vault-pass, "
            "ANSIBLE_VAULT_PASSWORD_FILE)"
            if "decrypt" in reason
            else "correct it in the inventory",
        ) from error
