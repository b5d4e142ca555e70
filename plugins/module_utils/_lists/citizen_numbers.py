# SPDX-FileCopyrightText: gbz.zorgid contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""A column of BSNs under another title: known by its values, because every BSN passes a sum that other numbers pass
one time in eleven."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from .cells import Cell, clean

#: numbers that all pass: by chance once in 161,051 lists
ENOUGH = 5


def is_built_so(text: str) -> bool:
    """Nine digits (eight that lost a zero) with the sum of a BSN ("elfproef")."""
    if not (text.isascii() and text.isdecimal() and 8 <= len(text) <= 9):
        return False
    digits = [int(digit) for digit in text.zfill(9)]
    whole = sum(digit * weight for digit, weight in zip(digits, (9, 8, 7, 6, 5, 4, 3, 2, -1), strict=True))
    return whole % 11 == 0 and any(digits)


class CitizenNumbers:
    """Looks at columns row by row; most are out of the question after the first row."""

    def __init__(self, columns: Iterable[int]) -> None:
        self._open: dict[int, set[str]] = {index: set() for index in columns}

    def look(self, line: Sequence[Cell]) -> None:
        for index in list(self._open):
            cell = line[index] if index < len(line) else None
            text = clean(cell).strip("'") if isinstance(cell, str) else "" if cell is None else str(cell)
            if text and not is_built_so(text):
                del self._open[index]
            elif text:
                self._open[index].add(text)

    def found(self) -> list[int]:
        return [index for index, seen in self._open.items() if len(seen) >= ENOUGH]
