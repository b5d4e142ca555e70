# SPDX-FileCopyrightText: gbz.zorgid contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""The driver ``browser``: a real Chromium with its sandbox on, at work in the sandbox's portal with 1,000 members.

Run: ``python -m tests.benchmarks browser [--members 1000] [--registrations 50]``. The bars: two registrations with 13
fields a second; all members in 5 s by export, in 15 s by pages of 25; a run without changes in 8 s in a session that is
there, and in one that was kept (with the browser's start); 900 MB for the browser and all that drives it, and 150 MB
for each further context. Printed beside them is what the same requests cost without a browser, so that a slow machine
is told from a slow driver.
"""

from __future__ import annotations

import argparse
import os
import re
import sys
import tempfile
import threading
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any, NamedTuple

from ansible_collections.gbz.zorgid.plugins.module_utils._browser.names import PageMap
from ansible_collections.gbz.zorgid.plugins.module_utils._browser.process import open_window
from ansible_collections.gbz.zorgid.plugins.module_utils._portal.browser_opening import (
    kept_session,
    launch_of,
    read_pages,
)
from ansible_collections.gbz.zorgid.plugins.module_utils._portal.browser_run import Live
from ansible_collections.gbz.zorgid.tests.support.browser import browser_uid, child_of, chromium, pss
from ansible_collections.gbz.zorgid.tests.support.browser_world import World, browser_world, checked, person
from ansible_collections.gbz.zorgid.tests.support.dossier_key import KEY
from ansible_collections.gbz.zorgid.tests.support.portal_pages import Browser

MB = 1024 * 1024
CONTEXTS = 4
#: edit of the example's map: the list has pages
PAGED = {
    "Status: device}\nexport:": "Status: device}\n  next: {link: Volgende}\n"
    "  total: {line: '{from}–{to} van {total}'}\nexport:"
}


class Timed(NamedTuple):
    seconds: float
    found: Any


def timed(run: Callable[[], Any]) -> Timed:
    start = time.perf_counter()
    found = run()
    return Timed(time.perf_counter() - start, found)


def best(run: Callable[[], Any], rounds: int = 3) -> Timed:
    """Noise only ever adds."""
    return min((timed(run) for _ in range(rounds)), key=lambda one: one.seconds)


def demand(what: str, found: object, wanted: object) -> None:
    if found != wanted:
        raise SystemExit(f"{what}: {found}, not {wanted}")


def people(count: int) -> list[dict[str, Any]]:
    """Members as a list and as the portal has them."""
    return [person(f"HR-{number:05}", f"Berg {number}") for number in range(1, count + 1)]


def new_people(count: int) -> list[dict[str, Any]]:
    """Somebody whose WID check was recorded, with everything: all 13 fields of the form are filled in."""
    return [
        person(
            f"HR-N{number:04}",
            f"Nieuw {number}",
            uzi_number=f"9{number:08}",
            role_code="30.000",
            agb_code=f"9{number:07}",
            **checked(),
        )
        for number in range(1, count + 1)
    ]


class Bench:
    def __init__(self) -> None:
        self.missed: list[str] = []

    def say(self, what: str, value: str) -> None:
        print(f"browser: {what:<48} {value}", flush=True)

    def bar(self, what: str, value: str, reached: bool, wanted: str) -> None:
        self.say(what, f"{value} ({wanted}{'' if reached else ': MISSED'})")
        if not reached:
            self.missed.append(what)


class Memory:
    """The largest sum of memory of a process and all below it, looked at every second. A look takes a tenth of a second
    of processor, so nothing is timed meanwhile."""

    def __init__(self, pid: int) -> None:
        self._pid, self._stop = pid, threading.Event()
        self.largest: dict[str, int] = {}
        self._thread = threading.Thread(target=self._look, daemon=True)

    def __enter__(self) -> Memory:
        self._thread.start()
        return self

    def __exit__(self, *_error: object) -> None:
        self._stop.set()
        self._thread.join()

    def _look(self) -> None:
        while not self._stop.wait(1):
            found = pss(self._pid)
            if sum(found.values()) > self.total:
                self.largest = found

    @property
    def total(self) -> int:
        return sum(self.largest.values())


def logged_in(world: World, edits: Mapping[str, str] | None = None) -> PageMap:
    """The map for this portal; the person is logged in, and the page of a registration is remembered."""
    world.log_in(world.mapped())
    return world.mapped("register", edits=edits)


def bare_person(world: World) -> Browser:
    """The same person without a browser."""
    bare = Browser(world.portal)
    bare.log_in(world.phone)
    return bare


def by_export(bench: Bench, world: World, count: int, new: int) -> None:
    page_map, bare, listed = logged_in(world), bare_person(world), people(count)
    plain = best(lambda: bare.get("/portal/users.csv")).seconds
    one = best(lambda: read_pages(world.window, page_map))
    demand("members by export", len(one.found.members), len(world.members()))
    text = f"{one.seconds:.2f} s ({plain:.2f} s to fetch the file without a browser)"
    bench.bar(f"{count} members by export", text, one.seconds <= 5, "at most 5 s")
    one = best(lambda: world.keep(page_map, listed))
    demand("a run without changes", (one.found.summary, one.found.failure), ({"unchanged": count}, None))
    text = f"{one.seconds:.2f} s"
    bench.bar("a run without changes, in a live session", text, one.seconds <= 8, "at most 8 s")
    everybody = [*listed, *new_people(2 * new)]
    registrations(bench, world, page_map, bare, listed, everybody[count : count + new])
    with Memory(child_of(os.getpid())) as memory:
        world.keep(page_map, everybody)
    text = ", ".join(f"{name} {size / MB:.0f}" for name, size in sorted(memory.largest.items()))
    total = memory.total / MB
    bench.bar("memory with one context (PSS)", f"{total:.0f} MB: {text}", total <= 900, "at most 900 MB")
    from_kept(bench, world, page_map, everybody)


def registrations(
    bench: Bench,
    world: World,
    page_map: PageMap,
    bare: Browser,
    listed: Sequence[dict[str, Any]],
    new: Sequence[dict[str, Any]],
) -> None:
    run = timed(lambda: world.keep(page_map, [*listed, *new]))
    kept_people = run.found
    demand(
        "registrations",
        (kept_people.summary, kept_people.failure),
        ({"unchanged": len(listed), "created": len(new)}, None),
    )
    token = re.search(r'name="csrf" value="([^"]+)"', bare.get("/portal/users/new").text)
    assert token
    rounds = min(len(new), 20)

    def post(number: int) -> None:
        data = {"csrf": token[1], "givenName": "Anna", "familyName": f"Bos {number}", "role": "employee", "way": "self"}
        assert bare.session.post(f"{bare.root}/portal/users", data, timeout=20).ok

    plain = timed(lambda: [post(number) for number in range(rounds)]).seconds / rounds
    rate = len(new) / run.seconds
    each = run.seconds / len(new)
    text = f"{rate:.2f} a second, with all readings of the run ({run.seconds:.1f} s)"
    bench.bar(f"{len(new)} registrations with 13 fields", text, rate >= 2, "at least 2")
    bench.say("each", f"{each * 1000:.0f} ms = {each / plain:.1f} x the POST without a browser ({plain * 1000:.0f} ms)")


def from_kept(bench: Bench, world: World, page_map: PageMap, listed: Sequence[dict[str, Any]]) -> None:
    """As the next run of the same hour; whom the bare client registered is on no list, and left alone."""
    access = world.access(page_map)
    access = replace(access, browser=replace(access.browser, keep_session=60, key=KEY))
    session = kept_session(access.site(), page_map)
    assert session
    session.keep(world.window.state(), 60)
    world.window.close()
    # As ``browser_opening.kept``, which does not start a browser as root.
    launch = replace(launch_of(access.site(), page_map, session.state()), uid=browser_uid())
    opened = timed(lambda: open_window(launch))
    try:
        live = Live(opened.found, page_map)
        run = timed(lambda: world.keep(page_map, listed, live=live))
    finally:
        opened.found.close()
        session.forget()
    demand("a kept session", (run.found.summary, run.found.failure), ({"unchanged": len(listed)}, None))
    seconds = opened.seconds + run.seconds
    text = f"{seconds:.2f} s, of which {opened.seconds:.2f} s to start the browser"
    bench.bar("a run without changes, in a kept session", text, seconds <= 8, "at most 8 s")


def by_pages(bench: Bench, world: World, count: int) -> None:
    world.order("list_pages size=25")
    page_map = replace(logged_in(world, PAGED), export=None)
    bare, pages = bare_person(world), -(-len(world.members()) // 25)
    plain = timed(lambda: [bare.get(f"/portal/users?page={number + 1}") for number in range(pages)]).seconds
    one = best(lambda: read_pages(world.window, page_map))
    demand("members by pages", (len(one.found.members), one.found.complete), (len(world.members()), True))
    text = f"{one.seconds:.2f} s = {one.seconds / plain:.1f} x fetching them without a browser ({plain:.2f} s)"
    bench.bar(f"{count} members by {pages} pages", text, one.seconds <= 15, "at most 15 s")


def two_pages(page: Any, world: World) -> None:
    """What a registration opens, loaded and laid out by this browser alone: the list, and the form."""
    for path, mark in (("users", "table"), ("users/new", "form")):
        page.goto(f"{world.portal.page}/{path}", wait_until="domcontentloaded")
        page.evaluate("mark => document.querySelector(`main ${mark}`).getBoundingClientRect().height", mark)


def contexts(bench: Bench, world: World) -> None:
    """The driver has one context for each browser, and one browser at a time; this is what more would cost, by
    Playwright alone: a session each, with the list of all members."""
    with chromium() as browser:
        sizes = []
        for _ in range(CONTEXTS):
            context = browser.new_context(ignore_https_errors=True)
            cookies = bare_person(world).session.cookies
            context.add_cookies([{"name": one.name, "value": one.value, "url": world.portal.page} for one in cookies])
            page = context.new_page()
            page.goto(f"{world.portal.page}/users")
            demand("the list", page.locator("h1").inner_text(), "Gebruikers")
            page.wait_for_timeout(1000)
            sizes.append(sum(pss(os.getpid()).values()))
        plain = best(lambda: two_pages(page, world)).seconds
    each = (sizes[-1] - sizes[0]) / (CONTEXTS - 1) / MB
    bench.say("the two pages of a registration, Playwright alone", f"{plain * 1000:.0f} ms, nothing filled in")
    bench.bar("memory of each further context (PSS)", f"{each:.0f} MB", each <= 150, "at most 150 MB")


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--members", type=int, default=1000)
    parser.add_argument("--registrations", type=int, default=50)
    chosen = parser.parse_args()
    bench, count = Bench(), chosen.members
    bench.say("load of the machine at the start", f"{os.getloadavg()[0]:.1f}")
    with tempfile.TemporaryDirectory() as folder:
        for name in ("exported", "paged"):
            Path(folder, name).mkdir()
        with browser_world(Path(folder, "exported"), people=people(count)) as world:
            by_export(bench, world, count, chosen.registrations)
            contexts(bench, world)
        with browser_world(Path(folder, "paged"), people=people(count)) as world:
            by_pages(bench, world, count)
    bench.say("load of the machine at the end", f"{os.getloadavg()[0]:.1f}")
    return 1 if bench.missed else 0


if __name__ == "__main__":
    sys.exit(main())
