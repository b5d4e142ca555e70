# SPDX-FileCopyrightText: gbz.zorgid contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""The texts that name a control for a person, the most telling first (compare the accessible name, W3C accname)."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterator
from dataclasses import dataclass

from .html_tree import (
    HtmlTree,
    Node,
    element_text,
    is_hidden,
    too_large,
)

MOST_LABELS = 3_000
MOST_LABEL_CHARACTERS = 500

_WORDS = r"(?:verplicht\w*|vereist|required|optioneel|optional)(?: (?:veld|vraag|field))?"
_DECORATION = re.compile(rf"\({_WORDS}\)|[*:\u2217]", re.IGNORECASE)
_MARK = re.compile(rf"\(?(?:{_WORDS}|\*|\u2217)\)?", re.IGNORECASE)
_REQUIRED = re.compile(r"^[*\u2217]|[*\u2217] ?:?$|\((?:verplicht|vereist|required)[^()]{0,20}\)", re.IGNORECASE)
_REQUIRED_MARK = re.compile(r"\*|\u2217|verplicht|vereist|required", re.IGNORECASE)
_HINT = re.compile(r"(?:^|[\s_-])(?:tooltip|popover|hint|help|uitleg|toelichting|info)(?:$|[\s_-]|text)", re.IGNORECASE)
_CONTROLS = frozenset(("select", "textarea", "button", "input", "output", "svg:svg"))
# Letters that look the same on the page: typographic hyphens and quotes.
_SAME = str.maketrans(dict.fromkeys("\u2010\u2011\u2012\u2013\u2212", "-") | dict.fromkeys("\u2018\u2019\u02bc", "'"))


def normal(text: str | None) -> str:
    """A label in a form in which two spellings of it are equal: no case, single blanks, nothing invisible
    (soft hyphens, zero width), no colon, asterisk or "(verplicht)"."""
    composed = unicodedata.normalize("NFKC", (text or "")[:MOST_LABEL_CHARACTERS]).translate(_SAME)
    seen = "".join(letter for letter in composed if unicodedata.category(letter) != "Cf")
    return " ".join(_DECORATION.sub(" ", " ".join(seen.split())).split()).casefold()


@dataclass(frozen=True)
class Label:
    """A text that names a control, and whether it says that the control is required."""

    text: str
    required: bool = False


class Labels:
    """The labels of a page, indexed once, so that a look-up per control is cheap."""

    def __init__(self, document: HtmlTree) -> None:
        self._ids = document.ids
        self._texts: dict[int, list[Label]] = {}
        self._groups: dict[int, list[Label]] = {}
        self._for: dict[str, list[Node]] = {}
        found = [node for node in document.nodes if node.tag == "label"]
        if len(found) > MOST_LABELS:
            raise too_large("labels", MOST_LABELS, len(found))
        for label in found:
            if label.get("for"):
                self._for.setdefault(label.get("for"), []).append(label)

    def of(self, control: Node) -> list[Label]:
        """All labels of a control itself."""
        found = [*self._named(control.get("aria-labelledby")), *_said(control.get("aria-label"))]
        for label in self._for.get(control.get("id"), []) if control.get("id") else []:
            found += self._read(label)
        around = control.closest("label")
        if around is not None and around.get("for") in ("", control.get("id")):
            found += self._read(around)
        if not found:
            # Forms laid out in tables or definition lists: the cell before.
            found += self._before(control, "td", ("td", "th"))
            found += self._before(control, "dd", ("dt",))
        found += [*_said(control.get("title")), *_said(control.get("placeholder"))]
        return list(dict.fromkeys(found))

    def of_group(self, control: Node) -> list[Label]:
        """The labels of the elements around a control: a fieldset's legend, the name of a group, the cell before."""
        for group in control.ancestors():
            if group.tag == "fieldset" or group.get("role") in ("radiogroup", "group"):
                if id(group) not in self._groups:
                    self._groups[id(group)] = self._of_one(group)
                if self._groups[id(group)]:
                    return self._groups[id(group)]
        return self._before(control, "td", ("td", "th"))

    def _of_one(self, group: Node) -> list[Label]:
        found = [*self._named(group.get("aria-labelledby")), *_said(group.get("aria-label"))]
        for legend in group.children:
            if isinstance(legend, Node) and legend.tag == "legend":
                found += self._read(legend)
        return found

    def _named(self, ids: str) -> list[Label]:
        """The texts of these elements: all together, as a screen reader reads them (accname 2B), and each alone."""
        read = [self._read(self._ids[one]) for one in ids.split()[:20] if one in self._ids]
        each = [label for labels in read for label in labels]
        if len(read) < 2:
            return each
        whole = " ".join(labels[0].text for labels in read if labels)[:MOST_LABEL_CHARACTERS]
        return [Label(whole, any(label.required for label in each)), *each]

    def _before(self, control: Node, cell: str, tags: tuple[str, ...]) -> list[Label]:
        inside = control.closest(cell)
        before = inside.before if inside else None
        while before is not None and before.tag not in tags:
            before = before.before
        return self._read(before) if before else []

    def _read(self, node: Node) -> list[Label]:
        """The text of a label, and the same without hints in it. Read once for each element."""
        if id(node) not in self._texts:
            self._texts[id(node)] = list(_variants(node))
        return self._texts[id(node)]


def _said(text: str) -> list[Label]:
    text = " ".join(text[:MOST_LABEL_CHARACTERS].split())
    return [Label(text, bool(_REQUIRED.search(text)))] if text else []


def _variants(node: Node) -> Iterator[Label]:
    all_of_it = element_text(node, lambda one: is_hidden(one) or one.tag in _CONTROLS)[:MOST_LABEL_CHARACTERS]
    marks = [_leaf(one) for one in node.descendants() if _is_mark(one)]
    required = bool(_REQUIRED.search(all_of_it)) or any(_REQUIRED_MARK.search(mark) for mark in marks)
    with_hints = element_text(node, _left_out)
    bare = element_text(node, lambda one: _left_out(one) or _is_hint(one))
    for text in dict.fromkeys((bare, with_hints)):
        if text:
            yield Label(text[:MOST_LABEL_CHARACTERS], required)


def _leaf(node: Node) -> str:
    """The text of an element without elements in it."""
    return " ".join("".join(one for one in node.children if isinstance(one, str))[:100].split())


def _is_mark(node: Node) -> bool:
    """An asterisk or the word "verplicht" in an element of its own, for the eye or for a screen reader."""
    return (
        node.tag != "label"
        and all(isinstance(one, str) for one in node.children)
        and _MARK.fullmatch(_leaf(node)) is not None
    )


def _left_out(node: Node) -> bool:
    return (
        is_hidden(node)
        or node.tag in _CONTROLS
        or node.get("aria-hidden") == "true"
        or node.get("role") == "tooltip"
        or _is_mark(node)
    )


def _is_hint(node: Node) -> bool:
    return node.tag == "small" or _HINT.search(node.get("class")[:200]) is not None
