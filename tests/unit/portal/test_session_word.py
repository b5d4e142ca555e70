# SPDX-FileCopyrightText: gbz.zorgid contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""What a person may type after ``-e confirm=`` and ``-e diagnose=``."""

from __future__ import annotations

import pytest
from ansible_collections.gbz.zorgid.plugins.module_utils._common.errors import ZorgidError
from ansible_collections.gbz.zorgid.plugins.module_utils._onboarding import commands
from ansible_collections.gbz.zorgid.plugins.plugin_utils._ansible.onboarding.in_session import agreed_of, portal_of


@pytest.mark.parametrize(
    ("text", "word"),
    [("8d1f03c2a97b5e64", "8d1f03c2a97b5e64"), ("8D1F03C2A97B5E64", "8d1f03c2a97b5e64"), ("ja", "true"), ("false", "")],
)
def test_a_digest_a_yes_and_a_no(text: str, word: str) -> None:
    assert agreed_of({"confirm": text}) == word


def test_without_a_word_nothing_is_agreed() -> None:
    assert agreed_of({}) == ""


@pytest.mark.parametrize("text", ["8d1f03c2a97b5e6", "8d1f03c2a97b5e644", "DIGEST", "8d1f 03c2a97b5e64", "\x1b[2J"])
def test_what_names_no_list_is_told_before_anybody_scans(text: str) -> None:
    with pytest.raises(ZorgidError, match="does not name a list") as error:
        agreed_of({"confirm": text})
    assert error.value.code == "options_invalid"
    assert "\x1b" not in str(error.value)


@pytest.mark.parametrize(
    ("given", "typed", "on"),
    [
        ({}, {}, None),
        ({"diagnose": True}, {}, True),
        ({}, {"diagnose": "true"}, True),
        ({"diagnose": True}, {"diagnose": "no"}, False),
    ],
)
def test_diagnose_of_the_command_comes_before_the_inventorys(
    given: dict[str, bool], typed: dict[str, str], on: bool | None
) -> None:
    assert portal_of({"driver": "browser", **given}, typed).get("diagnose") is on
    assert "diagnose" in commands.VARIABLES["portal_map"]
    assert "diagnose" in commands.VARIABLES["portal_login"]


def test_diagnose_is_true_or_false() -> None:
    with pytest.raises(ZorgidError, match="diagnose is neither true nor false"):
        portal_of(None, {"diagnose": "ja zeker"})
