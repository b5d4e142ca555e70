# SPDX-FileCopyrightText: gbz.zorgid contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""Read a mailbox over IMAP without leaving a trace in it: EXAMINE, BODY.PEEK, never a flag."""

from __future__ import annotations

import datetime
import imaplib
import re
from collections.abc import Callable, Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any, TypeAlias

from .._common.errors import ZorgidError
from .._common.text import printable
from .answers import MESSAGE_ID, Answer, Texts, classify, parse
from .folders import quoted
from .headers import fields_of, sender_of, values
from .imap import ImapSettings, opened
from .proof import Trust, proven
from .reports import undelivered

MOST_BYTES = 20_000_000
_CHUNK = 100
MOST_HEAD = 16_384
_HEADERS = f"BODY.PEEK[HEADER.FIELDS (FROM MESSAGE-ID)]<0.{MOST_HEAD}>"
MOST_REPORTS = 100
_NO_LAST = 2**32  # greater than any UID (RFC 3501, 9)
_MONTHS = ("jan", "feb", "mar", "apr", "may", "jun", "jul", "aug", "sep", "oct", "nov", "dec")


#: Reference to URA, and Message-ID of ours to URA.
Told: TypeAlias = "tuple[Mapping[str, str | None], Mapping[str, str]]"


@dataclass(frozen=True)
class Before:
    """What of a mailbox was read before, in the way in which it is read now. ``places``: UIDVALIDITY and UID by
    Message-ID. ``again``: the places of what is looked at once more all the same."""

    places: Mapping[str, Collection[tuple[int, int]]] = field(default_factory=dict)
    again: Collection[tuple[int, int]] = ()

    def highest(self, uidvalidity: int) -> int:
        """Every mail up to this UID was read; 0 when none was, or the server has numbered anew."""
        return max((uid for each in self.places.values() for one, uid in each if one == uidvalidity), default=0)


@dataclass(frozen=True)
class _Head:
    uid: int
    size: int
    received_at: str
    sender: str | None
    message_id: str


def read(
    settings: ImapSettings,
    trust: Trust,
    texts: Texts,
    *,
    references: Mapping[str, str | None] | None = None,
    skip: Collection[tuple[int, int, str]] = (),
    sent: Mapping[str, str] | None = None,
) -> list[Answer]:
    """All mail of the allowed senders, oldest first, each as an Answer; and reports that a mail of ours did not arrive.

    ``skip`` names mail that is not looked at, as (UIDVALIDITY, UID, Message-ID). ``references``: reference to URA.
    ``sent``: Message-ID of ours to URA. Errors: ``imap_unreachable, tls_untrusted, tls_failed, imap_login_refused,
    imap_folder_missing, imap_refused``.
    """
    answers, _present = _read(settings, trust, texts, Before(), lambda: (references or {}, sent or {}), skip)
    return answers


def read_new(
    settings: ImapSettings,
    trust: Trust,
    texts: Texts,
    before: Before,
    *,
    told: Callable[[], Told],
) -> tuple[list[Answer], set[tuple[int, int]]]:
    """As ``read``, of what came since ``before`` only; ``told`` (references and sent) is asked for when something did.
    Also the places where mail that was read before still lies, of that which has the Message-ID of a new one: a mail
    that was put back is the same one, a second one is not."""
    return _read(settings, trust, texts, before, told, ())


def _read(
    settings: ImapSettings,
    trust: Trust,
    texts: Texts,
    before: Before,
    told: Callable[[], Told],
    skip: Collection[tuple[int, int, str]],
) -> tuple[list[Answer], set[tuple[int, int]]]:
    with opened(settings) as (server, uidvalidity):
        answers = []
        last, highest = _last(server), before.highest(uidvalidity)
        again = {uid for one, uid in before.again if one == uidvalidity}

        def wanted(uids: Iterable[bytes]) -> list[bytes]:
            return [uid for uid in uids if int(uid) <= last and (int(uid) > highest or int(uid) in again)]

        heads = _heads(server, wanted(_from(server, trust.senders, highest, again)))
        newest = wanted(_reports(server, highest))
        if not heads and not newest:
            return [], set()
        references, sent = told()
        for head in heads:
            if head.sender not in trust.senders or (uidvalidity, head.uid, head.message_id) in skip:
                continue
            found = Answer("unknown", head.message_id, head.uid, uidvalidity, head.received_at)
            raw = _whole(server, head.uid) if head.size <= MOST_BYTES else None
            if raw is None:
                answers.append(replace(found, problem="too_large" if head.size > MOST_BYTES else "not_fetched"))
            else:
                answers.append(classify(found, raw, trust, texts, references))
        # One that an allowed sender's own server sent was looked at before, and is a report all the same.
        reports = {one.uid: one for one in _undelivered(server, uidvalidity, newest if sent else [], skip, sent)}
        answers = [one for one in answers if one.uid not in reports] + [*reports.values()]
        doubles = {place for one in answers for place in before.places.get(one.message_id, ())}
        present = _there(server, sorted(uid for one, uid in doubles if one == uidvalidity))
        return sorted(answers, key=lambda one: one.uid), {(uidvalidity, uid) for uid in present}


