# SPDX-FileCopyrightText: gbz.zorgid contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""Contracts make people: who is here, under which number, and to which address letters go."""

from __future__ import annotations

import datetime

import pytest
from ansible_collections.gbz.zorgid.plugins.module_utils._lists.mapping import ListMapping
from ansible_collections.gbz.zorgid.plugins.module_utils._lists.read_list import read_list
from ansible_collections.gbz.zorgid.plugins.module_utils._portal.mapped import read_mapped
from ansible_collections.gbz.zorgid.tests.support.hr_lists import SMALL, TODAY, people, reported, understood, written

CONTRACTS = {
    "columns": {
        **SMALL["columns"],
        "date_of_birth": "Geboren",
        "email": "Mail",
        "private_email": "Thuis",
        "start": "Van",
        "end": "Tot",
    },
    "person": ["Roepnaam", "Achternaam", "Geboren"],
}
TITLES = "Nr;Roepnaam;Achternaam;Geboren;Mail;Thuis;Van;Tot"


def contracts(folder, *rows, titles=TITLES, **changes):
    """rows: number, begin, end of contracts of one and the same person, or whole rows."""
    whole = [one if one.count(";") > 2 else "{};Bo;Vos;1990-01-02;;;{};{}".format(*one.split(";")) for one in rows]
    return understood(folder, "\n".join([titles, *whole, ""]), CONTRACTS, **changes)


@pytest.mark.parametrize(
    ("rows", "number", "state", "former"),
    [
        (["1;2020-01-01;"], "1", "present", ()),
        (["1;;"], "1", "present", ()),
        (["1;2026-11-26;2026-11-26"], "1", "present", ()),
        (["1;2020-01-01;2026-11-25"], "1", "absent", ()),
        (["1;2020-01-01;9999-12-31"], "1", "present", ()),
        (["1;2020-01-01;29991231"], "1", "present", ()),
        (["1;2020-01-01;2099-01-01"], "1", "present", ()),
        (["1;0001-01-01;0001-01-01"], "1", "present", ()),
        (["1;1900-01-01;"], "1", "present", ()),
        (["1;2020-01-01;2026-06-30", "1;2026-07-01;"], "1", "present", ()),
        (["1;2020-01-01;2026-06-30", "1;2020-07-01;2026-11-01"], "1", "absent", ()),
        (["1;2020-01-01;2026-06-30", "2;2026-07-01;"], "2", "present", ("1",)),
        (["2;2026-07-01;", "1;2020-01-01;2026-06-30"], "2", "present", ("1",)),
        (["1;2018-01-01;2019-01-01", "2;2019-01-02;2020-01-01", "3;2020-02-01;"], "3", "present", ("2", "1")),
        (["1;2018-01-01;2019-01-01", "2;2019-01-02;2020-01-01"], "2", "absent", ("1",)),
        # A second contract beside the first does not change the number and back again.
        (["1;2020-01-01;", "2;2024-01-01;2026-12-31"], "1", "present", ("2",)),
        (["2;2024-01-01;2026-12-31", "1;2020-01-01;"], "1", "present", ("2",)),
        # The number of a contract that is still to come is not theirs yet.
        (["1;2020-01-01;2026-12-31", "2;2027-01-01;"], "1", "present", ()),
        (["1;2020-01-01;2026-10-31", "2;2027-01-01;"], "1", "absent", ()),
        # Withdrawn before it began.
        (["1;2026-10-01;2026-09-30"], "1", "absent", ()),
        (["1;2020-01-01;", "2;2026-10-01;2026-09-30"], "1", "present", ()),
    ],
)
def test_one_person(tmp_path, rows, number, state, former):
    found = contracts(tmp_path, *rows)
    assert not found.wrong
    assert not found.waiting
    (one,) = found.accounts
    assert (one.external_id, one.fields["state"]) == (number, state)
    assert set(one.former_ids) == set(former)
    assert one.rows == tuple(range(2, 2 + len(rows)))


def test_the_role_code_of_nurses_has_no_decimals(tmp_path):
    mapping = {**CONTRACTS, "columns": {**CONTRACTS["columns"], "role_code": "Rolcode"}}
    (one,) = understood(tmp_path, f"{TITLES};Rolcode\n1;Bo;Vos;1990-01-02;;;;;30.000\n", mapping).accounts
    assert one.fields["role_code"] == "30.000"


def test_older_numbers_are_told_newest_first(tmp_path):
    (one,) = contracts(tmp_path, "1;2016-01-01;2017-01-01", "2;2018-01-01;2019-01-01", "3;2020-01-01;").accounts
    assert one.former_ids == ("2", "1")


