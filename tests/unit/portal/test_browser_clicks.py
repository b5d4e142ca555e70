# SPDX-FileCopyrightText: gbz.zorgid contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""Which steps lead to the page of a change, from where the window stands."""

from __future__ import annotations

import dataclasses

import pytest
from ansible_collections.gbz.zorgid.plugins.module_utils._browser.names import Step, Target
from ansible_collections.gbz.zorgid.plugins.module_utils._portal.browser_changes import Planned
from ansible_collections.gbz.zorgid.plugins.module_utils._portal.browser_clicks import Clicker
from ansible_collections.gbz.zorgid.plugins.module_utils._portal.browser_login import Whose
from ansible_collections.gbz.zorgid.tests.support.model_portal import MAP, PERSON, URA, ModelPortal

WAY = MAP.changes["register"]
ROW = Step(Target("link", "Gebruiker", value="Gebruiker"), row="id")


class Standing(ModelPortal):
    """A portal whose page shows these things."""

    def __init__(self, shows):
        super().__init__()
        self.shows, self.walked = shows, []

    def shown(self, targets, *, wait=0):
        return next((place for place, one in enumerate(targets) if one.name in self.shows), None)

    def walk(self, steps, values, *, sending="nothing"):
        self.walked += [step.target.name for step in steps]


def opened(shows, way=WAY, *, lost=False, page_map=MAP):
    portal = Standing(shows)
    Clicker(portal, page_map, Whose(PERSON, URA), None, lost=lost).open(Planned("register", way, values={"id": "x"}))
    return portal.walked


LIST = ("Gebruikers", "Nieuwe gebruiker")


def test_a_list_that_is_shown_is_not_opened_again():
    assert opened(LIST) == ["Nieuwe gebruiker"]


@pytest.mark.parametrize(
    ("shows", "more"),
    [
        (("Gebruikers",), {}),
        (("Nieuwe gebruiker",), {}),
        (LIST, {"lost": True}),
        (LIST, {"page_map": dataclasses.replace(MAP, list=None)}),
        ((*LIST, "Gebruiker"), {"way": dataclasses.replace(WAY, open=(*MAP.list.open, ROW))}),
        (LIST, {"way": dataclasses.replace(WAY, open=MAP.list.open)}),
    ],
    ids=["without the next thing", "without the list", "after an error", "no list in the map", "a row", "the list"],
)
def test_from_anywhere_else_every_step_is_made(shows, more):
    way = more.get("way", WAY)
    assert opened(shows, **more) == [step.target.name for step in way.open]


def test_a_page_that_was_only_looked_at_is_not_opened_again():
    portal = Standing(())
    clicker = Clicker(portal, MAP, Whose(PERSON, URA), None)
    planned = Planned("register", WAY, values={"id": "x"})
    assert clicker.look(planned, []) == portal.outline([])
    walked = list(portal.walked)
    clicker.open(planned)
    assert (portal.walked, clicker.lost) == (walked, False)
    clicker.lost = True
    clicker.open(planned)
    assert portal.walked == walked * 2


@pytest.mark.parametrize("between", ["another way", "a row", "a reading"])
def test_else_it_is_opened_again(between):
    portal = Standing(())
    clicker = Clicker(portal, MAP, Whose(PERSON, URA), None)
    way = dataclasses.replace(WAY, open=(*MAP.list.open, ROW)) if between == "a row" else WAY
    planned = Planned("register", way, values={"id": "x"})
    clicker.look(planned, [])
    if between == "another way":
        clicker.open(Planned("update", dataclasses.replace(WAY, open=MAP.list.open), values={"id": "x"}))
        clicker.lost = True
    if between == "a reading":
        clicker.anew(lambda: None)
    portal.walked.clear()
    clicker.open(planned)
    assert portal.walked == [step.target.name for step in way.open]
