# SPDX-FileCopyrightText: gbz.zorgid contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""What ``gbz.zorgid.portal_map`` found on the portal's pages, as text for a terminal: 100 columns, nobody's data."""

from __future__ import annotations

from collections.abc import Iterator

from .._common.errors import ZorgidError
from .._onboarding.plan import State
from .._onboarding.style import Style, number
from .._onboarding.widths import WIDTH, padded, short, wrapped
from .._portal.page_looks import Found, Looked
from .look_at_pages import PagesLooked

_PLACE = 12
#: Differences from the pages remembered before; more are counted.
_MOST = 20


def screen(found: PagesLooked, *, style: Style, check: bool) -> str:
    blocks = [list(_heading(found, style)), [line for page in found.pages for line in _page(page, style)]]
    blocks += [list(_since(found, style)), list(_end(found, style, check=check))]
    return "\n\n".join("\n".join(lines) for lines in blocks if lines) + "\n"


def _error(error: ZorgidError, style: Style) -> Iterator[str]:
    mark = f"  {style.sign(State.STOP)} "
    yield from wrapped(style.text(error.message, 2000), mark, hidden=style.hidden(State.STOP))
    for label, text in (("expected", error.expected), ("found", error.found), ("do", error.action)):
        if text:
            yield from wrapped(style.text(text, 1000), f"    {label:<10} ")
    yield f"    [{error.code}]"


def _heading(found: PagesLooked, style: Style) -> Iterator[str]:
    parts = ["ZORG-ID portal map", found.map_name, f"seen as {found.role}"]
    if found.versions:
        parts.append(f"Playwright {found.versions.playwright}, browser {found.versions.browser}")
    yield short(style.text(style.between.join(parts)), WIDTH, style.dots)


def _page(page: Looked, style: Style) -> Iterator[str]:
    state = State.DONE if page.good else State.STOP
    head = f"{style.sign(state)} {padded(style.text(page.place, _PLACE), _PLACE)} "
    if page.code:
        yield from wrapped(f"not opened: {style.text(page.why)} [{page.code}]", head, hidden=style.hidden(state))
        yield from _image(page, style)
        return
    there = sum(one.state == "found" for one in page.found)
    expected = sum(one.state != "nobody" for one in page.found)
    sentence = f"{there} of {expected} found"
    if page.people:
        sentence += f", on the pages of {number(page.people, 'person', 'people')}, one for each state of a phone"
    yield from wrapped(sentence, head, hidden=style.hidden(state))
    for one in page.found:
        if one.state == "missing":
            yield from _labelled("missing", _named(one, style))
        elif one.state == "several":
            yield from _labelled("several", f"{_named(one, style)}, {one.times} times: the map needs `in:`")
    nobody = [_named(one, style) for one in page.found if one.state == "nobody"]
    if nobody:
        yield from _labelled("not seen", f"{', '.join(nobody)}: nobody on the list has a phone in such a state")
    yield from _image(page, style)


def _image(page: Looked, style: Style) -> Iterator[str]:
    if page.image:
        yield from _labelled("diagnose", style.text(page.image, 1000))


def _named(one: Found, style: Style) -> str:
    return style.text(f"{one.kind} {one.name}" + (f" in {one.inside}" if one.inside else ""), 160)


def _labelled(label: str, text: str) -> Iterator[str]:
    yield from wrapped(text, f"    {label:<10} ")


def _since(found: PagesLooked, style: Style) -> Iterator[str]:
    if found.differences:
        yield "Since the pages were remembered"
    for one in found.differences[:_MOST]:
        yield from wrapped(style.text(one), f"  {style.sign(State.LOOK)} ", hidden=style.hidden(State.LOOK))
    if len(found.differences) > _MOST:
        yield f"  and {len(found.differences) - _MOST:,} more"


def _end(found: PagesLooked, style: Style, *, check: bool) -> Iterator[str]:
    """What was written, or what comes next. Nothing was changed in the portal."""
    if found.failure:
        yield from _error(found.failure, style)
    elif found.draft_path:
        verb = "would be written to" if check else "is in" if found.changed else "is still in"
        yield from _done(f"a draft with the names of the pages {verb} {found.draft_path}", style)
        yield from _labelled("next", "read each name on the page itself, and copy what is needed into the page map")
    elif found.remembered:
        verb = "would be remembered in" if check else "are remembered in"
        sentence = f"the pages {verb} {found.remembered}" if found.changed else "the pages are the same as remembered"
        yield from _done(sentence, style)
    elif found.differences:
        yield from _labelled("next", "look at what differs; if the map is right, run it with -e state=remember")
    else:
        all_seen = not any(one.state == "nobody" for page in found.pages for one in page.found)
        looked = "everything that the map names is there" if all_seen else "everything that could be looked at is there"
        yield from _done(f"{looked}; no last button was pressed", style)


def _done(text: str, style: Style) -> Iterator[str]:
    yield from wrapped(style.fold(text), f"{style.sign(State.DONE)} ", hidden=style.hidden(State.DONE))
