# SPDX-FileCopyrightText: gbz.zorgid contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""Onboard over organisations whose keys are on two Windows hosts: a listing and a call to sign for each host."""

from __future__ import annotations

import time
from collections.abc import Iterator
from pathlib import Path

import pytest
from ansible_collections.gbz.zorgid.tests.support.onboard_world import KillPoint, kill
from ansible_collections.gbz.zorgid.tests.support.two_windows_hosts import TwoHosts
from zorgid_sandbox.state import received

COUNT = 6


@pytest.fixture
def world(tmp_path: Path) -> Iterator[TwoHosts]:
    made = TwoHosts(tmp_path, COUNT)
    yield made
    made.stop()


def sizes(world: TwoHosts) -> list[int]:
    """How many documents each call that signed was asked for."""
    return [len(one.split()) for one in world.calls("sign")]


@pytest.mark.slow
def test_each_windows_host_signs_all_its_documents_in_one_call(world: TwoHosts) -> None:
    world.play("--check")
    assert (len(world.calls("list")), sizes(world)) == (2, [])
    ended = world.play()
    assert world.all_done(ended), world.output()
    # More organisations than forks, and yet one listing and one call for each host.
    assert (len(world.calls("list")), sizes(world)) == (2 + 2, [3, 3])
    assert len({one for call in world.calls("sign") for one in call.split()}) == COUNT
    world.play()
    assert sizes(world) == [3, 3]
    assert len(received(world.state, "smtp", "document")) == COUNT


@pytest.mark.slow
def test_a_host_that_goes_away_is_told_to_its_organisations_and_the_next_run_signs(world: TwoHosts) -> None:
    before = dict(world.environment)
    world.environment |= {
        "ANSIBLE_CALLBACK_PLUGINS": str(Path(__file__).parent / "carry_out_points"),
        "ZORGID_TEST_STATE": str(world.state),
        "ZORGID_TEST_FAULT": "goes_away",
    }
    ended = world.play()
    failed = {host for host, (_changed, failures) in ended.items() if failures}
    # One call failed, and it was not tried again for the others.
    assert failed in ({f"org{ura}" for ura in world.uras[number::2]} for number in (0, 1)), world.output()
    # One block of the table: its heading names them, its last line is the code.
    reported = world.output().rpartition("[windows_unreachable]")[0].rpartition("\n\n")[2]
    assert all(host in reported for host in failed), world.output()
    # It signed before it went away, and nobody has those signatures.
    assert (len(world.documents()), sizes(world)) == (3, [3, 3])
    world.environment = before
    assert world.all_done(world.play()), world.output()
    assert sizes(world) == [3, 3, 3]
    assert world.outcome()["received_twice"] == []


@pytest.mark.slow
def test_a_run_that_dies_with_its_signatures_signs_again(world: TwoHosts) -> None:
    """Between what Windows signed and what the dossier says."""
    point = KillPoint("sign_document", "after the effect")
    process = world.start(point=point)
    until = time.monotonic() + 120
    while not point.hit(world.folder).exists():
        assert process.poll() is None, world.output()
        assert time.monotonic() < until, world.output()
        time.sleep(0.02)
    world.left += kill(process, workers=True)
    assert sizes(world)[0] == 3
    # Their forms are sent once: what may not be asked twice is asked of a person, as ever.
    uncertain = {ura for ura in world.uras if world.asked_about(ura)}
    ended = world.play()
    assert not any(failed for _changed, failed in ended.values()), world.output()
    assert len(world.documents()) == len(received(world.state, "smtp", "document")) == COUNT - len(uncertain)
    assert world.outcome()["received_twice"] == []
