# SPDX-FileCopyrightText: gbz.zorgid contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""What is met in real exports: words for nothing, cells that moved, web letters, links, marks of Excel, hidden BSNs."""

from __future__ import annotations

import pytest
from ansible_collections.gbz.zorgid.plugins.module_utils._common.errors import ZorgidError
from ansible_collections.gbz.zorgid.plugins.module_utils._lists.read_list import read_list
from ansible_collections.gbz.zorgid.tests.support.hr_lists import SMALL, TODAY, mapping, people, understood
from ansible_collections.gbz.zorgid.tests.support.portal_files import workbook

TITLES = "Nr;Roepnaam;Tv;Achternaam;Geboren;Mail;Rol;Van;Tot\n"
WHOLE = {
    "columns": {
        "external_id": "Nr", "first_name": "Roepnaam", "prefix": "Tv", "last_name": "Achternaam",
        "date_of_birth": "Geboren", "email": "Mail", "role_code": "Rol", "start": "Van", "end": "Tot",
    }
}  # fmt: skip
BO = {"Nr": "7", "Roepnaam": "Bo", "Achternaam": "Vos", "Geboren": "3-2-1980"}


def row(**cells):
    found = {**BO, **cells}
    return ";".join(found.get(title, "") for title in TITLES.strip().split(";")) + "\n"


def read(folder, *rows, given=WHOLE):
    return understood(folder, TITLES + "".join(rows), given)


def wrong(found):
    assert found.accounts == ()
    return [(one.row, one.column, one.what) for one in found.wrong]


@pytest.mark.parametrize("word", ["NULL", "(null)", "n.v.t.", "-", " -- ", "(leeg)", "N/A", "NaN"])
def test_a_word_for_nothing_is_nothing_and_said(tmp_path, word):
    found = read(tmp_path, row(Tv=word, Geboren=word, Mail=word, Rol=word, Van=word, Tot=word))
    assert people(found) == [("7", "Bo", "", "Vos", "", "present")]
    assert not {"email", "role_code"} & set(found.accounts[0].fields)
    assert any("6 cells contain a word for nothing" in note and "(row 2)" in note for note in found.notes)


@pytest.mark.parametrize("word", ["NULL", "n.v.t.", "-", ".", "onbekend", "Onbekend", "N/A"])
def test_nobody_is_called_nothing(tmp_path, word):
    found = wrong(read(tmp_path, row(Roepnaam=word), row(Nr="8", Achternaam=word), row(Nr=word)))
    assert found == [
        (2, "Roepnaam (B)", "first_name is missing"),
        (3, "Achternaam (D)", "last_name is missing"),
        (4, "Nr (A)", "a part of the number is missing"),
    ]


def test_null_is_a_surname_and_a_word_of_a_state_is_not_passed_over(tmp_path):
    assert people(read(tmp_path, row(Achternaam="Null")))[0][3] == "Null"
    given = {"columns": {**SMALL["columns"], "state": "Status"}}
    found = understood(tmp_path, "Nr;Roepnaam;Achternaam;Status\n7;Bo;Vos;-\n", given)
    assert [one.column for one in found.wrong] == ["Status (D)"]


def test_of_several_sources_a_word_for_nothing_is_not_the_one(tmp_path):
    given = {"columns": {**SMALL["columns"], "first_name": ["Roepnaam", "Voornaam"]}}
    found = understood(tmp_path, "Nr;Roepnaam;Voornaam;Achternaam\n7;-;Bo;Vos\n", given)
    assert people(found)[0][1] == "Bo"


@pytest.mark.parametrize("value", ["12345", "12-3-1990", "b.vos@linde.example", "M&uuml;ller", "O&#39;Neill"])
@pytest.mark.parametrize("column", ["Roepnaam (B)", "Achternaam (D)"])
def test_what_can_be_no_name(tmp_path, column, value):
    # With commas, because a web letter ends in a semicolon.
    titles, cells = TITLES.replace(";", ","), row(**{column[:-4]: "@@"}).replace(";", ",").replace("@@", value)
    found = understood(tmp_path, titles + cells, WHOLE)
    assert [(one.row, one.column) for one in found.wrong] == [(2, column)]
    assert value not in str(found.as_dict())


