# SPDX-FileCopyrightText: gbz.zorgid contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""Which click a change becomes, or why a person makes it; and what a reading has to show. One row for each decision."""

from __future__ import annotations

import dataclasses
import hashlib
from pathlib import Path

import pytest
from ansible_collections.gbz.zorgid.plugins.module_utils._browser.names import Fill
from ansible_collections.gbz.zorgid.plugins.module_utils._browser.page_map import read_map
from ansible_collections.gbz.zorgid.plugins.module_utils._portal.browser_changes import (
    ByPerson,
    Planned,
    Session,
    decide,
    kinds_of,
    part_of,
)
from ansible_collections.gbz.zorgid.plugins.module_utils._portal.browser_goals import Members, goal_of
from ansible_collections.gbz.zorgid.plugins.module_utils._portal.model import Change, clean
from ansible_collections.gbz.zorgid.tests.support.portal_plans import entry, member, planned

MAP = read_map(Path(__file__).resolve().parents[3] / "docs" / "examples" / "page_map.yml")
ALL = ("register", "update", "appoint", "role", "unlink", "block", "unblock", "revoke", "invite")
SESSION = Session("HR-900", ALL, "90000101", "De Linde", confirmed=True)
WID = {
    "document_type": "passport",
    "document_expires": "2031-05-01",
    "checked_by": "HR-900",
    "checked_at": "2026-11-20",
}


def keyed(text):
    return hashlib.sha256(text.encode()).hexdigest()


def change_of(entries, members, *, administrators=False, **rules):
    roles = ("administrator", "operator") if administrators else ("employee",)
    made = planned(entries, members, administrators, roles=roles, **rules)
    (change,) = made.changes
    return change


def new(**more):
    return change_of([entry(1, registration="self", **more)], [member(9, role="administrator")])


def checked(**more):
    return change_of([entry(1, identification={**WID, **more})], [member(9, role="administrator")])


def changed(*, role=None, state="present", reactivate=False, device="active", was="employee", **more):
    if role is None:
        return change_of([entry(1, state=state, **more)], [member(1, device=device)], reactivate=reactivate)
    people = [entry(1, role=role, **more), entry(9, role="administrator")]
    return change_of(people, [member(1, role=was), member(9, role="administrator")], administrators=True)


def without(kind=None, *, field=None, one=False):
    """The map without a kind of change, a field of its form, or the page of one person."""
    ways = dict(MAP.changes)
    if kind and field:
        items = tuple(item for item in ways[kind].items if not (isinstance(item, Fill) and item.source == field))
        ways[kind] = dataclasses.replace(ways[kind], items=items)
    elif kind:
        del ways[kind]
    return dataclasses.replace(MAP, changes=ways, one=None if one else MAP.one)


def without_wid():
    way = MAP.changes["register"]
    items = tuple(item for item in way.items if isinstance(item, Fill) and item.when == "always" and not item.choices)
    return dataclasses.replace(MAP, changes={**MAP.changes, "register": dataclasses.replace(way, items=items)})


@pytest.mark.parametrize(
    ("change", "kinds"),
    [
        (new(), ("register",)),
        (changed(state="absent"), ("unlink",)),
        (changed(state="blocked"), ("block",)),
        (changed(state="revoked"), ("revoke",)),
        (changed(state="blocked", email="new@linde.example"), ("block", "update")),
        (changed(email="new@linde.example"), ("update",)),
        (changed(role="operator"), ("appoint",)),
        (changed(role="operator", email="new@linde.example"), ("update", "appoint")),
        (changed(role="operator", was="administrator"), ("role",)),
        (changed(device="blocked", reactivate=True, email="new@linde.example"), ("update", "unblock")),
        (changed(device="revoked", reactivate=True), ("invite",)),
    ],
)
def test_the_clicks_of_a_change_in_their_order(change, kinds):
    assert kinds_of(change, MAP) == kinds


def test_without_a_page_for_appointing_the_role_is_changed_on_the_page_of_the_person():
    assert kinds_of(changed(role="operator"), without("appoint")) == ("role",)


