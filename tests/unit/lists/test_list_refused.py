# SPDX-FileCopyrightText: gbz.zorgid contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""What is refused, each with its row and its column, and never with what stands there."""

from __future__ import annotations

import pytest
from ansible_collections.gbz.zorgid.plugins.module_utils._common.errors import ZorgidError
from ansible_collections.gbz.zorgid.tests.support.hr_lists import SMALL, mapping, people, reported, understood

FULL = {
    "columns": {
        **SMALL["columns"],
        "prefix": "Tussenv",
        "date_of_birth": "Geboren",
        "email": "Mail",
        "uzi_number": "UZI",
        "start": "Van",
        "end": "Tot",
    },
    "enabled": {"column": "Actief"},
}
TITLES = ("Nr", "Roepnaam", "Tussenv", "Achternaam", "Geboren", "Mail", "UZI", "Van", "Tot", "Actief")
GOOD = {"Nr": "10001", "Roepnaam": "Sanne", "Tussenv": "van der", "Achternaam": "Berg", "Geboren": "1988-04-12",
        "Mail": "s.berg@linde.example", "UZI": "900012345", "Van": "2020-01-01", "Tot": "", "Actief": "ja"}  # fmt: skip


def row(**changes):
    return ";".join(str(one) for one in {**GOOD, **changes}.values())


def csv(*rows):
    return "\n".join([";".join(TITLES), *rows, ""])


def mistakes(folder, *rows, **changes):
    found = understood(folder, csv(*rows), FULL, **changes)
    whole = reported(found)
    for personal in ("Sanne", "Berg", "1988", "10001", "s.berg", "900012345"):
        assert personal not in whole
    assert not found.accounts or not found.wrong
    return [str(one) for one in found.wrong]


@pytest.mark.parametrize(
    ("column", "value", "mistake"),
    [
        ("Roepnaam", "Ren?e", "column Roepnaam (B): letters that were lost or damaged"),
        ("Roepnaam", "RenÃ©e", "column Roepnaam (B): letters that were lost or damaged"),
        ("Achternaam", "M\ufffdller", "column Achternaam (D): letters that were lost or damaged"),
        ("Tussenv", "d?", "column Tussenv (C): letters that were lost or damaged"),
        ("Mail", "ren?e@linde.example", "column Mail (F): letters that were lost or damaged"),
        ("Mail", "nobody", "column Mail (F): it is not one mail address"),
        ("Mail", "a@x.example, b@x.example", "column Mail (F): it is not one mail address"),
        ("Nr", "1,23E+05", "column Nr (A): a number that is shortened"),
        ("Nr", "123,0", "column Nr (A): a number with decimals"),
        ("Nr", "#N/B", "column Nr (A): the error of a formula"),
        ("Roepnaam", "", "column Roepnaam (B): first_name is missing"),
        ("Achternaam", "", "column Achternaam (D): last_name is missing"),
        ("Geboren", "12-04-88", "column Geboren (E): a date whose year has two digits"),
        ("Geboren", "04/12/1988", "column Geboren (E): a date that may be day/month or month/day"),
        ("Geboren", "1-1-1900", "column Geboren (E): a date of 1900 or before"),
        ("Geboren", "1899-12-30", "column Geboren (E): a date of 1900 or before"),
        ("Geboren", "2027-01-01", "column Geboren (E): a date that is still to come"),
        ("Geboren", "2013-11-27", "column Geboren (E): a date of birth of somebody younger than 13"),
        ("Geboren", "1926-11-25", "column Geboren (E): a date of birth of more than 100 years ago"),
        ("Geboren", "31-02-1988", "column Geboren (E): no date"),
        ("Geboren", "1988-04-11T22:00:00Z", "column Geboren (E): a date with a time of another time zone"),
        ("Geboren", "1988-04-11 22:00", "column Geboren (E): a date with a time of another time zone"),
        ("Geboren", "onbekend", "column Geboren (E): no date"),
        ("Tot", "31-12-26", "column Tot (I): a date whose year has two digits"),
        ("Tot", "03/04/2026", "column Tot (I): a date that may be day/month or month/day"),
        ("Tot", "1900-01-01", "column Tot (I): a date of 1900 or before"),
        ("Tot", "onbepaald", "column Tot (I): no date"),
        ("Tot", "2026-08-30T22:00:00Z", "column Tot (I): a date with a time of another time zone"),
        ("Van", "13/14/2020", "column Van (H): no date"),
        ("UZI", "12345", "column UZI (G): it is not a UZI number"),
        ("UZI", "1,2E+8", "column UZI (G): a number that is shortened"),
        ("Actief", "misschien", "column Actief (J): a value that enabled does not contain"),
        ("Actief", "", "column Actief (J): it is not given whether this account is in use"),
    ],
)
def test_a_cell_that_cannot_be_read_in_one_way(tmp_path, column, value, mistake):
    found = mistakes(tmp_path, row(Nr="1", Roepnaam="Bo", UZI=""), row(**{column: value}))
    assert len(found) == 1
    assert found[0].startswith(f"row 3, {mistake}")


