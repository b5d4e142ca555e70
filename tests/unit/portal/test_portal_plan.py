# SPDX-FileCopyrightText: gbz.zorgid contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""Desired lists and the pure planner."""

from __future__ import annotations

import csv
import json
from datetime import date

import openpyxl
import pytest
from ansible_collections.gbz.zorgid.plugins.module_utils._common.errors import ZorgidError
from ansible_collections.gbz.zorgid.plugins.module_utils._portal import desired
from ansible_collections.gbz.zorgid.plugins.module_utils._portal.changes_shown import before_and_after
from ansible_collections.gbz.zorgid.plugins.module_utils._portal.model import Change
from ansible_collections.gbz.zorgid.plugins.module_utils._portal.operations import Operation, outcome_of
from ansible_collections.gbz.zorgid.plugins.module_utils._portal.planner import plan
from ansible_collections.gbz.zorgid.plugins.module_utils._portal.resource import EXTENSION, patch_user, to_actual
from ansible_collections.gbz.zorgid.plugins.module_utils._portal.rules import Rules
from ansible_collections.gbz.zorgid.tests.support.portal_plans import entry, member, planned, statuses

WID = {"document_type": "passport", "document_expires": "2031-05-01", "checked_by": "HR-9", "checked_at": "2026-11-20"}


def test_same_means_nothing_to_do():
    same = [entry(1), entry(2, email="S2@Linde.EXAMPLE"), entry(3, first_name="Zoe\u0308")]
    result = planned(same, [member(1), member(2), member(3, first_name="Zo\u00eb")])
    assert not result.changes
    assert statuses(result, 3) == {1: "unchanged", 2: "unchanged", 3: "unchanged"}


@pytest.mark.parametrize(
    ("entries", "members", "expected"),
    [
        ([entry(1)], [], {1: "created"}),
        ([entry(1, first_name="Anna")], [member(1)], {1: "updated"}),
        ([entry(1, state="absent")], [member(1)], {1: "unlinked"}),
        ([entry(1, state="absent")], [], {1: "unchanged"}),
        ([entry(1, state="blocked")], [member(1)], {1: "blocked"}),
        ([entry(1, state="blocked")], [member(1, device="blocked", active=False)], {1: "unchanged"}),
        ([entry(1, state="blocked")], [], {1: "account_unknown"}),
        ([entry(1, state="revoked")], [member(1, device="blocked", active=False)], {1: "revoked"}),
        ([entry(1)], [member(1, device="blocked", active=False)], {1: "unchanged"}),
        ([entry(1, state="absent")], [member(1, role="operator")], {1: "account_is_administrator"}),
        ([entry(1, uzi_number="900012345")], [member(1, external_id="HR-0", attributes={"uziNumber": "900012345"})],
         {1: "updated"}),
        ([entry(1)], [member(1, external_id=None, last_name="VAN DER  berg1")], {1: "updated"}),
        ([entry(1)], [member(1, external_id="HR-0")], {1: "account_ambiguous"}),
        ([entry(1)], [member(1, external_id=None), member(1, id="id-b", external_id=None)], {1: "account_ambiguous"}),
        # twins: both listed, so the second one is another person
        ([entry(1), entry(2, last_name="Berg1")], [member(1)], {1: "unchanged", 2: "created"}),
        ([entry(1), entry(2, last_name="Berg1")], [member(1, external_id=None)],
         {1: "updated", 2: "account_ambiguous"}),
        # the portal has one external id twice: nobody knows which one is meant
        ([entry(1)], [member(1), member(1, id="id-b")], {1: "account_ambiguous"}),
        ([entry(1, last_name="\u0132zer", prefix=None)], [member(1, external_id=None, last_name="IJzer")],
         {1: "updated"}),
    ],
)  # fmt: skip
def test_each_case(entries, members, expected):
    assert statuses(planned(entries, members)) == expected


@pytest.mark.parametrize(
    ("record", "code"),
    [
        ({**WID, "document_expires": "2026-11-23"}, "identification_expired"),
        ({**WID, "checked_by": "HR-1"}, "identification_own"),
        ({**WID, "checked_at": "2026-11-25"}, "identification_future"),
        (None, "identification_missing"),
    ],
)
def test_registration_by_an_operator_needs_a_valid_check_by_another(record, code):
    result = planned([entry(1, registration="operator", identification=record), entry(2, identification=WID)], [])
    assert statuses(result) == {1: code, 2: "created"}