def _there(server: imaplib.IMAP4, uids: Sequence[int]) -> Iterator[int]:
    for start in range(0, len(uids), _CHUNK):
        yield from map(int, _search(server, "UID", ",".join(map(str, uids[start : start + _CHUNK]))))


def _reports(server: imaplib.IMAP4, highest: int) -> list[bytes]:
    try:
        return _search(server, *_since(highest), "HEADER", "Content-Type", '"delivery-status"')
    except imaplib.IMAP4.abort:
        raise
    except (ZorgidError, imaplib.IMAP4.error):
        # Some servers search the headers that they keep an index of, and no others.
        return []


def _undelivered(
    server: imaplib.IMAP4,
    uidvalidity: int,
    uids: Sequence[bytes],
    skip: Collection[tuple[int, int, str]],
    sent: Mapping[str, str],
) -> Iterator[Answer]:
    """The newest reports of mail servers that say so of a mail in ``sent``. Anybody's: they move nothing."""
    for head in _heads(server, uids[-MOST_REPORTS:]):
        if (uidvalidity, head.uid, head.message_id) in skip:
            continue
        raw = _whole(server, head.uid) if head.size <= MOST_BYTES // 10 else None
        mail = parse(raw) if raw else None
        try:
            told = undelivered(mail, raw, sent) if mail and raw else None
        except Exception:  # noqa: BLE001 - a stranger's mail; what is no report is none
            told = None
        if told:
            found = Answer("undelivered", head.message_id, head.uid, uidvalidity, head.received_at, ura=sent[told[0]])
            yield replace(found, problem="not_delivered", detail=told[1], about=told[0])


def fetch(settings: ImapSettings, trust: Trust, message_id: str, place: tuple[int, int] | None = None) -> bytes:
    """The one mail with this Message-ID from an allowed sender, proven where that is asked for. ``place``: UIDVALIDITY
    and UID of the one that is meant, which counts as long as the server has not numbered anew. Errors as ``read``, and
    ``message_not_found``."""
    usable = re.fullmatch(MESSAGE_ID, message_id)
    if not usable and place is None:
        raise ZorgidError(
            "options_invalid",
            "message_id is not a Message-ID",
            expected="<text@text>",
            found="something else",
            action="copy message_id from the result of mailbox_info",
        )
    with opened(settings) as (server, uidvalidity):
        if place and place[0] == uidvalidity:
            uids = [str(place[1]).encode()]
        else:
            uids = _search(server, "HEADER", "Message-ID", quoted(message_id)) if usable else []
        for head in _heads(server, uids):
            same = head.message_id.replace(" ", "?") == message_id.replace(" ", "?")
            if head.sender not in trust.senders or not same or head.size > MOST_BYTES:
                continue
            raw = _whole(server, head.uid)
            if raw is not None and (trust.method == "none" or proven(fields_of(raw) or [], raw, trust)):
                return raw
    raise ZorgidError(
        "message_not_found",
        "The mail with this Message-ID is not in the mailbox",
        expected=f"a mail from an allowed sender in the folder {settings.folder}",
        found="none",
        action="look whether it was moved or deleted; ask VZVZ to send it again",
    )


def _search(server: imaplib.IMAP4, *criteria: str) -> list[bytes]:
    status, data = server.uid("SEARCH", *criteria)
    if status != "OK":
        raise _refused("search", data)
    return sorted((data[0] or b"").split(), key=int) if data else []


def _refused(what: str, data: Sequence[Any]) -> ZorgidError:
    told = data[0] if data else b""
    return ZorgidError(
        "imap_refused",
        f"The mail server refuses to {what}",
        expected="an IMAP4rev1 server",
        found=printable(told.decode("utf-8", "replace") if isinstance(told, bytes) else "no reason", 200),
        action="look whether this account may read the folder, and run again",
    )


