# SPDX-FileCopyrightText: gbz.zorgid contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""A table of organisations: what each row says, and what is wrong with it, by row and column."""

from __future__ import annotations

from pathlib import Path

import pytest
from ansible_collections.gbz.zorgid.plugins.module_utils._common.errors import ZorgidError
from ansible_collections.gbz.zorgid.plugins.module_utils._inventory.columns import COLUMNS
from ansible_collections.gbz.zorgid.plugins.module_utils._inventory.customer_table import CustomerTable, read_customers
from ansible_collections.gbz.zorgid.plugins.module_utils._inventory.customers import customers_of
from ansible_collections.gbz.zorgid.tests.support.customers import TITLES, customer, table
from ansible_collections.gbz.zorgid.tests.support.portal_files import sheet, workbook

ROOT = Path(__file__).resolve().parents[3]
FOLDER = Path("/srv/zorgid")


def read(tmp_path: Path, *rows: dict[str, str]) -> CustomerTable:
    return read_customers(table(tmp_path / "klanten.csv", *rows), FOLDER)


def wrong(tmp_path: Path, *rows: dict[str, str]) -> list[tuple[int, str, str]]:
    """Row, column, and what."""
    _usable, refused = customers_of(read(tmp_path, *rows).rows, {})
    return [(one.row, one.problem.place, one.problem.what) for one in refused]


def test_a_row_is_a_location(tmp_path: Path) -> None:
    more = {"Certificaat_plaats": "Bestand", "Certificaat_bestand": "certs/linde.p12", "Zorggroep": "Noord"}
    lists = {"HR_lijst": "hr/noord.csv", "HR_systeem": "nmbrs", "HR_locatie_kolom": "Bedrijfnr", "HR_locatie": "1"}
    (row,) = read(tmp_path, customer(1, Postcode="3511ab", **more, **lists)).rows
    assert (row.number, row.name, row.group, row.problems, row.remarks) == (2, "Praktijk 1", "Noord", (), ())
    assert row.own["people"]["portal_administrator"]["date_of_birth"] == "1975-03-09"
    assert row.own["address"]["postal_code"] == "3511AB"
    assert row.own["certificate"] == {"source": "file", "certificate_path": "/srv/zorgid/certs/linde.p12"}
    assert row.own["accounts"] == "/srv/zorgid/hr/noord.csv"
    assert row.own["list_mapping"] == {"preset": "nmbrs", "where": {"Bedrijfnr": "1"}}
    assert wrong(tmp_path, customer(1, **more, **lists)) == []


def test_the_driver_browser_needs_nothing_else(tmp_path: Path) -> None:
    ((one,), refused) = customers_of(read(tmp_path, customer(1, Portaal_driver="Browser")).rows, {})
    assert refused == []
    assert "gbz_portal_browser" in one.variables["zorgid_onboarding_portal"]
    assert one.secrets == ()
    path = {"Portaal_driver": "browser", "Portaal_export": "a.csv"}
    assert wrong(tmp_path, customer(1, **path)) == [
        (2, "Portaal export", "it is filled in, with Portaal driver browser")
    ]


@pytest.mark.parametrize(
    ("changes", "place", "what"),
    [
        ({"URA": ""}, "URA", "it is empty"),
        ({"URA": "123456789"}, "URA", "it does not fit"),
        ({"KVK": "1200101"}, "KVK", "it has 7 digits; Excel takes zeros away from the beginning"),
        ({"Portaal_admin_telefoon": "6,0E+08"}, "Portaal admin telefoon", "it is a number that is shortened"),
        ({"Portaal_admin_geboortedatum": "03/04/1975"}, "Portaal admin geboortedatum", "it is a date that may be"),
        ({"Vertegenwoordiger_e_mail": "p at linde"}, "Vertegenwoordiger e-mail", "it does not fit"),
        ({"Technisch_beheerder_voornaam": "R"}, "Technisch beheerder achternaam", "it is empty"),
        ({"Zorgapplicatie_naam": "HIS"}, "Zorgapplicatie leverancier", "it is empty"),
        ({"Certificaat_plaats": "kluis"}, "Certificaat plaats", "it is none of"),
        ({"Certificaat_plaats": "windows"}, "Certificaat server", "it is empty, with Certificaat plaats windows"),
        ({"Certificaat_bestand": "a.pem"}, "Certificaat bestand", "it is filled in, with Certificaat plaats empty"),
        (
            {"Certificaat_plaats": "windows", "Certificaat_server": "localhost"},
            "Certificaat server",
            "it is not the DNS name of a server",
        ),
        (
            {"Certificaat_plaats": "file", "Certificaat_bestand": "../../etc/shadow"},
            "Certificaat bestand",
            "it leads out of the working folder",
        ),
        ({"Portaal_driver": "scim", "Portaal_adres": "http://x.example"}, "Portaal adres", "it is not an address"),
        ({"HR_lijst": "hr/a.csv", "HR_systeem": "nmbr"}, "HR-systeem", "it is unknown"),
        ({"Inventarisnaam": "../x"}, "Inventarisnaam", "it is not letters"),
        ({"Inventarisnaam": "all"}, "Inventarisnaam", "it is not letters"),
        ({"Naam": "x" * 201}, "Naam", "it is longer than 200 characters"),
        ({"Naam": "a\u0007b"}, "Naam", "it is letters that were lost"),
    ],
)
def test_what_is_wrong_is_told_by_its_column(tmp_path: Path, changes: dict[str, str], place: str, what: str) -> None:
    found = wrong(tmp_path, customer(1), customer(2, **changes))
    assert {row for row, _place, _what in found} == {3}
    assert any((at, said[: len(what)]) == (place, what) for _row, at, said in found), found
    value = list(changes.values())[-1]
    assert value in ("", "R", "windows") or value not in "".join(said for _row, _at, said in found)


