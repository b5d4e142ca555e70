# SPDX-FileCopyrightText: gbz.zorgid contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""What the driver ``browser`` writes down before each click that changes something, so that nothing is made twice.

An account is written as a keyed digest, a change as its goal (``browser_goals.goal_of``); never a name. The real
journal is in the dossier (``_use_cases/portal_journal.py``).
"""

from __future__ import annotations

from collections.abc import Mapping
from contextlib import AbstractContextManager, nullcontext
from typing import Any, Protocol

from .._common.errors import ZorgidError


class Journal(Protocol):
    """Of one organisation. Errors of every call: those of the dossier."""

    def lock(self) -> AbstractContextManager[None]:
        """Only one run at a time works in the portal of this organisation. Error: ``portal_session_elsewhere``."""

    def keyed(self, text: str) -> str:
        """A digest that nobody can guess without the key: of an external id, or of values."""

    def unproven(self) -> Mapping[str, str]:
        """Accounts (keyed) with a change that was perhaps made and that no reading has shown: the goal of each."""

    def intended(self, account: str, goal: str) -> None:
        """This click comes next. It is on the disk when this returns; from here on the change counts as perhaps made.

        Error: ``account_unproven``, if an earlier change of the account is not settled."""

    def not_made(self, account: str) -> None:
        """The change that was intended by this run was certainly not made."""

    def proven(self, evidence: Mapping[str, Mapping[str, Any]]) -> None:
        """A reading shows the changes of these accounts (keyed). evidence: of each."""


class Unwritten:
    """For a reading without a dossier: it knows of no change and proves none, so nothing may be changed. A
    ``Journal``."""

    # ruff: noqa: ARG002 - the interface has more parameters than are needed

    def lock(self) -> AbstractContextManager[None]:
        return nullcontext()

    def keyed(self, text: str) -> str:
        return text

    def unproven(self) -> Mapping[str, str]:
        return {}

    def intended(self, account: str, goal: str) -> None:
        raise ZorgidError(
            "dossier_key_missing",
            "The driver browser changes nothing without a dossier in which each change is recorded first",
            expected="dossier_url and dossier_key",
            found="none",
            action="give both",
        )

    def not_made(self, account: str) -> None:
        """Nothing was intended."""

    def proven(self, evidence: Mapping[str, Mapping[str, Any]]) -> None:
        """Nothing is recorded."""
