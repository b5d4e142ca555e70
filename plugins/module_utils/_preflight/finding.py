# SPDX-FileCopyrightText: gbz.zorgid contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""A finding of preflight: one line of its screen. Values only: no secrets, no personal data. Pure."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Any

from .._onboarding.observed import Trouble

#: The lines of the screen, from top to bottom.
LINES = (
    "controller",
    "inventory",
    "trust bundle",
    "windows",
    "certificates",
    "smtp",
    "imap",
    "forms",
    "portal",
    "HR lists",
    "dossier",
)


class Standing(StrEnum):
    """``LOOK``: a person has to look, but a run continues; ``STOP``: an error."""

    STOP = "stop"
    LOOK = "look"
    WAITS = "waits"
    OK = "ok"


#: Findings that need a person come first.
WORST_FIRST = tuple(Standing)


@dataclass(frozen=True)
class Finding:
    """``says``: a few words without a full stop, such as ``mail.gbz.example:587, login, TLS 1.3``; the same words of
    several organisations are shown once. ``trouble``: with LOOK and STOP: what, expected, found, do and its code.
    ``values``: numbers and texts for the sentence about all organisations (``sums``)."""

    line: str
    standing: Standing
    says: str = ""
    trouble: Trouble | None = None
    values: Mapping[str, Any] = field(default_factory=dict)

    @classmethod
    def ok(cls, line: str, says: str = "", **values: Any) -> Finding:
        return cls(line, Standing.OK, says, values=values)

    @classmethod
    def waits(cls, line: str, says: str) -> Finding:
        return cls(line, Standing.WAITS, says)

    @classmethod
    def look(cls, line: str, trouble: Trouble) -> Finding:
        return cls(line, Standing.LOOK, trouble.message, trouble)

    @classmethod
    def stop(cls, line: str, trouble: Trouble) -> Finding:
        return cls(line, Standing.STOP, trouble.message, trouble)


@dataclass(frozen=True)
class Looked:
    """The findings of one organisation. ``host``: its inventory name; empty for findings about the whole run.
    ``partly``: its variables could not be read, so the other lines were not checked."""

    host: str = ""
    name: str = ""
    ura: str = ""
    environment: str = ""
    findings: tuple[Finding, ...] = ()
    partly: bool = False

    @property
    def sent_mail(self) -> bool:
        """Whether a test mail was, or may have been, sent."""
        return any(one.values.get("test_mail") for one in self.findings)