def test_every_rows_mistakes_at_once(tmp_path):
    rows = [row(Nr=f"x{number}", UZI="", Roepnaam="", Geboren="12-04-88", Mail="nobody") for number in range(30)]
    found = understood(tmp_path, csv(*rows), FULL)
    assert len(found.wrong) == 90
    assert {one.row for one in found.wrong} == set(range(2, 32))
    assert all(one.action for one in found.wrong)
    with pytest.raises(ZorgidError) as error:
        found.refuse_mistakes()
    assert "and 70 more" in str(error.value)
    assert "in the HR system or in Excel" in str(error.value)


def test_numbers_that_are_one_but_for_zeros(tmp_path):
    assert "row 3, column Nr (A): the same number as in row 2, except for leading zeros" in mistakes(
        tmp_path, row(Nr="0123", UZI=""), row(Nr="123", UZI="")
    )


def test_uzi_numbers_that_are_equal_in_nine_digits(tmp_path):
    found = mistakes(tmp_path, row(UZI="012345678"), row(Nr="2", Roepnaam="Bo", UZI="12345678"))
    assert found == ["row 3, column UZI (G): the same UZI number as in row 2, except for leading zeros"]
    found = mistakes(tmp_path, row(), row(Nr="2", Roepnaam="Bo"))
    assert found == ["row 3, column UZI (G): the same UZI number as in row 2"]


def test_a_number_beside_texts_with_zeros(tmp_path):
    table = [["Nr", "Roepnaam", "Achternaam"], ["0123", "A", "B"], [45, "C", "D"], [4567, "E", "F"]]
    found = understood(tmp_path, table, SMALL)
    assert [one.row for one in found.wrong] == [3]
    assert "column Nr (A): a number, where other rows have a text with leading zeros" in str(found.wrong[0])
    assert "Text" in found.wrong[0].action
    table[1][0] = 123
    assert not understood(tmp_path, table, SMALL).wrong


def test_a_uzi_number_of_nine_digits_lost_no_zero(tmp_path):
    table = [["Nr", "Roepnaam", "Achternaam", "UZI"], [1, "A", "B", 900012345], [2, "C", "D", 12345678]]
    found = understood(tmp_path, table, {"columns": {**SMALL["columns"], "uzi_number": "UZI"}})
    assert [str(one) for one in found.wrong] == [
        "row 3, column UZI (D): a number, which may have lost its leading zeros"
    ]


def test_a_number_that_is_two_people(tmp_path):
    found = mistakes(tmp_path, row(UZI=""), row(Roepnaam="Piet", UZI=""), row(Geboren="1990-01-01", UZI=""))
    assert found == [
        "row 3, column Nr (A): the same number as in row 2, and another first_name",
        "row 4, column Nr (A): the same number as in row 2, and another date_of_birth",
    ]


def test_two_numbers_of_one_person(tmp_path):
    found = mistakes(tmp_path, row(UZI=""), row(Nr="2", Roepnaam="SANNE ", UZI=""))
    assert found == [
        "row 3, column Nr (A): perhaps the person of row 2: the same name and date of birth, under another number"
    ]
    found = mistakes(tmp_path, row(UZI="", Geboren=""), row(Nr="2", UZI="", Geboren=""))
    assert found == ["row 3, column Nr (A): perhaps the person of row 2: the same name, under another number"]


