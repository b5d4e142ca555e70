# SPDX-FileCopyrightText: gbz.zorgid contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""The inventory plugin care_group: hosts with variables, every mistake by file and location, data that stay data."""

from __future__ import annotations

import copy
import json
import shutil
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
import yaml
from ansible.errors import AnsibleParserError
from ansible.inventory.data import InventoryData
from ansible.parsing.dataloader import DataLoader
from ansible.plugins.loader import inventory_loader
from ansible_collections.gbz.zorgid.plugins.module_utils._portal.desired import Listed
from ansible_collections.gbz.zorgid.tests.support.customers import customer, table
from ansible_collections.gbz.zorgid.tests.support.surroundings import surroundings

EXAMPLE = Path(__file__).resolve().parents[3] / "docs" / "examples" / "care_group"
LINDE, ANKER = "huisartsenpraktijk_de_linde", "apotheek_het_anker"


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    return Path(shutil.copytree(EXAMPLE, tmp_path / "care_group"))


def load(path: Path) -> InventoryData:
    inventory = InventoryData()
    inventory_loader.get("gbz.zorgid.care_group").parse(inventory, DataLoader(), str(path))
    return inventory


def example() -> dict[str, Any]:
    data: dict[str, Any] = yaml.safe_load((EXAMPLE / "care_group.yml").read_text(encoding="utf-8"))
    return data


def refused(folder: Path, text: str) -> str:
    path = folder / "care_group.yml"
    path.write_text(text, encoding="utf-8")
    with pytest.raises(AnsibleParserError) as caught:
        load(path)
    message = str(caught.value)
    assert str(path) in message
    assert "Lindeman" not in message
    return message


def test_locations_become_hosts(folder: Path) -> None:
    inventory = load(folder / "care_group.yml")
    assert [host.name for host in inventory.groups["care_organisations"].get_hosts()] == [LINDE, ANKER]
    variables = inventory.get_host(ANKER).get_vars()
    organisation = variables["zorgid_onboarding_organisation"]
    assert organisation["ura"] == "00000202"
    # The location's own values go over the shared ones, field by field.
    assert organisation["care_application"] == {
        "vendor": "Voorbeeld Zorg-ICT",
        "name": "VoorbeeldAIS",
        "version": "5.1",
    }
    assert set(organisation["people"]) == {"technical_administrator", "representative", "portal_administrator"}
    assert not {"accounts", "administrators"} & set(organisation)
    assert variables["zorgid_onboarding_accounts_path"] == str(folder / "hr_exports" / f"{ANKER}.json")
    assert variables["zorgid_onboarding_administrators"][0]["role"] == "administrator"
    other = inventory.get_host(LINDE).get_vars()
    assert other["zorgid_onboarding_organisation"]["care_application"]["name"] == "VoorbeeldHIS"
    assert "zorgid_onboarding_administrators" not in other


def test_ansible_shows_it_and_templates_nothing(folder: Path) -> None:
    data = example()
    data["locations"][LINDE]["name"] = "{{ lookup('pipe', 'id') }}"
    (folder / "care_group.yml").write_text(yaml.safe_dump(data))
    play = [
        {
            "hosts": LINDE,
            "gather_facts": False,
            "tasks": [{"ansible.builtin.debug": {"var": "zorgid_onboarding_organisation.name"}}],
        }
    ]
    (folder / "play.yml").write_text(yaml.safe_dump(play))
    done = subprocess.run(
        [sys.executable, "-m", "ansible.cli.playbook", "-i", str(folder / "care_group.yml"), str(folder / "play.yml")],
        capture_output=True,
        text=True,
        check=False,
        env=surroundings(ANSIBLE_NOCOLOR="1"),
    )
    assert done.returncode == 0, done.stdout + done.stderr
    assert "{{ lookup('pipe', 'id') }}" in done.stdout
    assert "uid=" not in done.stdout


