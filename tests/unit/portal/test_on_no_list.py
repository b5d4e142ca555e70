# SPDX-FileCopyrightText: gbz.zorgid contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""Members that no list names, rows that are nobody's, and WID checks by no operator."""

from __future__ import annotations

import dataclasses
import datetime
import html
import json

import pytest
from ansible_collections.gbz.zorgid.plugins.module_utils._lists.mapping import ListMapping
from ansible_collections.gbz.zorgid.plugins.module_utils._lists.read_list import read_list
from ansible_collections.gbz.zorgid.plugins.module_utils._onboarding import data, markdown, screen
from ansible_collections.gbz.zorgid.plugins.module_utils._onboarding.observed import Accounts, Portal, Seen
from ansible_collections.gbz.zorgid.plugins.module_utils._onboarding.rows_of_nobody import rows_of_nobody
from ansible_collections.gbz.zorgid.plugins.module_utils._onboarding.runs import Host, decide
from ansible_collections.gbz.zorgid.plugins.module_utils._onboarding.style import Style
from ansible_collections.gbz.zorgid.plugins.module_utils._onboarding.wire import pack, unpack
from ansible_collections.gbz.zorgid.plugins.module_utils._portal import desired
from ansible_collections.gbz.zorgid.plugins.module_utils._portal.planner import plan
from ansible_collections.gbz.zorgid.plugins.module_utils._portal.rules import Rules
from ansible_collections.gbz.zorgid.plugins.module_utils._portal.source import Source
from ansible_collections.gbz.zorgid.plugins.module_utils._use_cases.on_no_list import ListRead, on_no_list
from ansible_collections.gbz.zorgid.tests.support.onboarding_support import ALL_DONE, NOW, POLICY, known_until, seen
from ansible_collections.gbz.zorgid.tests.support.portal_plans import entry, member

BOSS = entry(100, first_name="Vera", last_name="Baas", prefix=None, role="administrator")
WID = {"document_type": "passport", "document_expires": "2031-05-01", "checked_at": "2026-11-01"}


def checked(by):
    return {"identification": {**WID, "checked_by": by}}


def read(entries, members, *, administrators=False, **more):
    roles = ("administrator", "operator") if administrators else ("employee",)
    wanted = desired.from_list(entries, administrators=administrators)
    found = {}
    plan(wanted, members, Rules("90000101", roles), members=found)
    return ListRead(Source(wanted, **more), found)


def reported(employees, members, administrators=None, **more):
    """Code to what was found, of both lists."""
    lists = {"employees": read(employees, members)}
    if administrators is not None:
        lists = {"administrators": read(administrators, members, administrators=True), **lists}
    found = on_no_list(members, lists, **more)
    return {f"{kind}: {one.code}": one.found for kind, those in found.items() for one in those}


def test_everybody_on_a_list_is_nothing_to_tell():
    members = [member(1), member(100, first_name="Vera", last_name="Baas", role="administrator")]
    assert reported([entry(1)], members, [BOSS]) == {}
    # Named by an id of before, as one that leaves, by UZI number or name, or as no member any more.
    former = [{**entry(1), "external_id": "HR-9"}]
    assert reported([entry(1, state="absent")], [member(1)]) == {}
    assert reported(former, [member(1, external_id=None)]) == {}
    assert reported([entry(1)], [member(1), member(2, gone=True)]) == {}


def test_members_that_no_list_names_stand_at_the_list_they_belong_to():
    members = [member(1), member(2), member(7, role="operator")]
    assert reported([entry(1)], members, [BOSS]) == {
        "administrators: member_on_no_list": "HR-7",
        "employees: member_on_no_list": "HR-2",
    }
    # Without a list of administrators nobody knows whether one names them.
    assert reported([entry(1)], members) == {"employees: member_on_no_list": "HR-2"}
    # One list could not be read: it may name them.
    assert reported([entry(1)], members, whole=False) == {}
    # Whom the run removes is its work.
    assert reported([entry(1)], members, [BOSS], purge=True) == {}


def test_many_are_counted_and_what_may_be_a_name_is_not_shown():
    members = [member(number) for number in range(1, 502)]
    trouble = on_no_list(members, {"employees": read([entry(1)], members)})["employees"][0]
    assert trouble.message == "The portal shows 500 members of this organisation that no list names (employees)"
    assert trouble.found == "HR-2, HR-3, HR-4, HR-5, HR-6 and 495 more"
    named = [
        member(2, external_id="sanne.berg"),
        member(3, external_id="s3@linde.example"),
        member(4, external_id=None),
    ]
    assert "not shown" in reported([entry(1)], named)["employees: member_on_no_list"]


