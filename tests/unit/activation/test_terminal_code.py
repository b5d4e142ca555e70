# SPDX-FileCopyrightText: gbz.zorgid contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""A code on a terminal: what a phone sees is read by another library, from the colours and not from the signs."""

from __future__ import annotations

import pytest
import zxingcpp
from ansible_collections.gbz.zorgid.plugins.module_utils._activation.terminal_code import drawn
from ansible_collections.gbz.zorgid.tests.support.terminal import seen

TEXT = "https://portaal.example/login/7f3a9c1e5b8d4f60a2c4e6f8"


@pytest.mark.parametrize("signs", [True, False])
def test_a_phone_reads_what_the_terminal_shows(signs: bool) -> None:
    text = drawn(TEXT, width=100, signs=signs)
    assert text
    image = seen(text)
    assert image.size[0] <= 100
    assert signs or text.isascii()
    codes = zxingcpp.read_barcodes(image.resize((image.size[0] * 8, image.size[1] * 8)), try_invert=False)
    assert [code.text for code in codes] == [TEXT]
    # each line ends in the terminal's own colours
    assert all(line.endswith("\x1b[0m") for line in text.split("\n"))


@pytest.mark.heavy
def test_a_code_that_is_too_wide_is_none() -> None:
    assert drawn("x" * 900, width=100, signs=True) is None
    assert drawn("x" * 200, width=100, signs=False) is None
