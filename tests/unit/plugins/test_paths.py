# SPDX-FileCopyrightText: gbz.zorgid contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""Paths of options are absolute before anything tells of them; what is no path stays as it is."""

from __future__ import annotations

from pathlib import Path

import pytest
from ansible_collections.gbz.zorgid.plugins.plugin_utils._ansible.paths import absolute

SPEC = {
    "path": {"type": "path"},
    "empty": {"type": "path"},
    "gone": {"type": "path"},
    "name": {"type": "str"},
    "many": {"type": "list", "elements": "path"},
    "within": {"type": "dict", "options": {"key_path": {"type": "path"}, "host": {"type": "str"}}},
    "free": {"type": "dict"},
}


def test_every_path_is_absolute(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    given = {
        "path": "a/b.pem",
        "empty": "",
        "gone": None,
        "name": "a/b",
        "many": ["c", "/d"],
        "within": {"key_path": "k", "host": "a/b"},
        "free": {"path": "e"},
    }
    assert absolute(given, SPEC) == {
        **given,
        "path": f"{tmp_path}/a/b.pem",
        "many": [f"{tmp_path}/c", "/d"],
        "within": {"key_path": f"{tmp_path}/k", "host": "a/b"},
    }
