# SPDX-FileCopyrightText: gbz.zorgid contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""What a person can record about an organisation now, and the result, as text for a terminal. Pure."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
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


@dataclass(frozen=True)
class Restored:
    """``rows``: number of rows in the journal; ``noted``: the number that an earlier run noted, or None; ``last_at``:
    the moment of the last row. ``held``: organisations that are now on hold, each by itself."""

    changed: bool
    rows: int
    noted: int | None
    last_at: str
    held: int


def listing(dossier: Dossier, name: str, host: str, *, style: Style, now: Moment) -> Iterator[str]:
    """Each step that is not done, and the statements about the whole organisation, with the command that records it."""
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
        statements = ", ".join(_recorded(one, style, now) for one in by_word)
        yield from wrapped(
            f"Already recorded by a person: {statements}. The same command with -e undo=true takes it back."
        )
    proven = [one.step for one in dossier.milestones.values() if one.state == "done" and not one.attested]
    if proven:
        yield from wrapped(f"Done by evidence: {', '.join(proven)}.")


def next_step(states: Mapping[str, str]) -> str:
    """The next step as half a sentence; empty if all are done."""
    for row in TABLE:
        if states.get(row.name) != "done" and all(states.get(one) == "done" for one in row.after):
            return f"{row.name} ({dutch(row.name)})"
    return ""


def recorded(what: str, *, style: Style, check: bool, name: str, ura: str, says_check: bool = True) -> Iterator[str]:
    """Says that ``what`` was, or in check mode would be, recorded."""
    sign = State.DO if check else State.DONE
    only = " (check mode: nothing was recorded)" if check and says_check else ""
    said_so = f"{_whose(style, name, ura)}: {style.text(what)}{only}"
    yield from wrapped(said_so, f"{style.sign(sign)} ", hidden=style.hidden(sign))


def note(text: str, style: Style) -> Iterator[str]:
    yield from wrapped(style.text(text, 600), f"{style.sign(State.LOOK)} ", hidden=style.hidden(State.LOOK))


def labelled(label: str, text: str, style: Style) -> Iterator[str]:
    yield from wrapped(style.text(text, 600), f"  {label}: ")


def leaving(
    rows: Mapping[str, int], paths: tuple[str, ...], kept: tuple[str, ...], export: Path, further: str = ""
) -> Iterator[str]:
    """What is removed when an organisation leaves: paths and numbers of rows only. ``further``: under which number it
    continues."""
    if further:
        yield from wrapped(f"{further}; what that dossier says of it stays", "  ")
    if rows:
        counted = ", ".join(f"{count:,} {table}" for table, count in rows.items())
        yield from wrapped(f"rows of the dossier, and its key: {counted}", "  ")
        yield from wrapped(f"all of that is written to {export} first: a secret", "  ")
    else:
        yield "  the dossier holds nothing of it"
    for path in paths:
        yield from wrapped(f"{path}", "  ")
    yield from not_deleted(kept)
    yield from wrapped(
        "What stays: the journal's digests, which say nothing without that file; the mailbox, the portal, your "
        "backups; the board until the next run. Take the organisation out of the inventory, or the next run begins "
        "it anew.",
        "  ",
    )


def not_deleted(kept: tuple[str, ...]) -> Iterator[str]:
    for path in kept:
        yield from wrapped(f"not deleted, because its name is not the URA number alone: {path}", "  ")


def restored(found: Restored, host: str, *, style: Style, check: bool) -> Iterator[str]:
    """After a restore of a backup: what is unknown now, and what a person has to do."""
    named = f"The dossier of {host}"
    what = f"restored; nothing is sent for any of its {found.held:,} organisations until a person releases it"
    if not found.changed:
        what = f"nothing to do, it is recorded as {what}"
    yield from recorded(what, style=style, check=check, name=named, ura="")
    if found.noted is not None and found.noted > found.rows:
        yield from note(f"{found.noted - found.rows:,} rows of the journal of {found.noted:,} are missing", style)
    yield from labelled("not known", f"what was sent, submitted and changed since {found.last_at or 'ever'}", style)
    done = " ".join(commands.command("done", "HOST", {"step": "STEP", "how": HOW}))
    yield from labelled(
        "look", "in the sent mail, VZVZ's mails and the portal, also for organisations added since", style
    )
    yield from labelled("record", f"what was done since: {done}", style)
    release = " ".join(commands.command("hold", "", {"all": "true", "go_on": "true"}))
    yield from labelled("then", f"{release}, and for each organisation {' '.join(_released('HOST'))}", style)


def _released(host: str) -> list[str]:
    return commands.command("hold", host, {"go_on": "true"})


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
    person = who(role)
    return person if person == "VZVZ" else f"the {person}"


def _recorded(one: Milestone, style: Style, now: Moment) -> str:
    how = one.attested.how if one.attested else ""
    return f'{one.step} ({_day(one.attested.at if one.attested else "", style, now)}, "{style.text(how, 80)}")'


def _day(at: str, style: Style, now: Moment) -> str:
    known = moment(at)
    return style.day(known, now) if known else "some day"


def _whose(style: Style, name: str, ura: str) -> str:
    return f"{style.text(name, 60)} ({style.text(ura, 20)})" if ura else style.text(name, 60)
