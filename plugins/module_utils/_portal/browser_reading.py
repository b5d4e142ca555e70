# SPDX-FileCopyrightText: gbz.zorgid contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""The members of an organisation from the rows of a list on the portal's pages. Pure."""

from __future__ import annotations

from .._browser.names import PageMap
from .._browser.window import Rows
from .._common.errors import ZorgidError
from .._lists import cells
from .driver import Reading
from .export_form import ExportForm, form_of_list
from .member_rows import Wrong, member_of
from .model import Actual
from .twins import MOST


def reading_of_rows(found: PageMap, rows: Rows) -> Reading:
    """The members as the list shows them; what it does not show is ``unknown``. It is not complete if the portal does
    not say how many members there are, or says another number. Error: ``portal_list_unreadable``, also for a list of
    nobody, because an organisation always has an administrator."""
    form = form_of_list(found)
    if form is None:
        raise _unreadable("a list in the page map", "none", "give the page map list or export")
    places = _places(form, rows)
    unknown = form.unknown(form.columns.values())
    wrong: list[str] = []
    members: list[Actual] = []
    first: dict[str, int] = {}
    for number, line in enumerate(rows.rows, 1):
        mistakes = Wrong(f"row {number}", str, wrong)
        cell = {title: _shown(line[index]) if index < len(line) else "" for title, index in places.items()}
        member = member_of(form, cell, unknown, mistakes)
        if not member["id"]:
            mistakes.add(form.title("id"), "nothing")
        elif (before := first.setdefault(member["id"], number)) != number:
            mistakes.add(form.title("id"), f"the same user as in row {before}; the list changed while it was read")
        members.append(member)
    if wrong:
        more = f"; and {len(wrong) - MOST} more" if len(wrong) > MOST else ""
        raise _unreadable(
            form.expected, "; ".join(wrong[:MOST]) + more, "run again; if it stays so, correct the page map"
        )
    if not members:
        raise _unreadable(
            "at least an administrator", "no member at all", "look at the list in the portal, and correct the page map"
        )
    return Reading(members, complete=rows.total == len(members))


def _places(form: ExportForm, rows: Rows) -> dict[str, int]:
    titles = [cells.clean(title).casefold() for title in rows.titles]
    places = {}
    for title in form.columns:
        count = titles.count(title.casefold())
        if count != 1:
            raise _unreadable(
                f"one column for each of {', '.join(form.columns)}",
                f"{count or 'no'} column {title}",
                "compare list.columns of the page map with the list in the portal",
            )
        places[title] = titles.index(title.casefold())
    return places


def _shown(text: str) -> str:
    """A cell without the dash that a page shows for nothing."""
    found = cells.clean(text)
    return "" if cells.nothing(found, whose=False) else found


def _unreadable(expected: str, found: str, action: str) -> ZorgidError:
    return ZorgidError(
        "portal_list_unreadable",
        "The list of members on the portal's page cannot be used; nothing was changed",
        expected=expected,
        found=found,
        action=action,
    )
