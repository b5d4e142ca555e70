# SPDX-FileCopyrightText: gbz.zorgid contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""A ``Window`` without a browser: pages as data, reached by the names of their links. For the rules of what is done
with a window; that a browser does it too is shown by the tests with one."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from ansible_collections.gbz.zorgid.plugins.module_utils._browser.names import ExportPage, Fill, ListPage, Step, Target
from ansible_collections.gbz.zorgid.plugins.module_utils._browser.window import (
    Here,
    Part,
    Rows,
    Sending,
    Sent,
    Versions,
)
from ansible_collections.gbz.zorgid.plugins.module_utils._common.errors import ZorgidError


@dataclass
class ShownPage:
    """parts: the outline. beside: names with a value beside them. lines: whole lines."""

    parts: Sequence[Part] = ()
    beside: Mapping[str, str] = field(default_factory=dict)
    lines: Sequence[str] = ()


_NO_ROWS = Rows((), (), None)
_ROLES = {"menu": ("menuitem",), "heading": ("heading",), "button": ("button",), "image": ("img",)}


class PageWindow:
    """pages: by the name of the last link; ``start`` is the login page, ``""`` the page after it. A row's page is found
    by the value of the row. scans: after how many looks at the login page somebody has scanned the code."""

    versions = Versions("1.65.2", "156.0")

    def __init__(self, pages: Mapping[str, ShownPage], *, rows: Rows = _NO_ROWS, png: bytes = b"") -> None:
        self.pages, self.listed, self._png = pages, rows, png
        self.at = "start"
        self.scans, self.wrong = 2, list[str]()
        #: what ``drawing`` makes
        self.image: bytes | None = None
        #: what was done, in order
        self.clicks: list[str] = []
        self.closed = False

    @property
    def page(self) -> ShownPage:
        return self.pages[self.at]

    def start(self) -> None:
        self.at = "start"

    def walk(
        self,
        steps: Sequence[Step],
        values: Mapping[str, str],
        *,
        sending: Sending = "nothing",
    ) -> None:
        for step in steps:
            name = values[step.row] if step.row else step.target.name
            self.clicks.append(f"{step.target.kind} {name}")
            if name not in self.pages:
                raise ZorgidError("page_not_as_mapped", "There is no such thing on the page")
            self.at = name

    def walk_on(
        self,
        steps: Sequence[Step],
        values: Mapping[str, str],
        if_shown: Sequence[Target],
        over: Sequence[Target],
        templates: Sequence[str],
        choices: Sequence[Mapping[str, str]],
    ) -> Here | None:
        raise AssertionError("nothing is changed")

    def shown(self, targets: Sequence[Target], *, wait: float = 0) -> int | None:
        if self.at == "start" and any(one.name == "Inloggen" for one in targets):
            self.scans -= 1
            if self.scans < 0:
                self.at = ""
        return next((place for place, one in enumerate(targets) if self._has(one)), None)

    def _has(self, target: Target) -> bool:
        if target.kind == "line":
            return target.name in self.page.lines
        roles = _ROLES.get(target.kind)
        found = [part for part in self.page.parts if part.name == target.name]
        if roles is None:
            found = [part for part in found if part.role not in ("heading", "button", "menuitem", "img")]
        else:
            found = [part for part in found if part.role in roles]
        return len(found) == 1 or (target.inside is not None and bool(found))

    def each_shown(self, targets: Sequence[Target]) -> Sequence[bool]:
        return [self._has(one) for one in targets]

    def here(self, over: Sequence[Target], templates: Sequence[str], choices: Sequence[Mapping[str, str]]) -> Here:
        return Here(any(self.each_shown(over)), [self.lines(templates, values) for values in choices])

    def lines(self, templates: Sequence[str], values: Mapping[str, str]) -> bool:
        return all(self.page.lines.count(template.format_map(values)) == 1 for template in templates)

    def beside(self, names: Sequence[str]) -> Mapping[str, str]:
        if missing := [name for name in names if name not in self.page.beside]:
            raise ZorgidError("page_not_as_mapped", f"Nothing stands beside {missing[0]}")
        return {name: self.page.beside[name] for name in names}

    def fill(self, fills: Sequence[Fill], texts: Sequence[str]) -> Sequence[str]:
        raise AssertionError("nothing is filled in")

    def ready(
        self,
        last: Target,
        *,
        done: Sequence[Target],
        refused: Sequence[Target],
        person: Sequence[Target],
        over: Sequence[Target],
    ) -> None:
        raise AssertionError("no last button is pressed")

    def last(
        self,
        last: Target,
        confirm: Target | None,
        *,
        done: Sequence[Target],
        refused: Sequence[Target],
        person: Sequence[Target],
        over: Sequence[Target],
    ) -> Sent:
        raise AssertionError("no last button is pressed")

    def rows(self, page: ListPage) -> Rows:
        return self.listed

    def download(self, page: ExportPage) -> Path:
        raise AssertionError("nothing is downloaded")

    def picture(self, target: Target) -> bytes:
        return self._png

    def drawing(self, words: Sequence[str], never: Sequence[Target]) -> bytes | None:
        return self.image

    def outline(self, known: Sequence[str]) -> Sequence[Part]:
        return self.page.parts

    def self_test(self) -> Sequence[str]:
        return self.wrong

    def state(self) -> bytes:
        raise AssertionError("no session is kept")

    def escape(self) -> None:
        """No dialog is open."""

    def close(self) -> None:
        self.closed = True
