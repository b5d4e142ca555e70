# SPDX-FileCopyrightText: gbz.zorgid contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""Organisations of two customers in one play: each dossier has its board, and none is written over another's."""

from __future__ import annotations

import base64
import json
import secrets
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from ansible_collections.gbz.zorgid.tests.support.onboard_world import RECAP, World
from zorgid_sandbox.state import received

PREFIX = "zorgid_onboarding_"


@pytest.fixture
def world(tmp_path: Path) -> Iterator[World]:
    """The first organisation has the dossier of the inventory; the two others are another customer's."""
    made = World(tmp_path, 3)
    for ura in made.uras[1:]:
        made.edit(f"org{ura}", lambda one: one.update(other(made)))
    yield made
    made.stop()


def other(world: World) -> dict[str, str]:
    given = {
        "dossier_url": f"sqlite:///{world.folder / 'other' / 'dossier.sqlite3'}",
        "dossier_head_path": str(world.folder / "other-head"),
        "dossier_tenant": "other",
        "report_dir": str(world.folder / "other-report"),
    }
    return {f"{PREFIX}{name}": value for name, value in given.items()}


def board(folder: Path) -> list[str]:
    reported = json.loads((folder / "onboarding.json").read_text(encoding="utf-8"))
    return sorted(one["ura"] for one in reported["organisations"])


def run(world: World, playbook: str, *words: str) -> tuple[int, str]:
    process = world.start(*words, playbook=playbook)
    return process.wait(300), world.output()


@pytest.mark.slow
def test_each_dossier_of_a_play_has_its_board(world: World) -> None:
    # A key that one of them alone has: it is not found in any result.
    key = base64.b64encode(secrets.token_bytes(32)).decode()
    for ura in world.uras[1:]:
        world.edit(f"org{ura}", lambda one: one.update({f"{PREFIX}dossier_key": key}))
    folders = {world.work / "report": world.uras[:1], world.folder / "other-report": world.uras[1:]}
    code, reported = run(world, "gbz.zorgid.plan", "-vvv")
    assert code == 0, reported
    assert not any(folder.exists() for folder in folders)
    # The first of a dossier may be one whose variables are broken: the next one stands in.
    world.edit(f"org{world.uras[1]}", lambda one: one.update({f"{PREFIX}handed_dri": "x"}))
    code, reported = run(world, "gbz.zorgid.onboard", "-vvv")
    assert code == 2, reported
    assert key not in reported
    assert board(world.work / "report") == world.uras[:1]
    assert board(world.folder / "other-report") == world.uras[2:]
    world.edit(f"org{world.uras[1]}", lambda one: one.pop(f"{PREFIX}handed_dri"))
    for playbook in ("gbz.zorgid.onboard", "gbz.zorgid.status"):
        code, reported = run(world, playbook)
        assert code == 0, reported
        for folder, uras in folders.items():
            assert board(folder) == uras
            assert reported.count(f"Board: {folder / 'onboarding.html'}") == 1
    # What cannot be written is told of that board, and the other one is there.
    for folder in folders:
        for path in folder.iterdir():
            path.unlink()
    (world.folder / "other-report").rmdir()
    (world.folder / "other-report").write_text("in the way", encoding="utf-8")
    code, reported = run(world, "gbz.zorgid.status")
    assert "board_not_written" in reported
    assert board(world.work / "report") == world.uras[:1]
    # Told of an organisation of that dossier, not of the one whose board is there.
    failed = {host for host, _changed, _unreachable, failed in RECAP.findall(reported) if failed != "0"}
    assert failed == {f"org{world.uras[1]}"}


@pytest.mark.slow
def test_a_board_that_another_run_would_overwrite_is_an_error_too(world: World) -> None:
    """The third organisation is not the one whose variables this run takes; with --limit it would be."""
    report = str(world.work / "report")
    world.edit(f"org{world.uras[2]}", lambda one: one.update({f"{PREFIX}report_dir": report}))
    code, reported = run(world, "gbz.zorgid.plan")
    assert code == 2, reported
    assert reported.count("[board_of_two_dossiers]") == 1, reported


@pytest.mark.slow
def test_two_dossiers_with_one_board_are_an_error_before_anything_is_done(world: World) -> None:
    def same(one: dict[str, Any]) -> None:
        # Another spelling of the same folder.
        one[f"{PREFIX}report_dir"] = f"{world.work}/./report"

    for ura in world.uras[1:]:
        world.edit(f"org{ura}", same)
    for playbook in ("gbz.zorgid.plan", "gbz.zorgid.onboard", "gbz.zorgid.status"):
        code, reported = run(world, playbook)
        assert code == 2, reported
        assert reported.count("[board_of_two_dossiers]") == 1, reported
        assert str(world.work / "report") in reported
        assert received(world.state, "intake") == []
        assert not world.work.exists()
        assert not (world.folder / "other").exists()
