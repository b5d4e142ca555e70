# SPDX-FileCopyrightText: gbz.zorgid contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""Whole passes of the playbook over 10, 100 and 500 organisations with one mailbox, one portal and four Windows hosts.

Run: ``python -m tests.benchmarks passes [--organisations 10,100,500]``. A pass is measured beyond an empty play over
the same hosts, per organisation, and divided by what a task that does nothing costs per host in the same run, because
machines differ. From 100 organisations on the bars are: nothing to do at most 5 times that task, one organisation in
ten with one step to do 10 times, the first pass 40 times; no process above 400 MB; a Windows host that never answers
costs one timeout. And from 100 to 500 the cost per organisation does not grow. Below 100 the figures are only shown.
"""

from __future__ import annotations

import argparse
import sqlite3
import sys
import tempfile
from collections.abc import Callable
from contextlib import closing
from pathlib import Path

import yaml
from zorgid_sandbox.state import received

from . import _all_done
from ._care_group import TIMEOUT, CareGroup, DeadHost, Pass

NOTHING, FEW, FIRST = 5.0, 10.0, 40.0
REACH_MS, MEGABYTES = 60.0, 400.0
# Noise: the same play twice differs by some percent, and the share of what is paid once per run shrinks.
GROWTH, TIMEOUTS = 1.1, 1.5
ONBOARD = "gbz.zorgid.onboard"


class Bench:
    """Measures at the start what it compares with: an empty play, and a task that does nothing."""

    def __init__(self, group: CareGroup, count: int) -> None:
        self.group, self.count = group, count
        self.missed: list[str] = []
        self._empty = self._played(0)
        # Few hosts are through with it in no time, which noise drowns: they do it several times.
        times = max(1, 100 // count)
        self._nothing = [each / times / count for each in self._beyond(*self._played(times))]
        seconds, processor = (each * 1000 for each in self._nothing)
        text = f"{self._empty[0]:.2f} s; {seconds:.1f} ms per host (processor {processor:.1f} ms)"
        self.say("an empty play; a task that does nothing", text)

    def say(self, what: str, value: str) -> None:
        print(f"passes ({self.count:>3} organisations): {what:<42} {value}", flush=True)

    def bar(self, what: str, value: str, reached: bool, wanted: str) -> None:
        missed = self.count >= 100 and not reached
        self.say(what, f"{value} ({wanted}{': MISSED' if missed else ''})")
        if missed:
            self.missed.append(f"{what}, {self.count} organisations")

    def _played(self, times: int) -> tuple[float, float]:
        """Seconds, and those of the processor, of a play over every organisation with so many tasks that do nothing."""
        path = self.group.folder / "tasks.yml"
        tasks = [{"ansible.builtin.debug": {"msg": f"nothing {number}"}} for number in range(times)]
        play = {"hosts": "care_organisations", "gather_facts": False, "tasks": tasks}
        path.write_text(yaml.safe_dump([play]), encoding="utf-8")
        found = [self.group.play(str(path)) for _round in range(3)]
        return min(one.seconds for one in found), min(one.processor for one in found)

    def _beyond(self, seconds: float, processor: float) -> tuple[float, float]:
        return seconds - self._empty[0], processor - self._empty[1]

    def each(self, found: Pass) -> float:
        """Milliseconds per organisation beyond an empty play."""
        return self._beyond(found.seconds, found.processor)[0] / self.count * 1000

    def reported(self, what: str, found: Pass, most: float) -> None:
        mine = [each / self.count for each in self._beyond(found.seconds, found.processor)]
        ratio, busy = mine[0] / self._nothing[0], mine[1] / self._nothing[1]
        text = f"{found.seconds:.1f} s, {self.each(found):.0f} ms each = {ratio:.1f} x a task that does nothing"
        self.bar(what, f"{text}, processor {busy:.1f} x", ratio <= most, f"at most {most:.0f} x")
        self.bar(f"{what}, largest process", f"{found.megabytes:.0f} MB", found.megabytes <= MEGABYTES, "400 MB")

    def left(self) -> tuple[int, ...]:
        """What a pass with nothing to do leaves as it was: rows of the journal, and what came out of the house."""
        with closing(sqlite3.connect(self.group.dossier)) as connection:
            rows = int(connection.execute("SELECT seq FROM journal_head").fetchone()[0])
        return rows, *(len(received(self.group.state, service)) for service in ("intake", "smtp", "portal"))


def good(found: Pass, *, changed: Callable[[int], bool] = lambda _count: True) -> Pass:
    """Nobody failed, and so many organisations changed; a play that does not do its work is not measured."""
    failed = [host for host, (_changed, failures) in found.hosts.items() if failures]
    count = sum(changes > 0 for changes, _failures in found.hosts.values())
    if failed or not changed(count):
        raise SystemExit(f"{found.output[-6000:]}\nfailed: {failed[:5]}; {count} hosts changed")
    return found


def where(bench: Bench, found: Pass) -> None:
    """The table: where the time of a pass goes."""
    print(f"\n| nothing to do, {bench.count} organisations | s | ms each |\n|---|---|---|")
    rows = sorted(found.tasks.items(), key=lambda item: -item[1])
    for name, seconds in rows[:12]:
        print(f"| {name} | {seconds:.2f} | {seconds / bench.count * 1000:.1f} |")
    rest = sum(seconds for _name, seconds in rows[12:])
    print(f"| {len(rows[12:])} others | {rest:.2f} | {rest / bench.count * 1000:.1f} |\n", flush=True)


def nothing_to_do(bench: Bench) -> Pass:
    """The better of two; neither changes anything."""
    before, found = bench.left(), []
    for _round in range(2):
        found.append(good(bench.group.play(ONBOARD), changed=lambda count: count == 0))
        if bench.left() != before:
            raise SystemExit(f"a pass with nothing to do did something: {before}, then {bench.left()}")
    return min(found, key=lambda one: one.seconds)


def few_with_a_step(bench: Bench) -> Pass:
    """One organisation in ten has an employee with another mail address."""
    group, some = bench.group, bench.group.uras[::10]
    for ura in some:
        employees = group.employees(ura)
        employees[0]["email"] = f"new@org{ura}.example"
        group.write_list(ura, employees)
    return good(group.play(ONBOARD), changed=lambda count: count >= len(some))


def with_a_dead_host(group: CareGroup) -> Pass:
    """Nobody fails but, at most, those whose certificates it has."""
    with DeadHost(group):
        found = group.play(ONBOARD)
    theirs = {group.host(ura) for ura in group.uras if group.windows_host(ura) == 1}
    if others := {host for host, (_changed, failed) in found.hosts.items() if failed and host not in theirs}:
        raise SystemExit(f"{found.output[-6000:]}\nfailed without needing the dead host: {sorted(others)[:5]}")
    return found


def measure(group: CareGroup, count: int) -> tuple[Bench, float]:
    """The bench with what it missed, and the milliseconds per organisation of a pass with nothing to do."""
    bench = Bench(group, count)
    first = good(group.play(ONBOARD), changed=lambda changed: changed >= count)
    bench.reported("first pass", first, FIRST)
    group.forget()
    _all_done.AllDone(group).make()
    # The board stands there as after any pass.
    good(group.play("gbz.zorgid.status"))

    nothing = nothing_to_do(bench)
    bench.reported("nothing to do", nothing, NOTHING)
    each = bench.each(nothing)
    bench.say("nothing to do, to reach", f"{each:.0f} of {REACH_MS:.0f} ms each")
    where(bench, nothing)
    bench.reported("one in ten with one step", few_with_a_step(bench), FEW)
    seconds = with_a_dead_host(group).seconds - nothing.seconds
    text = f"{seconds:.1f} s more = {seconds / TIMEOUT:.1f} timeouts of {TIMEOUT} s"
    bench.bar("a Windows host that never answers", text, seconds <= TIMEOUTS * TIMEOUT, "one timeout")
    return bench, each


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--organisations", default="10,100,500", help="how many, with commas between them")
    missed, each = [], {}
    for count in map(int, parser.parse_args().organisations.split(",")):
        with tempfile.TemporaryDirectory() as folder:
            group = _all_done.started(Path(folder), count)
            try:
                bench, each[count] = measure(group, count)
            finally:
                group.stop()
            missed += bench.missed
    if {100, 500} <= each.keys():
        growth = each[500] / each[100]
        print(f"passes: from 100 to 500 organisations a pass costs each {growth:.2f} times as much (at most {GROWTH})")
        missed += ["growth"] if growth > GROWTH else []
    return 1 if missed else 0


if __name__ == "__main__":
    sys.exit(main())
