# SPDX-FileCopyrightText: gbz.zorgid contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""An export and a list page in the words, dates and encoding that a page map gives; nothing is guessed."""

from __future__ import annotations

import dataclasses
from pathlib import Path

import pytest
from ansible_collections.gbz.zorgid.plugins.module_utils._browser.page_map import read_map
from ansible_collections.gbz.zorgid.plugins.module_utils._browser.window import Rows
from ansible_collections.gbz.zorgid.plugins.module_utils._common.errors import ZorgidError
from ansible_collections.gbz.zorgid.plugins.module_utils._portal.browser_reading import reading_of_rows
from ansible_collections.gbz.zorgid.plugins.module_utils._portal.export_form import form_of_export
from ansible_collections.gbz.zorgid.plugins.module_utils._portal.export_reading import read_export

MAP = read_map(Path(__file__).parents[3] / "docs" / "examples" / "page_map.yml")
WORDS = {
    "role": {"Zorgverlener": "employee", "Gebruikersbeheer": "operator", "Hoofd": "administrator"},
    "device": {"Aan": "active", "Actief (nieuw)": "active", "Uit": "none"},
}
COLUMNS = {
    "Login": "id",
    "Nummer": "external_id",
    "Roepnaam": "first_name",
    "Naam": "last_name",
    "Geboren": "date_of_birth",
    "Soort": "role",
    "Toestel": "device",
    "UZI": "uzi_number",
}
ROW = "s.smit;HR-1;Zoë €;Smit;02-01-1990;Hoofd;Actief (nieuw);000000012"


def mapped(date="dd-mm-jjjj", encoding=None, **columns):
    export = dataclasses.replace(MAP.export, columns={**COLUMNS, **columns}, date=date, encoding=encoding)
    return form_of_export(dataclasses.replace(MAP, export=export, words=WORDS))


HEAD = ";".join(COLUMNS)


def file(folder, *rows, encoding="utf-8", head=HEAD):
    path = folder / "export.csv"
    path.write_bytes("\r\n".join([head, *rows, ""]).encode(encoding))
    return path


def test_titles_and_words_of_another_portal(tmp_path):
    (found,) = read_export(file(tmp_path, ROW), form=mapped())
    assert (found["id"], found["external_id"], found["first_name"]) == ("s.smit", "HR-1", "Zoë €")
    assert (found["role"], found["device"]) == ("administrator", "active")
    assert found["attributes"] == {"uziNumber": "000000012"}
    assert found["unknown"] == {"email", "role_code", "agb_code"}
    # In the assumed form of VZVZ's portal nothing of it can be read.
    with pytest.raises(ZorgidError, match="no column Gebruikersnaam"):
        read_export(tmp_path / "export.csv")


@pytest.mark.parametrize(
    ("date", "born"),
    [("dd-mm-jjjj", "1990-01-02"), ("mm-dd-jjjj", "1990-02-01"), ("yyyy-mm-dd", None), ("dd/mm/jjjj", None)],
)
def test_the_map_decides_the_order_of_a_date(tmp_path, date, born):
    path = file(tmp_path, ROW)
    if born:
        assert read_export(path, form=mapped(date))[0]["date_of_birth"] == born
        return
    with pytest.raises(
        ZorgidError, match=rf"row 2, column Geboren \(E\): not a day that is written as {date}"
    ) as caught:
        read_export(path, form=mapped(date))
    assert "1990" not in str(caught.value)


def test_a_date_that_fits_only_the_other_order_is_an_error(tmp_path):
    rows = [ROW, ROW.replace("02-01-1990", "01-13-1990").replace("s.smit", "b")]
    with pytest.raises(ZorgidError, match="row 3, column Geboren"):
        read_export(file(tmp_path, *rows), form=mapped())


