# SPDX-FileCopyrightText: gbz.zorgid contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""Finds rows in a shared list that belong to no organisation of the run. Pure."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping

from .observed import Look, Observed, Trouble

#: number of rows that are named; more are counted
NAMED = 5

Others = Mapping[str, Mapping[str, tuple[int, ...]]]


def rows_of_nobody(organisations: Iterable[tuple[str, Observed]]) -> tuple[Trouble, ...]:
    """``organisations``: ``Host.list_file`` and observations of each. Returns at most one trouble for each list.

    A list that one of its organisations could not read (one on hold reads none) gives no trouble: the rows may belong
    to that organisation.
    """
    sharing: dict[str, list[Others | None]] = {}
    for list_file, observed in organisations:
        if list_file:
            sharing.setdefault(list_file, []).append(_others(observed))
    found = []
    for file, readings in sorted(sharing.items()):
        read = [one for one in readings if one is not None]
        if len(read) == len(readings) > 1 and (rows := list(_rows(read))):
            found.append(_trouble(file.partition(" ")[2], rows))
    return tuple(found)


def _others(observed: Observed) -> Others | None:
    portal = observed.portal
    if portal.look is not Look.GOOD or portal.value is None or portal.value.employees is None:
        return None
    return portal.value.employees.others


def _rows(read: list[Others]) -> Iterator[tuple[int, int]]:
    """First row and count of each value that no organisation has, in the columns that distinguish the organisations. A
    column in which all of them skip the same values (such as the state of a contract) does not distinguish them."""
    for column in set.intersection(*(set(one) for one in read)):
        values = [set(one[column]) for one in read]
        of_all = set.intersection(*values)
        if any(one != of_all for one in values):
            yield from ((read[0][column][value][0], read[0][column][value][1]) for value in of_all)


def _trouble(file: str, rows: list[tuple[int, int]]) -> Trouble:
    count = sum(number for _first, number in rows)
    firsts = sorted({first for first, _number in rows})[:NAMED]
    rest = count - len(firsts)
    named = ", ".join(map(str, firsts)) + (f" and {rest} more" if rest else "")
    return Trouble(
        "row_of_no_organisation",
        f"{count} {'rows' if count > 1 else 'row'} of the list {file} belong to no organisation of this inventory",
        expected="where in the mapping of one organisation that fits each row",
        found=f"row {named}",
        action="add the organisation, or correct where in its mapping or the value in the list; "
        "if these rows are somebody else's, nothing needs to be done",
    )
