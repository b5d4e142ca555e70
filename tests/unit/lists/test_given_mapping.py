# SPDX-FileCopyrightText: gbz.zorgid contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""A mapping as people give it: as data, as a preset with changes, as a file; and a list's folder."""

from __future__ import annotations

from datetime import date
from pathlib import Path

import pytest
import yaml
from ansible_collections.gbz.zorgid.plugins.module_utils._common.errors import ZorgidError
from ansible_collections.gbz.zorgid.plugins.module_utils._lists.given_mapping import mapping_of
from ansible_collections.gbz.zorgid.plugins.module_utils._lists.propose import presets
from ansible_collections.gbz.zorgid.plugins.module_utils._portal.desired import Listed
from ansible_collections.gbz.zorgid.tests.support.hr_lists import AFAS, TODAY, VISMA, written

EXAMPLE = Path(__file__).resolve().parents[3] / "docs" / "examples" / "list_mapping.yml"


@pytest.mark.parametrize("nothing", [None, "", {}])
def test_nothing_is_no_mapping(nothing):
    assert mapping_of(nothing) is None


@pytest.mark.parametrize("name", sorted(presets()))
def test_every_preset_by_its_name(name):
    found = mapping_of(name)
    assert found.origin == f"preset {name}"
    assert found.mapping == mapping_of({"preset": name}).mapping
    assert found.mapping.source


def test_what_is_changed_of_a_preset_and_what_stays():
    found = mapping_of({"preset": "nmbrs", "key": "Persnr", "where": {"Bedrijfnr": 1}, "columns": {"email": "Mail"}})
    assert found.origin == "preset nmbrs, with changes in key, where, columns"
    assert found.mapping.key.titles == ("Persnr",)
    assert found.mapping.where == (("Bedrijfnr", ("1",)),)
    assert found.mapping.columns["email"] == ("Mail",)
    assert found.mapping.columns["first_name"] == ("Roepnaam",)


def test_a_number_of_ones_own_goes_over_the_presets_key():
    assert mapping_of({"preset": "nmbrs", "columns": {"external_id": "Nr"}}).mapping.key.titles == ("Nr",)
    assert mapping_of({"preset": "afas", "key": ["Medewerker", "Werkgever"]}).mapping.key.titles == (
        "Medewerker",
        "Werkgever",
    )


@pytest.mark.parametrize("empty", [None, ""])
def test_what_is_empty_is_taken_out_of_a_preset(empty):
    assert mapping_of({"preset": "visma_net", "person": empty}).mapping.person == ()
    assert "email" not in mapping_of({"preset": "afas", "columns": {"email": empty}}).mapping.columns


def test_a_file_with_a_mapping_or_a_preset_is_found_in_the_folder(tmp_path):
    (tmp_path / "whole.yml").write_text(yaml.safe_dump(presets()["afas"]))
    (tmp_path / "changed.yaml").write_text("{preset: afas, where: {Werkgever: De Linde}}")
    whole = mapping_of("whole.yml", [Path("/nowhere"), tmp_path])
    assert whole.mapping == mapping_of("afas").mapping
    assert whole.origin == "the file whole.yml: no preset"
    changed = mapping_of("changed.yaml", [tmp_path])
    assert changed.origin == "the file changed.yaml: preset afas, with changes in where"
    assert mapping_of(str(tmp_path / "whole.yml")).mapping == whole.mapping
    assert mapping_of('{"preset": "afas"}').mapping == whole.mapping


@pytest.mark.parametrize(
    ("given", "reported"),
    [
        ("afsa", "there is no preset afsa"),
        ({"preset": 5}, "there is no preset a number"),
        ({"preset": "_titles"}, "there is no preset _titles"),
        ("nowhere.yml", "there is no file nowhere.yml"),
        ("{a: [", "it is not YAML"),
        ("broken.yml", "the file broken.yml is not YAML"),
        ("empty.yml", "the file empty.yml contains nothing"),
        ("another.yml", "it names another file"),
        ("long.yml", "longer than any mapping"),
        ([1], "it is a list, not a mapping"),
        ({"preset": "afas", "columns": [1]}, "columns is a list, not a mapping"),
        ({"preset": "afas", "person": "BSN"}, "a column of BSNs"),
        ({"preset": "afas", "colour": "red"}, "colour is unknown"),
    ],
)
def test_what_is_no_mapping(tmp_path, given, reported):
    (tmp_path / "broken.yml").write_bytes(b"a: [\xff")
    (tmp_path / "empty.yml").write_text("")
    (tmp_path / "another.yml").write_text("empty.yml")
    (tmp_path / "long.yml").write_text("a: " + "b" * 100_001)
    with pytest.raises(ZorgidError) as caught:
        mapping_of(given, [tmp_path])
    assert caught.value.code == "list_mapping_invalid"
    assert reported in str(caught.value)


def test_the_example_reads_the_list_that_it_is_about(tmp_path):
    path = written(tmp_path, AFAS.replace("Functie_omschrijving", "Werkgever").replace("Stagiair", "Het Anker"))
    given = mapping_of(str(EXAMPLE))
    source = Listed(str(path), mapping=str(EXAMPLE), folders=[tmp_path], today=TODAY).read()
    assert [one["external_id"] for one in source.accounts] == ["000123"]
    assert given.mapping.where == (("Werkgever", ("verpleegkundige",)),)
    assert source.read["skipped"] == {"where": 2}


def test_a_list_with_a_mapping_lies_in_its_folder_or_a_root(tmp_path):
    inside, outside = tmp_path / "inventory", tmp_path / "elsewhere"
    inside.mkdir()
    outside.mkdir()
    path = written(outside, AFAS)
    with pytest.raises(ZorgidError) as caught:
        Listed(str(path), mapping="afas", folders=[inside], today=TODAY).read()
    assert caught.value.code == "accounts_unreadable"
    assert "outside the folders" in str(caught.value)
    assert len(Listed(str(path), mapping="afas", folders=[inside], roots=[outside], today=TODAY).read().accounts) == 2
    link = inside / "link.csv"
    link.symlink_to(path)
    with pytest.raises(ZorgidError, match=r"a link|outside"):
        Listed(str(link), mapping="afas", folders=[inside], roots=[tmp_path], today=TODAY).read()
    own = inside / "own.json"
    own.write_text('[{"external_id": "1", "first_name": "A", "last_name": "B"}]')
    assert Listed(str(own), folders=[outside]).read().accounts[0]["external_id"] == "1"
    with pytest.raises(ZorgidError, match="outside the folders"):
        Listed(str(own), roots=[outside]).read()


def test_former_numbers_and_those_who_start_later_come_with_the_source(tmp_path):
    visma = Listed(str(written(tmp_path, VISMA)), mapping="visma_net", folders=[tmp_path], today=TODAY).read()
    assert visma.accounts[0]["former_ids"] == ["40011"]
    assert not visma.key_is_personal
    afas = Listed(str(written(tmp_path, AFAS)), mapping="afas", folders=[tmp_path], today=TODAY).read()
    assert afas.read["starts_on"] == [{"row": 4, "starts_on": "2027-02-01"}]
    later = Listed(str(written(tmp_path, AFAS)), mapping="afas", folders=[tmp_path], today=date(2027, 2, 1)).read()
    assert [one["external_id"] for one in later.accounts if one["state"] == "present"] == ["000123", "000125"]
