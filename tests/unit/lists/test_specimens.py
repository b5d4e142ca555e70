# SPDX-FileCopyrightText: gbz.zorgid contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""Seven lists as seven systems write them, and the accounts they are."""

from __future__ import annotations

import pytest
from ansible_collections.gbz.zorgid.plugins.module_utils._common.errors import ZorgidError
from ansible_collections.gbz.zorgid.plugins.module_utils._lists.read_list import read_list
from ansible_collections.gbz.zorgid.tests.support.hr_lists import (
    AD,
    AFAS,
    BEAUFORT,
    EXCEL,
    NMBRS,
    REPORT,
    REPORT_MAPPING,
    TODAY,
    VISMA,
    mapping,
    people,
    understood,
)
from ansible_collections.gbz.zorgid.tests.support.portal_files import sheet, workbook


def left(found):
    return {one.reason: one.count for one in found.left_out}


def test_afas_saved_by_excel(tmp_path):
    found = understood(tmp_path, AFAS, "afas", encoding="cp1252")
    assert people(found) == [
        ("000123", "Zoë", "van den", "Heuvel-Boële", "1988-04-07", "present"),
        ("000124", "Renée", "", "Müller", "1975-11-23", "present"),
    ]
    assert found.form == {
        "format": "csv",
        "encoding": "windows-1252",
        "delimiter": ";",
        "header_row": 1,
        "rows": 3,
    }
    assert [one.name_use for one in found.accounts] == ["B", "PB"]
    assert found.accounts[1].ends_on == "2026-12-31"
    assert [(one.external_id, one.starts_on, one.rows) for one in found.waiting] == [("000125", "2027-02-01", (4,))]
    assert "row 4 starts on 2027-02-01: no account yet" in found.notes
    assert "read as Windows-1252" in found.notes[0]
    assert not found.wrong


def test_beaufort_with_a_row_for_each_contract(tmp_path):
    found = understood(tmp_path, BEAUFORT, "beaufort", encoding="utf-8-sig")
    assert people(found) == [
        ("0010231", "Fatima", "el", "Amrani", "1985-03-01", "present"),
        ("0010232", "Bram", "", "Smit", "1991-10-03", "present"),
        ("0010233", "Kees", "", "Vos", "1960-02-29", "absent"),
        ("0010234", "Noor", "", "Bakker", "1999-12-31", "present"),
    ]
    assert [one.rows for one in found.accounts] == [(2, 3), (4, 5), (6,), (7,)]
    assert (found.usable, found.notes) == (True, ())


def test_visma_with_a_number_for_each_contract(tmp_path):
    found = understood(tmp_path, VISMA, "visma_net")
    assert people(found) == [
        ("40377", "Sanne", "van der", "Berg", "1988-04-12", "present"),
        ("40378", "Sanne", "van der", "Berg", "1990-01-30", "present"),
    ]
    assert [one.former_ids for one in found.accounts] == [("40011",), ()]
    found = understood(tmp_path, VISMA, "visma_net", person=None)
    assert [str(one) for one in found.wrong] == [
        "row 3, column employeeid (A): perhaps the person of row 2: the same name and date of birth, "
        "under another number"
    ]
    assert found.accounts == ()
    with pytest.raises(ZorgidError) as error:
        found.refuse_mistakes()
    assert error.value.code == "accounts_invalid"
    assert "row 3" in str(error.value)
    assert "row 2" in str(error.value)


def test_nmbrs_with_a_number_for_each_company(tmp_path):
    path = workbook(tmp_path / "n.xlsx", sheet(NMBRS), sheet([NMBRS[0][:3]]))
    found = read_list(path, mapping("nmbrs", key="Persnr", where={"Bedrijfnr": 1}), TODAY)
    assert people(found) == [
        ("7", "Ayşe", "", "Yılmaz", "1980-09-05", "present"),
        ("12", "Mehmet", "de", "Vries", "1980-09-05", "absent"),
    ]
    assert [one.fields.get("email") for one in found.accounts] == ["a.smit@anker.example", None]
    assert left(found) == {"where": 1, "other_sheet": 1}
    found = read_list(path, mapping("nmbrs", key="Persnr", where={"Bedrijfnr": [2]}), TODAY)
    assert people(found) == [("7", "Lotte", "van", "Dijk", "", "present")]
    assert people(read_list(path, mapping("nmbrs"), TODAY))[2][0] == "2-7"
    found = read_list(path, mapping("nmbrs", key="Persnr"), TODAY)
    assert "row 4, column Persnr (C): the same number as in row 2, and another first_name and last_name" in map(
        str, found.wrong
    )


def test_the_type_of_a_document_is_no_check(tmp_path):
    columns = {**mapping("nmbrs").given["columns"], "document_type": "IdType"}
    found = understood(tmp_path, NMBRS, "nmbrs", columns=columns)
    assert not any({"document_type", "checked_by"} & one.fields.keys() for one in found.accounts)
    assert found.notes[0].startswith("3 rows have the type of an identity document but not who checked it")


