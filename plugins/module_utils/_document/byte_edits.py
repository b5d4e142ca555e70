# SPDX-FileCopyrightText: gbz.zorgid contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""Finds the byte offsets of an element in its file, so that an edit leaves all other bytes unchanged."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Any
from xml.parsers import expat

from .xml import Element

Path = tuple[int, ...]
# The end tag of the root is the last one of the document, unless comments or instructions follow (they do not match).
_LAST_TAG = re.compile(rb"</([^\s<>/]+)\s*>\s*\Z")
_ATTRIBUTE = re.compile(rb"""([^\s=<>/"']+)\s*=\s*("[^"]*"|'[^']*')""")
_TAG = re.compile(rb"""<([^\s<>/"']+)(?:[^>"']|"[^"]*"|'[^']*')*?(/?)>""")


@dataclass
class Place:
    """Byte offsets of one element: ``<`` of its start tag, the first byte of its content, the first byte after it."""

    start: int
    content: int
    end: int
    name: bytes
    empty: bool


def path_of(element: Element) -> Path:
    """The path from the root to the element, as positions among sibling elements."""
    steps: list[int] = []
    while (parent := element.getparent()) is not None:
        steps.append(sum(1 for _one in element.itersiblings("{*}*", preceding=True)))
        element = parent
    return tuple(reversed(steps))


def places(xml: bytes) -> dict[Path, Place]:
    """The place of every element of a well-formed document without DTD (``xml.parse`` has checked that)."""
    found: dict[Path, Place] = {}
    path: list[int] = []
    children = [0]
    parser: Any = expat.ParserCreate()

    def start(_name: str, _attributes: dict[str, str]) -> None:
        at = parser.CurrentByteIndex
        tag = _TAG.match(xml, at)
        if tag is None:
            raise LookupError(f"no start tag at byte {at}")
        path.append(children[-1])
        children[-1] += 1
        children.append(0)
        found[tuple(path[1:])] = Place(at, tag.end(), tag.end(), tag.group(1), bool(tag.group(2)))

    def end(_name: str) -> None:
        place = found[tuple(path[1:])]
        if not place.empty:
            place.end = parser.CurrentByteIndex
        children.pop()
        path.pop()

    parser.StartElementHandler = start
    parser.EndElementHandler = end
    parser.Parse(xml, True)
    return found


def place_of(xml: bytes, element: Element) -> Place:
    """The place of one element. For the root, which gets most signatures, the document is not parsed."""
    if element.getparent() is None and (end := _LAST_TAG.search(xml)) is not None:
        return Place(0, 0, end.start(), end.group(1), empty=False)
    return places(xml)[path_of(element)]


@dataclass(frozen=True)
class Edit:
    start: int
    end: int
    new: bytes


def replace_content(xml: bytes, place: Place, new: bytes) -> Edit:
    """An edit that replaces the element's whole content by ``new``; ``<a/>`` becomes ``<a>new</a>``."""
    if not place.empty:
        return Edit(place.content, place.end, new)
    if not new:
        return Edit(place.content, place.content, b"")
    slash = xml.rindex(b"/", place.start, place.content)
    return Edit(slash, place.content, b">" + new + b"</" + place.name + b">")


def append_content(xml: bytes, place: Place, new: bytes) -> Edit:
    """An edit that adds ``new`` as the last child."""
    if place.empty:
        return replace_content(xml, place, new)
    return Edit(place.end, place.end, new)


def replace_attribute(xml: bytes, place: Place, names: list[bytes], new: bytes) -> Edit:
    """An edit of the value of the attribute that is written under one of these names (prefix included)."""
    for match in _ATTRIBUTE.finditer(xml, place.start + 1 + len(place.name), place.content):
        if match.group(1) in names:
            return Edit(match.start(2) + 1, match.end(2) - 1, new)
    raise LookupError(names)


def apply(xml: bytes, edits: list[Edit]) -> bytes:
    """The bytes with all edits applied; they must not overlap."""
    made = xml
    for edit in sorted(edits, key=lambda one: one.start, reverse=True):
        made = made[: edit.start] + edit.new + made[edit.end :]
    return made
