# SPDX-FileCopyrightText: gbz.zorgid contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""Which ansible-core is refused, told, or nothing is said of."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
import yaml
from ansible_collections.gbz.zorgid.plugins.module_utils._common.errors import ZorgidError
from ansible_collections.gbz.zorgid.plugins.plugin_utils._ansible.core_version import NEWEST, OLDEST, refuse_old

ROOT = Path(__file__).resolve().parents[3]


@pytest.mark.parametrize("version", ["2.18.6", "2.9.27", "2.19.0", "2.21.5", "2.22.0rc1", "3.0.0", "2.20.0.dev0"])
def test_older_is_refused_with_both_versions_and_newer_is_a_warning(version: str) -> None:
    found = tuple(map(int, version.split(".")[:2]))
    if found < OLDEST:
        with pytest.raises(ZorgidError) as caught:
            refuse_old(version)
        assert caught.value.code == "ansible_too_old"
        assert "2.19" in str(caught.value.expected)
        assert version in str(caught.value.found)
    else:
        assert bool(refuse_old(version)) is (found > NEWEST)
        assert found <= NEWEST or version in refuse_old(version)


def test_the_versions_are_those_that_the_collection_and_its_locks_name() -> None:
    runtime = yaml.safe_load((ROOT / "meta" / "runtime.yml").read_text("utf-8"))["requires_ansible"]
    assert runtime.startswith(f">={OLDEST[0]}.{OLDEST[1]}.")
    for lock, expected in (("requirements-2.19.txt", OLDEST), ("requirements.txt", NEWEST)):
        pinned = re.search(r"^ansible-core==(\d+)\.(\d+)", (ROOT / lock).read_text("utf-8"), re.MULTILINE)
        assert pinned is not None
        assert tuple(map(int, pinned.groups())) == expected
