# SPDX-FileCopyrightText: gbz.zorgid contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""Inventories as AWX cuts them: what is in a slice, and a slice in which there is nothing to do."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest
from ansible_collections.gbz.zorgid.tests.support.onboard_world import ROOT
from ansible_collections.gbz.zorgid.tests.support.slices import Inventory, sliced

WHOLE: Inventory = {
    "all": {"children": ["care_organisations", "certificate_hosts", "ungrouped"]},
    "care_organisations": {"hosts": ["linde", "anker", "zon"], "vars": {"shared": 1}},
    "certificate_hosts": {"hosts": ["certificates", "more_certificates"], "vars": {"ansible_connection": "winrm"}},
    "_meta": {"hostvars": {"anker": {"mine": 1}, "linde": {"mine": 2}}},
}


def test_a_slice_has_every_nth_host_of_the_whole_inventory_and_the_groups_of_all() -> None:
    # anker, certificates, linde, more_certificates, zon
    first, second = sliced(WHOLE, 1, 2), sliced(WHOLE, 2, 2)
    assert first["care_organisations"] == {"hosts": ["linde", "anker", "zon"], "vars": {"shared": 1}}
    assert first["certificate_hosts"] == {"vars": {"ansible_connection": "winrm"}}
    assert set(first["_meta"]["hostvars"]) == {"anker", "linde", "zon"}
    assert second["care_organisations"] == {"vars": {"shared": 1}}
    assert second["certificate_hosts"]["hosts"] == ["certificates", "more_certificates"]
    assert [len(sliced(WHOLE, number, 8)["_meta"]["hostvars"]) for number in range(1, 9)] == [1] * 5 + [0] * 3


@pytest.mark.parametrize(
    ("number", "words", "status", "said"),
    [
        (2, [], 2, "inventory_empty"),
        (2, ["-e", "zorgid_allow_empty=true"], 0, ""),
        # More slices than hosts.
        (8, ["-e", "zorgid_allow_empty=true"], 0, ""),
        # A limit names nobody of this slice: Ansible itself ends it, whatever the playbook says.
        (2, ["-e", "zorgid_allow_empty=true", "-l", "linde"], 1, "no hosts"),
    ],
)
def test_a_slice_without_organisations(tmp_path: Path, number: int, words: list[str], status: int, said: str) -> None:
    script = tmp_path / "hosts"
    reported = json.dumps(sliced(WHOLE, number, 2 if number < 3 else 8))
    script.write_text(f"#!/bin/sh\ncat <<'EOF'\n{reported}\nEOF\n", encoding="utf-8")
    script.chmod(0o700)
    done = subprocess.run(
        [sys.executable, "-m", "ansible", "playbook", "-i", str(script), "gbz.zorgid.onboard", *words],
        env={
            **os.environ,
            "ANSIBLE_COLLECTIONS_PATH": str(ROOT / ".cache" / "collections"),
            "ANSIBLE_HOME": str(tmp_path / "ansible"),
        },
        capture_output=True,
        text=True,
        check=False,
    )
    output = " ".join((done.stdout + done.stderr).split())
    assert (done.returncode, said in output) == (status, True), output
