# SPDX-FileCopyrightText: gbz.zorgid contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""gbz.zorgid.plan, and onboard in check mode: exit status and recap, and what is an error before anybody looks."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import yaml
from ansible_collections.gbz.zorgid.tests.support.onboard_world import RECAP, ROOT, World
from zorgid_sandbox.state import received

PLAN, ONBOARD = "gbz.zorgid.plan", "gbz.zorgid.onboard"
FAILS = ("-e", "zorgid_fail_on_changes=true")


@pytest.fixture(scope="module")
def world(tmp_path_factory: pytest.TempPathFactory) -> Iterator[World]:
    made = World(tmp_path_factory.mktemp("plan"), 2)
    try:
        yield made
    finally:
        made.stop()


def run(world: World, playbook: str, *words: str) -> tuple[int, dict[str, tuple[int, int]], dict[str, Any]]:
    """Exit status, changed and failed by organisation, and plan.json."""
    where = world.folder / "plan"
    reported = json.dumps({"zorgid_plan_path": str(where)})
    code = world.start("-e", reported, *words, playbook=playbook).wait(300)
    recap = {host: (int(changed), int(failed)) for host, changed, _u, failed in RECAP.findall(world.output())}
    recap.pop("localhost", None)
    return code, recap, json.loads((where / "plan.json").read_text(encoding="utf-8"))


def test_what_is_to_be_done_is_shown_counted_and_an_error_where_it_shall_be_one(world: World) -> None:
    hosts = {f"org{ura}" for ura in world.uras}
    code, recap, plan = run(world, PLAN)
    # A user's own zorgid_demo_… in the inventory is no error, and a playbook that only shows changes nothing.
    assert code == 0, world.output()
    assert recap == dict.fromkeys(hosts, (0, 0))
    assert (plan["status"], plan["exit_status"]) == ("changes", 0)
    assert "nothing is sent" in world.output()

    code, recap, plan = run(world, PLAN, *FAILS)
    assert code == 2
    assert recap == dict.fromkeys(hosts, (0, 1))
    assert (plan["status"], plan["exit_status"]) == ("changes", 2)

    # In check mode Ansible counts what would change.
    code, recap, checked = run(world, ONBOARD, "--check")
    assert code == 0, world.output()
    assert recap == dict.fromkeys(hosts, (1, 0))
    assert [one["steps"] for one in checked["organisations"]] == [one["steps"] for one in plan["organisations"]]
    assert not world.dossier.exists()

    code, recap, _plan = run(world, ONBOARD, *FAILS)
    assert code == 2
    assert all(changed > 0 and failed == 1 for changed, failed in recap.values())

    # Everybody waits now: nothing to do is no error.
    for playbook, words in ((PLAN, FAILS), (ONBOARD, ("--check", *FAILS)), (ONBOARD, FAILS)):
        code, recap, plan = run(world, playbook, *words)
        assert code == 0, world.output()
        assert recap == dict.fromkeys(hosts, (0, 0))
        assert (plan["status"], plan["exit_status"]) == ("ok", 0)

    # Where everybody stands, by what the dossier says: nobody is asked, nothing but the board is written.
    arrived, dossier = len(received(world.state)), world.dossier.read_bytes()
    code, _recap, plan = run(world, "gbz.zorgid.status")
    assert code == 0, world.output()
    assert "ZORG-ID status" in world.output()
    assert [one["state"] for one in plan["organisations"]] == ["wait", "wait"]
    assert f"Board: {world.work}" in " ".join(world.output().split())
    assert (len(received(world.state)), world.dossier.read_bytes()) == (arrived, dossier)


@pytest.mark.parametrize("playbook", [PLAN, pytest.param(ONBOARD, marks=pytest.mark.slow)])
def test_a_bound_that_stops_an_effect_is_an_error(world: World, tmp_path: Path, playbook: str) -> None:
    """With a dossier of its own, so that there is something to do."""
    empty = json.dumps({"zorgid_onboarding_work_dir": str(tmp_path / "work"), "zorgid_max_documents": "1"})
    code, recap, plan = run(world, playbook, "-e", empty)
    assert code == 2
    assert (plan["status"], plan["exit_status"]) == ("errors", 2)
    assert "documents_bounded" in world.output()
    assert sorted(failed for _changed, failed in recap.values()) == [0, 1]


