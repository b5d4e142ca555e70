# SPDX-FileCopyrightText: gbz.zorgid contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""Decides which of people's statements apply. Pure: no database, no clock.

Statements are ordered as they were recorded (in the journal). A statement and a mail are dated by two clocks, so only
their moments can be compared.
"""

from __future__ import annotations

import datetime
from collections.abc import Callable, Iterable
from typing import Literal

from .._common import moments
from .._common.errors import ZorgidError
from .._common.masking import shown_person
from .._common.text import printable
from .model import LOST, Dossier, Statement, WordName

#: If a statement and a mail are closer than this, their order is unknown. Kerberos refuses logins if clocks in a
#: Windows domain differ by more than five minutes (RFC 4120), so a larger difference is noticed. Another five, because
#: people round times.
MARGIN = datetime.timedelta(minutes=10)
_DAY = datetime.timedelta(days=1)
#: A day in the Netherlands begins up to two hours before the same day in UTC.
_ZONE = datetime.timedelta(hours=2)

Later = Literal["word", "mail", "ask"]
Counts = Literal["yes", "no", "ask"]


def newest(words: Iterable[Statement], word: WordName, subject: str = "") -> Statement | None:
    """The statement of this kind that applies, about the organisation itself or about all; None if there is none or it
    was undone."""
    last: dict[tuple[str, str, str], Statement] = {}
    for one in sorted(words, key=lambda each: each.seq):
        last[one.topic] = one
    found = [one for one in last.values() if one.word == word and one.subject == subject]
    return max(found, key=lambda each: each.seq, default=None)


def linked(words: Iterable[Statement], word: WordName) -> list[Statement]:
    """The statements ``continues`` or ``continued_by`` that apply, oldest first."""
    last: dict[tuple[str, str, str], Statement] = {}
    for one in sorted(words, key=lambda each: each.seq):
        last[one.topic] = one
    return sorted((one for one in last.values() if one.word == word), key=lambda each: each.seq)


def goes_on(words: Iterable[Statement]) -> str:
    """A sentence for the person who puts on hold or destroys the former dossier of two; empty if no other one continues
    it."""
    found = linked(words, "continued_by")
    return f"It goes on under another URA number, {found[-1].subject} ({found[-1].at[:10]})" if found else ""


def offboarded(words: Iterable[Statement]) -> frozenset[str]:
    """The people whose newest statement is that they left: their external ids, as statements store them. To undo
    ``rehired`` is to state again that the person left."""
    left: dict[str, bool] = {}
    for one in sorted(words, key=lambda each: each.seq):
        undoes, _colon, subject = one.subject.partition(":")
        if one.word == "offboarded":
            left[one.subject] = True
        elif one.word == "rehired" and one.subject in left:
            left[one.subject] = False
        elif one.word == "undone" and undoes == "offboarded":
            left.pop(subject, None)
        elif one.word == "undone" and undoes == "rehired" and subject in left:
            left[subject] = True
    return frozenset(subject for subject, gone in left.items() if gone)


def looked_at(words: Iterable[Statement]) -> frozenset[str]:
    """The codes (``Observation.code``) of mails whose newest statement is that they need nothing, whichever
    organisation the mail was assigned to at the time."""
    closed: dict[str, bool] = {}
    for one in sorted(words, key=lambda each: each.seq):
        undoes, _colon, code = one.subject.partition(":")
        if one.word == "looked_at":
            closed[one.subject] = True
        elif one.word == "undone" and undoes == "looked_at":
            closed[code] = False
    return frozenset(code for code, stands in closed.items() if stands)


def undone(words: Iterable[Statement], step: str) -> Statement | None:
    """The statement that undid the step, if no later one says that it was done."""
    return newest(words, "undone", step)


def withdrawn(words: Iterable[Statement]) -> Statement | None:
    return newest(words, "withdrawn")


def held(words: Iterable[Statement]) -> Statement | None:
    return newest(words, "hold")


def later(word_at: str, mail_at: str | None) -> Later:
    """Which came later: a person's statement, or VZVZ's mail by the mail server's clock."""
    span, mail = _span(word_at), moments.parse(mail_at)
    if span is None or mail is None:
        return "ask"
    if mail > span[1] + MARGIN:
        return "mail"
    return "word" if mail < span[0] - MARGIN else "ask"


