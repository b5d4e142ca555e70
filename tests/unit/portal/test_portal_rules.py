# SPDX-FileCopyrightText: gbz.zorgid contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""What is never done to people in the portal, whatever a list says; for a portal that answers and for worklists."""

from __future__ import annotations

import pytest
from ansible_collections.gbz.zorgid.plugins.module_utils._common.errors import ZorgidError
from ansible_collections.gbz.zorgid.plugins.module_utils._portal import desired, execution, reconciler
from ansible_collections.gbz.zorgid.plugins.module_utils._portal.driver import Executed, Outcome, Reading
from ansible_collections.gbz.zorgid.plugins.module_utils._portal.resource import EXTENSION, to_actual
from ansible_collections.gbz.zorgid.plugins.module_utils._portal.rules import Rules
from ansible_collections.gbz.zorgid.tests.support.by_hand import kept_by_hand
from ansible_collections.gbz.zorgid.tests.support.portal_exports import ROWS, export
from ansible_collections.gbz.zorgid.tests.support.portal_plans import entry, member, planned, statuses

URA = "90000101"
ROLES = ("administrator", "operator")


def fields(result):
    return [(change.external_id, change.status, sorted(change.fields)) for change in result.changes]


# An identity is never turned into another person ----------------------------------------------------------------------


@pytest.mark.parametrize(
    ("account", "there", "code"),
    [
        # HR uses the number again
        ({"first_name": "Bram", "last_name": "Vos", "prefix": None, "date_of_birth": "1999-01-02"}, {},
         "account_of_another"),
        ({"last_name": "Vos", "date_of_birth": "1999-01-02"}, {}, "account_of_another"),
        ({"first_name": "Bram", "date_of_birth": "1999-01-02"}, {}, "account_of_another"),
        ({"last_name": "Vos", "date_of_birth": "1999-01-02", "state": "blocked"}, {}, "account_of_another"),
        # the dates of birth cannot be compared, and nothing of the name is the same
        ({"first_name": "Bram", "last_name": "Vos", "date_of_birth": None}, {}, "account_of_another"),
        ({"first_name": "Bram", "last_name": "Vos"}, {"date_of_birth": None}, "account_of_another"),
        # one at a time is a marriage, a name as it is called, or a mistake that somebody found
        ({"last_name": "Vos"}, {}, "updated"),
        ({"first_name": "Bram", "last_name": "Vos"}, {}, "updated"),
        ({"date_of_birth": "1988-04-13"}, {}, "updated"),
        ({"last_name": "Vos", "date_of_birth": None}, {}, "updated"),
        # what is only filled in changes nobody
        ({}, {"first_name": None, "last_name": None, "date_of_birth": None}, "updated"),
        # writing a name otherwise is no other name
        ({"first_name": "sanne"}, {"date_of_birth": None}, "updated"),
        # whoever has to go, goes
        ({"first_name": "Bram", "last_name": "Vos", "date_of_birth": "1999-01-02", "state": "absent"}, {}, "unlinked"),
    ],
)  # fmt: skip
def test_name_and_date_of_birth_never_change_together(account, there, code):
    result = planned([entry(1, **account)], [member(1, **there)])
    assert statuses(result) == {1: code}
    if code == "account_of_another":
        assert not result.changes
        assert result.settled[1].message.startswith("Account 1 ")
        assert not any(word in result.settled[1].message for word in ("Bram", "Vos", "Sanne", "19"))


def test_a_uzi_number_makes_no_other_person_either():
    reused = entry(7, first_name="Bram", last_name="Vos", date_of_birth="1999-01-02", uzi_number="900012345")
    assert statuses(planned([reused], [member(1, attributes={"uziNumber": "900012345"})])) == {1: "account_of_another"}


def test_purge_leaves_the_former_person_to_whoever_decides():
    reused = entry(1, first_name="Bram", last_name="Vos", date_of_birth="1999-01-02")
    assert not planned([reused, entry(2)], [member(1), member(2)], purge=True, max_removals="5").changes


