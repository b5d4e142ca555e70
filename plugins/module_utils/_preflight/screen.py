# SPDX-FileCopyrightText: gbz.zorgid contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""Preflight as text for a terminal: its lines, then a block for each finding that needs a person. Pure.

100 columns; good findings are counted, shared ones are shown once. All text goes through ``Style.text``.
"""

from __future__ import annotations

from collections.abc import Iterator

from .._onboarding.plan import State
from .._onboarding.style import Style, number
from .._onboarding.widths import WIDTH, padded, short, wrapped
from .finding import LINES, Looked, Standing
from .merging import LineFound, Matter, Preflight, grouped

#: Maximum of rows of one line, of details, and of named organisations; more are counted.
_MOST_ROWS, _MOST_DETAILS, _MOST_NAMED = 3, 40, 3
_LABEL = max(map(len, LINES)) + 2
_STATES = {
    Standing.STOP: State.STOP,
    Standing.LOOK: State.LOOK,
    Standing.WAITS: State.WAIT,
    Standing.OK: State.DONE,
}


def screen(found: Preflight, style: Style, *, nothing: str = "nothing is sent or written") -> str:
    """``nothing``: the statement in the heading about mail and files."""
    drawn = _Screen(found, style)
    lines = [drawn.heading(nothing), "", *drawn.rows(), "", *drawn.sums()]
    for detail in drawn.details():
        lines += ["", *detail]
    return "\n".join(lines) + "\n"


class _Screen:
    def __init__(self, found: Preflight, style: Style) -> None:
        self._found, self._style = found, style
        self._by_host: dict[str, Looked] = {one.host: one for one in found.organisations}
        self._matters = {line.line: grouped(line.matters, self._name) for line in found.lines}
        troubled = [one for those in self._matters.values() for one in those if one.trouble is not None]
        self._troubled = sorted(troubled, key=lambda one: one.standing is not Standing.STOP)

    def heading(self, nothing: str) -> str:
        environments = " and ".join(sorted({one.environment for one in self._found.organisations if one.environment}))
        count = number(len(self._found.organisations), "organisation", "organisations")
        parts = filter(None, ["ZORG-ID preflight", environments, count, nothing])
        return short(self._style.text(self._style.between.join(parts)), WIDTH, self._style.dots)

    def rows(self) -> Iterator[str]:
        for line in self._found.lines:
            yield from self._row(line)

    def _row(self, line: LineFound) -> Iterator[str]:
        matters = self._matters[line.line]
        for one in matters[:_MOST_ROWS]:
            yield self._line(one.standing, line.line, self._who(one) + one.says)
            if one.trouble and one.trouble.action:
                yield self._cut(f"{'':{_LABEL + 2}}do  ", one.trouble.action)
        if more := matters[_MOST_ROWS:]:
            yield self._line(more[0].standing, line.line, f"{len(more):,} more, see below")
        if line.good:
            yield self._line(Standing.OK, line.line, line.good)

    def _line(self, standing: Standing, label: str, says: str) -> str:
        sign, hidden = self._style.sign(_STATES[standing]), self._style.hidden(_STATES[standing])
        return self._cut(f"{sign} {padded(label, _LABEL)}", says, hidden)

    def _cut(self, first: str, text: str, hidden: int = 0) -> str:
        room = WIDTH - (len(first) - hidden)
        return (first + short(self._style.text(text), room, self._style.dots)).rstrip()

    def _who(self, one: Matter) -> str:
        """``De Brug: ``; for several organisations their number."""
        if not one.hosts:
            return ""
        if len(one.hosts) == 1:
            return f"{self._name(one.hosts[0], 30)}: "
        if len(one.hosts) == len(self._by_host):
            return f"all {len(one.hosts):,}: "
        return f"{len(one.hosts):,} organisations: "

    def _name(self, host: str, most: int = 60) -> str:
        return self._style.text(self._by_host[host].name or host, most)

    def sums(self) -> Iterator[str]:
        stops, looks = self._found.count(Standing.STOP), self._found.count(Standing.LOOK)
        parts = [number(stops, "stop", "stops")] if stops else []
        parts += [f"{looks:,} to look at"] if looks else []
        status = self._found.exit_status
        yield f"{', '.join(parts) or 'Nothing stands in the way'}. Exit status {status}."
        if partly := [one.host for one in self._found.organisations if one.partly]:
            yield from wrapped(
                f"Not looked at any further: {number(len(partly), 'organisation', 'organisations')}, for want of "
                "variables that can be read. Correct that first, then run this again."
            )
        if absent := [line for line in self._found.absent if line != "controller"]:
            # What an organisation has set up is not known as long as its variables cannot be read.
            yield from wrapped(
                f"{'Not looked at' if partly else 'Not set up, and not looked at'}: {', '.join(absent)}."
            )

    def details(self) -> Iterator[list[str]]:
        for one in self._troubled[:_MOST_DETAILS]:
            yield list(self._details(one))
        if (more := len(self._troubled) - _MOST_DETAILS) > 0:
            yield [f"{number(more, 'matter', 'matters')} more"]

    def _details(self, one: Matter) -> Iterator[str]:
        style, trouble = self._style, one.trouble
        if trouble is None:
            return
        state = _STATES[one.standing]
        yield from wrapped(self._title_of(one))
        yield from wrapped(style.text(trouble.message), f"  {style.sign(state)} ", hidden=style.hidden(state))
        for label, text in (("expected", trouble.expected), ("found", trouble.found), ("do", trouble.action)):
            if text:
                yield from wrapped(style.text(text, 600), f"    {label:<10} ")
        yield f"    [{trouble.code}]"

    def _title_of(self, one: Matter) -> str:
        if not one.hosts:
            return one.line
        named = []
        for host in one.hosts[:_MOST_NAMED]:
            ura = self._by_host[host].ura
            named.append(self._name(host) + (f" ({self._style.text(ura, 20)})" if ura else ""))
        if len(one.hosts) == 1:
            return f"{named[0]}, {one.line}"
        more = f" and {len(one.hosts) - _MOST_NAMED:,} more" if len(one.hosts) > _MOST_NAMED else ""
        return f"{number(len(one.hosts), '', 'organisations')}, {one.line}: {', '.join(named)}{more}"
