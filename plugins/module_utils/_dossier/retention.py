# SPDX-FileCopyrightText: gbz.zorgid contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""For how long what is kept is kept, and why: the one place where that stands."""

from __future__ import annotations

import datetime
from dataclasses import dataclass


@dataclass(frozen=True)
class Period:
    name: str
    days: int
    why: str


PERIODS = (
    Period(
        "mail_of_nobody",
        90,
        "a mail that belongs to no organisation is work for a person; it serves no dossier, and its Message-ID may "
        "name a stranger",
    ),
)


def limit(name: str, now: str) -> str:
    """What is older than this moment goes. ``now`` and the result are UTC in ISO 8601, and compare as texts."""
    (period,) = (one for one in PERIODS if one.name == name)
    then = datetime.datetime.fromisoformat(now) - datetime.timedelta(days=period.days)
    return then.astimezone(datetime.UTC).isoformat(timespec="seconds")
