# SPDX-FileCopyrightText: gbz.zorgid contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""A run's plan or its outcome as text for a terminal: 100 columns, what needs a person first.

Organisations without a problem are counted, and what several share is shown once. All text goes through ``Style.text``.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from typing import Literal

from . import effects
from .approval import Approval
from .carried import Carried
from .commands import lines as typed_lines
from .matters import MOST_ALONE, Matter, command, dismissal, matters
from .observed import Moment
from .plan import Plan, State
from .rows import ON_HOLD, Row, row
from .runs import RunPlan
from .style import Style, message_id, number
from .widths import WIDTH, columns, cut, padded, short, wrapped

#: Maximum of lines of one kind, and of details; more are counted.
MOST_LINES = 40
#: Maximum of places of letters that are shown; more are counted.
MOST_HANDED = 10
_NAME, _URA, _STEP = 18, 9, 25
_SAYS = WIDTH - _NAME - _URA - _STEP - 5
_INDENT = " " * 15
_IN_FILES = "in plan.md (-e zorgid_plan_path=DIR)"

Title = Literal["plan", "onboard", "status"]


def table(
    run: RunPlan,
    *,
    environment: str,
    now: Moment,
    style: Style,
    title: Title = "plan",
    carried: Carried | None = None,
    boards: Sequence[str] = (),
    handed: Mapping[str, str] | None = None,
    approval: Approval | None = None,
) -> str:
    """Heading, organisations that need something, sums, and details; two lines if there is nothing to do. Titles:
    ``plan`` shows what would be done; ``onboard`` what was done (``carried``), with ``run`` as the state after it;
    ``status`` the present state. ``boards``: paths of the boards, as the last lines; ``handed``: by host, the path of
    what its people wait for; ``approval``: of a plan that was recorded or approved."""
    drawn = _Screen(run, now, style, title, carried if title == "onboard" else None)
    lines = [drawn.heading(environment)]
    asked = ["", *approval.lines(style, now)] if approval else []
    if title != "status" and drawn.is_quiet:
        return "\n".join([*lines, drawn.quiet(), *asked]) + "\n"
    lines += ["", *drawn.rows()]
    if sums := list(drawn.sums()):
        lines += ["", *sums]
    for detail in drawn.details():
        lines += ["", *detail]
    if handed_lines := list(drawn.handed(handed or {})):
        lines += ["", *handed_lines]
    lines += asked
    if boards:
        lines += ["", *(f"Board: {style.text(each)}" for each in boards)]
    return "\n".join(lines) + "\n"


