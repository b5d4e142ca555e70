# SPDX-FileCopyrightText: gbz.zorgid contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""A portal whose list shows no names: what it does not show is no difference, and nobody is registered twice."""

from __future__ import annotations

import contextlib

import pytest
from ansible_collections.gbz.zorgid.plugins.module_utils._common.errors import ZorgidError
from ansible_collections.gbz.zorgid.plugins.module_utils._portal import desired
from ansible_collections.gbz.zorgid.plugins.module_utils._portal.one_person import find
from ansible_collections.gbz.zorgid.plugins.module_utils._portal.worklist_page import Task, page
from ansible_collections.gbz.zorgid.tests.support.portal_plans import entry, member, planned, statuses
from hypothesis import given, settings
from hypothesis import strategies as st

NAMES = frozenset({"first_name", "last_name", "date_of_birth", "email", "uzi_number", "role_code", "agb_code"})


def unnamed(number=1, shown=(), **more):
    """A member of whom only these fields are shown, besides id, number, role and phone."""
    full = member(number, **more)
    unknown = frozenset(NAMES - set(shown))
    hidden = dict.fromkeys(unknown & full.keys())
    attributes = {kind: value for kind, value in full["attributes"].items() if "uzi_number" in shown}
    return {**full, **hidden, "attributes": attributes, "unknown": unknown}


def test_what_is_not_shown_is_no_difference():
    result = planned([entry(1, uzi_number="000000012"), entry(2, state="blocked")], [unnamed(1), unnamed(2)])
    assert statuses(result, 2) == {1: "unchanged", 2: "blocked"}
    assert result.changes[0].fields == {}


def test_another_persons_number_is_not_seen_here_but_by_what_is_shown():
    assert statuses(planned([entry(1, last_name="Vos")], [unnamed(1)])) == {1: "unchanged"}
    shown = unnamed(1, ("first_name", "last_name"), first_name="Bo", last_name="Kat")
    assert statuses(planned([entry(1, date_of_birth="1970-01-01")], [shown])) == {1: "account_of_another"}


@pytest.mark.parametrize("external_id", [None, "OLD-1"])
def test_somebody_who_may_be_there_already_is_not_registered(external_id):
    result = planned([entry(1), entry(2)], [unnamed(1, external_id=external_id), unnamed(2)])
    assert statuses(result, 2) == {1: "account_not_comparable", 2: "unchanged"}
    assert "may be one of 1 members" in result.settled[1].message


def test_nobody_is_purged_who_may_be_somebody_of_the_list():
    members = [unnamed(1, external_id="OLD-1"), unnamed(2)]
    result = planned([entry(1), entry(2)], members, purge=True, max_removals="5")
    assert result.changes == []
    # Whoever left is said to have left: then nothing is unclear any more.
    wanted = [entry(1), entry(2), entry(3, external_id="OLD-1", state="absent")]
    assert statuses(planned(wanted, members, max_removals="5"), 3) == {1: "created", 2: "unchanged", 3: "unlinked"}


@pytest.mark.parametrize("external_id", [None, "OLD-1"])
def test_the_same_name_without_a_date_of_birth_is_not_registered_again(external_id):
    there = unnamed(1, ("first_name", "last_name"), external_id=external_id)
    assert statuses(planned([entry(1)], [there])) == {1: "account_not_comparable"}
    assert statuses(planned([entry(1, first_name="Bo")], [there])) == {1: "created"}


def test_what_is_shown_tells_people_apart():
    other = unnamed(9, ("date_of_birth",), external_id=None, date_of_birth="1970-01-01")
    assert statuses(planned([entry(1)], [other])) == {1: "created"}
    other = unnamed(9, ("uzi_number",), external_id=None, attributes={"uziNumber": "000000099"})
    assert statuses(planned([entry(1, uzi_number="000000012")], [other])) == {1: "created"}
    same = unnamed(9, ("uzi_number",), external_id=None, attributes={"uziNumber": "000000012"})
    assert statuses(planned([entry(1, uzi_number="000000012")], [same])) == {1: "updated"}


def test_an_administrator_of_the_other_list_is_no_candidate_unless_the_mail_address_is_the_same():
    other = unnamed(9, ("email",), role="administrator")
    assert statuses(planned([entry(1)], [other])) == {1: "created"}
    same = unnamed(9, ("email",), role="administrator", email="s1@linde.example")
    assert statuses(planned([entry(1)], [same])) == {1: "account_near_match"}
    assert statuses(planned([entry(1)], [unnamed(9, role="administrator", external_id=None)])) == {
        1: "account_not_comparable"
    }


def test_a_person_is_found_by_number_only():
    listed = desired.from_list([entry(1), entry(2)])
    members = [unnamed(1), unnamed(2, external_id=None)]
    assert find("HR-1", members, listed).member["id"] == "id-1"
    assert find("HR-2", members, listed).member is None


def test_a_worklist_names_the_person_of_the_list_or_the_portals_name():
    result = planned([entry(1, state="absent")], [unnamed(1), unnamed(2)], purge=False, max_removals="5")
    (change,) = result.changes
    assert "Sanne van der Berg1 (HR-1)" in page("90000101", "employees", "", [Task(change, [])]).decode()
    change.desired = None
    assert "id-1 (HR-1)" in page("90000101", "employees", "", [Task(change, [])]).decode()


PEOPLE = range(1, 5)


@pytest.mark.heavy
@settings(max_examples=150, deadline=None)
@given(
    there=st.dictionaries(st.sampled_from(PEOPLE), st.sampled_from(["number", "none", "other"])),
    wanted=st.sets(st.sampled_from(PEOPLE), min_size=1),
    shown=st.sets(st.sampled_from(sorted(NAMES))),
    purge=st.booleans(),
)
def test_nobody_who_is_there_is_registered_again_or_taken_for_another(there, wanted, shown, purge):
    """People 1 to 4 are different people; the portal has some of them with their number, without one, or with an old
    one. Whatever the list page shows, nobody who is a member gets a second account, and no identity changes its person.
    """
    numbers = {"none": None, "other": "OLD-{}"}
    members = [
        unnamed(
            one,
            shown,
            external_id=f"HR-{one}" if how == "number" else numbers[how] and numbers[how].format(one),
            attributes={"uziNumber": f"00000000{one}"},
            date_of_birth=f"1988-04-{10 + one}",
        )
        for one, how in there.items()
    ]
    entries = [entry(one, uzi_number=f"00000000{one}", date_of_birth=f"1988-04-{10 + one}") for one in sorted(wanted)]
    changes = []
    with contextlib.suppress(ZorgidError):  # accounts_renumbered: nothing is changed
        changes = planned(entries, members, purge=purge, max_removals="100%").changes
    for change in changes:
        who = int(change.external_id.rpartition("-")[2])
        if change.status == "created":
            assert who not in there
        elif change.desired is not None:
            assert change.actual["id"] == f"id-{who}"
            assert not change.fields.keys() & change.actual["unknown"]
        else:
            assert int(change.actual["id"][3:]) not in wanted
