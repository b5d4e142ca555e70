# SPDX-FileCopyrightText: gbz.zorgid contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""Files in every form that systems, Excel and people give them, and what is no list."""

from __future__ import annotations

import os
import tracemalloc

import pytest
from ansible_collections.gbz.zorgid.plugins.module_utils._common.errors import ZorgidError
from ansible_collections.gbz.zorgid.plugins.module_utils._lists import sources
from ansible_collections.gbz.zorgid.plugins.module_utils._lists.read_list import read_list
from ansible_collections.gbz.zorgid.tests.support.hr_lists import (
    DAY,
    SMALL,
    TODAY,
    mapping,
    people,
    understood,
    written,
)
from ansible_collections.gbz.zorgid.tests.support.portal_files import sheet, workbook

BORN = {"columns": {**SMALL["columns"], "date_of_birth": "Geboren"}}
ZOE = [("1", "Zoë", "", "Berg", "", "present")]


def unreadable(run, *words):
    with pytest.raises(ZorgidError) as error:
        run()
    assert error.value.code == "accounts_unreadable"
    for word in words:
        assert word in str(error.value)
    for personal in ("Zoë", "Sanne", "Berg"):
        assert personal not in str(error.value)


@pytest.mark.parametrize("sign", [";", ",", "\t", "|"])
@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "utf-16", "cp1252"])
@pytest.mark.parametrize(
    "before", ["", "sep={}\n", '"sep={}"\n', "#TYPE System.Object\n", "Personeel\n\nStand: vandaag\n"]
)
def test_text(tmp_path, sign, encoding, before):
    text = before.format(sign) + "Nr;Roepnaam;Achternaam;x\n1;Zoë;Berg;a b\n".replace(";", sign)
    found = understood(tmp_path, text, SMALL, encoding=encoding)
    assert people(found) == ZOE
    assert found.form["delimiter"] == sign
    assert any("read as Windows-1252" in note for note in found.notes) == (encoding == "cp1252")


def test_quoted_cells_and_rows_of_two_lines(tmp_path):
    text = '"Nr","Roepnaam","Achternaam","Adres"\n="0001","Zoë","Berg","Straat 1\nPlaats, NL"\n2,Bo,Vos,\n'
    found = understood(tmp_path, text, SMALL)
    assert [(one.external_id, one.rows) for one in found.accounts] == [("0001", (2,)), ("2", (4,))]


def test_the_delimiter_of_the_header_and_not_of_the_titles_above(tmp_path):
    text = "Overzicht, per locatie, met telefoon, mail, adres\nNr;Roepnaam;Achternaam\n1;Zoë;Berg\n"
    assert people(understood(tmp_path, text, SMALL)) == ZOE


@pytest.mark.parametrize("rows", [0, 5, 18])
def test_a_header_anywhere_in_the_first_twenty_rows(tmp_path, rows):
    text = "".join(f"Titel {number}\n" for number in range(rows)) + "Nr;Roepnaam;Achternaam\n1;Zoë;Berg\n"
    assert people(understood(tmp_path, text, SMALL)) == ZOE


def test_a_header_further_down_is_named_by_its_row(tmp_path):
    text = "Titel\n" * 40 + "Nr;Roepnaam;Achternaam\n1;Zoë;Berg\n"
    unreadable(
        lambda: understood(tmp_path, text, SMALL), "no header with the columns of the mapping", "the first twenty rows"
    )
    assert people(understood(tmp_path, text, SMALL, header_row=41)) == ZOE
    unreadable(lambda: understood(tmp_path, text, SMALL, header_row=40), "stands in row 40 of the table")


def test_a_header_row_beside_another_table(tmp_path):
    """A report of which the parameters have the titles of its columns too."""
    text = "Nr;Roepnaam;Achternaam\nalle;alle;alle\n\nNr;Roepnaam;Achternaam\n1;Zoë;Berg\n"
    assert people(understood(tmp_path, text, SMALL, header_row=4)) == ZOE


def test_headers_of_every_page(tmp_path):
    text = "Nr;Roepnaam;Achternaam\n1;Zoë;Berg\nPagina 1 van 2\nNr;Roepnaam;Achternaam\n2;Bo;Vos\nPagina 2 van 2\n"
    found = understood(tmp_path, text, SMALL)
    assert [one.external_id for one in found.accounts] == ["1", "2"]
    assert {one.reason: one.rows for one in found.left_out} == {"title": (3, 6), "header": (4,)}


