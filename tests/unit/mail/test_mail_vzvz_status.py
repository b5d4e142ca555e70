# SPDX-FileCopyrightText: gbz.zorgid contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""What answers come to, and which care applications are accepted."""

from __future__ import annotations

import datetime
import itertools
from pathlib import Path
from typing import Any

import pytest
from ansible_collections.gbz.zorgid.plugins.module_utils._common.errors import ZorgidError
from ansible_collections.gbz.zorgid.plugins.module_utils._common.moments import parse
from ansible_collections.gbz.zorgid.plugins.module_utils._forms.care_applications import check_accepted, load_accepted
from ansible_collections.gbz.zorgid.plugins.module_utils._mail.inbox import ReceivedMail
from ansible_collections.gbz.zorgid.plugins.module_utils._mail.vzvz_status import VzvzStatus, status_of

URA = "90000101"


def answer(kind: str, minute: int, uid: int = 1, **more: Any) -> ReceivedMail:
    at = datetime.datetime(2026, 11, 24, 10, minute, tzinfo=datetime.UTC)
    return ReceivedMail(kind, f"<{kind}-{minute}-{uid}@vzvz.example>", uid, 7, at, **{"ura": URA, **more})


def test_without_answers_nothing_stands() -> None:
    assert status_of([], URA) == VzvzStatus()


def test_the_newest_of_each_kind_counts_in_any_order() -> None:
    answers = [
        answer("application_confirmed", 1, reference="ZS-1"),
        answer("document_rejected", 2, reason="Handtekening ontbreekt"),
        answer("document_confirmed", 3, reference="ZS-2"),
        answer("follow_up_link", 4, link="https://forms.vzvz.example/oud"),
        answer("follow_up_link", 5, link="https://forms.vzvz.example/nieuw"),
        answer("activation_qr", 6, uid=8),
        answer("activation_qr", 6, uid=9),
        answer("document_rejected", 9, ura="90000102", reason="van een ander"),
    ]
    for some in itertools.islice(itertools.permutations(answers), 0, 40320, 997):
        found = status_of(some, URA)
        assert found == VzvzStatus(answers[0], answers[2], answers[4], answers[6], "ZS-2")
        assert found.document_says == "confirmed"


def test_a_rejection_after_a_confirmation_counts() -> None:
    found = status_of([answer("document_confirmed", 1), answer("document_rejected", 2, reason="URA onjuist")], URA)
    assert found.document
    assert (found.document_says, found.document.reason) == ("rejected", "URA onjuist")


@pytest.mark.parametrize(
    ("since", "document"),
    [
        ("2026-11-24T10:02:00+00:00", "rejected"),
        ("2026-11-24T11:02:00+01:00", "rejected"),
        ("2026-11-24T10:02:01Z", None),
        ("2026-11-25T00:00:00+00:00", None),
    ],
)
def test_what_was_said_of_an_earlier_document_does_not_count(since: str, document: str | None) -> None:
    answers = [answer("document_rejected", 2, reason="onleesbaar"), answer("application_confirmed", 1)]
    found = status_of(answers, URA, since=parse(since))
    assert found.document_says == document
    assert found.application


YAML = """
- vendor: Voorbeeld Zorg-ICT
  name: VoorbeeldHIS
  minimum_version: "8.2"
- {vendor: Ander Huis, name: AnderAIS, versions: ["4.0", 4.1 SP2]}
- {vendor: Derde Huis, name: DerdeECD}
"""
CSV = """vendor;name;versions;minimum_version
Voorbeeld Zorg-ICT;VoorbeeldHIS;;8.2
Ander Huis;AnderAIS;4.0 4.1-SP2;
Derde Huis;DerdeECD;;
"""


@pytest.mark.parametrize(("name", "text"), [("a.yml", YAML), ("a.csv", CSV), ("a.CSV", CSV.replace(";", ","))])
@pytest.mark.parametrize(
    ("vendor", "application", "version", "code"),
    [
        ("Voorbeeld Zorg-ICT", "VoorbeeldHIS", "8.2", None),
        ("voorbeeld  zorg-ict", "voorbeeldhis", "v8.10.1 (build 3)", None),
        ("Voorbeeld Zorg-ICT", "VoorbeeldHIS", "8.2.0", None),
        ("Voorbeeld Zorg-ICT", "VoorbeeldHIS", "8.1.9 (build 900)", "care_application_version"),
        ("Voorbeeld Zorg-ICT", "VoorbeeldHIS", "nieuwste", "care_application_version"),
        ("Ander Huis", "AnderAIS", "4.0", None),
        ("Ander Huis", "AnderAIS", "4.2", "care_application_version"),
        ("Derde Huis", "DerdeECD", "zoals het is", None),
        ("Ander Huis", "VoorbeeldHIS", "8.2", "care_application_unknown"),
    ],
)
def test_care_applications(
    name: str, text: str, vendor: str, application: str, version: str, code: str | None, tmp_path: Path
) -> None:
    (tmp_path / name).write_text(text, encoding="utf-8-sig")
    accepted = load_accepted(str(tmp_path / name))
    if code is None:
        check_accepted(accepted, vendor=vendor, name=application, version=version)
        return
    with pytest.raises(ZorgidError) as caught:
        check_accepted(accepted, vendor=vendor, name=application, version=version)
    assert caught.value.code == code
    names = {"care_application_unknown": "VoorbeeldHIS (Voorbeeld Zorg-ICT)", "care_application_version": "8.2"}
    expected = names[code] if application == "VoorbeeldHIS" else "4.0"
    assert expected in str(caught.value)


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("- {vendor: A}", "in entry 1 vendor and name"),
        ("- {vendor: A, name: B, versie: '1'}", "in entry 1 vendor and name"),
        ("- {vendor: A, name: B, versions: [8.10]}", "versions in quotes"),
        ("- {vendor: A, name: B, versions: {a: b}}", "versions in quotes"),
        ("- {vendor: A, name: B, minimum_version: 8.10}", "versions in quotes"),
        ("- {vendor: A, name: B, minimum_version: nieuw}", "a minimum_version with a number"),
        ("- {vendor: A, name: B, minimum_version: '1', versions: ['1']}", "either versions or minimum_version"),
        ("vendor: A", "a list of care applications"),
        ("", "a list of care applications"),
        ("- [", "a readable YAML or CSV file"),
    ],
)
def test_each_mistake_in_the_file_is_told(text: str, expected: str, tmp_path: Path) -> None:
    (tmp_path / "a.yml").write_text(text, encoding="utf-8")
    with pytest.raises(ZorgidError, match=expected) as caught:
        load_accepted(str(tmp_path / "a.yml"))
    assert caught.value.code == "care_applications_invalid"


def test_a_file_that_is_not_there_is_told(tmp_path: Path) -> None:
    with pytest.raises(ZorgidError, match="a readable YAML or CSV file"):
        load_accepted(str(tmp_path / "weg.yml"))
