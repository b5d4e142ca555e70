# SPDX-FileCopyrightText: gbz.zorgid contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""Playbooks killed (SIGKILL) at what they must not do twice, two of them at once: counted at the sandbox."""

from __future__ import annotations

import random
import subprocess
import time
from collections import Counter
from collections.abc import Iterator
from pathlib import Path

import pytest
from ansible_collections.gbz.zorgid.plugins.module_utils._dossier.store import DossierStore
from onboard_world import World, kill
from zorgid_sandbox.intake import put_fault

ORGANISATIONS, GROUPS = 10, 5
PHASES = [
    ["Submit the application form, once", "Make and sign the organisation document", "Mail it, once"],
    ["Submit the follow-up form, once"],
    ["Make the letter with the activation code", "Mail who has to act"],
    ["Destroy the activation code", "Keep employee accounts equal", "Invite the employees"],
]
FORMS = ("application_form", "follow_up_form")


@pytest.fixture
def world(tmp_path: Path) -> Iterator[World]:
    made = World(tmp_path, ORGANISATIONS)
    yield made
    made.stop()


def killed_at(world: World, task: str, hosts: list[str], chance: random.Random) -> bool:
    """Whether the playbook was still at work when it was to die."""
    process = world.start("--limit", ",".join(hosts))
    while process.poll() is None and task not in world.output():
        time.sleep(0.02)
    try:
        process.wait(chance.uniform(0, 1.5))
    except subprocess.TimeoutExpired:
        kill(process, workers=chance.random() < 0.75)
        return True
    return False


def uncertain(world: World) -> list[tuple[str, str]]:
    """The forms (URA, kind) of dead runs; first the workers that live on may end."""
    until = time.monotonic() + 120
    while time.monotonic() < until:
        with DossierStore.open(world.url, read_only=True) as store:
            forms = [(ura, kind, store.submission(ura, kind)) for ura in world.uras for kind in FORMS]
        states = {(ura, kind): form.state for ura, kind, form in forms if form}
        if "elsewhere" not in states.values():
            return [form for form, state in states.items() if state == "sending"]
        time.sleep(0.5)
    raise AssertionError("a dead run still holds its claim")


@pytest.mark.slow
def test_killed_and_crossed_playbooks_do_everything_once(world: World, capsys: pytest.CaptureFixture[str]) -> None:
    chance = random.Random(20261125)  # noqa: S311 - the same kills in every run of this test
    put_fault(world.state, "slow seconds=0.7 method=POST times=100000")
    kills = asked = 0
    for tasks in PHASES:
        for group in range(GROUPS):
            hosts = [f"org{ura}" for ura in world.uras[group::GROUPS]]
            kills += killed_at(world, tasks[group % len(tasks)], hosts, chance)
        left = uncertain(world)
        asked += len(left)
        if left:
            # Who is asked is exactly who has a form of which nobody knows whether it arrived.
            ended = world.play()
            assert {host for host, (_changed, failed) in ended.items() if failed} == {
                f"org{ura}" for ura, _kind in left
            }
        with DossierStore.open(world.url) as store:
            for ura, kind in left:
                codes = [one.error_code for one in store.read(ura).milestones.values()]
                assert "submission_uncertain" in codes
                arrived = world.arrived(ura, kind)
                store.resolve(ura, kind, arrived=arrived, by="technical_administrator")
        both = [world.start(log="one.log"), world.start(log="other.log")]
        assert all(process.wait(900) in (0, 2) for process in both), world.output("one.log") + world.output("other.log")
        ended = world.play()
        assert not any(failed for _changed, failed in ended.values()), world.output()
        world.people_act()
    for _round in range(3):
        ended = world.play()
        world.people_act()
    assert set(ended.values()) == {(0, 0)}, world.output()

    reached = world.outcome()
    assert reached["received_twice"] == []
    once = {"applications": 1, "documents_accepted": 1, "follow_up_forms": 1, "activations": 1, "employees_active": 3}
    for ura in world.uras:
        assert reached["organisations"][ura].items() >= once.items()
    assert [notice for notice, count in Counter(world.notices()).items() if count > 1] == []
    with DossierStore.open(world.url) as store:
        journal = store.verify_journal()
        assert journal.valid, journal.message
        assert all(one.state == "done" for dossier in store.read_all() for one in dossier.submissions)
    assert not list(world.work.rglob("*activation*"))
    with capsys.disabled():
        print(f"\n{kills} kills, a person was asked {asked} times, {reached['repeats']} mails came again")
