# SPDX-FileCopyrightText: gbz.zorgid contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""Fills fields, many in one call, and reads all of them back. What a script cannot set is pressed and typed."""

from __future__ import annotations

import dataclasses
import functools
import time
import unicodedata
from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from .._common.errors import ZorgidError
from . import dates
from .frames import Asked, Look, Place, call, kept, patiently, pause, places, together
from .names import Fill

if TYPE_CHECKING:
    from playwright.sync_api import Frame, Page

#: fields of people that are dates
DATES = frozenset({"date_of_birth", "document_expires", "checked_at"})
#: seconds for the choices of a list that opens
OPENS = 3.0
#: milliseconds for what the page does when a field is left: formatting, checking. Just before the last click it is read
#: once more
_LEFT = 10


@dataclass(frozen=True)
class _Item:
    """One field, or one of several boxes of it (``part``). month: this box is the month. form: typed key by key.
    shown: its name in the map, for messages."""

    name: str
    inside: str | None
    text: str
    shown: str = ""
    part: str | None = None
    month: bool = False
    form: str | None = None
    date: bool = False

    def seen_in(self, inside: str | None) -> dict[str, Any]:
        return {**dataclasses.asdict(self), "inside": inside}


class _Spot:
    """Where an item is: in this frame, once."""

    def __init__(self, frame: Frame, inside: str | None, how: str | None) -> None:
        self.frame, self.inside, self.how = frame, inside, how


def fill(page: Page, fills: Sequence[Fill], texts: Sequence[str], *, wait: float = 0) -> list[str]:
    """Fill these fields, then read all of them back. Returns the names of the fields that show something else than was
    given. Dates are given as ``1990-01-31``; a choice as the portal's word; a checkbox as ``true`` or ``false``, or as
    its own name. Error: ``page_not_as_mapped``, also for a choice that the field does not have exactly once."""
    items = _all_items(fills, texts)
    done, different = patiently(page, 0, lambda: _at_once(page, items))
    if done == len(items):
        return different
    end = time.monotonic() + wait
    while done < len(items):
        # Another look for each choice: it may have shown or replaced what comes after it.
        more, error = patiently(page, 0, functools.partial(_some, page, items[done:]))
        done += more
        if more:
            end = time.monotonic() + wait
        elif time.monotonic() >= end:
            raise error or _odd(items[done], "none")
        else:
            pause(page)
    page.wait_for_timeout(_LEFT)
    found: list[str] = patiently(page, 0, lambda: together(_differing(page, items))[0])
    return found


def differing(page: Page, fills: Sequence[Fill], texts: Sequence[str]) -> Look[list[str]]:
    """The names of the fields that show something else now."""
    return _differing(page, _all_items(fills, texts))


def _all_items(fills: Sequence[Fill], texts: Sequence[str]) -> list[_Item]:
    return [item for one, text in zip(fills, texts, strict=True) for item in _items(one, text)]


def _items(one: Fill, text: str) -> list[_Item]:
    name, inside, shown = one.label, one.field.inside, one.field.name
    day = dates.parsed(text) if one.source in DATES else None
    if one.parts and day is None:
        raise ZorgidError(
            "page_not_as_mapped",
            f'The page map has the boxes of a date (as) for the field "{shown}", which gets no date',
            expected="`as` only for a date",
            found="another text",
            action="correct `with` or take out `as` for this field of the page map",
        )
    if not one.parts or day is None:
        form = one.keys if day is not None else None
        return [_Item(name, inside, text, shown=shown, form=form or ("" if one.keys else None), date=day is not None)]
    letters = ["y" if part[:1].lower() in "jy" else part[:1].lower() for part in one.parts]
    if sorted(letters) != ["d", "m", "y"]:
        letters = ["d", "m", "y"][: len(one.parts)]
    values = {"d": f"{day.day:02d}", "m": f"{day.month:02d}", "y": f"{day.year:04d}"}
    return [
        _Item(name, inside, values[letter], shown=shown, part=part, month=letter == "m")
        for letter, part in zip(letters, one.parts, strict=True)
    ]


def _spots(page: Page, items: Sequence[_Item]) -> tuple[list[_Spot], ZorgidError | None]:
    """Where the first of these items are, until one that is not there exactly once; and its error."""
    by_inside: dict[str | None, list[Place]] = {}
    for item in items:
        if item.inside not in by_inside:
            by_inside[item.inside] = places(page, item.inside)
    looks: list[list[tuple[Place, dict[str, Any]]]] = [[] for _item in items]
    for inside, found in by_inside.items():
        chosen = [at for at, item in enumerate(items) if item.inside == inside]
        for place in found:
            answers = call(place.frame, "look", [items[at].seen_in(place.inside) for at in chosen])
            for at, answer in zip(chosen, answers, strict=True):
                looks[at].append((place, answer))
    spots: list[_Spot] = []
    for item, seen in zip(items, looks, strict=True):
        count = sum(answer["count"] for _place, answer in seen)
        if count != 1:
            off = any(answer["off"] for _place, answer in seen)
            return spots, _odd(item, "one that is disabled" if off and not count else str(count or "none"))
        place, answer = next(one for one in seen if one[1]["count"])
        if answer["locked"]:
            return spots, _odd(item, "one that cannot be changed")
        spots.append(_Spot(place.frame, place.inside, answer["how"]))
    return spots, None