def test_a_link_of_outlook_is_its_address(tmp_path):
    assert read(tmp_path, row(Mail="mailto:b.vos@linde.example")).accounts[0].fields["email"] == "b.vos@linde.example"


@pytest.mark.parametrize(
    "written",
    [
        "'3-2-1980", "’3-2-1980", "3-2-1980 12:00:00 AM", "3-2-1980 0:00", "1980-02-03T00:00:00+01:00", "3-feb-1980",
        "3 februari 1980", "\xa03-2-1980\xa0", "1980-02-03 00:00:00.0000000", "03.02.1980",
    ],
)  # fmt: skip
def test_days_as_they_are_met(tmp_path, written):
    assert people(read(tmp_path, row(Geboren=written)))[0][4] == "1980-02-03"


@pytest.mark.parametrize("written", ["3-2-1980 12:00:00 PM", "1980-02-02T23:00:00Z", "44000", "3-2-'80", "geen"])
def test_days_that_may_be_another(tmp_path, written):
    assert [one[:2] for one in wrong(read(tmp_path, row(Geboren=written)))] == [(2, "Geboren (E)")]


# who is one human ---------------------------------------------------------------------------------------------------

TOLD = {"columns": {**SMALL["columns"], "date_of_birth": "Geb"}, "person": ["Code"]}


def of_one_code(folder, *rows):
    return understood(folder, "Nr;Roepnaam;Achternaam;Geb;Code\n" + "\n".join(rows) + "\n", TOLD)


@pytest.mark.parametrize("code", ["9", "0"])
def test_a_code_of_two_people_makes_them_not_one(tmp_path, code):
    two = wrong(of_one_code(tmp_path, f"1;Bo;Vos;1-1-1980;{code}", f"2;Bo;Vos;2-2-1981;{code}"))
    assert two == [(3, "Nr (A)", "the same person as in row 2, and another date_of_birth")]
    names = wrong(of_one_code(tmp_path, f"1;Bo;Vos;;{code}", f"2;Al;Kok;1-1-1980;{code}"))
    assert names == [(3, "Nr (A)", "the same person as in row 2, and another first_name and last_name")]


def test_a_code_of_nobody_is_no_person(tmp_path):
    assert len(of_one_code(tmp_path, "1;Bo;Vos;1-1-1980;NULL", "2;Al;Kok;2-2-1981;NULL").accounts) == 2


def test_who_married_or_is_called_otherwise_is_one(tmp_path):
    rows = ("1;Sanne;Vos;1-1-1980;9", "2;Susanna;Vos;1-1-1980;9", "3;Sanne;Berg;;9")
    assert len(of_one_code(tmp_path, *rows).accounts) == 1


# BSNs ---------------------------------------------------------------------------------------------------------------

#: built as a BSN, and of nobody
BSNS = ["900000004", "900000016", "900000028", "900000041", "900000053"]


@pytest.mark.parametrize("part", ["external_id", "person", "uzi_number"])
def test_bsns_under_another_title_are_not_read(tmp_path, part):
    columns = {"first_name": "Roepnaam", "last_name": "Achternaam", "external_id": "Nr"}
    given = {"columns": {**columns, **({part: "Code"} if part != "person" else {})}}
    if part == "person":
        given["person"] = ["Code"]
    rows = [f"{place};B{chr(97 + place)};Vos;{bsn}" for place, bsn in enumerate(BSNS)]
    text = "Nr;Roepnaam;Achternaam;Code\n"
    found = understood(tmp_path, text + "\n".join(rows) + "\n", given)
    assert [(one.row, one.column) for one in found.wrong] == [(1, "Code (D)")]
    assert "BSN" in found.wrong[0].what
    assert "90000" not in str(found.as_dict())
    # One number that is none, and the column is no column of BSNs.
    assert understood(tmp_path, text + "\n".join([*rows, "9;Al;Kok;900000013"]) + "\n", given).wrong == ()


