# SPDX-FileCopyrightText: gbz.zorgid contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""A small YAML file as nodes that know their line; each mistake of the file is noted, and all are told at once."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, NoReturn

from .._common.errors import ZorgidError
from .._common.libraries import needs
from .._common.text import printable
from .._common.trouble import in_words

with needs("PyYAML>=6.0"):
    import yaml

MAX_BYTES = 64 * 1024
#: the deepest node of a map is the fifth level
_DEEPEST = 10
_LONGEST_NAME = 200
_MOST = 60


@dataclass(frozen=True)
class Node:
    """line: where it begins, from 1. Exactly one of text, items and keys is not None. lines: key -> its line."""

    line: int
    text: str | None = None
    items: Sequence[Node] | None = None
    keys: Mapping[str, Node] | None = None
    lines: Mapping[str, int] = field(default_factory=dict)


class Notes:
    """The mistakes of one file. refusal: makes the error of the file from what was found."""

    def __init__(self, refusal: Callable[[str], ZorgidError]) -> None:
        self._refusal = refusal
        self.mistakes: list[tuple[int, str]] = []

    def wrong(self, line: int, what: str) -> None:
        self.mistakes.append((line, what))

    def refuse(self, found: str) -> NoReturn:
        """Raise the error now, because nothing else of the file can be read."""
        raise self._refusal(found)

    def check(self) -> None:
        """Raise the error if there are mistakes."""
        sentences = [f"line {line}: {what}" if line else what for line, what in sorted(self.mistakes)]
        if sentences:
            self.refuse(
                "; ".join(sentences[:_MOST])
                + (f"; and {len(sentences) - _MOST} more" if len(sentences) > _MOST else "")
            )

    # the kinds of nodes ------------------------------------------------------------------------------------------

    def mapping(
        self, node: Node, what: str, known: Collection[str], needed: Collection[str] = ()
    ) -> Mapping[str, Node]:
        """The keys that are known, after notes about all others and the missing ones; empty if it is no mapping."""
        found = self.pairs(node, what)
        if node.keys is None:
            return found
        for key in found:
            if key not in known:
                self.wrong(node.lines[key], f"{what} has no {shown(key)}{nearest(key, known)}")
        for key in needed:
            if key not in found:
                self.wrong(node.line, f"{what} has no {key}, which it needs")
        return {key: one for key, one in found.items() if key in known}

    def pairs(self, node: Node, what: str) -> Mapping[str, Node]:
        """A mapping with any keys."""
        if node.keys is None:
            self.wrong(node.line, f"{what} has to be a mapping (name: value)")
        return node.keys or {}

    def items(self, node: Node, what: str) -> Sequence[Node]:
        """A list with at least one item."""
        if not node.items:
            self.wrong(node.line, f"{what} has to be a list with at least one item")
        return node.items or ()

    def text(self, node: Node, what: str) -> str:
        """A name or a value, in one line."""
        if node.text is None:
            self.wrong(node.line, f"{what} has to be a text")
        elif not node.text.strip():
            self.wrong(node.line, f"nothing stands behind {what}")
        else:
            # The finder takes no notice of them either; who copies a name from a page cannot see them.
            found = node.text.replace("\xa0", " ").replace("\xad", "").strip()
            if len(found) <= _LONGEST_NAME and found.isprintable():
                return found
            self.wrong(
                node.line, f"{what} has to be one line of at most {_LONGEST_NAME} characters that can be printed"
            )
        return ""

    def one_of(self, node: Node, what: str, known: Collection[str]) -> str:
        """One of these words."""
        found = self.text(node, what)
        if found and found not in known:
            self.wrong(node.line, f"{what} cannot be {shown(found)}{nearest(found, known)}")
        return found if found in known else ""

    def flag(self, node: Node | None, what: str, *, default: bool = False) -> bool:
        if node is None:
            return default
        return self.one_of(node, what, ("true", "false")) == "true"


