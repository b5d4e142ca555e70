# SPDX-FileCopyrightText: gbz.zorgid contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""CSV as Excel, PowerShell and HR systems write it: what is read, what is refused, and what the message says."""

from __future__ import annotations

import csv
import io
import json
import random
from types import SimpleNamespace

import pytest
from ansible_collections.gbz.zorgid.plugins.module_utils._common.csv_cells import protected, unprotected
from ansible_collections.gbz.zorgid.plugins.module_utils._common.errors import ZorgidError
from ansible_collections.gbz.zorgid.plugins.module_utils._lists import tables
from ansible_collections.gbz.zorgid.plugins.module_utils._portal import desired, export_reading
from ansible_collections.gbz.zorgid.plugins.plugin_utils._ansible.options import portal
from ansible_collections.gbz.zorgid.plugins.plugin_utils._ansible.portal import keep_accounts

HEAD = "external_id;first_name;last_name;date_of_birth"
SANNE = "10001;Sanne;Berg;1988-04-12"


def read(folder, text, name="hr.csv", encoding="utf-8"):
    (folder / name).write_bytes(text if isinstance(text, bytes) else text.encode(encoding))
    return desired.read_file(folder / name)


def refused(folder, text, code="accounts_invalid", name="hr.csv", encoding="utf-8"):
    with pytest.raises(ZorgidError) as error:
        read(folder, text, name, encoding)
    reported = str(error.value)
    assert error.value.code == code, reported
    for personal in ("Sanne", "Berg", "1988", "nne", "10001"):
        assert personal not in reported
    assert name in reported
    return reported


def lines(*rows, end="\r\n"):
    return end.join(rows) + end


@pytest.mark.parametrize(
    ("text", "encoding", "said"),
    [
        (lines(HEAD, SANNE), "utf-8", ("utf-8", ";", 1)),
        (lines(HEAD, SANNE), "utf-8-sig", ("utf-8", ";", 1)),
        (lines("sep=;", HEAD, SANNE), "utf-8-sig", ("utf-8", ";", 2)),
        (lines('"sep=;"', HEAD, SANNE), "utf-8", ("utf-8", ";", 2)),
        (lines("SEP=~", HEAD.replace(";", "~"), SANNE.replace(";", "~")), "utf-8", ("utf-8", "~", 2)),
        (lines("sep=,", HEAD.replace(";", ","), SANNE.replace(";", ",")), "utf-8", ("utf-8", ",", 2)),
        (lines(HEAD.replace(";", ","), SANNE.replace(";", ",")), "utf-8", ("utf-8", ",", 1)),
        (lines(HEAD.replace(";", "\t"), SANNE.replace(";", "\t")), "utf-16", ("utf-16-le", "\t", 1)),
        ("\ufeff" + lines(HEAD, SANNE), "utf-16-be", ("utf-16-be", ";", 1)),
        (lines(HEAD.replace(";", "|"), SANNE.replace(";", "|")), "utf-8", ("utf-8", "|", 1)),
        (lines('sep="', HEAD, SANNE), "utf-8", ("utf-8", ";", 2)),
        (lines("#TYPE Selected.Microsoft.ActiveDirectory.Management.ADUser", HEAD, SANNE), "utf-8", ("utf-8", ";", 2)),
        (lines("Overzicht, per locatie, met telefoon", "", "Peildatum;1-1-2026", HEAD, SANNE), "utf-8",
         ("utf-8", ";", 4)),
        (lines(HEAD, SANNE, end="\n"), "utf-8", ("utf-8", ";", 1)),
        (lines(HEAD, SANNE, end="\r"), "utf-8", ("utf-8", ";", 1)),
        (f"{HEAD}\n{SANNE}", "utf-8", ("utf-8", ";", 1)),
        (lines('"External ID";"First_Name";Last Name ;\u00adDATE_OF\u200b_BIRTH', SANNE), "utf-8", ("utf-8", ";", 1)),
        (lines(HEAD + ";;", SANNE + ";;;;"), "utf-8", ("utf-8", ";", 1)),
        (lines("a, b, c, d, e", HEAD, SANNE), "utf-8", ("utf-8", ";", 2)),
        ("\ufeff\ufeff" + lines("sep=;", HEAD, SANNE) + "\x1a", "utf-8", ("utf-8", ";", 2)),
        (lines(HEAD, '10001; "Sanne"; "Berg";1988-04-12'), "utf-8", ("utf-8", ";", 1)),
        (lines(HEAD, '="10001";="Sanne";Berg;="12-04-1988"'), "utf-8", ("utf-8", ";", 1)),
        (lines(HEAD, '"=""10001""";Sanne;Berg;1988-04-12'), "utf-8", ("utf-8", ";", 1)),
        (lines(HEAD, "'10001;Sanne;Berg;1988-04-12"), "utf-8", ("utf-8", ";", 1)),
        (lines(HEAD, ";;;", "", "\u00a0; ;;", SANNE, ";;;"), "utf-8", ("utf-8", ";", 1)),
    ],
)  # fmt: skip
def test_one_list_in_many_forms(tmp_path, text, encoding, said):
    found = read(tmp_path, text, encoding=encoding)
    assert [(one["external_id"], one["last_name"], one["date_of_birth"]) for one in found.accounts] == [
        ("10001", "Berg", "1988-04-12")
    ]
    assert (found.read["encoding"], found.read["delimiter"], found.read["header_row"]) == said
    assert (found.read["rows"], found.read["accounts"]) == (1, 1)
    assert found.notes == []


