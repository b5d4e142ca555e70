# SPDX-FileCopyrightText: gbz.zorgid contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""HTML as browsers read it (WHATWG HTML, "Parsing HTML documents"), with limits that are checked before parsing.

The tree does not say which form a control belongs to: a ``<div>`` that closes early also closes the form in the tree,
but the controls after it still belong to the form. This module finds the form from the places of the tags.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field

from .._common.charsets import decoded_page
from .._common.errors import ZorgidError
from .._common.libraries import needs

with needs("turbohtml>=1.15"):
    from turbohtml import Element, Namespace, Text, TokenType, parse, tokenize

MOST_BYTES = 5_000_000
MOST_TAGS = 20_000
MOST_ELEMENTS = 60_000
MOST_DEPTH = 400
MOST_ATTRIBUTES = 200
MOST_DOUBTS = 100

CONTROLS = ("input", "select", "textarea", "button")
# Formatting that is not closed is opened again in every block that follows: elements grow with the square of tags.
_FORMATTING = frozenset(("b", "big", "code", "em", "font", "i", "s", "small", "strike", "strong", "tt", "u"))
# One of these closes the one before it.
_ONE_AT_A_TIME = frozenset(("a", "nobr"))
# Elements that contain text and no tags; in drawings and selects they may contain tags.
_RAW = frozenset(
    ("title", "textarea", "style", "script", "xmp", "iframe", "noembed", "noframes", "noscript", "plaintext")
)
_OTHER_RULES = frozenset(("svg", "math", "select", "frameset"))
# Elements in which `</form>` is text, or does not belong to the page.
_APART = frozenset(
    ("template", "noscript", "noembed", "noframes", "iframe", "xmp", "title", "textarea", "style", "script")
)


@dataclass(eq=False, slots=True)
class Node:
    """An HTML element. Attributes without a value have an empty one."""

    tag: str
    attrs: dict[str, str]
    parent: Node | None
    children: list[Node | str] = field(default_factory=list)
    position: tuple[int, int] | None = None
    form: Node | None = None
    """Of a control: the form it belongs to."""
    before: Node | None = None
    """The element before it under the same parent."""

    def has(self, name: str) -> bool:
        return name in self.attrs

    def get(self, name: str) -> str:
        return self.attrs.get(name, "")

    def ancestors(self) -> Iterator[Node]:
        node = self.parent
        while node is not None:
            yield node
            node = node.parent

    def descendants(self) -> Iterator[Node]:
        """This element and all in it, in document order."""
        todo: list[Node] = [self]
        while todo:
            node = todo.pop()
            yield node
            todo += [child for child in reversed(node.children) if isinstance(child, Node)]

    def closest(self, *tags: str) -> Node | None:
        return next((node for node in self.ancestors() if node.tag in tags), None)


@dataclass
class HtmlTree:
    """A page: its elements in document order, and the text of scripts and ``noscript``."""

    root: Node
    nodes: list[Node]
    encoding: str
    """Name in the WHATWG Encoding Standard, such as ``UTF-8`` or ``windows-1252``."""
    ids: dict[str, Node]


def too_large(what: str, most: int, found: int) -> ZorgidError:
    return ZorgidError(
        "form_too_large",
        "The page is too large to be a form",
        expected=f"at most {most} {what}",
        found=f"{found} or more",
        action="check the url of the form",
    )


def read(content_type: str, body: bytes) -> HtmlTree:
    """The tree of a page. Error: ``form_too_large`` (bytes, tags, depth, attributes)."""
    if len(body) > MOST_BYTES:
        raise too_large("bytes", MOST_BYTES, len(body))
    text, encoding = decoded_page(content_type, body)
    closings = _counted(text)
    parsed = parse(text, scripting=True, source_locations=True)
    nodes: list[Node] = []
    top = Node("#document", {}, None)
    apart: list[tuple[tuple[int, int], tuple[int, int]]] = []
    last: dict[int, Node] = {}
    todo: list[tuple[Node, object, int]] = [(top, child, 1) for child in reversed(parsed.children)]
    while todo:
        parent, found, depth = todo.pop()
        if isinstance(found, Text):
            parent.children.append(found.data)
        if not isinstance(found, Element):
            continue
        if depth > MOST_DEPTH:
            raise too_large("levels of elements", MOST_DEPTH, depth)
        place = found.source_location
        start = (place.start_tag.start_line, place.start_tag.start_col) if place else None
        # The content of a drawing has no meaning for a form, unless it is HTML.
        tag = found.tag if found.namespace is Namespace.HTML else f"{found.namespace.value}:{found.tag}"
        node = Node(tag, {name: found.attr(name) or "" for name in found.attrs}, parent, position=start)
        node.before, last[id(parent)] = last.get(id(parent)), node
        parent.children.append(node)
        nodes.append(node)
        if len(nodes) > MOST_ELEMENTS:
            raise too_large("elements", MOST_ELEMENTS, len(nodes))
        if place and place.end_tag and tag in _APART:
            apart.append((start or (0, 0), (place.end_tag.start_line, place.end_tag.start_col)))
        if tag != "template":
            todo += [(node, child, depth + 1) for child in reversed(found.children)]
    ids: dict[str, Node] = {}
    for node in nodes:
        if node.get("id"):
            ids.setdefault(node.get("id"), node)
    _own(nodes, [end for end in closings if not any(first < end < last for first, last in apart)], ids)
    return HtmlTree(top, nodes, encoding, ids)


