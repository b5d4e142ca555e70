# SPDX-FileCopyrightText: gbz.zorgid contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""The role as a whole in a play of the user's own: some hosts left out, some broken, batch by batch, by tags."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
import yaml
from ansible_collections.gbz.zorgid.plugins.module_utils._dossier.store import DossierStore
from ansible_collections.gbz.zorgid.tests.support.onboard_world import RECAP, World

ROLE = "gbz.zorgid.zorgid_onboarding"
INCLUDED: dict[str, Any] = {"name": "Onboard", "ansible.builtin.include_role": {"name": ROLE}}
IMPORTED: dict[str, Any] = {"name": "Onboard", "ansible.builtin.import_role": {"name": ROLE}}


class OwnPlay:
    """Three organisations of one sandbox, for each test with a dossier and a folder of its own; it writes a play."""

    def __init__(self, world: World, folder: Path) -> None:
        self.world, self.folder = world, folder
        self.first, self.second, self.third = (f"org{ura}" for ura in world.uras)
        self.code, self.text = 0, ""
        demo = folder / "demo"
        world.environment["ZORGID_DEMO_DIR"] = str(demo)
        world.work, world.dossier = demo / "work", demo / "work-dossier" / "dossier.sqlite3"
        self._before = self._arrived()

    def run(self, play: dict[str, Any], *words: str) -> dict[str, tuple[int, int]]:
        """Changed and failed by host, as Ansible's recap says."""
        whole = {"name": "My own", "hosts": "care_organisations", "gather_facts": False, **play}
        path = self.folder / "own.yml"
        path.write_text(yaml.safe_dump([whole], sort_keys=False), encoding="utf-8")
        process = self.world.start(*words, playbook=str(path))
        self.code, self.text = process.wait(300), self.world.output()
        recap = RECAP.findall(self.text)
        return {host: (int(changed), int(failed) + int(unreachable)) for host, changed, unreachable, failed in recap}

    def plan(self) -> dict[str, Any]:
        found: dict[str, Any] = json.loads((self.folder / "plan" / "plan.json").read_text(encoding="utf-8"))
        return found

    def planned(self) -> list[str]:
        return [str(one["host"]) for one in self.plan()["organisations"]]

    @property
    def writes(self) -> list[str]:
        return ["-e", json.dumps({"zorgid_plan_path": str(self.folder / "plan")})]

    def applications(self) -> dict[str, int]:
        """What came from this test."""
        return {host: count - self._before[host] for host, count in self._arrived().items()}

    def _arrived(self) -> dict[str, int]:
        return {f"org{ura}": self.world.outcome()["organisations"][ura]["applications"] for ura in self.world.uras}


@pytest.fixture(scope="module")
def world(tmp_path_factory: pytest.TempPathFactory) -> Iterator[World]:
    made = World(tmp_path_factory.mktemp("own"), 3)
    try:
        yield made
    finally:
        made.stop()


@pytest.fixture
def own(world: World, tmp_path: Path) -> Iterator[OwnPlay]:
    hosts = world.inventory / "hosts.yml"
    before = hosts.read_bytes()
    yield OwnPlay(world, tmp_path)
    hosts.write_bytes(before)


def left_out(*hosts: str) -> str:
    return f"inventory_hostname not in {list(hosts)}"


@pytest.mark.parametrize("way", ["included", pytest.param("imported", marks=pytest.mark.slow), "roles"])
def test_the_first_host_may_be_left_out_by_when(own: OwnPlay, way: str) -> None:
    when = left_out(own.first)
    play: dict[str, Any] = {
        "included": {"tasks": [{**INCLUDED, "when": when}]},
        "imported": {"tasks": [{**IMPORTED, "when": when}]},
        "roles": {"roles": [{"role": ROLE, "when": when}]},
    }[way]
    recap = own.run(play, *own.writes)
    assert own.code == 0, own.text
    assert own.applications() == {own.first: 0, own.second: 1, own.third: 1}
    # Who is left out is neither planned nor reported as broken.
    assert own.planned() == [own.second, own.third]
    assert recap[own.first] == (0, 0)
    assert recap[own.second][0] > 0
    assert recap[own.third][0] > 0
    assert own.world.steps(own.world.uras[1])["application_submitted"]["state"] == "done"


@pytest.mark.slow
def test_a_second_run_in_one_process_does_not_plan_whom_it_leaves_out(own: OwnPlay) -> None:
    tasks = [{**INCLUDED}, {**INCLUDED, "when": left_out(own.first)}]
    own.run({"tasks": tasks}, *own.writes)
    assert own.code == 0, own.text
    assert own.planned() == [own.second, own.third]
    assert set(own.applications().values()) == {1}


@pytest.mark.slow
def test_hosts_that_are_no_organisations_may_be_in_the_play(own: OwnPlay) -> None:
    when = "inventory_hostname in groups['care_organisations']"
    recap = own.run({"hosts": "certificate_hosts:care_organisations", "roles": [{"role": ROLE, "when": when}]})
    assert own.code == 0, own.text
    assert set(own.applications().values()) == {1}
    assert recap["windows_certificates"] == (0, 0)