def test_blank_rows_are_counted(tmp_path):
    assert read(tmp_path, lines(HEAD, ";;;", "", SANNE, " ;;;")).read["skipped"] == {"blank": 3}


def test_a_file_of_excel_in_the_netherlands(tmp_path):
    found = read(tmp_path, lines(HEAD, "000123;Zoë;Heuvel-Boële;7-4-1988"), encoding="cp1252")
    assert found.accounts[0]["first_name"] == "Zoë"
    assert found.accounts[0]["date_of_birth"] == "1988-04-07"
    assert found.read["encoding"] == "windows-1252"
    assert "read as Windows-1252" in found.notes[0]


@pytest.mark.parametrize(
    ("data", "reported"),
    [
        (lines(HEAD, SANNE).encode("utf-16-le"), "UTF-16 without byte order mark"),
        (b"\xef\xbb\xbf" + lines(HEAD, "1;Ren\xe9;B;").encode("cp1252"), "is marked as UTF-8 but is not UTF-8"),
        (b"\xff\xfe" + lines(HEAD, SANNE).encode("utf-16-le")[:-1], "not UTF-16-LE"),
        (lines(HEAD, "1;M\x81ller;B;").encode("latin-1"), "neither UTF-8 nor Windows-1252"),
        (lines(HEAD, SANNE).encode() + b"\0", "bytes that do not occur in text"),
        (lines(HEAD, SANNE).encode("utf-32"), "UTF-32"),
    ],
)
def test_encodings_that_are_none(tmp_path, data, reported):
    assert reported in refused(tmp_path, data, "accounts_unreadable")


@pytest.mark.parametrize(
    "lost", ["Ren?e", "RenÃ©e", "Ren\ufffde", "Ren‚e", "Zo‰", "RenŽ", "MŸller", "BergÂ\u00a0", "Ren\x85e", "M\x07l"]
)
def test_letters_that_got_lost(tmp_path, lost):
    reported = refused(tmp_path, lines(HEAD, SANNE, f"2;{lost};Vos;"))
    assert "row 3, column first_name (B): letters that were lost or damaged" in reported


@pytest.mark.parametrize("kept", ["Zoë", "JOÃO", "Ångström", "D’Artagnan", "'t Hooft", "Çağla", "Ayşe", "Null", "NA"])
def test_letters_that_are_names(tmp_path, kept):
    assert read(tmp_path, lines(HEAD, f"2;{kept};{kept};")).accounts[0]["last_name"] == kept


