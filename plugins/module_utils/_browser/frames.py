# SPDX-FileCopyrightText: gbz.zorgid contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""Runs the script of ``script/`` in a page and in every frame that is shown in it, also in frames of other hosts.

Playwright's own errors quote what fields contain, so they end here: a page that is just being replaced is looked at
once more, anything else becomes an error with our own words.
"""

from __future__ import annotations

import functools
import json
import time
from collections.abc import Callable, Generator, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any, NamedTuple, TypeVar

from .._common.errors import ZorgidError
from . import troubles

if TYPE_CHECKING:
    from playwright.sync_api import ElementHandle, Frame, Page

Found = TypeVar("Found")
#: in the order in which they need each other
SCRIPTS = ("names", "sparing", "lines", "finder", "aim", "forms", "tables", "messages", "outline", "drawing")
MOST_FRAMES = 50
#: milliseconds between two looks
PAUSE = 50
#: seconds for a page that is just being replaced
REPLACED = 5
KEY = 'Symbol.for("gbz.zorgid.finder")'
#: for ``page.add_init_script``: as long as it is there, pages begin with the rows of long tables undrawn
SPARING = f"window[{KEY}]?.spare()"
#: functions that draw those rows themselves, if they have to (``script/sparing.js``); before all others that is done
_THEMSELVES = ("aim", "missed", "frame", "norm")
#: limit: what the page has too much of, in the script's own words
#: sparing: ``count`` and ``lineCounts`` may look before those rows are drawn
CALL = f"""async (asked) => {{
  const z = window[{KEY}];
  if (!z) return {{ absent: true }};
  const answers = [];
  try {{
    for (const [name, argument, sparing] of asked) {{
      // What one finds out about the page, the next may use: nothing has happened in between.
      if (!answers.length || name !== "count") z.begin();
      if (!sparing && !{json.dumps(_THEMSELVES)}.includes(name)) await z.drawn();
      answers.push(await z[name](argument));
    }}
    return {{ answers }};
  }} catch (error) {{ return {{ limit: error instanceof z.Limit ? error.message : "something that cannot be read" }}; }}
}}"""


class Place(NamedTuple):
    """A frame that is shown. inside: where to look in it; None: anywhere, as the frame itself is inside."""

    frame: Frame
    inside: str | None


class Asked(NamedTuple):
    """A function of the script, asked of a frame. sparing: as in ``call``."""

    frame: Frame
    name: str
    argument: Any = None
    sparing: bool = False


#: a look at a page that may be made together with others: it yields what it asks, is given the answer, and returns what
#: it found
Look = Generator[Asked, Any, Found]


class ChangingError(Exception):
    """The page was replaced while it was looked at."""


@functools.cache
def init_script() -> str:
    """For ``context.add_init_script``: the finder, and what remembers messages from the beginning of a page."""
    folder = Path(__file__).parent / "script"
    parts = ",\n".join(
        # A part is one function, after its first comments.
        (folder / f"{name}.js").read_text(encoding="utf-8").rstrip()
        for name in SCRIPTS
    )
    return (
        f"(() => {{ if (window[{KEY}]) return; const z = {{}}; for (const part of [\n{parts}\n]) part(z);"
        f" Object.defineProperty(window, {KEY}, {{ value: z }}); }})()"
    )


def call(frame: Frame, name: str, argument: Any = None, *, sparing: bool = False) -> Any:
    """A function of the script, in this frame. sparing: also before the rows of a long table are drawn. Error:
    ``page_not_as_mapped`` for a page beyond every bound."""
    return _calls(frame, [Asked(frame, name, argument, sparing)])[0]


def together(*looks: Look[Any]) -> list[Any]:
    """What each look finds. What several of them ask of one frame next is asked in one call, in their order: a call
    takes longer than most answers. Error: that of the first look that has one."""
    found: list[Any] = [None] * len(looks)
    errors: dict[int, ZorgidError] = {}
    asked: dict[int, Asked] = {}

    def go_on(at: int, answer: Any) -> None:
        asked.pop(at, None)
        try:
            asked[at] = looks[at].send(answer)
        except StopIteration as end:
            found[at] = end.value
        except ZorgidError as error:
            errors[at] = error

    for at in range(len(looks)):
        go_on(at, None)
    while asked:
        frame = asked[min(asked)].frame
        now = sorted(at for at, one in asked.items() if one.frame is frame)
        for at, answer in zip(now, _calls(frame, [asked[at] for at in now]), strict=True):
            go_on(at, answer)
    if errors:
        raise errors[min(errors)]
    return found


def _calls(frame: Frame, asked: Sequence[Asked]) -> list[Any]:
    given = [[one.name, one.argument, one.sparing] for one in asked]
    answer = frame.evaluate(CALL, given)
    if "absent" in answer:
        # A frame that was there before the script was given to the context.
        frame.evaluate(init_script())
        answer = frame.evaluate(CALL, given)
    if "limit" in answer:
        raise ZorgidError(
            "page_not_as_mapped",
            "The page is too large or too odd to be read",
            expected="a page of a usual size",
            found=answer["limit"],
            action="look at the page yourself, and do this by hand in the portal",
        )
    return list(answer["answers"])


def kept(frame: Frame) -> ElementHandle:
    """The element that the last function kept."""
    element = frame.evaluate_handle(f"() => window[{KEY}].kept()").as_element()
    if element is None:
        raise ChangingError
    return element


def places(page: Page, inside: str | None = None) -> list[Place]:
    """All frames that are shown, the page itself first."""
    found = {page.main_frame: Place(page.main_frame, inside)}
    for frame in page.frames[:MOST_FRAMES]:
        above = found.get(frame.parent_frame) if frame.parent_frame else None
        if above is None:
            continue
        seen = call(above.frame, "frame", [frame.frame_element(), above.inside])
        if seen["shown"]:
            found[frame] = Place(frame, None if seen["inside"] else above.inside)
    return list(found.values())


def patiently(page: Page, wait: float, look: Callable[[], Found]) -> Found:
    """What ``look`` returns, at once or within ``wait`` seconds; else its last error. Errors of Playwright's become
    ``browser_lost`` or ``browser_timeout``."""
    # Only a run with a browser has it.
    from playwright.sync_api import Error

    end = time.monotonic() + wait
    replaced = time.monotonic() + REPLACED
    while True:
        try:
            return look()
        except ZorgidError as error:
            if error.code != "page_not_as_mapped" or time.monotonic() >= end:
                raise
        except (Error, ChangingError):
            if page.is_closed():
                raise troubles.lost() from None
            if time.monotonic() >= max(end, replaced):
                raise troubles.timeout(max(wait, REPLACED)) from None
        pause(page)


def pause(page: Page) -> None:
    """A moment in which the browser's own events are still heard."""
    from playwright.sync_api import Error

    try:
        page.wait_for_timeout(PAUSE)
    except Error:
        raise troubles.lost() from None
