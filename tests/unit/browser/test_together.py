# SPDX-FileCopyrightText: gbz.zorgid contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""Looks that are made together share the calls of each frame."""

from __future__ import annotations

from typing import Any

import pytest
from ansible_collections.gbz.zorgid.plugins.module_utils._browser.frames import Asked, Look, together
from ansible_collections.gbz.zorgid.plugins.module_utils._common.errors import ZorgidError


class Frame:
    """Answers each function with its argument, doubled."""

    def __init__(self, absent: bool = False) -> None:
        self.heard: list[list[str]] = []
        self.absent = absent

    def evaluate(self, _script: str, asked: Any = None) -> Any:
        if asked is None:
            self.absent = False  # it was given the script
            return None
        if self.absent:
            return {"absent": True}
        self.heard.append([name for name, _argument, _sparing in asked])
        return {"answers": [argument * 2 for _name, argument, _sparing in asked]}


def look(name: str, *frames: Any, fails: str = "") -> Look[list[int]]:
    found = []
    for at, frame in enumerate(frames):
        found.append((yield Asked(frame, f"{name}{at}", at + 1)))
    if fails:
        raise ZorgidError(fails, "No.")
    return found


def test_one_call_for_what_is_asked_of_one_frame_next() -> None:
    main, other = Frame(), Frame(absent=True)
    assert together(look("a", main, main), look("b", main, other), look("c", other), look("d")) == [
        [2, 4],
        [2, 4],
        [2],
        [],
    ]
    assert (main.heard, other.heard) == ([["a0", "b0"], ["a1"]], [["b1", "c0"]])


def test_the_error_is_that_of_the_first_look_and_the_others_end() -> None:
    main = Frame()
    with pytest.raises(ZorgidError) as caught:
        together(look("a", main, main), look("b", main, main, fails="second"), look("c", main, fails="third"))
    assert caught.value.code == "second"
    assert main.heard == [["a0", "b0", "c0"], ["a1", "b1"]]