@pytest.mark.parametrize(
    ("row", "reported"),
    [
        ('2;"Bo" de;Vos;', "row 3, column first_name (B): a quotation mark stands alone"),
        ('2;Bo;"Vos;', "row 3, column last_name (C): a quotation mark stands alone"),
        ('2;"B""o";"V"os;', "row 3, column last_name (C): a quotation mark stands alone"),
    ],
)
@pytest.mark.parametrize("before", [0, 30])
def test_quotation_marks_that_do_not_pair(tmp_path, row, reported, before):
    text = lines(HEAD, *(f"x{number};A;B;" for number in range(before)), SANNE, row, "3;Wim;Kok;")
    reported = reported.replace("row 3", f"row {3 + before}")
    assert reported in refused(tmp_path, text, "accounts_unreadable")
    assert reported.replace("row ", "row ", 1).replace(f"row {3 + before}", f"row {4 + before}") in refused(
        tmp_path, "sep=;\r\n" + text, "accounts_unreadable"
    )


def test_rows_are_those_of_the_file_whatever_stands_in_quotes(tmp_path):
    text = lines(HEAD, '1;"San\r\nne";"Van\nBerg";', "", "2;;Vos;")
    assert "row 6, column first_name (B): first_name is missing" in refused(tmp_path, text)
    found = read(tmp_path, lines(HEAD, '1;"San\r\n ne";Berg;')).accounts
    assert found[0]["first_name"] == "San ne"


def test_cells_beyond_the_header(tmp_path):
    reported = refused(tmp_path, lines(HEAD, "1;Jan;Berg, van der;;x", SANNE, "2;Bo;Vos;;;;y"), "accounts_unreadable")
    assert "row 2, column E: there are more cells in the row than in the header" in reported
    assert "row 4, column G: there are more cells" in reported


def test_fewer_cells_than_the_header(tmp_path):
    assert read(tmp_path, lines(HEAD, "1;Jan;Berg")).accounts[0]["last_name"] == "Berg"


@pytest.mark.parametrize(
    ("written", "expected"),
    [
        ("1988-04-12", "1988-04-12"),
        ("12-04-1988", "1988-04-12"),
        ("7-4-1988", "1988-04-07"),
        ("12.4.1988", "1988-04-12"),
        ("12 april 1988", "1988-04-12"),
        ("12-mrt-1988", "1988-03-12"),
        ("12 okt. 1988", "1988-10-12"),
        ("19880412", "1988-04-12"),
        ("1988/04/12", "1988-04-12"),
        ("25/12/1988", "1988-12-25"),
        ("12/25/1988", "1988-12-25"),
        ("04/04/1988", "1988-04-04"),
        ("1988-04-12T00:00:00", "1988-04-12"),
        ("1988-04-12 00:00:00.000", "1988-04-12"),
        ("12-4-1988 0:00", "1988-04-12"),
        ("1988-04-12T00:00:00+02:00", "1988-04-12"),
        ("0001-01-01T00:00:00", None),
        ("00-00-0000", None),
        ("01-01-0001", None),
        ("\u00a012-04-1988\u200e", "1988-04-12"),
    ],
)
def test_days(tmp_path, written, expected):
    assert read(tmp_path, lines(HEAD, f"1;Jan;Kok;{written}")).accounts[0].get("date_of_birth") == expected


@pytest.mark.parametrize(
    ("written", "reported"),
    [
        ("12-04-88", "a date whose year has two digits"),
        ("12/04/88", "a date whose year has two digits"),
        ("12-apr-88", "a date whose year has two digits"),
        ("04/12/1988", "a date that may be day/month or month/day"),
        ("32245", "a number without a date format"),
        ("31-02-1988", "no date"),
        ("1988-13-01", "no date"),
        ("onbekend", "no date"),
        ("12 foo 1988", "no date"),
        ("1988-04-11T22:00:00Z", "a time of day"),
        ("1988-04-12 25:00", "no date"),
        ("1-1-1900", "1900"),
        ("1899-12-30", "1900"),
        ("12-04-2088", "still to come"),
        ("#VERW!", "the error of a formula"),
        ("##########", "too narrow"),
    ],
)
def test_days_that_are_none(tmp_path, written, reported):
    message = refused(tmp_path, lines(HEAD, f"1;Jan;Kok;{written}"))
    assert "row 2, column date_of_birth (D): " in message
    assert reported in message