@pytest.mark.parametrize("day", [datetime.date(2026, 12, 31), datetime.date(2027, 1, 1)])
def test_a_contract_begins_on_its_first_day(tmp_path, day):
    path = written(tmp_path, f"{TITLES}\n1;Bo;Vos;1990-01-02;;;2027-01-01;\n")
    found = read_list(path, ListMapping.of(CONTRACTS), day)
    assert (len(found.accounts), len(found.waiting)) == ((0, 1) if day.year == 2026 else (1, 0))


def test_a_rehire_in_between_two_contracts(tmp_path):
    found = contracts(tmp_path, "1;2020-01-01;2026-10-31", "2;2027-01-01;")
    assert found.accounts[0].starts_on == "2027-01-01"
    assert "row 2 has no contract now, and one that starts on 2027-01-01" in found.notes
    found = contracts(tmp_path, "1;2026-10-01;2026-09-30")
    assert "1 contracts end before they begin; they are read as never begun" in found.notes


def test_nobody_yet(tmp_path):
    found = contracts(tmp_path, "1;2027-03-01;", "1;2027-02-01;2027-02-28", "2;Cas;Mol;1980-01-02;;;2020-01-01;")
    assert [one.external_id for one in found.accounts] == ["2"]
    assert [(one.external_id, one.starts_on, one.rows) for one in found.waiting] == [("1", "2027-02-01", (2, 3))]


def test_the_row_of_the_contract_that_runs_says_who_somebody_is(tmp_path):
    old, new = "1;Bo;Vos;1990-01-02;old@a.example;;2019-01-01;2020-01-01", "1;Bo;Vos;;new@a.example;;2020-02-01;"
    (one,) = contracts(tmp_path, old, new, person=None).accounts
    assert (one.fields["email"], one.fields["date_of_birth"]) == ("new@a.example", "1990-01-02")
    (one,) = contracts(tmp_path, old, "1;Bo;Vos;;;;2020-02-01;", person=None).accounts
    assert "email" not in one.fields  # the old address may be somebody else's by now


def test_a_text_and_a_real_date_are_the_same_day_of_birth(tmp_path):
    rows = [
        TITLES.split(";"),
        ["1", "Bo", "Vos", "02-01-1990", None, None, "2019-01-01", "2020-01-01"],
        ["2", "Bo", "Vos", (32875, 1), None, None, "2020-02-01", None],
    ]
    (one,) = understood(tmp_path, rows, CONTRACTS).accounts
    assert (one.external_id, one.former_ids) == ("2", ("1",))


def test_a_column_that_tells_one_human(tmp_path):
    """Namesakes with one date of birth are two people where the system has a number for humans."""
    text = (
        "Nr;Roepnaam;Achternaam;Geboren;Mens\n1;Bo;Vos;1990-01-02;77\n2;Bo;Vos;1990-01-02;78\n3;Bo;Vos;1990-01-02;77\n"
    )
    given = {"columns": {**SMALL["columns"], "date_of_birth": "Geboren"}, "person": "Mens"}
    found = understood(tmp_path, text, given)
    assert [(one.external_id, one.former_ids) for one in found.accounts] == [("1", ("3",)), ("2", ())]


@pytest.mark.parametrize(
    ("word", "state"),
    [
        ("True", "present"),
        ("ja", "present"),
        ("1", "present"),
        ("Waar", "present"),
        ("FALSE", "absent"),
        ("0", "absent"),
    ],
)
def test_disabled_is_absent(tmp_path, word, state):
    text = f"Nr;Roepnaam;Achternaam;A\n1;Bo;Vos;{word}\n"
    assert people(understood(tmp_path, text, SMALL, enabled="A")) == [("1", "Bo", "", "Vos", "", state)]


@pytest.mark.parametrize(("cell", "state"), [('<c t="b"><v>1</v></c>', "present"), ('<c t="b"><v>0</v></c>', "absent")])
def test_disabled_as_a_truth_of_excel(tmp_path, cell, state):
    table = [["Nr", "Roepnaam", "Achternaam", "A"], [1, "Bo", "Vos", cell]]
    assert people(understood(tmp_path, table, SMALL, enabled="A"))[0][-1] == state


def test_words_of_a_status(tmp_path):
    given = {"column": "Status", "present": ["Actief", "Ziek"], "absent": ["Uit dienst"]}
    text = "Nr;Roepnaam;Achternaam;Status\n1;Bo;Vos;ziek\n2;Cas;Mol;UIT DIENST\n"
    found = understood(tmp_path, text, SMALL, enabled=given)
    assert [one.fields["state"] for one in found.accounts] == ["present", "absent"]


def test_a_disabled_contract_beside_one_in_use(tmp_path):
    text = "Nr;Roepnaam;Achternaam;A\n1;Bo;Vos;nee\n1;Bo;Vos;ja\n"
    assert people(understood(tmp_path, text, SMALL, enabled="A"))[0][-1] == "present"


