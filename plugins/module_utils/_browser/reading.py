# SPDX-FileCopyrightText: gbz.zorgid contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""A list, through all its pages."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence

from .._common.errors import ZorgidError
from . import in_page
from .names import Target
from .tab import Tab

_MOST_PAGES = 1000


def each_page(
    tab: Tab, table: Target, titles: Sequence[str], following: Target | None, total: str | None
) -> Iterator[tuple[list[list[str]], Mapping[str, int]]]:
    """The rows of each page, and the numbers of its line ``total``; the tab shows that page. following: the link to the
    next one. Error: ``page_not_as_mapped`` if the pages do not follow each other, or do not end."""
    count = 0
    part = in_page.rows(tab.page, table, titles, wait=tab.ready)
    for _page in range(_MOST_PAGES):
        said = (in_page.numbers(tab.page, total) if total else None) or {}
        if said.get("from", count + 1) not in (count + 1, 0):
            raise _incomplete("its pages do not follow each other")
        count += len(part)
        yield part, said
        ends = said.get("to") is not None and said.get("to") == said.get("total")
        if following is None or ends or in_page.shown(tab.page, [following]) is None:
            return
        before = part
        in_page.press(tab.page, following, timeout=tab.timeout)
        tab.settle()
        tab.gate.check()

        def other(before: list[list[str]] = before) -> list[list[str]] | None:
            now = in_page.rows(tab.page, table, titles, wait=tab.ready)
            return now if now != before else None

        after = tab.until(other, tab.ready)
        if after is None:
            raise _incomplete("the following page shows the same")
        part = after
    raise _incomplete(f"more than {_MOST_PAGES} pages")


def _incomplete(found: str) -> ZorgidError:
    return ZorgidError(
        "page_not_as_mapped",
        "The portal's list cannot be read to its end",
        expected="pages that follow each other, as the page map says",
        found=found,
        action="look at the list in an ordinary browser, and correct the page map",
    )
