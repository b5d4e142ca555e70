# SPDX-FileCopyrightText: gbz.zorgid contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""Finds, presses and reads what a page shows, in all its frames. ``in_page`` says what holds for all of it."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any, NamedTuple

from .._common.errors import ZorgidError
from . import troubles
from .frames import Asked, Look, Place, call, kept, patiently, places, together
from .names import Target
from .window import Part

if TYPE_CHECKING:
    from collections.abc import Callable

    from playwright.sync_api import ElementHandle, Frame, Page


#: seconds for a row to stay in its place
_STILL = 3.0


class Aim(NamedTuple):
    """Where to press; or the element, for Playwright to press: in another frame, and where something seems to be in the
    way. That loads a large script of its own into each page."""

    x: float
    y: float
    element: ElementHandle | None = None


def find(page: Page, target: Target, *, wait: float = 0) -> ElementHandle:
    """The one visible thing of this name (also an image, for its picture)."""
    return patiently(page, wait, lambda: kept(together(_one(page, target))[0]))


def press(
    page: Page,
    target: Target,
    *,
    wait: float = 0,
    timeout: float = 30,
    sparing: bool = False,
    aim: Aim | None = None,
) -> None:
    """A real click on it, after ``wait`` for it to be there. timeout: seconds for the click itself, which is made
    once: it is not made again after an error. sparing: also before the rows of a long table are drawn. aim: where it
    was found just now (``aimed``)."""

    def look() -> Aim:
        aim: Aim = patiently(page, wait, lambda: together(aimed(page, target, sparing))[0])
        return aim

    _click(page, timeout, look, f'the {target.kind} "{target.name}"', aim)


def press_row(page: Page, target: Target, value: str, *, wait: float = 0, timeout: float = 30) -> None:
    """Click the link in column ``target.name`` of the one row whose cell in column ``target.value`` (without one: the
    same column) is ``value``. inside: the table's name, or the heading above it, if there are several."""
    what = f'the link in the column "{target.name}"'
    try:

        def look() -> Aim:
            return patiently(page, wait, lambda: _where(page, _row_link(page, target, value)))

        _click(page, min(timeout, _STILL), look, what)
        if not patiently(page, 0, lambda: call(page.main_frame, "missed")):
            return
    except ZorgidError as error:
        if error.code != "page_not_as_mapped" or wait < _STILL:
            raise
    # A list that draws only what is in sight replaces the row while it is brought there; a link only leads on.
    link = patiently(page, 0, lambda: kept(_row_link(page, target, value)))
    patiently(page, 0, lambda: link.evaluate("one => one.click()"))


def shown(page: Page, targets: Sequence[Target], *, past: bool = False, sparing: bool = False) -> int | None:
    """The place of the first target that is shown now, once or more often. past: or an alert, status, toast or dialog
    that was shown since ``forget`` in this document. ``native`` is never shown here. sparing: as in ``press``. Looks
    once."""
    seen = each_shown(page, targets, past=past, sparing=sparing)
    return seen.index(True) if True in seen else None


def each_shown(page: Page, targets: Sequence[Target], *, past: bool = False, sparing: bool = False) -> list[bool]:
    """As ``shown``, of each target; all that are looked for in the same part of the page in one call."""
    seen: list[bool] = patiently(page, 0, lambda: together(seen_each(page, targets, past, sparing))[0])
    return seen


def seen_each(page: Page, targets: Sequence[Target], past: bool = False, sparing: bool = False) -> Look[list[bool]]:
    """``each_shown``, together with other looks."""
    seen = [False] * len(targets)
    for inside in {target.inside for target in targets}:
        chosen = [at for at, target in enumerate(targets) if target.inside == inside]
        for place in places(page, inside):
            given = [_as_given(targets[at], place.inside) for at in chosen]
            argument = {"targets": given, "keep": False, "past": past, "aim": False}
            counts = yield Asked(place.frame, "count", argument, sparing)
            for at, one in zip(chosen, counts, strict=True):
                seen[at] = seen[at] or one["count"] > 0 or one["was"]
    return seen


def is_covered(page: Page) -> bool:
    """Whether a dialog is open, under which nothing of the page can be used."""
    modal = "dialog:modal, [role=dialog][aria-modal=true], [role=alertdialog][aria-modal=true]"
    seen = patiently(page, 0, lambda: page.query_selector(modal))
    return seen is not None and seen.is_visible()


def forget(page: Page) -> None:
    """Forget the messages shown so far: before a click whose messages matter."""
    patiently(page, 0, lambda: together(forgotten(page)))


