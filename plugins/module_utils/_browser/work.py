# SPDX-FileCopyrightText: gbz.zorgid contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""The functions of ``Window``, in the browser's process: one page of one context, whose requests pass the gate."""

from __future__ import annotations

import json
import time
from collections.abc import Callable, Mapping, Sequence
from contextlib import suppress
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING

from .._common.errors import ZorgidError
from . import in_page, troubles
from .door import Door
from .drawing import drawn, image_of
from .frames import Look, together
from .gate import Gate
from .looking import Aim
from .names import ExportPage, Fill, ListPage, Step, Target
from .row_pages import RowPages
from .sending import Answers, Before, look_before, send_once
from .tab import Tab
from .window import Here, Launch, Part, Rows, Sending, Sent

if TYPE_CHECKING:
    from playwright.sync_api import BrowserContext, Download, Page

#: seconds for a line that says where we are
LINE = 3.0
#: seconds for what a click on the way sends
_SENT = 5.0
#: seconds in which a page has to stay the same before it is compared
_SAME = 0.15
#: changes after which the memory of the pages that were left is given back
_TIDY = 20
_MOST_FILE = 50 * 1024 * 1024
_ENDINGS = (".csv", ".txt", ".xlsx", ".xls", ".zip")


class Work:
    def __init__(self, context: BrowserContext, gate: Gate, launch: Launch, folder: Path, door: Door) -> None:
        context.add_init_script(in_page.init_script())
        self.tab, self.gate = Tab(context, gate, launch.timeout), gate
        self._context, self._launch, self._folder, self._door = context, launch, folder, door
        self._timeout, self._ready = self.tab.timeout, self.tab.ready
        self._files = self._changes = 0
        #: of people: what was filled in, and names of those whose pages were opened and whose session it is
        self._given: set[str] = set()
        #: what was filled in on this page, for a look just before the last click
        self._filled: list[tuple[Sequence[Fill], Sequence[str]]] = []
        #: what was the only one of its name on the page of this address, when all of the page was looked at
        self._only: set[tuple[str, Target]] = set()
        #: what ``ready`` saw, until something is done to the page
        self._seen: Before | None = None
        self._rows = RowPages(self.tab, self._open)

    @property
    def _page(self) -> Page:
        return self.tab.page

    def translated(self, error: Exception) -> ZorgidError:
        return troubles.lost() if self.tab.crashed else troubles.translated(error, self._timeout)

    # --- the functions of Window

    def start(self) -> None:
        self._door.untrusted = False
        self._filled.clear()
        self._seen = None
        self.tab.settle()
        try:
            self._go(self._launch.start)
        except Exception:
            self.gate.check()
            if self._door.untrusted:
                raise _untrusted() from None
            raise
        self._arrived()

    def walk(
        self,
        steps: Sequence[Step],
        values: Mapping[str, str],
        *,
        sending: Sending = "nothing",
    ) -> None:
        self._begin(values)
        self._walk(steps, values, sending)

    def walk_on(
        self,
        steps: Sequence[Step],
        values: Mapping[str, str],
        if_shown: Sequence[Target],
        over: Sequence[Target],
        templates: Sequence[str],
        choices: Sequence[Mapping[str, str]],
    ) -> Here | None:
        self._begin(values)
        aim = self._aim(steps[0], if_shown)
        if aim is None:
            return None
        found: list[Here] = []
        self._walk(steps, values, "nothing", aim, lambda: found.append(self.here(over, templates, choices)))
        return found[-1] if found else self.here(over, templates, choices)

    def _begin(self, values: Mapping[str, str]) -> None:
        self.gate.check()
        self._filled.clear()
        self._seen = None
        self._given |= _names(values)

    def _walk(
        self,
        steps: Sequence[Step],
        values: Mapping[str, str],
        sending: Sending,
        aim: Aim | None = None,
        meanwhile: Callable[[], None] | None = None,
    ) -> None:
        """aim: of the first step. meanwhile: as of ``Tab.settle``, after the last one."""
        try:
            for at, step in enumerate(steps):
                parsed = self.tab.parsed
                if step.row is not None:
                    self._rows.show(step, values[step.row], partial(self.walk, steps[:at], values, sending=sending))
                self.gate.allow("one" if step.sends and sending == "nothing" else sending)
                if step.new_tab:
                    with self._context.expect_page(timeout=self._timeout * 1000) as opened:
                        self._press(step, values, aim)
                    self.tab.page = opened.value
                    self._page.wait_for_load_state("domcontentloaded")
                else:
                    self._press(step, values, aim)
                aim = None
                if step.sends and sending == "nothing":
                    # A page may look at its fields first; after this it may send nothing.
                    self.tab.until(lambda: self.gate.answered or None, min(self._timeout, _SENT))
                self._arrived(meanwhile if at == len(steps) - 1 else None, parsed)
        finally:
            self.gate.allow("login" if sending == "login" else "nothing")

    def shown(self, targets: Sequence[Target], *, wait: float = 0) -> int | None:
        return self.tab.until(lambda: in_page.shown(self._page, targets), wait)

    def here(self, over: Sequence[Target], templates: Sequence[str], choices: Sequence[Mapping[str, str]]) -> Here:
        for values in choices:
            self._given |= _names(values)

        def look() -> Here:
            spared = self.tab.spared
            fits = in_page.fitting(self._page, templates, choices, spared)
            seen, those = together(in_page.seen_each(self._page, over, sparing=spared), fits)
            return Here(any(seen), those)

        return in_page.patiently(self._page, 0, look)

    def lines(self, templates: Sequence[str], values: Mapping[str, str]) -> bool:
        self._given |= _names(values)
        return bool(self.tab.until(lambda: in_page.lines(self._page, templates, values) or None, LINE))

    def beside(self, names: Sequence[str]) -> Mapping[str, str]:
        return in_page.beside(self._page, names, wait=self._ready)

    def fill(self, fills: Sequence[Fill], texts: Sequence[str]) -> Sequence[str]:
        self.gate.check()
        self._seen = None
        self._given |= {text for text in texts if text}
        different = in_page.fill(self._page, fills, texts, wait=self._ready)
        self._filled.append((fills, texts))
        self.gate.check()
        return different

    def ready(
        self,
        last: Target,
        *,
        done: Sequence[Target],
        refused: Sequence[Target],
        person: Sequence[Target],
        over: Sequence[Target],
    ) -> None:
        self._seen = None
        self._seen = look_before(self.tab, last, Answers(done, refused, person, over), self._unchanged)

    def last(
        self,
        last: Target,
        confirm: Target | None,
        *,
        done: Sequence[Target],
        refused: Sequence[Target],
        person: Sequence[Target],
        over: Sequence[Target],
    ) -> Sent:
        self.gate.check()
        seen, self._seen = self._seen, None
        answers = Answers(done, refused, person, over)
        sent = send_once(self.tab, last, confirm, answers, self._unchanged, seen)
        self._changes += 1
        if self._changes % _TIDY == 0:
            with suppress(Exception):  # whatever it is, the next call says it; this change was sent
                self._page.request_gc()  # else pages that were left stay in memory, 20 MB each with a long list
        return sent

    def _unchanged(self) -> Look[None]:
        fills = [fill for some, _texts in self._filled for fill in some]
        texts = [text for _fills, some in self._filled for text in some]
        if changed := (yield from in_page.differing(self._page, fills, texts)):
            raise _changed(changed)

    def rows(self, page: ListPage) -> Rows:
        self.walk(page.open, {})
        return self._rows.read(page)

    def download(self, page: ExportPage) -> Path:
        self.walk(page.open, {})
        if page.ready is None:
            return self._saved(page.click)
        in_page.press(self._page, page.click, wait=self._ready, timeout=self._timeout)
        self._arrived()
        ready = page.ready
        if self.shown([ready], wait=self._timeout) is None:
            raise troubles.timeout(self._timeout)
        return self._saved(ready)

    def picture(self, target: Target) -> bytes:
        def look() -> bytes:
            return in_page.find(self._page, target).screenshot(type="png", animations="disabled")

        # Whoever asks asks again: a login page renews its code, and goes away after the scan.
        return in_page.patiently(self._page, 0, look)

    def drawing(self, words: Sequence[str], never: Sequence[Target]) -> bytes | None:
        browser = self._context.browser
        if browser is None or not self.gate.here(self._page.url):
            return None

        def look() -> str | None:
            # Before and after it: the page may become another one meanwhile.
            if self.shown(never) is not None:
                return None
            found = drawn(self._page, words, self.gate.here)
            return None if self.shown(never) is not None else found

        source = in_page.patiently(self._page, 0, look)
        return image_of(browser, source) if source else None

    def outline(self, known: Sequence[str]) -> Sequence[Part]:
        # A role or a document is filled in, too, but is a word of the map.
        given = sorted(self._given - set(known))
        found = in_page.outline(self._page, known=known, given=given)
        end = time.monotonic() + self._ready
        # A page that its script draws is only there when it stays the same.
        while time.monotonic() < end:
            self.tab.idle(_SAME)
            before, found = found, in_page.outline(self._page, known=known, given=given)
            if before == found:
                break
        return found

    def self_test(self) -> Sequence[str]:
        return in_page.self_test(self._page)

    def state(self) -> bytes:
        return json.dumps(self._context.storage_state(indexed_db=True)).encode("utf-8")

    def _open(self, address: str) -> None:
        self._go(address)
        self._arrived()

    def _go(self, address: str) -> None:
        for last in (False, False, True):
            try:
                self._page.goto(address, wait_until="domcontentloaded", timeout=self._timeout * 1000)
                return
            except Exception as error:
                # The browser's page about a host that was not reached comes late, and takes the place of this one.
                if last or "interrupted by another navigation" not in str(error):
                    raise

    def escape(self) -> None:
        if in_page.is_covered(self._page):
            self._page.keyboard.press("Escape")
            self.tab.settle()

    def _aim(self, step: Step, targets: Sequence[Target]) -> Aim | None:
        """Where to press, if all of these are shown and it is there. Looks once."""

        def look() -> tuple[list[bool], Aim]:
            seen_each = in_page.seen_each(self._page, targets, sparing=self.tab.spared)
            seen, aim = together(seen_each, in_page.aimed(self._page, step.target, self._sparing(step)))
            return seen, aim

        try:
            seen, aim = in_page.patiently(self._page, 0, look)
        except ZorgidError as error:
            if error.code != "page_not_as_mapped":
                raise
            return None
        return aim if all(seen) else None

    def _press(self, step: Step, values: Mapping[str, str], aim: Aim | None = None) -> None:
        if step.row is None:
            wait, timeout, sparing = self._ready, self._timeout, self._sparing(step)
            in_page.press(self._page, step.target, wait=wait, timeout=timeout, sparing=sparing, aim=aim)
            self._only.add(self._place(step))
        else:
            in_page.press_row(self._page, step.target, values[step.row], wait=self._ready, timeout=self._timeout)

    def _sparing(self, step: Step) -> bool:
        return self.tab.spared and self._place(step) in self._only

    def _place(self, step: Step) -> tuple[str, Target]:
        return self._page.url.partition("?")[0].partition("#")[0], step.target

    def _arrived(self, meanwhile: Callable[[], None] | None = None, parsed: int = 0) -> None:
        """After a click: the page is there, it is the portal's, it is the only one, and nothing was refused. meanwhile,
        parsed: as of ``Tab.settle``."""
        self.tab.settle(meanwhile, parsed)
        self.gate.check()
        if not self.gate.here(self._page.url):
            raise troubles.failed("another page than one of the portal")
        self.tab.close_others()

    def _saved(self, target: Target) -> Path:
        with self._page.expect_download(timeout=self._timeout * 1000) as starting:
            in_page.press(self._page, target, wait=self._ready, timeout=self._timeout)
        download: Download = starting.value
        self._files += 1
        ending = next((one for one in _ENDINGS if download.suggested_filename.lower().endswith(one)), ".csv")
        path = self._folder / "downloads" / f"export-{self._files}{ending}"
        download.save_as(path)
        download.delete()
        self.gate.check()
        if path.stat().st_size > _MOST_FILE:
            raise ZorgidError(
                "page_too_large",
                "The portal's export is too large to read",
                expected=f"at most {_MOST_FILE // 1024 // 1024} MiB",
                found="more",
                action="check export.click of the page map: no list of members is that large",
            )
        return path


def _changed(names: Sequence[str]) -> ZorgidError:
    return ZorgidError(
        "page_field_differs",
        "The page changed what was filled in, so it was not sent",
        expected="every field as it was filled in",
        found=f"another value in {', '.join(names)}",
        action="look at these fields in the portal: what does it write there by itself?",
    )


def _names(values: Mapping[str, str]) -> set[str]:
    return {values[name] for name in ("id", "first_name", "family_name", "email") if values.get(name)}


def _untrusted() -> ZorgidError:
    return ZorgidError(
        "tls_untrusted",
        "The portal's certificate does not lead to a known authority",
        expected="a certificate of an authority in ca_path, for this host, not expired",
        found="another one",
        action="set ca_path to the file of the authority that signed the portal's certificate",
    )
