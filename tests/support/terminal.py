# SPDX-FileCopyrightText: gbz.zorgid contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""What a phone sees of a code that is drawn on a terminal: the colours, and not the signs."""

from __future__ import annotations

import re

import zxingcpp
from PIL import Image

from .portal_pages import Phone


def seen(text: str) -> Image.Image:
    """The terminal's screen as pixels: the colours of the escapes only, each half of a column one pixel."""
    lines = text.split("\n")
    columns = max(len(re.sub(r"\x1b\[[0-9;]*m", "", line)) for line in lines)
    image = Image.new("L", (columns, 2 * len(lines)), 128)
    for number, line in enumerate(lines):
        front = back = "128"
        column = 0
        for escape, letter in re.findall(r"\x1b\[([0-9;]*)m|(.)", line):
            if not letter:
                front = found[1] if (found := re.search(r"38;5;(\d+)", escape)) else front
                back = found[1] if (found := re.search(r"48;5;(\d+)", escape)) else back
                continue
            for half in (0, 1):
                shown = front if letter == "▀" and half == 0 else back
                image.putpixel((column, 2 * number + half), {"231": 255, "16": 0}[shown])
            column += 1
    return image


class Scanner:
    """A person with a phone in front of the terminal."""

    def __init__(self, phone: Phone) -> None:
        self._phone, self.codes = phone, list[str]()

    def __call__(self, text: str) -> None:
        lines = text.split("\n")
        drawn = [place for place, line in enumerate(lines) if line.startswith("\x1b[38;5;")]
        if not drawn or drawn[-1] == len(lines) - 1:
            return  # there is none yet, or not all of it
        first = next(place for place in reversed(drawn) if place - 1 not in drawn)
        image = seen("\n".join(lines[first : drawn[-1] + 1]))
        big = image.resize((image.size[0] * 8, image.size[1] * 8))
        for code in zxingcpp.read_barcodes(big, try_invert=False):  # none of one that is drawn in part
            if code.text in self.codes:
                continue
            self.codes.append(code.text)
            assert self._phone.scan(code.text).ok
