# SPDX-FileCopyrightText: gbz.zorgid contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""Shows the page of a list that has one person's row.

A row is looked for on all pages, and there has to be exactly one: a namesake may be on a later page. Only for ``id``,
which the portal itself keeps unique, the page of the last look at the whole list is believed, if the row is still
there; every other person would cost the time of the whole list again. A page that was loaded as a document of its own
is opened by its address; a list in the memory of a page is turned page by page.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence

from .._common.errors import ZorgidError
from . import in_page
from .looking import odd
from .names import ListPage, Step, Target
from .reading import each_page
from .tab import Tab
from .window import Rows


class RowPages:
    """go: opens an address."""

    def __init__(self, tab: Tab, go: Callable[[str], None]) -> None:
        self._tab, self._go = tab, go
        #: the last look at each list, by the address of its first page and the title of the column
        self._looks: dict[tuple[str, str], _Look] = {}

    def read(self, page: ListPage) -> Rows:
        """All rows, and where they are."""
        titles = list(page.columns)
        place = next((place for place, ours in enumerate(page.columns.values()) if ours == "id"), None)
        found, total = list[list[str]](), None
        look = _Look(self._tab)
        for part, said in each_page(self._tab, page.table, titles, page.next, page.total):
            found += part
            total = said.get("total", total)
            look.note([] if place is None else [row[place] for row in part])
        if place is not None:
            self._looks[look.first, titles[place]] = look
        return Rows(titles, found, total)

    def show(self, step: Step, value: str, again: Callable[[], object]) -> None:
        """The page with the row of this step, from the first page of the list. again: opens the first page once more.
        Error: ``page_not_as_mapped`` if there is not exactly one such row."""
        if step.following is None or not value:
            return  # the click looks at this page, and wants exactly one row
        column = step.target.value or step.target.name
        wanted = in_page.normal(self._tab.page, value)
        key = in_page.document(self._tab.page)[1], column
        if step.row == "id" and (before := self._looks.get(key)) is not None:
            places = before.pages.get(wanted, [])
            if len(places) == 1:
                if self._still_on(step, before, places[0], wanted):
                    return
                again()
        look = _Look(self._tab)
        for part, _said in each_page(self._tab, *_table(step), step.following, step.total):
            look.note([row[0] for row in part])
        if step.row == "id":
            self._looks[key] = look
        places = look.pages.get(wanted, [])
        if len(places) != 1:
            raise odd(f'a row by its column "{column}"', "exactly one on all pages", str(len(places) or "none"))
        if places[0] != look.number:
            if places[0] not in look.addresses:
                again()
            self._turn_to(step, look, places[0])

    def _turn_to(self, step: Step, look: _Look, number: int) -> None:
        """From the first page."""
        if address := look.addresses.get(number):
            self._go(address)
            return
        pages = each_page(self._tab, *_table(step), step.following, step.total)
        for at, _part in enumerate(pages, 1):
            if at == number:
                return

    def _still_on(self, step: Step, look: _Look, number: int, wanted: str) -> bool:
        table, titles = _table(step)
        try:
            self._turn_to(step, look, number)
            rows = in_page.rows(self._tab.page, table, titles, wait=self._tab.ready)
        except ZorgidError as error:
            if error.code != "page_not_as_mapped":
                raise
            return False  # the list became shorter
        return [row[0] for row in rows].count(wanted) == 1


class _Look:
    """What is seen in one look at all pages. pages: text of the column -> numbers of its pages, from 1. addresses: of
    pages that are documents of their own. first: address of the first page. number: of the last page."""

    def __init__(self, tab: Tab) -> None:
        self._tab = tab
        self.first = ""
        self.number = 0
        self.pages: dict[str, list[int]] = {}
        self.addresses: dict[int, str] = {}
        self._document = 0.0
        self._address = ""

    def note(self, texts: Sequence[str]) -> None:
        """The page that is shown now has these cells."""
        self.number += 1
        for text in texts:
            self.pages.setdefault(text, []).append(self.number)
        before = self._document, self._address
        self._document, self._address = in_page.document(self._tab.page)
        if self.number == 1:
            self.first = self._address
        # Only where the portal itself went to another document of another address: opening it again is the same.
        elif before[0] != self._document and before[1] != self._address:
            self.addresses[self.number] = self._address


def _table(step: Step) -> tuple[Target, list[str]]:
    """The table of a row, and its columns: that of the row's value, and that of the link."""
    titles = list(dict.fromkeys((step.target.value or step.target.name, step.target.name)))
    return Target("heading", step.target.inside or ""), titles
