# SPDX-FileCopyrightText: gbz.zorgid contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""Numbers that change: one person's former number, a whole list with other numbers, a number of somebody else."""

from __future__ import annotations

import pytest
from ansible_collections.gbz.zorgid.plugins.module_utils._common.errors import ZorgidError
from ansible_collections.gbz.zorgid.plugins.module_utils._portal import desired
from ansible_collections.gbz.zorgid.plugins.module_utils._portal.planner import plan
from ansible_collections.gbz.zorgid.plugins.module_utils._portal.rules import Rules
from ansible_collections.gbz.zorgid.tests.support.portal_plans import entry, member, statuses

PURGE = {"purge": True, "max_removals": "100%"}


def compared(entries, members, former=(), **rules):
    """The plan; ``former``: of the first account."""
    accounts = desired.from_list(entries)
    if former:
        accounts[0]["former_ids"] = list(former)
    return plan(accounts, members, Rules("90000101", **rules))


def test_a_member_under_a_former_number_is_renamed():
    found = compared([entry(2, last_name="Berg1")], [member(1, email="s2@linde.example")], ["HR-1"], **PURGE)
    (change,) = found.changes
    assert (change.status, change.fields) == ("updated", {"external_id": ("HR-1", "HR-2")})
    assert change.actual["id"] == "id-1"


def test_without_the_former_number_the_same_person_is_a_question():
    found = compared([entry(2, last_name="Berg1")], [member(1)], **PURGE)
    assert (found.changes, statuses(found)) == ([], {1: "account_ambiguous"})


def test_whoever_left_is_unlinked_under_the_former_number():
    found = compared([entry(2, last_name="Berg1", state="absent")], [member(1)], ["HR-1"])
    assert [(one.status, one.actual["id"]) for one in found.changes] == [("unlinked", "id-1")]


def test_a_former_number_that_is_somebody_elses_now_renames_nobody():
    found = compared([entry(2), entry(1, last_name="Vos", first_name="Bo", date_of_birth="1970-01-01")], [], ["HR-1"])
    assert statuses(found, 2) == {1: "created", 2: "created"}
    other = member(1)
    found = compared([entry(2), entry(1)], [other], ["HR-1"])
    assert statuses(found, 2) == {1: "created", 2: "unchanged"}


def test_a_former_number_of_another_person_is_not_turned_into_this_one():
    there = member(1, first_name="Bo", last_name="Vos", date_of_birth="1970-01-01")
    found = compared([entry(2)], [there], ["HR-1"], **PURGE)
    assert (found.changes, statuses(found)) == ([], {1: "account_of_another"})


@pytest.mark.parametrize("members", [[member(1), member(2)], [member(1), member(3)]])
def test_two_memberships_of_one_person_are_a_question_and_stay(members):
    found = compared([entry(2)], members, ["HR-1", "HR-3"], **PURGE)
    assert (found.changes, statuses(found)) == ([], {1: "account_ambiguous"})
    assert "several accounts in the portal" in found.settled[1].message


def renumbered(count, **more):
    return [entry(number, external_id=f"N-{number}", **more) for number in range(1, count + 1)]


@pytest.mark.parametrize(
    "more",
    [
        {},
        {"date_of_birth": None},
        {"first_name": "SANNE", "email": None},
    ],
)
def test_other_numbers_for_most_members_stop_purge(more):
    entries = renumbered(3, **more)
    members = [member(number) for number in range(1, 5)]
    with pytest.raises(ZorgidError) as caught:
        compared(entries, members, **PURGE)
    error = caught.value
    assert error.code == "accounts_renumbered"
    assert error.details == {"renumbered": 3, "members": 4}
    assert "key" in error.action
    assert "Berg" not in str(error)
    assert "HR-" not in str(error)


def test_other_numbers_of_people_with_uzi_numbers_stop_purge_and_are_renamed_without():
    entries = [entry(n, external_id=f"N-{n}", last_name="Anders", uzi_number=f"90000000{n}") for n in (1, 2)]
    members = [member(n, attributes={"uziNumber": f"90000000{n}"}, date_of_birth=None) for n in (1, 2)]
    with pytest.raises(ZorgidError) as caught:
        compared(entries, members, **PURGE)
    assert caught.value.code == "accounts_renumbered"
    assert [one.fields["external_id"] for one in compared(entries, members).changes] == [
        ("HR-1", "N-1"),
        ("HR-2", "N-2"),
    ]


def test_half_is_not_most_and_other_people_are_no_other_numbers():
    members = [member(number) for number in range(1, 5)]
    entries = [*renumbered(2), entry(3), entry(4)]
    found = compared(entries, members, **PURGE)
    assert statuses(found, 4) == {1: "account_ambiguous", 2: "account_ambiguous", 3: "unchanged", 4: "unchanged"}
    new = [entry(number, first_name="Bo", date_of_birth="1970-01-01") for number in range(11, 15)]
    assert [one.status for one in compared(new, members, **PURGE).changes].count("unlinked") == 4


def test_former_numbers_of_all_are_no_question():
    accounts = desired.from_list(renumbered(4))
    for number, account in enumerate(accounts, 1):
        account["former_ids"] = [f"HR-{number}"]
    found = plan(accounts, [member(number) for number in range(1, 5)], Rules("90000101", **PURGE))
    assert [one.fields["external_id"][1] for one in found.changes] == ["N-1", "N-2", "N-3", "N-4"]