def test_checks_have_a_time_and_a_future(tmp_path):
    head = HEAD + ";document_type;document_expires;checked_by;checked_at"
    found = read(tmp_path, lines(head, SANNE + ";passport;1-5-2041;19002;20-11-2026 14:05")).accounts[0]
    assert found["identification"] == {
        "document_type": "passport",
        "document_expires": "2041-05-01",
        "checked_by": "19002",
        "checked_at": "2026-11-20",
    }


def test_the_role_code_of_nurses_has_no_decimals(tmp_path):
    found = read(tmp_path, lines(HEAD + ";role_code", SANNE + ";30.000")).accounts[0]
    assert found["role_code"] == "30.000"
    row = ["s", "Sanne", "Berg", "1988-04-12", "Medewerker", "Actief", "10001", "30.000"]
    (member,) = export_reading.read_export(export(tmp_path / "e.csv", row, head=[*EXPORT, "Rolcode"]))
    assert member["attributes"]["roleCode"] == "30.000"


@pytest.mark.parametrize(
    ("head", "value", "reported"),
    [
        ("external_id", "1,23E+05", "a number that is shortened"),
        ("external_id", "1.23E+11", "a number that is shortened"),
        ("external_id", "123.0", "a number with decimals"),
        ("uzi_number", "900012345,0", "a number with decimals"),
        ("role_code", "30.0", "a number with decimals"),
        ("uzi_number", "1,2E+8", "a number that is shortened"),
        ("uzi_number", "٩٠٠٠١٢٣٤٥", "uzi_number is not a UZI number"),
        ("uzi_number", "12", "uzi_number is not a UZI number"),
        ("email", "#N/B", "the error of a formula"),
        ("email", "nobody", "email is not an address"),
        ("state", "gone", "state is unknown"),
    ],
)
def test_other_cells_that_are_none(tmp_path, head, value, reported):
    values = {"external_id": "1", "first_name": "Jan", "last_name": "Kok", head: value}
    message = refused(tmp_path, lines(";".join(values), ";".join(values.values())))
    assert f"row 2, column {head} (" in message
    assert reported in message


@pytest.mark.parametrize(("one", "two"), [("123", "0123"), ("00123", "0123"), ("7", "7")])
def test_numbers_that_are_one_but_for_zeros(tmp_path, one, two):
    reported = refused(tmp_path, lines(HEAD, f"{one};A;B;", ";;;", f"{two};C;D;"), "accounts_contradict")
    assert "Rows 2 and 4 of hr.csv have the same external_id" in reported
    assert ("except for leading zeros" in reported) == (one != two)


def test_all_contradictions_at_once(tmp_path):
    head = HEAD + ";uzi_number"
    text = lines(head, "1;A;B;;012345678", "2;C;D;;", "1;A;B;;", "3;E;F;;12345678")
    reported = refused(tmp_path, text, "accounts_contradict")
    assert "Rows 2 and 4 of hr.csv have the same external_id" in reported
    assert "rows 2 and 5 the same uzi_number, except for leading zeros" in reported


def test_every_mistake_up_to_twenty(tmp_path):
    reported = refused(tmp_path, lines(HEAD, *(f"{number};;;" for number in range(1, 16))))
    assert reported.count("is missing") == 20
    assert "row 11, column last_name (C)" in reported
    assert "and 10 more" in reported
    with pytest.raises(ZorgidError) as error:
        desired.from_list([{"external_id": "1", "first_name": "A"}, [], {"external_id": "3", "last_name": "B"}])
    assert "Account 1 of the list is not usable: last_name is missing; account 2: it is not a mapping" in str(
        error.value
    )
    assert "account 3: first_name is missing" in str(error.value)
    assert error.value.details == {"position": 1}


def test_headers_that_are_not_ours(tmp_path):
    head = "Personeelsnummer;Roepnaam;Tussenvoegsel;Achternaam;Geboortedatum;E-mail werk;In dienst;extrenal_id"
    reported = refused(tmp_path, lines(head, "10001;Sanne;van der;Berg;12-04-1988;;"), "accounts_unreadable")
    for part in (
        "external_id, first_name, prefix, last_name, date_of_birth",
        "A (Personeelsnummer, perhaps external_id)",
        "B (Roepnaam, perhaps first_name)",
        "E (Geboortedatum, perhaps date_of_birth)",
        "F (E-mail werk, perhaps email)",
        "G (In dienst)",
        "H (extrenal_id, perhaps external_id)",
    ):
        assert part in reported
    reported = refused(tmp_path, lines("external_id;voornaam;last_name", "1;x;y"), "accounts_unreadable")
    assert (
        "no column first_name; known are external_id, last_name; unknown are B (voornaam, perhaps first_name)"
        in reported
    )


