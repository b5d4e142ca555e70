# SPDX-FileCopyrightText: gbz.zorgid contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""``diagnose``: an image of the page at which something went wrong, with real pages in a real browser: where it is,
that nobody's value is in it, and when there is none."""

from __future__ import annotations

import stat
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest
from ansible_collections.gbz.zorgid.plugins.module_utils._browser.drawing import words_of
from ansible_collections.gbz.zorgid.plugins.module_utils._browser.names import PageMap
from ansible_collections.gbz.zorgid.plugins.module_utils._portal.browser_login import log_out
from ansible_collections.gbz.zorgid.plugins.module_utils._portal.browser_run import Live
from ansible_collections.gbz.zorgid.plugins.module_utils._portal.diagnosis import diagnosis_of, folder_of
from ansible_collections.gbz.zorgid.plugins.module_utils._use_cases.look_at_pages import (
    LookAtPages,
    PagesLooked,
    look_at_pages,
    session_of,
)
from ansible_collections.gbz.zorgid.tests.support.browser_world import Lent, World, browser_world, person
from ansible_collections.gbz.zorgid.tests.support.portal_client import LINDE, ORGANISATIONS

pytestmark = [pytest.mark.slow, pytest.mark.browser]

SHORT, LONG = "HR-1", "HR-20000000000002"
PEOPLE = [
    {
        "first_name": "Jo",
        "last_name": "Li",
        "date_of_birth": "1960-05-06",
        "external_id": SHORT,
        "email": "j@l.nl",
    },
    {
        "first_name": "Wilhelmina-Alexandra",
        "last_name": "Oudewater-Bodegraven",
        "date_of_birth": "2001-12-31",
        "external_id": LONG,
        "email": "wilhelmina-alexandra.oudewater-bodegraven@eenheellangdomein.example",
    },
]
LABEL = "{field: Voornaam, with: first_name}"


@pytest.fixture(scope="module")
def _world(tmp_path_factory: pytest.TempPathFactory) -> Iterator[World]:
    with browser_world(tmp_path_factory.mktemp("diagnosis"), people=PEOPLE) as world:
        world.log_in(world.mapped())
        yield world


@pytest.fixture
def world(_world: World, tmp_path: Path) -> Iterator[World]:
    world = replace(_world, folder=tmp_path)
    try:
        yield world
    finally:
        world.usual()


def looked(world: World, page_map: PageMap) -> PagesLooked:
    """``portal_map`` with this map, in a session of its own; afterwards the world's person is logged in again."""
    log_out(world.window, page_map)
    access = world.access(page_map, live=None)
    try:
        return look_at_pages(
            LookAtPages(replace(access, browser=replace(access.browser, diagnose=True)), "check", ORGANISATIONS[LINDE]),
            lambda _png, text: world.phone.scan(text),
            check_mode=True,
            opener=lambda _launch: Lent(world),
            pause=0.05,
        )
    finally:
        world.log_in(page_map)


def live_of(world: World, page_map: PageMap) -> Live:
    session = session_of(world.access(page_map), ORGANISATIONS[LINDE])
    diagnosis = diagnosis_of(True, page_map, world.window, session)
    return Live(world.window, page_map, close=False, diagnosis=diagnosis)


def images(page_map: PageMap) -> list[Path]:
    folder = folder_of(page_map)
    return sorted(folder.iterdir()) if folder.exists() else []


def kinds_of(png: bytes) -> set[bytes]:
    """The kinds of the parts of a PNG file; a text would be a part of its own."""
    assert png.startswith(b"\x89PNG\r\n\x1a\n")
    kinds, at = set(), 8
    while at < len(png):
        kinds.add(png[at + 4 : at + 8])
        at += 12 + int.from_bytes(png[at : at + 4])
    return kinds


def drawn(world: World, page_map: PageMap) -> bytes | None:
    words = words_of(page_map, {}, session_of(world.access(page_map), ORGANISATIONS[LINDE]))
    return world.window.drawing(words, (page_map.login.page, page_map.login.qr, *page_map.login.over))


def test_a_name_that_is_not_there_gives_an_image_and_the_result_says_where(world: World) -> None:
    """Also in check mode, with the option as ``portal_map`` takes it."""
    page_map = world.mapped(edits={LABEL: LABEL.replace("Voornaam", "Voorletters")})
    found = looked(world, page_map)
    (wrong,) = (page for page in found.pages if page.place == "register")
    (path,) = (one for one in images(page_map) if str(one) in wrong.image)
    assert [one.name for one in wrong.found if not one.good] == ["Voorletters"]
    assert [page.image for page in found.pages if page.good] == [""] * sum(page.good for page in found.pages)
    assert f"page_map_unfit: {wrong.image}" in found.notes
    assert (stat.S_IMODE(path.stat().st_mode), stat.S_IMODE(path.parent.stat().st_mode)) == (0o600, 0o700)
    assert path.parent == Path(f"{page_map.path}.images")
    assert kinds_of(path.read_bytes()) <= {b"IHDR", b"sRGB", b"pHYs", b"IDAT", b"IEND"}


def test_the_pages_of_two_people_give_the_same_bytes(world: World) -> None:
    page_map = world.mapped()
    made = {}
    assert page_map.one
    for number in (SHORT, LONG):
        found = world.stored(number)
        assert found
        world.window.walk(page_map.one.open, {"id": found["user_name"], "external_id": number})
        made[number] = drawn(world, page_map)
    assert made[SHORT] is not None
    assert made[SHORT] == made[LONG]
    world.window.start()
    assert drawn(world, page_map) != made[SHORT]


def test_a_button_that_is_gone_when_a_change_is_made_is_drawn_and_the_account_says_where(world: World) -> None:
    page_map = world.mapped("block")
    world.order("removed_button button=Blokkeren")
    row = {"external_id": SHORT, "first_name": "Jo", "last_name": "Li", "registration": "self", "state": "blocked"}
    kept = world.keep(page_map, [row], live=live_of(world, page_map))
    (path,) = images(page_map)
    (result,) = (one for one in kept.results if one.external_id == SHORT)
    assert (result.status, result.code) == ("failed", "page_not_as_mapped")
    assert str(path) in result.message
    assert [note for note in kept.warnings if str(path) in note] == [
        f"page_not_as_mapped: the page, without its values, is drawn in {path}"
    ]
    found = world.stored(SHORT)
    assert found
    assert found["device"] == "active"


def test_a_portal_that_breaks_is_drawn_and_its_account_says_so(world: World) -> None:
    page_map = world.mapped("register")
    world.order("status code=500 path=/portal/users method=POST times=1")
    kept = world.keep(page_map, [person("HR-77", "Gestrand")], live=live_of(world, page_map))
    (path,) = images(page_map)
    assert any(str(path) in note for note in kept.warnings), kept.warnings
    assert "Gestrand" not in " ".join(kept.warnings)


def test_nothing_is_drawn_of_a_login_page(world: World) -> None:
    page_map = world.mapped()
    log_out(world.window, page_map)
    try:
        world.window.start()
        assert world.window.shown([page_map.login.page]) is not None
        assert drawn(world, page_map) is None
        diagnosis = diagnosis_of(True, page_map, world.window, session_of(world.access(page_map), ""))
        assert diagnosis is not None
        assert "no image" in diagnosis.where("browser_timeout")
        assert images(page_map) == []
    finally:
        world.log_in(page_map)
