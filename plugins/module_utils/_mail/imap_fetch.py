# SPDX-FileCopyrightText: gbz.zorgid contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""Fetch mails from an IMAP server: headers only, or whole mails."""

from __future__ import annotations

import datetime
import imaplib
import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any

from .._common.errors import ZorgidError
from .._common.text import printable
from .headers import fields_of, sender_of, values

#: Most mails in one command.
CHUNK = 100
MOST_HEAD = 16_384
_HEADERS = f"BODY.PEEK[HEADER.FIELDS (FROM MESSAGE-ID)]<0.{MOST_HEAD}>"
_MONTHS = ("jan", "feb", "mar", "apr", "may", "jun", "jul", "aug", "sep", "oct", "nov", "dec")


@dataclass(frozen=True)
class MailHead:
    uid: int
    size: int
    received_at: datetime.datetime | None
    sender: str | None
    message_id: str


def heads(server: imaplib.IMAP4, uids: Sequence[bytes]) -> list[MailHead]:
    found = []
    for start in range(0, len(uids), CHUNK):
        chunk = b",".join(uids[start : start + CHUNK]).decode()
        status, data = server.uid("FETCH", chunk, f"(UID INTERNALDATE RFC822.SIZE {_HEADERS})")
        if status != "OK":
            raise refused("give mail", data)
        found += [_head(line, raw) for line, raw in _literals(data)]
    return sorted(found, key=lambda head: head.uid)


def _literals(data: Sequence[Any]) -> Iterator[tuple[bytes, bytes]]:
    """Reads imaplib's list: tuples (text before the literal, literal), each followed by the text after it."""
    for index, entry in enumerate(data):
        if isinstance(entry, tuple):
            after = data[index + 1] if index + 1 < len(data) else b""
            yield entry[0] + b" " + (after if isinstance(after, bytes) else b""), entry[1]


def _head(line: bytes, raw: bytes) -> MailHead:
    # A header that was cut off is not used, because its rest is unknown.
    fields = fields_of(raw) if len(raw) < MOST_HEAD else None
    uid = re.search(rb"\bUID (\d+)", line)
    size = re.search(rb"RFC822\.SIZE (\d+)", line)
    date = re.search(rb'INTERNALDATE "([^"]+)"', line)
    return MailHead(
        uid=int(uid.group(1)) if uid else 0,
        size=int(size.group(1)) if size else 0,
        received_at=internal_date(date.group(1).decode("ascii", "replace")) if date else None,
        sender=sender_of(fields),
        message_id=printable(next(iter(values(fields or [], "message-id")), ""), 300),
    )


def internal_date(text: str) -> datetime.datetime | None:
    """IMAP's date-time (RFC 3501, 9) in UTC; None if it is malformed. The months are English in every locale, but
    ``strptime`` expects the locale's."""
    form = r" ?(\d{1,2})-([A-Za-z]{3})-(\d{4}) (\d\d):(\d\d):(\d\d) ([+-])(\d\d)(\d\d)"
    found = re.fullmatch(form, text.strip(), re.ASCII)
    if found is None or found[2].lower() not in _MONTHS:
        return None
    day, year, hour, minute, second, hours, minutes = (int(found[number]) for number in (1, 3, 4, 5, 6, 8, 9))
    off = datetime.timedelta(hours=hours, minutes=minutes) * (-1 if found[7] == "-" else 1)
    try:
        moment = datetime.datetime(year, _MONTHS.index(found[2].lower()) + 1, day, hour, minute, min(second, 59))
        return (moment - off).replace(tzinfo=datetime.UTC)
    except (ValueError, OverflowError):
        return None


def whole(server: imaplib.IMAP4, uid: int) -> bytes | None:
    status, data = server.uid("FETCH", str(uid), "(UID BODY.PEEK[])")
    return next((raw for _line, raw in _literals(data)), None) if status == "OK" else None


def refused(what: str, data: Sequence[Any]) -> ZorgidError:
    reply = data[0] if data else b""
    return ZorgidError(
        "imap_refused",
        f"The mail server refuses to {what}",
        expected="an IMAP4rev1 server",
        found=printable(reply.decode("utf-8", "replace") if isinstance(reply, bytes) else "no reason", 200),
        action="check that this account may read the folder, and run again",
    )