def test_a_state_that_the_list_gives(tmp_path):
    text = "Nr;Roepnaam;Achternaam;state;Tot\n1;Bo;Vos;Blocked;\n2;Cas;Mol;present;2020-01-01\n"
    given = {"columns": {**SMALL["columns"], "state": "state", "end": "Tot"}}
    assert [one[-1] for one in people(understood(tmp_path, text, given))] == ["blocked", "absent"]


# mail ---------------------------------------------------------------------------------------------------------------


def test_a_private_address_is_taken_when_it_is_mapped_and_work_has_none(tmp_path):
    rows = ("1;Bo;Vos;1990-01-02;b@a.example;b@thuis.example;;", "2;Cas;Mol;1980-01-02;;c@thuis.example;;")
    found = contracts(tmp_path, *rows)
    assert [(one.fields["email"], one.private_mail) for one in found.accounts] == [
        ("b@a.example", False),
        ("c@thuis.example", True),
    ]
    assert "1 people are written to at their private address" in found.notes[0]
    columns = {name: title for name, title in CONTRACTS["columns"].items() if name != "private_email"}
    found = contracts(tmp_path, *rows, columns=columns)
    assert [one.fields.get("email") for one in found.accounts] == ["b@a.example", None]
    assert "thuis.example" not in str(found)


def test_one_mailbox_for_two_people(tmp_path):
    rows = (
        "1;Bo;Vos;1990-01-02;balie@a.example;;;",
        "2;Cas;Mol;1980-01-02;Balie@A.example;;;",
        "3;Ida;Kok;1981-01-02;i@a.example;;;",
        "4;Jo;Bos;1982-01-02;i@a.example;;;2020-01-01",
    )
    found = contracts(tmp_path, *rows)
    assert [one.shared_mailbox for one in found.accounts] == [True, True, False, False]
    assert "rows 2, 3 have one mail address: no personal letter is mailed to it" in found.notes
    assert "balie" not in reported(found).lower()
    source = read_mapped(tmp_path / "hr.csv", ListMapping.of(CONTRACTS), TODAY)
    assert [one.get("shared_mailbox") for one in source.accounts] == [True, True, None, None]


def test_one_person_with_two_contracts_shares_nothing(tmp_path):
    row = "{};Bo;Vos;1990-01-02;b@a.example;;{};{}"
    found = contracts(tmp_path, row.format(1, "2019-01-01", "2020-01-01"), row.format(2, "2020-02-01", ""))
    assert [one.shared_mailbox for one in found.accounts] == [False]


# the portal's accounts ----------------------------------------------------------------------------------------------


def test_the_portals_accounts(tmp_path):
    path = written(
        tmp_path, f"{TITLES}\n1;Bo;Vos;1990-01-02;;;;2020-01-01\n2;Bo;Vos;1990-01-02;b@a.example;;2020-01-02;\n"
    )
    source = read_mapped(path, ListMapping.of(CONTRACTS), TODAY)
    assert source.accounts == [
        {
            "external_id": "2",
            "first_name": "Bo",
            "last_name": "Vos",
            "date_of_birth": "1990-01-02",
            "email": "b@a.example",
            "state": "present",
            "role": "employee",
            "registration": "self",
            "former_ids": ["1"],
        }
    ]
    assert source.place(1) == "Row 2 of hr.csv"
    assert (source.read["rows"], source.read["accounts"], source.read["skipped"]) == (2, 1, {})
    assert source.understood is not None


def test_administrators_of_a_mapped_list(tmp_path):
    given = {"columns": {**SMALL["columns"], "role": "Rol"}}
    path = written(tmp_path, "Nr;Roepnaam;Achternaam;Rol\n1;Bo;Vos;administrator\n2;Cas;Mol;operator\n")
    source = read_mapped(path, ListMapping.of(given), TODAY, administrators=True)
    assert [one["role"] for one in source.accounts] == ["administrator", "operator"]


def test_a_wid_check_of_somebody_who_looked(tmp_path):
    names = ("document_type", "document_expires", "checked_by", "checked_at")
    given = {"columns": {**SMALL["columns"], **dict(zip(names, "abcd", strict=True))}}
    path = written(tmp_path, "Nr;Roepnaam;Achternaam;a;b;c;d\n1;Bo;Vos;passport;1-5-2041;19002;20-11-2026 14:05\n")
    (one,) = read_mapped(path, ListMapping.of(given), TODAY).accounts
    assert one["registration"] == "operator"
    assert one["identification"] == {
        "document_type": "passport",
        "document_expires": "2041-05-01",
        "checked_by": "19002",
        "checked_at": "2026-11-20",
    }