def test_everything_in_one_cell(tmp_path):
    reported = refused(tmp_path, lines('"external_id,first_name,last_name"', '"1,Jan,Kok"'), "accounts_unreadable")
    assert "every row is in one cell" in reported
    assert "Tekst naar kolommen" in reported


def test_all_that_is_wrong_with_a_row(tmp_path):
    reported = refused(tmp_path, lines(HEAD + ";email", "1,2E+5;;Ren?e;12-04-88;nobody"))
    for mistake in (
        "external_id (A): a number that is shortened",
        "first_name (B): first_name is missing",
        "last_name (C): letters that were lost",
        "date_of_birth (D): a date whose year has two digits",
        "email (E): email is not an address",
    ):
        assert f"row 2, column {mistake}" in reported
    assert reported.count("row 2") == 5


@pytest.mark.parametrize("number", ["1E5", "12e3", "-5", "3f2504e0-4f89-11d3-9a0c-0305e82c3301", "A.1/2"])
def test_numbers_of_people_that_only_look_odd(tmp_path, number):
    assert read(tmp_path, lines(HEAD, f"{number};Jan;Kok;")).accounts[0]["external_id"] == number


@pytest.mark.parametrize(
    "row", [SANNE, "Sanne;Berg", "Birthe;Voornaamse;x@mail.example", "Birthe;Nickname;1988", "Sanne;birth"]
)
def test_a_list_without_a_header_shows_nobody(tmp_path, row):
    reported = refused(tmp_path, lines(row, row), "accounts_unreadable")
    assert "no known column is there; unknown are A, B" in reported
    assert "Birthe" not in reported
    assert "@" not in reported


def test_a_column_that_is_unknown_and_used(tmp_path):
    reported = refused(tmp_path, lines(HEAD + ";afdeling;;kleur", SANNE, SANNE + ";x;y", "2;Bo;Vos;;z"))
    assert "row 3, column F: a value in a column without a name" in reported
    assert "row 3, column afdeling (E): an unknown column" in reported
    assert "row 4, column afdeling" not in reported
    assert len(read(tmp_path, lines(HEAD + ";afdeling;", SANNE + ";;")).accounts) == 1


def test_a_report_that_repeats_its_header_and_counts(tmp_path):
    reported = refused(tmp_path, lines(HEAD, SANNE, "\ufeff" + HEAD, "2;Bo;Vos;", "Totaal;2;;"))
    assert "row 3, column external_id (A): the header again" in reported
    assert "row 5, column last_name (C): last_name is missing" in reported


def test_people_above_the_header_are_not_taken_for_a_title(tmp_path):
    reported = refused(tmp_path, lines("a title", "1;Bo;Vos;", HEAD, SANNE), "accounts_unreadable")
    assert "row 2: the row is above the header" in reported
    more = HEAD + ";email;prefix"
    reported = refused(tmp_path, lines(HEAD, "1;Bo;Vos;", more, SANNE), "accounts_unreadable")
    assert "row 3, column E: there are more cells" in reported
    assert "row 3, column external_id (A): the header again" in reported


@pytest.mark.parametrize("text", [lines("a;b"), lines(HEAD), lines(HEAD, "1;;x;"), lines(HEAD, SANNE, SANNE)])
def test_the_name_of_a_file_moves_no_cursor(tmp_path, text):
    (tmp_path / "hr\x1b[31m\u202e.csv").write_text(text)
    with pytest.raises(ZorgidError) as error:
        desired.read_file(tmp_path / "hr\x1b[31m\u202e.csv")
    assert str(error.value).isprintable()
    assert "hr?[31m?.csv" in str(error.value)


def test_a_header_that_names_a_column_twice(tmp_path):
    reported = refused(tmp_path, lines(HEAD + ";Date of Birth", SANNE), "accounts_unreadable")
    assert "date_of_birth in D and E" in reported