def test_a_click_list_never_asks_for_another_person(tmp_path):
    path = export(tmp_path / "export.csv", ROWS)
    reused = {"external_id": "HR-1", "first_name": "Bram", "last_name": "Vos", "date_of_birth": "1999-01-02"}
    found = kept_by_hand(path, tmp_path / "out", desired.from_list([reused]), Rules(URA))
    assert [item["error_code"] for item in found["results"]] == ["account_of_another"]
    assert found["worklists"] == []
    assert found["summary"] == {"failed": 1}


# An identity of two organisations -------------------------------------------------------------------------------------


def shared(*uras):
    extension = {"memberships": [{"ura": ura, "role": "employee"} for ura in uras], "dateOfBirth": "1988-04-12"}
    name = {"givenName": "Sanne", "familyName": "van der Berg1"}
    user = {"id": "id-1", "externalId": "HR-1", "name": name, EXTENSION: extension}
    return to_actual(user, 0, URA, False)


def test_what_another_organisation_has_too_keeps_name_birth_and_mail():
    wanted = [entry(1, last_name="Vos", role_code="01.015")]
    (change,) = planned(wanted, [shared(URA, "90000202")]).changes
    assert sorted(change.fields) == ["role_code"]
    only = planned([entry(1, last_name="Vos")], [shared(URA, "90000202")])
    assert not only.changes
    assert only.settled[1].status == "unchanged"
    assert "belongs to another organisation" in only.settled[1].message
    assert sorted(planned(wanted, [shared(URA)]).changes[0].fields) == ["email", "last_name", "role_code"]


# Administrators -------------------------------------------------------------------------------------------------------


def chief(number, device="active", **more):
    return member(number, role="administrator", device=device, **more)


def of_administrators(entries, members, **rules):
    return planned(entries, members, True, roles=ROLES, max_removals="9", **rules)


def test_an_administrator_stays_until_another_ones_phone_is_active():
    """The new one has no phone yet: unlinked now, nobody could log in any more."""
    new = entry(2, role="administrator")
    result = of_administrators([new], [chief(1)], purge=True)
    assert fields(result) == [("HR-2", "created", [])]
    assert [(one.external_id, one.status) for one in result.staying] == [("HR-1", "unchanged")]
    waits = of_administrators([new], [chief(1), chief(2, "invited")], purge=True)
    assert not waits.changes
    assert "until the phone of another administrator is active" in waits.staying[0].message
    blocked = of_administrators([new], [chief(1), chief(2, active=False)], purge=True)
    assert not blocked.changes
    assert fields(of_administrators([new], [chief(1), chief(2)], purge=True)) == [("HR-1", "unlinked", [])]


@pytest.mark.parametrize("gone", [{"state": "absent", "role": "administrator"}, {"role": "operator"}])
def test_the_same_for_one_whom_the_list_takes_away(gone):
    entries = [entry(1, **gone), entry(2, role="administrator")]
    result = of_administrators(entries, [chief(1), chief(2, "invited")])
    assert not result.changes
    assert result.settled[1].status == "unchanged"
    assert len(of_administrators(entries, [chief(1), chief(2)]).changes) == 1
    # both at once leave nobody
    third = [*entries, entry(3, role="operator"), entry(4, role="administrator")]
    assert not of_administrators(third, [chief(1), chief(2, "none"), chief(3), chief(4, "none")]).changes


def test_nobody_is_removed_by_their_own_token():
    listed = [entry(2, role="administrator")]
    result = of_administrators(listed, [chief(1), chief(2)], purge=True, owner="id-1")
    assert not result.changes
    assert [one.code for one in result.staying] == ["account_of_the_token"]
    demoted = of_administrators([*listed, entry(1, role="operator")], [chief(1), chief(2)], owner="id-1")
    assert statuses(demoted, 2) == {1: "unchanged", 2: "account_of_the_token"}
    operator = of_administrators(listed, [chief(2), member(3, role="operator")], purge=True, owner="id-3")
    assert [one.code for one in operator.staying] == ["account_of_the_token"]


