# SPDX-FileCopyrightText: gbz.zorgid contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""Counts a list of employees: rows and identity checks. No personal data. Pure.

Employees without an identity check register themselves, which is allowed; the care organisation should know their
number.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from .._portal.source import Source
from .finding import Finding

LINE = "HR lists"


def counted(source: Source, modified: str) -> Finding:
    """``modified``: the file's day, ``2026-11-12``; empty if it has none."""
    days = [_day(one) for one in source.accounts if one.get("state", "present") == "present"]
    checked = sorted(day for day in days if day)
    return Finding.ok(
        LINE,
        rows=len(source.accounts),
        unchecked=len(days) - len(checked),
        oldest=checked[0] if checked else "",
        modified=modified,
    )


def _day(account: Mapping[str, Any]) -> str:
    return str((account.get("identification") or {}).get("checked_at") or "")
