# SPDX-FileCopyrightText: gbz.zorgid contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""The browser's private folder where another user was first."""

from __future__ import annotations

import os
from pathlib import Path

import pytest
from ansible_collections.gbz.zorgid.plugins.module_utils._browser import folder
from ansible_collections.gbz.zorgid.plugins.module_utils._common.errors import ZorgidError


@pytest.fixture
def bases(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> tuple[Path, Path]:
    """The two places; the real ones have to have a short path."""
    first, second = tmp_path / "first", tmp_path / "second"
    monkeypatch.setattr(folder, "_places", lambda _uid: iter((first, second)))
    return first, second


def test_the_next_place_is_used_where_the_first_is_somebody_elses(bases: tuple[Path, Path]) -> None:
    first, second = bases
    first.mkdir()
    first.chmod(0o777)
    mine = folder.Folder(os.geteuid())
    assert mine.path.parent == second
    assert list(first.iterdir()) == []
    mine.close()


def test_an_error_names_each_place_and_whose_it_is(bases: tuple[Path, Path]) -> None:
    first, second = bases
    first.mkdir()
    first.chmod(0o755)
    second.write_text("")
    with pytest.raises(ZorgidError) as caught:
        folder.Folder(os.geteuid())
    assert caught.value.code == "file_inaccessible"
    assert f"{first} belongs to user " in str(caught.value)
    assert "(mode 0755)" in str(caught.value)
    assert f"{second}: " in str(caught.value)


def test_an_error_names_a_lock_that_cannot_be_opened(bases: tuple[Path, Path]) -> None:
    first, _second = bases
    (first / "lock").mkdir(parents=True)
    first.chmod(0o700)
    with pytest.raises(ZorgidError) as caught:
        folder.Folder(os.geteuid())
    assert f"{first} cannot be used" in str(caught.value)
    assert f"{first / 'lock'} belongs to user " in str(caught.value)
    assert "remove that folder" in str(caught.value)


@pytest.mark.skipif(os.geteuid() != 0, reason="only root gives a file to another user")
def test_a_run_as_root_leaves_the_lock_to_the_browsers_user(bases: tuple[Path, Path]) -> None:
    folder.Folder(65534).close()
    assert (bases[0] / "lock").stat().st_uid == 65534
