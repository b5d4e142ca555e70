# SPDX-FileCopyrightText: gbz.zorgid contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""What was filled in on a page, checked field by field."""

from __future__ import annotations

import re
from collections.abc import Iterable

from ..desk import iso_day
from .access import Visit
from .words import DOCUMENTS, REQUIRED, ROLES, WAYS

DAYS = frozenset({"dateOfBirth", "documentExpires", "checkedAt"})
CHOICES = {"way": WAYS, "documentType": DOCUMENTS, "role": ROLES}
_DIGITS = frozenset({"uziNumber", "agbCode"})
_CHECKED = frozenset({"documentType", "documentExpires", "checkedAt"})


def typed(visit: Visit, names: Iterable[str]) -> dict[str, str]:
    """The fields as they were typed; a date as "dag-maand-jaar", empty when all boxes are."""
    found = {}
    for name in names:
        if name in DAYS:
            parts = [visit.text(f"{name}-{part}").replace("-", "") for part in ("dag", "maand", "jaar")]
            found[name] = "-".join(parts) if any(parts) else ""
        else:
            found[name] = visit.text(name)
    return found


def wrong(values: dict[str, str], today: str) -> dict[str, str]:
    """Field → code of what is wrong with it. today: an ISO date."""
    errors = {}
    for name, value in values.items():
        needed = name in REQUIRED or (name in _CHECKED and values.get("way") == "wid")
        if not value:
            if needed:
                errors[name] = "choose" if name in CHOICES else "missing"
        elif name in _CHECKED and values.get("way") != "wid":
            continue
        elif name in DAYS:
            if code := _wrong_day(name, iso(value), today):
                errors[name] = code
        elif name in CHOICES:
            if value not in CHOICES[name]:
                errors[name] = "choose"
        elif len(value) > 120:
            errors[name] = "long"
        elif name == "email" and not re.fullmatch(r"[^@\s]+@[^@\s]+\.[^@\s.]+", value):
            errors[name] = "email"
        elif name in _DIGITS and not re.fullmatch(r"[0-9]+", value):
            errors[name] = "digits"
    return errors


def iso(value: str) -> str:
    """The ISO date of "dag-maand-jaar"; empty if it is none."""
    parts = value.split("-")
    return (iso_day(*parts) if len(parts) == 3 else None) or ""


def _wrong_day(name: str, day: str, today: str) -> str:
    if not day:
        return "day"
    if name == "documentExpires":
        return "past" if day < today else ""
    return "future" if day > today else ""


def for_the_desk(values: dict[str, str]) -> dict[str, str]:
    return {name: iso(value) if name in DAYS else value for name, value in values.items()}
