# SPDX-FileCopyrightText: gbz.zorgid contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""What differs on a page since a person looked at it, row by row, and what of it stops a run."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

import pytest
from ansible_collections.gbz.zorgid.plugins.module_utils._browser import fingerprint, places
from ansible_collections.gbz.zorgid.plugins.module_utils._browser import remembered as seen_pages
from ansible_collections.gbz.zorgid.plugins.module_utils._browser.fingerprint import Remembered, compare, page_of
from ansible_collections.gbz.zorgid.plugins.module_utils._browser.names import (
    Fill,
    Here,
    LoginPage,
    OnePage,
    PageMap,
    Step,
    Target,
    Way,
)
from ansible_collections.gbz.zorgid.plugins.module_utils._browser.window import Part, Versions
from ansible_collections.gbz.zorgid.plugins.module_utils._common.errors import ZorgidError

PAIR = Versions("1.65.2", "156.0")
WORDS = frozenset({"rol"})
MAPPED = frozenset({"voornaam", "rol"})
ROLE = Part("combobox", "Rol", True, ("Medewerker", "Beheerder"))
FORM = (
    Part("heading", "Nieuwe gebruiker"),
    Part("textbox", "Voornaam *", True),
    Part("textbox", "Tussenvoegsel"),
    ROLE,
    Part("button", "Opslaan"),
    Part("button", "Annuleren"),
    Part("column", "Status"),
)


def sentences(after: Sequence[Part], before: Sequence[Part] = FORM) -> list[tuple[str, bool]]:
    reported = compare(page_of([before], WORDS, {}), after, words=WORDS, mapped=MAPPED, hidden={})
    return [(one.sentence, one.stops) for one in reported]


def without(name: str) -> list[Part]:
    return [part for part in FORM if part.name != name]


def changed(part_name: str, /, **what: object) -> list[Part]:
    return [part._replace(**what) if part.name == part_name else part for part in FORM]  # type: ignore[arg-type]  # one row


@pytest.mark.parametrize(
    ("after", "reported"),
    [
        (FORM, []),
        (changed("Nieuwe gebruiker", name="Gebruiker toevoegen"), []),  # a heading may be a person's name
        (changed("Voornaam *", name="Voornaam (verplicht):"), []),
        (changed("Opslaan", name="Op\u00adslaan"), []),
        ([*FORM, Part("textbox", "Burgerservicenummer", True)], [("new field 'Burgerservicenummer'", True)]),
        ([*FORM, Part("textbox", "Opmerking")], [("new field 'Opmerking'", False)]),
        (without("Voornaam *"), [("missing field 'Voornaam *'", True)]),
        (without("Tussenvoegsel"), [("missing field 'Tussenvoegsel'", False)]),
        (changed("Voornaam *", name="Roepnaam"), [("field 'Voornaam *' is now 'Roepnaam'", True)]),
        (changed("Tussenvoegsel", name="Voorvoegsel"), [("field 'Tussenvoegsel' is now 'Voorvoegsel'", False)]),
        (changed("Tussenvoegsel", required=True), [("field 'Tussenvoegsel' is required now", True)]),
        (changed("Voornaam *", required=False), [("field 'Voornaam *' is optional now", False)]),
        (
            changed("Rol", choices=("Medewerker", "Beheerder", "Gast")),
            [("new choice 'Gast' of 'Rol'", True)],
        ),
        (changed("Rol", choices=("Medewerker",)), [("missing choice 'Beheerder' of 'Rol'", True)]),
        (
            changed("Rol", choices=("Medewerker", "Operator")),
            [("choice 'Beheerder' of 'Rol' is now 'Operator'", True)],
        ),
        ([*FORM, Part("button", "Opslaan")], [("new button 'Opslaan'", True)]),  # a second one of the same name
        (without("Annuleren"), [("missing button 'Annuleren'", True)]),
        (changed("Opslaan", name="Bewaren"), [("button 'Opslaan' is now 'Bewaren'", True)]),
        ([*FORM, Part("columnheader", "Telefoon")], [("new column 'Telefoon'", True)]),
        (without("Status"), [("missing column 'Status'", True)]),
        (changed("Status", name="Toestand"), [("column 'Status' is now 'Toestand'", True)]),
        (FORM[::-1], []),
    ],
)
def test_a_difference_is_named_and_stops_or_is_told(after: Sequence[Part], reported: list[tuple[str, bool]]) -> None:
    assert sentences(after) == reported


