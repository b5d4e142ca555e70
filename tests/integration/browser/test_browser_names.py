# SPDX-FileCopyrightText: gbz.zorgid contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""Names that are part of other names, labels that stand elsewhere, dates that are asked for otherwise: the right thing
is in the portal's tables, or nothing was sent."""

from __future__ import annotations

import pytest
from ansible_collections.gbz.zorgid.tests.support.browser_world import World, checked, person, reported

SLOW = pytest.mark.slow
DATES = ("date_of_birth", "document_expires", "checked_at")
WRITTEN = {
    "as": "as: [Dag, Maand, Jaar]",
    "keys": "keys: dd-mm-jjjj",
}


def dates(how: str) -> dict[str, str]:
    """Edits of a map: how the dates of the form of a new user are filled in."""
    return {f"with: {name}": f"with: {name}, {WRITTEN[how]}" for name in DATES}


@pytest.mark.slow
def test_a_name_that_is_part_of_another_is_never_taken_for_it(world: World) -> None:
    world.order("both_buttons wrong=enabled", "similar_names")
    page_map = world.mapped("register", "block", "unblock")
    namesake = {"first_name": "Jan", "last_name": "Jansen", "registration": "self"}
    wanted = [
        {**namesake, "external_id": "HR-1", "date_of_birth": "1961-05-06", "state": "blocked"},
        {**namesake, "external_id": "HR-2", "date_of_birth": "1962-05-06"},
        person("HR-120", "Rolman", role_code="01.015"),
    ]
    assert reported(world.keep(page_map, wanted)) == {"HR-1": "blocked", "HR-2": "unchanged", "HR-120": "created"}
    one, two, three = (world.stored(number) for number in ("HR-1", "HR-2", "HR-120"))
    assert one
    assert two
    assert three
    assert (one["user_name"], one["device"]) == ("Jan Jansen", "blocked")
    assert (two["user_name"], two["device"]) == ("Jan Jansen 2", "active")
    assert (three["last_name"], three["domain"], three["role"]) == ("Rolman", "linde.example", "employee")
    # The other way round: the one whose name contains the other's.
    wanted = [{**wanted[1], "state": "blocked"}, {**wanted[0], "state": "present"}]
    kept = world.keep(page_map, wanted, reactivate=True)
    assert reported(kept) == {"HR-2": "blocked", "HR-1": "unblocked"}
    one, two = world.stored("HR-1"), world.stored("HR-2")
    assert one
    assert two
    assert (one["device"], two["device"]) == ("active", "blocked")


@pytest.mark.parametrize(
    ("number", "orders"),
    [
        ("HR-130", ("labels form=cell", "labels form=star")),
        pytest.param("HR-131", ("labels form=soft", "labels form=nbsp", "labels form=required"), marks=SLOW),
        pytest.param("HR-132", ("labels form=hyphen", "labels form=for"), marks=SLOW),
        pytest.param("HR-133", ("labels form=placeholder",), marks=SLOW),
    ],
)
def test_labels(world: World, number: str, orders: tuple[str, ...]) -> None:
    world.order(*orders)
    page_map = world.mapped("register")
    wanted = person(number, f"Label {number[3:]}", uzi_number=f"9000{number[3:]}0", **checked())
    assert reported(world.keep(page_map, [wanted])) == {number: "created"}
    found = world.stored(number)
    assert found
    assert (found["last_name"], found["identified"]) == (wanted["last_name"], "wid")
    assert found["date_of_birth"] == "1990-01-02"


@pytest.mark.parametrize(
    ("number", "order", "how", "status"),
    [
        pytest.param("HR-140", "text", "keys", "created", marks=SLOW),
        ("HR-141", "mask", "keys", "created"),
        pytest.param("HR-142", "boxes", "as", "created", marks=SLOW),
        pytest.param("HR-143", "cut", "keys", "failed page_field_differs", marks=SLOW),
    ],
)
def test_dates(world: World, number: str, order: str, how: str, status: str) -> None:
    world.order(f"dates form={order}")
    page_map = world.mapped("register", edits=dates(how))
    with world.counted() as sent:
        kept = world.keep(page_map, [person(number, f"Datum {number[3:]}", **checked())])
    assert reported(kept) == {number: status}
    found = world.stored(number)
    if status == "created":
        assert found
        assert (found["date_of_birth"], found["identified"]) == ("1990-01-02", "wid")
    else:
        assert (found, sent) == (None, [])


@pytest.mark.slow
def test_a_portal_that_reads_a_date_in_another_order_is_found_by_the_reading(world: World) -> None:
    """Nothing on the page says that the month comes first, so the export shows another day: it is not taken as done."""
    world.order("dates form=swapped")
    page_map = world.mapped("register", edits=dates("keys"))
    two = [person("HR-144", "Omgekeerd"), person("HR-145", "Omgekeerd twee", date_of_birth="1991-03-04")]
    with world.counted() as sent:
        kept = world.keep(page_map, two)
    assert reported(kept) == {"HR-144": "failed portal_shows_otherwise", "HR-145": "failed portal_first_not_proven"}
    assert sent == ["/portal/users"]
    found = world.stored("HR-144")
    assert found
    assert found["date_of_birth"] == "1990-02-01"
