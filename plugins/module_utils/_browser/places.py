# SPDX-FileCopyrightText: gbz.zorgid contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""The pages on the ways of a map, each with its name, and the file in which they are remembered."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import NamedTuple

from .._common.files import write_atomic
from . import fingerprint, remembered
from .fingerprint import Pages, Remembered
from .names import ChangeKind, Fill, PageMap, Step, Target
from .window import Part, Versions

#: Largest file that is read, in bytes.
MOST_BYTES = 2 * 1024 * 1024


class Expected(NamedTuple):
    """What the map expects on a page. states: of the phone of the person whose page it is; empty: any."""

    target: Target
    states: tuple[str, ...] = ()


class Place(NamedTuple):
    """A page on the way. name: for a person and in the file. steps: how to get there from the start. of_person: it is a
    person's own page, so ``steps`` need that person's values. expected: as far as it is there before anything was
    filled in or chosen: the ``last`` buttons too, which are only looked at. columns: titles of its table. states: of
    the phone of the people whose page leads there; empty: any."""

    name: str
    steps: tuple[Step, ...]
    of_person: bool
    expected: tuple[Expected, ...]
    columns: tuple[str, ...] = ()
    states: tuple[str, ...] = ()


def places(page_map: PageMap) -> list[Place]:
    """All of them; the pages of several changes that begin on the page of a person are one."""
    found: dict[str, Place] = {}
    if page_map.list is not None:
        # ``next`` is not expected: the list may have one page only.
        table = (Expected(page_map.list.table),)
        found["list"] = Place("list", page_map.list.open, False, table, tuple(page_map.list.columns))
    if page_map.export is not None:
        found["export"] = Place("export", page_map.export.open, False, (Expected(page_map.export.click),))
    for kind in page_map.changes:
        place = place_of(page_map, kind)
        before = found.get(place.name)
        expected = dict.fromkeys((*(before.expected if before else ()), *place.expected))
        found[place.name] = place._replace(expected=tuple(expected))
    return list(found.values())


def place_of(page_map: PageMap, kind: ChangeKind) -> Place:
    """The first page of a change. A wizard's later pages are seen only while it is filled in."""
    way = page_map.changes[kind]
    one = page_map.one if way.one else None
    targets = []
    for item in way.items:
        if isinstance(item, Step):
            # What stands behind a press of its own is not there yet.
            targets.append(item.target)
            break
        # What a field with somebody's name in its own is called, nobody knows yet.
        if item.when == "always" and "{" not in item.field.name:
            parts = [Target("field", part, item.field.name) for part in item.parts]
            targets += parts or [item.field]
    else:
        targets.append(way.last)
    expected = tuple(Expected(target, way.only_when) for target in targets)
    if one is None:
        return Place(kind, way.open, False, expected)
    if way.open:
        return Place(kind, (*one.open, *way.open), True, expected, states=way.only_when)
    beside = tuple(Expected(Target("beside", name)) for name in one.beside)
    return Place("one", one.open, True, (*beside, *expected))


def demand_page(
    page_map: PageMap, pages: Pages, place: str, outline: Sequence[Part], hidden: Mapping[str, str]
) -> list[str]:
    """What differs from the remembered page and does not stop. pages: of ``remembered.demand_remembered``. Errors:
    ``portal_pages_differ``, ``page_map_not_remembered``."""
    if place not in pages:
        raise remembered.not_remembered(f"no page '{place}'")
    words, mapped = fingerprint.worded(page_map), fingerprint.filled(page_map)
    sometimes = _sometimes(page_map)
    before = [part for part in pages[place] if (part.what, fingerprint.normalised(part.name)) not in sometimes]
    now = [
        part
        for part in without_values(page_map, outline)
        if (part.role, fingerprint.normalised(part.name)) not in sometimes
    ]
    found = fingerprint.compare(before, now, words=words, mapped=mapped, hidden=hidden)
    return fingerprint.demand_same(found, place)


def _sometimes(page_map: PageMap) -> frozenset[tuple[str, str]]:
    """Buttons that the portal offers in some states of a phone only: perhaps nobody was in that state when the page was
    remembered, or everybody. Whether such a button is there is seen when it is pressed."""
    ways = [way for way in page_map.changes.values() if way.only_when]
    targets = [target for way in ways for target in (way.last, *(i.target for i in way.items if isinstance(i, Step)))]
    return frozenset(("button", fingerprint.normalised(one.name)) for one in targets if one.kind == "button")


def without_values(page_map: PageMap, outline: Sequence[Part]) -> list[Part]:
    """The parts of a page; a name that a template of the map describes is that template, because it has a person's
    name in it."""
    fills = [item for way in page_map.changes.values() for item in way.items if isinstance(item, Fill)]
    templates = {fill.field.name for fill in fills if "{" in fill.field.name}
    patterns = [(re.compile(_PLACEHOLDER.sub(".+", re.escape(one))), one) for one in templates]
    return [
        next((part._replace(name=one) for pattern, one in patterns if pattern.fullmatch(part.name)), part)
        for part in outline
    ]


_PLACEHOLDER = re.compile(r"\\\{\w+\\\}")


def demand_tested(page_map: PageMap, versions: Versions) -> None:
    """Before anybody logs in. Errors: ``page_map_not_remembered``, ``browser_pair_untested``."""
    seen = read_seen(page_map)
    if seen is None or seen.digest != page_map.digest:
        raise remembered.not_remembered("no file with them" if seen is None else "those of another version of the map")
    remembered.demand_tested(seen, versions)


def comparing(
    page_map: PageMap, versions: Versions, role: str, session: Mapping[str, str]
) -> Callable[[ChangeKind, Sequence[Part]], list[str]]:
    """What compares the first page of a kind of change with the remembered one, in a session with this role. session:
    of ``fingerprint.hidden_of``. Errors now: ``page_map_not_remembered``, ``browser_pair_untested``; later those of
    ``demand_page``."""
    demand_tested(page_map, versions)
    pages = remembered.demand_remembered(read_seen(page_map), page_map, role)
    hidden = fingerprint.hidden_of(session)
    return lambda kind, outline: demand_page(page_map, pages, place_of(page_map, kind).name, outline, hidden)


def seen_path(page_map: PageMap) -> Path:
    """Beside the map: ``portal.yml`` -> ``portal.yml.seen.json``."""
    return Path(f"{page_map.path}.seen.json")


def read_seen(page_map: PageMap) -> Remembered | None:
    """None without a file, and for one that this collection did not write. Errors: those of files (``OSError``)."""
    try:
        with seen_path(page_map).open("rb") as stream:
            data = stream.read(MOST_BYTES + 1)
    except FileNotFoundError:
        return None
    return remembered.read(data) if len(data) <= MOST_BYTES else None


def write_seen(page_map: PageMap, seen: Remembered) -> bool:
    """Whether the file is another one than before. Anybody may read it (0644): it has no value of a person."""
    path, data = seen_path(page_map), remembered.written(seen)
    if path.exists() and path.read_bytes() == data:
        return False
    write_atomic(path, data, mode=0o644)
    return True