@pytest.mark.slow
@pytest.mark.parametrize(("serial", "batches"), [(1, 3), ("67%", 2)])
def test_serial_plans_batch_by_batch(own: OwnPlay, serial: int | str, batches: int) -> None:
    recap = own.run({"serial": serial, "roles": [ROLE]}, *own.writes)
    assert own.code == 0, own.text
    assert set(own.applications().values()) == {1}
    # The last batch's plan is its own; hosts of the batches before are not told as broken.
    assert own.planned() == [own.third]
    assert "not_observed" not in own.text
    assert own.text.count("ZORG-ID onboard") == batches
    assert all(failed == 0 for _changed, failed in recap.values())


@pytest.mark.slow
def test_serial_on_postgresql(own: OwnPlay, postgres: Any) -> None:
    url = postgres.fresh()
    for host in (own.first, own.second, own.third):
        own.world.edit(host, lambda one: one.update(zorgid_onboarding_dossier_url=url))
    recap = own.run({"serial": 1, "roles": [ROLE]}, *own.writes)
    assert own.code == 0, own.text
    assert set(own.applications().values()) == {1}
    assert own.planned() == [own.third]
    assert "not_observed" not in own.text
    assert all(failed == 0 for _changed, failed in recap.values())
    assert not own.world.dossier.exists()
    with DossierStore.open(url, read_only=True) as store:
        reached = {one.ura: one.milestones["document_sent"].state for one in store.read_all()}
        assert reached == dict.fromkeys(own.world.uras, "done")
        assert store.verify_journal().valid
    # Each batch of the next run finds what the others wrote.
    assert set(own.run({"serial": 1, "roles": [ROLE]}).values()) == {(0, 0)}, own.text


def broken_connection(variables: dict[str, Any]) -> None:
    variables["ansible_connection"] = "{{ nobody_defines_this }}"


def broken_variable(variables: dict[str, Any]) -> None:
    variables["zorgid_onboarding_work_dir"] = "{{ nobody_defines_this }}"


@pytest.mark.parametrize("breaks", [broken_connection, broken_variable])
def test_a_broken_host_fails_alone_even_as_the_first(own: OwnPlay, breaks: Callable[[dict[str, Any]], None]) -> None:
    broken = own.first
    own.world.edit(broken, breaks)
    recap = own.run({"roles": [ROLE]}, *own.writes)
    assert own.code == 2, own.text
    assert [host for host, (_changed, failed) in recap.items() if failed] == [broken]
    assert "nobody_defines_this" in own.text
    assert own.applications() == {host: int(host != broken) for host in own.applications()}
    reported = {one["host"]: one["state"] for one in own.plan()["organisations"]}
    assert set(reported) == {own.first, own.second, own.third}
    assert reported[broken] == "stop"
    # The board is there for those who could be observed.
    assert own.world.steps(own.world.uras[2])["application_submitted"]["state"] == "done"


@pytest.mark.slow
def test_a_rescue_of_the_users_gets_exactly_those_with_an_error(own: OwnPlay) -> None:
    own.world.edit(own.second, broken_variable)
    said = {"name": "Say so", "ansible.builtin.debug": {"msg": "rescued {{ inventory_hostname }}"}}
    recap = own.run({"tasks": [{"name": "Try", "block": [INCLUDED], "rescue": [said]}]})
    assert own.code == 0, own.text
    assert f"rescued {own.second}" in own.text
    assert f"rescued {own.first}" not in own.text
    assert all(failed == 0 for _changed, failed in recap.values())


@pytest.mark.parametrize("strategy", ["free", "host_pinned"])
def test_a_strategy_without_order_is_refused_before_anything_is_done(own: OwnPlay, strategy: str) -> None:
    recap = own.run({"strategy": strategy, "roles": [ROLE]})
    assert own.code == 2, own.text
    # Ansible itself stops asking as soon as one was refused.
    assert any(failed for _changed, failed in recap.values())
    assert "put `strategy: linear` into the play" in own.text
    assert "strategy_unsuitable" in own.text
    assert set(own.applications().values()) == {0}
    assert not own.world.dossier.exists()


@pytest.mark.slow
def test_tags_hold_back_effects(own: OwnPlay) -> None:
    own.run({"roles": [ROLE]}, "--tags", "activation")
    assert own.code == 0, own.text
    assert set(own.applications().values()) == {0}
    # A document alone is mailed to nobody: the application comes first.
    own.run({"roles": [ROLE]}, "--tags", "document", *own.writes)
    assert set(own.applications().values()) == {0}
    assert [one["carried"] for one in own.plan()["organisations"]] == [[], [], []]
    own.run({"roles": [ROLE]}, "--skip-tags", "application")
    assert set(own.applications().values()) == {0}
    own.run({"roles": [ROLE]}, "--skip-tags", "employees")
    assert own.code == 0, own.text
    assert set(own.applications().values()) == {1}


@pytest.mark.slow
def test_limit_takes_those_alone(own: OwnPlay) -> None:
    recap = own.run({"roles": [ROLE]}, "--limit", own.second, *own.writes)
    assert own.code == 0, own.text
    assert set(recap) == {own.second}
    assert own.applications() == {own.first: 0, own.second: 1, own.third: 0}
    assert own.planned() == [own.second]


def test_check_mode_shows_what_the_run_then_does(own: OwnPlay) -> None:
    shown = own.run({"roles": [ROLE]}, "--check")
    assert own.code == 0, own.text
    assert set(own.applications().values()) == {0}
    assert not own.world.dossier.exists()
    done = own.run({"roles": [ROLE]})
    assert {host: changed > 0 for host, (changed, _f) in shown.items()} == dict.fromkeys(done, True)
    again = own.run({"roles": [ROLE]})
    assert set(again.values()) == {(0, 0)}, own.text
