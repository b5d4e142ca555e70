# SPDX-FileCopyrightText: gbz.zorgid contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""Converts moments: they are aware ``datetime`` in code, and ISO 8601 text in dossiers, results and messages."""

from __future__ import annotations

import datetime
from pathlib import Path


def now() -> datetime.datetime:
    """The present moment in UTC."""
    return datetime.datetime.now(datetime.UTC)


def iso(at: datetime.datetime) -> str:
    """The text for a dossier or a result: UTC, whole seconds (``2026-11-24T10:15:00+00:00``)."""
    return at.astimezone(datetime.UTC).isoformat(timespec="seconds")


def written_at(path: str | Path) -> datetime.datetime | None:
    """When a file was written, to the second; None if that is in the future, because then it is unreliable."""
    at = datetime.datetime.fromtimestamp(Path(path).stat().st_mtime, datetime.UTC)
    return at.replace(microsecond=0) if at <= now() else None


def parse(text: str | None, *, zone: datetime.tzinfo | None = None) -> datetime.datetime | None:
    """The moment in an ISO 8601 text; None for an empty or another text. ``zone``: for a text without a time zone;
    without ``zone`` the result for such a text is None."""
    try:
        at = datetime.datetime.fromisoformat(text or "")
    except (ValueError, TypeError):  # TypeError: a damaged dossier may contain a value that is not text
        return None
    if at.tzinfo is None:
        return at.replace(tzinfo=zone) if zone else None
    return at


def stored(text: str) -> datetime.datetime:
    """The moment in a dossier's text; UTC if it has no time zone, because the dossier writes UTC. Raises ValueError."""
    at = parse(text, zone=datetime.UTC)
    if at is None:
        raise ValueError("no moment")
    return at