def test_a_ura_that_may_have_lost_zeros_is_kept_and_told(tmp_path: Path) -> None:
    (row,) = read(tmp_path, customer(1, URA="9000041")).rows
    assert row.own["ura"] == "9000041"
    assert row.remarks == ("9000041 has 7 digits, kept as written: check it",)


def test_numbers_of_a_workbook_keep_what_they_had_or_are_refused(tmp_path: Path) -> None:
    cells = {**customer(1), "URA": 202, "KVK": 1200101, "Huisnummer": 12}
    path = workbook(tmp_path / "k.xlsx", sheet([TITLES, [cells.get(title) for title in TITLES]]))
    (row,) = read_customers(path, FOLDER).rows
    assert (row.own["ura"], row.own["address"]["house_number"]) == ("202", "12")
    (problem,) = row.problems
    assert (problem.place, problem.what) == ("KVK", "it is a number, which may have lost its leading zeros")


def test_a_version_is_taken_as_somebody_wrote_it(tmp_path: Path) -> None:
    application = {"Zorgapplicatie_leverancier": "V", "Zorgapplicatie_naam": "HIS", "Zorgapplicatie_versie": "5.0"}
    (row,) = read(tmp_path, customer(1, **application)).rows
    assert (row.own["care_application"]["version"], row.problems) == ("5.0", ())


def test_two_rows_with_one_ura_are_both_refused(tmp_path: Path) -> None:
    rows = (customer(1, URA="00000212"), customer(2), customer(3, URA="212"))
    assert [row for row, place, _what in wrong(tmp_path, *rows) if place == "URA"] == [2, 4]


def test_names_of_hosts_are_safe_and_nobody_gets_the_name_of_another(tmp_path: Path) -> None:
    names = ["De Lindé & Zn.", "../../etc/passwd", "all", "2e Lijn", "De Linde / Zn", "日本", "Localhost"]
    rows = [customer(number, Naam=name) for number, name in enumerate(names, 1)]
    usable, refused = customers_of(read(tmp_path, *rows).rows, {"etc_passwd": "12345678"})
    assert refused == []
    assert [one.host for one in usable] == [
        *("de_linde_zn", "etc_passwd_90000002", "all_90000003", "org_2e_lijn", "de_linde_zn_90000005"),
        *("organisation_90000006", "localhost_90000007"),
    ]


@pytest.mark.parametrize("content", [b"", b"Naam;Plaats\r\nA;B\r\n", b"%PDF-1.7", b"PK\x03\x04 none", b"\x00" * 50])
def test_what_is_no_table_is_an_error(tmp_path: Path, content: bytes) -> None:
    path = tmp_path / "klanten.csv"
    path.write_bytes(content)
    with pytest.raises(ZorgidError) as caught:
        read_customers(path, FOLDER)
    assert caught.value.code == "table_unreadable"
    assert caught.value.action


@pytest.mark.heavy
def test_a_table_that_is_too_large_is_refused_before_it_is_read(tmp_path: Path) -> None:
    path = tmp_path / "klanten.csv"
    with path.open("wb") as stream:
        stream.truncate(20_000_000)
    with pytest.raises(ZorgidError, match="more than 10 MB"):
        read_customers(path, FOLDER)
    path.write_text("Naam;URA\n" + "A;1\n" * 5_001)
    with pytest.raises(ZorgidError, match="more than 5000 rows"):
        read_customers(path, FOLDER)


def test_other_headers_are_known_and_unknown_ones_are_told(tmp_path: Path) -> None:
    path = tmp_path / "klanten.csv"
    path.write_text("Klantnaam;URA-nummer;Naam zorgaanbieder;kvk-nummer\nx;90000101;De Linde;12000101\n")
    read_back = read_customers(path, FOLDER)
    assert read_back.rows[0].own == {"name": "De Linde", "ura": "90000101", "kvk_number": "12000101"}
    assert read_back.notes == ("columns that are not read: Klantnaam (A)",)


@pytest.mark.parametrize("name", ["klanten.xlsx", "klanten.csv"])
def test_the_template_has_every_column_and_no_organisation(name: str) -> None:
    from ansible_collections.gbz.zorgid.plugins.module_utils._inventory.columns import BY_TITLE
    from ansible_collections.gbz.zorgid.plugins.module_utils._lists import tables

    path = ROOT / "playbooks" / "files" / name
    assert tables.read(path, BY_TITLE, ("URA",)).titles == [column.title for column in COLUMNS]
    assert read_customers(path, FOLDER) == CustomerTable(name, (), ())
