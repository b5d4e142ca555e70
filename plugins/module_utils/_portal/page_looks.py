# SPDX-FileCopyrightText: gbz.zorgid contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""Opens each page on the ways of a map in a person's session, and finds what the map expects there. Nothing is filled
in, and no ``last`` is pressed: the window may send nothing but GET meanwhile."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Literal, NamedTuple

from .._browser import fingerprint
from .._browser.fingerprint import Seen
from .._browser.names import PageMap, Target
from .._browser.places import Expected, Place, places, without_values
from .._browser.window import Part, Window
from .._common.errors import ZorgidError
from .diagnosis import Diagnosis, where_drawn

#: A person on whose page is looked: the values of ``row`` and of ``device``.
Values = Mapping[str, str]
#: These end the whole look: there is no window or no session any more.
ENDS = ("browser_lost", "portal_session_over", "page_request_refused")

#: what pages show for nothing
_NOTHING = ("", "-", "\u2013", "\u2014")


class Found(NamedTuple):
    """A thing that the map expects. state: ``several`` things have this name, so that nobody knows which one is meant;
    ``nobody``: nobody on the list has a phone in such a state. times: how
    often it is there."""

    kind: str
    name: str
    state: Literal["found", "missing", "several", "nobody"]
    times: int = 1
    inside: str | None = None

    @property
    def good(self) -> bool:
        return self.state in ("found", "nobody")


class Looked(NamedTuple):
    """A page. parts: what to remember of it. people: on how many people's pages was looked. code, why: if it could not
    be opened. image: where it is drawn without values (``diagnosis.py``), or why not; only of a page that is not good.
    """

    place: str
    found: tuple[Found, ...] = ()
    parts: tuple[Seen, ...] = ()
    people: int = 0
    code: str = ""
    why: str = ""
    image: str = ""

    @property
    def good(self) -> bool:
        return not self.code and all(one.good for one in self.found)


def look(
    window: Window,
    page_map: PageMap,
    session: Values,
    people: Sequence[Values],
    diagnosis: Diagnosis | None = None,
) -> list[Looked]:
    """session: of ``fingerprint.hidden_of``. people: one for each state of a phone. Errors: those that end the session
    (``browser_lost, portal_session_over, page_request_refused``); others stand in the page's result."""
    return [_place(window, page_map, place, session, people, diagnosis) for place in places(page_map)]


def sample(members: Sequence[Values]) -> list[Values]:
    """One person for each state of a phone, the first of the list; rather one of whom the list shows everything: a
    way may need the number."""
    found: dict[str, Values] = {}
    for one in sorted(members, key=lambda one: sum(text.strip() in _NOTHING for text in one.values())):
        found.setdefault(one.get("device", ""), one)
    return list(found.values())


def _place(
    window: Window,
    page_map: PageMap,
    place: Place,
    session: Values,
    people: Sequence[Values],
    diagnosis: Diagnosis | None,
) -> Looked:
    words, known = fingerprint.worded(page_map), fingerprint.names_of(page_map)
    rows = [step.row for step in place.steps if step.row]
    reached = [
        one
        for one in people
        if not any(one.get(row, "").strip() in _NOTHING for row in rows)
        and (not place.states or one.get("device") in place.states)
    ]
    whose: Sequence[Values] = reached if place.of_person else [{}]
    if not whose:
        return Looked(
            place.name, code="page_not_as_mapped", why="nobody is on the list, so no person's page was opened"
        )
    pages: list[tuple[Values, list[Found], tuple[Seen, ...]]] = []
    image = ""
    for values in whose:
        try:
            if window.shown(page_map.login.over) is None:
                window.escape()
            window.walk(place.steps, values)
            outline = without_values(page_map, window.outline(known))
        except ZorgidError as error:
            if error.code in ENDS:
                raise
            why = f"{error.message}, but {error.found}" if error.found else error.message
            image = where_drawn(diagnosis, error.code, values)
            return Looked(place.name, people=len(pages), code=error.code, why=why, image=image)
        hidden = fingerprint.hidden_of(session, values)
        found = [_expected(window, one, outline, values) for one in place.expected]
        found += [_column(title, outline) for title in place.columns]
        if not image and not all(one.good for one in found):
            image = where_drawn(diagnosis, "page_map_unfit", values)
        pages.append((values, found, fingerprint.page_of([outline], words, hidden)))
    parts = fingerprint.merged_page([page for _values, _found, page in pages])
    merged = tuple(map(_worst, zip(*(found for _values, found, _page in pages), strict=True)))
    return Looked(place.name, merged, parts, len(pages) if place.of_person else 0, image=image)


def _worst(those: Sequence[Found]) -> Found:
    """Of one thing on several people's pages: it has to be on each page on which the map uses it."""
    order = ("missing", "several", "found", "nobody")
    return min(those, key=lambda one: order.index(one.state))


def _expected(window: Window, expected: Expected, outline: Sequence[Part], values: Values) -> Found:
    target = expected.target
    if expected.states and values.get("device") not in expected.states:
        return Found(target.kind, target.name, "nobody", 0, target.inside)
    count = _counted(target, outline)
    if target.inside is None and count > 1:
        return Found(target.kind, target.name, "several", count)
    beside = target.kind == "beside"
    shown = _stands_beside(window, target) if beside else window.shown([target]) is not None
    return Found(target.kind, target.name, "found" if shown else "missing", count, target.inside)


def _counted(target: Target, outline: Sequence[Part]) -> int:
    if target.kind not in ("field", "button"):
        return 0
    name = fingerprint.normalised(target.name)
    return sum(
        fingerprint.kind_of(part) == target.kind and fingerprint.normalised(part.name) == name for part in outline
    )


def _stands_beside(window: Window, target: Target) -> bool:
    """What stands there is a person's, and is not used."""
    try:
        window.beside([target.name])
    except ZorgidError as error:
        if error.code != "page_not_as_mapped":
            raise
        return False
    return True


def _column(title: str, outline: Sequence[Part]) -> Found:
    name = fingerprint.normalised(title)
    count = sum(fingerprint.kind_of(part) == "column" and fingerprint.normalised(part.name) == name for part in outline)
    return Found("column", title, "found" if count == 1 else "several" if count else "missing", count)
