# SPDX-FileCopyrightText: gbz.zorgid contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""The playbook list_check as a person runs it: what it shows fits in 100 columns and names nobody."""

from __future__ import annotations

import datetime
import json
import os
import re
import stat
import subprocess
import sys
import unicodedata

import pytest
import yaml
from ansible_collections.gbz.zorgid.plugins.module_utils._onboarding.style import Style
from ansible_collections.gbz.zorgid.plugins.module_utils._use_cases.check_list import CheckList, check_list
from ansible_collections.gbz.zorgid.plugins.module_utils._use_cases.list_screen import screen
from ansible_collections.gbz.zorgid.tests.support.hr_lists import AFAS, TODAY, VISMA, written

#: who stands in the list, each written as nowhere else
CANARIES = ("Zoëkanarie", "Kanariestein", "kanarie@weg.example", "1971-02-03", "3-2-1971", "Vogelnaam")
COLUMNS = "Personeelsnr;Roepnaam;Tussenv.;Achternaam;Geb.datum;E-mail (werk);Vogelnaam Pieters"
PERSON = "00041;Zoëkanarie;van;Kanariestein;3-2-1971;kanarie@weg.example;x"
OURS = "external_id,first_name,last_name,date_of_birth,email"


@pytest.fixture
def check(tmp_path):
    def run(*arguments, status):
        log = tmp_path / "ansible.log"
        done = subprocess.run(
            [sys.executable, "-m", "ansible", "playbook", "gbz.zorgid.list_check", *arguments],
            capture_output=True,
            text=True,
            timeout=120,
            check=False,
            cwd=tmp_path,
            stdin=subprocess.DEVNULL,
            env={**os.environ, "ANSIBLE_NOCOLOR": "1", "ANSIBLE_LOG_PATH": str(log), "PYTHONUTF8": "1"},
        )
        everything = done.stdout + done.stderr + log.read_text(encoding="utf-8")
        assert done.returncode == status, everything
        assert "Traceback" not in everything
        assert [one for one in CANARIES if one in everything] == []
        return done.stdout

    return run


def shown(output):
    """The lines of the screen itself."""
    lines = output[output.index("ZORG-ID list") :].split("\n")
    return lines[: next(place for place, line in enumerate(lines) if re.match(r"ok: |changed: ", line))]


def test_without_a_mapping_one_is_proposed_that_then_reads_the_list(check, tmp_path):
    (tmp_path / "hr.csv").write_text(f"{COLUMNS}\n{PERSON}\n", encoding="cp1252")
    lines = shown(check("-vv", "-e", "zorgid_list=hr.csv", status=2))
    assert lines[0] == "ZORG-ID list · hr.csv · CSV · Windows-1252 · semicolon · header in row 1"
    assert "  ✗ no mapping, and the titles of the columns are not known; one is proposed below" in lines
    assert "  last_name          D       Achternaam" in lines
    assert "  not read           G" in lines
    start = lines.index("---")
    end = next(place for place in range(start, len(lines) + 1) if place == len(lines) or not lines[place])
    proposal = "\n".join(lines[start:end])
    assert yaml.safe_load(proposal)["columns"]["date_of_birth"] == "Geb.datum"
    (tmp_path / "mapping.yml").write_text(proposal, encoding="utf-8")
    again = ["-e", "zorgid_list=hr.csv", "-e", "zorgid_list_mapping=mapping.yml", "-e", "zorgid_list_details=who.yml"]
    lines = shown(check("-vv", *again, status=0))
    assert "  ✓ 1 account: 1 present, 0 absent" in lines
    assert "Mapping: the file mapping.yml: no preset" in lines
    details = tmp_path / "who.yml"
    assert stat.S_IMODE(details.stat().st_mode) == 0o600
    (person,) = yaml.safe_load(details.read_text(encoding="utf-8"))["people"]
    assert (person["prefix"], person["date_of_birth"]) == ("van", "1971-02-03")


