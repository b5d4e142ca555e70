# SPDX-FileCopyrightText: gbz.zorgid contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""What happens after the last click: questions, messages that go away, frames, other tabs, refusals, lost answers. One
request for each account, and what is told is what the portal's tables say."""

from __future__ import annotations

from typing import Any

import pytest
import requests
from ansible_collections.gbz.zorgid.tests.support.browser_world import World, person, reported
from ansible_collections.gbz.zorgid.tests.support.portal_client import APOTHEEK, EXTENSION, ORGANISATIONS
from ansible_collections.gbz.zorgid.tests.support.portal_pages import activated

BLOCK = "block: {one: true, only_when: [active], last: {button: Blokkeren}"
CONFIRMED = {
    "native": BLOCK + ', confirm: {native: "Blokkeren: dit geldt voor alle organisaties."}',
    "dialog": BLOCK + ", confirm: {button: Ja, in: 'Weet u het zeker?'}",
    "page": BLOCK.replace("last: {button: Blokkeren}", "fill: [{press: Blokkeren}], last: {button: Ja}"),
    "page_posted": BLOCK.replace(
        "last: {button: Blokkeren}", "fill: [{press: Blokkeren, sends: true}], last: {button: Ja}"
    ),
}


_OPEN = "unproven account_unproven"
_OTHERS = (("dialog", 11), ("page", 12), ("page_posted", 13))


def add_elsewhere(world: World, extension: dict[str, Any]) -> None:
    """A person of another organisation."""
    added = {"name": {"givenName": "Sanne", "familyName": "Elders"}, EXTENSION: extension}
    head = {"Authorization": f"Bearer {world.portal.tokens[APOTHEEK]}"}
    answer = requests.post(
        f"{world.portal.url}/Users", json=added, headers=head, verify=world.portal.ca_path, timeout=20
    )
    assert answer.status_code == 201


def blocked(number: int) -> dict[str, str]:
    return {
        "external_id": f"HR-{number}",
        "first_name": "Jan",
        "last_name": f"Jansen{number}",
        "registration": "self",
        "state": "blocked",
    }


@pytest.mark.parametrize(
    ("way", "number"),
    [
        ("native", 10),
        *(pytest.param(way, number, marks=pytest.mark.slow) for way, number in _OTHERS),
    ],
)
def test_the_portals_question_after_the_click(world: World, way: str, number: int) -> None:
    world.order(f"confirm way={way}")
    page_map = world.mapped("block", edits={BLOCK: CONFIRMED[way]})
    with world.counted() as sent:
        kept = world.keep(page_map, [blocked(number)])
    assert reported(kept) == {f"HR-{number}": "blocked"}
    assert len(sent) == (2 if way == "page_posted" else 1)
    found = world.stored(f"HR-{number}")
    assert found
    assert found["device"] == "blocked"


@pytest.mark.slow
def test_another_native_question_is_answered_with_no(world: World) -> None:
    world.order("confirm way=native")
    page_map = world.mapped("block")
    with world.counted() as sent:
        kept = world.keep(page_map, [blocked(14)])
    assert (reported(kept), sent) == ({"HR-14": "failed page_not_as_mapped"}, [])
    found = world.stored("HR-14")
    assert found
    assert found["device"] == "active"


@pytest.mark.slow
def test_messages_that_go_away_and_refusals(world: World) -> None:
    """A refusal has no page of its own then: it is only an alert for a moment on the form."""
    uzi = {"type": "uziNumber", "value": "900015000"}
    add_elsewhere(world, {"dateOfBirth": "1970-01-01", "attributes": [uzi]})
    form = "done: [{line: De gegevens zijn opgeslagen.}], refused: [{heading: Niet gelukt}"
    page_map = world.mapped("register", "update", edits={form: form + ', {alert: "*"}'})
    refused = {**blocked(15), "state": "present", "uzi_number": "900015000"}
    world.order("message_vanishes ms=300")
    with world.counted() as sent:
        vanished = world.keep(page_map, [person("HR-150", "Vluchtig"), refused])
        world.usual()
        usual = world.keep(page_map, [refused])
    assert reported(vanished) == {"HR-150": "created", "HR-15": "failed portal_refused"}
    assert reported(usual) == {"HR-15": "failed portal_refused"}
    assert len(sent) == 3  # certainly not made, so it may be tried again
    assert world.stored("HR-150")