def test_namesakes_are_two_people(tmp_path):
    two = row(Nr="2", UZI="", Geboren="1990-01-01", Mail="x@linde.example")
    assert not mistakes(tmp_path, row(UZI=""), two)
    assert not mistakes(tmp_path, row(UZI="", Geboren=""), row(Nr="2", UZI="", Geboren="", Mail="x@linde.example"))


def test_a_person_who_cannot_be_told_apart(tmp_path):
    """person needs a date of birth, and one row of two with this name has none."""
    found = mistakes(
        tmp_path, row(UZI=""), row(Nr="2", UZI="", Geboren=""), person=["Roepnaam", "Achternaam", "Geboren"]
    )
    assert found == ["row 3, column Nr (A): perhaps the person of row 2: the same name, under another number"]


def test_cells_beyond_the_header(tmp_path):
    found = mistakes(tmp_path, row(UZI="") + ";x")
    assert found == ["row 2, column K: there are more cells in the row than in the header"]


def test_a_total_that_does_not_agree(tmp_path):
    found = mistakes(tmp_path, row(UZI=""), row(Nr="2", Roepnaam="Bo", UZI=""), "Totaal: 3")
    assert found == ["row 4: the total says 3, and 2 rows of people were found"]
    assert not mistakes(tmp_path, row(UZI=""), row(Nr="2", Roepnaam="Bo", UZI=""), "Totaal: 2")


@pytest.mark.parametrize(
    ("rows", "good"),
    [
        (["Totaal;2"], True),
        (["Totaal aantal medewerkers;;;;;2"], True),
        (["Totaal;1"], False),
        (["Aantal: 2"], True),
        (["2 medewerkers"], True),
        (["3 medewerkers in dienst"], False),
        (["Totaal FTE;1"], True),
        (["Totaal;1,5"], True),
        (["Totaal;36;1"], True),
        (["Eindtotaal: 5"], False),
        (["Total 2"], True),
        (["Subtotaal: 2", "3;Cas;;Vos", "Subtotaal: 1", "Totaal: 3"], True),
        (["Subtotaal: 2", "3;Cas;;Vos", "Subtotaal: 2", "Totaal: 3"], False),
    ],
)
def test_totals_of_people_and_of_other_things(tmp_path, rows, good):
    text = "\n".join(["Nr;Roepnaam;Tussenv;Achternaam;x;y", "1;Ans;;Kok", "2;Bo;;Mol", *rows, ""])
    found = understood(tmp_path, text, SMALL)
    assert not found.wrong if good else [one.row for one in found.wrong]
    totals = [row for row in rows if not row.startswith("3;")]
    assert sum(one.count for one in found.left_out if one.reason == "total") == len(totals)


def test_a_total_above_the_header_counts_too(tmp_path):
    text = "Personeel\nAantal medewerkers: 250\nNr;Roepnaam;Achternaam\n1;Ans;Kok\n"
    assert "row 2: the total says 250, and 1 rows of people were found" in map(
        str, understood(tmp_path, text, SMALL).wrong
    )


def test_a_total_is_of_the_rows_of_others_too(tmp_path):
    text = "Nr;Roepnaam;Achternaam;B\n1;Ans;Kok;1\n1;Bo;Mol;2\n2;Cas;Vos;2\nTotaal: 3\n"
    found = understood(tmp_path, text, SMALL, where={"B": 2})
    assert [one.external_id for one in found.accounts] == ["1", "2"]
    assert not found.wrong


def test_a_column_of_the_mapping_that_is_gone(tmp_path):
    text = "Nr;Roepnaam;Achternaam;Einddatum funktie\n1;Ans;Kok;\n"
    given = {"columns": {**SMALL["columns"], "end": "Einddatum_functie", "email": "Mail"}}
    found = understood(tmp_path, text, given, optional=["email"])
    assert [str(one) for one in found.wrong] == [
        "row 1: the header has no column Einddatum_functie (end), perhaps column D"
    ]
    assert found.accounts == ()


@pytest.mark.parametrize(
    "change", [{"where": {"Werkgever": "x"}}, {"person": ["Werkgever"]}, {"enabled": "Werkgever"}, {"key": "Werkgever"}]
)
def test_whatever_the_mapping_needs_is_looked_for(tmp_path, change):
    columns = {name: title for name, title in SMALL["columns"].items() if name != "external_id" or "key" not in change}
    found = understood(tmp_path, "Nr;Roepnaam;Achternaam\n1;Ans;Kok\n", {"columns": columns, **change})
    assert "the header has no column Werkgever" in str(found.wrong[0])


