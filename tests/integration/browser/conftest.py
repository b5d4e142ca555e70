# SPDX-FileCopyrightText: gbz.zorgid contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""One portal and one session for all tests of this room; each test has a dossier of its own and leaves no orders."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest
from ansible_collections.gbz.zorgid.plugins.module_utils._portal.browser_login import log_out
from ansible_collections.gbz.zorgid.tests.support.browser_world import World, browser_world

PEOPLE = [
    {
        "first_name": "Jan",
        "last_name": f"Jansen{'' if number < 3 else number}",
        "date_of_birth": f"19{60 + number}-05-06",
        "external_id": f"HR-{number}",
        "email": f"hr-{number}@linde.example",
    }
    for number in range(1, 30)
]


@pytest.fixture(scope="session")
def _world(tmp_path_factory: pytest.TempPathFactory) -> Iterator[World]:
    with browser_world(tmp_path_factory.mktemp("browser"), people=PEOPLE) as world:
        world.log_in(world.mapped())
        yield world


@pytest.fixture
def world(_world: World, tmp_path: Path) -> Iterator[World]:
    """Somebody is logged in."""
    world = replace(_world, folder=tmp_path)
    try:
        yield world
    finally:
        world.usual()


@pytest.fixture
def logged_out(world: World) -> Iterator[World]:
    """Nobody is logged in, and at the end the person is again."""
    page_map = world.mapped()
    log_out(world.window, page_map)
    try:
        yield world
    finally:
        world.usual()
        world.window.start()
        if world.window.shown([page_map.login.page]) is None:
            log_out(world.window, page_map)
        world.log_in(page_map)
