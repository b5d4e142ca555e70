# SPDX-FileCopyrightText: gbz.zorgid contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""Where the dossier of a working folder is: beside it, or in it, where an older version put it."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest
from ansible.errors import AnsibleFilterError
from ansible_collections.gbz.zorgid.plugins.filter.places import FilterModule

dossier_url: Callable[..., str] = FilterModule().filters()["dossier_url"]
beside: Callable[..., str] = FilterModule().filters()["beside"]


@pytest.mark.parametrize("end", ["", "/"])
def test_a_new_one_lies_beside_the_folder_and_nothing_is_made(tmp_path: Path, end: str) -> None:
    work = f"{tmp_path}/work{end}"
    assert dossier_url(work) == f"sqlite:///{tmp_path}/work-dossier/dossier.sqlite3"
    assert beside(work, "renew") == f"{tmp_path}/work-renew"
    assert list(tmp_path.iterdir()) == []


def test_one_that_an_older_version_made_is_found(tmp_path: Path) -> None:
    old = tmp_path / "work" / "dossier.sqlite3"
    old.parent.mkdir()
    old.touch()
    (tmp_path / "work" / "renew").mkdir()
    assert dossier_url(f"{tmp_path}/work") == f"sqlite:///{old}"
    assert beside(f"{tmp_path}/work", "renew") == f"{tmp_path}/work/renew"
    # Moved out, it is found there.
    (tmp_path / "work-dossier").mkdir()
    old.rename(tmp_path / "work-dossier" / "dossier.sqlite3")
    assert dossier_url(f"{tmp_path}/work") == f"sqlite:///{tmp_path}/work-dossier/dossier.sqlite3"
    # A link from the old place is one dossier.
    old.symlink_to(tmp_path / "work-dossier" / "dossier.sqlite3")
    assert dossier_url(f"{tmp_path}/work") == f"sqlite:///{old}"


def test_of_two_none_is_chosen(tmp_path: Path) -> None:
    for folder in ("work", "work-dossier"):
        (tmp_path / folder).mkdir()
        (tmp_path / folder / "dossier.sqlite3").touch()
    with pytest.raises(AnsibleFilterError, match=r"dossier\.sqlite3 exists in two places"):
        dossier_url(f"{tmp_path}/work")


@pytest.mark.parametrize("wrong", ["", " ", None, 7])
def test_what_is_no_path_is_refused(wrong: object) -> None:
    with pytest.raises(AnsibleFilterError, match="not a path"):
        dossier_url(wrong)


def test_a_home_folder_is_the_users_own(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setenv("HOME", str(tmp_path))
    assert beside("~/work", "renew") == f"{tmp_path}/work-renew"