def forgotten(page: Page) -> Look[None]:
    """``forget``, together with other looks."""
    for place in places(page):
        yield Asked(place.frame, "forget")


def lines(page: Page, templates: Sequence[str], values: Mapping[str, str]) -> bool:
    """Whether for each template exactly one line of the page is that template with these values. False without a value
    for one of their names."""
    return bool(patiently(page, 0, lambda: together(fitting(page, templates, [values]))[0][0]))


def fitting(
    page: Page, templates: Sequence[str], choices: Sequence[Mapping[str, str]], sparing: bool = False
) -> Look[list[bool]]:
    """``lines``, for each of these choices of values, together with other looks. sparing: as in ``press``."""
    texts = list(dict.fromkeys(line for values in choices for line in _with_values(templates, values)))
    found = []
    for place in places(page):
        found.append((yield Asked(place.frame, "lineCounts", {"texts": texts}, sparing)))
    counts = {text: sum(those) for text, those in zip(texts, zip(*found, strict=True), strict=True)}
    wanted = [_with_values(templates, values) for values in choices]
    return [bool(one) and all(counts[line] == 1 for line in one) for one in wanted]


def _with_values(templates: Sequence[str], values: Mapping[str, str]) -> list[str]:
    """The lines; none without a value for one of their names."""
    names = [name for template in templates for name in re.findall(r"\{(\w+)\}", template)]
    if any(not values.get(name) for name in names):
        return []
    return [re.sub(r"\{(\w+)\}", lambda found: values[found.group(1)], template) for template in templates]


def numbers(page: Page, template: str) -> Mapping[str, int] | None:
    """The numbers in the one line that is this template (``{from}-{to} van {total}``); None without such a line. Error:
    ``page_not_as_mapped`` if there are several with different numbers."""

    def look() -> Mapping[str, int] | None:
        found = [call(place.frame, "lineNumbers", {"template": template}) for place in places(page)]
        lines = [one for answer in found for one in answer]
        if any(one != lines[0] for one in lines):
            raise odd(f'the line "{template}"', "exactly one such line", str(len(lines)))
        return lines[0] if lines else None

    return patiently(page, 0, look)


def beside(page: Page, names: Sequence[str], *, wait: float = 0) -> Mapping[str, str]:
    """The values that stand beside these names."""

    def look() -> Mapping[str, str]:
        answers = [call(place.frame, "beside", {"names": list(names)}) for place in places(page)]
        values: dict[str, str] = {}
        for at, name in enumerate(names):
            found = [answer[at] for answer in answers if answer[at]["count"]]
            count = sum(one["count"] for one in found)
            if count != 1:
                raise odd(f'the name "{name}" with a value beside it', "exactly one", str(count or "none"))
            values[name] = found[0]["value"]
        return values

    return patiently(page, wait, look)


def rows(page: Page, table: Target, columns: Sequence[str], *, wait: float = 0) -> list[list[str]]:
    """The cells of these columns in all rows of this table that this page has; a list that draws only the rows in
    sight is scrolled through. table: ``table`` or ``heading``. An empty list is one only if the table itself is there
    and is not being loaded (``aria-busy``); whether rows are missing, only the portal's own total says."""

    def look() -> list[list[str]]:
        answers = []
        for place in places(page, table.inside):
            given = {"target": _as_given(table, place.inside), "columns": list(columns)}
            answers.append(call(place.frame, "rows", given))
        found = [answer for answer in answers if answer["tables"]]
        _one_table(table.name, sum(answer["tables"] for answer in found))
        if not found[0]["whole"]:
            raise odd(f'all rows of the table "{table.name}"', "as many rows as the table says", "some are missing")
        return [list(row) for row in found[0]["rows"]]

    return patiently(page, wait, look)


def normal(page: Page, text: str) -> str:
    """As ``rows`` shows it."""
    return patiently(page, 0, lambda: str(call(page.main_frame, "norm", text)))


def document(page: Page) -> tuple[float, str]:
    """When the page's own document began, and its address."""
    return patiently(page, 0, lambda: (page.evaluate("performance.timeOrigin"), page.url))


def outline(page: Page, *, known: Sequence[str] = (), given: Sequence[str] = ()) -> list[Part]:
    """The named things of this page, without values of people. known: words of the map, which are kept everywhere.
    given: texts of people, of which no word is kept: the person of the session, and every value that the run gave. Of a
    text with digits only the whole is left out, and a prefix such as "van der" is no name.

    Left out are: all in rows of data and in lists; a name that has a word in common with a cell of data, with a value
    beside a name, with what a field contains or with ``given``; a name with an @ or four digits; links, buttons and
    headings of the page's head and foot outside its menu; choices of a field that names people or has more than 20. The
    first heading (h1) is kept only if the map or the menu has it, because on the page of one person it is that person's
    name: it is a heading without a name then."""

    def look() -> list[Part]:
        argument = {"known": list(known), "given": list(given)}
        parts = [part for place in places(page) for part in call(place.frame, "outline", argument)]
        return [Part(one["role"], one["name"], one["required"], tuple(one["choices"])) for one in parts]

    return patiently(page, 0, look)


