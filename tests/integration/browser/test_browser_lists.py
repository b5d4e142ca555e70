# SPDX-FileCopyrightText: gbz.zorgid contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""Who is there: an export in another form, one of yesterday, pages of a list that lose somebody."""

from __future__ import annotations

import re

import pytest
from ansible_collections.gbz.zorgid.plugins.module_utils._common.errors import ZorgidError
from ansible_collections.gbz.zorgid.tests.support.browser_world import World, person, reported

COLUMNS = "columns: {Gebruiker: id, Personeelsnummer: external_id, Rol: role, Status: device}"


NEXT = """  next: {link: Volgende}
  total: {line: "{from}–{to} van {total}"}"""


def paged(world: World) -> dict[str, str]:
    """The list with its pages in place of the export."""
    export = re.search(r"^export:\n(?:  .*\n|    .*\n)+", world.example, re.MULTILINE)
    assert export
    return {export[0]: "", COLUMNS: f"{COLUMNS}\n{NEXT}"}


@pytest.mark.slow
def test_an_export_in_another_form_that_is_prepared_first(world: World) -> None:
    world.order("export_form dates=dd-mm-jjjj encoding=windows-1252 separator=,", "export_prepared ms=300")
    click = 'click: {link: "Lijst exporteren (CSV)"}'
    more = "\n  ready: {link: Download bestand}\n  date: dd-mm-jjjj\n  encoding: windows-1252"
    page_map = world.mapped("register", edits={click: click + more})
    wanted = [person("HR-180", "Exportée"), {**person("HR-16", "Jansen16"), "first_name": "Jan"}]
    wanted[1]["date_of_birth"], wanted[1]["email"] = "1976-05-06", "hr-16@linde.example"
    assert reported(world.keep(page_map, wanted)) == {"HR-180": "created", "HR-16": "unchanged"}
    assert reported(world.keep(page_map, wanted)) == {"HR-180": "unchanged", "HR-16": "unchanged"}


@pytest.mark.slow
def test_an_export_of_yesterday_is_not_used_if_there_is_a_list(world: World) -> None:
    """The list has no names, so nobody new is registered as long as it shows people who may be the same."""
    world.order("export_old", "list_pages size=8")  # the person is on a later page
    click = 'click: {link: "Lijst exporteren (CSV)"}'
    edits = {click: f"{click}\n  fresh: false", COLUMNS: paged(world)[COLUMNS]}
    page_map = world.mapped("block", edits=edits)
    blocked = {**person("HR-17", "Jansen17"), "first_name": "Jan", "state": "blocked"}
    with world.counted() as sent:
        # The portal's list shows no date of birth, but the person's page does.
        assert reported(world.keep(page_map, [blocked])) == {"HR-17": "failed portal_account_differs"}
        blocked["date_of_birth"] = "1977-05-06"
        kept = world.keep(page_map, [blocked])
        again = world.keep(page_map, [blocked])
    assert (reported(kept), reported(again)) == ({"HR-17": "blocked"}, {"HR-17": "unchanged"})
    assert len(sent) == 1
    found = world.stored("HR-17")
    assert found
    assert found["device"] == "blocked"


@pytest.mark.parametrize("fault", ["lost=2", pytest.param("short=2", marks=pytest.mark.slow)])
def test_a_list_whose_pages_do_not_add_up_changes_nothing(world: World, fault: str) -> None:
    page_map = world.mapped("block", edits=paged(world))
    world.order(f"list_pages size=15 {fault}")
    blocked = {**person("HR-18", "Jansen18"), "first_name": "Jan", "state": "blocked"}
    with world.counted() as sent, pytest.raises(ZorgidError) as caught:
        world.keep(page_map, [blocked])
    assert caught.value.code in ("portal_incomplete", "page_not_as_mapped", "portal_list_unreadable")
    assert sent == []


@pytest.mark.slow
def test_a_column_with_another_name_is_named(world: World) -> None:
    page_map = world.mapped("register")
    world.order("renamed what=Personeelsnummer to=Medewerkernummer where=export")
    with world.counted() as sent, pytest.raises(ZorgidError) as caught:
        world.keep(page_map, [person("HR-181", "Kolom")])
    assert "Personeelsnummer" in str(caught.value)
    assert sent == []