def test_what_power_bi_writes_below_the_table(tmp_path):
    table = {
        1: ["Nr", "Roepnaam", "Achternaam"],
        2: ["1", "Zoë", "Berg"],
        5: ["Applied filters:\nIn dienst is 1\nLocatie is not (Blank)"],
    }
    found = understood(tmp_path, table, SMALL)
    assert people(found) == ZOE
    assert {one.reason: one.count for one in found.left_out} == {"blank": 2, "title": 1}


def test_headings_between_groups(tmp_path):
    text = "Nr;Roepnaam;Achternaam\nVerpleging;;\n1;Zoë;Berg\nAfdeling: Huishouding;;\n;;\n2;Bo;Vos\n"
    found = understood(tmp_path, text, SMALL)
    assert [one.external_id for one in found.accounts] == ["1", "2"]
    assert {one.reason: one.count for one in found.left_out} == {"title": 2, "blank": 1}


def test_a_number_alone_is_a_person_without_a_name(tmp_path):
    """Never a title: somebody of whom the names were lost."""
    found = understood(tmp_path, "Nr;Roepnaam;Achternaam\n1;Zoë;Berg\n00044;;\n", SMALL)
    assert [one.row for one in found.wrong] == [3, 3]


@pytest.mark.parametrize(
    ("form", "text"),
    [
        ("d-m-yyyy", "7-4-1988"),
        ("dd-mm-jjjj", "07-04-1988"),
        ("yyyymmdd", "19880407"),
        ("m/d/yyyy", "4/7/1988"),
        ("d/m/yyyy", "7/4/1988"),
        ("yyyy/mm/dd", "1988/04/07"),
        ("d.m.yyyy", "7.4.1988"),
        ("ddmmyyyy", "07041988"),
        (None, "7-4-1988"),
        (None, "19880407"),
        ("d/m/yyyy", "1988-04-07T00:00:00"),
        ("m/d/yyyy", "4/7/1988 12:00:00 AM".replace(" AM", "").replace("12:", "00:")),
    ],
)
def test_days_in_the_form_that_the_mapping_gives(tmp_path, form, text):
    found = understood(tmp_path, f"Nr;Roepnaam;Achternaam;Geboren\n1;Zoë;Berg;{text}\n", BORN, date_format=form)
    assert not found.wrong
    assert found.accounts[0].fields["date_of_birth"] == "1988-04-07"


@pytest.mark.parametrize(
    ("form", "text", "word"),
    [
        ("d-m-yyyy", "07/04/1988", "another form than date_format"),
        ("m/d/yyyy", "25/12/1988", "no date"),
        ("yyyymmdd", "7-4-1988", "another form than date_format"),
        ("ddmmyyyy", "7041988", "another form than date_format"),
        ("d-m-yyyy", "7-4-88", "another form than date_format"),
    ],
)
def test_days_in_another_form(tmp_path, form, text, word):
    found = understood(tmp_path, f"Nr;Roepnaam;Achternaam;Geboren\n1;Zoë;Berg;{text}\n", BORN, date_format=form)
    assert [word in one.what for one in found.wrong] == [True]


@pytest.mark.parametrize("epoch", [False, True])
def test_serials_in_both_of_excels_calendars(tmp_path, epoch):
    serial = 32240 - (1462 if epoch else 0)
    rows = [["Nr", "Roepnaam", "Achternaam", "Geboren"], [1, "A", "B", serial], [2, "C", "D", (serial, DAY)],
            [3, "E", "F", "7-4-1988"], [4, "G", "H", 19880407]]  # fmt: skip
    path = workbook(tmp_path / "a.xlsx", sheet(rows), date1904=epoch)
    found = read_list(path, mapping(BORN), TODAY)
    assert {one.fields["date_of_birth"] for one in found.accounts} == {"1988-04-07"}


@pytest.mark.parametrize("number", [7, 40.5, 99999, -1])
def test_numbers_that_are_no_days(tmp_path, number):
    rows = [["Nr", "Roepnaam", "Achternaam", "Geboren"], [1, "A", "B", number]]
    assert [one.row for one in understood(tmp_path, rows, BORN).wrong] == [2]


# sheets -------------------------------------------------------------------------------------------------------------

