# SPDX-FileCopyrightText: gbz.zorgid contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""How many people of a list start later and have no account yet, in a few words and without names."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from .._lists.understood import Understood


def coming(understood: Understood | None) -> str:
    """``1 starts on 2027-02-01``, ``3 start from 2027-02-01``; '' if everybody has started, or if the list has no start
    dates."""
    days = sorted(one.starts_on for one in understood.waiting) if understood else []
    if not days:
        return ""
    return f"1 starts on {days[0]}" if len(days) == 1 else f"{len(days)} start from {days[0]}"