def test_an_empty_date_is_nobodys_date(tmp_path):
    assert read_export(file(tmp_path, ROW.replace("02-01-1990", "")), form=mapped())[0]["date_of_birth"] is None


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "windows-1252", "utf-16-le", "utf-16-be"])
def test_the_encoding_of_the_map(tmp_path, encoding):
    notes: list[str] = []
    path = file(tmp_path, ROW, encoding=encoding)
    (found,) = read_export(path, notes, mapped(encoding=encoding.removesuffix("-sig")))
    assert found["first_name"] == "Zoë €"
    assert notes == []


@pytest.mark.parametrize(("written", "given"), [("windows-1252", "utf-8"), ("utf-8-sig", "windows-1252")])
def test_another_encoding_than_the_maps_is_an_error(tmp_path, written, given):
    with pytest.raises(ZorgidError, match=given) as caught:
        read_export(file(tmp_path, ROW, encoding=written), form=mapped(encoding=given))
    assert caught.value.code == "export_unreadable"


@pytest.mark.parametrize(("word", "instead"), [("Hoofd", "Chef"), ("Actief (nieuw)", "Actief"), ("Hoofd", "")])
def test_an_unknown_word_stops_the_run(tmp_path, word, instead):
    with pytest.raises(ZorgidError, match="an unknown word") as caught:
        read_export(file(tmp_path, ROW.replace(word, instead)), form=mapped())
    assert "in Soort: zorgverlener, gebruikersbeheer, hoofd" in str(caught.value)


def test_a_column_of_the_map_that_is_missing_stops_the_run(tmp_path):
    with pytest.raises(ZorgidError, match="no column UZI"):
        read_export(file(tmp_path, ROW, head=";".join([*COLUMNS][:-1])), form=mapped())


# the list on a page -------------------------------------------------------------------------------------------------

TITLES = ("Gebruiker", "Personeelsnummer", "Rol", "Status")


def listed(*rows, total=None, titles=TITLES):
    return reading_of_rows(MAP, Rows(titles, rows, len(rows) if total is None else total))


def test_a_list_page_knows_no_names():
    found = listed(("s.smit", "HR-1", "Medewerker", "Actief"), ("b.bos", "–", "Beheerder", "Geen\xa0telefoon"))
    assert found.complete
    assert [one["external_id"] for one in found.members] == ["HR-1", None]
    assert [one["device"] for one in found.members] == ["active", "none"]
    unknown = {"first_name", "last_name", "date_of_birth", "email", "uzi_number", "role_code", "agb_code"}
    assert {one["unknown"] for one in found.members} == {frozenset(unknown)}
    assert found.members[0]["first_name"] is None


@pytest.mark.parametrize("total", [0, 1, 3])
def test_rows_that_do_not_add_up_are_not_complete(total):
    rows = [("a", "1", "Medewerker", "Actief"), ("b", "2", "Medewerker", "Actief")]
    assert not listed(*rows, total=total).complete
    assert not reading_of_rows(MAP, Rows(TITLES, rows, None)).complete


@pytest.mark.parametrize(
    ("rows", "what"),
    [
        ([("a", "1", "Medewerker", "Actief")] * 2, "row 2, column Gebruiker: the same user as in row 1"),
        ([("a", "1", "Baas", "Actief")], "row 1, column Rol: an unknown word"),
        ([("a", "1", "Medewerker", "Inactief")], "row 1, column Status: an unknown word"),
        ([("", "1", "Medewerker", "Actief")], "row 1, column Gebruiker: nothing"),
        ([("a", "1", "Medewerker")], "row 1, column Status: an unknown word"),
        ([], "no member at all"),
    ],
)  # fmt: skip
def test_a_row_that_cannot_be_read_stops_the_run(rows, what):
    with pytest.raises(ZorgidError) as caught:
        listed(*rows)
    assert caught.value.code == "portal_list_unreadable"
    assert what in caught.value.found


@pytest.mark.parametrize("titles", [TITLES[:3], (*TITLES, "rol"), ("x", *TITLES[1:])])
def test_other_columns_than_the_maps_stop_the_run(titles):
    with pytest.raises(ZorgidError) as caught:
        listed(("a", "1", "Medewerker", "Actief"), titles=titles)
    assert caught.value.code == "portal_list_unreadable"
    assert "column" in caught.value.found
