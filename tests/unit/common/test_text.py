# SPDX-FileCopyrightText: gbz.zorgid contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""What strangers wrote, shown."""

from __future__ import annotations

import pytest
from ansible_collections.gbz.zorgid.plugins.module_utils._common.text import printable


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("Huisartsenpraktijk Café 't Hoekje", "Huisartsenpraktijk Café 't Hoekje"),
        (" two\r\nlines\tand  a tab ", "two lines and a tab"),
        ("\x1b[2Jgone\x07", "?[2Jgone?"),
        ("gpj.\u202eexe", "gpj.?exe"),
        ("half \ud800", "half ?"),
        ("", ""),
        (None, "None"),
    ],
)
def test_nothing_moves_the_cursor_or_turns_the_reading_direction(text: object, shown: str) -> None:
    assert printable(text) == shown


def test_long_text_is_cut_and_says_so() -> None:
    assert printable("a" * 10, 10) == "a" * 10
    assert printable("a" * 11, 10) == "a" * 9 + "…"
    assert printable(" " * 10_000 + "a", 10) == "…"
    assert len(printable("a" * 10_000_000)) == 200
