# SPDX-FileCopyrightText: gbz.zorgid contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""A driver that sends everything once: what is shown is done, what is not is unproven, and nothing is sent twice."""

from __future__ import annotations

import copy
import dataclasses
from collections import Counter

import pytest
from ansible_collections.gbz.zorgid.plugins.module_utils._common.errors import ZorgidError
from ansible_collections.gbz.zorgid.plugins.module_utils._common.ura import Ura
from ansible_collections.gbz.zorgid.plugins.module_utils._dossier.place import DossierPlace
from ansible_collections.gbz.zorgid.plugins.module_utils._dossier.store import DossierStore
from ansible_collections.gbz.zorgid.plugins.module_utils._portal import desired, execution, reconciler
from ansible_collections.gbz.zorgid.plugins.module_utils._portal.access import PortalAccess
from ansible_collections.gbz.zorgid.plugins.module_utils._portal.driver import (
    Connected,
    Executed,
    Outcome,
    PortalDriver,
    Reading,
    Written,
)
from ansible_collections.gbz.zorgid.plugins.module_utils._portal.rules import Rules
from ansible_collections.gbz.zorgid.plugins.module_utils._use_cases.compare_accounts import compare
from ansible_collections.gbz.zorgid.plugins.module_utils._use_cases.keep_accounts import KeepAccounts, keep_accounts
from ansible_collections.gbz.zorgid.plugins.module_utils._use_cases.offboard import offboard
from ansible_collections.gbz.zorgid.plugins.module_utils._use_cases.person_case import PersonCommand
from ansible_collections.gbz.zorgid.tests.support.dossier_key import KEY
from ansible_collections.gbz.zorgid.tests.support.portal_plans import entry
from hypothesis import given
from hypothesis import strategies as st

URA = "90000101"
HOWS = ("done", "lost", "swallowed", "said", "refused", "unsent", "todo", "late")


class Journal:
    """What was sent and never shown, as the dossier keeps it."""

    def __init__(self):
        self.open, self.held, self.settled = set(), [], 0

    def __contains__(self, external_id):
        return external_id in self.open

    def settle(self, proven, held):
        self.settled += 1
        self.open -= set(proven)
        self.held = [change.external_id for change in held]


