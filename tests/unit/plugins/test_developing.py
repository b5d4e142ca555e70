# SPDX-FileCopyrightText: gbz.zorgid contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""CONTRIBUTING and the map name files that exist, and VZVZ's mails as they are recognised."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
from ansible_collections.gbz.zorgid.plugins.module_utils._mail.mail_patterns import SUBJECTS

ROOT = Path(__file__).resolve().parents[3]
MAP = ROOT / "docs" / "developing" / "README.md"
FOLDERS = ("plugins", "roles", "playbooks", "docs", "tests", "tools", "sandbox", "changelogs", "meta")
#: What an example makes.
EXAMPLES = ("phone", "NAME", "GROUP")
FILES = [
    *(path.relative_to(ROOT).as_posix() for folder in FOLDERS for path in (ROOT / folder).rglob("*.*")),
    *(path.name for path in ROOT.glob("*.*")),
]


def named(page: Path) -> set[str]:
    """Whatever looks like a file, without what an example makes."""
    found = re.findall(r"(?<![\w/.*])[\w/.-]*\w\.(?:py|yml|md|sql|ps1)\b", page.read_text(encoding="utf-8"))
    return {one.replace("../", "") for one in found if not any(word in one for word in EXAMPLES)}


@pytest.mark.parametrize("page", [ROOT / "CONTRIBUTING.md", MAP], ids=lambda page: page.name)
def test_every_file_that_is_named_exists(page: Path) -> None:
    assert len(named(page)) > 10
    missing = {one for one in named(page) if not any(f"/{file}".endswith(f"/{one}") for file in FILES)}
    assert sorted(missing) == []


def test_the_table_of_mails_is_what_is_recognised() -> None:
    rows = re.findall(r"^\| `(\w+)` \| `([^`]+)` \| (?:`URA|the same)", MAP.read_text(encoding="utf-8"), re.MULTILINE)
    assert dict(rows) == dict(SUBJECTS)