def test_two_columns_with_the_title(tmp_path):
    found = understood(tmp_path, "Nr;Roepnaam;Achternaam;Nr\n1;Ans;Kok;2\n", SMALL)
    assert [str(one) for one in found.wrong] == ["row 1: two columns are called Nr (A and D)"]


def test_a_part_of_a_number_that_is_missing(tmp_path):
    """The person would be left out as one without a number, or get somebody else's."""
    text = "B;Nr;Roepnaam;Achternaam\n1;7;Ans;Kok\n;8;Bo;Mol\n;;Cas;Vos\n"
    columns = {name: title for name, title in SMALL["columns"].items() if name != "external_id"}
    found = understood(tmp_path, text, {"columns": columns, "key": ["B", "Nr"]})
    assert [str(one) for one in found.wrong] == ["row 3, column B (A): a part of the number is missing"]
    assert {one.reason: one.rows for one in found.left_out} == {"no_number": (4,)}


def test_nobody_whom_the_list_is_about(tmp_path):
    found = understood(tmp_path, "Nr;Roepnaam;Achternaam;B\n1;Ans;Kok;1\n", SMALL, where={"B": "2"})
    with pytest.raises(ZorgidError) as error:
        found.refuse_mistakes()
    assert error.value.code == "accounts_empty"
    assert "left out: 1 rows of others (where)" in str(error.value)


@pytest.mark.parametrize("text", ["Sanne;Berg;10001\nBo;Vos;2\n", "a;b\n", "Nr\n1\n", ";;\n"])
def test_a_list_without_its_header_shows_nobody(tmp_path, text):
    with pytest.raises(ZorgidError) as error:
        understood(tmp_path, text, SMALL)
    assert error.value.code == "accounts_unreadable"
    assert "Sanne" not in str(error.value)
    assert "Nr, Roepnaam, Achternaam" in str(error.value)


def test_unknown_columns_are_letters(tmp_path):
    """The title of one may be the first person's name, where the header of a list was lost in part."""
    found = understood(tmp_path, "Nr;Roepnaam;Achternaam;Sanne Berg;12-04-1988\n1;Ans;Kok;x;y\n", SMALL)
    assert found.unknown == ("D", "E")
    assert "Sanne" not in reported(found)
    found = understood(tmp_path, "Sanne;Berg;x\n1;2;3\n")
    assert "Sanne" not in reported(found)
    assert found.proposal == {}


def test_a_number_made_of_a_mail_address_is_told_by_its_row(tmp_path):
    given = {"columns": {"first_name": "Roepnaam", "last_name": "Achternaam", "email": "UPN"}, "key": "UPN"}
    assert mapping(given | {"columns": {**given["columns"], "email": "Mail"}}).key_is_personal
    columns = {**given["columns"], "external_id": "UPN"}
    text = "UPN;Roepnaam;Achternaam\na@x.example;Ans;Kok\na@x.example;Bo;Kok\n"
    found = understood(tmp_path, text, {"columns": columns})
    assert "row 3, column UPN (A): the same number as in row 2" in str(found.wrong[0])
    assert "a@x" not in reported(found)


def test_a_bsn_beside_the_columns_is_never_read(tmp_path):
    """Not even to see whether the row is somebody's."""
    text = "Nr;Roepnaam;Achternaam;BSN;Sofi-nummer\n1;Ans;Kok;123456782;x\n;;;123456782;\n"
    found = understood(tmp_path, text, SMALL)
    assert people(found) == [("1", "Ans", "", "Kok", "", "present")]
    assert [(one.reason, one.count) for one in found.left_out] == [("blank", 1)]
    assert "123456782" not in str(found)


def test_a_wid_check_that_lacks_something(tmp_path):
    head = "external_id;first_name;last_name;document_type;document_expires;checked_by;checked_at\n"
    found = understood(tmp_path, head + "1;Ans;Kok;paspoort;;19002;20-11-2026\n2;Bo;Mol;paspoort;;;\n")
    assert [str(one) for one in found.wrong] == [
        "row 2, column document_expires (E): the WID check lacks document_expires"
    ]
