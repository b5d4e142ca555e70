# SPDX-FileCopyrightText: gbz.zorgid contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""Read a mailbox over IMAP without leaving a trace in it: EXAMINE, BODY.PEEK, never a flag."""

from __future__ import annotations

import imaplib
import re
from collections.abc import Callable, Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import TypeAlias

from .._common.errors import ZorgidError
from . import imap_fetch
from .delivery_reports import undelivered
from .folders import quoted
from .headers import fields_of
from .imap_connection import ImapSettings, opened
from .imap_fetch import CHUNK
from .inbox import (
    MESSAGE_ID,
    ReceivedMail,
    classify,
)
from .mail_parser import parse
from .mail_patterns import MailPatterns
from .sender_proof import Trust, proven

MOST_BYTES = 20_000_000
MOST_REPORTS = 100
_NO_LAST = 2**32  # greater than any UID (RFC 3501, 9)


#: Reference to URA, and Message-ID of ours to URA.
ReferencesAndSent: TypeAlias = "tuple[Mapping[str, str | None], Mapping[str, str]]"


@dataclass(frozen=True)
class Before:
    """Which mails of a mailbox were read before with the same settings. ``places``: UIDVALIDITY and UID by Message-ID.
    ``again``: the places of mails to read once more."""

    places: Mapping[str, Collection[tuple[int, int]]] = field(default_factory=dict)
    again: Collection[tuple[int, int]] = ()

    def highest(self, uidvalidity: int) -> int:
        """Every mail up to this UID was read; 0 if none was, or if the server has given new UIDs (another
        UIDVALIDITY)."""
        return max((uid for each in self.places.values() for one, uid in each if one == uidvalidity), default=0)


def read(
    settings: ImapSettings,
    trust: Trust,
    patterns: MailPatterns,
    *,
    references: Mapping[str, str | None] | None = None,
    skip: Collection[tuple[int, int, str]] = (),
    sent: Mapping[str, str] | None = None,
) -> list[ReceivedMail]:
    """All mail of the allowed senders, oldest first, and reports that a mail of ours did not arrive.

    ``skip`` contains mail that is not read, as (UIDVALIDITY, UID, Message-ID). ``references``: reference to URA.
    ``sent``: Message-ID of ours to URA. Errors: ``imap_unreachable, tls_untrusted, tls_failed, imap_login_refused,
    imap_folder_missing, imap_refused``.
    """
    answers, _present = _read(settings, trust, patterns, Before(), lambda: (references or {}, sent or {}), skip)
    return answers


def read_new(
    settings: ImapSettings,
    trust: Trust,
    patterns: MailPatterns,
    before: Before,
    *,
    references_and_sent: Callable[[], ReferencesAndSent],
) -> tuple[list[ReceivedMail], set[tuple[int, int]]]:
    """As ``read``, but only mail that came after ``before``; ``references_and_sent`` is called only if
    there is new mail. Also the places of earlier mails with the Message-ID of a new one: they tell a mail that was
    moved back (the same mail) from a second mail."""
    return _read(settings, trust, patterns, before, references_and_sent, ())


def _read(
    settings: ImapSettings,
    trust: Trust,
    patterns: MailPatterns,
    before: Before,
    references_and_sent: Callable[[], ReferencesAndSent],
    skip: Collection[tuple[int, int, str]],
) -> tuple[list[ReceivedMail], set[tuple[int, int]]]:
    with opened(settings) as (server, uidvalidity):
        answers = []
        last, highest = _last(server), before.highest(uidvalidity)
        again = {uid for one, uid in before.again if one == uidvalidity}

        def wanted(uids: Iterable[bytes]) -> list[bytes]:
            return [uid for uid in uids if int(uid) <= last and (int(uid) > highest or int(uid) in again)]

        heads = imap_fetch.heads(server, wanted(from_senders(server, trust.senders, highest, again)))
        newest = wanted(_reports(server, highest))
        if not heads and not newest:
            return [], set()
        references, sent = references_and_sent()
        for head in heads:
            if head.sender not in trust.senders or (uidvalidity, head.uid, head.message_id) in skip:
                continue
            found = ReceivedMail("unknown", head.message_id, head.uid, uidvalidity, head.received_at)
            raw = imap_fetch.whole(server, head.uid) if head.size <= MOST_BYTES else None
            if raw is None:
                answers.append(replace(found, problem="too_large" if head.size > MOST_BYTES else "not_fetched"))
            else:
                answers.append(classify(found, raw, trust, patterns, references))
        # A report by an allowed sender's own server is among the mails read above, but is still a report.
        reports = {one.uid: one for one in _undelivered(server, uidvalidity, newest if sent else [], skip, sent)}
        answers = [one for one in answers if one.uid not in reports] + [*reports.values()]
        doubles = {place for one in answers for place in before.places.get(one.message_id, ())}
        present = _there(server, sorted(uid for one, uid in doubles if one == uidvalidity))
        return sorted(answers, key=lambda one: one.uid), {(uidvalidity, uid) for uid in present}