class _Screen:
    def __init__(self, run: RunPlan, now: Moment, style: Style, title: Title, carried: Carried | None) -> None:
        self._run, self._now, self._style, self._title, self._carried = run, now, style, title, carried
        self._matters = matters(run, carried)
        self._rows = [row(run, host, carried) for host in run.plans]

    def heading(self, environment: str) -> str:
        count = number(len(self._run.plans), "organisation", "organisations")
        at = f"{self._style.moment(self._now, self._now)} ({self._style.zone_name})"
        parts = [f"ZORG-ID {self._title}", environment, count, at]
        said = self._style.between.join([*parts, "nothing is sent"] if self._title == "plan" else parts)
        return short(self._style.text(said), WIDTH, self._style.dots)

    @property
    def is_quiet(self) -> bool:
        busy = any(one.state in (State.STOP, State.LOOK, State.DO) or one.did for one in self._rows)
        return not (busy or self._matters or (self._carried and self._carried.all("dropped")))

    def quiet(self) -> str:
        count = number(len(self._rows), "organisation", "organisations")
        held = sum(one.on_hold for one in self._rows)
        if held and held == len(self._rows):
            return f"{self._style.sign(State.WAIT)} {count}, {ON_HOLD}; nothing else was looked at"
        waiting = sum(one.state in (State.WAIT, State.LATER) for one in self._rows) - held
        waits = f"; {waiting} {'waits' if waiting == 1 else 'wait'} for somebody" if waiting else ""
        on_hold = f"; {held:,} {ON_HOLD}" if held else ""
        return f"{self._style.sign(State.DONE)} {count}, nothing to do{waits}{on_hold}"

    # The table

    def rows(self) -> Iterator[str]:
        for state in (State.STOP, State.LOOK):
            yield from self._troubled(state)
        yield from self._each([one for one in self._rows if one.state is State.DO], _IN_FILES)
        yield from self._each([one for one in self._rows if one.did], "done too")
        for state in (State.WAIT, State.LATER):
            yield from self._waiting(state)
        fine = [one for one in self._rows if one.state is State.DONE and not one.did]
        if fine:
            alone = len(fine) == len(self._rows)
            others = number(len(fine), "organisation", "organisations") if alone else _others(len(fine))
            yield self._line(State.DONE, others, "", "", "nothing to do")

    def _troubled(self, state: State) -> Iterator[str]:
        """Many organisations with the same trouble share a line."""
        groups: dict[object, list[Row]] = {}
        for one in self._rows:
            if one.state is state:
                groups.setdefault((one.step, one.shared), []).append(one)
        alone = []
        for same in groups.values():
            if len(same) > MOST_ALONE:
                yield self._line(state, number(len(same), "", "organisations"), "", same[0].step, same[0].says)
            else:
                alone += same
        yield from self._each(alone, _IN_FILES)

    def _each(self, found: Sequence[Row], more: str) -> Iterator[str]:
        for one in found[:MOST_LINES]:
            why = f" ({one.why})" if one.why else ""
            yield self._line(one.state, one.name, one.ura, one.step, one.says + why)
        if len(found) > MOST_LINES:
            yield self._line(found[0].state, f"{len(found) - MOST_LINES:,} more", "", "", more)

    def _waiting(self, state: State) -> Iterator[str]:
        """Organisations that wait at the same step for the same person share a line; it names the one that waits
        longest."""
        groups: dict[tuple[str, str], list[Row]] = {}
        for one in self._rows:
            if one.state is state:
                groups.setdefault((one.step, one.says), []).append(one)
        for (step, says), same in groups.items():
            longest = min(same, key=lambda each: each.since or self._now)
            days = (self._now - longest.since).days if longest.since else 0
            age = f", for {number(days, 'day', 'days')}" if days else ""
            if len(same) == 1:
                yield self._line(state, longest.name, longest.ura, step, says + age)
            else:
                text = says + age
                if (room := _SAYS - columns(f"{text} (longest: )")) > 5 and age:
                    text += f" (longest: {cut(self._style.text(longest.name), room, self._style.dots)})"
                yield self._line(state, number(len(same), "", "organisations"), "", step, text)

    def _line(self, state: State, name: str, ura: str, step: str, says: str) -> str:
        style = self._style
        title = padded(cut(style.text(name), _NAME, style.dots), _NAME)
        head = f" {title} {padded(cut(style.text(ura), _URA - 1, style.dots), _URA)}{padded(step, _STEP)} "
        return f"{style.sign(state)}{head}{short(style.text(says), _SAYS, style.dots)}".rstrip()

    # The sums

    def sums(self) -> Iterator[str]:
        if self._title == "onboard":
            yield from self._done()
        else:
            dids = [did for one in self._run.plans.values() for did in effects.planned(one)]
            # The dossier alone does not show what the next run does.
            if self._title == "plan":
                yield from wrapped(f"In this run: {effects.added_up(dids) or 'nothing'}.")
        needs = len({host for one in self._matters for host in one.hosts}) + sum(not one.hosts for one in self._matters)
        if needs:
            yield f"Action needed: {needs:,}"

    def _done(self) -> Iterator[str]:
        carried = self._carried or Carried()
        sums = {
            status: effects.added_up(
                did for host in carried.effects for did in effects.carried_out(self._run, carried, host, status)
            )
            for status in ("done", "dropped")
        }
        yield from wrapped(f"Done in this run: {sums['done'] or 'nothing'}.")
        if failed := len([host for host in carried.effects if carried.of(host, "failed")]):
            yield f"Failed: {number(failed, 'organisation', 'organisations')}, see below."
        if sums["dropped"]:
            yield from wrapped(f"Dropped, because {_why_dropped(carried)}: {sums['dropped']}.")
        # A failure to record is an error, even if the organisation waits.
        turns = [one.turn for one in self._run.plans.values() if one.turn and not one.note]
        waits = Counter(turn.who for turn in turns if turn.state is State.WAIT)
        if waits:
            people = ", ".join(f"{count:,} for {_person(role)}" for role, count in waits.most_common())
            yield from wrapped(f"Waits now: {people}.")

    def handed(self, places: Mapping[str, str]) -> Iterator[str]:
        """Each path has its own line, so that it can be copied."""
        for host, place in list(places.items())[:MOST_HANDED]:
            yield from wrapped(f"To hand over, {self._named(host, self._run.plans[host])}:")
            yield f"  {self._style.text(place, 400)}"
        if (more := len(places) - MOST_HANDED) > 0:
            yield f"To hand over: {more:,} more, each in zorgid_onboarding_handed_dir of its organisation"

    # The details

    def details(self) -> Iterator[list[str]]:
        for each in self._matters[:MOST_LINES]:
            yield list(self._details(each))
        if (more := len(self._matters) - MOST_LINES) > 0:
            yield [f"{number(more, 'matter', 'matters')} more {_IN_FILES}"]
        if self._title == "plan":
            yield from self._reasons()

    def _details(self, matter: Matter) -> Iterator[str]:
        """An error in up to four parts, its code last."""
        style, trouble = self._style, matter.trouble
        yield from wrapped(self._title_of(matter.hosts, matter.step))
        yield from wrapped(
            style.text(trouble.message), f"  {style.sign(matter.state)} ", hidden=style.hidden(matter.state)
        )
        if trouble.mail or trouble.mail_at:
            at = style.moment(trouble.mail_at, self._now) if trouble.mail_at else "without a date"
            named = ", ".join(filter(None, [at, style.fold(message_id(trouble))]))
            yield from wrapped(named, f"    {'mail':<10} ")
        for label, text in (("expected", trouble.expected), ("found", trouble.found), ("do", trouble.action)):
            if text:
                yield from wrapped(style.text(text, 600), f"    {label:<10} ")
        typed, nothing = command(matter), dismissal(matter)
        yield from typed_lines(typed, _INDENT)
        if nothing:
            yield f"    {'or' if typed else '':<10} if this mail needs no action, record that:"
            yield from typed_lines(nothing, _INDENT)
        yield f"    [{trouble.code}]"

    def _title_of(self, hosts: tuple[str, ...], step: str) -> str:
        """The organisations of the trouble; if many, their number and the first."""
        if not hosts:
            return "The board was not written" if step == "board" else "Of no organisation"
        plans = [(host, self._run.plans[host]) for host in hosts[:MOST_ALONE]]
        named = [self._named(host, one) for host, one in plans]
        at = f", {step}" if step else ""
        if len(hosts) == 1:
            return f"{named[0]}{at}"
        more = f" and {len(hosts) - MOST_ALONE:,} more" if len(hosts) > MOST_ALONE else ""
        return f"{number(len(hosts), '', 'organisations')}{at}: {', '.join(named)}{more}"

    def _named(self, host: str, one: Plan) -> str:
        """With the inventory name, which a person types after -l and which has the variables."""
        beside = ", ".join(self._style.text(each, 60) for each in (one.ura, host if one.name else "") if each)
        return self._style.text(one.name or host, 60) + (f" ({beside})" if beside else "")

    def _reasons(self) -> Iterator[list[str]]:
        """The reasons that had no room on the line, each once."""
        groups: dict[tuple[str, str], list[str]] = {}
        for one in self._rows:
            if one.state is State.DO and one.why and len(one.says) + len(one.why) + 3 > _SAYS:
                groups.setdefault((one.step, one.why), []).append(one.host)
        for (step, why), hosts in list(groups.items())[:MOST_LINES]:
            sign, hidden = self._style.sign(State.DO), self._style.hidden(State.DO)
            said = wrapped(self._style.text(f"because {why}"), f"  {sign} ", hidden=hidden)
            yield [*wrapped(self._title_of(tuple(hosts), step)), *said]


def _others(count: int) -> str:
    return f"{count:,} {'other' if count == 1 else 'others'}"


def _person(role: str) -> str:
    return "VZVZ" if role == "vzvz" else f"the {role.replace('_', ' ')}"


def _why_dropped(carried: Carried) -> str:
    codes = {one.trouble.code if one.trouble else "plan_stale" for one in carried.all("dropped")}
    why = {"plan_stale": "it is no longer wanted", "submission_elsewhere": "another run is working on it"}
    return " or ".join(f"{why.get(code, 'it was not possible')} ({code})" for code in sorted(codes))
