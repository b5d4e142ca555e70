# SPDX-FileCopyrightText: gbz.zorgid contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""Read a mailbox over IMAP without leaving a trace in it: EXAMINE, BODY.PEEK, never a flag."""

from __future__ import annotations

import datetime
import imaplib
import re
import ssl
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass, replace
from typing import Any

from .._common.errors import ZorgidError
from .._common.text import printable
from .._common.tls import context
from .answers import MESSAGE_ID, Answer, Texts, classify, parse
from .folders import encode, listed, meant, quoted, shown
from .headers import fields_of, sender_of, values
from .proof import Trust, proven
from .reports import undelivered
from .tls import check_credentials, connection_error, refused_login, xoauth2

MOST_BYTES = 20_000_000
_CHUNK = 100
MOST_HEAD = 16_384
_HEADERS = f"BODY.PEEK[HEADER.FIELDS (FROM MESSAGE-ID)]<0.{MOST_HEAD}>"
MOST_REPORTS = 100
_NO_LAST = 2**32  # greater than any UID (RFC 3501, 9)
_MONTHS = ("jan", "feb", "mar", "apr", "may", "jun", "jul", "aug", "sep", "oct", "nov", "dec")


@dataclass(frozen=True)
class ImapSettings:
    """The mailbox. ``security``: tls or starttls; never in the clear."""

    host: str
    username: str
    port: int | None = None
    security: str = "tls"
    password: str | None = None
    access_token: str | None = None
    folder: str = "INBOX"
    ca_path: str | None = None
    timeout: int = 30

    def the_port(self) -> int:
        return self.port or (993 if self.security == "tls" else 143)

    def place(self) -> list[str]:
        """Which mailbox it is: however its server and its account are written."""
        folder = "INBOX" if self.folder.upper() == "INBOX" else self.folder
        return [self.host.lower().rstrip("."), str(self.the_port()), self.username.casefold(), folder]


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
    references: Mapping[str, str] | None = None,
    skip: Collection[tuple[int, int, str]] = (),
    sent: Mapping[str, str] | None = None,
) -> list[Answer]:
    """All mail of the allowed senders, oldest first, each as an Answer; and reports that a mail of ours did not arrive.

    ``skip`` names mail that is not looked at, as (UIDVALIDITY, UID, Message-ID). ``references``: reference to URA.
    ``sent``: Message-ID of ours to URA. Errors: ``imap_unreachable, tls_untrusted, tls_failed, imap_login_refused,
    imap_folder_missing, imap_refused``.
    """
    with _opened(settings) as (server, uidvalidity):
        answers = []
        last = _last(server)
        for head in _heads(server, _up_to(last, _from(server, trust.senders))):
            if head.sender not in trust.senders or (uidvalidity, head.uid, head.message_id) in skip:
                continue
            found = Answer("unknown", head.message_id, head.uid, uidvalidity, head.received_at)
            raw = _whole(server, head.uid) if head.size <= MOST_BYTES else None
            if raw is None:
                answers.append(replace(found, problem="too_large" if head.size > MOST_BYTES else "not_fetched"))
            else:
                answers.append(classify(found, raw, trust, texts, references or {}))
        # One that an allowed sender's own server sent was looked at before, and is a report all the same.
        reports = {one.uid: one for one in _undelivered(server, uidvalidity, last, skip, sent or {})}
        return sorted([one for one in answers if one.uid not in reports] + [*reports.values()], key=lambda one: one.uid)


def _undelivered(
    server: imaplib.IMAP4, uidvalidity: int, last: int, skip: Collection[tuple[int, int, str]], sent: Mapping[str, str]
) -> Iterator[Answer]:
    """The newest reports of mail servers that say so of a mail in ``sent``. Anybody's: they move nothing."""
    if not sent:
        return
    try:
        uids = _up_to(last, _search(server, "HEADER", "Content-Type", '"delivery-status"'))
    except imaplib.IMAP4.abort:
        raise
    except (ZorgidError, imaplib.IMAP4.error):
        # Some servers search the headers that they keep an index of, and no others.
        return
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
            yield replace(found, problem="not_delivered", detail=told[1])


