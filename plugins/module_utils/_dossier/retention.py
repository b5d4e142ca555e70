# SPDX-FileCopyrightText: gbz.zorgid contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""For how long what is kept is kept, and why: the one place where that stands. docs/retention.md shows it."""

from __future__ import annotations

import datetime
from dataclasses import dataclass

OUR_CHOICE = "our choice"


@dataclass(frozen=True)
class Period:
    """``days``: something deletes it then. None: it stays until ``until``."""

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
        "Observations of mail that belongs to no organisation, and what the journal says of each",
        90,
        "",
        "It is work for a person; it serves no dossier, and its Message-ID may name a stranger",
        f"{_NOT_LONGER}; the number is {OUR_CHOICE}",
    ),
    Period(
        "mail",
        "Observations of an organisation's mail",
        None,
        _LEAVE,
        "A mail is known by them and not acted on twice",
        OUR_CHOICE,
    ),
    Period(
        "journal",
        "Rows of the journal, with their content",
        None,
        f"`erase` of a person, or {_LEAVE}, takes the content; the row stays as long as the dossier",
        "Who did what and when is accounted for years later; without all rows the chain proves nothing",
        f"AVG, article 5(2): able to show it. {OUR_CHOICE.capitalize()}: NEN 7513 is about who looked into a patient's "
        "file, and none is kept here",
    ),
    Period(
        "steps_and_words",
        "Steps, attestations and words of people",
        None,
        f"`erase` of a person, or {_LEAVE}",
        "The next run starts from them",
        OUR_CHOICE,
    ),
    Period(
        "documents",
        "Signed documents, sealed, with all their versions",
        None,
        _LEAVE,
        "What VZVZ received can be shown; an older version tells which one it was",
        OUR_CHOICE,
    ),
    Period(
        "answers",
        "Pages that came back from forms, sealed",
        None,
        _LEAVE,
        "They prove what was submitted and confirmed",
        OUR_CHOICE,
    ),
    Period(
        "activation_code",
        "The activation code, sealed",
        None,
        f"`activation_qr` with `state: absent`, which the role does after the activation, a word that makes it void "
        f"(`lost`, `withdrawn`), or {_LEAVE}",
        "Whoever has it can activate; nobody needs it twice",
        _NOT_LONGER,
    ),
    Period(
        "seen",
        "Digests of portal, list and export as they were seen last, and of the last change in the portal",
        None,
        f"the next one takes its place, or {_LEAVE}",
        "A change, and an export that is another organisation's, are told by them",
        OUR_CHOICE,
    ),
    Period(
        "submissions",
        "Submissions, also those that were not accepted",
        None,
        _LEAVE,
        "Nothing is sent twice, and the same Message-ID serves a repetition",
        OUR_CHOICE,
    ),
    Period(
        "export",
        "The file that `leave` writes",
        None,
        "you delete it",
        "It is yours: nothing of this collection looks at it again",
        _NOT_LONGER,
    ),
)


def limit(name: str, now: str) -> str:
    """What is older than this moment goes. ``now`` and the result are UTC in ISO 8601, and compare as texts."""
    (days,) = (one.days for one in PERIODS if one.name == name and one.days is not None)
    then = datetime.datetime.fromisoformat(now) - datetime.timedelta(days=days)
    return then.astimezone(datetime.UTC).isoformat(timespec="seconds")
