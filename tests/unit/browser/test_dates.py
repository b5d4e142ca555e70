# SPDX-FileCopyrightText: gbz.zorgid contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""Dates of pages: an unknown form, and another order than the page says, are no date."""

from __future__ import annotations

import datetime

import pytest
from ansible_collections.gbz.zorgid.plugins.module_utils._browser import dates, filling
from ansible_collections.gbz.zorgid.plugins.module_utils._browser.names import Fill, Target
from ansible_collections.gbz.zorgid.plugins.module_utils._common.errors import ZorgidError

DAY = datetime.date(1990, 2, 1)


@pytest.mark.parametrize(
    ("text", "form"),
    [
        ("1990-02-01", ""),
        ("1990-02-01", "dd-mm-jjjj"),
        ("01-02-1990", ""),
        ("1-2-1990", ""),
        ("1/2/1990", "dd-mm-jjjj"),
        (" 01.02.1990 ", ""),
        ("1 februari 1990", ""),
        ("do 1 feb. 1990", ""),
        ("02/01/1990", "mm/dd/yyyy"),
        ("01021990", "ddmmjjjj"),
        ("19900201", "jjjjmmdd"),
        ("01-02-1990", "Bijvoorbeeld 01-02-1990"),
    ],
)
def test_a_date_in_a_known_form(text: str, form: str) -> None:
    assert dates.shown(text, form) == DAY


@pytest.mark.parametrize(
    ("text", "form"),
    [
        ("02-01-1990", ""),
        ("01/02/1990", "mm/dd/yyyy"),
        ("01-02-90", ""),
        ("01021990", ""),
        ("1990-02-01T00:00", ""),
        ("01-02-199", ""),
        ("01-02-1990-3", ""),
        ("1 februarius 1990", ""),
        ("31-02-1990", ""),
        ("", ""),
        ("x" * 5000, ""),
    ],
)
def test_another_one_or_none(text: str, form: str) -> None:
    assert dates.shown(text, form) != DAY


@pytest.mark.parametrize(
    ("form", "text"),
    [("dd-mm-jjjj", "01-02-1990"), ("d/m/yyyy", "1/2/1990"), ("ddmmjj", "010290"), ("JJJJ-MM-DD", "1990-02-01")],
)
def test_typed(form: str, text: str) -> None:
    assert dates.typed(DAY, form) == text


@pytest.mark.parametrize("text", ["1990-2-1", "1990-02-30", "01-02-1990", ""])
def test_only_a_whole_date_is_given(text: str) -> None:
    assert dates.parsed(text) is None


def test_an_error_about_boxes_of_a_date_tells_the_maps_label_and_not_the_persons_name() -> None:
    field = Target("field", "Geboortedatum van {first_name}")
    fill = Fill(field, source="email", parts=("dag", "maand", "jaar"), names={"first_name": "Sanne"})
    with pytest.raises(ZorgidError) as caught:
        filling._items(fill, "x@linde.example")
    assert "van {first_name}" in str(caught.value)
    assert "Sanne" not in str(caught.value)