def test_a_row_that_blocks_nobody_is_told_by_its_row():
    wanted = [entry(1), entry(8, state="blocked"), entry(9, state="absent")]
    assert reported(wanted, [member(1)]) == {"employees: row_of_nobody": "account 2 of the list"}
    one = read(wanted, [member(1)], read={"file": "hr.csv"}, rows=[2, 3, 4])
    assert on_no_list([member(1)], {"employees": one})["employees"][0].found == "row 3 of hr.csv"


@pytest.mark.parametrize(
    ("by", "members", "administrators", "is_reported"),
    [
        ("HR-7", [member(7, role="operator")], None, False),
        ("HR-100", [], [BOSS], False),
        ("HR-7", [member(7)], None, True),
        ("HR-8", [], [BOSS], True),
        ("HR-100", [], [{**BOSS, "state": "absent"}, entry(101, role="operator")], True),
    ],
)
def test_who_checked_a_document_is_an_operator(by, members, administrators, is_reported):
    found = reported([entry(1, **checked(by)), entry(7)], members, administrators)
    assert ("employees: checker_no_operator" in found) is is_reported
    # A check of long ago was by whoever was operator then.
    assert "employees: checker_no_operator" not in reported([entry(1, **checked(by))], [member(1)], administrators)


def shown(*hosts, **more):
    run = decide(hosts, NOW, **more)
    style = Style()
    reported = {"environment": "production", "now": NOW}
    page = html.unescape(markdown.markdown(run, style=style, **reported))
    return screen.table(run, style=style, **reported), page, data.as_json(run, **reported)


def host(portal, name="delinde", **more):
    known = dataclasses.replace(known_until(ALL_DONE), ura=more.pop("ura", "90000101"), host=name)
    observed = seen(portal=Seen.good(portal))
    return unpack(
        Host, json.loads(json.dumps(pack(Host(dataclasses.replace(POLICY, host=name), known, observed, **more))))
    )


def test_they_are_matters_on_every_screen_and_no_work():
    members = [member(1), member(2, first_name="Fatima")]
    strays = on_no_list(members, {"employees": read([entry(1)], members)})["employees"]
    shows = Portal(NOW, members=2, administrator_active=True, employees=Accounts(1, 1, 1, strays=strays))
    text, page, reported = shown(host(shows))
    for one in (text, page, json.dumps(reported)):
        assert "member_on_no_list" in one
        assert "HR-2" in one
        assert "Fatima" not in one
    assert [one["trouble"]["code"] for one in reported["organisations"][0]["attention"]] == ["member_on_no_list"]
    assert all(not step["effects"] for step in reported["organisations"][0]["steps"])


# Lists of several organisations ---------------------------------------------------------------------------------------

SHARED = """\
nr;voornaam;achternaam;praktijk;dienst
1;Sanne;Berg;De Linde;ja
2;Fatima;Amrani;Het Anker;ja
3;Kees;Vos;De Brug;ja
4;Noor;Bakker;De Brug;ja
5;Bram;Smit;De Linde;nee
"""


@pytest.fixture
def others(tmp_path):
    path = tmp_path / "hr.csv"
    path.write_text(SHARED, encoding="utf-8")

    def of(practice):
        columns = {"external_id": "nr", "first_name": "voornaam", "last_name": "achternaam"}
        where = {"praktijk": practice, "dienst": "ja"}
        return read_list(path, ListMapping.of({"columns": columns, "where": where}), datetime.date(2026, 11, 26)).others

    return of


def sharing(others, *practices):
    for number, practice in enumerate(practices, 1):
        mine = None if practice is None else others(practice)
        shows = Portal(NOW, members=1, employees=Accounts(1, 1, 1, others=mine))
        yield host(shows, f"host{number}", list_file="0123 hr.csv", ura=f"9000010{number}")


def of_nobody(hosts):
    return rows_of_nobody((one.list_file, one.observed) for one in hosts)


def test_rows_of_no_organisation_of_the_inventory(others):
    hosts = list(sharing(others, "De Linde", "Het Anker"))
    (trouble,) = of_nobody(hosts)
    assert trouble.message == "2 rows of the list hr.csv belong to no organisation of this inventory"
    # Not row 6: what no organisation wants in any case is no other organisation's.
    assert trouble.found == "row 4 and 1 more"
    text, page, reported = shown(*hosts)
    assert [one["code"] for one in reported["attention"]] == ["row_of_no_organisation"]
    assert "row_of_no_organisation" in text
    assert "row_of_no_organisation" in page
    assert shown(*hosts, whole=False)[2]["attention"] == []


def test_nothing_is_said_where_the_rows_may_be_somebodys(others):
    assert of_nobody(sharing(others, "De Linde", "Het Anker", "De Brug")) == ()
    assert of_nobody(sharing(others, "De Linde", "Het Anker", None)) == ()
    assert of_nobody(sharing(others, "De Linde")) == ()
