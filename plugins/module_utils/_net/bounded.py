# SPDX-FileCopyrightText: gbz.zorgid contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""How much an answer may hold, and until when it may come: what the other side sends is never trusted to end."""

from __future__ import annotations

import time
from typing import Any


class EndlessAnswerError(Exception):
    """An answer that was given up before its end; the text says why."""


class TooLargeError(EndlessAnswerError):
    pass


class TooLateError(EndlessAnswerError):
    pass


class AnswerBound:
    """Of one answer. until: ``time.monotonic``; seconds: how long that was from the start, for the text."""

    def __init__(self, most_bytes: int, seconds: float, until: float | None = None) -> None:
        self._most, self._left, self._seconds = most_bytes, most_bytes, seconds
        self._until = time.monotonic() + seconds if until is None else until

    def take(self, count: int) -> None:
        """``count`` more bytes came. Errors: TooLargeError, TooLateError."""
        self._left -= count
        if self._left < 0:
            raise TooLargeError(f"more than {self._most // 1024 // 1024} MiB")
        if time.monotonic() > self._until:
            raise TooLateError(f"more than {self._seconds:g} seconds for one answer")


def read_body(response: Any, bound: AnswerBound, body: bytearray) -> None:
    """The answer of requests (``stream=True``) into ``body``, which also holds what came before an error. Errors: as
    ``AnswerBound.take``, and those of urllib3."""
    more = True
    while more:
        # What is there at once: to wait for a whole chunk could last as long as a server likes.
        part = response.raw.read1(65536, decode_content=True)
        body += part
        bound.take(len(part))
        more = bool(part)
