# SPDX-FileCopyrightText: gbz.zorgid contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""The folder awx by AWX's rules, as far as they can be checked without AWX: names, credentials, surveys, workflow."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import yaml
from ansible_collections.gbz.zorgid.plugins.module_utils._dossier.plans import VALID
from ansible_collections.gbz.zorgid.plugins.module_utils._onboarding.commands import VARIABLES
from ansible_collections.gbz.zorgid.plugins.plugin_utils._ansible.onboarding.beginning import known_names

ROOT = Path(__file__).resolve().parents[3]
AWX = ROOT / "awx"
#: Playbooks that are about one organisation. AWX must not make a job about all of them.
OF_ONE = {"done", "hold", "offboard", "device_lost", "onboard_one"}
#: What the roles of infra.aap_configuration take, as their README of 2026 says; only what this folder may need.
FIELDS = {
    "controller_projects": "name description organization scm_type scm_url scm_branch scm_clean scm_update_on_launch "
    "scm_credential default_environment state",
    "controller_execution_environments": "name description organization image pull credential state",
    "controller_inventories": "name description organization kind variables state",
    "controller_inventory_sources": "name description inventory organization source source_project source_path "
    "source_vars execution_environment overwrite overwrite_vars update_on_launch update_cache_timeout state",
    "controller_notifications": "name description organization notification_type notification_configuration state",
    "controller_credential_types": "name description kind inputs injectors state",
    "controller_credentials": "name description organization credential_type inputs state",
    "controller_templates": "name description organization project playbook inventory execution_environment "
    "credentials job_type job_slice_count job_tags skip_tags extra_vars ask_limit_on_launch ask_variables_on_launch "
    "allow_simultaneous survey_enabled survey timeout state",
    "controller_workflows": "name description organization inventory allow_simultaneous ask_inventory_on_launch "
    "ask_limit_on_launch ask_variables_on_launch notification_templates_approvals simplified_workflow_nodes state",
    "controller_schedules": "name description organization unified_job_template rrule enabled extra_data state",
}
NODE = {"identifier", "unified_job_template", "approval_node", "success_nodes", "failure_nodes", "always_nodes"}
#: Of AWX itself.
OWN_TYPES = {"Vault"}
QUESTION = {"question_name", "question_description", "variable", "type", "required", "choices", "default", "min", "max"}
Item = dict[str, Any]


class Loader(yaml.SafeLoader):
    """With Ansible's ``!unsafe``."""


Loader.add_constructor("!unsafe", lambda loader, node: loader.construct_scalar(node))


def configuration() -> dict[str, list[Item]]:
    found: dict[str, list[Item]] = {}
    for path in sorted((AWX / "config").glob("*.yml")):
        for name, items in yaml.load(path.read_text(encoding="utf-8"), Loader).items():  # noqa: S506 - a safe one
            assert name not in found, f"{name} is in two files"
            found[name] = items
    return found


CONFIG = configuration()


def names(kind: str) -> set[str]:
    return {str(one["name"]) for one in CONFIG[kind]}


def templates() -> dict[str, Item]:
    return {str(one["name"]): one for one in CONFIG["controller_templates"]}


def playbook_of(template: Item) -> str:
    return Path(str(template["playbook"])).stem


def questions(template: Item) -> list[Item]:
    return list((template.get("survey") or {}).get("spec") or [])


def test_every_variable_and_field_is_one_of_the_format_and_every_name_is_there_once() -> None:
    assert CONFIG.keys() == FIELDS.keys()
    for kind, items in CONFIG.items():
        assert len(names(kind)) == len(items), kind
        for one in items:
            assert set(one) <= set(FIELDS[kind].split()), (kind, one["name"])