def _there(server: imaplib.IMAP4, uids: Sequence[int]) -> Iterator[int]:
    for start in range(0, len(uids), CHUNK):
        yield from map(int, search(server, "UID", ",".join(map(str, uids[start : start + CHUNK]))))


def _reports(server: imaplib.IMAP4, highest: int) -> list[bytes]:
    try:
        return search(server, *_since(highest), "HEADER", "Content-Type", '"delivery-status"')
    except imaplib.IMAP4.abort:
        raise
    except (ZorgidError, imaplib.IMAP4.error):
        # Some servers search only the headers that they have an index of.
        return []


def _undelivered(
    server: imaplib.IMAP4,
    uidvalidity: int,
    uids: Sequence[bytes],
    skip: Collection[tuple[int, int, str]],
    sent: Mapping[str, str],
) -> Iterator[ReceivedMail]:
    """The newest reports that a mail in ``sent`` did not arrive. From any sender, because a report changes no step."""
    for head in imap_fetch.heads(server, uids[-MOST_REPORTS:]):
        if (uidvalidity, head.uid, head.message_id) in skip:
            continue
        raw = imap_fetch.whole(server, head.uid) if head.size <= MOST_BYTES // 10 else None
        mail = parse(raw) if raw else None
        try:
            report = undelivered(mail, raw, sent) if mail and raw else None
        except Exception:  # noqa: BLE001 - a stranger's mail; if it fails to parse, it is not a report
            report = None
        if report:
            found = ReceivedMail(
                "undelivered", head.message_id, head.uid, uidvalidity, head.received_at, ura=sent[report[0]]
            )
            yield replace(found, problem="not_delivered", detail=report[1], about=report[0])


def fetch(settings: ImapSettings, trust: Trust, message_id: str, place: tuple[int, int] | None = None) -> bytes:
    """The one mail with this Message-ID from an allowed sender, with a proven sender if that is asked for. ``place``:
    UIDVALIDITY and UID of the mail, used as long as UIDVALIDITY is the same. Errors as ``read``, and
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
            uids = search(server, "HEADER", "Message-ID", quoted(message_id)) if usable else []
        for head in imap_fetch.heads(server, uids):
            same = head.message_id.replace(" ", "?") == message_id.replace(" ", "?")
            if head.sender not in trust.senders or not same or head.size > MOST_BYTES:
                continue
            raw = imap_fetch.whole(server, head.uid)
            if raw is not None and (trust.method == "none" or proven(fields_of(raw) or [], raw, trust)):
                return raw
    raise ZorgidError(
        "message_not_found",
        "The mail with this Message-ID is not in the mailbox",
        expected=f"a mail from an allowed sender in the folder {settings.folder}",
        found="none",
        action="check whether it was moved or deleted; ask VZVZ to send it again",
    )


def search(server: imaplib.IMAP4, *criteria: str) -> list[bytes]:
    status, data = server.uid("SEARCH", *criteria)
    if status != "OK":
        raise imap_fetch.refused("search", data)
    return sorted((data[0] or b"").split(), key=int) if data else []


def _last(server: imaplib.IMAP4) -> int:
    """The newest mail's UID. Mail that comes during this reading is left to the next: otherwise a mail that comes
    between two searches would be missed but recorded as read."""
    _name, exists = server.response("EXISTS")
    if not exists or not int(exists[-1] or 0):
        return 0
    status, data = server.uid("FETCH", "*", "(UID)")
    found = [re.search(rb"\bUID (\d+)", line) for line in data if isinstance(line, bytes)] if status == "OK" else []
    # If the server does not say, everything is read: better too much than too little.
    return max((int(one.group(1)) for one in found if one), default=_NO_LAST)


def from_senders(
    server: imaplib.IMAP4, senders: Iterable[str], highest: int = 0, again: Collection[int] = ()
) -> list[bytes]:
    """Mail with a sender's address anywhere in From; this program, not the server, then checks the address."""
    which = _since(highest, again)
    found = {uid for sender in senders for uid in search(server, *which, "FROM", quoted(sender))}
    return sorted(found, key=int)


def _since(highest: int, again: Collection[int] = ()) -> list[str]:
    """The UIDs to search. ``n:*`` includes the newest mail even if n is greater than its UID (RFC 3501, 6.4.8)."""
    if len(again) > CHUNK:
        # Servers limit the length of a command, so the whole folder is searched, and mails to skip are left out
        # afterwards.
        return []
    return ["UID", ",".join([*map(str, sorted(again)), f"{highest + 1}:*"])] if highest else []
