# SPDX-FileCopyrightText: gbz.zorgid contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""The standard library's parser of mail, with limits on depth and time."""

from __future__ import annotations

import re
from email.message import EmailMessage
from email.parser import BytesParser
from email.policy import EmailPolicy
from typing import Any

from .headers import MOST_VALUE, without_comments

# Deepest nesting. RFC 2046 sets no limit; a mail that a person wrote has three or four levels.
MOST_LEVELS = 20
MOST_PARTS = 200
MOST_MULTIPARTS = 60
MOST_BOUNDARIES = 2000
MOST_FIELDS = 5000


class _TooManyError(ValueError):
    """The mail has more header fields than any honest mail."""


class _Bounded(EmailPolicy):
    """The standard library's newest policy, but each field's size is checked and its comments are removed before it is
    parsed: the parser recurses as deep as a sender nests them. One object for each mail, because it counts the
    fields."""

    def __init__(self) -> None:
        super().__init__(message_factory=EmailMessage)
        # Policies refuse new attributes; their own initialiser sets them in this way too.
        object.__setattr__(self, "left", iter(range(MOST_FIELDS)))

    def header_source_parse(self, sourcelines: list[str]) -> tuple[str, str]:
        if next(getattr(self, "left"), None) is None:  # noqa: B009 - see above; mypy knows no such attribute
            raise _TooManyError
        name, value = super().header_source_parse(sourcelines)
        value = value[:MOST_VALUE]
        plain = without_comments(value) if name.lower() != "subject" else value
        return name, re.sub(r"[()]", " ", value) if plain is None else plain


def parse(raw: bytes) -> EmailMessage | None:
    """The mail, or None if it is nested too deeply or has too many parts for an honest one."""
    if raw.count(b"\n--") > MOST_BOUNDARIES or raw.lower().count(b"multipart/") > MOST_MULTIPARTS:
        return None
    try:
        mail = BytesParser(policy=_Bounded()).parsebytes(raw)
    except (RecursionError, _TooManyError):
        return None
    return mail if isinstance(mail, EmailMessage) and _shape_ok(mail) else None


def _shape_ok(mail: EmailMessage) -> bool:
    waiting: list[tuple[Any, int]] = [(mail, 0)]
    for count in range(1, MOST_PARTS + 1):
        part, level = waiting.pop()
        waiting += [(one, level + 1) for one in part.get_payload()] if part.is_multipart() else []
        if not waiting:
            return True
        if level >= MOST_LEVELS or count + len(waiting) > MOST_PARTS:
            return False
    return False