def test_what_is_named_exists() -> None:
    projects, environments = names("controller_projects"), names("controller_execution_environments")
    for project in CONFIG["controller_projects"]:
        assert project["default_environment"] in environments
    for source in CONFIG["controller_inventory_sources"]:
        assert source["inventory"] in names("controller_inventories")
        assert source["source_project"] in projects
    for credential in CONFIG["controller_credentials"]:
        assert credential["credential_type"] in names("controller_credential_types") | OWN_TYPES
    for template in CONFIG["controller_templates"]:
        assert (AWX / str(template["playbook"])).is_file(), template["playbook"]
        assert template["project"] in projects
        assert template["inventory"] in names("controller_inventories")
        assert template["execution_environment"] in environments
        assert set(template["credentials"]) <= names("controller_credentials")
    used = {str(one["playbook"]) for one in CONFIG["controller_templates"]}
    assert used == {f"playbooks/{path.name}" for path in (AWX / "playbooks").glob("*.yml")}
    for workflow in CONFIG["controller_workflows"]:
        assert set(workflow["notification_templates_approvals"]) <= names("controller_notifications")


def test_a_playbook_imports_one_of_the_collection_and_none_waits_for_a_keyboard() -> None:
    for path in sorted((AWX / "playbooks").glob("*.yml")):
        text = path.read_text(encoding="utf-8")
        for imported in re.findall(r"import_playbook: (\S+)", text):
            name = imported.removeprefix("gbz.zorgid.")
            assert imported != name
            assert (ROOT / "playbooks" / f"{name}.yml").is_file()
    ours = [path for folder in ("playbooks", "roles") for path in (ROOT / folder).rglob("*.yml")]
    for path in [*(AWX / "playbooks").glob("*.yml"), *ours]:
        text = path.read_text(encoding="utf-8")
        assert not re.search(r"^\s*-?\s*(ansible\.builtin\.)?(pause|vars_prompt):", text, re.MULTILINE), path


def test_credentials_have_no_values_and_their_inputs_reach_the_job_by_variables_and_files_only() -> None:
    types = {str(one["name"]): one for one in CONFIG["controller_credential_types"]}
    known = known_names()
    for kind in types.values():
        fields = {str(one["id"]): one for one in kind["inputs"]["fields"]}
        assert set(kind["inputs"]["required"]) <= fields.keys()
        assert set(kind["injectors"]) <= {"extra_vars", "file"}, "env is visible in the pod and in logs"
        injected = [*kind["injectors"].get("file", {}).values(), *kind["injectors"].get("extra_vars", {}).values()]
        named = {name for text in injected for name in re.findall(r"\{\{ (\w+)", str(text))} - {"tower"}
        assert named == fields.keys(), f"{kind['name']}: each input is used, and nothing else"
        for text in injected:
            files = re.findall(r"tower\.filename\.(\w+)", str(text))
            assert all(f"template.{one}" in kind["injectors"]["file"] for one in files)
        for name in kind["injectors"].get("extra_vars", {}):
            # An extra variable with our prefix that nothing reads is an error of every run.
            assert not name.startswith("zorgid_") or name in known, name
        secret = {name for name, one in fields.items() if one.get("secret")}
        assert secret == {name for name in fields if re.search("password|key|url|token", name)}
    for credential in CONFIG["controller_credentials"]:
        for name, value in credential["inputs"].items():
            assert re.fullmatch(r"\{\{ zorgid_awx_\w+ \}\}", value), "only a reference"
            if kind := types.get(str(credential["credential_type"])):
                assert name in {str(one["id"]) for one in kind["inputs"]["fields"]}
    # AWX gives the update of an inventory no vault password.
    assert all("credential" not in source for source in CONFIG["controller_inventory_sources"])


def test_only_a_template_without_limit_and_survey_is_sliced() -> None:
    for template in CONFIG["controller_templates"]:
        assert template["ask_limit_on_launch"] is False
        assert template["allow_simultaneous"] is False
        assert "limit" not in template
        if template["job_slice_count"] > 1:
            assert playbook_of(template) == "onboard"
            assert template["extra_vars"] == {"zorgid_allow_empty": True}
            assert not questions(template)