def test_a_report_with_titles_a_total_and_a_hidden_sheet(tmp_path):
    hidden = sheet([["external_id", "peildatum"], ["x", "26-11-2026"]])
    path = workbook(tmp_path / "r.xlsx", hidden, sheet(REPORT), states=("hidden", "visible"))
    found = read_list(path, mapping(REPORT_MAPPING), TODAY)
    assert people(found) == [
        ("00041", "Iris", "", "Postma", "1993-06-21", "present"),
        ("00042", "Daan", "van", "Leeuwen", "1987-01-09", "absent"),
        ("00043", "Çağla", "", "Demir", "1996-12-02", "present"),
    ]
    assert (found.form["header_row"], found.form["sheet"]) == (5, "Blad2")
    assert left(found) == {"blank": 1, "title": 3, "total": 1, "hidden_sheet": 1}


def test_what_excel_does_to_numbers(tmp_path):
    found = understood(tmp_path, EXCEL)
    wrong = [str(one) for one in found.wrong]
    for mistake in (
        "row 2, column external_id (A): a number, where other rows have a text with leading zeros",
        "row 2, column uzi_number (F): a number, which may have lost its leading zeros",
        "row 3, column uzi_number (F): the same UZI number as in row 2, except for leading zeros",
        "row 3, column external_id (A): the same number as in row 2, except for leading zeros",
        "row 3, column date_of_birth (E): a date whose year has two digits",
        "row 4, column date_of_birth (E): a date that may be day/month or month/day",
        "row 5, column external_id (A): a number that is shortened or may have been rounded (as in 1,2E+11)",
        "row 5, column date_of_birth (E): a date of 1900 or before, which systems write when they do not know the date",
    ):
        assert mistake in wrong
    assert not any(mistake.startswith("row 2, column date_of_birth") for mistake in wrong)
    assert not any("checked_by" in mistake for mistake in wrong)
    assert found.accounts == ()


def test_a_serial_is_the_day_that_excel_counts(tmp_path):
    found = understood(tmp_path, [EXCEL[0], ["1", *EXCEL[1][1:5], None, *EXCEL[1][6:]]])
    fields = found.accounts[0].fields
    assert (fields["date_of_birth"], fields["checked_by"], fields["checked_at"]) == (
        "1988-04-12",
        "19002",
        "2026-11-20",
    )
    assert "1 dates were plain numbers" in found.notes[0]


def test_active_directory(tmp_path):
    found = understood(tmp_path, AD, "ad", encoding="utf-16")
    assert people(found) == [
        ("000123", "Zoë", "", "van den Heuvel-Boële", "", "present"),
        ("000126", "Piet", "", "Mulder", "", "absent"),
    ]
    assert left(found) == {"no_number": 2}
    assert sum("no date of birth" in note for note in found.notes) == 1
    assert (found.form["encoding"], found.form["delimiter"], found.form["header_row"]) == ("utf-16-le", "\t", 2)


def test_entra(tmp_path):
    text = """\
userPrincipalName,displayName,surname,mail,givenName,objectId,userType,jobTitle,accountEnabled,state
z@z.example,Zoë van den Heuvel,van den Heuvel,z@z.example,Zoë,6f0a,Member,,True,Utrecht
p@z.example,Piet Mulder,Mulder,,Piet,77b1,member,,False,
x_y.example#EXT#@z.example,X Y,Y,x@y.example,X,90aa,,,True,
g@y.example,G H,H,g@y.example,G,90ab,Guest,,True,
"""
    found = understood(tmp_path, text, "entra", encoding="utf-8-sig")
    assert people(found) == [
        ("6f0a", "Zoë", "", "van den Heuvel", "", "present"),
        ("77b1", "Piet", "", "Mulder", "", "absent"),
    ]
    assert left(found) == {"guest": 2}


def test_raet_core_with_brackets_pipes_and_padding(tmp_path):
    text = (
        "[Personeelsnummer]|[Roepnaam]|[Tussenvoegsel]|[Eigen naam]|[Naam samenstelling]|[Geboortedatum]|"
        "[Begindatum]|[Einddatum]|[BSN]\n"
        '0007   |Bo     |       |"t Hart       |1|19800905|20200101|29991231|123456782\n'
        "0008   |Ans    |in het |Veld          |4|19810101|20200101|20201231|123456782\n"
    )
    found = understood(tmp_path, text, "raet_core")
    assert people(found) == [
        ("0007", "Bo", "", "'t Hart", "1980-09-05", "present"),
        ("0008", "Ans", "in het", "Veld", "1981-01-01", "absent"),
    ]
    assert found.form["delimiter"] == "|"
    assert "123456782" not in str(found)


def test_ons_with_the_sequence_behind_a_sign(tmp_path):
    text = """\
Medewerkernummer,Voornaam,Voorvoegsel,Geboortenaam,Geboortedatum,E-mail werk,Begindatum,Einddatum
12345-1,Bo,,Vos,1990-01-02,b@a.example,2020-01-01,2024-12-31
12345-2,Bo,,Vos,1990-01-02,b@a.example,2025-01-01,
"""
    found = understood(tmp_path, text, "ons")
    assert people(found) == [("12345", "Bo", "", "Vos", "1990-01-02", "present")]
    assert found.accounts[0].former_ids == ()