def older(mail_at: str | None, other_mail_at: str | None) -> bool:
    """Whether the first mail came before the other. Both moments are of one clock, so no margin is needed."""
    one, other = moments.parse(mail_at), moments.parse(other_mail_at)
    return one is not None and other is not None and one < other


def code_counts(words: Iterable[Statement], received_at: str | None) -> Counts:
    """Whether a code from the mail of ``received_at`` may be used: ``lost`` voids every earlier code."""
    known = list(words)
    if withdrawn(known):
        return "no"
    verdicts = {later(one.at, received_at) for one in _losses(known)}
    if "word" in verdicts:
        return "no"
    return "ask" if "ask" in verdicts else "yes"


def kept_counts(words: Iterable[Statement], kept_at: str) -> bool:
    """The same for a code that the dossier stores since ``kept_at``: it may be used if it was stored after every
    loss."""
    known, kept = list(words), moments.parse(kept_at)
    spans = [_span(one.at) for one in _losses(known)]
    return withdrawn(known) is None and kept is not None and all(span and kept > span[1] for span in spans)


def _losses(words: list[Statement]) -> list[Statement]:
    return [one for subject in LOST if (one := newest(words, "lost", subject))]


def no_longer(dossier: Dossier, step: str | None = None) -> str | None:
    """A sentence why an effect for ``step`` is not wanted any more; None while it is wanted."""
    if word := withdrawn(dossier.words):
        return f"The organisation {dossier.ura} was withdrawn ({said_by(word)})"
    milestone = dossier.milestones[step] if step else None
    if milestone and milestone.state == "done" and milestone.attested:
        how = milestone.attested
        return f"The step {step} of {dossier.ura} was done by hand ({shown_person(how.by)}, {how.at})"
    return None


def any_of(*asked: Callable[[Dossier], str | None] | None) -> Callable[[Dossier], str | None]:
    """A function that returns the first reason of any of these functions."""
    return lambda dossier: next((why for one in asked if one and (why := one(dossier))), None)


def demand_wanted(dossier: Dossier, still: Callable[[Dossier], str | None] | None) -> None:
    """``still`` returns a sentence if the effect is not wanted any more. Error: ``plan_stale``."""
    if still and (why := still(dossier)):
        raise ZorgidError(
            "plan_stale",
            f"What was planned is no longer wanted, so nothing was done: {why}",
            expected="a dossier that has not changed since this run read it",
            found="it has changed since then",
            action="run again: the next run uses the current dossier",
        )


def demand_not_held(ura: str, words: Iterable[Statement]) -> None:
    """Error: ``dossier_held``."""
    if word := held(words):
        whole = not word.ura
        raise ZorgidError(
            "dossier_held",
            (f"Nothing is sent or submitted {'for any organisation' if whole else f'for {ura}'}: it is on hold"),
            expected="a dossier that is not on hold",
            found=said_by(word),
            action="when the reason no longer applies: ansible-playbook gbz.zorgid.hold "
            f"{'-e all=true' if whole else '-l HOST'} -e go_on=true",
        )


def demand_going(ura: str, words: Iterable[Statement]) -> None:
    """Errors: ``dossier_held``, ``organisation_withdrawn``."""
    known = list(words)
    demand_not_held(ura, known)
    if word := withdrawn(known):
        raise ZorgidError(
            "organisation_withdrawn",
            f"Nothing is sent or submitted for {ura}: the organisation was withdrawn",
            expected="an organisation that wants to be connected",
            found=said_by(word),
            action="remove it from the inventory; if it wants to be connected after all: "
            "ansible-playbook gbz.zorgid.done -l HOST -e step=withdrawn -e undo=true",
        )


def said_by(word: Statement) -> str:
    """Who made the statement, since when and why, for messages."""
    why = f": {printable(word.how, 200)}" if word.how else ""
    return f"{shown_person(word.by)}, {word.at}{why}"


def _span(text: str) -> tuple[datetime.datetime, datetime.datetime] | None:
    """The first and last possible moment: a day is stored as its midnight in UTC and means any moment of that day."""
    at = moments.parse(text)
    if at is None:
        return None
    whole_day = at.astimezone(datetime.UTC).time() == datetime.time()
    return (at - _ZONE, at + _DAY) if whole_day else (at, at)
