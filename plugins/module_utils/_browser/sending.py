# SPDX-FileCopyrightText: gbz.zorgid contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""The last click, the only one that changes anything: exactly one request, then a look for a sign.

Only the gate knows whether something was sent. An error is raised only after the gate was closed with nothing sent;
once something was sent, whatever happens then is an answer: ``none`` at worst, and the next reading decides.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import suppress
from typing import NamedTuple

from .._common.errors import ZorgidError
from . import in_page
from .frames import SPARING, Look, together
from .looking import Aim
from .names import Target
from .tab import Tab
from .window import Sent, Sign

#: seconds for which what was seen before the click holds
_FRESH = 0.03
#: seconds for the click to send something, which may need a look of the page at its own fields first
_STARTS = 10.0
#: seconds in which a click usually sends something
_AT_ONCE = 0.2
#: seconds in which a page with an error as its status shows what it means
_AFTER_ERROR = 3.0
#: seconds for an earlier message to go away
_GOES = 3.0
#: seconds in which a page that announces something shows another sign, too
_AFTER_ALERT = 1.0


class Answers(NamedTuple):
    """What may be shown after the click. ``each``: in the order in which it is looked for; any alert (``*``) is the
    last, because it may be the message that all went well."""

    done: Sequence[Target]
    refused: Sequence[Target]
    person: Sequence[Target]
    over: Sequence[Target]

    def each(self) -> Iterator[tuple[Sign, Target]]:
        words: Sequence[Sign] = ("done", "refused", "person", "over")
        signs = [(word, target) for word, those in zip(words, self, strict=True) for target in those]
        yield from sorted(signs, key=lambda one: _any(one[1]))


class Before(NamedTuple):
    """What the page showed before the click. old: what is there already is no sign, as long as the page stays the same.
    at: on the monotonic clock. state: what changes if the page asks for something or becomes another one."""

    old: Sequence[Target]
    aim: Aim
    at: float
    state: tuple[Target, Answers, int, int]


def look_before(tab: Tab, last: Target, answers: Answers, unchanged: Callable[[], Look[None]]) -> Before:
    """unchanged: raises if a field shows something else than was filled in."""
    targets, state = [target for _word, target in answers.each()], _state(tab, last, answers)

    def look() -> tuple[list[Target], Aim]:
        looks = (unchanged(), in_page.seen_each(tab.page, targets), in_page.forgotten(tab.page))
        _same, seen, _forgotten, aim = together(*looks, in_page.aimed(tab.page, last))
        return [one for one, there in zip(targets, seen, strict=True) if there], aim

    old, aim = in_page.patiently(tab.page, 0, look)
    return Before(old, aim, time.monotonic(), state)


def _state(tab: Tab, last: Target, answers: Answers) -> tuple[Target, Answers, int, int]:
    return last, answers, tab.documents, tab.gate.asked


def send_once(
    tab: Tab,
    last: Target,
    confirm: Target | None,
    answers: Answers,
    unchanged: Callable[[], Look[None]],
    before: Before | None = None,
) -> Sent:
    """before: of an earlier look; if the page may have changed since, it is looked at again."""
    gate, documents = tab.gate, tab.documents
    if before is None or before.state != _state(tab, last, answers) or time.monotonic() - before.at > _FRESH:
        before = look_before(tab, last, answers, unchanged)
    # A message of the change before that goes away by itself could not be told from that of this one.
    messages = [target for target in answers.done if target.kind in ("line", "alert")]
    if any(one in messages for one in before.old):
        tab.until(lambda: None if any(in_page.each_shown(tab.page, messages)) else True, _GOES)
        before = look_before(tab, last, answers, unchanged)
    old, aim = before.old, before.aim
    sparing, tab.sparing = tab.page.add_init_script(SPARING), True
    tab.other_question = False
    tab.question = confirm.name if confirm and confirm.kind == "native" else None
    gate.allow("one", final=confirm is None or confirm.kind == "native")
    sign: Sign = "none"
    try:
        try:
            in_page.press(tab.page, last, timeout=tab.timeout, aim=aim)
            _started(tab, confirm, answers, old)
        finally:
            if not gate.digest:
                gate.allow("nothing")  # from here on certainly nothing is sent
        sign = _sign(tab, last, answers, old, documents)
    except Exception:
        # Whatever went wrong after it was sent: the next reading tells what the portal did.
        if not gate.digest:
            raise
    finally:
        gate.allow("nothing")
        tab.question, tab.sparing = None, False
        with suppress(Exception):  # a page that was lost; the next call says so
            sparing.close()
    if gate.spoilt:
        sign = "none"  # perhaps only half of the change was made
    gate.forget()
    return Sent(1, gate.digest, gate.status, sign)


