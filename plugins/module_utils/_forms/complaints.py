# SPDX-FileCopyrightText: gbz.zorgid contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""The errors that a page shows about the values that were filled in."""

from __future__ import annotations

import re

from .html_tree import (
    HtmlTree,
    Node,
    element_text,
    is_hidden,
)

_ERROR_CLASS = re.compile(
    r"(?:^|[\s_-])(?:error|errors|errorlist|fout|invalid-feedback|validation)(?:$|[\s_-])", re.IGNORECASE
)


class Complaints:
    """The errors on the page, and the control that each is about. Each place of the page is read once."""

    def __init__(self, document: HtmlTree) -> None:
        self._ids = document.ids
        self._texts: list[str] = []
        self._in: dict[int, str] = {}
        self._by_id: dict[str, str] = {}
        holds: set[int] = set()
        for node in document.nodes:
            if node.tag in ("input", "select", "textarea"):
                for one in (node, *node.ancestors()):
                    if id(one) in holds:
                        break
                    holds.add(id(one))
        for node in document.nodes:
            if not _marked_as_error(node) or id(node) in holds or is_hidden(node):
                continue
            text = element_text(node)[:200]
            if text:
                self._texts.append(text)
                for around in (node, *node.ancestors()):
                    if id(around) in self._in:
                        break
                    self._in[id(around)] = text

    def all(self) -> tuple[str, ...]:
        return tuple(dict.fromkeys(self._texts))

    def _text_of(self, id_: str) -> str:
        if id_ not in self._by_id:
            node = self._ids.get(id_)
            self._by_id[id_] = "" if node is None or is_hidden(node) else element_text(node)[:200]
        return self._by_id[id_]

    def of(self, control: Node) -> str | None:
        invalid = control.get("aria-invalid") == "true"
        ids = control.get("aria-errormessage").split() + (control.get("aria-describedby").split() if invalid else [])
        texts = [self._text_of(one) for one in ids[:20]]
        near = control.closest("p", "div", "li", "td", "label", "tr")
        if not any(texts) and near is not None:
            texts = [self._in.get(id(near), "")]
            if not any(texts):
                # Error next to the field's block, as Django writes it: <ul class="errorlist"> before <p>.
                before = near.before
                texts = [self._in.get(id(before), "")] if before is not None and _marked_as_error(before) else []
        return next((text for text in texts if text), "invalid" if invalid else None)


def _marked_as_error(node: Node) -> bool:
    return bool(_ERROR_CLASS.search(node.get("class")[:500])) or node.get("role") == "alert"
