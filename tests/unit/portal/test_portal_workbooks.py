# SPDX-FileCopyrightText: gbz.zorgid contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""Workbooks as people send them, and as an attacker would."""

from __future__ import annotations

import io
import re
import tracemalloc
import zipfile

import pytest
from ansible_collections.gbz.zorgid.plugins.module_utils._common.errors import ZorgidError
from ansible_collections.gbz.zorgid.plugins.module_utils._lists import sheet, workbook
from ansible_collections.gbz.zorgid.plugins.module_utils._portal import desired, export_reading
from ansible_collections.gbz.zorgid.tests.support.portal_files import HEAD, MAIN
from ansible_collections.gbz.zorgid.tests.support.portal_files import sheet as rows
from ansible_collections.gbz.zorgid.tests.support.portal_files import workbook as book

SANNE = ["10001", "Sanne", "Berg", "1988-04-12"]
BO = ["10002", "Bo", "Vos", "1990-01-02"]
BORN = ["1988-04-12", "1990-01-02"]


def read(path):
    return desired.read_file(path)


def refused(path, code="accounts_unreadable"):
    with pytest.raises(ZorgidError) as error:
        desired.read_file(path)
    reported = str(error.value)
    assert error.value.code == code, reported
    for personal in ("Sanne", "Berg", "Vos", "1988"):
        assert personal not in reported
    return reported


def born(path):
    return [account.get("date_of_birth") for account in read(path).accounts]


@pytest.mark.parametrize("claim", ["A1", "A1:D2", "A1:XFD1048576", "", "nonsense"])
@pytest.mark.parametrize("strict", [False, True])
@pytest.mark.parametrize("places", [False, True])
def test_the_rows_count_and_not_what_the_sheet_claims(tmp_path, claim, strict, places):
    path = book(tmp_path / "a.xlsx", rows([HEAD, SANNE, BO], places=places), dimension=claim, strict=strict)
    found = read(path)
    assert [account["external_id"] for account in found.accounts] == ["10001", "10002"]
    assert born(path) == BORN
    assert found.read | {"rows": 2, "accounts": 2, "sheet": "Blad1", "header_row": 1} == found.read
    assert found.notes == []


def test_titles_above_blank_rows_between_and_a_margin(tmp_path):
    table = {
        2: [None, "Personeelsoverzicht"],
        3: [None, "Peildatum:", "26-11-2026"],
        7: [None, *HEAD],
        8: [None, None, " ", "\u00a0"],
        9: [None, *SANNE],
        12: [None, *BO],
    }
    found = read(book(tmp_path / "a.xlsx", rows(table)))
    assert len(found.accounts) == 2
    assert found.read["header_row"] == 7
    assert found.read["skipped"] == {"blank": 3}
    table[12] = [None, "10002", None, "Vos", None]
    assert "row 12, column first_name (C): first_name is missing" in refused(
        book(tmp_path / "a.xlsx", rows(table)), "accounts_invalid"
    )


def test_texts_shared_formatted_escaped_and_spoken(tmp_path):
    strings = "<si><t>10001</t></si><si><r><t>San</t></r><r><rPr/><t>ne</t></r><rPh><t>x</t></rPh></si><si><t/></si>"
    spoken = '<c t="inlineStr"><is><r><t>Be</t></r><r><t>rg</t></r><rPh><t>x</t></rPh></is></c>'
    table = [HEAD, ['<c t="s"><v>0</v></c>', '<c t="s"><v>1</v></c>', spoken], ["2", "Bo_x000D_", "V_x006f_s"]]
    found = read(book(tmp_path / "a.xlsx", rows(table), strings=strings)).accounts
    assert [(one["first_name"], one["last_name"]) for one in found] == [("Sanne", "Berg"), ("Bo", "Vos")]
    table[1][0] = '<c t="s"><v>9</v></c>'
    assert "row 2, column external_id (A)" in refused(
        book(tmp_path / "a.xlsx", rows(table), strings=strings), "accounts_invalid"
    )


@pytest.mark.parametrize("part", ["xl/SharedStrings.xml", "xl\\sharedStrings.xml"])
def test_parts_by_whatever_case_and_slash(tmp_path, part):
    strings = f'<sst xmlns="{MAIN}"><si><t>10001</t></si></sst>'
    table = rows([HEAD, ['<c t="s"><v>0</v></c>', *SANNE[1:]]])
    path = book(tmp_path / "a.xlsx", table, strings="", parts={"xl/sharedStrings.xml": None, part: strings})
    assert read(path).accounts[0]["external_id"] == "10001"


