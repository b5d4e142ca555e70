# SPDX-FileCopyrightText: gbz.zorgid contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""How long each kind of data is stored, and why. docs/retention.md shows the same."""

from __future__ import annotations

import datetime
from dataclasses import dataclass

from .._common.moments import iso

OUR_CHOICE = "our choice"


@dataclass(frozen=True)
class Period:
    """``days``: after how many days it is deleted. None: it stays until ``until``."""

    name: str
    what: str
    days: int | None
    until: str
    why: str
    source: str


_LEAVE = "`leave`"
_NOT_LONGER = "AVG, article 5(1)(e): no longer than it is needed"

PERIODS = (
    Period(
        "mail_of_nobody",
        "Observations of mail that belongs to no organisation, and their journal content",
        90,
        "",
        ("A person has to handle it; no dossier needs it, and its Message-ID may identify an outsider"),
        f"{_NOT_LONGER}; the number is {OUR_CHOICE}",
    ),
    Period(
        "mail",
        "Observations of an organisation's mail",
        None,
        _LEAVE,
        "They identify a mail, so that it is not processed twice",
        OUR_CHOICE,
    ),
    Period(
        "journal",
        "Rows of the journal, with their content",
        None,
        (f"`erase` of a person, or {_LEAVE}, removes the content; the row stays as long as the dossier"),
        ("It accounts for who did what and when, years later; the chain proves nothing if rows are missing"),
        f"AVG, article 5(2): able to show it. {OUR_CHOICE.capitalize()}: NEN 7513 is about "
        "access to patient files, and none are stored here",
    ),
    Period(
        "steps_and_words",
        "Steps, attestations and statements of people",
        None,
        f"`erase` of a person, or {_LEAVE}",
        "The next run starts from them",
        OUR_CHOICE,
    ),
    Period(
        "documents",
        "Signed documents, encrypted, with all their versions",
        None,
        _LEAVE,
        "They show what VZVZ received, and which version that was",
        OUR_CHOICE,
    ),
    Period(
        "answers",
        "Answer pages of forms, encrypted",
        None,
        _LEAVE,
        "They prove what was submitted and confirmed",
        OUR_CHOICE,
    ),
    Period(
        "activation_code",
        "The activation code, encrypted",
        None,
        "`activation_qr` with `state: absent`, which the role does after the activation, a "
        f"statement that makes it void (`lost`, `withdrawn`), or {_LEAVE}",
        "Anyone who has it can activate; nobody needs it twice",
        _NOT_LONGER,
    ),
    Period(
        "shared_reading",
        "What a slice read of a mailbox, for the other slices of its job, encrypted",
        None,
        f"the next such reading (used for 15 minutes), `erase` or {_LEAVE}",
        "The slices log in once together",
        OUR_CHOICE,
    ),
    Period(
        "seen",
        (
            "Digests of portal, list and export when they were last read, of the last change in the portal, and of "
            "who left or lost a phone"
        ),
        None,
        f"replaced by the next one, or {_LEAVE}",
        "They show a change, and an export that belongs to another organisation",
        OUR_CHOICE,
    ),
    Period(
        "submissions",
        "Submissions, also those that were not accepted",
        None,
        _LEAVE,
        "They prevent sending twice, and a repetition uses the same Message-ID",
        OUR_CHOICE,
    ),
    Period(
        "runs",
        "Begin and end of runs, and how many organisations failed with which code; nothing about a single organisation",
        None,
        "a run ends a day later; the newest until the next run ends",
        "[Telemetry](telemetry.md) needs no more",
        OUR_CHOICE,
    ),
    Period(
        "images",
        "Images of portal pages without values, which `diagnose: true` makes beside the page map",
        None,
        "a browser opens with that map 30 days later; at most 20 are kept",
        "A person repairs the map with them",
        OUR_CHOICE,
    ),
    Period(
        "export",
        "The file that `leave` writes",
        None,
        "you delete it",
        "It is your file: this collection does not use it again",
        _NOT_LONGER,
    ),
)


def limit(name: str, now: str) -> str:
    """Data from before this moment is deleted. ``now`` and the result are UTC in ISO 8601 and compare as texts."""
    (days,) = (one.days for one in PERIODS if one.name == name and one.days is not None)
    then = datetime.datetime.fromisoformat(now) - datetime.timedelta(days=days)
    return iso(then)
