# SPDX-FileCopyrightText: gbz.zorgid contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""What a release says of itself agrees, and its changelog can be read."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

import pytest
import yaml

ROOT = Path(__file__).resolve().parents[3]
FRAGMENTS = sorted((ROOT / "changelogs" / "fragments").glob("*.yml"))


def _read(name: str) -> Any:
    return yaml.safe_load((ROOT / name).read_text("utf-8"))


def test_the_places_with_the_version_agree() -> None:
    """galaxy.yml may be ahead of the last release; the changelog's file and its page have the same releases."""
    numbers = {tuple(map(int, one.split("."))): one for one in _read("changelogs/changelog.yaml")["releases"]}
    newest = numbers[max(numbers)]
    assert tuple(map(int, _read("galaxy.yml")["version"].split("."))) >= max(numbers)
    page = re.findall(r"^v(\d+\.\d+\.\d+)$", (ROOT / "CHANGELOG.rst").read_text("utf-8"), re.MULTILINE)
    assert page[0] == newest
    assert sorted(page) == sorted(numbers.values())


@pytest.mark.parametrize("path", FRAGMENTS, ids=lambda path: path.stem)
def test_a_fragment_is_readable_on_the_page(path: Path) -> None:
    """The page is reStructuredText: C(…) and single backticks of the documentation would stand there as they are."""
    for section, entries in yaml.safe_load(path.read_text("utf-8")).items():
        for entry in [entries] if isinstance(entries, str) else entries:
            if isinstance(entry, dict):
                continue
            assert not re.search(r"\b[CEILMOPRUV]\([^)]", entry), entry
            assert not re.search(r"(?<!`)`(?!`)", entry.replace("``", "")), entry
            assert section == "release_summary" or len(entry) <= 400, entry


def test_no_sanity_error_is_ignored() -> None:
    assert not list((ROOT / "tests").glob("sanity/ignore*"))
    assert _read("tests/config.yml")["modules"]["python_requires"] == "controller"


def test_what_is_no_part_of_the_archive() -> None:
    """A new folder at the top is in the archive if nobody thinks of it; this list makes somebody think."""
    shipped = {"changelogs", "docs", "inventories", "meta", "playbooks", "plugins", "roles", "extensions", "awx"}
    ignored = set(_read("galaxy.yml")["build_ignore"])
    folders = {path.name for path in ROOT.iterdir() if path.is_dir() and not path.name.startswith(".")}
    assert folders <= shipped | ignored
    assert not shipped & ignored
