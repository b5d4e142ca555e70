# SPDX-FileCopyrightText: gbz.zorgid contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""What the plan hands to a public action, made of the role's variables, are options that this action has."""

from __future__ import annotations

import inspect
from typing import Any

import pytest
from ansible_collections.gbz.zorgid.plugins.plugin_utils._ansible.onboarding import arguments
from ansible_collections.gbz.zorgid.plugins.plugin_utils._ansible.onboarding.options import spec_of
from ansible_collections.gbz.zorgid.plugins.plugin_utils._ansible.onboarding.variables import PREFIX, SPEC

#: Makers whose name is not that of their action.
ACTIONS = {
    "application_form": "intake_form",
    "follow_up_form": "intake_form",
    "activation_qr_absent": "activation_qr",
    "portal": "portal_accounts_info",
}
#: What is no argument of one action by itself.
OTHERS = {"given", "opening", "invitations_dir"}
MAKERS = {
    name: maker
    for name, maker in inspect.getmembers(arguments, inspect.isfunction)
    if not name.startswith("_") and name not in OTHERS
}


def variables() -> dict[str, Any]:
    """Every variable of the role, filled in: dicts with each of their options."""
    found = {}
    for name, option in SPEC.items():
        inner = option.get("options") or {}
        found[name.removeprefix(PREFIX)] = {key: f"{name}.{key}" for key in inner} if inner else f"a value of {name}"
    return {**found, "organisation": {"ura": "90000101", "name": "De Linde"}, "purge": True}


@pytest.mark.parametrize("name", sorted(MAKERS))
def test_every_argument_is_an_option_of_its_action(name: str) -> None:
    maker = MAKERS[name]
    more = ["something"] * (len(inspect.signature(maker).parameters) - 1)
    spec = spec_of(ACTIONS.get(name, name)).options
    made = arguments.given(maker(variables(), *more))
    assert set(made) <= set(spec)
    needed = {option for option, rule in spec.items() if rule.get("required")}
    assert needed <= set(made)


def test_every_variable_of_the_certificate_and_of_trust_arrives() -> None:
    """One that is left out would be passed over in silence."""
    made = arguments.organisation_document(variables())
    for name in ("certificate", "trust", "document"):
        for key in SPEC[f"{PREFIX}{name}"]["options"]:
            assert made[key] == f"{PREFIX}{name}.{key}"


@pytest.mark.parametrize(
    ("portal", "letters"),
    [
        ({}, None),
        ({"driver": None}, None),
        ({"driver": "worklist"}, None),
        ({"driver": "scim"}, "/handed/invitations"),
        ({"driver": "toy"}, "/handed/invitations"),
    ],
)
def test_letters_for_employees_are_made_wherever_a_program_registers_them(
    portal: dict[str, Any], letters: str | None
) -> None:
    assert arguments.invitations_dir({"portal": portal, "handed_dir": "/handed"}) == letters
