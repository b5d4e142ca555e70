# SPDX-FileCopyrightText: gbz.zorgid contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""Remarks for the user about a list that was read; they name no person."""

from __future__ import annotations

from .list_header import Columns
from .mapping import ListMapping
from .people import People
from .row_reader import RowReader
from .sources import Grid


def notes_of(grid: Grid, columns: Columns, mapping: ListMapping, reader: RowReader, people: People) -> list[str]:
    """The remarks; call it when all rows were read."""
    found: list[str] = []
    if "date_of_birth" not in columns.read:
        found.append(
            "the list has no date of birth: people are recognised by their number (or UZI number) alone, and nobody "
            "new can be compared with an identity document"
        )
    if reader.unchecked:
        found.append(
            f"{reader.unchecked} rows have the type of an identity document but not who checked it: that is no WID "
            "check, so these people register themselves"
        )
    for one in people.waiting:
        found.append(f"row {one.rows[0]} starts on {one.starts_on}: no account yet")
    for account in people.accounts:
        if account.starts_on:
            found.append(f"row {account.rows[0]} has no contract now, and one that starts on {account.starts_on}")
    for rows in people.mailboxes:
        numbers = ", ".join(str(row) for row in rows[:10])
        found.append(f"rows {numbers} have one mail address: no personal letter is mailed to it")
    private = sum(account.private_mail for account in people.accounts)
    if private:
        found.append(f"{private} people are written to at their private address, because they have none of work")
    if people.never_begun:
        found.append(f"{people.never_begun} contracts end before they begin; they are read as never begun")
    for rows_of, what in (
        (reader.unusual, "have a prefix that is not one of the usual ones; check whether it belongs to the surname"),
        (reader.commas, "have a comma in the surname, which no identity document has; export prefix and surname apart"),
        (reader.odd, "have signs in a name that no identity document has (digits, brackets, *); check them"),
        (reader.doubled, "have the prefix in its own column and before the surname; it is used once"),
        (
            reader.codes,
            f"have a code of name use that {mapping.system} is not known to have; nothing depends on it",
        ),
    ):
        if rows_of:
            numbers = ", ".join(str(row) for row in rows_of[:10]) + (" …" if len(rows_of) > 10 else "")
            found.append(f"{len(rows_of)} rows {what} (row {numbers})")
    if reader.nothings:
        places = list(dict.fromkeys(reader.nothings))
        numbers = ", ".join(str(row) for row in places[:10]) + (" …" if len(places) > 10 else "")
        found.append(
            f"{len(reader.nothings)} cells contain a word for nothing (such as NULL, n.v.t., -) and are read as empty "
            f"(row {numbers})"
        )
    if reader.days.serials:
        found.append(f"{reader.days.serials} dates were plain numbers and were read as Excel dates; check one of them")
    hidden = grid.form.get("hidden_rows")
    if hidden:
        found.append(f"the sheet has hidden rows, {hidden} of them (a filter, perhaps); they were read like the others")
    return found