@pytest.mark.parametrize(
    ("name", "text"),
    [("hr.csv", HEAD), ("hr.csv", lines(HEAD, ";;;", "")), ("hr.json", "[]"), ("hr.json", '{"accounts": []}')],
)
def test_a_file_that_names_nobody_is_never_nobody(tmp_path, name, text):
    reported = refused(tmp_path, text, "accounts_empty", name)
    assert "accounts: []" in reported
    assert desired.from_list([]) == []


def test_what_a_file_is_tells_its_content(tmp_path):
    for name in ("hr.xls", "hr.xlsx", "hr.txt", "hr.TSV", "hr.ods"):
        assert len(read(tmp_path, lines(HEAD, SANNE), name).accounts) == 1


def test_json_says_its_name_and_all_its_mistakes(tmp_path):
    rows = [{"external_id": 1, "first_name": "A", "last_name": "B"}, {"external_id": "2", "first_name": "A"}]
    reported = refused(tmp_path, json.dumps(rows), name="hr.json")
    assert "Account 1 of hr.json is not usable: external_id is not a text; account 2: last_name is missing" in reported
    found = read(tmp_path, "\ufeff" + json.dumps([{**rows[0], "external_id": "1"}]), "hr.json")
    assert found.read == {"file": "hr.json", "format": "json", "rows": 1, "accounts": 1}


PIECES = (
    *('"', ";", ",", "\t", "\r", "\n", "\0", "\u00e9", "=", "#TYPE x\n", "12/4/1988", "0", "'", "PK\3\4", "1E5"),
    *("25:61", " 12:00", "sep=", "\x1a", "\u2028", "|", "external_id", "#N/A", "\ufeff"),
)


@pytest.mark.heavy
@pytest.mark.parametrize("seed", range(200))
def test_whatever_is_typed_between_ends_in_accounts_or_an_error(tmp_path, seed):
    chance = random.Random(seed)  # noqa: S311
    typed = [(chance.randrange(90), chance.choice(PIECES)) for _ in range(seed % 7)]
    text = lines("sep=;", HEAD, '1;"Jan";Kok;12-4-1988', '2;"K\no";X;')
    for place, piece in typed:
        text = text[:place] + piece + text[place:]
    file = tmp_path / "typed.csv"
    file.write_bytes(text.encode("cp1252", "replace") if len(typed) % 2 else text.encode())
    for reader in (desired.read_file, export_reading.read_export):
        try:
            found = reader(file)
        except ZorgidError as error:
            found = error
        if isinstance(found, desired.Source):
            assert found.read["rows"] == found.read["accounts"] == len(found.accounts) > 0


def test_lists_are_bounded(tmp_path, monkeypatch):
    monkeypatch.setattr(tables, "MAX_BYTES", 1000)
    for name in ("hr.csv", "hr.json", "hr.xlsx"):
        assert "more than any list of employees" in refused(tmp_path, " " * 1001, "accounts_unreadable", name)
    monkeypatch.undo()
    monkeypatch.setattr(tables, "MAX_ROWS", 5)
    text = lines(HEAD, *(f"{number};A;B;" for number in range(30)))
    assert "more than 5 rows" in refused(tmp_path, text, "accounts_unreadable")
    text = lines(HEAD, "1;A;B;" + ";" * 2000)
    assert "row 2: the table is larger" in refused(tmp_path, text, "accounts_unreadable")
    text = lines(HEAD, "1;A;B;" + "x" * 200_000)
    assert "row 2: a cell is longer than any value" in refused(tmp_path, text, "accounts_unreadable")


@pytest.mark.parametrize(
    "text",
    ["=1+1", "+31", "-1", "@x", "\tx", "\rx", " =1", "\u00a0=1", "＝1", "＋1", "－1", "＠x", "|x", "%x", "'=1", "''=1"],
)
def test_formulas_become_text_and_come_back(text):
    assert protected(text) == f"'{text}"
    assert unprotected(protected(text)) == text


@pytest.mark.parametrize("text", ["", "Sanne", "'t Hooft", "1-2", "a=b", "'"])
def test_what_is_no_formula_stays(text):
    assert protected(text) == text == unprotected(text)