def texts(change, page_map=MAP, session=SESSION):
    made = decide(change, page_map, session)
    assert isinstance(made, Planned), made
    fills = [item for item in made.items if isinstance(item, Fill)]
    return {fill.field.name: text for fill, text in zip(fills, made.texts, strict=True)}


def test_a_registration_after_a_check_has_the_record_in_the_portals_words():
    assert texts(checked()) == {
        "Personeelsnummer": "HR-1",
        "Voornaam": "Sanne",
        "Achternaam": "van der Berg1",
        "Geboortedatum": "1988-04-12",
        "E-mailadres": "s1@linde.example",
        "Identificatie": "WID-controle",
        "Soort document": "paspoort",
        "Geldig tot": "2031-05-01",
        "Gecontroleerd op": "2026-11-20",
        "Rol": "Medewerker",
    }


def test_a_person_who_registers_with_the_app_has_no_document():
    reported = texts(new(uzi_number="12345678"))
    assert reported["Identificatie"] == "zelfregistratie"
    assert reported["UZI-nummer"] == "12345678"
    assert not {"Soort document", "Geldig tot", "Gecontroleerd op", "AGB-code"} & reported.keys()


def test_an_update_fills_in_what_differs_and_nothing_else():
    assert texts(changed(email="new@linde.example")) == {"E-mailadres": "new@linde.example"}
    assert texts(changed(prefix="de", last_name="Wit")) == {"Achternaam": "de Wit"}


def test_an_appointment_names_the_person_as_the_portal_does():
    assert texts(changed(role="operator")) == {"Gebruiker": "id-1", "Rol": "Beheerder"}


def test_a_removal_chooses_the_maps_words():
    assert texts(changed(state="absent")) == {"Rol": "Rol verwijderen (ontkoppelen)"}


def test_the_page_of_a_person_is_recognised_by_what_the_portal_shows_now():
    made = decide(changed(email="new@linde.example"), MAP, SESSION)
    assert isinstance(made, Planned)
    assert (made.values["id"], made.values["email"], made.values["date_of_birth"]) == (
        "id-1", "s1@linde.example", "1988-04-12",
    )  # fmt: skip


def test_what_comes_after_the_first_click_is_left_for_the_next_run():
    change = changed(state="blocked", email="new@linde.example")
    made = decide(change, MAP, SESSION)
    assert isinstance(made, Planned)
    assert (made.kind, made.rest) == ("block", ("update",))
    part = part_of(change, made)
    assert (part.status, part.device, dict(part.fields)) == ("blocked", "blocked", {})
    both = changed(role="operator", email="new@linde.example")
    first = decide(both, MAP, SESSION)
    assert isinstance(first, Planned)
    assert list(part_of(both, first).fields) == ["email"]
    assert part_of(new(), decide(new(), MAP, SESSION)).status == "created"


@pytest.mark.parametrize(
    ("change", "page_map", "session", "reason"),
    [
        (changed(state="blocked"), without("block"), SESSION, "block is not in the page map"),
        (
            changed(state="blocked"), MAP, dataclasses.replace(SESSION, permitted=("register",)),
            "block is not in the permission",
        ),
        (changed(state="blocked"), without(one=True), SESSION, "the page map has no page of one person"),
        (changed(state="blocked", device="none"), MAP, SESSION, "block is only made for a phone that is active"),
        (checked(checked_by="HR-901"), MAP, SESSION, "another operator did the WID check"),
        (checked(), without_wid(), SESSION, "the form of the page map has no WID check"),
        (
            change_of([entry(1, role="operator", registration="self"), entry(9, role="administrator")],
                      [member(9, role="administrator")], administrators=True),
            without("register", field="role"), SESSION, "the form of the page map has no role",
        ),
        (
            change_of([entry(1, role="administrator"), entry(9, role="administrator")],
                      [member(9, role="administrator")], administrators=True),
            MAP, SESSION, "how an administrator identifies is not recorded",
        ),
        (new(), without("register", field="external_id"), SESSION, "the form of the page map has no external_id"),
        (changed(email="n@linde.example"), without("update", field="email"), SESSION,
         "the form of the page map has no email"),
        (
            checked(), dataclasses.replace(MAP, words={**MAP.words, "document": {"rijbewijs": "driving_licence"}}),
            SESSION, "the page map has no word for what Soort document needs",
        ),
        (
            changed(role="operator"), dataclasses.replace(MAP, words={**MAP.words, "role": {"Medewerker": "employee"}}),
            SESSION, "the page map has no word for what Rol needs",
        ),
        *(
            (one, MAP, dataclasses.replace(SESSION, confirmed=False),
             f"{kind} has to be confirmed by a person (gbz.zorgid.portal_login)")
            for kind, one in (("unlink", changed(state="absent")), ("revoke", changed(state="revoked")),
                              ("appoint", changed(role="operator")))
        ),
    ],
)  # fmt: skip
def test_why_a_person_makes_a_change(change, page_map, session, reason):
    assert decide(change, page_map, session) == ByPerson(reason)


