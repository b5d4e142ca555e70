# SPDX-FileCopyrightText: gbz.zorgid contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""The whole road in the portal's pages with a real browser: each kind of change; a second run sends nothing."""

from __future__ import annotations

import os
from pathlib import Path

from ansible_collections.gbz.zorgid.plugins.module_utils._browser.process import family
from ansible_collections.gbz.zorgid.plugins.module_utils._use_cases.keep_accounts import AccountsKept
from ansible_collections.gbz.zorgid.tests.support.browser import child_of
from ansible_collections.gbz.zorgid.tests.support.browser_world import World, checked, person, reported
from ansible_collections.gbz.zorgid.tests.support.watching import found_in

SAME = {"registration": "self", "first_name": "Jan"}


def nothing_is_reported(world: World, kept: AccountsKept) -> None:
    """No value of a person in results, in the dossier's file, in the browser's folder; and its sandbox is on."""
    places = {"results": repr(kept.results) + repr(kept.warnings) + repr(kept.failure)}
    places["dossier"] = (world.folder / "dossier.sqlite3").read_bytes().decode("utf-8", "replace")
    (folder,) = Path(os.environ["XDG_RUNTIME_DIR"]).glob("*/*-*")
    for path in folder.rglob("*"):
        if path.is_file() and not path.is_symlink() and "downloads" not in path.parts:
            places[path.name] = path.read_bytes().decode("utf-8", "replace")
    canaries = {name: name for name in ("Eerste", "van der Derde", "anders@linde.example", "1990-01-02", "Jansen7")}
    assert found_in(places, canaries) == []
    lines = [Path(f"/proc/{pid}/cmdline").read_bytes().split(b"\0") for pid in family(child_of(os.getpid()))]
    assert len(lines) > 3
    assert not [line for line in lines if b"--no-sandbox" in line]


def test_each_kind_of_change_is_made_once_and_stands_in_the_portals_tables(world: World) -> None:
    page_map = world.mapped("register", "update", "role", "unlink", "block", "unblock", "appoint", "revoke")
    people = [
        person("HR-101", "Eerste", uzi_number="123456789", role_code="01.015"),
        person("HR-102", "Tweede", **checked()),
        person("HR-103", "Derde", prefix="van der"),
        {**SAME, "external_id": "HR-4", "last_name": "Jansen4", "email": "anders@linde.example"},
        {**SAME, "external_id": "HR-5", "last_name": "Jansen5", "state": "blocked"},
        {**SAME, "external_id": "HR-6", "last_name": "Jansen6", "state": "revoked"},
        {**SAME, "external_id": "HR-7", "last_name": "Jansen7", "state": "absent"},
    ]
    with world.counted() as sent:
        kept = world.keep(page_map, people)
    assert reported(kept) == {
        "HR-101": "created", "HR-102": "created", "HR-103": "created", "HR-4": "updated", "HR-5": "blocked",
        "HR-6": "revoked", "HR-7": "unlinked",
    }, kept.warnings  # fmt: skip
    assert len(sent) == len(people)
    nothing_is_reported(world, kept)
    found = {one["external_id"]: world.stored(one["external_id"]) or {} for one in people}
    assert [found[f"HR-10{number}"]["identified"] for number in (1, 2, 3)] == ["self", "wid", "self"]
    assert [found[f"HR-10{number}"]["date_of_birth"] for number in (1, 2, 3)] == ["1990-01-02"] * 3
    assert found["HR-103"]["last_name"] == "van der Derde"
    assert [found[f"HR-{number}"].get("device") for number in (4, 5, 6, 7)] == ["active", "blocked", "revoked", None]

    operator = {"external_id": "HR-8", "first_name": "Jan", "last_name": "Jansen8", "registration": "self"}
    with world.counted() as sent:
        again = world.keep(page_map, people)
        made = world.keep(page_map, [{**operator, "role": "operator"}], administrators=True)
        raised = world.keep(page_map, [{**operator, "role": "administrator"}], administrators=True)
        freed = world.keep(page_map, [{**people[4], "state": "present"}], reactivate=True)
    assert set(reported(again).values()) == {"unchanged"}
    assert not again.changed
    assert [reported(kept) for kept in (made, raised, freed)] == [
        {"HR-8": "updated"}, {"HR-8": "updated"}, {"HR-5": "unblocked"},
    ], [kept.results for kept in (made, raised, freed)]  # fmt: skip
    assert len(sent) == 3
    eight, five = world.stored("HR-8"), world.stored("HR-5")
    assert eight
    assert five
    assert (eight["role"], five["device"]) == ("administrator", "active")
