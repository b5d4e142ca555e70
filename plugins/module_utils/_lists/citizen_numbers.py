# SPDX-FileCopyrightText: gbz.zorgid contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""Finds a column of BSNs with another title, by its values: every BSN passes a checksum that one other number in eleven
passes."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from .cells import Cell, clean

#: a column with so many different values, which all pass, has BSNs; by chance once in 161,051 lists
ENOUGH = 5


def is_built_so(text: str) -> bool:
    """Whether it has nine digits (or eight, if a zero was lost) with the checksum of a BSN ("elfproef")."""
    if not (text.isascii() and text.isdecimal() and 8 <= len(text) <= 9):
        return False
    digits = [int(digit) for digit in text.zfill(9)]
    whole = sum(digit * weight for digit, weight in zip(digits, (9, 8, 7, 6, 5, 4, 3, 2, -1), strict=True))
    return whole % 11 == 0 and any(digits)


class CitizenNumbers:
    """Checks columns row by row; most columns are excluded after the first row."""

    def __init__(self, columns: Iterable[int]) -> None:
        self._open: dict[int, set[str]] = {index: set() for index in columns}

    def look(self, line: Sequence[Cell]) -> None:
        """Check the cells of one row."""
        for index in list(self._open):
            cell = line[index] if index < len(line) else None
            text = clean(cell).strip("'") if isinstance(cell, str) else "" if cell is None else str(cell)
            if text and not is_built_so(text):
                del self._open[index]
            elif text:
                self._open[index].add(text)

    def found(self) -> list[int]:
        """The columns with at least ``ENOUGH`` different values, which all pass the checksum."""
        return [index for index, seen in self._open.items() if len(seen) >= ENOUGH]