class Portal:
    """Members that change as they are told to; ``late``: answers before it shows."""

    by_hand = False
    once = False

    def __init__(self, *members, late=0, refuses=()):
        self.members, self.late, self.refuses = [dict(one) for one in members], late, refuses
        self.sent, self.hidden = [], []

    def read(self, _ura, *, since=False):
        if self.hidden and self.late:
            self.late -= 1
        elif self.hidden:
            for apply in self.hidden:
                apply()
            self.hidden = []
        return Reading([dict(item) for item in self.members])

    def execute(self, changes, _ura, _tell=None):
        outcomes = []
        for change in sorted(changes, key=lambda one: one.removes):
            self.sent.append((change.external_id, change.status))
            if change.external_id in self.refuses:
                outcomes.append((change, Outcome("refused", "no", "portal_status_400")))
                continue
            self.hidden.append(lambda change=change: self._apply(change))
            outcomes.append((change, Outcome("done")))
        return Executed([next(reported for one, reported in outcomes if one is change) for change in changes])

    def _apply(self, change):
        if change.actual is None:
            wanted = {name: change.desired.get(name) for name in ("first_name", "last_name", "date_of_birth", "email")}
            number = len(self.members) + 50
            self.members.append(
                member(number, **wanted, external_id=change.external_id, device="invited", role=change.desired["role"])
            )
            self.members[-1]["last_name"] = f"van der {change.desired['last_name']}"
            return
        here = next(item for item in self.members if item["id"] == change.actual["id"])
        if change.status == "unlinked":
            self.members.remove(here)
        for name, (_before, after) in change.fields.items():
            here[name] = after


def kept(portal, entries, administrators=False, **rules):
    roles = ROLES if administrators else ("employee",)
    wanted = desired.from_list(entries, administrators=administrators)
    return reconciler.keep(portal, wanted, Rules(URA, roles, **rules))


@pytest.fixture(autouse=True)
def no_waiting(monkeypatch):
    monkeypatch.setattr(execution.time, "sleep", lambda _seconds: None)


def test_who_was_to_become_administrator_and_did_not_holds_the_removal_back():
    entries = [entry(1, role="operator"), entry(2, role="administrator"), entry(3, role="administrator")]
    people = [chief(1), member(2), chief(3, "none")]
    refuses = Portal(*people, refuses=("HR-2",))
    found = kept(refuses, entries, True)
    assert [item.status for item in found.results] == ["unchanged", "failed", "unchanged"]
    assert "phone" in found.results[0].message
    assert refuses.sent == [("HR-2", "updated")]
    does = Portal(*people)
    assert [item.status for item in kept(does, entries, True).results] == ["updated", "updated", "unchanged"]
    assert does.sent == [("HR-2", "updated"), ("HR-1", "updated")]


# A list that is empty, and one that shrinks ---------------------------------------------------------------------------


@pytest.mark.parametrize("entries", [[], [entry(1, state="absent")]])
def test_a_list_that_names_nobody_removes_nobody(entries, tmp_path):
    """A practice of one: ten per cent of one is one."""
    with pytest.raises(ZorgidError) as error:
        planned(entries, [member(1)], purge=True)
    assert error.value.code == "accounts_empty"
    rules, path = Rules(URA, purge=True, max_removals="100%"), export(tmp_path / "export.csv", ROWS)
    with pytest.raises(ZorgidError) as error:
        kept_by_hand(path, tmp_path, desired.from_list(entries), rules)
    assert error.value.code == "accounts_empty"
    assert not list(tmp_path.glob("*.html"))


def test_everybody_goes_when_each_is_named():
    entries = [entry(number, state="absent") for number in (1, 2)]
    assert len(planned(entries, [member(1), member(2)], max_removals="2").changes) == 2


def test_a_list_that_shrinks_beyond_the_bound_does_nothing_at_all():
    members = [member(number) for number in range(1, 21)]
    with pytest.raises(ZorgidError) as error:
        planned([entry(1), entry(99)], members, purge=True, max_removals="10%")
    assert error.value.code == "max_removals_exceeded"


