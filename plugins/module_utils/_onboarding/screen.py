# SPDX-FileCopyrightText: gbz.zorgid contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""A run's plan as a person reads it in a terminal: 100 columns, what needs somebody first, what is fine counted.

Text only; no names of people, no addresses, links, codes or secrets are in a plan, so none can come out here.
"""

from __future__ import annotations

import datetime
import unicodedata
from collections import Counter
from collections.abc import Iterable, Iterator
from dataclasses import dataclass

from .._common.text import printable
from .observed import Moment, Trouble
from .plan import WEIGHT, Plan, Planned, State
from .runs import RunPlan
from .steps import Effect

WIDTH = 100
#: How many organisations of one kind get a line of their own; more are counted.
MOST_LINES = 40
_NAME, _URA, _STEP = 17, 9, 25
_MONTHS = ("Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec")
_SIGNS = {
    State.STOP: ("✗", "x"),
    State.LOOK: ("!", "!"),
    State.DO: ("→", "->"),
    State.WAIT: ("…", ".."),
    State.LATER: ("…", ".."),
    State.DONE: ("✓", "ok"),
}
_COLOURS = {State.STOP: "31", State.LOOK: "33", State.DO: "36", State.DONE: "32"}
#: effect -> (one in the plan, several; what was done)
_EFFECTS: dict[Effect, tuple[str, str]] = {
    Effect.SUBMIT_APPLICATION: ("application submitted", "applications submitted"),
    Effect.SIGN_DOCUMENT: ("document signed", "documents signed"),
    Effect.MAIL_DOCUMENT: ("document mailed", "documents mailed"),
    Effect.SUBMIT_FOLLOW_UP: ("follow-up form submitted", "follow-up forms submitted"),
    Effect.MAKE_LETTER: ("letter made", "letters made"),
    Effect.DESTROY_CODE: ("used code destroyed", "used codes destroyed"),
    Effect.KEEP_ADMINISTRATORS: ("organisation's administrators kept", "organisations' administrators kept"),
    Effect.KEEP_EMPLOYEES: ("organisation's employees kept", "organisations' employees kept"),
}


@dataclass(frozen=True)
class Style:
    """How a terminal shows it. ``signs``: it has them (UTF-8). ``zone``: the controller's, named in the heading."""

    colour: bool = False
    signs: bool = True
    zone: datetime.tzinfo = datetime.UTC
    zone_name: str = "UTC"

    def sign(self, state: State) -> str:
        sign = _SIGNS[state][0 if self.signs else 1]
        code = _COLOURS.get(state)
        return f"\x1b[{code}m{sign}\x1b[0m" if self.colour and code else sign

    def day(self, at: Moment, now: Moment) -> str:
        """``12 Nov``, with the year when it is another."""
        local, today = at.astimezone(self.zone), now.astimezone(self.zone)
        told = f"{local.day} {_MONTHS[local.month - 1]}"
        return told if local.year == today.year else f"{told} {local.year}"


def table(run: RunPlan, *, environment: str, now: Moment, style: Style, title: str = "plan") -> str:
    """Heading, one line for each organisation that needs something, the others counted, what the run does, and the
    details of what needs somebody."""
    lines = [_heading(run, environment, now, style, title)]
    rows = list(_rows(run, now, style))
    if rows:
        lines += ["", *rows]
    lines += ["", *_sums(run)]
    for detail in _details(run, style):
        lines += ["", *detail]
    return "\n".join(lines) + "\n"


def _heading(run: RunPlan, environment: str, now: Moment, style: Style, title: str) -> str:
    local = now.astimezone(style.zone)
    count = len(run.plans)
    at = f"{local.day} {_MONTHS[local.month - 1]} {local:%H:%M} ({style.zone_name})"
    parts = [f"ZORG-ID {title}", environment, _number(count, "organisation", "organisations"), at]
    return " · ".join([*parts, "nothing is sent"] if title == "plan" else parts)[:WIDTH]


def _rows(run: RunPlan, now: Moment, style: Style) -> Iterator[str]:
    by_state: dict[State, list[tuple[str, Plan]]] = {}
    for host, one in run.plans.items():
        by_state.setdefault(one.state, []).append((host, one))
    for state in WEIGHT:
        found = by_state.get(state, [])
        if state is State.DONE:
            if found:
                others = "others" if len(found) < len(run.plans) else "organisations"
                yield _line(style.sign(state), f"{len(found)} {others}", "", "", "nothing to do", style)
        elif state in (State.WAIT, State.LATER):
            yield from _waiting(found, state, now, style)
        else:
            for host, one in found[:MOST_LINES]:
                yield _line(style.sign(state), one.name or host, one.ura, _step(one), _says(one), style)
            if len(found) > MOST_LINES:
                yield _line(style.sign(state), f"{len(found) - MOST_LINES} more", "", "", "see plan.md", style)


