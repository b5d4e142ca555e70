# SPDX-FileCopyrightText: gbz.zorgid contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""What onboard records about itself in each dossier, and the file that the playbook telemetry makes of it."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from ansible_collections.gbz.zorgid.plugins.module_utils._dossier.runs import Ran
from ansible_collections.gbz.zorgid.plugins.module_utils._dossier.store import DossierStore
from ansible_collections.gbz.zorgid.tests.support.onboard_world import World

PREFIX = "zorgid_onboarding_"


@pytest.fixture
def world(tmp_path: Path) -> Iterator[World]:
    """The first organisation has the dossier of the inventory; the two others have one of their own."""
    made = World(tmp_path, 3)
    for ura in made.uras[1:]:
        given = {
            "dossier_url": f"sqlite:///{made.folder / 'other' / 'dossier.sqlite3'}",
            "dossier_head_path": str(made.folder / "other-head"),
            "report_dir": str(made.folder / "other-report"),
        }
        made.edit(f"org{ura}", lambda one, given=given: one.update({f"{PREFIX}{name}": v for name, v in given.items()}))
    yield made
    made.stop()


def runs(url: str) -> list[Ran]:
    with DossierStore.open(url, read_only=True) as store:
        return store.runs.recorded()


@pytest.mark.slow
def test_a_run_is_recorded_in_each_of_its_dossiers_with_its_own_failures(world: World) -> None:
    def play(playbook: str, *words: str) -> str:
        world.start(*words, playbook=playbook).wait(300)
        return world.output()

    # A mail server without a sender.
    world.edit(f"org{world.uras[1]}", lambda one: one.update({f"{PREFIX}smtp": {"host": "127.0.0.1", "port": 1}}))
    reported = play("gbz.zorgid.onboard")
    found = [path for path in world.folder.rglob("*.sqlite3") if world.state not in path.parents]
    recorded = {path.parent.name: runs(f"sqlite:///{path}") for path in found}
    assert [len(those) for those in recorded.values()] == [1, 1], (recorded, reported)
    (theirs,) = recorded.pop("other")
    ((ours,),) = recorded.values()
    assert theirs.id == ours.id
    assert dict(theirs.failures) == {"options_invalid": 1}, reported
    assert dict(ours.failures) == {}, reported
    play("gbz.zorgid.plan")
    assert [len(runs(f"sqlite:///{path}")) for path in found] == [1, 1]
    file = world.folder / "zorgid.prom"
    reported = play("gbz.zorgid.telemetry", "-e", f"zorgid_telemetry_path={file}")
    text = file.read_text(encoding="utf-8")
    assert 'zorgid_run_failures_last_day{code="options_invalid"} 1\n' in text
    # One run, although it is in two dossiers.
    assert "zorgid_runs_last_day 1\n" in text
    assert not any(ura in text for ura in world.uras)