# workbooks ----------------------------------------------------------------------------------------------------------

TEXT = '<c t="inlineStr"><is><t>{}</t></is></c>'


@pytest.mark.parametrize(
    ("cell", "reported"),
    [
        ('<c t="str"><f>D2&amp;""</f><v>Vos</v></c>', ""),
        ("<c><f>D2</f></c>", "a formula whose result is not stored"),
        ('<c t="str"><f>D2</f><v></v></c>', "last_name is missing"),
        ("<c><f>VLOOKUP(A2,X,2)</f><v>0</v></c>", "a number, where a text is expected"),
        ('<c t="e"><f>D2</f><v>#REF!</v></c>', "a formula that ends in an error"),
        ('<c t="inlineStr"><is><t>#N/B</t></is></c>', "the error of a formula"),
        ('<c t="b"><v>1</v></c>', "true or false, where a text is expected"),
    ],
)
def test_formulas(tmp_path, cell, reported):
    head = "".join(TEXT.format(title) for title in ("Nr", "Roepnaam", "Achternaam"))
    rows = f"<row>{head}</row><row>{TEXT.format('0012')}{TEXT.format('Bo')}{cell}</row>"
    found = read_list(workbook(tmp_path / "hr.xlsx", rows), mapping(SMALL), TODAY)
    assert [one.what for one in found.wrong] == ([reported] if reported else [])
    assert [one.fields["last_name"] for one in found.accounts] == ([] if reported else ["Vos"])


def test_a_header_in_two_rows_is_none(tmp_path):
    found = understood(tmp_path, "Nr;Naam;;Geboren\n;Roepnaam;Tv;Achternaam\n7;Bo;;Vos\n", SMALL)
    assert "the header has no column Nr (key)" in found.wrong[0].what
    assert found.accounts == ()


# data files and rare letters ----------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("written", "read"), [("00123", "00123"), ("12:30", "12:30"), ("0x1F", "0x1F"), ("123", "123")]
)
def test_a_number_of_yaml_is_as_it_is_written(tmp_path, written, read):
    text = f"- {{Nr: {written}, Roepnaam: Bo, Achternaam: Vos}}\n"
    assert understood(tmp_path, text, SMALL, name="hr.yml").accounts[0].external_id == read


@pytest.mark.parametrize(
    ("name", "text"),
    [
        ("hr.json", '[{"Nr": "1", "Nr": "2", "Roepnaam": "Bo", "Achternaam": "Vos"}]'),
        ("hr.yml", "- {Nr: '1', Nr: '2', Roepnaam: Bo, Achternaam: Vos}\n"),
    ],
)
def test_a_field_twice(tmp_path, name, text):
    with pytest.raises(ZorgidError, match="a field twice"):
        understood(tmp_path, text, SMALL, name=name)


@pytest.mark.parametrize(("name", "encoding"), [("Paweł", "cp1250"), ("Paweł", "iso8859_2"), ("Żak", "cp1250")])
def test_letters_of_central_europe_in_another_encoding(tmp_path, name, encoding):
    found = understood(tmp_path, TITLES + row(Roepnaam=name), WHOLE, encoding=encoding)
    assert [one[:2] for one in wrong(found)] == [(2, "Roepnaam (B)")]


def test_signs_in_a_name_are_told(tmp_path):
    found = read(tmp_path, row(Achternaam="Vos (verlof)"), row(Nr="8", Roepnaam="*Al"), row(Nr="9", Roepnaam="Jo"))
    assert any(note.startswith("2 rows have signs in a name") and "(row 2, 3)" in note for note in found.notes)


def test_a_year_of_long_ago_is_no_open_beginning(tmp_path):
    assert [one[:2] for one in wrong(read(tmp_path, row(Van="1-1-0026")))] == [(2, "Van (H)")]
    for never in ("0001-01-01", "1-1-1753", "1-1-1900"):
        assert read(tmp_path, row(Van=never)).accounts[0].fields["state"] == "present"