def test_every_mistake_stands_there_with_what_to_do(check, tmp_path):
    rows = [f"{100 + n},Zoëkanarie,Kanariestein{n},03-02-71,kanarie@weg.example" for n in range(70)]
    rows.append("99,Zoë?kanarie,Kanariestein,1971-02-03,")
    (tmp_path / "hr.csv").write_text("\n".join([OURS, *rows]), encoding="utf-8")
    output = check("-v", "-e", "zorgid_list=hr.csv", status=2)
    lines = shown(output)
    assert "  ✗ 71 mistakes in 71 rows; nobody is taken over" in lines
    assert "  ✗ column date_of_birth (D): a date whose year has two digits" in lines
    assert any(line.startswith("    rows       2, 3, 4, 5") for line in lines)
    assert any("and 10 more" in line for line in lines)
    assert any(line.startswith("  ✗ row 72, column first_name (B)") for line in lines)
    assert sum(line.startswith("    do ") for line in lines) == 2
    assert "The list cannot be used as it is: see above" in output


@pytest.mark.parametrize(
    ("arguments", "reported"),
    [
        ((), "list_missing"),
        (("-e", "zorgid_list=nowhere.csv"), "[accounts_unreadable]"),
        (("-e", "zorgid_list=person.csv"), "no mapping"),
        (("-e", "zorgid_list=person.csv", "-e", "zorgid_list_mapping=afas"), "[accounts_unreadable]"),
        (("-e", "zorgid_list=hr.csv", "-e", "zorgid_list_mapping=afsa"), "[list_mapping_invalid]"),
        (("-e", json.dumps({"zorgid_list": "hr.csv", "zorgid_list_roots": ["/nowhere"]})), "outside the folders"),
        (("-e", "zorgid_list=link.csv"), "the file is a link"),
        (("-e", json.dumps({"zorgid_list": "hr.csv", "zorgid_list_roots": {"a": 1}})), "list_roots"),
        (("-e", "zorgid_list=only.csv"), "the list contains nobody"),
    ],
)
def test_wrong_input(check, tmp_path, arguments, reported):
    (tmp_path / "hr.csv").write_text(f"{COLUMNS}\n{PERSON}\n", encoding="utf-8")
    (tmp_path / "person.csv").write_text(f"{PERSON}\n{PERSON}\n", encoding="utf-8")
    (tmp_path / "only.csv").write_text(f"{OURS}\n", encoding="utf-8")
    (tmp_path / "link.csv").symlink_to("hr.csv")
    assert reported in re.sub(r"\s+", " ", check(*arguments, status=2))


# the screen ----------------------------------------------------------------------------------------------------------


def width(line):
    return sum(0 if unicodedata.category(one) in ("Mn", "Me") else 1 for one in re.sub(r"\x1b\[\d+m", "", line))


LONG = "Personeelsnummer van deze persoon in het systeem van de organisatie waar het om gaat, zo lang als het is"


@pytest.mark.parametrize("signs", [True, False])
@pytest.mark.parametrize("colour", [True, False])
@pytest.mark.parametrize(
    ("content", "mapping"),
    [
        (AFAS, "afas"),
        (AFAS, None),
        (VISMA, {"preset": "visma_net", "person": ""}),
        (AFAS.replace("Medewerker", LONG), {"preset": "afas", "columns": {"external_id": LONG}}),
        (AFAS.replace("Medewerker", LONG), "afas"),
        (AFAS.replace("1-1-2020", "1/2/2020"), {"preset": "afas", "date_format": ""}),
    ],
)
def test_nothing_is_wider_than_100_columns(tmp_path, content, mapping, colour, signs):
    path = written(tmp_path, content, name="medewerkers van alle locaties van de hele zorggroep in één bestand.csv")
    checked = check_list(CheckList(str(path), mapping, [tmp_path], today=TODAY))
    drawn = screen(checked, style=Style(colour, signs, datetime.UTC, "UTC"))
    assert max(map(width, drawn.split("\n"))) <= 100
    assert signs or drawn.isascii()
    for name in ("Zoë", "Heuvel", "Renée", "Sanne", "zonneveld.example", "anker.example", "1988", "7-4-"):
        assert name not in drawn
