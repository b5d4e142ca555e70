# SPDX-FileCopyrightText: gbz.zorgid contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""The header of a mail (RFC 5322), read from its bytes. Sizes are checked before anything is read, and a nested or long
header takes no extra time: the standard library's parser handles comments by recursion, which a sender could abuse."""

from __future__ import annotations

import binascii
import re
from email.errors import HeaderParseError
from email.header import decode_header

from .text import decoded_as_labelled

MOST_BLOCK = 256_000
MOST_VALUE = 10_000
MOST_FROM = 1000
_LOCAL = r"[^\s<>(),;:@\"\[\]\\]+"
_ADDRESS = rf"{_LOCAL}@[A-Za-z0-9.-]+"
# The display name is a quoted string or words; an address among the words has to be the one in brackets.
_MAILBOX = re.compile(
    rf"\s*(?:(?P<bare>{_ADDRESS})|(?:\"(?:[^\"\\]|\\.)*\"|(?P<words>[^<>(),;:\"\\]*))\s*<\s*(?P<inner>{_ADDRESS})\s*>)\s*"
)

Fields = list[tuple[str, str]]


def fields_of(raw: bytes) -> Fields | None:
    """Name (lower case) and value of each field, top first; folded lines are joined. A longer value is cut at
    MOST_VALUE characters. None when the header is longer than MOST_BLOCK bytes."""
    end = re.search(rb"\r?\n\r?\n|\A\r?\n", raw[: MOST_BLOCK + 4])
    if end is None and len(raw) > MOST_BLOCK:
        return None
    found: list[tuple[str, list[bytes]]] = []
    for line in raw[: end.start() if end else len(raw)].split(b"\n"):
        line = line.rstrip(b"\r")
        if line[:1] in (b" ", b"\t"):
            if found:
                found[-1][1].append(line)
            continue
        name, colon, value = line.partition(b":")
        if colon:
            found.append((name.strip().decode("ascii", "replace").lower(), [value]))
    # Blanks are removed before the value is cut, so that the length shows that a value was cut.
    return [(name, decoded_as_labelled(b"".join(lines).strip()[:MOST_VALUE], "utf-8")) for name, lines in found]


def values(fields: Fields, name: str) -> list[str]:
    return [value for one, value in fields if one == name]


def sender_of(fields: Fields | None) -> str | None:
    """The one address of the one From field, in lower case. None if there are several (also if one is in the display
    name, because mail programs show it), none, a group, or if it cannot be read with certainty."""
    found = values(fields or [], "from")
    if len(found) != 1 or len(found[0]) > MOST_FROM:
        return None
    text = without_comments(found[0])
    mailbox = _MAILBOX.fullmatch(text) if text is not None else None
    if mailbox is None:
        return None
    address = (mailbox["bare"] or mailbox["inner"]).lower()
    words = (mailbox["words"] or "").strip().lower()
    return address if "@" not in words or words == address else None


def without_comments(text: str) -> str | None:
    """``text`` with a blank for each comment, however deep (RFC 5322, 3.2.2); None when it is not closed."""
    kept: list[str] = []
    depth, quoted, escaped = 0, False, False
    for letter in text:
        if escaped:
            escaped = False
        elif letter == "\\" and (quoted or depth):
            escaped = True
        elif letter == '"' and not depth:
            quoted = not quoted
        elif letter == "(" and not quoted:
            depth += 1
            continue
        elif letter == ")" and depth:
            depth -= 1
            kept.append(" ")
            continue
        if not depth:
            kept.append(letter)
    return None if depth or quoted else "".join(kept)


def words_of(value: str) -> str:
    """A header's text with its encoded words decoded (RFC 2047, RFC 2231); malformed ones raise no error."""
    try:
        chunks = decode_header(value)
    except (HeaderParseError, binascii.Error, ValueError):
        return value
    return "".join(
        chunk if isinstance(chunk, str) else decoded_as_labelled(chunk, (charset or "utf-8").partition("*")[0])
        for chunk, charset in chunks
    )
