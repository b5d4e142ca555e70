# SPDX-FileCopyrightText: gbz.zorgid contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""kill -9 before, during and after the last click, and two runs at once: one request at most, and the right result."""

from __future__ import annotations

import os
import signal
import subprocess
import time
from pathlib import Path

import pytest
from ansible_collections.gbz.zorgid.plugins.module_utils._browser import process
from ansible_collections.gbz.zorgid.plugins.module_utils._browser.folder import Folder
from ansible_collections.gbz.zorgid.plugins.module_utils._browser.window import Launch
from ansible_collections.gbz.zorgid.plugins.module_utils._common.errors import ZorgidError
from ansible_collections.gbz.zorgid.plugins.module_utils._use_cases.portal_journal import said_not_made
from ansible_collections.gbz.zorgid.tests.support.browser import browser_uid, private_place
from ansible_collections.gbz.zorgid.tests.support.browser_run import begun, heard
from ansible_collections.gbz.zorgid.tests.support.browser_world import World, person, reported

BEFORE, DURING, AFTER = (
    person("HR-190", "Ervoor"), person("HR-191", "Ertussen", date_of_birth="1991-01-02"),
    person("HR-192", "Erna", date_of_birth="1992-01-02"),
)  # fmt: skip


def killed(running: subprocess.Popen[str]) -> None:
    """Its group at once; the browser, which has a group of its own, ends by itself."""
    family = process.family(running.pid)
    os.killpg(running.pid, signal.SIGKILL)
    running.communicate()
    end = time.monotonic() + 10
    while any(process.started(pid) == start for pid, start in family.items()):
        assert time.monotonic() < end, "the browser went on"
        time.sleep(0.05)


def folders(place: Path) -> list[str]:
    return [one.name for one in place.glob("*/*-*")]


@pytest.mark.slow
def test_killed_before_during_and_after_the_last_click_and_two_runs_at_once(world: World) -> None:
    page_map = world.mapped("register")
    with private_place() as place, world.counted() as sent:
        first = begun(world, page_map.path, [BEFORE], place, "before")
        heard(first, "logged in")
        heard(first, "before")
        # Another run of the same organisation, and another browser on the same controller.
        with pytest.raises(ZorgidError) as caught:
            world.keep(page_map, [BEFORE])
        assert caught.value.code == "portal_session_elsewhere"
        with pytest.raises(ZorgidError) as caught:
            process.open_window(Launch(world.portal.page, [], uid=browser_uid()))
        assert caught.value.code == "browser_busy"
        assert str(first.pid) in str(caught.value)
        killed(first)
        assert len(folders(place)) == 1

        world.order("slow_answer ms=20000 path=/portal/users method=POST times=1")
        second = begun(world, page_map.path, [DURING], place)
        heard(second, "logged in")
        end = time.monotonic() + 30
        while world.stored("HR-191") is None:
            assert time.monotonic() < end
            time.sleep(0.02)
        killed(second)
        world.usual()

        third = begun(world, page_map.path, [AFTER], place, "after")
        heard(third, "logged in")
        heard(third, "after")
        killed(third)
        Folder(browser_uid() or os.getuid()).close()
        assert folders(place) == []

        kept = world.keep(page_map, [BEFORE, DURING, AFTER])
        assert reported(kept) == {"HR-190": "unproven account_unproven", "HR-191": "unchanged", "HR-192": "unchanged"}
        with world.place.open(read_only=False) as store:
            said_not_made(store, world.ura, "HR-190", by="J. Bos")
        again = world.keep(page_map, [BEFORE, DURING, AFTER])
    assert reported(again) == {"HR-190": "created", "HR-191": "unchanged", "HR-192": "unchanged"}
    assert sent.count("/portal/users") == 3
    assert all(world.stored(number) for number in ("HR-190", "HR-191", "HR-192"))