def _waiting(found: list[tuple[str, Plan]], state: State, now: Moment, style: Style) -> Iterator[str]:
    """Those that wait at the same step for the same person share a line; the one that waits longest is named."""
    groups: dict[tuple[str, str], list[tuple[str, Plan]]] = {}
    for host, one in found:
        turn = one.turn
        groups.setdefault((turn.step, turn.who) if turn else ("", ""), []).append((host, one))
    for (step, who), same in groups.items():
        longest = min(same, key=lambda pair: (pair[1].turn and pair[1].turn.since) or now)
        turn = longest[1].turn
        since = turn.since if turn else None
        age = f", for {_number((now - since).days, 'day', 'days')}" if since else ""
        says = f"{who or 'a later run'}{age}"
        name = longest[1].name or longest[0]
        if len(same) == 1:
            yield _line(style.sign(state), name, longest[1].ura, step, says, style)
        else:
            told = f"{says} (longest: {_cut(name, 20)})" if since else says
            yield _line(style.sign(state), f"{len(same)} organisations", "", step, told, style)


def _line(sign: str, name: str, ura: str, step: str, says: str, style: Style) -> str:
    room = WIDTH - 3 - _NAME - _URA - _STEP - (0 if style.signs else 1)
    head = f"{sign} {_padded(_cut(name, _NAME), _NAME)} {_padded(ura, _URA)}{_padded(step, _STEP)}"
    return f"{head} {_short(says, room)}".rstrip()


def _step(one: Plan) -> str:
    return one.turn.step if one.turn else ""


def _says(one: Plan) -> str:
    if one.turn is None:
        return printable(one.note.message) if one.note else ""
    return printable(one.turn.because or one.turn.what)


def _sums(run: RunPlan) -> Iterator[str]:
    done = [_number(count, *_EFFECTS[effect]) for effect, count in sorted(run.counts.items())]
    yield from _wrapped(f"In this run: {', '.join(done)}." if done else "In this run: nothing.")
    states = Counter(one.state for one in run.plans.values())
    if needs := states[State.STOP] + states[State.LOOK] + len(run.attention):
        yield f"Needs somebody: {needs}"


def _details(run: RunPlan, style: Style) -> Iterator[list[str]]:
    for host, one in run.plans.items():
        title = f"{printable(one.name or host)} ({one.ura})"
        if one.note is not None:
            yield [title, *_told(State.LOOK, one.note, style)]
        for step in one.steps:
            if step.trouble is not None:
                yield [f"{title}, {step.step}", *_told(step.state, step.trouble, style)]
            for warning in step.warnings:
                yield [f"{title}, {step.step}", *_told(State.LOOK, warning, style)]
    for trouble in run.attention:
        yield ["Nobody's", *_told(State.LOOK, trouble, style)]


def _told(state: State, trouble: Trouble, style: Style) -> Iterator[str]:
    """An error in four parts where they exist, its code last."""
    yield from _wrapped(printable(trouble.message, 400), f"  {style.sign(state)} ", hidden=9 if style.colour else 0)
    for label, text in (("expected", trouble.expected), ("found", trouble.found), ("do", trouble.action)):
        if text:
            yield from _wrapped(printable(text, 600), f"    {label:<10} ")
    yield f"    [{trouble.code}]"


def _wrapped(text: str, first: str = "", *, hidden: int = 0) -> Iterator[str]:
    """In lines of at most ``WIDTH`` columns; ``hidden``: characters of ``first`` that a terminal does not show."""
    indent = " " * (columns(first) - hidden)
    line = first
    for word in text.split(" "):
        if line.strip() and line != first and columns(line) - hidden + 1 + columns(word) > WIDTH:
            yield line.rstrip()
            line, hidden = indent, 0
        line += word if line in (first, indent) else f" {word}"
    yield line.rstrip()


def _number(count: int, one: str, several: str) -> str:
    return f"{count:,} {one if count == 1 else several}"


def columns(text: str) -> int:
    """How wide a terminal shows it: wide characters take two columns, combining ones none."""
    return sum(
        0 if unicodedata.combining(letter) else 2 if unicodedata.east_asian_width(letter) in "WF" else 1
        for letter in text
    )


def _padded(text: str, width: int) -> str:
    return text + " " * max(0, width - columns(text))


def _cut(name: str, width: int) -> str:
    """A name that is too long loses its middle: the end tells locations apart."""
    text = printable(name)
    if columns(text) <= width:
        return text
    left, right = text[: width // 2 + width % 2], text[-(width // 2) :]
    while columns(left) + 1 + columns(right) > width:
        left, right = (left[:-1], right) if columns(left) >= columns(right) else (left, right[1:])
    return f"{left}…{right}"


def _short(text: str, width: int) -> str:
    if columns(text) <= width:
        return text
    while columns(text) > width - 1:
        text = text[:-1]
    return f"{text.rstrip()}…"


def steps_of(one: Plan) -> Iterable[Planned]:
    """Those that a merge request should see: all but what is simply done."""
    return (step for step in one.steps if step.state is not State.DONE or step.warnings)