@pytest.mark.parametrize(
    ("given", "epoch", "expected"),
    [
        ((32245, 1), False, "1988-04-12"),
        ((30783, 1), True, "1988-04-12"),
        ((32245, 5), False, "1988-04-12"),
        ((32245, 8), False, "1988-04-12"),  # built-in format 14
        ((32245.0, 1), False, "1988-04-12"),
        ('<c t="d"><v>1988-04-12T00:00:00</v></c>', False, "1988-04-12"),
        ('<c t="str"><f>TEXT(A1)</f><v>12-04-1988</v></c>', False, "1988-04-12"),
        ('<c t="str"><f>IF(A1)</f><v></v></c>', False, None),
        ("<c><f>A1</f><v>19880412</v></c>", False, "1988-04-12"),
    ],
)
def test_days(tmp_path, given, epoch, expected):
    assert born(book(tmp_path / "a.xlsx", rows([HEAD, [*SANNE[:3], given]]), date1904=epoch)) == [expected]


@pytest.mark.parametrize(
    ("given", "reported"),
    [
        (32245, "a number without a date format"),
        ((32245, 3), "a number without a date format"),  # 0.00" dagen"
        ((32245, 4), "a number without a date format"),  # [h]:mm
        ((32245, 6), "a number without a date format"),  # #,##0_M_d
        ((32245, 7), "a number without a date format"),  # Standaard, as General is called there
        ((32245.92, 1), "a time of day"),
        ((1, 1), "1900"),
        ((60, 1), "cannot be a date or a code"),  # 29 February 1900 exists in spreadsheets only
        ((-5, 1), "cannot be a date or a code"),
        ((3e9, 1), "cannot be a date or a code"),
        ("<c><v>12x</v></c>", "cannot be a date or a code"),
        ("<c><f>TODAY()</f></c>", "a formula whose result is not stored"),
        ("<c><f>TODAY()</f><v></v></c>", "a formula whose result is not stored"),
        ('<c><f t="shared" si="0"/></c>', "a formula whose result is not stored"),
        ('<c t="e"><f>A1</f><v>#N/A</v></c>', "a formula that ends in an error"),
        ('<c t="e"><v>#REF!</v></c>', "a formula that ends in an error"),
        ('<c t="b"><v>1</v></c>', "true or false"),
        ((80000, 1), "still to come"),
    ],
)
def test_cells_that_are_no_day_say_what_to_do(tmp_path, given, reported):
    message = refused(book(tmp_path / "hr.xlsx", rows([HEAD, SANNE, [*BO[:3], given]])), "accounts_invalid")
    assert "hr.xlsx is not usable: row 3, column date_of_birth (D): " in message
    assert reported in message
    assert "Excel" in message or "leave the cell empty" in message or "without a time" in message


def test_the_first_days_of_spreadsheets(tmp_path):
    """Excel counts a 29 February 1900, so the days before it are one further from its beginning."""
    path = book(tmp_path / "a.xlsx", rows([[(1, 1), (59, 1), (61, 1), (2958465, 1)]]))
    with workbook.Workbook(path.read_bytes()) as opened:
        ((_number, found, _hidden),) = opened.rows(opened.sheets[0])
    assert [str(day)[:10] for day in found] == ["1900-01-01", "1900-02-28", "1900-03-01", "9999-12-31"]


def test_what_excel_does_to_numbers_is_told_at_once(tmp_path):
    head = [*HEAD, "uzi_number", "role_code", "checked_by"]
    table = [
        head,
        [123, *SANNE[1:], 12345678, (1.015, 0), 19002],
        ["0123", "Bo", "Vos", "12-04-88", "012345678"],
        ["124", "Bo", "Vos", "04/12/1988"],
        [123000000000, "Bo", "Vos", (1, 1)],
        [12.5, "Bo", (32245, 1), None],
    ]
    message = refused(book(tmp_path / "a.xlsx", rows(table)), "accounts_invalid")
    for mistake in (
        "row 2, column uzi_number (E): a number, which may have lost its leading zeros",
        "row 2, column role_code (F): a number, which may",
        "row 2, column external_id (A): a number, where other rows have a text with leading zeros",
        "row 3, column date_of_birth (D): a date whose year has two digits",
        "row 4, column date_of_birth (D): a date that may be day/month or month/day",
        "row 5, column external_id (A): a number that is shortened",
        "row 5, column date_of_birth (D): a date of 1900",
        "row 6, column external_id (A): a number with decimals",
        "row 6, column last_name (C): a date, where a text is expected",
        "the number format Text",
    ):
        assert mistake in message
    assert "row 2, column checked_by" not in message


def test_a_number_that_shows_its_zeros(tmp_path):
    found = read(book(tmp_path / "a.xlsx", rows([HEAD, [(123, 2), *SANNE[1:]], [12345.0, *BO[1:]]]))).accounts
    assert [one["external_id"] for one in found] == ["00123", "12345"]