EXPORT = ["Gebruikersnaam", "Voornaam", "Achternaam", "Geboortedatum", "Rol", "Status", "Personeelsnummer"]


def export(path, *rows, head=EXPORT):
    text = io.StringIO()
    csv.writer(text, delimiter=";").writerows([head, *rows])
    path.write_text(text.getvalue())
    return path


def test_every_mistake_of_an_export(tmp_path):
    row = ["s", "'=Sanne", "'t Hooft", "12-4-1988", "Medewerker", "Actief", "'-1"]
    found = export_reading.read_export(export(tmp_path / "e.csv", row))
    assert (found[0]["first_name"], found[0]["last_name"], found[0]["external_id"]) == ("=Sanne", "'t Hooft", "-1")
    assert found[0]["date_of_birth"] == "1988-04-12"
    wrong = [[*row[:3], "4/12/1988", *row[4:]], [], [*row[:4], "Baas", "Weg", "1,2E+5"], [*row[:4], "", "", ""]]
    with pytest.raises(ZorgidError) as error:
        export_reading.read_export(export(tmp_path / "e.csv", row, *wrong))
    reported = str(error.value)
    for mistake in (
        "row 3, column Geboortedatum (D): a date that may be",
        "row 5, column Rol (E): an unknown word",
        "row 5, column Status (F): an unknown word",
        "row 5, column Personeelsnummer (G): a number that is shortened",
        "row 6, column Rol (E): an unknown word",
        "medewerker, beheerder, administrator",
    ):
        assert mistake in reported
    assert "Hooft" not in reported


def test_an_export_has_each_user_once(tmp_path):
    row = ["s", "Sanne", "Hooft", "12-4-1988", "Medewerker", "Actief", "1"]
    with pytest.raises(ZorgidError, match=r"row 3, column Gebruikersnaam \(A\): the same user as in row 2") as error:
        export_reading.read_export(export(tmp_path / "e.csv", row, row))
    assert error.value.code == "export_unreadable"


@pytest.mark.parametrize("rows", [[], [[""] * 7], [[" "] * 7]])
def test_an_export_never_says_that_nobody_is_registered(tmp_path, rows):
    with pytest.raises(ZorgidError) as error:
        export_reading.read_export(export(tmp_path / "e.csv", *rows))
    assert error.value.code == "export_unreadable"
    assert "always has an administrator" in str(error.value)


def test_an_export_without_its_columns_names_them(tmp_path):
    head = [{"Rol": "Role", "Voornaam": "Voornam"}.get(name, name) for name in EXPORT]
    with pytest.raises(ZorgidError) as error:
        export_reading.read_export(export(tmp_path / "e.csv", ["x"] * 7, head=head))
    assert "no column Voornaam, Rol" in str(error.value)
    assert "B (Voornam, perhaps Voornaam)" in str(error.value)


def test_an_export_as_excel_saves_it_is_said(tmp_path):
    notes = []
    text = ";".join(EXPORT) + "\r\nz;Zoë;Berg;;Beheerder;Actief;1\r\n"
    (tmp_path / "e.csv").write_bytes(text.encode("cp1252"))
    assert export_reading.read_export(tmp_path / "e.csv", notes)[0]["first_name"] == "Zoë"
    assert "Windows-1252" in notes[0]


def action(check_mode=False):
    return SimpleNamespace(check_mode=check_mode, diff_mode=False, task_vars={}, _templar=None)


def keep(folder, **options):
    given = {
        **{
            name: spec.get("default")
            for name, spec in {**portal.OPTIONS, **portal.DOSSIER, **portal.KEEPING, **portal.ACCOUNTS}.items()
        },
        "driver": "worklist",
        "ura": "90000101",
        "export_path": str(folder / "e.csv"),
        "worklist_dir": str(folder / "out"),
        **options,
    }
    return keep_accounts(action(), given, administrators=False)


