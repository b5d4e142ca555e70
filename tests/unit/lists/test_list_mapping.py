# SPDX-FileCopyrightText: gbz.zorgid contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""What a mapping may say, and all that is wrong with one at once."""

from __future__ import annotations

import datetime

import pytest
import yaml
from ansible_collections.gbz.zorgid.plugins.module_utils._common.errors import ZorgidError
from ansible_collections.gbz.zorgid.plugins.module_utils._lists import propose, titles
from ansible_collections.gbz.zorgid.plugins.module_utils._lists.mapping import ListMapping
from ansible_collections.gbz.zorgid.plugins.module_utils._lists.name_use import name_use
from ansible_collections.gbz.zorgid.tests.support.hr_lists import SMALL

COLUMNS = SMALL["columns"]


def refused(raw):
    with pytest.raises(ZorgidError) as error:
        ListMapping.of(raw)
    assert error.value.code == "list_mapping_invalid"
    return error.value.details["mistakes"]


@pytest.mark.parametrize(
    ("change", "mistake"),
    [
        ({"colums": {}}, "colums is unknown, perhaps columns"),
        ({"columns": {**COLUMNS, "frist_name": "x"}}, "columns.frist_name is unknown, perhaps first_name"),
        ({"columns": {**COLUMNS, "email": "EmailPrive"}}, "columns.email names private addresses"),
        ({"columns": {**COLUMNS, "email": "E-mail privé"}}, "columns.email names private addresses"),
        ({"columns": {**COLUMNS, "last_name": "Geboortenaam_partner"}}, "columns.last_name names the partner's name"),
        ({"columns": {**COLUMNS, "first_name": "Display name"}}, "columns.first_name names a column of whole names"),
        ({"columns": {**COLUMNS, "prefix": "Roepnaam"}}, "columns.prefix and columns.first_name name the same column"),
        ({"columns": {**COLUMNS, "name_use": "Naamgebruik"}}, "columns.name_use needs system"),
        ({"columns": {**COLUMNS, "email": []}}, "columns.email names no column"),
        ({"columns": {**COLUMNS, "email": [None]}}, "columns.email holds nothing, not the title of a column"),
        ({"columns": {**COLUMNS, "email": " "}}, "columns.email holds an empty text"),
        ({"columns": {"external_id": "Nr", "first_name": "R"}}, "columns.last_name is missing"),
        ({"columns": {"first_name": "R", "last_name": "A"}}, "key is missing"),
        ({"columns": ["Nr"]}, "columns is a list, not a mapping"),
        ({"columns": None}, "columns is missing"),
        ({"key": "Nr2"}, "key and columns.external_id mean the same"),
        ({"columns": {"first_name": "R", "last_name": "A"}, "key": {"columns": ["A", "B"], "join": ""}},
         "key.join is empty"),
        ({"columns": {"first_name": "R", "last_name": "A"}, "key": {"columns": ["A", "B"], "join": "12"}},
         "key.join is a sign"),
        ({"columns": {"first_name": "R", "last_name": "A"}, "key": {"column": "A", "cut": 3}}, "key.cut is the sign"),
        ({"columns": {"first_name": "R", "last_name": "A"}, "key": {"column": "A", "keep": "x"}}, "key.keep is before"),
        ({"columns": {"first_name": "R", "last_name": "A"}, "key": {"columns": ["A", "B"], "cut": "-"}},
         "key has both several columns and cut"),
        ({"columns": {"first_name": "R", "last_name": "A"}, "key": {"colum": "A"}}, "key.colum is unknown, perhaps"),
        ({"columns": {"first_name": "R", "last_name": "A"}, "key": {}}, "key needs columns"),
        ({"system": "afass"}, "system is unknown, perhaps afas; known are afas, beaufort"),
        ({"system": 3}, "system is a number, not a text"),
        ({"date_format": "d-m-yy"}, "date_format is not valid"),
        ({"date_format": "dmyyyy"}, "date_format is not valid"),
        ({"date_format": "d-d-yyyy"}, "date_format is not valid"),
        ({"date_format": "%d-%m-%Y"}, "date_format is not valid"),
        ({"where": "Bedrijfnr"}, "where is a text, not a mapping of titles to values"),
        ({"where": {"Bedrijfnr": []}}, "where.Bedrijfnr is a value or a list of values"),
        ({"where": {"Bedrijfnr": {"a": 1}}}, "where.Bedrijfnr is a value or a list of values"),
        ({"header_row": 0}, "header_row is a row of the file"),
        ({"header_row": True}, "header_row is a row of the file"),
        ({"header_row": "5"}, "header_row is a row of the file"),
        ({"enabled": {"column": "E", "present": "x", "absent": "X"}}, "have a value in common"),
        ({"enabled": {"colum": "E"}}, "enabled.colum is unknown, perhaps column"),
        ({"optional": ["end"]}, "optional names end, which may not be missing"),
        ({"optional": "email"}, "optional names email, which is none of columns"),
        ({"person": []}, "person names no column"),
    ],
)  # fmt: skip
def test_a_mistake_is_told(change, mistake):
    assert any(one.startswith(mistake) or mistake in one for one in refused({**SMALL, **change}))