def _counted(text: str) -> list[tuple[int, int]]:
    """Refuse a page whose tree would be too large; returns the places of ``</form>``.

    Tokens alone do not tell whether ``<textarea>`` contains text (in a drawing and in a select it does not): after one
    of these, text in such elements is counted as if it were tags.
    """
    if text.count("<") > 2 * MOST_TAGS:
        raise too_large("tags", MOST_TAGS, 2 * MOST_TAGS)
    tags = elements = again = 0
    doubtful = raw = False
    open_: dict[str, int] = {}
    closings = []
    todo = [iter(tokenize(text))]
    while todo:
        token = next(todo[-1], None)
        if token is None:
            todo.pop()
        elif token.type is TokenType.TEXT and raw and doubtful and re.search("<[a-zA-Z/]", token.data or ""):
            raw, again = False, again + 1
            if again > MOST_DOUBTS:
                raise too_large("texts that may be tags", MOST_DOUBTS, again)
            todo.append(iter(tokenize(token.data or "")))
        elif token.type in (TokenType.START_TAG, TokenType.END_TAG):
            tag, starts = token.tag or "", token.type is TokenType.START_TAG
            tags += 1
            elements += 1 + sum(open_.values()) if starts else 0
            if len(token.attrs or ()) > MOST_ATTRIBUTES:
                raise too_large("attributes of one element", MOST_ATTRIBUTES, len(token.attrs or ()))
            if tags > MOST_TAGS or elements > MOST_ELEMENTS:
                raise too_large("elements", MOST_ELEMENTS, elements)
            raw = starts and tag in _RAW
            doubtful = doubtful or tag in _OTHER_RULES
            if tag == "form" and not starts and len(todo) == 1:
                closings.append((token.line, token.col))
            if starts and tag in _FORMATTING:
                open_[tag] = open_.get(tag, 0) + 1
            elif starts and tag in _ONE_AT_A_TIME:
                open_[tag] = 1
            elif not starts and open_.get(tag):
                open_[tag] -= 1
    return closings


def _own(nodes: list[Node], closings: list[tuple[int, int]], ids: dict[str, Node]) -> None:
    """Give each control its form: the one named by ``form=``, else the one whose tag is open, else the one around it
    (HTML, "Creating and inserting nodes" and "form owner")."""
    events: list[tuple[tuple[int, int], int, Node | None]] = [(place, 0, None) for place in closings]
    events += [(node.position, 1, node) for node in nodes if node.position and node.tag in (*CONTROLS, "form")]
    events.sort(key=lambda event: event[:2])
    pointer: Node | None = None
    for _place, _order, node in events:
        if node is None or node.tag == "form":
            pointer = node
        else:
            node.form = pointer
    for node in nodes:
        if node.tag not in CONTROLS:
            continue
        if node.has("form"):
            named = ids.get(node.get("form"))
            node.form = named if named and named.tag == "form" else None
        elif node.form is None:
            node.form = node.closest("form")


_BLOCKS = frozenset(
    (
        *(
            "address",
            "article",
            "aside",
            "blockquote",
            "body",
            "br",
            "caption",
            "center",
            "dd",
            "details",
            "dialog",
            "div",
        ),
        *("dl", "dt", "fieldset", "figcaption", "figure", "footer", "form", "h1", "h2", "h3", "h4", "h5", "h6", "head"),
        *("header", "hr", "input", "label", "legend", "li", "main", "nav", "ol", "optgroup", "option", "p", "pre"),
        *(
            "section",
            "select",
            "summary",
            "table",
            "tbody",
            "td",
            "textarea",
            "tfoot",
            "th",
            "thead",
            "title",
            "tr",
            "ul",
        ),
    )
)
_NEVER_SHOWN = frozenset(("script", "style", "template", "noscript", "iframe", "object", "datalist"))


# Soft hyphens and letters without width: a person does not see them.
_UNSEEN = dict.fromkeys(
    (0xAD, 0x34F, 0x180E, 0x200B, 0x200C, 0x200D, 0x2060, 0xFEFF, *range(0x202A, 0x202F), *range(0x2066, 0x206A))
)


def is_hidden(node: Node) -> bool:
    """Whether the page itself says that this element is not shown (style sheets are not read)."""
    return (
        node.tag in _NEVER_SHOWN
        or (node.has("hidden") and node.get("hidden").lower() != "until-found")
        or re.search(r"display\s{0,9}:\s{0,9}none|visibility\s{0,9}:\s{0,9}hidden", node.get("style").lower()[:2000])
        is not None
    )


def element_text(node: Node, skip: Callable[[Node], bool] = is_hidden) -> str:
    """The text of an element as it is shown, in one line: blocks are separated by a blank.

    ``skip``: elements whose text is left out.
    """
    parts: list[str] = []
    todo: list[Node | str] = [node]
    while todo:
        one = todo.pop()
        if isinstance(one, str):
            parts.append(one)
        elif one is not node and skip(one):
            parts.append(" ")
        else:
            if one.tag in _BLOCKS:
                parts.append(" ")
                todo.append(" ")
            todo += reversed(one.children)
    return " ".join("".join(parts).translate(_UNSEEN).split())
