# SPDX-FileCopyrightText: gbz.zorgid contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""Limits on the size and the duration of an answer, because a server may send without end."""

from __future__ import annotations

import time
from typing import Any


class EndlessAnswerError(Exception):
    """An answer was not read to its end because of a limit; the text names the limit."""


class TooLargeError(EndlessAnswerError):
    pass


class TooLateError(EndlessAnswerError):
    pass


class AnswerBound:
    """The limits of one answer. until: ``time.monotonic``; seconds: the whole allowed time, for the message."""

    def __init__(self, most_bytes: int, seconds: float, until: float | None = None) -> None:
        self._most, self._left, self._seconds = most_bytes, most_bytes, seconds
        self._until = time.monotonic() + seconds if until is None else until

    def take(self, count: int) -> None:
        """Record ``count`` more bytes. Errors: TooLargeError, TooLateError."""
        self._left -= count
        if self._left < 0:
            raise TooLargeError(f"more than {self._most // 1024 // 1024} MiB")
        if time.monotonic() > self._until:
            raise TooLateError(f"more than {self._seconds:g} seconds for one answer")


def read_body(response: Any, bound: AnswerBound, body: bytearray) -> None:
    """Read the answer of requests (``stream=True``) into ``body``, which also has the bytes before an error. Errors: as
    for ``AnswerBound.take``, and those of urllib3."""
    more = True
    while more:
        # read1 returns the bytes that are there; waiting for a whole chunk has no time limit.
        part = response.raw.read1(65536, decode_content=True)
        body += part
        bound.take(len(part))
        more = bool(part)
