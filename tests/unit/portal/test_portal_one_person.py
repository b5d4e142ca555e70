# SPDX-FileCopyrightText: gbz.zorgid contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""Who somebody is, and what is to be done when they leave or lose their phone: each situation, without a portal."""

from __future__ import annotations

import datetime

import pytest
from ansible_collections.gbz.zorgid.plugins.module_utils._common.errors import ZorgidError
from ansible_collections.gbz.zorgid.plugins.module_utils._portal import desired
from ansible_collections.gbz.zorgid.plugins.module_utils._portal.one_person import (
    Leaving,
    Phone,
    device_of,
    find,
    nearest,
    positions,
    step_of_leaver,
    step_of_phone,
)
from ansible_collections.gbz.zorgid.plugins.module_utils._portal.shown_numbers import may_be_shown
from ansible_collections.gbz.zorgid.tests.support.portal_plans import entry, member

MON, TUE, WED = (datetime.datetime(2026, 11, day, 9, tzinfo=datetime.UTC) for day in (23, 24, 25))


def listed(*entries, **former):
    accounts = desired.from_list(list(entries))
    for account in accounts:
        if account["external_id"] in former:
            account["former_ids"] = former[account["external_id"]]
    return accounts


# Who it is ------------------------------------------------------------------------------------------------------------


def test_the_number_of_the_portal_or_of_the_list_or_a_former_one():
    members = [member(1), member(2), member(3)]
    assert find("HR-2", members, []).member is members[1]
    assert find("HR-9", members, listed(entry(1))) == find("HR-9", members, [])
    # The portal still has the number of before; whoever types either means the same person, under both numbers.
    accounts = listed(entry(7), entry(2), **{"HR-7": ["HR-1"]})
    for typed in ("HR-7", "HR-1"):
        found = find(typed, members, accounts)
        assert (found.member, found.position, "HR-7" in found.numbers) == (members[0], 1, True)
    assert positions(accounts, ["HR-1"]) == [1]


def test_the_row_of_a_list_tells_a_member_without_a_number():
    members = [member(1, external_id=None), member(2)]
    assert find("HR-1", members, listed(entry(1), entry(2))).member is members[0]
    assert find("HR-1", members, listed(entry(2))).member is None


def test_nobody_is_taken_for_a_twin_and_who_has_left_is_no_member():
    with pytest.raises(ZorgidError) as caught:
        find("HR-1", [member(1), member(2, external_id="HR-1")], [])
    assert caught.value.code == "account_ambiguous"
    with pytest.raises(ZorgidError) as caught:
        find("HR-5", [member(1)], listed(entry(1, external_id="HR-5")))
    assert caught.value.code == "account_ambiguous"
    assert find("HR-1", [member(1, gone=True)], []).member is None


def test_the_nearest_numbers_and_no_mail_address():
    members = [member(number) for number in (999, 9990, 10)] + [member(5, external_id="hr-9999@linde.example")]
    assert set(nearest("HR-9999", members, [])) == {"HR-999", "HR-9990"}
    assert nearest("Q", members, listed(entry(1))) == []


@pytest.mark.parametrize(
    ("more", "device"),
    [({}, "active"), ({"active": False}, "blocked"), ({"active": False, "device": "revoked"}, "revoked")],
)
def test_a_blocked_identity_is_a_blocked_phone(more, device):
    assert device_of(member(1, **more)) == device


# Somebody leaves ------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("member_", "on_list", "left", "gone", "shown", "by_hand", "step"),
    [
        (False, False, None, None, TUE, False, "unknown"),
        (False, False, None, None, TUE, True, "unknown"),
        (True, True, None, None, TUE, False, "unlink"),
        (True, False, MON, MON, TUE, False, "unlink"),  # somebody linked them again by hand
        (True, True, MON, None, MON, True, "unlink"),
        (False, True, None, None, TUE, False, "keep_away"),
        (False, True, MON, None, TUE, False, "prove"),  # a run broke off between word and note
        (False, True, MON, TUE, WED, False, "nothing"),
        (False, True, TUE, MON, WED, False, "prove"),  # they were back in between
        (False, True, TUE, None, MON, True, "wait"),
        (False, True, TUE, None, TUE, True, "wait"),  # in the same second
        (False, True, TUE, None, None, True, "wait"),  # nobody knows when it was exported
        (False, False, MON, None, TUE, True, "prove"),
        (False, False, MON, TUE, TUE, True, "nothing"),
    ],
)
def test_what_is_to_be_done_when_somebody_leaves(member_, on_list, left, gone, shown, by_hand, step):
    assert step_of_leaver(Leaving(member_, on_list, left, gone, shown, by_hand)) == step


# A phone is lost ------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("device", "answer", "step"),
    [
        *((device, None, "ask_used") for device in ("active", "invited", "none")),
        *((device, None, "ask_found") for device in ("blocked", "revoked")),
        *((device, "block", "block") for device in ("active", "invited", "none")),
        *((device, "block", "nothing") for device in ("blocked", "revoked")),
        *((device, "unblock", "nothing") for device in ("active", "invited", "none")),
        ("blocked", "unblock", "unblock"),
        ("revoked", "unblock", "impossible"),
        *((device, "revoke", "revoke") for device in ("active", "blocked")),
        *((device, "revoke", "nothing") for device in ("invited", "none")),
        ("revoked", "revoke", "invite"),
    ],
)
def test_each_answer_of_each_phone(device, answer, step):
    assert step_of_phone(Phone(device), answer) == step


@pytest.mark.parametrize(
    ("by_hand", "shown", "active", "step"),
    [
        (False, WED, None, "ask_phone"),  # the person enrolled again since
        (False, WED, "new", "nothing"),
        (False, WED, "lost", "revoke"),
        (True, MON, None, "revoke"),  # the export of before the worklist
        (True, MON, "new", "revoke"),
        (True, None, "new", "revoke"),
        (True, WED, None, "ask_phone"),
        (True, WED, "new", "nothing"),
        (True, WED, "lost", "revoke"),
    ],
)
def test_an_active_phone_after_the_revocation_is_a_question(by_hand, shown, active, step):
    assert step_of_phone(Phone("active", TUE, shown, by_hand), "revoke", active) == step


def test_a_phone_that_is_said_to_be_new_is_never_revoked():
    assert step_of_phone(Phone("active"), "revoke", "new") == "nothing"
    assert step_of_phone(Phone("blocked", TUE, WED), "revoke", "new") == "ask_found"


def test_found_before_anybody_knows_whether_it_was_blocked_waits_for_an_export():
    assert step_of_phone(Phone("active", None, MON, True, TUE), "unblock") == "wait"
    assert step_of_phone(Phone("active", None, WED, True, TUE), "unblock") == "nothing"
    assert step_of_phone(Phone("active", None, MON, False, TUE), "unblock") == "nothing"


@pytest.mark.parametrize(
    "number", ["HR-1042", "hr-12", "1042", "0001042", "a1b2c3d4-e5f6-4711-8899-aabbccddeeff", "E1.2"]
)
def test_a_number_that_says_nothing_is_shown(number):
    assert may_be_shown(number)


@pytest.mark.parametrize(
    "number",
    ["", "HR", "jan.janssen", "jan.janssen1985", "Piet2", "j@b.example", "19851231", "31-12-1985", "1 2", "1" * 41],
)
def test_a_number_that_may_be_made_of_a_name_or_a_birth_date_is_not(number):
    assert not may_be_shown(number)
    assert nearest(f"{number}x", [{"external_id": number}], []) == []