def test_a_part_of_a_list_still_knows_the_twin():
    twin = desired.from_list([entry(2, last_name="Berg1")])
    rules = Rules("90000101", today=date(2026, 11, 24))
    assert statuses(plan(twin, [member(1)], rules)) == {1: "account_ambiguous"}
    assert statuses(plan(twin, [member(1)], rules, {"HR-1", "HR-2"})) == {1: "created"}


def test_what_the_portal_cannot_tell_is_no_difference():
    unknown = frozenset({"external_id", "email", "role_code"})
    known = member(1, external_id=None, email=None, attributes={"uziNumber": "900012345"}, unknown=unknown)
    result = planned([entry(1, uzi_number="900012345", role_code="01.015")], [known])
    assert statuses(result) == {1: "unchanged"}


def test_reactivate():
    members = [member(1, device="blocked", active=False), member(2, device="revoked", active=False)]
    result = planned([entry(1), entry(2)], members, reactivate=True)
    assert [(change.status, change.device) for change in result.changes] == [
        ("unblocked", "unblocked"),
        ("updated", "invited"),
    ]


def test_purge_spares_other_roles_and_those_nobody_can_tell():
    members = [member(number) for number in range(1, 12)]
    members += [member(50, role="administrator"), member(60, external_id="HR-old", last_name="van der Berg70")]
    result = planned([*(entry(number) for number in range(1, 11)), entry(70)], members, purge=True)
    assert [(change.external_id, change.status) for change in result.changes] == [("HR-11", "unlinked")]
    assert result.settled[11].code == "account_ambiguous"


@pytest.mark.parametrize("limit", ["10%", "19"])
def test_a_list_that_came_out_short_cannot_empty_a_portal(limit):
    with pytest.raises(ZorgidError) as error:
        planned([entry(0)], [member(number) for number in range(21)], purge=True, max_removals=limit)
    assert error.value.code == "max_removals_exceeded"
    assert error.value.details["removals"] == 20
    assert len(planned([entry(0)], [member(1), member(2)], purge=True, max_removals="2").changes) == 3


def test_the_last_administrator_stays():
    chief = member(1, role="administrator")
    with pytest.raises(ZorgidError) as error:
        planned([entry(1, role="operator")], [chief], True, roles=("administrator", "operator"))
    assert error.value.code == "administrator_last"
    both = [entry(1, role="operator"), entry(2, role="administrator")]
    assert len(planned(both, [chief, member(2)], True, roles=("administrator", "operator")).changes) == 2


@pytest.mark.parametrize(
    ("entries", "code", "details"),
    [
        ([entry(1), entry(2), entry(1)], "accounts_contradict", {"positions": [1, 3]}),
        ([entry(1, uzi_number="900012345"), entry(2, uzi_number="900012345")], "accounts_contradict",
         {"positions": [1, 2]}),
        ([entry(1), entry(2, nickname="x")], "accounts_invalid", {"position": 2}),
        ([entry(1, state="gone")], "accounts_invalid", {"position": 1}),
        ([entry(1, date_of_birth="12-04-1988")], "accounts_invalid", {"position": 1}),
        ([entry(1, date_of_birth="1988-13-01")], "accounts_invalid", {"position": 1}),
        ([entry(1, email="nobody")], "accounts_invalid", {"position": 1}),
        ([entry(1, uzi_number=900012345)], "accounts_invalid", {"position": 1}),
        ([entry(1, last_name="")], "accounts_invalid", {"position": 1}),
        ([entry(1, role="operator")], "accounts_invalid", {"position": 1}),
        ([entry(1, identification={**WID, "document_number": "NX1"})], "accounts_invalid", {"position": 1}),
        ([entry(1, identification={"document_type": "passport"})], "accounts_invalid", {"position": 1}),
        (["HR-1"], "accounts_invalid", {"position": 1}),
    ],
)  # fmt: skip
def test_wrong_lists_are_refused_as_a_whole(entries, code, details):
    with pytest.raises(ZorgidError) as error:
        desired.from_list(entries)
    assert error.value.code == code
    assert error.value.details == details
    assert "Sanne" not in str(error.value)
    assert "Berg" not in str(error.value)


