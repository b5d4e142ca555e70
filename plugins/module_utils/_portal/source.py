# SPDX-FileCopyrightText: gbz.zorgid contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""A list of accounts after reading, for every kind of list."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from .model import Account

if TYPE_CHECKING:
    from .._lists.understood import Understood


@dataclass(frozen=True)
class Source:
    """accounts: checked, in order. read: facts about the file and how much of it was read. notes: what a person has to
    know about the reading. rows: for a table, the row of the file of each account."""

    accounts: list[Account]
    read: dict[str, Any] = field(default_factory=dict)
    notes: list[str] = field(default_factory=list)
    rows: Sequence[int] = ()
    #: for a list with a mapping
    understood: Understood | None = None

    @property
    def key_is_personal(self) -> bool:
        """Whether an external id of this list may be a mail address or a name, so that it must not be shown."""
        mapping = self.understood.mapping if self.understood else None
        return mapping is not None and mapping.key_is_personal

    def place(self, position: int) -> str:
        """Where a person finds the account: ``Row 12 of hr.csv``."""
        where = self.read.get("file", "the list")
        return f"Row {self.rows[position - 1]} of {where}" if self.rows else f"Account {position} of {where}"