class Bare:
    """Ansible with inventories that name no server; it never comes as far as looking for one."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        organisation = {"ura": "91000001", "name": "Zorgaanbieder"}
        host = {
            "ansible_connection": "local",
            "zorgid_onboarding_organisation": organisation,
            "zorgid_demo_own": "mine",
        }
        self.hosts = {"all": {"children": {"care_organisations": {"hosts": {"one": host}}}}}

    def file(self, name: str, text: str) -> str:
        path = self.folder / name
        path.write_text(text, encoding="utf-8")
        return str(path)

    def run(self, playbook: str, *words: str, **environment: str) -> tuple[int, str]:
        done = subprocess.run(
            [str(Path(sys.executable).parent / "ansible-playbook"), playbook, *words],
            env={
                **os.environ,
                "PATH": f"{Path(sys.executable).parent}:{os.environ['PATH']}",
                "ANSIBLE_COLLECTIONS_PATH": str(ROOT / ".cache" / "collections"),
                "ANSIBLE_HOME": str(self.folder / "ansible"),
                **environment,
            },
            stdin=subprocess.DEVNULL,
            capture_output=True,
            text=True,
            timeout=120,
            check=False,
        )
        return done.returncode, done.stdout + done.stderr


@pytest.fixture
def bare(tmp_path: Path) -> Bare:
    return Bare(tmp_path)


@pytest.mark.parametrize("playbook", [PLAN, ONBOARD])
def test_an_inventory_without_organisations_is_an_error(bare: Bare, playbook: str) -> None:
    # As AWX gives it: one script, no --limit, and no localhost in it.
    listed = json.dumps({"_meta": {"hostvars": {}}, "all": {"hosts": ["other"]}, "care_organisations": {"hosts": []}})
    script = bare.file("awx", f"#!/bin/sh\ncat <<'END'\n{listed}\nEND\n")
    Path(script).chmod(0o755)
    code, text = bare.run(playbook, "-i", script)
    assert code == 2, text
    assert "inventory_empty" in text
    code, text = bare.run(playbook, "-i", script, "-e", "zorgid_allow_empty=true")
    assert code == 0, text
    assert "inventory_empty" not in text


@pytest.mark.parametrize("playbook", ["plan", "onboard", "status"])
def test_an_empty_inventory_with_a_limit_is_an_error_too(bare: Bare, playbook: str) -> None:
    empty = bare.file("empty.yml", "care_organisations: {hosts: {}}\n")
    for more in ((), ("-l", "delinde")):
        code, text = bare.run(f"gbz.zorgid.{playbook}", "-i", empty, *more)
        assert code != 0, text
        assert "inventory_empty" in text
        code, text = bare.run(f"gbz.zorgid.{playbook}", "-i", empty, *more, "-e", "zorgid_allow_empty=true")
        assert code == 0, text


@pytest.mark.parametrize("playbook", ["plan", "onboard", "status", "preflight"])
def test_a_limit_to_a_host_that_is_no_organisation_is_an_error(bare: Bare, playbook: str) -> None:
    hosts = bare.file(
        "hosts.yml", "all: {hosts: {certs: }, children: {care_organisations: {hosts: {linde: , anker: }}}}\n"
    )
    code, text = bare.run(f"gbz.zorgid.{playbook}", "-i", hosts, "-l", "certs")
    assert code == 2, text
    assert "limit_without_organisation" in text
    assert "They are anker, linde." in text or "They are linde, anker." in text
    assert "Begin" not in text


@pytest.mark.parametrize("playbook", [PLAN, ONBOARD])
def test_an_inventory_that_cannot_be_parsed_is_an_error(bare: Bare, playbook: str) -> None:
    code, text = bare.run(playbook, "-i", bare.file("hosts.yml", "all: {children: [\n"))
    assert code == 2, text
    assert "inventory_empty" in text


@pytest.mark.parametrize("way", ["word", "json", "file"])
def test_an_extra_variable_that_nothing_reads_is_named(bare: Bare, way: str) -> None:
    hosts = bare.file("hosts.yml", yaml.safe_dump(bare.hosts))
    given = {
        "word": "zorgid_fail_on_change=true",
        "json": '{"zorgid_fail_on_change": true}',
        "file": f"@{bare.folder / 'extra.yml'}",
    }[way]
    bare.file("extra.yml", "zorgid_fail_on_change: true\n")
    code, text = bare.run(PLAN, "-i", hosts, "-e", given)
    assert code == 2, text
    assert "zorgid_fail_on_change" in text
    assert "variables_invalid" in text
    # The nearest one is offered, and nobody of the inventory's own is named.
    assert "zorgid_fail_on_changes" in text
    assert "zorgid_demo_own" not in text