def change(path: str, value: Any) -> str:
    """The example with one value changed, or taken out (``...``)."""
    data = copy.deepcopy(example())
    *way, last = path.split("/")
    place = data
    for name in way:
        place = place[name]
    if value is ...:
        del place[last]
    else:
        place[last] = value
    return yaml.safe_dump(data, sort_keys=False)


@pytest.mark.parametrize(
    ("path", "value", "expected"),
    [
        (f"locations/{ANKER}/ura", ..., f"location {ANKER}: ura is missing"),
        (f"locations/{ANKER}/ura", 130, f"location {ANKER}: ura is not a text but a number (put quotes around it)"),
        (f"locations/{LINDE}/ura", "202", f"location {ANKER}: it has the URA number of location {LINDE}"),
        (f"locations/{ANKER}/ura", "90000101", f"location {ANKER}: it has the URA number of location {LINDE}"),
        (f"locations/{ANKER}/colour", "red", f"location {ANKER}: colour is unknown"),
        (f"locations/{ANKER}/people", {}, f"location {ANKER}: people.portal_administrator is a missing role"),
        (f"locations/{ANKER}/address", "Havenstraat 3", f"location {ANKER}: address is not a mapping"),
        (f"locations/{ANKER}/accounts", "hr_exports/none.csv", f"location {ANKER}: hr_exports/none.csv: The accounts"),
        (f"locations/{ANKER}/accounts", "care_group.yml", f"location {ANKER}: care_group.yml: The accounts file"),
        (f"locations/{ANKER}/administrators", [{"role": "boss"}], f"location {ANKER}: administrators: Account 1"),
        (f"locations/{ANKER}/administrators", "all", f"location {ANKER}: administrators: Account 1 of the list"),
        (f"locations/{ANKER}", None, f"location {ANKER}: it is not a mapping"),
        ("locations/het anker", {}, "location het anker: its name is not usable as a host name"),
        ("shared/provider/email", "nobody", f"location {LINDE}: provider.email does not fit"),
        ("shared", ["a"], "shared is not a mapping"),
        ("locations", ..., "locations is missing or empty"),
        ("locations", {}, "locations is missing or empty"),
        ("location", {}, "location is unknown, expected one of plugin, shared, locations"),
        ("plugin", "ansible.builtin.yaml", "is not a file of the plugin gbz.zorgid.care_group"),
    ],
)
def test_mistakes_are_named(folder: Path, path: str, value: Any, expected: str) -> None:
    data = change(path, value)
    if path.endswith("/people"):
        data = change(f"locations/{ANKER}/people", ...)
    assert expected in refused(folder, data)


def test_a_number_without_quotes_is_refused(folder: Path) -> None:
    text = (EXAMPLE / "care_group.yml").read_text(encoding="utf-8")
    message = refused(folder, text.replace('ura: "00000202"', "ura: 00000202"))
    assert f"location {ANKER}: ura is not a text but a number (put quotes around it)" in message
    message = refused(folder, text.replace('date_of_birth: "1975-03-09"', "date_of_birth: 1975-03-09"))
    assert "portal_administrator.date_of_birth is not a text but a date" in message


def test_all_mistakes_at_once(folder: Path) -> None:
    data = example()
    del data["locations"][ANKER]["name"]
    data["locations"][LINDE]["kvk_number"] = "12"
    (folder / "hr_exports" / f"{LINDE}.csv").write_text("external_id,first_name,last_name\n1,Sanne,Berg\n1,Bram,Smit\n")
    message = refused(folder, yaml.safe_dump(data))
    assert f"location {ANKER}: name is missing" in message
    assert f"location {LINDE}: kvk_number does not fit" in message
    assert f"location {LINDE}: hr_exports/{LINDE}.csv: Rows 2 and 3 of {LINDE}.csv have the same external_id" in message
    assert "Sanne" not in message


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("external_id,first_name,last_name\n", "contains nobody"),
        ("external_id,first_name,last_name\n\n7,,Berg\n", "row 3, column first_name (B): first_name is missing"),
        ("Personeelsnummer;Roepnaam;Achternaam\n7;Sanne;Berg\n", "A (Personeelsnummer, perhaps external_id)"),
        ("7;Sanne;Berg\n", "no known column is there; unknown are A, B, C"),
    ],
)
def test_an_export_is_told_by_its_rows_and_columns(folder: Path, text: str, expected: str) -> None:
    (folder / "hr_exports" / f"{LINDE}.csv").write_text(text)
    message = refused(folder, yaml.safe_dump(example()))
    assert f"location {LINDE}: hr_exports/{LINDE}.csv: The accounts file {LINDE}.csv" in message
    assert expected in message
    assert "Berg" not in message


