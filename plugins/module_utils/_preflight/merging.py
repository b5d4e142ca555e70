# SPDX-FileCopyrightText: gbz.zorgid contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""Merges equal findings of several organisations, or about a thing that they share, into one. Pure."""

from __future__ import annotations

import dataclasses
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass

from .._onboarding.observed import Trouble
from .finding import LINES, WORST_FIRST, Finding, Looked, Standing
from .sums import words

#: Up to this many organisations each have their own details for the same matter.
MOST_ALONE = 3


@dataclass(frozen=True)
class Matter:
    """A finding that needs a person, or waits. ``hosts``: inventory names of the organisations that share it; empty for
    the whole run."""

    line: str
    standing: Standing
    says: str
    trouble: Trouble | None
    hosts: tuple[str, ...]


@dataclass(frozen=True)
class LineFound:
    """One line of the screen. ``good``: the text about all good findings; empty if there are none."""

    line: str
    standing: Standing
    good: str
    matters: tuple[Matter, ...]


@dataclass(frozen=True)
class Preflight:
    """``lines``: with findings. ``absent``: lines that no organisation has configured."""

    looked: tuple[Looked, ...]
    lines: tuple[LineFound, ...]
    absent: tuple[str, ...]

    @property
    def organisations(self) -> tuple[Looked, ...]:
        return tuple(one for one in self.looked if one.host)

    def count(self, standing: Standing) -> int:
        return sum(one.standing is standing for line in self.lines for one in line.matters)

    @property
    def stopped(self) -> dict[str, str]:
        """Host -> code of its first stop. A stop of the whole run has the host ``""``."""
        found: dict[str, str] = {}
        for line in self.lines:
            for one in line.matters:
                if one.standing is Standing.STOP and one.trouble:
                    for host in one.hosts or ("",):
                        found.setdefault(host, one.trouble.code)
        return found

    @property
    def exit_status(self) -> int:
        """2 for a stop, otherwise 0. Findings with LOOK do not make a pipeline fail; they are only shown."""
        return 2 if self.count(Standing.STOP) else 0


def grouped(matters: Sequence[Matter], names: Callable[[str], str]) -> list[Matter]:
    """For the screen: if many organisations have the same matter with their own details, it becomes one, with the
    details of the first. ``names``: the label of a host."""
    groups: dict[object, list[Matter]] = {}
    for one in matters:
        same = (one.line, one.standing, one.says, dataclasses.replace(one.trouble, found="") if one.trouble else None)
        groups.setdefault(same, []).append(one)
    merged: list[Matter] = []
    for those in groups.values():
        first = those[0]
        if len(those) <= MOST_ALONE or first.trouble is None:
            merged += those
            continue
        details = [
            f"{', '.join(map(names, one.hosts[:1]))}: {one.trouble.found}" for one in those[:MOST_ALONE] if one.trouble
        ]
        found = f"{'; '.join(details)}; and {len(those) - MOST_ALONE:,} more"
        hosts = tuple(dict.fromkeys(host for one in those for host in one.hosts))
        merged.append(dataclasses.replace(first, hosts=hosts, trouble=dataclasses.replace(first.trouble, found=found)))
    merged.sort(key=lambda one: (WORST_FIRST.index(one.standing), -len(one.hosts)))
    return merged


def shown_once(findings: Sequence[Finding]) -> Iterator[Finding]:
    """A trouble that stops several lines of one organisation is shown at the first of them only."""
    first_lines: dict[Trouble | str, str] = {}
    for one in findings:
        line = first_lines.setdefault(_same(one.trouble), one.line) if one.trouble else one.line
        if line == one.line:
            yield one
        else:
            yield Finding.waits(one.line, f"not looked at (see {line})")


def _same(trouble: Trouble) -> Trouble | str:
    """The line controller names every library that is missing, with the command that installs it."""
    return trouble.code if trouble.code == "library_missing" else trouble


def merged(looked: Sequence[Looked]) -> Preflight:
    by_line: dict[str, list[tuple[Looked, Finding]]] = {line: [] for line in LINES}
    for one in looked:
        for each in shown_once(one.findings):
            by_line[each.line].append((one, each))
    lines = tuple(_line(line, found) for line, found in by_line.items() if found)
    return Preflight(tuple(looked), lines, tuple(line for line, found in by_line.items() if not found))


def _line(line: str, found: Sequence[tuple[Looked, Finding]]) -> LineFound:
    hosts: dict[tuple[Standing, str, Trouble | None], dict[str, None]] = {}
    for one, each in found:
        if each.standing is not Standing.OK:
            those = hosts.setdefault((each.standing, each.says, each.trouble), {})
            if one.host:
                those[one.host] = None
    matters = [Matter(line, *key, tuple(those)) for key, those in hosts.items()]
    matters.sort(key=lambda each: (WORST_FIRST.index(each.standing), -len(each.hosts)))
    good = words(line, [pair for pair in found if pair[1].standing is Standing.OK])
    standing = min((each.standing for _one, each in found), key=WORST_FIRST.index)
    return LineFound(line, standing, good, tuple(matters))
