# SPDX-FileCopyrightText: gbz.zorgid contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""Times of a dossier (ISO 8601, UTC) as days in the Netherlands."""

from __future__ import annotations

from datetime import UTC, tzinfo
from functools import lru_cache
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from .._common.moments import stored


@lru_cache
def _netherlands() -> tzinfo:
    try:
        return ZoneInfo("Europe/Amsterdam")
    except (ZoneInfoNotFoundError, OSError):  # a container without time zones
        return UTC


def day(text: object) -> str:
    """``2026-11-24T23:30:00Z`` becomes ``25-11-2026``; a value that is no time becomes an empty text."""
    try:
        return stored(str(text or "")).astimezone(_netherlands()).strftime("%d-%m-%Y")
    except (ValueError, OverflowError):
        return ""