def test_sheets_hidden_or_of_something_else(tmp_path):
    table, other = rows([HEAD, SANNE]), rows([["Legenda", "x"], ["a", "b"]])
    old = rows([HEAD, BO, [*BO[:1], "X", "Y"]])
    found = read(
        book(tmp_path / "a.xlsx", old, other, table, old, states=("hidden", "visible", "visible", "veryHidden"))
    )
    assert found.read["sheet"] == "Blad3"
    assert found.accounts[0]["external_id"] == "10001"
    assert found.notes == ["of a.xlsx only the sheet Blad3 was read, not Blad1, Blad2, Blad4"]
    assert "no sheet with cells" in refused(book(tmp_path / "a.xlsx"))
    assert "every sheet of the workbook is hidden" in refused(book(tmp_path / "a.xlsx", table, states=("hidden",)))


def test_rows_that_a_filter_hides_are_read_and_said(tmp_path):
    found = read(book(tmp_path / "a.xlsx", rows([HEAD, SANNE, BO], hidden=(3,))))
    assert len(found.accounts) == 2
    assert found.read["hidden_rows"] == 1
    assert "hidden rows, 1 of them" in found.notes[0]


@pytest.mark.parametrize(
    ("content", "reported"),
    [
        (b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + b"\0" * 500, "an old Excel (.xls)"),
        (b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + "EncryptedPackage".encode("utf-16-le"), "a password"),
        (b"<html><body><table><tr><td>external_id</td></tr></table>", "a web page (HTML)"),
        (b"\xef\xbb\xbf\r\n <!DOCTYPE HTML PUBLIC", "a web page (HTML)"),
        ("<html>".encode("utf-16"), "a web page (HTML)"),
        (b"<?xml version='1.0'?><?mso-application progid='Excel.Sheet'?><Workbook/>", "XML, such as Excel 2003"),
        (b"%PDF-1.7", "a PDF document"),
        (b"PK\x03\x04 and then nothing", "but is not one"),
        (b"PK", "no column external_id"),
        (b"PK\5\6", "but is not one"),
        (b"", "the table is empty"),
        (b"\0\0\0\0", "bytes that do not occur in text"),
    ],
)
@pytest.mark.parametrize("suffix", ["xlsx", "xls", "csv"])
def test_what_is_no_workbook_is_called_by_its_name(tmp_path, content, reported, suffix):
    (tmp_path / f"a.{suffix}").write_bytes(content)
    assert reported in refused(tmp_path / f"a.{suffix}")


@pytest.mark.parametrize(
    ("parts", "reported"),
    [
        ({"xl/workbook.bin": "x", "xl/workbook.xml": None}, "(.xlsb)"),
        ({"mimetype": "application/vnd.oasis.opendocument.spreadsheet", "xl/workbook.xml": None}, "(.ods)"),
        ({"Index/Document.iwa": "x", "xl/workbook.xml": None}, "Numbers"),
        ({"word/document.xml": "x", "xl/workbook.xml": None}, "contains no workbook"),
        ({"xl/worksheets/sheet1.xml": None}, "a part of it is missing"),
        ({"xl/worksheets/sheet1.xml": "<worksheet>"}, "damaged"),
        ({"xl/workbook.xml": "<x"}, "damaged"),
        ({"xl/styles.xml": "<?xml version='1.0' encoding='no-such'?><x/>"}, "damaged"),
        ({"xl/styles.xml": "<?xml version='1.0' encoding='shift_jis'?><x/>"}, "damaged"),
        ({"XL/Workbook.xml": "<x/>"}, "a part twice"),
        ({"xl/worksheets/sheet1.xml": f'<worksheet xmlns="{MAIN}"><sheetData><row><c r="1"><v>1</v></c></row>'},
         "a cell has no place"),
        ({"xl/worksheets/sheet1.xml": "<a>" * 100}, "nested too deep"),
        ({"xl/worksheets/sheet1.xml": f'<worksheet xmlns="{MAIN}"><sheetData><row><c r="XFD1"><v>1</v></c></row>'},
         "larger than any list"),
    ],
)  # fmt: skip
def test_other_archives_and_damaged_ones(tmp_path, parts, reported):
    assert reported in refused(book(tmp_path / "a.xlsx", rows([HEAD, SANNE]), parts=parts))