@pytest.mark.parametrize("text", ["", "- a\n", "plugin: [", "plugin: gbz.zorgid.care_group\n  x: y\n"])
def test_what_is_no_such_file(folder: Path, text: str) -> None:
    (folder / "care_group.yml").write_text(text)
    with pytest.raises(AnsibleParserError):
        load(folder / "care_group.yml")


def test_only_yaml_files_are_ours(folder: Path) -> None:
    plugin = inventory_loader.get("gbz.zorgid.care_group")
    assert plugin.verify_file(str(folder / "care_group.yml"))
    assert not plugin.verify_file(str(folder / "hr_exports" / f"{ANKER}.json"))
    assert not plugin.verify_file(str(folder / "none.yml"))


def test_two_hundred_locations_with_fifty_accounts(folder: Path) -> None:
    data = example()
    one = data["locations"].pop(LINDE)
    data["locations"] = {}
    for number in range(200):
        people = [
            {"external_id": f"HR-{number}-{person}", "first_name": "Sanne", "last_name": f"Berg{person}"}
            for person in range(50)
        ]
        accounts = f"hr_exports/{number}.json"
        (folder / accounts).write_text(json.dumps(people))
        data["locations"][f"location_{number}"] = {**one, "ura": f"{90000000 + number}", "accounts": accounts}
    (folder / "care_group.yml").write_text(yaml.safe_dump(data, sort_keys=False))
    assert len(load(folder / "care_group.yml").groups["care_organisations"].get_hosts()) == 200


BEAUFORT = (
    "Personeelsnummer;Roepnaam;Voorvoegsels;Geboortenaam;Datum_geboorte;Datum_in_dienst;Datum_uit_dienst;Werkgever\n"
    "0010231;Fatima;el;Lindeman;1985-03-01;2015-05-01;2020-06-30;Linde\n"
    "0010231;Fatima;el;Lindeman;1985-03-01;2020-07-01;9999-12-31;Linde\n"
    "0010232;Bram;;Lindeman;1991-10-03;2019-01-01;9999-12-31;Anker\n"
)


def grouped(folder: Path, text: str, **shared: Any) -> Path:
    """The group with one list of its HR system for all locations, each of which has its own part of it."""
    data = example()
    (folder / "hr_exports" / "all.csv").write_text(text, encoding="utf-8")
    for host, employer in ((LINDE, "Linde"), (ANKER, "Anker")):
        mapping = {"preset": "beaufort", "where": {"Werkgever": employer}}
        data["locations"][host] |= {"accounts": "hr_exports/all.csv", "list_mapping": mapping, **shared}
    path = folder / "care_group.yml"
    path.write_text(yaml.safe_dump(data), encoding="utf-8")
    return path


def test_a_list_of_the_whole_group_with_a_mapping_for_each_location(folder: Path) -> None:
    inventory = load(grouped(folder, BEAUFORT))
    variables = inventory.get_host(ANKER).get_vars()
    assert variables["zorgid_onboarding_accounts_path"] == str(folder / "hr_exports" / "all.csv")
    assert variables["zorgid_onboarding_list_mapping"] == {"preset": "beaufort", "where": {"Werkgever": "Anker"}}
    assert "list_mapping" not in variables["zorgid_onboarding_organisation"]
    # What is wrong in a list is told for the location whose list it is.
    wrong = refused(folder, grouped(folder, BEAUFORT.replace("1985-03-01;2020", "1984-03-01;2020")).read_text())
    assert f"location {LINDE}: hr_exports/all.csv: " in wrong
    assert "row 3" in wrong
    assert f"location {ANKER}" not in wrong
    nobody = refused(folder, grouped(folder, BEAUFORT, list_mapping={"preset": "beaufor"}).read_text())
    assert "there is no preset beaufor" in nobody


