# SPDX-FileCopyrightText: gbz.zorgid contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""The one mail that preflight sends: if the command line says so, and not with --check; its address stands nowhere."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from ansible_collections.gbz.zorgid.tests.support.onboard_world import World
from zorgid_sandbox.smtp.store import mails
from zorgid_sandbox.state import received

ME = "me@gbz.example"


@pytest.fixture
def world(tmp_path: Path) -> Iterator[World]:
    made = World(tmp_path, 2)
    yield made
    made.stop()


def preflight(world: World, *words: str) -> str:
    process = world.start(*words, playbook="gbz.zorgid.preflight")
    assert process.wait(120) == 0, world.output()
    assert ME not in world.output()
    return world.output()


@pytest.mark.slow
def test_the_test_mail(world: World) -> None:
    # A variable of this name in an inventory is somebody else's.
    world.edit(f"org{world.uras[0]}", lambda one: one.update(test_mail=ME))
    assert "nothing is sent or written" in preflight(world)
    reported = preflight(world, "-e", f"test_mail={ME}", "--check")
    assert "the test mail is not sent with --check" in reported
    assert "nothing is sent or written" in reported
    assert received(world.state, "smtp") == []
    reported = preflight(world, "-e", f"test_mail={ME}", "-v")
    assert "nothing but the test mail is sent, nothing is written" in reported
    assert "all 2: test mail handed over; look whether it arrives" in reported
    # One server and one sender: one mail, however many organisations.
    assert [one.recipient for one in mails(world.state, "notice")] == [ME]
    assert mails(world.state, "document") == []
    for service in ("intake", "imap", "portal"):
        assert received(world.state, service) == [], service
    process = world.start("-e", "testmail=x", playbook="gbz.zorgid.preflight")
    assert process.wait(120) == 2
    assert "gbz.zorgid.preflight has no variable testmail" in world.output()
