# SPDX-FileCopyrightText: gbz.zorgid contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""Dates as a page has them typed and as it shows them. Pure.

A form is written with letters: ``dd-mm-jjjj``, ``d/m/yyyy``. A page that says no form shows the day first, as is usual
in the Netherlands, or the year first.
"""

from __future__ import annotations

import datetime
import re

MONTHS = ("jan", "feb", "mrt", "apr", "mei", "jun", "jul", "aug", "sep", "okt", "nov", "dec")
_LONG = (
    "januari", "februari", "maart", "april", "mei", "juni", "juli", "augustus", "september", "oktober", "november",
    "december",
)  # fmt: skip
_SHOWN = re.compile(
    r"(?:[a-z]{2,9}\.?,? )?(\d{1,4})(?:[-/. ]|\. ?)(\d{1,2}|[a-z]{3,9}\.?)(?:[-/. ])(\d{1,4})", re.IGNORECASE
)


def parsed(iso: str) -> datetime.date | None:
    """The date in ``1990-01-31``; None for any other text."""
    if not re.fullmatch(r"\d{4}-\d{2}-\d{2}", iso):
        return None
    try:
        return datetime.date.fromisoformat(iso)
    except ValueError:
        return None


def typed(day: datetime.date, form: str) -> str:
    """A date in this form."""
    values = {"d": day.day, "m": day.month, "j": day.year, "y": day.year}

    def one(found: re.Match[str]) -> str:
        letters = found.group().lower()
        text = f"{values[letters[0]]:0{len(letters)}d}"
        return text[-2:] if letters in ("jj", "yy") else text

    return re.sub(r"d+|m+|j+|y+", one, form, flags=re.IGNORECASE)


def shown(text: str, form: str = "") -> datetime.date | None:
    """The date that a page shows by this text; None if it is in no form that is known for certain. form: in which it
    says, or was told, that it has dates."""
    order = _order(form)
    digits = re.fullmatch(r"\d{8}", text.strip())
    if digits and order:
        lengths = {"d": 2, "m": 2, "y": 4}
        parts, at = [], 0
        for letter in order:
            parts.append(text.strip()[at : at + lengths[letter]])
            at += lengths[letter]
        return _date(dict(zip(order, parts, strict=True)))
    found = _SHOWN.fullmatch(" ".join(text.split()))
    if not found:
        return None
    if len(found.group(1)) == 4:
        order = "ymd"
    elif not order or order[0] == "y":
        order = "dmy"
    return _date(dict(zip(order, found.groups(), strict=True)))


def _order(form: str) -> str:
    """``dmy`` for ``dd-mm-jjjj``; empty for what is no form."""
    runs = re.findall(r"d+|m+|j+|y+", form, flags=re.IGNORECASE)
    order = "".join("y" if run[0] in "jJyY" else run[0].lower() for run in runs)
    rest = re.sub(r"d+|m+|j+|y+", "", form, flags=re.IGNORECASE)
    return order if sorted(order) == ["d", "m", "y"] and not re.search(r"[^\W\d_]", rest) else ""


def _date(parts: dict[str, str]) -> datetime.date | None:
    month = parts["m"].lower().rstrip(".")
    number = next((at for at in range(12) if month in (MONTHS[at], _LONG[at], _LONG[at][:3])), None)
    if len(parts["y"]) != 4 or not parts["d"].isdigit() or len(parts["d"]) > 2:
        return None
    try:
        return datetime.date(int(parts["y"]), int(month) if number is None else number + 1, int(parts["d"]))
    except ValueError:
        return None
