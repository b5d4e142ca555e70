# SPDX-FileCopyrightText: gbz.zorgid contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""Other portals, whose makers never saw the driver: a map of their own is all that they need."""

from __future__ import annotations

from pathlib import Path

import pytest
import requests
from ansible_collections.gbz.zorgid.tests.support.browser_world import (
    World,
    browser_world,
    checked,
    map_of,
    person,
    reported,
)

MAPS = Path(__file__).resolve().parents[2] / "support" / "page_maps"
THERE = [{**person(f"HR-{number}", f"Jansen{number}"), "date_of_birth": f"197{number}-05-06"} for number in (1, 2, 3)]


def number(world: World) -> None:
    """Everybody gets a number: in a list that shows no names, somebody without one may be anybody."""
    head = {"Authorization": f"Bearer {world.portal.tokens[world.ura]}"}
    for at, one in enumerate(one for one in world.members() if not one["external_id"]):
        change = {"Operations": [{"op": "replace", "path": "externalId", "value": f"HR-900{at}"}]}
        path = f"{world.portal.url}/Users/{one['id']}"
        answer = requests.patch(path, json=change, headers=head, verify=world.portal.ca_path, timeout=20)
        assert answer.ok, answer.text


@pytest.mark.slow
@pytest.mark.parametrize("look", ["wizard", "spa"])
def test_a_new_map_alone_suffices(tmp_path: Path, look: str) -> None:
    with browser_world(tmp_path, people=THERE, look=look) as world:
        number(world)
        world.example = map_of(world.portal.page, MAPS / f"{look}.yml")
        world.log_in(world.mapped())
        page_map = world.mapped("register", "block", "unlink")
        wanted = [
            person("HR-11", "Eerste", uzi_number="123456789"),
            person("HR-12", "Tweede", date_of_birth="1991-03-04", **checked()),
            {**THERE[0], "state": "blocked"},
            {**THERE[1], "state": "absent"},
            THERE[2],
        ]
        kept = world.keep(page_map, wanted)
        assert reported(kept) == {
            "HR-11": "created", "HR-12": "created", "HR-1": "blocked", "HR-2": "unlinked", "HR-3": "unchanged",
        }, (kept.results, kept.warnings)  # fmt: skip
        sent = len(world.posts())
        again = world.keep(page_map, wanted)
        assert set(reported(again).values()) == {"unchanged"}, again.results
        assert len(world.posts()) == sent
        found = {one["external_id"]: one for one in world.members()}
        assert found.keys() == {"HR-11", "HR-12", "HR-1", "HR-3", "HR-9000", "HR-9001"}
        assert [found[number]["identified"] for number in ("HR-11", "HR-12")] == ["self", "wid"]
        assert [found[number]["date_of_birth"] for number in ("HR-11", "HR-12")] == ["1990-01-02", "1991-03-04"]
        assert found["HR-1"]["device"] == "blocked"