TABLE = [["Nr", "Roepnaam", "Achternaam"], ["1", "Zoë", "Berg"]]


def test_sheets_that_hold_something_else(tmp_path):
    path = workbook(tmp_path / "a.xlsx", sheet([["Legenda", "x"]]), sheet(TABLE), sheet(TABLE[:1]))
    found = read_list(path, mapping(SMALL), TODAY)
    assert people(found) == ZOE
    assert found.form["sheet"] == "Blad2"
    assert {one.reason: one.count for one in found.left_out} == {"other_sheet": 2}


def test_two_sheets_of_people(tmp_path):
    path = workbook(tmp_path / "a.xlsx", sheet(TABLE), sheet([TABLE[0], ["2", "Bo", "Vos"]]))
    unreadable(lambda: read_list(path, mapping(SMALL), TODAY), "the sheets Blad1 and Blad2 have the same columns")
    assert people(read_list(path, mapping(SMALL, sheet="blad2"), TODAY))[0][0] == "2"
    unreadable(lambda: read_list(path, mapping(SMALL, sheet="Blad7"), TODAY), "no sheet with the name")


def test_hidden_sheets(tmp_path):
    path = workbook(tmp_path / "a.xlsx", sheet(TABLE), sheet(TABLE), states=("veryHidden", "visible"))
    found = read_list(path, mapping(SMALL), TODAY)
    assert (found.form["sheet"], people(found)) == ("Blad2", ZOE)
    path = workbook(tmp_path / "b.xlsx", sheet(TABLE), states=("hidden",))
    unreadable(lambda: read_list(path, mapping(SMALL), TODAY), "every sheet of the workbook is hidden")


def test_rows_that_a_filter_hides_are_read_and_said(tmp_path):
    path = workbook(tmp_path / "a.xlsx", sheet(TABLE, hidden=(2,)))
    found = read_list(path, mapping(SMALL), TODAY)
    assert people(found) == ZOE
    assert "hidden rows, 1 of them" in found.notes[-1]


def test_numbers_of_where_and_key_as_excel_has_them(tmp_path):
    rows = [
        ["Bedrijf", *TABLE[0]],
        [1, 7, "Zoë", "Berg"],
        ["01", "8", "Bo", "Vos"],
        [2.0, 9, "C", "D"],
        [None, 5, "E", "F"],
    ]
    found = understood(tmp_path, rows, SMALL, where={"BEDRIJF": 1})
    assert [one.external_id for one in found.accounts] == ["7", "8"]
    assert {one.reason: one.rows for one in found.left_out} == {"where": (4, 5)}


# JSON and YAML ------------------------------------------------------------------------------------------------------


def test_json(tmp_path):
    text = '[{"Nr": 1, "Roepnaam": "Zoë", "Achternaam": "Berg"}, {"Nr": "2", "Achternaam": "Vos"}]'
    found = understood(tmp_path, text, SMALL, name="hr.json")
    assert [str(one) for one in found.wrong] == ["row 2, column Roepnaam: first_name is missing"]
    found = understood(tmp_path, text.replace('"Nr": "2"', '"Roepnaam": "Bo", "Nr": "2"'), SMALL, name="hr.json")
    assert [one.external_id for one in found.accounts] == ["1", "2"]
    assert found.form["format"] == "json"


def test_yaml(tmp_path):
    text = "accounts:\n- {Nr: '1', Roepnaam: Zoë, Achternaam: Berg, Geboren: 1988-04-07}\n"
    found = understood(tmp_path, text, BORN, name="hr.yml")
    assert found.accounts[0].fields["date_of_birth"] == "1988-04-07"


@pytest.mark.parametrize(
    ("name", "text", "word"),
    [
        ("a.json", "{", "invalid JSON"),
        ("a.json", '"x"', "a list of mappings"),
        ("a.json", "[1]", "a list of mappings"),
        ("a.json", "[" * 100_000, "invalid JSON"),
        ("a.yml", "a: [", "invalid YAML"),
        ("a.yml", "!!python/object/apply:os.system [ls]", "invalid YAML"),
        ("a.yaml", "x", "a list of mappings"),
    ],
)
def test_what_is_no_list_of_people(tmp_path, name, text, word):
    unreadable(lambda: understood(tmp_path, text, SMALL, name=name), word)


