# SPDX-FileCopyrightText: gbz.zorgid contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""What a person can record of an organisation now, and what came of it, as it is read in a terminal. Pure."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from pathlib import Path

from .._dossier import said
from .._dossier.model import Dossier, Milestone
from . import commands
from .commands import HOW
from .known import moment
from .observed import Moment
from .plan import State
from .step_names import WORDS, dutch
from .steps import STEPS, TABLE
from .style import Style, who
from .widths import WIDTH, padded, short, wrapped

_STEP, _DUTCH = 26, 17
_INDENT = " " * 6


def listing(dossier: Dossier, name: str, host: str, *, style: Style, now: Moment) -> Iterator[str]:
    """Each step that is not done, and the words about the whole organisation, with the command that records it."""
    yield from wrapped(f"{_whose(style, name, dossier.ura)}: what a person can record")
    withdrawn = said.withdrawn(dossier.words)
    if not withdrawn:
        for row in TABLE:
            one = dossier.milestones[row.name]
            if one.state != "done":
                yield from _line(row.name, _state(one, dossier, style, now), host, style)
    for word, (_title, does) in WORDS.items():
        stands = next((one for one in dossier.words if one.word == word and said.newest(dossier.words, one.word)), None)
        if stands:
            yield from _line(
                word, f"recorded {_day(stands.at, style, now)}; this takes it back:", host, style, undo=True
            )
        elif word == "withdrawn" or not (withdrawn or dossier.submissions):
            yield from _line(word, does, host, style)
    by_word = [one for one in dossier.milestones.values() if one.state == "done" and one.attested]
    if by_word:
        told = ", ".join(_recorded(one, style, now) for one in by_word)
        yield from wrapped(f"Already recorded by a person: {told}. The same command with -e undo=true takes it back.")
    proven = [one.step for one in dossier.milestones.values() if one.state == "done" and not one.attested]
    if proven:
        yield from wrapped(f"Done by evidence: {', '.join(proven)}.")


def next_step(states: Mapping[str, str]) -> str:
    """As a half sentence; empty when all is done."""
    for row in TABLE:
        if states.get(row.name) != "done" and all(states.get(one) == "done" for one in row.after):
            return f"{row.name} ({dutch(row.name)})"
    return ""


def recorded(what: str, *, style: Style, check: bool, name: str, ura: str, told_check: bool = True) -> Iterator[str]:
    """That it was, or would be."""
    sign = State.DO if check else State.DONE
    only = " (check mode: nothing was recorded)" if check and told_check else ""
    said_so = f"{_whose(style, name, ura)}: {style.text(what)}{only}"
    yield from wrapped(said_so, f"{style.sign(sign)} ", hidden=style.hidden(sign))


def note(text: str, style: Style) -> Iterator[str]:
    yield from wrapped(style.text(text, 600), f"{style.sign(State.LOOK)} ", hidden=style.hidden(State.LOOK))


def labelled(label: str, text: str, style: Style) -> Iterator[str]:
    yield from wrapped(style.text(text, 600), f"  {label}: ")


def leaving(rows: Mapping[str, int], paths: tuple[str, ...], kept: tuple[str, ...], export: Path) -> Iterator[str]:
    """What goes when an organisation leaves. Paths and numbers of rows only."""
    if rows:
        counted = ", ".join(f"{count:,} {table}" for table, count in rows.items())
        yield from wrapped(f"rows of the dossier, and its key: {counted}", "  ")
        yield from wrapped(f"all of that is written to {export} first: a secret", "  ")
    else:
        yield "  the dossier holds nothing of it"
    for path in paths:
        yield from wrapped(f"{path}", "  ")
    for path in kept:
        yield from wrapped(f"not deleted, because its name is not the URA number alone: {path}", "  ")
    yield from wrapped(
        "What stays: the journal's digests, which say nothing without that file; the mailbox, the portal, your "
        "backups; the board until the next run. Take the organisation out of the inventory, or the next run begins "
        "it anew.",
        "  ",
    )


def _line(name: str, state: str, host: str, style: Style, *, undo: bool = False) -> Iterator[str]:
    head = f"  {padded(name, _STEP)}{padded(dutch(name), _DUTCH)} "
    yield head + short(style.text(state), WIDTH - len(head), style.dots)
    given = {"step": name, **({"undo": "true"} if undo else {"how": HOW})}
    yield from commands.lines(commands.command("done", host, given), _INDENT)


def _state(one: Milestone, dossier: Dossier, style: Style, now: Moment) -> str:
    since = f" since {_day(one.since, style, now)}" if one.since else ""
    if one.state == "waiting":
        return f"waits for {_person(one.who or '')}{since}"
    if one.state == "failed":
        return f"failed{since}: {one.error_code}"
    before = [step for step in STEPS[one.step].after if dossier.milestones[step].state != "done"]
    return f"comes after {', '.join(before)}" if before else "can be done now"


def _person(role: str) -> str:
    told = who(role)
    return told if told == "VZVZ" else f"the {told}"


def _recorded(one: Milestone, style: Style, now: Moment) -> str:
    how = one.attested.how if one.attested else ""
    return f'{one.step} ({_day(one.attested.at if one.attested else "", style, now)}, "{style.text(how, 80)}")'


def _day(at: str, style: Style, now: Moment) -> str:
    known = moment(at)
    return style.day(known, now) if known else "some day"


def _whose(style: Style, name: str, ura: str) -> str:
    return f"{style.text(name, 60)} ({style.text(ura, 20)})" if ura else style.text(name, 60)
