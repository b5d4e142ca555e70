# SPDX-FileCopyrightText: gbz.zorgid contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""A list of accounts as it was read, whichever kind of list it was."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from .model import Account

if TYPE_CHECKING:
    from .._lists.understood import Understood


@dataclass(frozen=True)
class Source:
    """accounts: checked, in order. read: what a file was and how much of it was read. notes: what a person has to
    know about that. rows: of a table, the row of the file that each account stands in."""

    accounts: list[Account]
    read: dict[str, Any] = field(default_factory=dict)
    notes: list[str] = field(default_factory=list)
    rows: Sequence[int] = ()
    #: of a list with a mapping
    understood: Understood | None = None

    @property
    def key_is_personal(self) -> bool:
        """Whether an external id of this list may be a mail address or a name, so that it is shown to nobody."""
        mapping = self.understood.mapping if self.understood else None
        return mapping is not None and mapping.key_is_personal

    def place(self, position: int) -> str:
        """How a person finds the account: ``Row 12 of hr.csv``."""
        where = self.read.get("file", "the list")
        return f"Row {self.rows[position - 1]} of {where}" if self.rows else f"Account {position} of {where}"