def test_no_text_of_a_person_is_in_what_is_shown_of_a_plan():
    reported = repr(decide(checked(), MAP, SESSION))
    assert not [word for word in ("Sanne", "Berg1", "1988", "linde.example", "2031") if word in reported]


@pytest.mark.parametrize(
    ("change", "goal", "shown", "not_shown"),
    [
        (new(), "register", member(1), None),
        (new(), "register", member(1), member(1, gone=True)),
        (changed(state="absent"), "unlink", None, member(1)),
        (changed(state="absent"), "unlink", member(1, gone=True), member(1)),
        (changed(state="blocked"), "block", member(1, device="blocked"), member(1)),
        (changed(state="blocked"), "block", member(1, active=False), member(1, device="none")),
        (changed(state="revoked"), "revoke", member(1, device="revoked"), member(1, device="blocked")),
        (changed(device="blocked", reactivate=True), "unblock", member(1), member(1, device="blocked")),
        (changed(device="revoked", reactivate=True), "invite", member(1, device="invited"),
         member(1, device="revoked")),
        (changed(role="operator"), "role:operator", member(1, role="operator"), member(1)),
        (changed(email="New@linde.example"), None, member(1, email="new@linde.example"), member(1)),
        (changed(uzi_number="12345678"), None, member(1, attributes={"uziNumber": "12345678"}), member(1)),
        (changed(first_name="Ren\u00e9e"), None, member(1, first_name="Rene\u0301e"),
         member(1, first_name="Ren\u00e9e", unknown={"first_name"})),
    ],
)  # fmt: skip
def test_what_a_reading_has_to_show(change, goal, shown, not_shown):
    made = decide(change, MAP, SESSION)
    assert isinstance(made, Planned)
    reported = goal_of(change, made.kind, keyed)
    assert goal is None or reported.split()[0] == goal
    assert shows(shown, reported)
    assert not shows(not_shown, reported)
    assert not [word for word in ("linde", "12345678", "Ren", "HR-", "id-1") if word in reported]


def shows(one, reported, account="HR-1"):
    members = [member(9), *([one] if one else [])]
    return Members(members, keyed).show(keyed(account), reported)


def test_a_removal_is_not_proven_by_another_number_of_the_list_or_of_the_portal():
    change = changed(state="absent")
    reported = goal_of(change, "unlink", keyed)
    assert not shows(member(1, external_id="HR-former"), reported)  # the same id
    assert not shows(member(1, external_id=None), reported)
    assert not shows(member(1, id="another name"), reported)  # the same number
    assert shows(member(2), reported)
    odd = member(1, external_id="HR\u202e1", id="x")
    assert not shows(
        odd, goal_of(Change("unlinked", clean("HR\u202e1"), 0, None, odd), "unlink", keyed), clean("HR\u202e1")
    )


def test_a_member_whose_number_the_portal_does_not_show_is_found_by_its_id():
    change = changed(state="blocked")
    reported = goal_of(change, "block", keyed)
    assert shows(member(1, external_id=None, device="blocked"), reported)


def test_two_members_that_may_be_meant_prove_nothing():
    reported = goal_of(new(), "register", keyed)
    both = Members([member(1), member(1, id="id-b")], keyed)
    assert not both.show(keyed("HR-1"), reported)
