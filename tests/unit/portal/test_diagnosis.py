# SPDX-FileCopyrightText: gbz.zorgid contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""``diagnose``: when an image is made, where it is put, what is told of it, and when it is removed. What is in it:
``tests/unit/browser/test_drawing.py``."""

from __future__ import annotations

import stat
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import pytest
from ansible_collections.gbz.zorgid.plugins.module_utils._browser.names import PageMap, Target
from ansible_collections.gbz.zorgid.plugins.module_utils._browser.page_map import read_map
from ansible_collections.gbz.zorgid.plugins.module_utils._common.errors import ZorgidError
from ansible_collections.gbz.zorgid.plugins.module_utils._portal.diagnosis import (
    KEPT,
    MOST,
    Diagnosis,
    diagnosis_of,
    folder_of,
)

PNG = b"\x89PNG an image"
EXAMPLE = Path(__file__).resolve().parents[3] / "docs" / "examples" / "page_map.yml"
SESSION = {"person": "Vera Baas", "organisation": "De Linde", "ura": "90000101"}


class Drawing:
    """A window that draws, or not."""

    def __init__(self, image: bytes | ZorgidError | None = PNG) -> None:
        self.image = image
        self.words: Sequence[str] = ()
        self.never: Sequence[Target] = ()

    def drawing(self, words: Sequence[str], never: Sequence[Target]) -> bytes | None:
        self.words, self.never = words, never
        if isinstance(self.image, ZorgidError):
            raise self.image
        return self.image


@pytest.fixture
def page_map(tmp_path: Path) -> PageMap:
    path = tmp_path / "portal.yml"
    path.write_bytes(EXAMPLE.read_bytes())
    return read_map(path)


def diagnosis(page_map: PageMap, window: Any = None) -> Diagnosis:
    made = diagnosis_of(True, page_map, window or Drawing(), SESSION)
    assert made is not None
    return made


def error_of(code: str = "page_not_as_mapped") -> ZorgidError:
    return ZorgidError(code, "There is no button", expected="one", found="none", action="correct the map.")


def images(page_map: PageMap) -> list[str]:
    folder = folder_of(page_map)
    return sorted(one.name for one in folder.iterdir()) if folder.is_dir() else []


def test_off_there_is_nothing(page_map: PageMap) -> None:
    window: Any = Drawing()
    assert diagnosis_of(False, page_map, window, SESSION) is None
    assert not folder_of(page_map).exists()


def test_the_error_stays_what_it_is_and_says_where_the_image_is(page_map: PageMap) -> None:
    made = diagnosis(page_map)
    reported = made.of(error_of())
    (name,) = images(page_map)
    path = folder_of(page_map) / name
    assert (reported.code, reported.message, reported.expected, reported.found) == (
        "page_not_as_mapped", "There is no button", "one", "none",
    )  # fmt: skip
    assert reported.action == f"correct the map; the page, without its values, is drawn in {path}"
    assert made.notes == [f"page_not_as_mapped: the page, without its values, is drawn in {path}"]
    assert path.read_bytes() == PNG
    assert (stat.S_IMODE(path.stat().st_mode), stat.S_IMODE(path.parent.stat().st_mode)) == (0o600, 0o700)
    # the same error on its way up is not drawn again
    assert made.of(reported) is reported
    assert images(page_map) == [name]


def test_no_value_of_the_session_or_the_person_is_a_word_that_may_be_read(page_map: PageMap) -> None:
    """Somebody may be called as the map calls a field."""
    window = Drawing()
    made = diagnosis(page_map, window)
    made.of(error_of(), {"last_name": "Beheerder", "first_name": "Jan"})
    assert "Gebruikers" in window.words
    assert not {"Beheerder", "Jan", "Vera Baas", "De Linde"} & set(window.words)
    login = page_map.login
    assert set(window.never) == {login.page, login.qr, *login.over}


def test_an_error_that_is_about_no_page_is_not_drawn(page_map: PageMap) -> None:
    error = error_of("browser_busy")
    assert diagnosis(page_map).of(error) is error
    assert images(page_map) == []


def test_a_session_makes_few_images_and_says_so(page_map: PageMap) -> None:
    made = diagnosis(page_map)
    for _number in range(MOST + 2):
        made.of(error_of())
    assert len(images(page_map)) == MOST
    assert made.notes[-1] == f"no image of the page was made: a session makes at most {MOST}"


@pytest.mark.parametrize(
    ("image", "why"),
    [
        (None, "it may be the page of a login, or is none of the portal's"),
        (ZorgidError("browser_lost", "The browser has ended"), "The browser has ended"),
    ],
)
def test_without_an_image_the_error_stays_and_the_reason_is_told(page_map: PageMap, image: Any, why: str) -> None:
    made = diagnosis(page_map, Drawing(image))
    reported = made.of(error_of())
    assert (reported.code, reported.message) == ("page_not_as_mapped", "There is no button")
    assert made.notes == [f"no image of the page was made: {why}"]
    assert images(page_map) == []


def test_an_image_that_cannot_be_written_hides_no_error(page_map: PageMap) -> None:
    folder_of(page_map).write_text("in the way", encoding="utf-8")
    made = diagnosis(page_map)
    reported = made.of(error_of())
    assert (reported.code, reported.message) == ("page_not_as_mapped", "There is no button")
    assert "no image of the page was made: " in str(reported)


@pytest.mark.parametrize("on", [False, True])
def test_old_images_are_removed_when_a_browser_opens_also_if_nothing_is_drawn_any_more(
    page_map: PageMap, on: bool
) -> None:
    folder, window = folder_of(page_map), Drawing()
    folder.mkdir()
    old = [f"20200101T0000{number:02d}Z-1-browser_timeout.png" for number in range(3)]
    newer = [f"29990101T0000{number:02d}Z-1-browser_timeout.png" for number in range(KEPT + 3)]
    for name in (*old, *newer, "mine.png"):
        (folder / name).write_bytes(b"")
    diagnosis_of(on, page_map, window, SESSION)  # type: ignore[arg-type]  # only what it asks of a window
    assert images(page_map) == [*newer[3:], "mine.png"]
    for name in newer[3:]:
        (folder / name).unlink()
    (folder / old[0]).write_bytes(b"")
    diagnosis_of(on, page_map, window, SESSION)  # type: ignore[arg-type]  # only what it asks of a window
    assert images(page_map) == ["mine.png"]