def test_what_stops_is_an_error_with_all_of_it_and_what_does_not_is_told() -> None:
    after = [*without("Annuleren"), Part("textbox", "BSN", True), Part("textbox", "Opmerking")]
    page = page_of([FORM], WORDS, {})
    found = compare(page, after, words=WORDS, mapped=MAPPED, hidden={})
    with pytest.raises(ZorgidError, match="missing button 'Annuleren'; new field 'BSN'") as error:
        fingerprint.demand_same(found, "register")
    assert error.value.code == "portal_pages_differ"
    reported = compare(page, [*FORM, Part("textbox", "Opmerking")], words=WORDS, mapped=MAPPED, hidden={})
    assert fingerprint.demand_same(reported, "register") == ["new field 'Opmerking'"]


def test_many_differences_are_counted() -> None:
    found = compare(
        (), [Part("button", f"Knop {chr(97 + n)}") for n in range(20)], words=WORDS, mapped=MAPPED, hidden={}
    )
    with pytest.raises(ZorgidError, match="and 12 more"):
        fingerprint.demand_same(found, "list")


def test_no_person_is_remembered() -> None:
    session = {"person": "Sanne  van der Berg", "ura": "90000101", "organisation": "De Linde"}
    hidden = fingerprint.hidden_of(session, {"id": "zp-7", "first_name": "Jan", "role": "Medewerker"})
    assert "{role}" not in hidden  # a word of the portal
    outline = [
        Part("button", "Uitloggen SANNE van der Berg"),
        Part("button", "Berichten (12)"),
        Part("textbox", "Mail aan s.berg@delinde.example"),
        Part("combobox", "Gebruiker", True, ("zp-7", "Jan Jansen")),
        Part("heading", "Jan Jansen"),
        Part("link", "Jan Jansen"),
        Part("menuitem", "Sanne van der Berg"),
        Part("button", "Verwijder 90000101 02-01-1990"),
        Part("button", "Jan verwijderen in januari"),
    ]
    page = page_of([outline], WORDS, hidden)
    assert [part.name for part in page] == [
        "Uitloggen {person}",
        "Berichten (#)",
        "Mail aan {address}",
        "Gebruiker",
        "Verwijder {ura} #-#-#",
        "{first_name} verwijderen in januari",
    ]
    assert page[3].choices == ()
    text = seen_pages.written(Remembered("d", PAIR, "2026-11-27", {"operator": {"one": page}})).decode()
    assert not [word for word in ("Jan ", "Berg", "zp-7", "@", "90000101", "1990") if word in text]
    # somebody else's session, and more messages: the same page
    other = [part._replace(name=part.name.replace("SANNE van der Berg", "Ali Demir")) for part in outline]
    other[1] = Part("button", "Berichten (3)")
    assert compare(page, other, words=WORDS, mapped=MAPPED, hidden={**hidden, "{person}": "Ali Demir"}) == []


def test_a_button_for_one_state_of_a_phone_may_be_missing_and_may_not_be_new() -> None:
    active = (Part("button", "Opslaan"), Part("button", "Blokkeren"))
    blocked = (Part("button", "Opslaan"), Part("button", "Deblokkeren"))
    page = page_of([active, blocked], WORDS, {})
    for shown in (active, blocked, active[:1]):
        assert compare(page, shown, words=WORDS, mapped=MAPPED, hidden={}) == []
    reported = compare(
        page, [*active[1:], Part("button", "Definitief verwijderen")], words=WORDS, mapped=MAPPED, hidden={}
    )
    assert {one.sentence for one in reported} == {"missing button 'Opslaan'", "new button 'Definitief verwijderen'"}


def a_map(**more: object) -> PageMap:
    one = OnePage((Step(Target("menu", "Gebruikers")),), Target("heading", "{id}"), {})
    fields = (Fill(Target("field", "Voornaam"), "first_name"), Fill(Target("field", "Rol"), "role"))
    wizard = (fields[0], Step(Target("button", "Volgende")), fields[1])
    last = Target("button", "Opslaan")
    made = PageMap(
        path="portal.yml", digest="abc", start="https://portal.example/", hosts=("portal.example",), seen="",
        seen_by="", words={}, login=LoginPage(Target("heading", "Inloggen"), Target("image", "QR"), (), ()),
        here=Here("(URA {ura})", "{id}, {role}"), list=None, export=None, one=one,
        changes={
            "register": Way((Step(Target("link", "Nieuwe gebruiker")),), wizard, last),
            "block": Way((), (), Target("button", "Blokkeren"), one=True),
            "unlink": Way((), (Fill(Target("field", "Rol"), choices={"always": "Verwijderen"}),), last, one=True),
        },
    )  # fmt: skip
    return replace(made, **more)  # type: ignore[arg-type]  # of these fields only