def shown(name: str) -> str:
    """A name of the file for a message."""
    return f'"{printable(name, 60)}"'


def nearest(name: str, known: Collection[str]) -> str:
    """``, perhaps open``, or all that is known if nothing is similar."""
    import difflib  # only a file with a mistake needs it

    close = difflib.get_close_matches(name.casefold()[:60], list(known), 1, 0.6)
    return f", perhaps {close[0]}" if close else f" (possible: {', '.join(known)})"


def load(path: Path, notes: Notes, *, lines: int) -> tuple[Node, bytes]:
    """The top node and the bytes of the file. lines: how many it may have, besides blank lines and comments."""
    try:
        with path.open("rb") as file:
            data = file.read(MAX_BYTES + 1)
        text = data.decode("utf-8-sig")
    except (OSError, UnicodeDecodeError) as error:
        notes.refuse(in_words(error))
    if len(data) > MAX_BYTES:
        notes.refuse(f"more than {MAX_BYTES // 1024} KiB")
    count = sum(bool(line.strip()) and not line.lstrip().startswith("#") for line in text.splitlines())
    if count > lines:
        notes.refuse(f"{count} lines, without comments and blank lines; at most {lines} are read")
    try:
        events = _Events(text, notes)
        node = events.node(0)
        events.end()
    except yaml.MarkedYAMLError as error:
        mark = error.problem_mark or error.context_mark
        place = f"line {mark.line + 1}, column {mark.column + 1}: " if mark else ""
        notes.refuse(f"{place}this is not YAML; perhaps a quotation mark, a bracket or a blank is missing just before")
    except yaml.YAMLError:
        notes.refuse("a character that YAML does not allow")
    return node, data


class _Events:
    """Builds nodes from the parser's events, so that no alias, tag or depth can make a small file large."""

    def __init__(self, text: str, notes: Notes) -> None:
        self._events: Iterator[Any] = iter(yaml.parse(text, Loader=yaml.SafeLoader))
        self._notes = notes
        next(self._events)  # the start of the stream
        first = next(self._events)
        if isinstance(first, yaml.StreamEndEvent):
            notes.refuse("an empty file")

    def end(self) -> None:
        next(self._events)  # the end of the document
        if not isinstance(next(self._events), yaml.StreamEndEvent):
            self._notes.refuse("several YAML documents (---) in one file")

    def node(self, depth: int, event: Any = None) -> Node:
        event = event or next(self._events)
        line = event.start_mark.line + 1
        if isinstance(event, yaml.AliasEvent) or event.anchor:
            self._notes.refuse(f"line {line}: an anchor or alias of YAML (& or *); quote a name that begins with one")
        if event.tag:
            self._notes.refuse(f"line {line}: a tag of YAML (!); quote a name that begins with it")
        if depth > _DEEPEST:
            self._notes.refuse(f"line {line}: too many levels")
        if isinstance(event, yaml.ScalarEvent):
            nothing = event.style is None and event.value in ("~", "null")
            return Node(line, text="" if nothing else event.value)
        if isinstance(event, yaml.SequenceStartEvent):
            items = []
            while not isinstance(one := next(self._events), yaml.SequenceEndEvent):
                items.append(self.node(depth + 1, one))
            return Node(line, items=items)
        return self._mapping(line, depth)

    def _mapping(self, line: int, depth: int) -> Node:
        keys: dict[str, Node] = {}
        lines: dict[str, int] = {}
        while not isinstance(one := next(self._events), yaml.MappingEndEvent):
            key = self.node(depth + 1, one)
            value = self.node(depth + 1)
            if key.text is None:
                self._notes.wrong(key.line, "a name has to be a text, and not a list or a mapping")
            elif key.text in keys:
                self._notes.wrong(key.line, f"{shown(key.text)} stands twice (first in line {lines[key.text]})")
            else:
                keys[key.text], lines[key.text] = value, key.line
        return Node(line, keys=keys, lines=lines)