class Clicks:
    """A portal that a browser works. hows: external id -> how the next click on it ends: done; lost: made, and no
    answer; swallowed: not made, and no answer; said: not made, although the page said so; late: made after the run."""

    by_hand = False
    once = True

    def __init__(self, hows=None, *, part=False):
        self.people, self.journal, self.hows = {}, Journal(), dict(hows or {})
        self.sent, self.later, self.calls, self.part = Counter(), [], 0, part
        self.failing = False

    def connect(self, ura, roles=("employee",)):
        return Connected()

    def read(self, ura, *, since=False):
        if self.failing and self.sent:
            raise ZorgidError("portal_unreachable", "The page is gone.")
        return Reading(copy.deepcopy(list(self.people.values())), unproven=self.journal)

    def execute(self, changes, ura, tell=None):
        self.calls += 1
        outcomes = [self._click(change) for change in changes]
        todo = any(one.state == "todo" for one in outcomes)
        return Executed(outcomes, Written(True, []) if todo else None)

    def close(self):
        pass

    def _click(self, change):
        how = self.hows.pop(change.external_id, "done")
        if how == "refused":
            return Outcome("refused", "The page says no", "page_refused")
        if how == "todo":
            return Outcome("todo")
        if how == "unsent":
            return Outcome("uncertain", "The button is not there", "page_not_as_mapped", trace="unsent")
        self.sent[change.external_id] += 1
        self.journal.open.add(change.external_id)
        part = change
        if self.part and change.device and change.fields:
            part = dataclasses.replace(change, fields={}, status="blocked")
        if how in ("done", "lost"):
            self._do(part)
        if how == "late":
            self.later.append(part)
        reported = {"part": part} if part is not change else {}
        return Outcome("done", **reported) if how in ("done", "said") else Outcome("uncertain", "no answer", **reported)

    def catch_up(self):
        while self.later:
            self._do(self.later.pop())

    def _do(self, change):
        if change.actual is None:
            account = change.desired
            assert account["external_id"] not in {one["external_id"] for one in self.people.values()}, "made twice"
            number = f"c-{len(self.people)}"
            self.people[number] = {
                "id": number,
                "version": None,
                "external_id": account["external_id"],
                "first_name": account["first_name"],
                "last_name": account["last_name"],
                "date_of_birth": account.get("date_of_birth"),
                "email": account.get("email"),
                "attributes": {},
                "role": account["role"],
                "device": "active",
                "unknown": frozenset({"uzi_number", "role_code", "agb_code"}),
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
    monkeypatch.setattr(execution.time, "sleep", lambda _seconds: pytest.fail("it waited"))


def keep(clicks, entries, *, check_mode=False, **rules):
    driver: PortalDriver = clicks
    return reconciler.keep(
        driver, desired.from_list(entries, administrators="roles" in rules), Rules(URA, **rules), check_mode=check_mode
    )


def people(*numbers, **more):
    return [entry(number, prefix="", date_of_birth=f"1988-04-{number:02}", **more) for number in numbers]


def of(kept):
    return {result.external_id: (result.status, result.code) for result in kept.results}


def test_each_end_of_a_click_has_its_result():
    hows = {f"HR-{number}": how for number, how in enumerate(HOWS, 1)}
    clicks = Clicks(hows)
    kept = keep(clicks, people(*range(1, 9)))
    assert of(kept) == {
        "HR-1": ("created", ""),
        "HR-2": ("created", ""),
        "HR-3": ("unproven", "account_unproven"),
        "HR-4": ("unproven", "account_unproven"),
        "HR-5": ("failed", "page_refused"),
        "HR-6": ("failed", "page_not_as_mapped"),
        "HR-7": ("todo", ""),
        "HR-8": ("unproven", "account_unproven"),
    }
    assert set(clicks.sent.values()) == {1}
    assert kept.changed
    assert kept.written == Written(True, [])
    assert clicks.journal.open == set(clicks.journal.held) == {"HR-3", "HR-4", "HR-8"}


def test_what_is_unproven_is_not_touched_until_a_reading_shows_it():
    clicks = Clicks({"HR-1": "late", "HR-2": "swallowed"})
    keep(clicks, people(1, 2))
    again = keep(clicks, people(1, 2, 3))
    assert [result.status for result in again.results] == ["unproven", "unproven", "created"]
    assert "Look in the portal" in again.results[0].message
    assert clicks.sent == {"HR-1": 1, "HR-2": 1, "HR-3": 1}
    clicks.catch_up()
    third = keep(clicks, people(1, 2, 3))
    assert [result.status for result in third.results] == ["unchanged", "unproven", "unchanged"]
    assert (third.changed, clicks.journal.open, clicks.journal.held) == (False, {"HR-2"}, ["HR-2"])
    clicks.journal.open.clear()  # a person looked, and recorded that it was not made
    assert keep(clicks, people(1, 2, 3)).summary == {"unchanged": 2, "created": 1}
    assert clicks.sent["HR-2"] == 2


def test_an_open_registration_of_somebody_who_is_not_wanted_any_more_stays_open():
    clicks = Clicks({"HR-1": "late"})
    keep(clicks, people(1))
    assert keep(clicks, people(1, state="absent")).summary == {"unproven": 1}
    clicks.catch_up()
    # It is there after all. It is not wanted, but it stays untouched until a person has looked.
    assert keep(clicks, people(1, state="absent")).summary == {"unproven": 1}
    assert clicks.sent["HR-1"] == 1


def test_an_open_account_is_not_touched_under_another_number_nor_by_purge():
    clicks = Clicks()
    keep(clicks, people(1, 2))
    clicks.journal.open.add("HR-1")
    wanted = [*people(2), {**people(1)[0], "external_id": "HR-9", "former_ids": ["HR-1"]}]
    assert of(keep(clicks, people(2), purge=True)) == {
        "HR-2": ("unchanged", ""),
        "HR-1": ("unproven", "account_unproven"),
    }
    accounts = desired.from_list([{name: one for name, one in each.items() if name != "former_ids"} for each in wanted])
    accounts[1]["former_ids"] = ["HR-1"]
    kept = reconciler.keep(clicks, accounts, Rules(URA))
    assert of(kept)["HR-9"] == ("unproven", "account_unproven")
    assert clicks.sent == {"HR-1": 1, "HR-2": 1}


def test_a_portal_that_cannot_be_read_again_proves_nothing():
    clicks = Clicks({"HR-2": "unsent"})
    clicks.failing = True
    kept = keep(clicks, people(1, 2))
    assert of(kept) == {"HR-1": ("unproven", "account_unproven"), "HR-2": ("failed", "page_not_as_mapped")}
    assert kept.changed
    assert "portal_unreachable" in kept.results[0].message
    assert clicks.journal.open == {"HR-1"}


def test_a_part_of_a_combined_change_is_done_and_the_rest_is_told():
    clicks = Clicks(part=True)
    keep(clicks, people(1))
    wanted = people(1, state="blocked", email="new@linde.example")
    kept = keep(clicks, wanted)
    (result,) = kept.results
    assert (result.status, result.message) == ("blocked", "The rest (email) is made by the next run")
    assert keep(clicks, wanted).summary == {"updated": 1}
    assert keep(clicks, wanted).summary == {"unchanged": 1}
    assert clicks.journal.open == set()


def test_a_part_that_is_not_shown_is_unproven():
    clicks = Clicks({"HR-1": "done"}, part=True)
    keep(clicks, people(1))
    clicks.hows["HR-1"] = "said"
    assert keep(clicks, people(1, state="blocked", email="new@linde.example")).summary == {"unproven": 1}


def test_check_mode_sends_and_settles_nothing_and_a_run_without_changes_asks_for_the_worklist():
    clicks = Clicks({"HR-1": "swallowed"})
    keep(clicks, people(1))
    calls, settled = clicks.calls, clicks.journal.settled
    assert keep(clicks, people(1, 2), check_mode=True).summary == {"unproven": 1, "created": 1}
    assert (clicks.calls, clicks.journal.settled) == (calls, settled)
    kept = keep(clicks, people(1))
    assert (kept.changed, clicks.calls, clicks.journal.settled) == (False, calls + 1, settled + 1)


def test_an_administrator_stays_if_the_appointment_of_the_other_is_unproven():
    clicks = Clicks()
    roles = {"roles": ("administrator", "operator")}
    keep(clicks, people(1, role="administrator"), **roles)
    keep(clicks, [*people(1, role="administrator"), *people(2, role="operator")], **roles)
    clicks.hows["HR-2"] = "swallowed"
    kept = keep(clicks, [*people(1, role="operator"), *people(2, role="administrator")], **roles)
    assert of(kept)["HR-2"] == ("unproven", "account_unproven")
    assert of(kept)["HR-1"][0] in ("failed", "unchanged")
    assert clicks.sent["HR-1"] == 1
    # Also in the next run, in which the appointment is held back from the start.
    with pytest.raises(ZorgidError, match="without an administrator"):
        keep(clicks, [*people(1, role="operator"), *people(2, role="administrator")], **roles)
    assert {one["role"] for one in clicks.people.values()} == {"administrator", "operator"}


@given(
    st.lists(st.tuples(st.lists(st.sampled_from(HOWS), min_size=4, max_size=4), st.booleans()), min_size=1, max_size=4)
)
def test_nothing_is_made_twice_and_nothing_is_called_done_that_is_not_shown(runs):
    clicks = Clicks()
    clicks.hows = {}
    for number, (hows, caught_up) in enumerate(runs):
        if caught_up:
            clicks.catch_up()
        before, opened = clicks.sent.copy(), set(clicks.journal.open)
        clicks.hows = {f"HR-{place}": how for place, how in enumerate(hows, 1)}
        wanted = people(1, 2, 3, 4, email=f"mail{number}@linde.example")
        kept = keep(clicks, wanted)
        shown = {one["external_id"]: one["email"] for one in clicks.people.values()}
        for result in kept.results:
            assert clicks.sent[result.external_id] - before[result.external_id] <= 1
            if result.external_id in opened and result.status != "unchanged":
                assert clicks.sent[result.external_id] == before[result.external_id]
            if result.status in ("created", "updated", "unchanged"):
                assert shown[result.external_id] == f"mail{number}@linde.example"
                assert result.external_id not in clicks.journal.open
            if result.status == "unproven":
                assert result.external_id in clicks.journal.open


def test_the_use_case_fails_with_unproven_accounts_and_shows_the_worklist(monkeypatch):
    clicks = Clicks({"HR-1": "swallowed", "HR-2": "refused", "HR-3": "todo"})
    monkeypatch.setattr(PortalAccess, "open", lambda _access, **_more: clicks)
    kept = keep_accounts(KeepAccounts(PortalAccess(Ura.of(URA)), desired.Listed(rows=people(1, 2, 3, 4))))
    assert kept.failure.code == "accounts_unproven"
    assert "1 of 4 accounts" in kept.failure.message
    assert "1 others failed" in kept.failure.message
    assert kept.summary == {"unproven": 1, "failed": 1, "todo": 1, "created": 1}
    assert kept.changed


@pytest.mark.parametrize(("how", "code"), [("swallowed", "account_unproven"), ("todo", "account_by_hand")])
def test_a_leaver_is_never_said_to_be_unlinked_without_proof(tmp_path, monkeypatch, how, code):
    clicks = Clicks()
    keep(clicks, people(1, 2))
    monkeypatch.setattr(PortalAccess, "open", lambda _access, **_more: clicks)
    place = DossierPlace(f"sqlite:///{tmp_path}/dossier.sqlite3", "test", None, KEY)
    with DossierStore.open(place.url, environment="test", key=KEY):
        pass
    command = PersonCommand(PortalAccess(Ura.of(URA)), place, "HR-1", "service_desk", "De Linde", ())
    clicks.hows["HR-1"] = how
    with pytest.raises(ZorgidError) as caught:
        offboard(command, confirmed=True, check_mode=False)
    assert caught.value.code == code
    assert set(clicks.people) == {"c-0", "c-1"}
    if how == "swallowed":
        with pytest.raises(ZorgidError, match="Nobody knows whether"):
            offboard(command, confirmed=True, check_mode=False)
        assert clicks.sent["HR-1"] == 2  # registered, and unlinked once
        clicks.journal.open.clear()
    assert offboard(command, confirmed=True, check_mode=False).changed
    assert set(clicks.people) == {"c-1"}


def test_an_unproven_account_is_neither_registered_nor_work_for_a_plan():
    clicks = Clicks({"HR-2": "swallowed", "HR-3": "swallowed"})
    keep(clicks, people(1, 2))
    keep(clicks, people(1, 2, 3))
    members = clicks.read(URA).members
    wanted = desired.from_list(people(1, 2, 3, 4))
    found = compare(wanted, members, Rules(URA, unproven=clicks.journal))
    assert (found.wanted, found.registered, found.operations) == (4, 1, {"created": 1})
    assert (found.refused, found.first) == (2, "Account 2: account_unproven")
