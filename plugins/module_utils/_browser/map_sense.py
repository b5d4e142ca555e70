# SPDX-FileCopyrightText: gbz.zorgid contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""Checks whether the parts of a page map make sense together: what is safe to click by it."""

from __future__ import annotations

import re
from collections.abc import Collection, Iterable
from datetime import date
from typing import Final
from urllib.parse import urlsplit

from .map_nodes import Node, Notes, shown
from .names import Fill, PageMap, Step, Way

#: a person is recognised by one of these sets
_WHO: Final = (frozenset({"external_id"}), frozenset({"first_name", "last_name", "date_of_birth"}))
_NEEDED: Final = ("role", "device")
_HOST = re.compile(r"[a-z0-9]([a-z0-9-]*[a-z0-9])?(\.[a-z0-9]([a-z0-9-]*[a-z0-9])?)*(:[0-9]{1,5})?")
#: fields of a person that are typed to say whom a change is about
_NAMES: Final = ("id", "external_id")


def check(notes: Notes, found: PageMap, top: Node, *, begun: bool = False) -> None:
    """Note what makes no sense. top: the file's node, for the lines. begun: as in ``read_map``."""
    lines = top.lines
    _address(notes, found, lines.get("portal", 1))
    if found.list is None and found.export is None and top.keys is not None and not begun:
        notes.wrong(top.line, "the map needs list or export: without one nobody knows who is there already")
    if found.export is not None:
        _columns(notes, found.export.columns.values(), "export.columns", lines["export"])
        if not found.export.fresh and found.list is None and not begun:
            notes.wrong(lines["export"], "an export with fresh: false proves nothing about now: the map needs list too")
    if found.list is not None and (found.export is None or not found.export.fresh):
        _columns(notes, found.list.columns.values(), "list.columns", lines["list"])
        if found.list.total is None:
            notes.wrong(lines["list"], "list needs total: without it, and without an export, a lost page is missed")
    inner = top.keys["changes"].lines if top.keys and "changes" in top.keys else {}
    for kind, way in found.changes.items():
        _way(notes, found, kind, way, inner.get(kind, lines.get("changes", 1)))
    if found.one is not None and not _names_a_person(found.one.open, ()):
        notes.wrong(lines["one"], "one.open needs a step with row: else it would be the page of just anybody")


def _address(notes: Notes, found: PageMap, line: int) -> None:
    for host in found.hosts:
        if host and not _HOST.fullmatch(host):
            notes.wrong(
                line, f"portal.hosts contains {shown(host)}; write a host name in small letters, with :port only"
            )
    if found.seen:
        try:
            date.fromisoformat(found.seen)
        except ValueError:
            notes.wrong(line, "portal.seen has to be the day on which the pages were looked at, as 2026-11-26")
    if not found.start:
        return
    try:
        parts = urlsplit(found.start)
        place = f"{parts.hostname}:{parts.port}" if parts.port not in (None, 443) else parts.hostname
    except ValueError:
        notes.wrong(line, "portal.start is not a web address")
        return
    if parts.scheme != "https" or not parts.hostname or parts.username is not None or parts.query or parts.fragment:
        notes.wrong(line, "portal.start has to be an https address without user, question mark and #")
    elif place not in found.hosts:
        notes.wrong(line, f"portal.start is at {shown(place or '')}, which is not in portal.hosts")


def _columns(notes: Notes, fields: Collection[str], what: str, line: int) -> None:
    absent = [name for name in _NEEDED if name not in fields]
    if not {"id", "external_id"} & set(fields):
        absent.insert(0, "id")
    if absent:
        notes.wrong(line, f"{what} has no column for {', '.join(absent)}")
    if not any(names <= set(fields) for names in _WHO):
        notes.wrong(line, f"{what} needs external_id, or first_name, last_name and date_of_birth: else every account "
                    "would look new")  # fmt: skip


def _names_a_person(steps: Iterable[Step], items: Iterable[Fill | Step]) -> bool:
    return any(step.row for step in steps) or any(isinstance(one, Fill) and one.source in _NAMES for one in items)


def _way(notes: Notes, found: PageMap, kind: str, way: Way, line: int) -> None:
    fills = [one for one in way.items if isinstance(one, Fill)]
    what = f"changes.{kind}"
    if way.one and found.one is None:
        notes.wrong(line, f"{what} says one: true, and the map has no one (the page of one person)")
    if kind == "register":
        if way.one:
            notes.wrong(line, f"{what} cannot start on the page of a person who is not there yet")
        _registers(notes, found, fills, line)
    elif not way.one and not _names_a_person(way.open, way.items):
        notes.wrong(line, f"{what} says nowhere whom it is about: it needs one: true, a step with row, or a field "
                    f"with {' or '.join(_NAMES)}")  # fmt: skip
    if not way.open and not way.one:
        notes.wrong(line, f"{what} needs open (the clicks to its page) or one: true")
    for source in ("role", "document"):
        if any(fill.source == source for fill in fills) and not found.words.get(source):
            notes.wrong(line, f"{what} fills {source}, and words.{source} has no words for it")
    if kind in ("appoint", "role") and not any(fill.source == "role" or "always" in fill.choices for fill in fills):
        notes.wrong(line, f"{what} fills no role")
    if any(isinstance(one, Step) and one.target.name == way.last.name for one in way.items):
        notes.wrong(line, f"{what} presses its last click before the end")
    if any(one.kind == "alert" and one.name == "*" for one in way.done):
        notes.wrong(line, f'{what} takes any message (alert "*") for done; a message of an error is one, too')
    signs = {"done": way.done, "refused": way.refused, "person": way.person}
    named_signs = [(sign, name) for name, several in signs.items() for sign in several]
    if len({sign for sign, _name in named_signs}) < len(named_signs):
        notes.wrong(line, f"{what} has the same sign twice, so it would not tell how the change ended")


def _registers(notes: Notes, found: PageMap, fills: list[Fill], line: int) -> None:
    """What is registered has to be found again in the next reading, by the field that is shown there."""
    page = found.export or found.list
    ours = {"last_name" if fill.source == "family_name" else fill.source for fill in fills}
    for name in ("first_name", "last_name"):
        if name not in ours:
            notes.wrong(line, f"changes.register fills no {'family_name' if name == 'last_name' else name}")
    if page is not None and not any(names <= ours & set(page.columns.values()) for names in _WHO):
        notes.wrong(line, "changes.register fills nothing by which the list or export shows the person again: "
                    "external_id, or first_name, family_name and date_of_birth")  # fmt: skip
