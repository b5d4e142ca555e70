# SPDX-FileCopyrightText: gbz.zorgid contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""Who looks at an organisation, its own process or another one, makes no difference to what is found."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
import yaml
from ansible_collections.gbz.zorgid.tests.support.onboard_world import World


def planned(world: World, forks: int, *words: str, playbook: str | None = None) -> Any:
    folder = world.folder / f"plan {forks} {bool(playbook)}"
    world.environment["ANSIBLE_FORKS"] = str(forks)
    reported = json.dumps({"zorgid_plan_path": str(folder)})
    process = world.start(*words, "-e", reported, **({"playbook": playbook} if playbook else {}))
    process.wait(300)
    found = json.loads((folder / "plan.json").read_text(encoding="utf-8"))
    assert len(found["organisations"]) == len(world.uras), world.output()
    return {one["host"]: one for one in found["organisations"]}


@pytest.mark.slow
def test_a_file_of_the_users_role_is_found_for_another_too(tmp_path: Path) -> None:
    """By whoever observes, and by the task that writes the board with the variables of one of them."""
    world = World(tmp_path, 2)
    try:
        mine = tmp_path / "roles" / "mine"
        for folder in ("files", "tasks"):
            (mine / folder).mkdir(parents=True)
        (mine / "files" / "name.txt").write_text("report-of-mine", encoding="utf-8")
        parts = ("observe", "decide", "settle")
        tasks = [
            {"ansible.builtin.import_role": {"name": "gbz.zorgid.zorgid_onboarding", "tasks_from": one}}
            for one in parts
        ]
        (mine / "tasks" / "main.yml").write_text(yaml.safe_dump(tasks), encoding="utf-8")
        report = f"{tmp_path}/{{{{ lookup('file', 'name.txt') }}}}"
        for ura in world.uras:
            world.edit(f"org{ura}", lambda one: one.update(zorgid_onboarding_report_dir=report))
        own = tmp_path / "own.yml"
        play = {
            "hosts": "care_organisations",
            "gather_facts": False,
            "roles": ["mine"],
            "vars": {"zorgid_status": True},
        }
        own.write_text(yaml.safe_dump([play]), encoding="utf-8")
        assert set(planned(world, 1, playbook=str(own))) == {f"org{ura}" for ura in world.uras}
        assert "variable_broken" not in world.output()
        # There is no dossier yet, so no board; with one there is.
        world.start().wait(300)
        planned(world, 1, playbook=str(own))
        assert (tmp_path / "report-of-mine" / "onboarding.html").is_file(), world.output()
    finally:
        world.stop()


@pytest.mark.slow
def test_one_process_for_all_and_one_for_each_find_the_same(tmp_path: Path) -> None:
    world = World(tmp_path, 4)
    try:
        first, second, third, _fourth = (f"org{ura}" for ura in world.uras)
        # Of one's own each, so that whoever takes another's would be seen.
        world.edit(first, lambda one: one.update(zorgid_onboarding_document_recipient="not an address"))
        world.edit(second, lambda one: one.update(zorgid_onboarding_certificate={"source": "file"}))
        path = "/nowhere/{{ inventory_hostname }}.json"
        world.edit(third, lambda one: one.update(zorgid_onboarding_accounts_path=path))
        own = tmp_path / "own.yml"
        # A condition: each looks for itself.
        role = {"name": "gbz.zorgid.zorgid_onboarding"}
        tasks = [{"ansible.builtin.import_role": role, "when": "inventory_hostname is defined"}]
        own.write_text(
            yaml.safe_dump([{"hosts": "care_organisations", "gather_facts": False, "tasks": tasks}]), encoding="utf-8"
        )
        one_for_all = planned(world, 1, "--check")
        assert planned(world, 8, "--check") == one_for_all
        assert planned(world, 8, "--check", playbook=str(own)) == one_for_all
        assert len({json.dumps(one["steps"], sort_keys=True) for one in one_for_all.values()}) > 1
    finally:
        world.stop()
