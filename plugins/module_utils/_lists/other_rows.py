# SPDX-FileCopyrightText: gbz.zorgid contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""Recognises rows of a list that are not people: blank rows, titles, repeated headers, and totals."""

from __future__ import annotations

import re
from collections.abc import Sequence

from .cells import Cell, blank, clean

_TOTAL = re.compile(
    r"(?:eind|sub|groeps?)?[- ]?tota(?:a)?l\b|aantal\b|grand total\b|number of\b|count\b|som\b|totalen\b", re.I
)
#: such as ``3 medewerkers``, as the only value of its row
_COUNTED = re.compile(r"\d+ (medewerkers?|werknemers?|personen|employees|records|regels|rijen|rows)\b", re.I)
_HEADS = re.compile(
    r"medewerker|werknemer|personen|mensen|employee|people|rows?\b|rijen|regels|records|aantal|count", re.I
)
_BARE = re.compile(r"(?:eind|sub|grand )?[- ]?tota(?:a)?l[: ]*", re.I)
_NUMBER = re.compile(r"(?<![\d.,])\d{1,7}(?![\d.,]*\d)")
#: words of totals that do not count people
_OTHER_SUM = re.compile(r"fte|uren|uur|salaris|loon|bedrag|euro|€|dagen|hours|%", re.I)


def filled(cells: Sequence[Cell]) -> list[Cell]:
    return [cell for cell in cells if not blank(cell)]


def is_total(cells: Sequence[Cell]) -> bool:
    """Whether the row's first value is a word for a total."""
    first = next((cell for cell in cells if not blank(cell)), None)
    if not isinstance(first, str):
        return False
    label = clean(first)
    return bool(_TOTAL.match(label) or _COUNTED.match(label))


def total_of(cells: Sequence[Cell]) -> int | None:
    """The number of people in a total; None if it is a total of something else, or of several things."""
    found = filled(cells)
    label = clean(str(found[0]))
    numbers = [int(one) for one in _NUMBER.findall(label)]
    for cell in found[1:]:
        if isinstance(cell, bool):
            continue
        if isinstance(cell, int | float):
            numbers.append(int(cell) if cell == int(cell) else -1)
        elif isinstance(cell, str):
            text = clean(cell)
            numbers += [int(text)] if text.isdecimal() and len(text) < 8 else [-1] if text[:1].isdigit() else []
    if _OTHER_SUM.search(label) or len(numbers) != 1 or numbers[0] < 0:
        return None
    return numbers[0] if _HEADS.search(label) or _BARE.fullmatch(_NUMBER.sub("", label)) else None


def is_title(cells: Sequence[Cell]) -> bool:
    """Whether it is a title: one value that is not a number of a person, or a label with one value."""
    found = filled(cells)
    if not found or not isinstance(found[0], str):
        return False
    first = clean(found[0])
    if len(found) == 1:
        return " " in first or ":" in first or not any(sign.isdigit() for sign in first)
    return len(found) == 2 and first.endswith(":")