def test_files_say_the_same(tmp_path):
    entries = [entry(1, identification=WID), entry(2, uzi_number="012345678")]
    entries[1]["last_name"] = "Berg\u2028B"  # a line separator is no end of a line in CSV
    (tmp_path / "a.json").write_text(json.dumps(entries))
    columns = [*entry(), "uzi_number", *WID]
    flat = [{**item.pop("identification", {}), **item} for item in map(dict, entries)]
    with (tmp_path / "a.csv").open("w", newline="", encoding="utf-8-sig") as file:
        writer = csv.DictWriter(file, columns, delimiter=";")
        writer.writeheader()
        writer.writerows(flat)
    book = openpyxl.Workbook()
    book.active.append(columns)
    for item in flat:
        cells = {**item, "date_of_birth": date.fromisoformat(item["date_of_birth"])}
        book.active.append([cells.get(name) for name in columns])
    book.save(tmp_path / "a.xlsx")
    wanted = desired.from_list(entries)
    for name in ("a.json", "a.csv", "a.xlsx"):
        assert desired.read_path(tmp_path / name) == wanted, name


@pytest.mark.parametrize(
    ("name", "content"),
    [
        ("a.json", b"{"),
        ("a.json", b'"x"'),
        ("a.json", b"[" + b"1" * 5000 + b"]"),
        ("a.json", b"[" * 200_000),
        ("a.csv", b"name;first_name\n1;2\n"),
        ("a.csv", b"external_id;external_id\n1;2\n"),
        ("a.csv", b"external_id\n\xff\n"),
        ("a.csv", b""),
        ("a.csv", b"external_id,first_name,last_name,prefix\n1,Jan,Berg, van der,1990-01-01\n"),
        ("a.csv", b'external_id,first_name\n1,"Jan\n'),
        ("a.xlsx", b"PK"),
        ("a.txt", b""),
        ("absent.json", None),
    ],
)
def test_unreadable_files(tmp_path, name, content):
    if content is not None:
        (tmp_path / name).write_bytes(content)
    with pytest.raises(ZorgidError) as error:
        desired.read_path(tmp_path / name)
    assert error.value.code == "accounts_unreadable"


def test_what_is_shown_of_a_plan_names_nobody():
    changes = planned([entry(1, first_name="Anna", email="anna@linde.example"), entry(2)], [member(1)]).changes
    shown = str([before_and_after(change) for change in changes])
    for secret in ("Anna", "anna@", "Berg", "1988-04-12"):
        assert secret not in shown
    assert "@linde.example" in shown
    assert "anna@linde.example" in str([before_and_after(change, full=True) for change in changes])


def test_what_the_portal_says_of_a_person_is_not_passed_on():
    change = plan(desired.from_list([entry()]), [], Rules("90000101", ("employee",))).changes[0]
    said = "sanne.vanderberg1 <s1@linde.example> (Van der BERG1, 1988-04-12) already\x00\nexists, see 90000101"
    reported = outcome_of(Operation(change, "POST", "/Users", b"", None), 409, said).message
    assert "already? exists, see 90000101" in reported
    for personal in ("sanne", "berg1", "1988", "s1@", "\x00"):
        assert personal not in reported.lower()


@pytest.mark.parametrize("spelled", ["212", "00000212", "0212"])
def test_a_change_is_asked_for_under_the_portals_own_spelling(spelled):
    """A filter of SCIM compares texts, and the portal may leave out leading zeros."""
    extension = {"memberships": [{"ura": "90000101", "role": "operator"}, {"ura": spelled, "role": "employee"}]}
    actual = to_actual({"id": "1", "name": {"familyName": "Berg"}, EXTENSION: extension}, 0, "00000212", False)
    assert actual["role"] == "employee"
    gone = Change("unlinked", "HR-1", 0, None, actual)
    assert patch_user(gone, "00000212", False)["Operations"][0]["path"].endswith(f'memberships[ura eq "{spelled}"]')
    promoted = Change("updated", "HR-1", 1, {}, actual, {"role": ("employee", "operator")})
    assert f'[ura eq "{spelled}"].role' in patch_user(promoted, "00000212", False)["Operations"][0]["path"]
