# SPDX-FileCopyrightText: gbz.zorgid contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""What an inventory may say about an organisation, and how each mistake in it is named."""

from __future__ import annotations

import copy
from typing import Any

import pytest
from ansible_collections.gbz.zorgid.plugins.module_utils._common.errors import ZorgidError
from ansible_collections.gbz.zorgid.plugins.module_utils._common.organisation import check_organisation


def changed(mapping: dict[str, Any], path: str, value: Any) -> dict[str, Any]:
    made = copy.deepcopy(mapping)
    *parents, name = path.split(".")
    inner = made
    for parent in parents:
        inner = inner[parent]
    if value is ...:
        del inner[name]
    else:
        inner[name] = value
    return made


def test_a_complete_organisation_is_typed(organisation_data: dict[str, Any]) -> None:
    organisation = check_organisation(organisation_data)
    assert organisation.ura == "90000101"
    assert organisation.people.portal_administrator.date_of_birth == "1975-03-09"
    assert organisation.people.representative.phone is None


def test_leading_zeros_stay(organisation_data: dict[str, Any]) -> None:
    assert check_organisation(changed(organisation_data, "ura", "00001234")).ura == "00001234"


def test_the_agb_code_may_be_absent(organisation_data: dict[str, Any]) -> None:
    assert check_organisation(changed(organisation_data, "agb_code", ...)).agb_code is None


@pytest.mark.parametrize(
    ("path", "value", "said"),
    [
        ("ura", ..., "ura is missing"),
        ("ura", 90000101, "ura is not a text but a number"),
        ("ura", "90000101x", "ura does not fit"),
        ("ura", "123456789", "ura does not fit"),
        ("ura", "٩٠٠٠٠١٠١", "ura does not fit"),
        ("ura", "90000101\n", "ura contains the character U+000A at position 9"),
        ("kvk_number", "1234567", "kvk_number does not fit"),
        ("agb_code", "1054321", "agb_code does not fit"),
        ("name", " ", "name does not fit"),
        ("name", "x" * 201, "name does not fit"),
        ("name", "De\x07Linde", "name contains the character U+0007 at position 3"),
        ("nmae", "De Linde", "nmae is unknown"),
        ("na\x1b[2Jme", "De Linde", "na?[2Jme is unknown"),
        ("address", "Lindelaan 12", "address is not a mapping"),
        ("address.postal_code", "0511 AB", "address.postal_code does not fit"),
        ("address.city", ..., "address.city is missing"),
        ("people.representative", ..., "people.representative is a missing role"),
        ("people.ceo", {}, "people.ceo is unknown"),
        ("people.technical_administrator.email", "ruben@", "people.technical_administrator.email does not fit"),
        ("people.representative.email", "a b@c.example", "people.representative.email does not fit"),
        ("people.portal_administrator.date_of_birth", "9-3-1975", "people.portal_administrator.date_of_birth does not"),
        ("people.portal_administrator.date_of_birth", "2026-02-30", "people.portal_administrator.date_of_birth does"),
        ("people.representative.bsn", "123456782", "people.representative.bsn is unknown"),
        ("provider.phone", "bel maar", "provider.phone does not fit"),
    ],
)
def test_a_mistake_is_named(organisation_data: dict[str, Any], path: str, value: Any, said: str) -> None:
    with pytest.raises(ZorgidError) as caught:
        check_organisation(changed(organisation_data, path, value))
    assert caught.value.code == ("ura_invalid" if path == "ura" and value is not ... else "organisation_invalid")
    assert said in str(caught.value)
    assert len(caught.value.details["problems"]) == 1


def test_a_number_as_ura_is_told_what_yaml_made_of_it(organisation_data: dict[str, Any]) -> None:
    organisation_data = changed(organisation_data, "ura", 0o212)
    for data in (organisation_data, changed(organisation_data, "kvk_number", 12000101)):
        with pytest.raises(ZorgidError, match="put quotes around it in the inventory") as caught:
            check_organisation(data)
        assert caught.value.code == "ura_invalid"


def test_all_mistakes_stand_in_one_message_without_values() -> None:
    with pytest.raises(ZorgidError) as caught:
        check_organisation({"ura": "geheim-nummer", "name": "De Linde", "people": {"representative": {"email": "jan"}}})
    fields = {problem["field"] for problem in caught.value.details["problems"]}
    assert {"ura", "kvk_number", "address", "people.technical_administrator", "people.representative.email"} <= fields
    assert "geheim" not in str(caught.value)


def test_something_else_than_a_mapping_is_refused() -> None:
    with pytest.raises(ZorgidError, match="organisation is not a mapping"):
        check_organisation(["ura"])
