# SPDX-FileCopyrightText: gbz.zorgid contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""The result of reading a list: its form, its headers, the accounts, the rows left out with the reason, and mistakes.

Only ``accounts`` and ``waiting`` contain personal data; everything else names no person and may be shown to anybody.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from .._common.errors import ZorgidError
from .mapping import ListMapping

#: maximum of mistakes in one message
MOST = 20


@dataclass(frozen=True, slots=True)
class Header:
    """A column of the list from which a field is read. title: as it is written in the list."""

    field: str
    title: str
    letter: str


@dataclass(frozen=True, slots=True)
class Wrong:
    """A mistake. row: its number in the file, 0 for the list as a whole. column: header and letter, or ''. action: what
    HR has to do in its system or in Excel."""

    row: int
    column: str
    what: str
    action: str

    def __str__(self) -> str:
        place = ", ".join(part for part in (f"row {self.row}" if self.row else "", self.place) if part)
        return f"{place}: {self.what}" if place else self.what

    @property
    def place(self) -> str:
        return f"column {self.column}" if self.column else ""


@dataclass(frozen=True, slots=True)
class LeftOut:
    """Rows or sheets that give no account. reason: ``blank, title, total, header, guest, no_number, where,
    hidden_sheet, other_sheet``. rows: the first of them."""

    reason: str
    what: str
    count: int
    rows: tuple[int, ...] = ()


@dataclass(frozen=True, slots=True)
class ListedAccount:
    """One person. fields: of the account, in the form of the portal's list (``external_id`` … ``state``).

    rows: numbers in the file, in order. former_ids: older numbers of this person. starts_on: begin of a future
    contract, if the person has none now (``YYYY-MM-DD``). shared_mailbox: another person of the list has the same mail
    address, so no personal letter may be sent to it. private_mail: it is a private address. name_use: B, P, PB, BP or
    ''.
    """

    fields: Mapping[str, Any]
    rows: tuple[int, ...]
    former_ids: tuple[str, ...] = ()
    starts_on: str = ""
    ends_on: str = ""
    shared_mailbox: bool = False
    private_mail: bool = False
    name_use: str = ""

    @property
    def external_id(self) -> str:
        return str(self.fields["external_id"])


@dataclass(frozen=True, slots=True)
class Waiting:
    """A person whose first contract is in the future, so there is no account yet."""

    external_id: str
    starts_on: str
    rows: tuple[int, ...]


@dataclass(frozen=True, slots=True)
class Understood:
    """A list that was read. file: its name. form: format, encoding, delimiter, sheet, header_row, rows, hidden_rows.
    mapping: the one that was used; None without one. proposal: a mapping as plain data, if none was given and the
    columns are not ours. unknown: columns that were not read, by letter only."""

    file: str
    form: Mapping[str, Any]
    mapping: ListMapping | None
    headers: tuple[Header, ...] = ()
    unknown: tuple[str, ...] = ()
    accounts: tuple[ListedAccount, ...] = ()
    waiting: tuple[Waiting, ...] = ()
    left_out: tuple[LeftOut, ...] = ()
    wrong: tuple[Wrong, ...] = ()
    notes: tuple[str, ...] = ()
    proposal: Mapping[str, Any] = field(default_factory=dict)
    #: the result of ``Entries.others``
    others: Mapping[str, Mapping[str, tuple[int, ...]]] = field(default_factory=dict)

    @property
    def usable(self) -> bool:
        """Whether there are accounts and no mistakes."""
        return not self.wrong and bool(self.accounts)

    def refuse_mistakes(self) -> None:
        """Error ``accounts_invalid`` with the mistakes of all rows; ``accounts_empty`` for a list without people."""
        if self.wrong:
            mistakes = "; ".join(map(str, self.wrong[:MOST])) + _rest(len(self.wrong))
            rows = list(dict.fromkeys(one.row for one in self.wrong[:MOST] if one.row))
            raise ZorgidError(
                "accounts_invalid",
                f"The accounts file {self.file} is not usable: {mistakes}",
                expected="a list in which every row of a person can be read in one way only",
                found=f"{len(self.wrong)} mistakes" if len(self.wrong) > 1 else "one mistake",
                action="; ".join([*_by_action(self.wrong[:MOST]), "nothing was changed"]),
                details={"file": self.file, "rows": rows},
            )
        if not self.accounts:
            out = ", ".join(f"{one.count} {one.what}" for one in self.left_out)
            raise ZorgidError(
                "accounts_empty",
                f"The accounts file {self.file} contains nobody",
                expected="at least one account",
                found=f"no row of a person; left out: {out}" if out else "a header and no rows",
                action="export the list again, and compare where in its mapping with the list; if there is really "
                "nobody, give accounts: [] instead of a file",
            )

    def as_dict(self, *, people: bool = False) -> dict[str, Any]:
        """The result as plain data. people: whether to include the accounts, which are personal data."""
        found: dict[str, Any] = {
            "file": self.file,
            "form": dict(self.form),
            "usable": self.usable,
            "headers": [{"field": one.field, "title": one.title, "column": one.letter} for one in self.headers],
            "columns_not_read": list(self.unknown),
            "accounts": len(self.accounts),
            "present": sum(one.fields.get("state") == "present" for one in self.accounts),
            "absent": sum(one.fields.get("state") == "absent" for one in self.accounts),
            "not_yet": [{"rows": list(one.rows), "starts_on": one.starts_on} for one in self.waiting],
            "left_out": [
                {"reason": one.reason, "what": one.what, "count": one.count, "rows": list(one.rows)}
                for one in self.left_out
            ],
            "wrong": [
                {"row": one.row, "column": one.column, "what": one.what, "action": one.action} for one in self.wrong
            ],
            "notes": list(self.notes),
        }
        if self.mapping is not None:
            found["mapping"] = dict(self.mapping.given)
        if self.proposal:
            found["proposal"] = dict(self.proposal)
        if people:
            found["people"] = [
                {
                    **one.fields,
                    "former_ids": list(one.former_ids),
                    "rows": list(one.rows),
                    **{name: value for name in ("starts_on", "ends_on", "name_use") if (value := getattr(one, name))},
                    **{name: True for name in ("shared_mailbox", "private_mail") if getattr(one, name)},
                }
                for one in self.accounts
            ]
            found["people_not_yet"] = [
                {"external_id": one.external_id, "starts_on": one.starts_on, "rows": list(one.rows)}
                for one in self.waiting
            ]
        return found


def _rest(count: int) -> str:
    return f"; and {count - MOST} more" if count > MOST else ""


def _by_action(wrong: Sequence[Wrong]) -> list[str]:
    """The actions; if there are several, each with its rows."""
    places: dict[str, dict[str, None]] = {}
    for one in wrong:
        places.setdefault(one.action, {})[str(one.row)] = None
    if len(places) < 2:
        return list(places)
    actions = []
    for action, rows in places.items():
        at = [row for row in rows if row != "0"]
        actions.append(f"row{'s' if len(at) > 1 else ''} {', '.join(at)}: {action}" if at else action)
    return actions
