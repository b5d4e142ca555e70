# SPDX-FileCopyrightText: gbz.zorgid contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""Text in columns of a terminal: width, padding, cutting and wrapping. Pure."""

from __future__ import annotations

import unicodedata
from collections.abc import Iterator

WIDTH = 100


def columns(text: str) -> int:
    """Number of terminal columns: wide characters take two, combining ones none."""
    return len(text) if text.isascii() else sum(map(_column, text))


def _column(letter: str) -> int:
    if unicodedata.category(letter) in ("Mn", "Me"):
        return 0
    return 2 if unicodedata.east_asian_width(letter) in "WF" else 1


def padded(text: str, width: int) -> str:
    return text + " " * max(0, width - columns(text))


def cut(text: str, width: int, dots: str) -> str:
    """Cut the middle out of a long name, because the end often distinguishes locations."""
    if columns(text) <= width:
        return text
    room = width - columns(dots)
    left = _fitting(text, room - room // 2)
    right = _fitting(text[::-1], room // 2)[::-1]
    # A combining accent without its letter would appear on the dots.
    while right and _column(right[0]) == 0:
        right = right[1:]
    return f"{left}{dots}{right}"


def short(text: str, width: int, dots: str) -> str:
    """Cut the end off a long sentence."""
    return text if columns(text) <= width else f"{_fitting(text, width - columns(dots)).rstrip()}{dots}"


def _fitting(text: str, width: int) -> str:
    """The longest beginning that fits into ``width``."""
    used = 0
    for place, letter in enumerate(text):
        used += _column(letter)
        if used > width:
            return text[:place]
    return text


def wrapped(text: str, first: str = "", *, hidden: int = 0, width: int = WIDTH) -> Iterator[str]:
    """Lines of at most ``width`` columns, aligned after ``first``. ``hidden``: number of invisible characters in
    ``first`` (colour codes). A word that is wider than a line is broken."""
    indent = " " * (columns(first) - hidden)
    room = width - len(indent)
    line, start = "", first
    for word in _broken(text, room):
        if line and columns(line) + 1 + columns(word) > room:
            yield start + line
            line, start = "", indent
        line += f" {word}" if line else word
    yield (start + line).rstrip()


def _broken(text: str, room: int) -> Iterator[str]:
    for word in text.split():
        rest = word
        while columns(rest) > room:
            part = _fitting(rest, room)
            yield part
            rest = rest[len(part) :]
        yield rest
