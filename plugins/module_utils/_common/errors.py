# SPDX-FileCopyrightText: gbz.zorgid contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""The one exception that the domain packages raise."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date
from typing import Any


class ZorgidError(Exception):
    """An error that the user can act on.

    The message is one plain sentence; ``expected``, ``found`` and ``action`` complete it. None of them may contain a
    secret or personal data. ``code`` is stable: playbooks test it as ``error_code``.
    """

    def __init__(
        self,
        code: str,
        message: str,
        *,
        expected: str | None = None,
        found: str | None = None,
        action: str | None = None,
        details: dict[str, Any] | None = None,
    ) -> None:
        super().__init__(message)
        self.code = code
        self.message = message
        self.expected = expected
        self.found = found
        self.action = action
        self.details = details or {}

    def __str__(self) -> str:
        parts = [self.message.rstrip(".") + "."]
        if self.expected:
            parts.append(f"Expected: {self.expected.rstrip('.')}.")
        if self.found:
            parts.append(f"Found: {self.found.rstrip('.')}.")
        if self.action:
            parts.append(f"What to do: {self.action.rstrip('.')}.")
        return " ".join(parts)


def kind(value: object) -> str:
    """The kind of a value, in words for ``found``; Ansible's own text and number types are named as Python's."""
    if value is None:
        return "nothing"
    names: tuple[tuple[Any, str], ...] = (
        (bool, "true or false"),
        (int | float, "a number"),
        (str, "a text"),
        (date, "a date"),
        (Mapping, "a mapping"),
        (list | tuple, "a list"),
    )
    return next((name for known, name in names if isinstance(value, known)), type(value).__name__.lstrip("_"))
