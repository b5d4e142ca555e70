# SPDX-FileCopyrightText: gbz.zorgid contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""What strangers wrote, shown."""

from __future__ import annotations

import pytest
from ansible_collections.gbz.zorgid.plugins.module_utils._common.text import printable, without_folders


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


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("The file /runner/a1/work/documents/90000101.xml cannot be read.", "The file 90000101.xml cannot be read."),
        ("Found: no file /srv/hr.csv; see (~/keys/x.pem): /etc/passwd", "Found: no file hr.csv; see (x.pem): passwd"),
        ("path=/a/b/c.csv, '/a/b'", "path=c.csv, 'b'"),
        ("open https://portal.example/a/b or /tmp", "open https://portal.example/a/b or /tmp"),
        ("sqlite:////srv/a/b", "sqlite:////srv/a/b"),
        ("status 400 for /Users/12", "status 400 for /Users/12"),
        ("at /*/x:Form/x:Name[1], and/or n/a", "at /*/x:Form/x:Name[1], and/or n/a"),
    ],
)
def test_only_the_folders_of_files_are_left_out(text: str, shown: str) -> None:
    assert without_folders(text) == shown