def _started(tab: Tab, confirm: Target | None, answers: Answers, old: Sequence[Target]) -> None:
    """After the click something is sent, or an error says why not."""
    gate = tab.gate
    button = confirm if confirm and confirm.kind != "native" else None
    since = time.monotonic()
    end = since + min(tab.timeout, _STARTS)
    if not button:
        # Most clicks send something at once. A look would wait for the next page, and lay it out half-loaded.
        tab.until(lambda: bool(gate.digest or tab.other_question or gate.spoilt) or None, _AT_ONCE)
    while not gate.digest and time.monotonic() < end and not tab.other_question and not gate.spoilt:
        if button and in_page.shown(tab.page, [button]) is not None:
            gate.final = True
            in_page.press(tab.page, button, timeout=tab.timeout)
            button, end = None, time.monotonic() + min(tab.timeout, _STARTS)
        elif not button and _shown(tab, answers, old) is not None:
            break  # the page itself says no
        tab.pause(since)
    if gate.digest:
        return
    gate.allow("nothing")
    gate.check()
    if tab.other_question:
        raise _nothing_sent("the portal asks another question than the page map says; it was answered with no")
    if gate.by_address:
        raise _nothing_sent("it would open another page, so that the portal would make the change by an address")
    if button:
        raise _nothing_sent("the button that confirms it did not appear")
    shown = _shown(tab, answers, old)
    raise _nothing_sent(
        "the page refuses what is filled in" if shown and shown[0] == "refused" else "the page sent nothing"
    )


def _any(target: Target) -> bool:
    return target.kind == "alert" and target.name == "*"


def _shown(tab: Tab, answers: Answers, old: Sequence[Target]) -> tuple[Sign, Target] | None:
    # Only a run with a browser has it.
    from playwright.sync_api import Error

    try:
        new = [(word, target) for word, target in answers.each() if target not in old]
        targets = [target for _word, target in new]
        if tab.spared:
            # That all went well is often seen at once; a reading proves it. For anything else all of the page is drawn.
            found = in_page.shown(tab.page, targets, past=True, sparing=True)
            if found is not None and new[found][0] == "done" and not _any(new[found][1]):
                return new[found]
            tab.spared = False
        found = in_page.shown(tab.page, targets, past=True)
        return None if found is None else new[found]
    except Error:
        if tab.page.is_closed():
            raise
    return None


def _sign(tab: Tab, last: Target, answers: Answers, old: Sequence[Target], documents: int) -> Sign:
    gate, end, announced = tab.gate, time.monotonic() + tab.timeout, 0.0
    while not gate.answered and time.monotonic() < end:
        tab.page.wait_for_timeout(10)
    if gate.status is None or gate.spoilt:
        return "none"
    if gate.status >= 400:
        end = min(end, time.monotonic() + _AFTER_ERROR)
    arrived = not gate.navigates  # the page before the answer shows nothing about it
    since = time.monotonic()
    while time.monotonic() < end and not gate.spoilt:
        if tab.documents != documents:
            # A notice that stands on every page says nothing about this change. What goes well, a reading proves.
            arrived, old = True, [target for target in old if target not in answers.done]
        found = _shown(tab, answers, old) if arrived else None
        if found is not None and found[0] in ("refused", "person") and gate.failed:
            return "none"  # the portal's own trouble, also after it acted: nobody knows
        if found is not None and not _any(found[1]):
            return found[0]
        if found is not None:
            # A sign with a name may come a moment later. Without one, a form that is still there was refused; if it is
            # gone, nobody knows what the message says.
            announced = announced or time.monotonic()
            if gate.status >= 400 or time.monotonic() - announced > _AFTER_ALERT:
                there = gate.status < 500 and in_page.shown(tab.page, [last]) is not None
                return found[0] if there else "none"
        if arrived:
            tab.pause(since)
        else:
            tab.hear("domcontentloaded")
    return "none"


def _nothing_sent(found: str) -> ZorgidError:
    return ZorgidError(
        "page_not_as_mapped",
        "The last click sent nothing to the portal",
        expected="one request, as the page map says",
        found=found,
        action="look at the page in an ordinary browser, and correct the page map or what is filled in",
    )
