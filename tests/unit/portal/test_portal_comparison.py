# SPDX-FileCopyrightText: gbz.zorgid contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""A list against what the portal shows, counted; and that it is what the keeping then does."""

from __future__ import annotations

import datetime
from datetime import date

import pytest
from ansible_collections.gbz.zorgid.plugins.module_utils._onboarding import portal_steps
from ansible_collections.gbz.zorgid.plugins.module_utils._onboarding.known import Known
from ansible_collections.gbz.zorgid.plugins.module_utils._onboarding.observed import Accounts, Portal
from ansible_collections.gbz.zorgid.plugins.module_utils._portal import desired
from ansible_collections.gbz.zorgid.plugins.module_utils._portal.planner import plan
from ansible_collections.gbz.zorgid.plugins.module_utils._portal.rules import Rules
from ansible_collections.gbz.zorgid.plugins.module_utils._use_cases.compare_accounts import compare
from ansible_collections.gbz.zorgid.tests.support.portal_plans import entry, member

ADMIN = {"role": "administrator", "external_id": None}


def rules(**more):
    return Rules("90000101", **{"today": date(2026, 11, 24), **more})


def compared(entries, members, administrators=False, **more):
    return compare(desired.from_list(entries, administrators=administrators), members, rules(**more))


@pytest.mark.parametrize(
    ("entries", "members", "expected"),
    [
        ([entry(1), entry(2)], [member(1), member(2, device="invited")], Accounts(2, 2, 1)),
        # A stranger, and nobody of the list: that proves nothing of anybody.
        ([entry(1), entry(2)], [member(9, last_name="Vos")], Accounts(2, 0, 0, {"created": 2})),
        ([entry(1), entry(2)], [member(9, last_name="Vos", **ADMIN)], Accounts(2, 0, 0, {"created": 2})),
        # Who leaves, and whose phone is lost, is nobody whom the list wants present.
        ([entry(1), entry(2, state="absent")], [member(1), member(2)], Accounts(1, 1, 1, {"unlinked": 1})),
        ([entry(1, state="blocked")], [member(1)], Accounts(0, 0, 0, {"blocked": 1})),
        ([], [member(1)], Accounts(0)),
        # There, and not able to log in.
        ([entry(1)], [member(1, device="blocked", active=False)], Accounts(1, 1, 0)),
        ([entry(1)], [member(1, active=False)], Accounts(1, 1, 0)),
        ([entry(1)], [member(1, gone=True, active=False)], Accounts(1, 0, 0)),
        ([entry(1)], [member(1, role="administrator")], Accounts(1, 1, 1)),
        # Nobody can tell, or it is somebody else.
        ([entry(1)], [member(1, external_id="HR-0")], Accounts(1, refused=1, first="Account 1: account_ambiguous")),
        (
            [entry(1, last_name="Vos", date_of_birth="1999-01-01")],
            [member(1)],
            Accounts(1, refused=1, first="Account 1: account_of_another"),
        ),
    ],
)
def test_counts(entries, members, expected):
    assert compared(entries, members) == expected


def test_who_was_offboarded_is_counted_apart():
    reported = compared([entry(1), entry(2)], [member(2)], offboarded=frozenset({"HR-1"}))
    assert reported == Accounts(2, 1, 1, returning=1)


def test_an_employee_is_no_administrator_yet():
    roles = ("administrator", "operator")
    reported = compared([entry(1, role="administrator")], [member(1)], True, roles=roles)
    assert reported == Accounts(1, 0, 0, {"updated": 1})
    there = member(1, role="administrator")
    assert compared([entry(1, role="administrator")], [there], True, roles=roles) == Accounts(1, 1, 1)


def test_what_stops_the_list_is_told_with_it():
    members = [member(number) for number in range(30)]
    assert compared([entry(1)], members, purge=True).stop.code == "max_removals_exceeded"
    stopped = compared([], members, purge=True)
    assert (stopped.wanted, stopped.stop.code) == (0, "accounts_empty")
    assert compared([entry(1)], members, max_removals="x").stop.code == "max_removals_invalid"


def test_it_says_what_the_keeping_plans():
    entries = [entry(1, first_name="Anna"), entry(2), entry(3, state="absent"), entry(4, state="revoked"), entry(5)]
    members = [member(number) for number in (1, 3, 4, 5, 6)]
    reported = compared(entries, members, purge=True, max_removals="5")
    planned = plan(desired.from_list(entries), members, rules(purge=True, max_removals="5")).changes
    assert reported.operations == {"updated": 1, "created": 1, "unlinked": 2, "revoked": 1}
    assert sum(reported.operations.values()) == len(planned)


def test_nothing_of_people_comes_into_a_plan():
    """External ids are made of names, mail addresses and birth dates in some HR systems."""
    ids = [f"sanne.zwaluw{number}@linde.example-1988-04-12" for number in range(6)]
    entries = [entry(number, external_id=ids[number]) for number in range(5)]
    entries[0] |= {"first_name": "Bram", "last_name": "Kwikstaart", "date_of_birth": "1999-01-02"}
    members = [member(number, external_id=ids[number]) for number in (0, 1, 5)]
    members += [member(2, id="double", external_id=ids[2]), member(2, external_id=ids[2])]
    reported = compared(entries, members, purge=True, max_removals="9", offboarded=frozenset({ids[3]}))
    assert (reported.refused, reported.returning, dict(reported.operations)) == (2, 1, {"created": 1, "unlinked": 1})
    names = ("employees_registered", "employees_active")
    for counted in (reported, compared(entries[:1], members, purge=True, max_removals="1")):
        at = datetime.datetime(2026, 11, 26, tzinfo=datetime.UTC)
        plans = portal_steps.shown(Known("90000101"), Portal(at, members=5, employees=counted), at, names)
        assert plans
        for word in ("zwaluw", "sanne", "kwikstaart", "bram", "berg", "@", "1988", "1999"):
            assert word not in repr((counted, plans)).lower()
