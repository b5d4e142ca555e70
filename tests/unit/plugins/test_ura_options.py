# SPDX-FileCopyrightText: gbz.zorgid contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""A URA number that YAML read as a number is refused by every action, before Ansible makes a text of it."""

from __future__ import annotations

import importlib
from pathlib import Path
from typing import Any
from unittest.mock import MagicMock

import pytest
from ansible.template import Templar, trust_as_template

ROOT = Path(__file__).resolve().parents[3]
ACTIONS = sorted(path.stem for path in (ROOT / "plugins" / "action").glob("*.py") if path.stem != "__init__")


def module_of(name: str) -> Any:
    return importlib.import_module(f"ansible_collections.gbz.zorgid.plugins.action.{name}").ActionModule


def taking(option: str) -> list[str]:
    return [name for name in ACTIONS if option in module_of(name).SPEC.options]


def failure(name: str, **given: Any) -> dict[str, Any]:
    kind = module_of(name)
    task = MagicMock(async_val=0, check_mode=True, diff=False, args=given)
    action = kind(task, MagicMock(), MagicMock(), MagicMock(), MagicMock(), MagicMock())
    result: dict[str, Any] = action.run(task_vars={})
    return result


def test_the_walk_meets_the_actions() -> None:
    assert {"dossier", "dossier_info", "uzi_certificate_info", "employee_accounts"} <= set(taking("ura"))
    assert {"dossier", "organisation_document", "intake_form"} <= set(taking("organisation"))


@pytest.mark.parametrize("name", taking("ura"))
@pytest.mark.parametrize("ura", [138, 0, 12345678, 130.0, True, "", "123456789", "12a", "00000 202"])
def test_the_option_ura(name: str, ura: object) -> None:
    assert failure(name, ura=ura)["error_code"] == "ura_invalid"


@pytest.mark.parametrize("name", taking("organisation"))
@pytest.mark.parametrize("ura", [138, 12345678, 130.0, True])
def test_the_organisation_s_ura(name: str, ura: object) -> None:
    reported = failure(name, organisation={"ura": ura, "name": "De Linde"})
    assert reported["error_code"] == "ura_invalid", reported["msg"]


def test_an_organisation_given_as_json() -> None:
    reported = failure("dossier", dossier_url="sqlite:////nowhere/a", organisation='{"ura": 138, "name": "De Linde"}')
    assert reported["error_code"] == "ura_invalid"


def test_a_templated_number_stays_one() -> None:
    templar = Templar(variables={"zorgid_onboarding_organisation": {"ura": 0o212}})
    given = templar.template(trust_as_template("{{ zorgid_onboarding_organisation.ura }}"))
    assert failure("dossier_info", ura=given)["error_code"] == "ura_invalid"


def test_a_text_passes() -> None:
    reported = failure("dossier_info", dossier_url="sqlite:////nowhere/dossier.sqlite3", ura="202")
    assert "error_code" not in reported
