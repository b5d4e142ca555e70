# SPDX-FileCopyrightText: gbz.zorgid contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""One meaning of "the same URA number" for the whole collection."""

from __future__ import annotations

import pytest
from ansible.template import trust_as_template
from ansible_collections.gbz.zorgid.plugins.module_utils._common.errors import ZorgidError
from ansible_collections.gbz.zorgid.plugins.module_utils._common.ura import Ura, is_ura, same_ura


@pytest.mark.parametrize("text", ["0", "202", "00000202", "90000101", trust_as_template("202")])
def test_text_of_one_to_eight_digits_is_a_ura_and_shown_as_written(text: str) -> None:
    ura = Ura.of(text)
    assert (str(ura), type(ura.text), is_ura(text)) == (text, str, True)


@pytest.mark.parametrize(
    ("value", "found", "action"),
    [
        (138, "the number 138", "put quotes"),
        (1.0, "the number 1.0", "put quotes"),
        (True, "true or false", "correct"),
        (None, "nothing", "correct"),
        ("", "a text of 0 characters", "correct"),
        ("123456789", "a text of 9 characters", "correct"),
        ("9000010\u0661", "a text of 8 characters", "correct"),
        ("9000 101", "a text of 8 characters", "correct"),
        ("202\n", "a text of 4 characters", "correct"),
        (["202"], "a list", "correct"),
    ],
)
def test_anything_else_is_refused_with_what_to_do(value: object, found: str, action: str) -> None:
    with pytest.raises(ZorgidError) as caught:
        Ura.of(value)
    assert caught.value.code == "ura_invalid"
    assert (caught.value.found or "").startswith(found)
    assert (caught.value.action or "").startswith(action)
    assert not is_ura(value)


def test_two_are_equal_when_they_are_equal_as_eight_digits() -> None:
    assert Ura.of("202") == Ura.of("00000202")
    assert len({Ura.of("202"), Ura.of("0202"), Ura.of("2020")}) == 2
    assert Ura.of("202").digits == "00000202"
    assert Ura.of("202") != "202"
    assert same_ura("202", "00000202")
    assert not same_ura("202", "2020")
    assert not same_ura("", "0")
    assert not same_ura(None, None)
