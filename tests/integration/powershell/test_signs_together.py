# SPDX-FileCopyrightText: gbz.zorgid contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""Onboard over two Windows hosts, both in real PowerShell, where that is installed: what it costs in calls."""

from __future__ import annotations

import os
import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest
from ansible_collections.gbz.zorgid.tests.support.two_windows_hosts import TwoHosts


@pytest.fixture
def world(tmp_path: Path) -> Iterator[TwoHosts]:
    if shutil.which(os.environ.get("ZORGID_PWSH") or "pwsh") is None:
        pytest.skip("PowerShell is not installed, so nothing was signed there (see sandbox/README.md)")
    made = TwoHosts(tmp_path, 6, engine="pwsh")
    yield made
    made.stop()


@pytest.mark.slow
def test_six_documents_on_two_hosts_are_two_listings_and_two_calls(
    world: TwoHosts, capsys: pytest.CaptureFixture[str]
) -> None:
    ended, seconds = world.timed()
    assert world.all_done(ended), world.output()
    assert len(world.calls("powershell")) == 2 + 2
    with capsys.disabled():
        print(f"\n6 organisations on 2 Windows hosts: {len(world.calls('powershell'))} calls, {seconds:.0f} s")