def odd(what: str, expected: str, found: str) -> ZorgidError:
    """The page is not as the map says. ``what`` consists of the map's words."""
    return ZorgidError(
        "page_not_as_mapped",
        f"The page does not have {what} as the map says",
        expected=expected,
        found=found,
        action="compare the page with the map, and correct the map if the portal has changed",
    )


def _as_given(target: Target, inside: str | None) -> dict[str, Any]:
    return {"kind": target.kind, "name": target.name, "inside": inside, "value": target.value}


def _one(page: Page, target: Target, sparing: bool = False) -> Look[Frame]:
    """The frame that has it, and has kept it."""
    frame, _point = yield from _one_of(places(page, target.inside), target, sparing, False)
    return frame


def aimed(page: Page, target: Target, sparing: bool = False) -> Look[Aim]:
    """Where to press it. sparing: as in ``press``."""
    found = places(page, target.inside)
    # It is aimed at in the same call if it can be nowhere else.
    frame, point = yield from _one_of(found, target, sparing, len(found) == 1)
    return _at(frame, point) if len(found) == 1 else _where(page, frame)


def _one_of(among: Sequence[Place], target: Target, sparing: bool, aim: bool) -> Look[tuple[Frame, Any]]:
    count, off, capitals, frame, point = 0, 0, False, None, None
    for place in among:
        argument = {"targets": [_as_given(target, place.inside)], "keep": True, "past": False, "aim": aim}
        answer = (yield Asked(place.frame, "count", argument, sparing))[0]
        count, off, capitals = count + answer["count"], off + answer["off"], capitals or answer["capitals"]
        frame, point = (place.frame, answer.get("at")) if answer["count"] else (frame, point)
    if count == 1 and frame is not None:
        return frame, point
    found = str(count) if count else "one that is disabled" if off else "none"
    if capitals:
        found = "none; there is one whose capitals differ"
    where = f' in "{target.inside}"' if target.inside else ""
    raise odd(f'the {target.kind} "{target.name}"{where}', "exactly one that is visible and usable", found)


def _one_table(name: str, count: int) -> None:
    if count != 1:
        raise odd(f'the table "{name}" with its columns', "exactly one, fully loaded", str(count or "none"))


def _row_link(page: Page, target: Target, value: str) -> Frame:
    """The frame that has it, and has kept it."""
    argument = {"column": target.value or target.name, "value": value, "link": target.name}
    found = []
    for place in places(page):
        # The name of the table is its own, or that of the heading above it; "": the only one with these columns.
        table = Target("heading", target.inside or "")
        answer = call(place.frame, "rowLink", {"target": _as_given(table, None), **argument})
        if answer["tables"]:
            found.append((place.frame, answer))
    _one_table(target.inside or target.name, sum(answer["tables"] for _frame, answer in found))
    frame, answer = found[0]
    if answer["rows"] != 1:
        raise odd(f'a row by its column "{argument["column"]}"', "exactly one", str(answer["rows"] or "none"))
    if answer["links"] != 1:
        raise odd(f'a link in the column "{target.name}"', "exactly one", str(answer["links"] or "none"))
    return frame


def _where(page: Page, frame: Frame) -> Aim:
    """Where to press what this frame has kept."""
    return _at(frame, call(frame, "aim") if frame is page.main_frame else None)


def _at(frame: Frame, point: Any) -> Aim:
    return Aim(point["x"], point["y"]) if point else Aim(0, 0, kept(frame))


def _click(page: Page, timeout: float, look: Callable[[], Aim], what: str, aim: Aim | None = None) -> None:
    # Only a run with a browser has it.
    from playwright.sync_api import Error

    for again in (True, False):
        at, aim = aim or look(), None
        try:
            if at.element is None:
                page.mouse.click(at.x, at.y)
            else:
                at.element.click(timeout=timeout * 1000, no_wait_after=True)
            return
        except Error as error:
            # Looked at before the click: the page replaced it, and nothing was pressed.
            if again and "not attached" in error.message:
                continue
            if page.is_closed():
                raise troubles.lost() from None
            raise odd(what, "nothing over it, and that it stays in its place", "it could not be pressed") from None