def test_the_action_says_what_it_read_and_never_takes_an_empty_file_for_nobody(tmp_path):
    members = [[f"u{number}", "Bo", f"Vos{number}", "", "Medewerker", "Actief", str(number)] for number in range(3)]
    export(tmp_path / "e.csv", *members)
    path = tmp_path / "hr.csv"
    path.write_bytes(lines(HEAD, "0;Zoë;Vos0;", ";;;").encode("cp1252"))
    found = keep(tmp_path, accounts_path=str(path))
    assert found["read"] == {
        "file": "hr.csv",
        "format": "csv",
        "encoding": "windows-1252",
        "delimiter": ";",
        "header_row": 1,
        "rows": 1,
        "accounts": 1,
        "skipped": {"blank": 1},
    }
    assert "Windows-1252" in found["warnings"][0]
    path.write_text(lines(HEAD))
    with pytest.raises(ZorgidError) as error:
        keep(tmp_path, accounts_path=str(path), purge=True, max_removals="100%")
    assert error.value.code == "accounts_empty"
    # Nor an empty list: a variable comes out empty for the same reasons.
    for given in ([], [{"external_id": "0", "first_name": "Bo", "last_name": "Vos0", "state": "absent"}]):
        with pytest.raises(ZorgidError) as error:
            keep(tmp_path, accounts=given, purge=True, max_removals="100%")
        assert error.value.code == "accounts_empty"
    gone = [{"external_id": f"{n}", "first_name": "Bo", "last_name": f"Vos{n}", "state": "absent"} for n in range(3)]
    on_purpose = keep(tmp_path, accounts=gone, max_removals="100%")
    assert on_purpose["summary"] == {"todo": 3}
    assert "read" not in on_purpose


def test_every_kind_of_mistake_in_dates_says_what_to_do_about_it(tmp_path):
    reported = refused(tmp_path, lines(HEAD, "1;A;B;12-04-88", "2;C;D;03/04/1988", "3;E;F;1-1-2999", "4;G;H;5-6-77"))
    assert "rows 2, 5: in Excel, write the date as day-month-year with four digits" in reported
    assert "row 3: check in the HR system which number is the day" in reported
    assert "row 4: correct the year" in reported


def test_twins_stand_beside_the_other_mistakes(tmp_path):
    reported = refused(tmp_path, lines(HEAD, "123;A;B;", "2;C;;", "0123;E;F;"))
    assert "row 3, column last_name (C): last_name is missing" in reported
    assert "row 4, column external_id (A): the same external_id, except for leading zeros as in row 2" in reported
    assert "row 4: keep one of the two rows" in reported
    with pytest.raises(ZorgidError, match=r"account 3: it has the same external_id as account 1"):
        desired.from_list([{"external_id": "1", "first_name": "A", "last_name": "B"}, [], {"external_id": "1"}])


@pytest.mark.parametrize(
    ("data", "reported"),
    [
        (b"", "cannot be read: the table is empty: it has no header row"),
        (b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + b"x" * 600, "cannot be read: the file is a workbook of an old Excel"),
        (b"<html><table></table>", "cannot be read: the file is a web page (HTML)"),
        (b'external_id;first_name;last_name\n1;"Jan;Kok\n', "cannot be read: row 2"),
    ],
)
def test_what_the_file_is_comes_first_and_no_columns_with_it(tmp_path, data, reported):
    file = tmp_path / "hr.csv"
    file.write_bytes(data)
    with pytest.raises(ZorgidError) as error:
        desired.read_file(file)
    assert reported in str(error.value)
    assert "date_of_birth" not in str(error.value)
    assert error.value.action


def test_a_role_is_offered_where_it_is_kept(tmp_path):
    file = tmp_path / "hr.csv"
    for text in ("external_id;voornaam\n1;x\n", "external_id;first_name;last_name;kleur\n1;A;B;rood\n"):
        file.write_text(text)
        for administrators in (False, True):
            with pytest.raises(ZorgidError) as error:
                desired.read_file(file, administrators=administrators)
            assert (" role," in str(error.value)) == administrators


@pytest.mark.parametrize(
    "header", ["external_id;first_name,last_name;email", "external_id;first_name;last_name;email,state"]
)
def test_a_header_that_mixes_delimiters_is_called_so(tmp_path, header):
    reported = refused(tmp_path, lines(header, "1;A;B;"), "accounts_unreadable")
    assert "the header mixes delimiters: " in reported
    assert "separate all columns by one of them" in reported
