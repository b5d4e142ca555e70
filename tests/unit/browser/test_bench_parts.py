# SPDX-FileCopyrightText: gbz.zorgid contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""What the benchmark of the driver ``browser`` measures is what it says."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest
from ansible_collections.gbz.zorgid.plugins.module_utils._browser.page_map import read_map
from ansible_collections.gbz.zorgid.plugins.module_utils._portal import desired
from ansible_collections.gbz.zorgid.plugins.module_utils._portal.browser_changes import Planned, Session, decide
from ansible_collections.gbz.zorgid.plugins.module_utils._portal.model import Change
from ansible_collections.gbz.zorgid.tests.benchmarks.browser import PAGED, new_people, people
from ansible_collections.gbz.zorgid.tests.support.browser_world import BOSS, EXAMPLE

ROOT = Path(__file__).resolve().parents[3]


def test_a_registration_fills_in_thirteen_fields() -> None:
    (wanted,) = desired.from_list(new_people(1))
    change = Change("created", wanted["external_id"], 1, wanted, None)
    planned = decide(change, read_map(EXAMPLE), Session(BOSS, ["register"], "90000101"))
    assert isinstance(planned, Planned)
    assert len(planned.texts) == 13
    assert all(planned.texts)


def test_the_map_with_pages_is_one(tmp_path: Path) -> None:
    text = EXAMPLE.read_text(encoding="utf-8")
    for before, after in PAGED.items():
        assert text.count(before) == 1
        text = text.replace(before, after)
    path = tmp_path / "map.yml"
    path.write_text(text, encoding="utf-8")
    found = read_map(path).list
    assert found is not None
    assert (found.next is not None, found.total) == (True, "{from}–{to} van {total}")


def test_members_and_new_people_are_different_people() -> None:
    assert len(desired.from_list([*people(5), *new_people(5)])) == 10


@pytest.mark.slow
def test_a_small_benchmark_measures_everything() -> None:
    command = [sys.executable, "-m", "tests.benchmarks", "browser", "--members", "30", "--registrations", "3"]
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, timeout=300, check=False)
    assert done.returncode in (0, 1), done.stderr
    for what in (
        "by export",
        "live session",
        "13 fields",
        "kept session",
        "one context",
        "further context",
        "by 2 pages",
    ):
        assert done.stdout.count(what) == 1, (what, done.stdout, done.stderr)