def test_a_list_is_read_once_for_the_locations_that_read_it_alike(folder: Path, monkeypatch: Any) -> None:
    asked: list[Any] = []
    whole = Listed.read
    monkeypatch.setattr(Listed, "read", lambda self, **more: asked.append(self.mapping) or whole(self, **more))
    one = {"preset": "beaufort"}
    load(grouped(folder, BEAUFORT, list_mapping=one))
    assert asked == [one]
    asked.clear()
    load(grouped(folder, BEAUFORT))
    assert sorted(mapping["where"]["Werkgever"] for mapping in asked) == ["Anker", "Linde"]
    # A list with a mistake is told for each of them.
    asked.clear()
    broken = grouped(folder, BEAUFORT.replace("1985-03-01;2020", "1984-03-01;2020"), list_mapping=one)
    text = refused(folder, broken.read_text())
    assert (text.count("row 3"), asked) == (2, [one])


def test_locations_and_certificate_places_come_from_a_table(folder: Path) -> None:
    windows = {"Certificaat_plaats": "windows", "Certificaat_server": "cert02.gbz.example"}
    place = {"Certificaat_plaats": "bestand", "Certificaat_bestand": "certs/zuid.p12"}
    table(
        folder / "klanten.csv",
        customer(1, Naam="Noord {{ x }}", Zorggroep="Zorggroep Oost", **windows),
        customer(2, Naam="Zuid", Inventarisnaam="zuid-2", **place),
    )
    data = {"plugin": "gbz.zorgid.care_group", "table": "klanten.csv", "shared": example()["shared"]}
    # What the file says of a location goes over its row.
    data["locations"] = {"zuid-2": {"certificate": {"passphrase": "a secret"}, "address": {"city": "Urk"}}}
    (folder / "care_group.yml").write_text(yaml.safe_dump(data))
    inventory = load(folder / "care_group.yml")
    assert sorted(inventory.hosts) == ["cert02.gbz.example", "noord_x", "zuid-2"]
    assert [host.name for host in inventory.groups["certificate_hosts"].get_hosts()] == ["cert02.gbz.example"]
    assert [host.name for host in inventory.groups["zorggroep_oost"].get_hosts()] == ["noord_x"]
    noord, zuid = (inventory.get_host(host).get_vars() for host in ("noord_x", "zuid-2"))
    assert noord["zorgid_onboarding_certificate"] == {"source": "windows"}
    assert noord["zorgid_onboarding_certificate_host"] == "cert02.gbz.example"
    assert zuid["zorgid_onboarding_certificate"] == {
        "source": "file",
        "certificate_path": str(folder / "certs" / "zuid.p12"),
        "passphrase": "a secret",
    }
    assert zuid["zorgid_onboarding_organisation"]["address"]["city"] == "Urk"
    assert set(zuid) & {"certificate", "portal"} == set()


def test_a_mistake_in_a_table_is_told_with_its_row(folder: Path) -> None:
    table(folder / "klanten.csv", customer(1), customer(2, Certificaat_plaats="kluis"), customer(3, KVK="12"))
    data = {"plugin": "gbz.zorgid.care_group", "table": "klanten.csv", "shared": example()["shared"]}
    message = refused(folder, yaml.safe_dump(data))
    assert "row 3 of the table: Certificaat plaats: it is none of windows, bestand, pkcs11" in message
    (folder / "klanten.csv").unlink()
    assert "no such file or folder" in refused(folder, yaml.safe_dump(data))