@pytest.mark.slow
@pytest.mark.parametrize(
    ("number", "order", "edits"),
    [
        ("HR-151", "frame", {}),
        ("HR-152", "new_tab", {"{link: Nieuwe gebruiker}": "{link: Nieuwe gebruiker, tab: new}"}),
    ],
)
def test_a_form_elsewhere(world: World, number: str, order: str, edits: dict[str, str]) -> None:
    world.order(order)
    page_map = world.mapped("register", edits=edits)
    two = [person(number, f"Elders {order}"), person(f"{number}b", f"Elders {order} twee")]
    with world.counted() as sent:
        kept = world.keep(page_map, two)
    assert (reported(kept), len(sent)) == ({number: "created", f"{number}b": "created"}, 2)
    assert world.stored(number)
    assert world.stored(f"{number}b")


def test_a_person_who_is_known_is_a_question_for_a_person(world: World) -> None:
    known = {"first_name": "Sanne", "last_name": "Bekend", "date_of_birth": "1990-01-02", "email": "s@linde.example"}
    activated(world.portal, APOTHEEK, known, ORGANISATIONS[APOTHEEK])
    world.order("ask_same_person")
    done = "done: [{line: De gebruiker is geregistreerd.}]"
    page_map = world.mapped("register", edits={done: f"{done}\n    person: [{{heading: Bestaat al}}]"})
    with world.counted() as sent:
        kept = world.keep(page_map, [person("HR-153", "Bekend")])
        again = world.keep(page_map, [person("HR-154", "Onbekend")])
    assert reported(kept) == {"HR-153": "todo"}
    assert any("question that only a person answers" in note for note in kept.warnings), kept.warnings
    assert (world.stored("HR-153"), len(sent)) == (None, 2)
    assert reported(again) == {"HR-154": "created"}


def test_a_required_field_that_was_added_overnight_is_named_and_nothing_is_changed(world: World) -> None:
    page_map = world.mapped("register")
    world.order("new_field label=Kostenplaats")
    with world.counted() as sent:
        kept = world.keep(page_map, [person("HR-155", "Nieuwveld")])
    assert (reported(kept), sent) == ({"HR-155": "failed portal_pages_differ"}, [])
    assert "Kostenplaats" in kept.results[0].message
    assert world.stored("HR-155") is None


@pytest.mark.parametrize(
    ("number", "order", "first", "then"),
    [
        pytest.param(
            "HR-160",
            "status code=500",
            "unproven account_unproven",
            "unproven account_unproven",
            marks=pytest.mark.slow,
        ),
        pytest.param("HR-161", "status code=500 processed=1", "created", "unchanged", marks=pytest.mark.slow),
        ("HR-162", "lost_answer", "created", "unchanged"),
        pytest.param("HR-163", "slow_answer ms=1500", "created", "unchanged", marks=pytest.mark.slow),
        pytest.param("HR-164", "reset", _OPEN, _OPEN, marks=pytest.mark.slow),
    ],
)
def test_an_answer_that_tells_nothing(world: World, number: str, order: str, first: str, then: str) -> None:
    """One request, whatever happens to its answer; a reading decides, in this run or in the next one."""
    page_map = world.mapped("register")
    world.order(f"{order} path=/portal/users method=POST times=1")
    with world.counted() as sent:
        kept = world.keep(page_map, [person(number, f"Antwoord {number[3:]}")])
        again = world.keep(page_map, [person(number, f"Antwoord {number[3:]}")])
    assert (reported(kept)[number], reported(again)[number]) == (first, then), (kept.results, again.results)
    assert len(sent) == 1 if order != "reset" else sent in ([], ["/portal/users"])
    assert (world.stored(number) is not None) == (first == "created")


@pytest.mark.slow
def test_a_lost_answer_that_no_reading_shows_is_settled_by_a_later_run(world: World) -> None:
    page_map = world.mapped("register")
    wanted = [person("HR-165", "Verbroken")]
    # What the export shows is of before.
    world.order("export_old", "lost_answer path=/portal/users method=POST times=1")
    with world.counted() as sent:
        kept = world.keep(page_map, wanted)
        still = world.keep(page_map, wanted)
        world.usual()
        settled = world.keep(page_map, wanted)
    assert [reported(one)["HR-165"] for one in (kept, still, settled)] == [
        _OPEN, _OPEN, "unchanged",
    ]  # fmt: skip
    assert sent == ["/portal/users"]