def test_a_damaged_or_locked_archive(tmp_path):
    path = book(tmp_path / "a.xlsx", rows([HEAD, SANNE]))
    good = path.read_bytes()
    for place in range(0, len(good), 97):
        path.write_bytes(good[:place] + bytes([good[place] ^ 0xFF]) + good[place + 1 :])
        try:
            found = len(read(path).accounts)
        except ZorgidError as error:
            found = error.code
        assert found in (1, "accounts_unreadable", "accounts_empty", "accounts_invalid")  # some bytes nobody reads
    with zipfile.ZipFile(io.BytesIO(good)) as archive:
        flags = [info.header_offset + 6 for info in archive.infolist()]
    locked = bytearray(good)
    for place in flags:
        locked[place] |= 1
    central = good.find(b"PK\x01\x02")
    while central != -1:
        locked[central + 8] |= 1
        central = good.find(b"PK\x01\x02", central + 1)
    path.write_bytes(locked)
    assert "password" in refused(path)


@pytest.mark.parametrize("part", ["xl/workbook.xml", "xl/worksheets/sheet1.xml", "_rels/.rels", "xl/sharedStrings.xml"])
def test_entities_are_refused_before_they_grow(tmp_path, part):
    bomb = (
        '<!DOCTYPE x [<!ENTITY a "aaaaaaaaaa"><!ENTITY b "&a;&a;"><!ENTITY c SYSTEM "file:///etc/passwd">]><x>&c;</x>'
    )
    path = book(tmp_path / "a.xlsx", rows([HEAD, SANNE]), strings="", parts={part: bomb})
    assert "document type declaration" in refused(path)


@pytest.mark.heavy
def test_bombs_cost_no_memory(tmp_path, monkeypatch):
    blank = " " * 20_000_000
    path = book(tmp_path / "a.xlsx", blank + rows([HEAD, SANNE]))
    tracemalloc.start()
    assert "far too large when it is unpacked" in refused(path)
    assert tracemalloc.get_traced_memory()[1] < 5_000_000
    tracemalloc.stop()
    monkeypatch.setattr(workbook, "MAX_UNPACKED", 10_000)
    assert "larger than any list" in refused(book(tmp_path / "a.xlsx", " " * 20_000 + rows([HEAD, SANNE])))
    monkeypatch.setattr(workbook, "MAX_PARTS", 3)
    assert "larger than any list" in refused(book(tmp_path / "a.xlsx", rows([HEAD, SANNE])))
    monkeypatch.undo()
    monkeypatch.setattr(sheet, "MAX_STRINGS", 5)
    path = book(tmp_path / "a.xlsx", rows([HEAD, SANNE]), strings="<si/>" * 6)
    assert "more texts" in refused(path)
    monkeypatch.setattr(sheet, "MAX_CELLS", 5)
    assert "row 2: the sheet is larger" in refused(book(tmp_path / "a.xlsx", rows([HEAD, SANNE])))


@pytest.mark.parametrize("prefix", ["x:", ""])
def test_namespaces_as_other_writers_use_them(tmp_path, prefix):
    table = re.sub(r"<(/?)(\w)", rf"<\1{prefix}\2", f"<sheetData>{rows([HEAD, SANNE])}</sheetData>")
    whole = f"<{prefix}worksheet{' xmlns:x=' + repr(MAIN) if prefix else ''}>{table}</{prefix}worksheet>"
    parts = {"xl/worksheets/sheet1.xml": f'<?xml version="1.0" encoding="UTF-16"?>{whole}'.encode("utf-16")}
    assert born(book(tmp_path / "a.xlsx", "", parts={**parts, "_rels/.rels": None})) == ["1988-04-12"]


def test_a_csv_file_that_excel_put_into_one_column(tmp_path):
    table = rows([["external_id;first_name;last_name"], ["1;Jan;Kok"]])
    assert "Text to Columns" in refused(book(tmp_path / "a.xlsx", table))


def test_a_cell_in_the_last_corner_costs_a_cell(tmp_path):
    """Some readers reserve seventeen billion cells for it, and end the process."""
    far = '<row r="1048576"><c r="D1048576"><v></v></c><c r="XFD1048576" s="1"/></row>'
    assert len(read(book(tmp_path / "a.xlsx", rows([HEAD, SANNE]) + far)).accounts) == 1


def test_the_portals_export_counts_its_rows_too(tmp_path):
    head = ["Gebruikersnaam", "Voornaam", "Achternaam", "Rol", "Status", "Personeelsnummer"]
    members = [
        ["sberg", "Sanne", "Berg", "Medewerker", "Actief", "HR-1"],
        ["b", "Bo", "Vos", "Medewerker", "Actief", 2],
    ]
    found = export_reading.read_export(book(tmp_path / "a.xlsx", rows([head, *members]), dimension="A1:F1"))
    assert [one["external_id"] for one in found] == ["HR-1", "2"]