def fetch(settings: ImapSettings, trust: Trust, message_id: str) -> bytes:
    """The one mail with this Message-ID from an allowed sender, proven where that is asked for. Errors as ``read``, and
    ``message_not_found``."""
    if not re.fullmatch(MESSAGE_ID, message_id):
        raise ZorgidError(
            "options_invalid",
            "message_id is not a Message-ID",
            expected="<text@text>",
            found="something else",
            action="copy message_id from the result of mailbox_info",
        )
    with _opened(settings) as (server, _uidvalidity):
        for head in _heads(server, _search(server, "HEADER", "Message-ID", quoted(message_id))):
            if head.sender not in trust.senders or head.message_id != message_id or head.size > MOST_BYTES:
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


@contextmanager
def _opened(settings: ImapSettings) -> Iterator[tuple[imaplib.IMAP4, int]]:
    check_credentials("IMAP", settings.username, settings.password, settings.access_token)
    tls = context("mail server", settings.ca_path)
    port = settings.the_port()
    server: imaplib.IMAP4 | None = None
    security: str | None = settings.security
    try:
        if settings.security == "tls":
            server = imaplib.IMAP4_SSL(settings.host, port, ssl_context=tls, timeout=settings.timeout)
        else:
            server = imaplib.IMAP4(settings.host, port, timeout=settings.timeout)
            server.starttls(tls)
        security = None
        _login(server, settings, port)
        yield server, _examine(server, settings)
    except (imaplib.IMAP4.error, ssl.SSLError, OSError, UnicodeError, OverflowError) as error:
        # UnicodeError and OverflowError: a host or a port that cannot be one.
        raise connection_error("IMAP", settings.host, port, error, security=security) from error
    finally:
        if server is not None:
            with suppress(imaplib.IMAP4.error, OSError):
                server.logout()


def _login(server: imaplib.IMAP4, settings: ImapSettings, port: int) -> None:
    try:
        if settings.access_token:
            # A refusal comes as a challenge that wants an empty answer before the server says NO.
            replies = iter([xoauth2(settings.username, settings.access_token).encode(), b""])
            server.authenticate("XOAUTH2", lambda _challenge: next(replies, b""))
        else:
            server.login(settings.username, settings.password or "")
    except imaplib.IMAP4.abort:
        raise
    except imaplib.IMAP4.error as error:
        raise refused_login("IMAP", settings.host, port, bool(settings.access_token)) from error


def _examine(server: imaplib.IMAP4, settings: ImapSettings) -> int:
    status, _data = server.select(quoted(encode(settings.folder)), readonly=True)
    if status != "OK":
        _status, data = server.list()
        folders = listed(data)
        other = meant(settings.folder, folders)
        if other is not None:
            status, _data = server.select(quoted(other), readonly=True)
        if status != "OK":
            raise ZorgidError(
                "imap_folder_missing",
                f"The mailbox has no folder {printable(settings.folder, 100)}",
                expected=f"one of: {shown(folders)}" if folders else "an existing folder",
                found="none of this name",
                action="correct imap.folder",
            )
    _name, values = server.response("UIDVALIDITY")
    return int(values[0] or 0) if values else 0


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


def _up_to(last: int, uids: Iterable[bytes]) -> list[bytes]:
    return [uid for uid in uids if int(uid) <= last]


def _from(server: imaplib.IMAP4, senders: Iterable[str]) -> list[bytes]:
    """Mail in whose From a sender's address is found, anywhere: what it means is looked at here, not at the server."""
    found = {uid for sender in senders for uid in _search(server, "FROM", quoted(sender))}
    return sorted(found, key=int)


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
