# SPDX-FileCopyrightText: gbz.zorgid contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""What is proposed for a list without a mapping: it reads the list, and takes nothing that nobody meant."""

from __future__ import annotations

import pytest
from ansible_collections.gbz.zorgid.plugins.module_utils._common.errors import ZorgidError
from ansible_collections.gbz.zorgid.plugins.module_utils._lists.mapping import ListMapping
from ansible_collections.gbz.zorgid.plugins.module_utils._lists.read_list import read_list
from ansible_collections.gbz.zorgid.tests.support.hr_lists import (
    AD,
    AFAS,
    BEAUFORT,
    EXCEL,
    NMBRS,
    REPORT,
    TODAY,
    VISMA,
    people,
    understood,
    written,
)


@pytest.mark.parametrize(
    ("content", "encoding", "source", "count"),
    [
        (AFAS, "cp1252", "preset afas", 2),
        (BEAUFORT, "utf-8-sig", "preset beaufort", 4),
        (VISMA, "utf-8", "preset visma_net", 2),
        (NMBRS, "", "preset nmbrs", 3),
        (REPORT, "", None, 3),
        (AD, "utf-16", "preset ad", 2),
    ],
)
def test_a_proposal_reads_the_list(tmp_path, content, encoding, source, count):
    found = understood(tmp_path, content, encoding=encoding)
    assert found.proposal.get("source") == source
    assert found.accounts == ()
    assert [one.row for one in found.wrong] == [0]
    assert "a mapping is proposed" in str(found.wrong[0])
    path = written(tmp_path, content, encoding=encoding)
    read = read_list(path, ListMapping.of(dict(found.proposal)), TODAY)
    assert len(read.accounts) == count
    assert found.headers == read.headers
    assert found.form.items() <= read.form.items()
    with pytest.raises(ZorgidError, match="no mapping"):
        found.refuse_mistakes()


def test_nothing_is_proposed_that_nobody_meant(tmp_path):
    text = (
        "BSN;Personeelsnummer;Volledige naam;Roepnaam;Achternaam;Partner achternaam;E-mail privé;Geboortedatum;Naam\n"
        "123456782;1;Zoë Berg;Zoë;Berg;x;z@thuis.example;7-4-1988;y\n"
    )
    found = understood(tmp_path, text)
    assert found.proposal["columns"] == {
        "external_id": "Personeelsnummer",
        "first_name": "Roepnaam",
        "last_name": "Achternaam",
        "date_of_birth": "Geboortedatum",
    }
    assert "123456782" not in str(found)
    assert "BSN" not in str(found.proposal)


def test_birth_name_before_whatever_else_is_called_a_name(tmp_path):
    text = "Personeelsnummer;Voornaam;Achternaam;Geboortenaam\n1;Zoë;Wit;Berg\n"
    assert understood(tmp_path, text).proposal["columns"]["last_name"] == "Geboortenaam"


@pytest.mark.parametrize("text", ["a;b;c\n1;2;3\n", "", "Roepnaam;Achternaam\nZoë;Berg\n"])
def test_headers_that_say_too_little(tmp_path, text):
    found = understood(tmp_path, text)
    assert found.proposal == {}
    assert "its columns do not have the titles that the collection knows" in str(found.wrong[0])
    assert "write a mapping" in found.wrong[0].action


def test_a_list_of_ours_needs_none(tmp_path):
    found = understood(tmp_path, "external_id;First Name;last_name\n1;Zoë;Berg\n")
    assert people(found) == [("1", "Zoë", "", "Berg", "", "present")]
    assert found.mapping is None
    assert understood(tmp_path, EXCEL).proposal == {}


def test_what_is_shown_to_anybody_and_what_is_not(tmp_path):
    found = understood(tmp_path, VISMA, "visma_net")
    whole = str(found.as_dict())
    for personal in ("Sanne", "Berg'", "1988", "anker.example", "40377"):
        assert personal not in whole
    shown = found.as_dict(people=True)
    assert shown["people"][0] | {"external_id": "40377", "former_ids": ["40011"], "rows": [2, 3]} == shown["people"][0]
    assert (shown["accounts"], shown["present"], shown["absent"]) == (2, 2, 0)
    assert shown["mapping"]["person"] == ["birthname", "nickname", "dateofbirth"]
