# SPDX-FileCopyrightText: gbz.zorgid contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""Read a mailbox over IMAP without leaving a trace in it: EXAMINE, BODY.PEEK, never a flag."""

from __future__ import annotations

import datetime
import imaplib
import re
import ssl
from collections.abc import Collection, Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from typing import Any

from .._common.errors import ZorgidError
from .._common.tls import context
from .answers import Answer, Texts, Trust, classify, header, parse, sender_of
from .tls import check_credentials, connection_error, refused_login, xoauth2

MOST_BYTES = 20_000_000
_CHUNK = 100
_HEADERS = "BODY.PEEK[HEADER.FIELDS (FROM MESSAGE-ID)]"


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
) -> list[Answer]:
    """All mail of the allowed senders, oldest first, each as an Answer.

    ``skip`` names mail that is not looked at, as (UIDVALIDITY, UID, Message-ID). ``references``: reference to URA.
    Errors: ``imap_unreachable, tls_untrusted, tls_failed, imap_login_refused, imap_folder_missing``.
    """
    with _opened(settings) as (server, uidvalidity):
        heads = [h for h in _heads(server, trust.senders) if (uidvalidity, h.uid, h.message_id) not in skip]
        answers = []
        for head in heads:
            found = Answer("unknown", head.message_id, head.uid, uidvalidity, head.received_at)
            if head.size > MOST_BYTES:
                answers.append(Answer(**{**found.__dict__, "problem": "too_large"}))
                continue
            raw = _whole(server, head.uid)
            if raw is not None:
                answers.append(classify(found, raw, trust, texts, references or {}))
        return answers


def fetch(settings: ImapSettings, trust: Trust, message_id: str) -> bytes:
    """The one mail with this Message-ID from an allowed sender. Errors as ``read``, and ``message_not_found``."""
    if not re.fullmatch(r"<[^<>\s\"\\]+>", message_id):
        raise ZorgidError(
            "options_invalid", "message_id is not a Message-ID", expected="<text@text>", found="something else"
        )
    with _opened(settings) as (server, _uidvalidity):
        _typ, data = server.uid("SEARCH", "HEADER", "Message-ID", f'"{message_id}"')
        for head in _heads(server, trust.senders, (data[0] or b"").split()):
            raw = _whole(server, head.uid) if head.message_id == message_id and head.size <= MOST_BYTES else None
            if raw is not None:
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
    try:
        if settings.security == "tls":
            server = imaplib.IMAP4_SSL(settings.host, port, ssl_context=tls, timeout=settings.timeout)
        else:
            server = imaplib.IMAP4(settings.host, port, timeout=settings.timeout)
            server.starttls(tls)
        _login(server, settings, port)
        yield server, _examine(server, settings)
    except (imaplib.IMAP4.error, ssl.SSLError, OSError) as error:
        raise connection_error("IMAP", settings.host, port, error) from error
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
    folder = '"' + re.sub(r'(["\\])', r"\\\1", settings.folder) + '"'
    status, _data = server.select(folder, readonly=True)
    if status != "OK":
        raise ZorgidError(
            "imap_folder_missing",
            f"The mailbox has no folder {settings.folder}",
            expected="an existing folder",
            found="none of this name",
            action="correct imap.folder",
        )
    _name, values = server.response("UIDVALIDITY")
    return int(values[0] or 0) if values else 0


def _heads(server: imaplib.IMAP4, senders: Collection[str], uids: Sequence[bytes] | None = None) -> list[_Head]:
    """Headers of the allowed senders' mail. The server's FROM search finds substrings, so it is checked again here."""
    if uids is None:
        found: set[bytes] = set()
        for sender in senders:
            _typ, data = server.uid("SEARCH", "FROM", '"' + re.sub(r"[^\w@.+-]", "", sender) + '"')
            found.update((data[0] or b"").split())
        uids = sorted(found, key=int)
    heads = []
    for start in range(0, len(uids), _CHUNK):
        chunk = b",".join(uids[start : start + _CHUNK]).decode()
        _typ, data = server.uid("FETCH", chunk, f"(UID INTERNALDATE RFC822.SIZE {_HEADERS})")
        heads += [_head(line, raw) for line, raw in _literals(data)]
    return sorted((head for head in heads if head.sender in senders), key=lambda head: head.uid)


def _literals(data: Sequence[Any]) -> Iterator[tuple[bytes, bytes]]:
    """imaplib's list: a tuple (text before the literal, literal), followed by the text after it."""
    for index, entry in enumerate(data):
        if isinstance(entry, tuple):
            after = data[index + 1] if index + 1 < len(data) else b""
            yield entry[0] + b" " + (after if isinstance(after, bytes) else b""), entry[1]


def _head(line: bytes, raw: bytes) -> _Head:
    mail = parse(raw)
    uid = re.search(rb"\bUID (\d+)", line)
    size = re.search(rb"RFC822\.SIZE (\d+)", line)
    date = re.search(rb'INTERNALDATE "([^"]+)"', line)
    at = ""
    if date:
        with suppress(ValueError):
            moment = datetime.datetime.strptime(
                date.group(1).decode("ascii", "replace").strip(), "%d-%b-%Y %H:%M:%S %z"
            )
            at = moment.astimezone(datetime.UTC).isoformat(timespec="seconds")
    return _Head(
        uid=int(uid.group(1)) if uid else 0,
        size=int(size.group(1)) if size else 0,
        received_at=at,
        sender=sender_of(mail) if mail else None,
        message_id=header(mail, "Message-ID")[:300] if mail else "",
    )


def _whole(server: imaplib.IMAP4, uid: int) -> bytes | None:
    _typ, data = server.uid("FETCH", str(uid), "(UID BODY.PEEK[])")
    return next((raw for _line, raw in _literals(data)), None)
