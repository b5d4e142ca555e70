# SPDX-FileCopyrightText: gbz.zorgid contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""What the other side sends ends, by its size or by its time."""

from __future__ import annotations

import time
from types import SimpleNamespace

import pytest
from ansible_collections.gbz.zorgid.plugins.module_utils._net.bounded import (
    AnswerBound,
    EndlessAnswerError,
    TooLargeError,
    TooLateError,
    read_body,
)


def answer(*parts: bytes) -> SimpleNamespace:
    """Of requests, with what its ``raw`` has at once; for ever the last part when that is not empty."""
    left = list(parts)
    return SimpleNamespace(raw=SimpleNamespace(read1=lambda *_size, **_how: left.pop(0) if len(left) > 1 else left[0]))


def test_a_body_that_just_fits_is_read_to_its_end() -> None:
    body = bytearray()
    read_body(answer(b"ab", b"cd", b""), AnswerBound(4, 60), body)
    assert body == b"abcd"


def test_one_byte_more_is_too_large_and_what_came_is_kept() -> None:
    body = bytearray()
    with pytest.raises(TooLargeError, match=r"^more than 2 MiB$"):
        read_body(answer(b"a" * 1024 * 1024), AnswerBound(2 * 1024 * 1024, 60), body)
    assert len(body) == 3 * 1024 * 1024


def test_a_moment_that_is_over_ends_what_comes_byte_after_byte() -> None:
    body = bytearray()
    with pytest.raises(TooLateError, match=r"^more than 1\.5 seconds for one answer$"):
        read_body(answer(b"a"), AnswerBound(1000, 1.5, until=time.monotonic() - 1), body)
    assert body == b"a"


def test_the_end_itself_may_come_too_late() -> None:
    with pytest.raises(EndlessAnswerError):
        read_body(answer(b""), AnswerBound(1000, 0, until=time.monotonic() - 1), bytearray())
