# SPDX-FileCopyrightText: gbz.zorgid contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""A driver as a third party writes it, from the docstrings of ``driver.py`` and ``model.py`` alone: a portal that is a
dict in memory. The reconciler and the use cases work with it."""

from __future__ import annotations

import copy
import datetime
import typing
from pathlib import Path

import pytest
import yaml
from ansible_collections.gbz.zorgid.plugins.module_utils._common.errors import ZorgidError
from ansible_collections.gbz.zorgid.plugins.module_utils._common.ura import Ura
from ansible_collections.gbz.zorgid.plugins.module_utils._portal import desired, execution, reconciler
from ansible_collections.gbz.zorgid.plugins.module_utils._portal.access import DriverName, PortalAccess
from ansible_collections.gbz.zorgid.plugins.module_utils._portal.driver import (
    Connected,
    Executed,
    Outcome,
    PortalDriver,
    Reading,
    Written,
)
from ansible_collections.gbz.zorgid.plugins.module_utils._portal.rules import Rules
from ansible_collections.gbz.zorgid.plugins.module_utils._portal.session import connected
from ansible_collections.gbz.zorgid.plugins.module_utils._use_cases.keep_accounts import KeepAccounts, keep_accounts
from ansible_collections.gbz.zorgid.plugins.plugin_utils._ansible.options.portal import OPTIONS
from ansible_collections.gbz.zorgid.tests.support.portal_plans import entry

URA = "90000101"
AT = datetime.datetime(2026, 11, 26, 12, tzinfo=datetime.UTC)


class Toy:
    """people: the portal, by its own id. refuses, loses, swallows, tires: external ids whose change is refused; is done
    and its answer lost; is lost and not done, once; ends with a bad moment, once. by_hand: what was written down."""

    def __init__(self, *, by_hand=False, logged_in=True, owner=URA, complete=True, person=None):
        self.by_hand, self.logged_in, self.owner, self.complete = by_hand, logged_in, owner, complete
        self.once = False
        self.person = person
        self.people, self.written, self.sent, self.closed = {}, [], [], 0
        self.refuses, self.loses, self.swallows, self.tires = set(), set(), set(), set()
        self.failing = False

    def connect(self, ura, roles=("employee",)):
        if not self.logged_in:
            return Connected("login_needed", login="open https://toy.example and log in")
        return Connected(person=self.person)

    def read(self, ura, *, since=False):
        if self.failing and self.sent:
            raise ZorgidError("portal_unreachable", "The toy is broken.")
        return Reading(copy.deepcopy(list(self.people.values())), AT, self.owner, self.complete)

    def execute(self, changes, ura, tell=None):
        if self.by_hand:
            before, self.written = self.written, [(change.external_id, change.status) for change in changes]
            return Executed([Outcome("todo") for _change in changes], Written(self.written != before, []))
        outcomes = {}
        for removing in (False, True):
            for number, change in enumerate(changes):
                if change.removes is removing:
                    self.sent.append((change.external_id, change.status))
                    outcomes[number] = self._attempt(change)
                    if tell is not None:
                        tell(len(outcomes), len(changes))
        return Executed([outcomes[number] for number in range(len(changes))])

    def close(self):
        self.closed += 1

    def _attempt(self, change):
        who = change.external_id
        if who in self.refuses:
            return Outcome("refused", "The toy says no", "toy_says_no")
        if who in self.tires:
            self.tires.discard(who)
            return Outcome("uncertain", "The toy is tired", "toy_tired", trace="answered")
        if who in self.swallows:
            self.swallows.discard(who)
            return Outcome("uncertain", "The toy said nothing", "toy_silent")
        self._do(change)
        if who in self.loses:
            return Outcome("uncertain", "The toy said nothing", "toy_silent")
        return Outcome("done")

    def _do(self, change):
        if change.actual is None:
            account = change.desired
            prefix = f"{account['prefix']} " if account.get("prefix") else ""
            self.people[f"toy-{len(self.people)}"] = {
                "id": f"toy-{len(self.people)}",
                "version": None,
                "external_id": account["external_id"],
                "first_name": account["first_name"],
                "last_name": prefix + account["last_name"],
                "date_of_birth": account.get("date_of_birth"),
                "email": account.get("email"),
                "attributes": {},
                "role": account["role"],
                "device": "invited",
                "unknown": {"uzi_number", "role_code", "agb_code"},
            }
            return
        there = self.people[change.actual["id"]]
        if change.status == "unlinked":
            del self.people[there["id"]]
            return
        for name, (_before, after) in change.fields.items():
            there[name] = after
        if change.device:
            there["device"] = {"unblocked": "active"}.get(change.device, change.device)


@pytest.fixture(autouse=True)
def no_waiting(monkeypatch):
    monkeypatch.setattr(execution.time, "sleep", lambda _seconds: None)


def keep(toy, entries, *, check_mode=False, tell=None, **rules):
    driver: PortalDriver = toy
    with connected(driver, URA) as connection:
        rules = Rules(URA, owner=connection.person, **rules)
        return reconciler.keep(driver, desired.from_list(entries), rules, check_mode=check_mode, tell=tell)


def people(*numbers, **more):
    return [entry(number, date_of_birth=f"1988-04-{number:02}", **more) for number in numbers]


def of(kept):
    return {result.external_id: (result.status, result.code) for result in kept.results}


def test_accounts_are_created_changed_blocked_and_removed():
    toy, reported = Toy(), []
    assert keep(toy, people(1, 2, 3), check_mode=True).summary == {"created": 3}
    assert (toy.people, toy.sent) == ({}, [])
    assert keep(toy, people(1, 2, 3), tell=lambda *how_far: reported.append(how_far)).summary == {"created": 3}
    assert reported == [(1, 3), (2, 3), (3, 3)]
    again = keep(toy, people(1, 2, 3))
    assert (again.changed, again.summary) == (False, {"unchanged": 3})
    toy.sent.clear()
    wanted = [*people(1, email="new@linde.example"), *people(2, state="blocked")]
    assert keep(toy, wanted, purge=True).summary == {"updated": 1, "blocked": 1, "unlinked": 1}
    assert toy.sent == [("HR-1", "updated"), ("HR-2", "blocked"), ("HR-3", "unlinked")]
    assert [(one["email"], one["device"]) for one in toy.people.values()] == [
        ("new@linde.example", "invited"),
        (people(2)[0]["email"], "blocked"),
    ]
    assert toy.closed == 4


def test_a_refusal_is_told_and_not_repeated():
    toy = Toy()
    toy.refuses = {"HR-2"}
    assert of(keep(toy, people(1, 2))) == {"HR-1": ("created", ""), "HR-2": ("failed", "toy_says_no")}
    assert toy.sent == [("HR-1", "created"), ("HR-2", "created")]


def test_what_is_uncertain_is_looked_for_and_sent_again_only_where_it_is_not_there():
    toy = Toy()
    toy.loses, toy.swallows, toy.tires = {"HR-1"}, {"HR-2"}, {"HR-3"}
    kept = keep(toy, people(1, 2, 3))
    assert (kept.changed, kept.summary) == (True, {"created": 3})
    assert "uncertain answer" in kept.results[0].message
    assert toy.sent == [(f"HR-{number}", "created") for number in (1, 2, 3, 2, 3)]
    assert [one["external_id"] for one in toy.people.values()] == ["HR-1", "HR-2", "HR-3"]


@pytest.mark.parametrize(("where", "changed"), [("loses", True), ("swallows", True), ("tires", False)])
def test_where_nobody_can_look_it_stays_unknown(where, changed):
    toy = Toy()
    setattr(toy, where, {"HR-1"})
    toy.failing = True
    kept = keep(toy, people(1))
    assert (kept.changed, of(kept)) == (changed, {"HR-1": ("failed", "portal_unreachable")})
    assert kept.results[0].message.startswith("Unknown whether it was done")


def test_what_a_person_does_is_to_do_until_the_portal_shows_it():
    toy = Toy(by_hand=True)
    first = keep(toy, people(1, 2))
    assert (first.changed, first.summary) == (True, {"todo": 2})
    assert toy.written == [("HR-1", "created"), ("HR-2", "created")]
    assert not keep(toy, people(1, 2)).changed
    for change in first.changes:
        toy._do(change)
    # Nothing is left to do, so that what was written down is outdated.
    done = keep(toy, people(1, 2))
    assert (done.changed, done.summary, toy.written) == (True, {"unchanged": 2}, [])


def test_without_a_login_nothing_is_read_or_changed():
    toy = Toy(logged_in=False)
    with pytest.raises(ZorgidError) as error:
        keep(toy, people(1))
    assert error.value.code == "portal_login_needed"
    assert "open https://toy.example and log in, then run again" in str(error.value)
    assert (toy.sent, toy.closed) == ([], 1)


@pytest.mark.parametrize(
    ("toy", "code"),
    [(Toy(owner="90000102"), "portal_wrong_organisation"), (Toy(complete=False), "portal_incomplete")],
)
def test_nothing_is_planned_on_a_reading_of_others_or_of_a_part(toy, code):
    with pytest.raises(ZorgidError) as error:
        keep(toy, people(1))
    assert error.value.code == code
    assert (toy.sent, toy.closed) == ([], 1)


def test_an_owner_that_nobody_knows_is_no_trouble():
    assert keep(Toy(owner=None), people(1)).summary == {"created": 1}
    assert keep(Toy(owner="90000101"), people(1)).summary == {"created": 1}


def test_the_account_of_the_credentials_is_never_removed():
    toy = Toy(person="toy-1")
    keep(toy, people(1, 2))
    assert of(keep(toy, people(1), purge=True)) == {
        "HR-1": ("unchanged", ""),
        "HR-2": ("failed", "account_of_the_token"),
    }
    assert len(toy.people) == 2


def test_the_use_case_takes_any_driver(monkeypatch):
    toy = Toy(by_hand=True)
    monkeypatch.setattr(PortalAccess, "open", lambda _access, **_more: toy)
    listed = desired.Listed(rows=people(1))
    kept = keep_accounts(KeepAccounts(PortalAccess(Ura.of(URA)), listed), check_mode=False)
    assert (kept.by_hand, kept.changed, kept.summary) == (True, True, {"todo": 1})
    assert "offboarded" in kept.warnings[0]


def test_a_driver_that_nobody_wrote_is_no_other_one():
    access = PortalAccess(Ura.of(URA), "toy", "https://toy.example", "token", export_path="/srv/users.csv")
    assert (access.by_hand, access.is_configured) == (False, False)
    with pytest.raises(ZorgidError) as error:
        access.open()
    assert (error.value.code, error.value.found) == ("options_invalid", "toy")


def test_each_driver_can_be_chosen_and_opened():
    role = Path(__file__).resolve().parents[3] / "roles/zorgid_onboarding/meta/argument_specs.yml"
    options = yaml.safe_load(role.read_text(encoding="utf-8"))["argument_specs"]["main"]["options"]
    names = list(typing.get_args(DriverName))
    assert OPTIONS["driver"]["choices"] == names
    assert options["zorgid_onboarding_portal"]["options"]["driver"]["choices"] == names
    for name in names:
        access = PortalAccess(Ura.of(URA), name, "https://toy.example", "token", export_path="/srv/users.csv")
        assert access.is_configured
        driver = access.open()
        assert driver.by_hand is access.by_hand
        driver.close()
