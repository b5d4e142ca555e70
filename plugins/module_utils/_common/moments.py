# SPDX-FileCopyrightText: gbz.zorgid contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""Moments: aware ``datetime`` in types, ISO 8601 in dossiers, results and messages; here one becomes the other."""

from __future__ import annotations

import datetime
from pathlib import Path


def now() -> datetime.datetime:
    return datetime.datetime.now(datetime.UTC)


def iso(at: datetime.datetime) -> str:
    """As a dossier and a result spell it: in UTC, whole seconds (``2026-11-24T10:15:00+00:00``)."""
    return at.astimezone(datetime.UTC).isoformat(timespec="seconds")


def written_at(path: str | Path) -> datetime.datetime | None:
    """When a file was written, to the second; None where its clock is ahead of ours, because nobody knows then."""
    at = datetime.datetime.fromtimestamp(Path(path).stat().st_mtime, datetime.UTC)
    return at.replace(microsecond=0) if at <= now() else None


def parse(text: str | None, *, zone: datetime.tzinfo | None = None) -> datetime.datetime | None:
    """The moment in an ISO 8601 text; None for nothing, and for what is no moment. ``zone``: that of a text without
    one, which is no moment otherwise."""
    try:
        at = datetime.datetime.fromisoformat(text or "")
    except (ValueError, TypeError):  # TypeError: a damaged dossier may hold something that is no text
        return None
    if at.tzinfo is None:
        return at.replace(tzinfo=zone) if zone else None
    return at


def stored(text: str) -> datetime.datetime:
    """The moment that a dossier wrote; one without a zone is in UTC, as all that it writes. ValueError for none."""
    at = parse(text, zone=datetime.UTC)
    if at is None:
        raise ValueError("no moment")
    return at
