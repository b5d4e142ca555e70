# SPDX-FileCopyrightText: gbz.zorgid contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""Finds members on no list, rows of a list without a member, and WID checks by a person who is no operator. Pure.

The result is for a person to look at; nothing is changed because of it. It contains ids and rows, but no names of
people.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field

from .._onboarding.observed import Trouble
from .._portal.model import PORTAL_ROLES, Account, Actual
from .._portal.shown_numbers import may_be_shown
from .._portal.source import Source

#: number of ids or rows that are listed; more are counted
NAMED = 5


@dataclass(frozen=True)
class ListRead:
    """A list, and the member of each of its accounts, by position (``planner.plan``)."""

    source: Source
    found: Mapping[int, Actual] = field(default_factory=dict)

    @property
    def people(self) -> set[str]:
        """All ids of people in the list: present, former and future ones."""
        listed = {number for one in self.source.accounts for number in (one["external_id"], *one.get("former_ids", ()))}
        waiting = self.source.understood.waiting if self.source.understood else ()
        return listed | {one.external_id for one in waiting}


def on_no_list(
    members: Sequence[Actual], lists: Mapping[str, ListRead], *, whole: bool = True, purge: bool = False
) -> dict[str, tuple[Trouble, ...]]:
    """For each of ``lists`` (``administrators``, ``employees``), what a person has to look at.

    ``whole``: all configured lists could be read; otherwise no member is reported as on no list. ``purge``: the run
    removes members who are not on the list, and reports that as its changes."""
    troubles: dict[str, tuple[Trouble, ...]] = {}
    strangers = _strangers(members, lists.values()) if whole and not purge else []
    operators = _operators(members, lists.get("administrators"))
    personal = any(one.source.key_is_personal for one in lists.values())
    for kind, one in lists.items():
        theirs = [item for item in strangers if (item["role"] in PORTAL_ROLES) == (kind == "administrators")]
        found = (_unlisted(theirs, kind, personal), _rows(one), _checkers(one, operators))
        troubles[kind] = tuple(trouble for trouble in found if trouble)
    return troubles


def _strangers(members: Iterable[Actual], lists: Iterable[ListRead]) -> list[Actual]:
    named = {number for one in lists for number in one.people}
    matched = {item["id"] for one in lists for item in one.found.values()}
    return [
        item
        for item in members
        if not item.get("gone") and item["id"] not in matched and item["external_id"] not in named
    ]


def _operators(members: Iterable[Actual], listed: ListRead | None) -> set[str]:
    """The ids of people who may do a WID check, by the portal or the list of administrators."""
    shown = {item["external_id"] for item in members if item["role"] in PORTAL_ROLES and not item.get("gone")}
    ours = {one["external_id"] for one in listed.source.accounts if one["state"] != "absent"} if listed else set()
    return {number for number in shown if number} | ours


def _unlisted(members: Sequence[Actual], kind: str, personal: bool) -> Trouble | None:
    if not members:
        return None
    count = f"{len(members)} members" if len(members) > 1 else "1 member"
    ids = [] if personal else [item["external_id"] or "" for item in members]
    which = _named([one for one in ids if may_be_shown(one)], len(members)) if ids else ""
    which = which or "their ids are not shown: they may be made of names"
    return Trouble(
        "member_on_no_list",
        f"The portal shows {count} of this organisation that no list names ({kind})",
        expected="a row for each member of the organisation",
        found=which,
        action="add each person to the list; whoever left is unlinked with gbz.zorgid.offboard. "
        "Nobody is unlinked because of this",
    )


def _rows(one: ListRead) -> Trouble | None:
    """Rows that change an account but match no member: a person who put a lost phone on the list would think that it is
    blocked."""
    rows = [
        place
        for place, account in enumerate(one.source.accounts, 1)
        if account["state"] in ("blocked", "revoked") and place not in one.found
    ]
    if not rows:
        return None
    return Trouble(
        "row_of_nobody",
        f"{len(rows)} {'rows of the list are' if len(rows) > 1 else 'row of the list is'} nobody's",
        expected="a member of the organisation for each row that blocks or revokes",
        found=_places(one.source, rows),
        action="correct the number in the row, or remove the row; nothing is blocked or revoked by it",
    )


def _checkers(one: ListRead, operators: set[str]) -> Trouble | None:
    """Only for people who are no members yet: an old check may be by a former operator."""
    rows = [
        place
        for place, account in enumerate(one.source.accounts, 1)
        if place not in one.found and account["state"] == "present" and _checker(account) not in operators | {""}
    ]
    if not rows:
        return None
    return Trouble(
        "checker_no_operator",
        f"{len(rows)} WID check{'s are' if len(rows) > 1 else ' is'} by somebody who is no operator",
        expected="in checked_by the id of an operator or administrator of this organisation",
        found=f"{_places(one.source, rows)}: in the portal and on the list of administrators nobody has that id",
        action="correct checked_by, or register the operator first",
    )


def _checker(account: Account) -> str:
    return account["identification"]["checked_by"] if "identification" in account else ""


def _places(source: Source, places: Sequence[int]) -> str:
    if source.rows:
        where = source.read.get("file", "the list")
        return f"row {_named([str(source.rows[place - 1]) for place in places], len(places))} of {where}"
    return f"account {_named([str(place) for place in places], len(places))} of {source.read.get('file', 'the list')}"


def _named(those: Sequence[str], count: int) -> str:
    shown = sorted(those[:NAMED], key=lambda one: (len(one), one))
    rest = count - len(shown)
    return ", ".join(shown) + (f" and {rest} more" if rest and shown else "")