def test_the_pages_on_the_way() -> None:
    page_map = a_map()
    register, one = places.places(page_map)
    assert (register.name, register.of_person) == ("register", False)
    # a wizard: what stands behind "Volgende" cannot be looked at without filling in
    assert [one.target.name for one in register.expected] == ["Voornaam", "Volgende"]
    assert (one.name, one.of_person) == ("one", True)
    assert [each.target.name for each in one.expected] == ["Blokkeren", "Rol", "Opslaan"]
    assert fingerprint.worded(page_map) == {"rol"}
    assert fingerprint.filled(page_map) == {"voornaam", "rol"}


def test_a_page_is_compared_by_the_words_of_its_map() -> None:
    page_map, pages = a_map(), remembered().pages["operator"]
    assert places.demand_page(page_map, pages, "register", FORM, {}) == []
    with pytest.raises(ZorgidError, match="new choice 'Gast' of 'Rol'"):
        places.demand_page(page_map, pages, "register", changed("Rol", choices=(*ROLE.choices, "Gast")), {})
    with pytest.raises(ZorgidError, match="no page 'one'"):
        places.demand_page(page_map, pages, "one", FORM, {})


def remembered(role: str = "operator", **more: object) -> Remembered:
    made = Remembered("abc", PAIR, "2026-11-27", {role: {"register": page_of([FORM], WORDS, {})}})
    return replace(made, **more)  # type: ignore[arg-type]  # of these fields only


@pytest.mark.parametrize(
    ("seen", "role", "place", "found"),
    [
        (None, "operator", "", "no file"),
        (remembered(digest="other"), "operator", "", "another version of the map"),
        (remembered(), "administrator", "", "none of a session as administrator"),
        (remembered(), "operator", "one", "no page 'one'"),
    ],
)
def test_what_was_not_remembered(seen: Remembered | None, role: str, place: str, found: str) -> None:
    with pytest.raises(ZorgidError, match=found) as error:
        seen_pages.demand_remembered(seen, a_map(), role, place)
    assert error.value.code == "page_map_not_remembered"


def test_another_pair_of_versions_was_not_tested() -> None:
    seen_pages.demand_tested(remembered(), PAIR)
    for other in (replace(PAIR, browser="157.0"), replace(PAIR, playwright="1.66.0")):
        with pytest.raises(ZorgidError) as error:
            seen_pages.demand_tested(remembered(), other)
        assert error.value.code == "browser_pair_untested"


def test_the_file_is_stable_and_read_back(tmp_path: object) -> None:
    page_map = a_map(path=f"{tmp_path}/portal.yml")
    assert places.read_seen(page_map) is None
    assert places.write_seen(page_map, remembered())
    assert not places.write_seen(page_map, remembered())
    assert places.read_seen(page_map) == remembered()
    both = seen_pages.merged(remembered(), remembered("administrator"))
    assert sorted(both.pages) == ["administrator", "operator"]
    assert seen_pages.written(both) == seen_pages.written(seen_pages.merged(remembered("administrator"), remembered()))
    # pages of another map or another pair do not stay
    assert list(seen_pages.merged(remembered(digest="old"), remembered("administrator")).pages) == ["administrator"]


def test_a_run_compares_by_the_file_beside_the_map(tmp_path: object) -> None:
    page_map, session = a_map(path=f"{tmp_path}/portal.yml"), {"person": "Sanne van der Berg"}
    with pytest.raises(ZorgidError, match="no file with them"):
        places.comparing(page_map, PAIR, "operator", session)
    places.write_seen(page_map, remembered())
    compared = places.comparing(page_map, PAIR, "operator", session)
    assert compared("register", [*FORM, Part("textbox", "Opmerking")]) == ["new field 'Opmerking'"]
    with pytest.raises(ZorgidError, match="missing button 'Opslaan'"):
        compared("register", without("Opslaan"))
    with pytest.raises(ZorgidError) as error:
        places.comparing(page_map, replace(PAIR, browser="157.0"), "operator", session)
    assert error.value.code == "browser_pair_untested"


@pytest.mark.parametrize(
    "data",
    [b"", b"{", b"[]", b"[" * 100_000, b'{"seen": 2}', b"\xff", b'{"seen": 1, "on": "x"}',
     seen_pages.written(remembered()).replace(b'"column"', b'"link"'),
     seen_pages.written(remembered()).replace(b'"abc"', b"7")],
)  # fmt: skip
def test_a_file_of_something_else_is_none(data: bytes) -> None:
    assert seen_pages.read(data) is None