@pytest.mark.parametrize(
    "title",
    ["BSN", "bsn-nummer", "BSNnr", "Burger Service Nummer", "burgerservicenummer", "Sofi-nummer", "SoFiNr", "Sofi nr.",
     "WerknemerBSN", "medewerker_bsn", "[BSN]", "Citizen service number"],
)  # fmt: skip
def test_a_bsn_is_never_read_nor_a_key_nor_a_person(title):
    for raw in (
        {"columns": {**COLUMNS, "agb_code": title}},
        {"columns": {**COLUMNS, "external_id": ["Nr", title]}},
        {**SMALL, "person": ["Roepnaam", title]},
        {**SMALL, "where": {title: "123456782"}},
        {**SMALL, "enabled": title},
        {"columns": {"first_name": "R", "last_name": "A"}, "key": title},
        {"columns": {"first_name": "R", "last_name": "A"}, "key": {"columns": ["Nr", title]}},
    ):
        mistakes = refused(raw)
        assert any("names a column of BSNs" in one for one in mistakes)
        assert "123456782" not in str(mistakes)


@pytest.mark.parametrize("title", ["Websnelheid", "Sofia", "Absnr", "Nummer", "Observatie"])
def test_what_is_no_bsn(title):
    assert not titles.is_citizen_number(title)


def test_all_mistakes_at_once():
    mistakes = refused(
        {"colums": {}, "key": "BSN", "date_format": "x", "header_row": -1, "columns": {"email": "thuis"}}
    )
    assert len(mistakes) == 7


@pytest.mark.parametrize("raw", [None, [], "afas", 3])
def test_what_is_no_mapping(raw):
    assert "not a mapping with columns" in refused(raw)[0]


def test_the_whole_of_one():
    found = ListMapping.of(
        {
            "source": "by hand",
            "source_date": datetime.date(2026, 11, 26),
            "sheet": 2026,
            "header_row": 4,
            "columns": {**COLUMNS, "email": ["Mail 1", "Mail 2"], "name_use": "N", "private_email": "Mail privé"},
            "system": "afas",
            "where": {"Werkgever": ["Anker", "De Linde"], 2026: 1.0},
            "person": ["A", "B"],
            "enabled": {"column": "Status", "present": ["Actief"], "absent": "Uit dienst"},
            "date_format": "DD-MM-JJJJ",
            "optional": ["email"],
        }
    )
    assert found.columns["email"] == ("Mail 1", "Mail 2")
    assert found.key.parts == (("Nr",),)
    assert found.where == (("Werkgever", ("anker", "de linde")), ("2026", ("1",)))
    assert (found.sheet, found.header_row, found.person) == ("2026", 4, ("A", "B"))
    assert found.enabled is not None
    assert found.enabled.absent == {"uit dienst"}
    assert not found.key_is_personal


@pytest.mark.parametrize("key", ["mail", "userPrincipalName", "Achternaam", {"columns": ["Geboortedatum", "Roepnaam"]}])
def test_a_number_that_is_made_of_a_name_or_a_mail_address(key):
    assert ListMapping.of(
        {"columns": {"first_name": "Roepnaam", "last_name": "Achternaam"}, "key": key}
    ).key_is_personal


@pytest.mark.parametrize(
    ("one", "two"),
    [("E-mail (werk)", "e-mail werk"), ("[Eigen naam]", "EIGEN NAAM"), ("Begindatum_functie", "Begindatum functie"),
     (' "Pers.nr." ', "pers.nr."), ("Ge\u00adboorte\u200bdatum", "Geboortedatum")],
)  # fmt: skip
def test_titles_that_are_the_same(one, two):
    assert titles.title_key(one) == titles.title_key(two)


def test_every_preset_is_a_mapping_with_its_source_and_date():
    systems = "ad adp afas beaufort entra exact_synergy nmbrs ons puur raet_core sdb visma_net"
    assert set(propose.presets()) == set(systems.split())
    for name, raw in propose.presets().items():
        assert propose.preset(name).source, name
        assert isinstance(raw["source_date"], datetime.date), name
        assert "end" in raw["columns"] or "enabled" in raw, f"{name} cannot say that somebody has left"
        assert "private_email" not in raw["columns"]
        assert ListMapping.of(yaml.safe_load(yaml.safe_dump(raw))) == propose.preset(name)
    for name in ("entra", "ad", "puur"):
        assert "date_of_birth" not in propose.presets()[name]["columns"]


@pytest.mark.parametrize(
    ("system", "codes"),
    [
        ("afas", {"0": "B", "1": "PB", "2": "P", "3": "BP", "9": None}),
        ("beaufort", {"E": "B", "P": "P", "B": "PB", "C": "BP", "X": None}),
        ("raet_core", {"1": "B", "2": "BP", "3": "PB", "4": "P"}),
        ("nmbrs", {"1": "B", "2": "P", "3": "PB", "4": "BP", "01": "B"}),
        ("sdb", {"0": "B", "1": "B", "2": "PB", "3": "P", "4": "BP"}),
        ("adp", {"tiva": "B", "tiva-wp": "BP", "tiwp": "P", "TIWP-VA": "PB"}),
        ("visma_net", {"Eigen": "B", "Partner - Eigen": "PB", "anders": None}),
        ("", {"1": None}),
    ],
)
def test_codes_of_name_use_mean_what_their_own_system_means(system, codes):
    assert {code: name_use(system, code) for code in codes} == codes
