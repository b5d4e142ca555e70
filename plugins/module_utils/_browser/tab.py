# SPDX-FileCopyrightText: gbz.zorgid contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""The page that is worked, in the browser's process: what happens to it, and waiting for it."""

from __future__ import annotations

import time
from collections.abc import Callable
from contextlib import suppress
from typing import TYPE_CHECKING, TypeVar

from .gate import Gate

if TYPE_CHECKING:
    from playwright.sync_api import BrowserContext, Dialog, Frame, Page

Found = TypeVar("Found")
#: seconds for a page that was loaded to show what is looked for
_READY = 10.0
#: milliseconds without a request
_QUIET = 20


class Tab:
    """timeout: seconds for each page."""

    def __init__(self, context: BrowserContext, gate: Gate, timeout: float) -> None:
        self.gate, self.timeout, self.ready = gate, timeout, min(_READY, timeout)
        self.crashed = False
        #: documents that were loaded so far, in any frame
        self.documents = 0
        #: pages among them that were parsed
        self.parsed = 0
        #: whether pages that begin now are drawn sparingly, and whether the present one is (``script/sparing.js``)
        self.sparing = self.spared = False
        #: the text of a native question that may be answered with yes now; whether another one was asked
        self.question: str | None = None
        self.other_question = False
        self._context = context
        gate.guard(context)
        context.on("page", self._watch)
        self.page = context.new_page()

    def _watch(self, page: Page) -> None:
        page.on("dialog", self._asked)
        page.on("crash", self._crash)
        page.on("domcontentloaded", self._loaded)
        page.on("framenavigated", self._navigated)

    def _crash(self, _page: Page) -> None:
        self.crashed = True

    def _loaded(self, _page: Page) -> None:
        self.documents += 1
        self.parsed += 1

    def _navigated(self, frame: Frame) -> None:
        if frame.parent_frame is None:
            self.spared = self.sparing
        else:
            self.documents += 1

    def _asked(self, dialog: Dialog) -> None:
        """A native question: yes to exactly the one that is expected, once. Leaving a page is no question."""
        if dialog.type == "beforeunload":
            dialog.accept()
        elif dialog.type == "confirm" and self.question is not None and _same(dialog.message, self.question):
            self.question = None
            dialog.accept()
        else:
            self.other_question |= dialog.type != "alert"
            dialog.dismiss()

    def idle(self, seconds: float) -> None:
        """Let the page go on."""
        try:
            self.page.wait_for_timeout(seconds * 1000)
        except Exception:  # noqa: BLE001 - the next call says that it is lost
            time.sleep(seconds)

    def until(self, look: Callable[[], Found | None], wait: float) -> Found | None:
        """What ``look`` finds, looking again until the time is over."""
        since = time.monotonic()
        while (found := look()) is None and time.monotonic() < since + wait:
            self.pause(since)
        return found

    def pause(self, since: float) -> None:
        """Until the next look: what comes soon is seen soon, and a long wait takes no processor from the page."""
        self.page.wait_for_timeout(15 if time.monotonic() - since < 0.5 else 120)

    def hear(self, event: str, seconds: float = 0.1) -> None:
        """Until this event of the page, or the time is over: a look each few milliseconds would take the processor from
        a page that is being loaded."""
        # Only a run with a browser has it.
        from playwright.sync_api import TimeoutError as LateError

        with suppress(LateError):
            self.page.wait_for_event(event, timeout=seconds * 1000)

    def settle(self, meanwhile: Callable[[], None] | None = None, parsed: int = 0) -> None:
        """Until the page has what it asked for, or the time of a page is over. meanwhile: done while it is waited for
        whether a page asks for more, if more pages than ``parsed`` were; again after each time that one does."""
        end, asked = time.monotonic() + self.timeout, -1
        while (asked != self.gate.asked or self.gate.busy) and time.monotonic() < end:
            if self.gate.busy:
                self.hear("requestfinished", 0.05)
            else:
                asked, since = self.gate.asked, time.monotonic()
                if meanwhile and self.parsed > parsed:
                    meanwhile()
                self.page.wait_for_timeout(max(0, _QUIET - 1000 * (time.monotonic() - since)))

    def close_others(self) -> None:
        for other in self._context.pages:
            if other != self.page:
                other.close()


def _same(one: str, other: str) -> bool:
    """Two texts of a native question, but for blanks and line ends."""
    return one.split() == other.split()