def test_a_value_that_is_a_list(tmp_path):
    text = '[{"Nr": ["1"], "Roepnaam": "Zoë", "Achternaam": {"a": 1}}]'
    found = understood(tmp_path, text, SMALL, name="hr.json")
    assert {one.what for one in found.wrong} == {"a list or a mapping, where a value is expected"}


# bounds -------------------------------------------------------------------------------------------------------------


def test_a_link_is_not_followed(tmp_path):
    path = written(tmp_path, "Nr;Roepnaam;Achternaam\n1;Zoë;Berg\n")
    (tmp_path / "link.csv").symlink_to(path)
    unreadable(lambda: read_list(tmp_path / "link.csv", mapping(SMALL), TODAY), "the file is a link")


def test_only_regular_files(tmp_path):
    os.mkfifo(tmp_path / "pipe.csv")
    unreadable(lambda: read_list(tmp_path / "pipe.csv", mapping(SMALL), TODAY), "not a regular file")
    unreadable(lambda: read_list(tmp_path, mapping(SMALL), TODAY))
    unreadable(lambda: read_list(tmp_path / "none.csv", mapping(SMALL), TODAY))
    unreadable(lambda: read_list("/dev/zero", mapping(SMALL), TODAY), "not a regular file")


def test_only_below_its_roots(tmp_path):
    (tmp_path / "in").mkdir()
    (tmp_path / "out").mkdir()
    inside = written(tmp_path / "in", "Nr;Roepnaam;Achternaam\n1;Zoë;Berg\n")
    outside = written(tmp_path / "out", "Nr;Roepnaam;Achternaam\n1;Zoë;Berg\n")
    (tmp_path / "in" / "folder").symlink_to(tmp_path / "out")
    roots = [tmp_path / "in"]
    assert read_list(inside, mapping(SMALL), TODAY, roots=roots).usable
    for path in (outside, tmp_path / "in" / ".." / "out" / "hr.csv", tmp_path / "in" / "folder" / "hr.csv"):
        unreadable(lambda path=path: read_list(path, mapping(SMALL), TODAY, roots=roots), "outside the folders")


def test_no_more_than_twenty_megabytes(tmp_path, monkeypatch):
    assert sources.MAX_FILE == 20_000_000
    path = tmp_path / "a.csv"
    with path.open("wb") as file:
        file.truncate(200_000_000)
    tracemalloc.start()
    unreadable(lambda: read_list(path, mapping(SMALL), TODAY), "more than 20 MB")
    assert tracemalloc.get_traced_memory()[1] < 90_000_000
    tracemalloc.stop()


@pytest.mark.heavy
def test_documents_and_bombs_of_xml(tmp_path):
    bomb = '<!DOCTYPE x [<!ENTITY a "aaaa">]><x>&a;</x>'
    path = workbook(tmp_path / "a.xlsx", sheet(TABLE), parts={"xl/worksheets/sheet1.xml": bomb})
    unreadable(lambda: read_list(path, mapping(SMALL), TODAY), "document type declaration")
    path = workbook(tmp_path / "b.xlsx", " " * 20_000_000 + sheet(TABLE))
    unreadable(lambda: read_list(path, mapping(SMALL), TODAY), "far too large when it is unpacked")
    unreadable(lambda: read_list(written(tmp_path, b"%PDF-1.7"), mapping(SMALL), TODAY), "a PDF document")
    unreadable(lambda: read_list(written(tmp_path, b"<html>"), mapping(SMALL), TODAY), "a web page")


def test_a_quotation_mark_that_is_never_closed(tmp_path):
    text = 'Nr;Roepnaam;Achternaam\n1;Zoë;"Berg\n2;Bo;Vos\n'
    unreadable(lambda: understood(tmp_path, text, SMALL), "row 2, column Achternaam (C): a quotation mark stands alone")


@pytest.mark.slow
def test_twenty_thousand_contracts_are_read_as_they_go_by(tmp_path):
    """Time is measured by the benchmark; a table held as a whole would take more memory than this."""
    rows = (f"{number // 2};Zoë;Berg{number // 2};x@a.example" for number in range(20_000))
    path = written(tmp_path, "\n".join(["Nr;Roepnaam;Achternaam;x", *rows, ""]))
    tracemalloc.start()
    found = read_list(path, mapping(SMALL), TODAY)
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    assert (len(found.accounts), found.form["rows"]) == (10_000, 20_000)
    assert peak < 60_000_000