def _at_once(page: Page, items: Sequence[_Item]) -> tuple[int, list[str]]:
    """All in one call, as most forms can be filled: how many of the first items were, and if all were, the names of
    those that show something else."""
    if len(places(page)) > 1 or any(item.form is not None for item in items):
        return 0, []
    given = [item.seen_in(item.inside) for item in items]
    filled, found = together(_filled_in(page, given), _differing(page, items))
    return filled, found


def _filled_in(page: Page, given: Sequence[dict[str, Any]]) -> Look[int]:
    ends = yield Asked(page.main_frame, "fillAll", {"items": given, "left": _LEFT})
    return int(ends.count("done"))


def _some(page: Page, items: Sequence[_Item]) -> tuple[int, ZorgidError | None]:
    """Fill as many of the first items as can be filled in one go; how many, and why not the next."""
    spots, error = _spots(page, items)
    if not spots:
        return 0, error
    first = spots[0]
    if first.how or items[0].form is not None:
        _for_real(page, items[0], first)
        return 1, None
    some = 0
    for item, spot in zip(items, spots, strict=False):
        if spot.frame is not first.frame or spot.how or item.form is not None:
            break
        some += 1
    given = [item.seen_in(spot.inside) for item, spot in zip(items[:some], spots[:some], strict=True)]
    ends = call(first.frame, "fill", given)
    good = ends.count("done")
    if good < len(ends):
        return good, _odd(items[good], "not exactly one choice of that name", choice=True)
    return good, None


def _for_real(page: Page, item: _Item, spot: _Spot) -> None:
    call(spot.frame, "keepField", item.seen_in(spot.inside))
    field = kept(spot.frame)
    typed = field.evaluate("one => one.matches('input,textarea')")
    if spot.how is None:
        day = dates.parsed(item.text) if item.date else None
        field.focus()
        for key in ("Control+A", "Delete"):
            page.keyboard.press(key)
        page.keyboard.type(dates.typed(day, item.form) if day and item.form else item.text)
        field.evaluate("one => one.blur()")
        return
    if spot.how == "combobox":
        field.click(timeout=OPENS * 1000, no_wait_after=True)
        if typed:
            page.keyboard.press("Control+A")
            page.keyboard.type(item.text)
    end = time.monotonic() + OPENS
    while (found := call(spot.frame, "option", {"text": item.text}))["count"] != 1:
        if time.monotonic() >= end:
            raise _odd(item, f"{found['count'] or 'no'} choices of that name", choice=True)
        pause(page)
    kept(spot.frame).click(timeout=OPENS * 1000, no_wait_after=True)


def _differing(page: Page, items: Sequence[_Item]) -> Look[list[str]]:
    seen: list[list[dict[str, Any]]] = [[] for _item in items]
    for inside in {item.inside for item in items}:
        chosen = [at for at, item in enumerate(items) if item.inside == inside]
        for place in places(page, inside):
            answers = yield Asked(place.frame, "readBack", [items[at].seen_in(place.inside) for at in chosen])
            for at, answer in zip(chosen, answers, strict=True):
                if answer["there"]:
                    seen[at].append(answer)
    names = [
        item.shown for item, found in zip(items, seen, strict=True) if len(found) != 1 or not _same(item, found[0])
    ]
    return list(dict.fromkeys(names))


def _same(item: _Item, found: dict[str, Any]) -> bool:
    if found["equal"] is not None:
        return bool(found["equal"])
    text = str(found["text"])
    if item.date:
        return dates.shown(text, item.form or found["hint"]) == dates.parsed(item.text)
    if item.part is not None:
        return text.strip().isdecimal() and int(text) == int(item.text)
    return unicodedata.normalize("NFC", text).strip() == unicodedata.normalize("NFC", item.text).strip()


def _odd(item: _Item, found: str, *, choice: bool = False) -> ZorgidError:
    what = f'the field "{item.shown}"' + (f', box "{item.part}"' if item.part else "")
    return ZorgidError(
        "page_not_as_mapped",
        f"The page does not have {what} as the map says" if not choice else f"A choice is not in {what}",
        expected="the choice exactly once" if choice else "exactly one visible field that can be changed",
        found=found,
        action="compare the page with the map, and correct the map if the portal has changed",
    )