def _last(server: imaplib.IMAP4) -> int:
    """The newest mail's UID. What comes while the mailbox is read is for the next reading: otherwise one that comes
    between two searches would be passed over, and known to have been read."""
    _name, told = server.response("EXISTS")
    if not told or not int(told[-1] or 0):
        return 0
    status, data = server.uid("FETCH", "*", "(UID)")
    found = [re.search(rb"\bUID (\d+)", line) for line in data if isinstance(line, bytes)] if status == "OK" else []
    # A server that does not say reads as before: rather all than nothing.
    return max((int(one.group(1)) for one in found if one), default=_NO_LAST)


def _from(server: imaplib.IMAP4, senders: Iterable[str], highest: int = 0, again: Collection[int] = ()) -> list[bytes]:
    """Mail in whose From a sender's address is found, anywhere: what it means is looked at here, not at the server."""
    which = _since(highest, again)
    found = {uid for sender in senders for uid in _search(server, *which, "FROM", quoted(sender))}
    return sorted(found, key=int)


def _since(highest: int, again: Collection[int] = ()) -> list[str]:
    """What to look among. ``n:*`` holds the newest mail also where n is greater than its UID (RFC 3501, 6.4.8)."""
    if len(again) > _CHUNK:
        # A command is a line, and servers bound those; what is not wanted is left out afterwards.
        return []
    return ["UID", ",".join([*map(str, sorted(again)), f"{highest + 1}:*"])] if highest else []


def _heads(server: imaplib.IMAP4, uids: Sequence[bytes]) -> list[_Head]:
    heads = []
    for start in range(0, len(uids), _CHUNK):
        chunk = b",".join(uids[start : start + _CHUNK]).decode()
        status, data = server.uid("FETCH", chunk, f"(UID INTERNALDATE RFC822.SIZE {_HEADERS})")
        if status != "OK":
            raise _refused("give mail", data)
        heads += [_head(line, raw) for line, raw in _literals(data)]
    return sorted(heads, key=lambda head: head.uid)


def _literals(data: Sequence[Any]) -> Iterator[tuple[bytes, bytes]]:
    """imaplib's list: a tuple (text before the literal, literal), followed by the text after it."""
    for index, entry in enumerate(data):
        if isinstance(entry, tuple):
            after = data[index + 1] if index + 1 < len(data) else b""
            yield entry[0] + b" " + (after if isinstance(after, bytes) else b""), entry[1]


def _head(line: bytes, raw: bytes) -> _Head:
    # A header that was cut off may go on with anything.
    fields = fields_of(raw) if len(raw) < MOST_HEAD else None
    uid = re.search(rb"\bUID (\d+)", line)
    size = re.search(rb"RFC822\.SIZE (\d+)", line)
    date = re.search(rb'INTERNALDATE "([^"]+)"', line)
    return _Head(
        uid=int(uid.group(1)) if uid else 0,
        size=int(size.group(1)) if size else 0,
        received_at=_moment(date.group(1).decode("ascii", "replace")) if date else "",
        sender=sender_of(fields),
        message_id=printable(next(iter(values(fields or [], "message-id")), ""), 300),
    )


def _moment(text: str) -> str:
    """IMAP's date-time (RFC 3501, 9) as ISO 8601 in UTC; empty when it is none. The months are English whatever the
    locale is, which ``strptime`` does not know."""
    form = r" ?(\d{1,2})-([A-Za-z]{3})-(\d{4}) (\d\d):(\d\d):(\d\d) ([+-])(\d\d)(\d\d)"
    found = re.fullmatch(form, text.strip(), re.ASCII)
    if found is None or found[2].lower() not in _MONTHS:
        return ""
    day, year, hour, minute, second, hours, minutes = (int(found[number]) for number in (1, 3, 4, 5, 6, 8, 9))
    off = datetime.timedelta(hours=hours, minutes=minutes) * (-1 if found[7] == "-" else 1)
    try:
        moment = datetime.datetime(year, _MONTHS.index(found[2].lower()) + 1, day, hour, minute, min(second, 59))
        return (moment - off).replace(tzinfo=datetime.UTC).isoformat(timespec="seconds")
    except (ValueError, OverflowError):
        return ""


def _whole(server: imaplib.IMAP4, uid: int) -> bytes | None:
    status, data = server.uid("FETCH", str(uid), "(UID BODY.PEEK[])")
    return next((raw for _line, raw in _literals(data)), None) if status == "OK" else None