# Who was offboarded ---------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("members", [[], [member(1)]])
def test_who_was_offboarded_is_not_linked_again(members, tmp_path):
    away = frozenset({"HR-1"})
    result = planned([entry(1), entry(2)], members, offboarded=away, place="Row {} of hr.csv".format)
    assert statuses(result, 2) == {1: "account_offboarded", 2: "created"}
    assert result.settled[1].message.startswith("Row 1 of hr.csv is of a person who was offboarded")
    assert statuses(planned([entry(1, state="absent")], members, offboarded=away)) in (
        {1: "unchanged"},
        {1: "unlinked"},
    )
    path = export(tmp_path / "export.csv", ROWS[2:])
    found = kept_by_hand(path, tmp_path / "out", desired.from_list([entry(1)]), Rules(URA, offboarded=away))
    assert [item["error_code"] for item in found["results"]] == ["account_offboarded"]


# A near match ---------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("account", "there", "expected"),
    [
        ({"first_name": "Annie", "email": None}, {}, "account_near_match"),
        ({"first_name": "Annie", "last_name": "BERG1", "email": None}, {"external_id": None}, "account_near_match"),
        # married: same mail, same first name
        ({"last_name": "Vos", "date_of_birth": None, "email": "S1@linde.example"}, {}, "account_near_match"),
        ({"last_name": "Vos", "first_name": "Annie", "email": "s1@linde.example"}, {}, "account_near_match"),
        # a practice's one address
        ({"last_name": "Vos", "date_of_birth": "1999-01-02", "email": "s1@linde.example"}, {}, "created"),
        ({"first_name": "Annie", "date_of_birth": "1999-01-02", "email": "s1@linde.example"}, {}, "created"),
        ({"first_name": "Bram", "last_name": "Vos", "date_of_birth": "1999-01-02", "email": "s1@linde.example"}, {},
         "created"),
        ({"first_name": "Annie", "email": None, "uzi_number": "900012345"},
         {"attributes": {"uziNumber": "900054321"}}, "created"),
        ({"first_name": "Annie", "email": None}, {"date_of_birth": None}, "created"),
        ({"first_name": "Annie", "email": None, "state": "absent"}, {}, "unchanged"),
    ],
)  # fmt: skip
def test_a_near_match_is_a_question_and_no_new_person_and_a_leaver(account, there, expected):
    wanted = {**entry(1, external_id="HR-77"), **account}
    result = planned([wanted, entry(5)], [member(1, **there), member(5)], purge=True, max_removals="5")
    assert statuses(result, 2)[1] == expected
    removed = [change for change in result.changes if change.status == "unlinked"]
    assert bool(removed) is (expected != "account_near_match")


def test_a_sibling_that_the_list_names_is_no_question():
    both = [entry(1), entry(2, first_name="Annie", last_name="Berg1", email=None)]
    assert statuses(planned(both, [member(1)]), 2) == {1: "unchanged", 2: "created"}


# What was accepted is not done again ----------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("entries", "members", "sent"),
    [
        ([entry(1)], [], [("HR-1", "created")]),
        ([entry(1, email="new@linde.example")], [member(1)], [("HR-1", "updated")]),
        ([entry(1, state="absent")], [member(1)], [("HR-1", "unlinked")]),
    ],
)
@pytest.mark.parametrize("late", [0, 2, 50])
def test_what_the_portal_accepted_is_sent_once(entries, members, sent, late):
    portal = Portal(*members, late=late)
    found = kept(portal, entries)
    assert portal.sent == sent
    assert found.changed
    (result,) = found.results
    assert result.status == ("accepted" if late == 50 else sent[0][1])
    if late == 50:
        assert "does not show it yet" in result.message
        assert not result.code


def test_a_purge_that_is_shown_late_is_sent_once():
    portal = Portal(member(1), member(2), late=50)
    found = kept(portal, [entry(1)], purge=True, max_removals="5")
    assert portal.sent == [("HR-2", "unlinked")]
    assert [item.status for item in found.results] == ["unchanged", "accepted"]
