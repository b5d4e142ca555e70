# SPDX-FileCopyrightText: gbz.zorgid contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""Runs killed (SIGKILL) at every moment of what they must not do twice, and two at once; counted at the sandbox."""

from __future__ import annotations

import time
from collections import Counter
from collections.abc import Iterator
from pathlib import Path

import pytest
from ansible_collections.gbz.zorgid.plugins.module_utils._dossier.store import DossierStore
from ansible_collections.gbz.zorgid.tests.support.onboard_world import KillPoint, World, kill
from zorgid_sandbox.intake import put_fault

#: As many as the longest phase has points. A run costs its process and a part for each organisation; where a phase has
#: fewer points, a run that dies has two of them in its hands.
ORGANISATIONS = 7
BEFORE, WHILE, AFTER, RECORD = "before the claim", "while it is sent", "after the effect", "before the record"
#: Between two of them the people of the sandbox act. Each point has organisations of its own. Before its claim a form,
#: a mail or a letter is not begun, and each of these actions is killed there by itself (``test_delivery_killed``): one
#: of them is enough here.
PHASES = [
    [
        ("submit_application", BEFORE),
        ("submit_application", WHILE),
        ("submit_application", AFTER),
        ("sign_document", AFTER),
        ("mail_document", WHILE),
        ("mail_document", AFTER),
        ("mail_document", RECORD),
    ],
    [
        ("submit_follow_up", WHILE),
        ("submit_follow_up", AFTER),
        ("submit_follow_up", RECORD),
    ],
    [
        ("make_letter", AFTER),
        ("make_letter", RECORD),
        ("send_notices", WHILE),
        ("send_notices", AFTER),
    ],
    [
        ("destroy_code", BEFORE),
        ("destroy_code", AFTER),
        ("keep_administrators", AFTER),
        ("keep_employees", AFTER),
        ("keep_employees", RECORD),
        ("invite", WHILE),
        ("invite", AFTER),
    ],
]
#: On a server of its own no file is locked and no process's journal is near: few points.
FEW = [
    [("submit_application", AFTER), ("mail_document", WHILE)],
    [("submit_follow_up", AFTER)],
    [("make_letter", RECORD)],
    [("keep_employees", AFTER)],
]
FORMS = {"application_form": "application_submitted", "follow_up_form": "follow_up_submitted"}


@pytest.fixture(params=["sqlite", "postgresql"])
def world(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[World]:
    made = World(tmp_path, ORGANISATIONS if request.param == "sqlite" else 3)
    if request.param == "postgresql":
        made.on(request.getfixturevalue("postgres").fresh())
    yield made
    made.stop()


def kill_at(world: World, point: KillPoint, hosts: list[str], *, workers: bool) -> None:
    """The run dies at this point, which it has to reach; without ``workers`` those of its processes go on."""
    process = world.start("--limit", ",".join(hosts), point=point)
    until = time.monotonic() + 300
    while not point.hit(world.folder).exists():
        assert process.poll() is None, f"{point} was not reached:\n{world.output()}"
        assert time.monotonic() < until, f"{point} was not reached in time:\n{world.output()}"
        time.sleep(0.02)
    world.left += kill(process, workers=workers)
    point.hit(world.folder).unlink()


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


@pytest.mark.kills
@pytest.mark.slow
def test_killed_and_crossed_playbooks_do_everything_once(world: World, capsys: pytest.CaptureFixture[str]) -> None:
    # Two runs at once meet at the forms.
    put_fault(world.state, "slow seconds=0.7 method=POST times=100000")
    kills = asked = 0
    for points in PHASES if len(world.uras) == ORGANISATIONS else FEW:
        for number, (effect, moment) in enumerate(points):
            hosts = [f"org{ura}" for ura in world.uras[number :: len(points)]]
            # Two of three with their workers: an effect that one of those is at may still happen.
            kill_at(world, KillPoint(effect, moment), hosts, workers=number % 3 != 2)
            kills += 1
        left = uncertain(world)
        asked += len(left)
        if left:
            # Who is asked is exactly who has a form of which nobody knows whether it arrived; the others go on.
            ended = world.play()
            assert not any(failed for _changed, failed in ended.values()), world.output()
            assert world.asked("submission_uncertain") == {f"org{ura}" for ura, _kind in left}
        with DossierStore.open(world.url) as store:
            for ura, kind in left:
                step = store.read(ura).milestones[FORMS[kind]]
                assert (step.state, step.who) == ("waiting", "provider")
                arrived = world.arrived(ura, kind)
                store.resolve(ura, kind, arrived=arrived, by="technical_administrator")
        both = [world.start(log="one.log"), world.start(log="other.log")]
        assert all(process.wait(900) in (0, 2) for process in both), world.output("one.log") + world.output("other.log")
        # What the other run did first is dropped, and no error that somebody has to look at.
        assert not any("[plan_stale]" in world.output(log) for log in ("one.log", "other.log"))
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