@pytest.mark.parametrize("template", CONFIG["controller_templates"], ids=lambda one: str(one["name"]))
def test_a_survey_asks_what_its_playbook_knows(template: Item) -> None:
    playbook = playbook_of(template)
    asked = {str(one["variable"]): one for one in questions(template)}
    assert bool(template.get("survey_enabled")) == bool(asked) == (playbook in OF_ONE)
    if not asked:
        return
    assert asked["zorgid_organisation"]["required"] is True
    assert asked["zorgid_organisation"]["type"] == "text"
    # Without an answer, the playbook is about no organisation, not about all.
    text = (AWX / "playbooks" / f"{playbook}.yml").read_text(encoding="utf-8")
    assert 'zorgid_organisation: ""' in text
    assert set(asked) <= {"zorgid_organisation", *VARIABLES.get(playbook, ())}
    for one in asked.values():
        assert set(one) <= QUESTION
        assert one["type"] in ("text", "multiplechoice")
        if one["type"] == "multiplechoice":
            assert one["default"] in one["choices"]


def test_without_a_digest_the_approved_plan_is_none() -> None:
    """A value of the imported playbook that an extra variable overrides; a default could be left out."""
    text = (AWX / "playbooks" / "onboard_approved.yml").read_text(encoding="utf-8")
    (play,) = yaml.safe_load(text)
    assert play["vars"] == {"zorgid_plan_digest": ""}


def test_extra_variables_of_templates_are_known() -> None:
    for template in CONFIG["controller_templates"]:
        assert set(template.get("extra_vars") or {}) <= known_names()


def nodes() -> dict[str, Item]:
    return {str(one["identifier"]): one for one in CONFIG["controller_workflows"][0]["simplified_workflow_nodes"]}


def following(one: Item) -> Iterator[str]:
    for kind in ("success_nodes", "failure_nodes", "always_nodes"):
        yield from one.get(kind, ())


def test_the_workflow_asks_only_if_a_plan_was_kept_and_carries_out_only_after_that() -> None:
    found = nodes()
    for one in found.values():
        assert set(one) <= NODE
        assert ("approval_node" in one) != ("unified_job_template" in one)
        assert one.get("unified_job_template", "ZORG-ID plan") in templates()
        assert set(following(one)) <= found.keys()
    before = {name: [each for each, one in found.items() if name in following(one)] for name in found}
    playbooks = {
        name: playbook_of(templates()[one["unified_job_template"]])
        for name, one in found.items()
        if "unified_job_template" in one
    }
    (approval,) = (name for name, one in found.items() if "approval_node" in one)
    (asks,) = before[approval]
    assert playbooks[asks] == "approval_needed"
    assert approval in found[asks]["success_nodes"]
    (plans,) = before[asks]
    assert playbooks[plans] == "plan"
    assert before[plans] == []
    assert templates()[found[plans]["unified_job_template"]]["extra_vars"] == {"zorgid_plan_keep": True}
    # Nothing that has an effect runs without the approval.
    for name, playbook in playbooks.items():
        if playbook.startswith("onboard"):
            tags = templates()[found[name]["unified_job_template"]].get("job_tags")
            approved = before[name] == [approval] and name in found[approval]["success_nodes"]
            assert approved or tags == "always"
            assert (playbook == "onboard_approved") == (tags is None)


def test_an_approval_ends_before_the_plan_and_before_the_next_start() -> None:
    (timeout,) = (one["approval_node"]["timeout"] for one in nodes().values() if "approval_node" in one)
    assert 0 < timeout < VALID.total_seconds()
    spans = {"HOURLY": 3600, "DAILY": 86400, "WEEKLY": 86400}
    for schedule in CONFIG["controller_schedules"]:
        assert schedule["unified_job_template"] in names("controller_workflows")
        rule = dict(part.split("=") for part in re.search(r"RRULE:(\S+)", schedule["rrule"])[1].split(";"))  # type: ignore[index]
        assert timeout < spans[rule["FREQ"]] * int(rule["INTERVAL"])
    assert all(one["allow_simultaneous"] is False for one in CONFIG["controller_workflows"])


def test_the_configuration_of_a_user_and_the_docs_name_the_same_secrets() -> None:
    text = "".join(path.read_text(encoding="utf-8") for path in (AWX / "config").glob("*.yml"))
    reported = (ROOT / "docs" / "awx.md").read_text(encoding="utf-8")
    assert set(re.findall(r"\bzorgid_awx_\w+", text)) == set(re.findall(r"\bzorgid_awx_\w*[a-z]\b", reported))
