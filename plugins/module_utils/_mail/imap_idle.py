# SPDX-FileCopyrightText: gbz.zorgid contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""Wait until an IMAP server says that there is new mail: IDLE (RFC 2177).

The standard library has IDLE since Python 3.14 only. Before, its connection cannot be used any more after a read that
timed out, so the connections here keep what they have read in a buffer of their own.
"""

from __future__ import annotations

import imaplib
import re
import socket
import time
from collections.abc import Callable

_TAG = b"ZIDLE"
_BLOCK = 65_536
_MOST_LINE = 1_000_000
#: More than the largest mail that is read.
_MOST_LITERAL = 25_000_000


class _Lines(imaplib.IMAP4):
    """Reads from the socket itself: a read that timed out loses nothing, and the next one goes on."""

    _kept = b""
    _kept_of: socket.socket | None = None

    def read(self, size: int) -> bytes:
        if size > _MOST_LITERAL:
            raise self.abort("The server sends too much at once")
        parts, missing = [], size
        while missing > 0:
            if not self._buffer() and not self._more():
                break
            parts.append(self._kept[:missing])
            self._kept = self._kept[missing:]
            missing -= len(parts[-1])
        return b"".join(parts)

    def readline(self) -> bytes:
        self._buffer()
        while b"\n" not in self._kept:
            if len(self._kept) > _MOST_LINE:
                raise self.error("The server sent a line that is too long")
            if not self._more():
                return b""
        line, end, self._kept = self._kept.partition(b"\n")
        return line + end

    def _buffer(self) -> bytes:
        """What is left of the present socket. What came before STARTTLS was not encrypted and is not used."""
        if self._kept_of is not self.sock:
            self._kept, self._kept_of = b"", self.sock
        return self._kept

    def _more(self) -> bool:
        more = self.sock.recv(_BLOCK)
        self._kept += more
        return bool(more)


class Waiting(_Lines):
    """A connection in the clear, for STARTTLS."""


class WaitingTls(_Lines, imaplib.IMAP4_SSL):
    """A connection with TLS from the first byte."""


def can_idle(server: imaplib.IMAP4) -> bool:
    """Asked after the login: some servers offer more then."""
    _status, data = server.capability()
    return b"IDLE" in b" ".join(one for one in data if isinstance(one, bytes)).upper().split()


def idle(server: Waiting | WaitingTls, seconds: float, stopped: Callable[[], bool], look: float) -> bool:
    """Whether the server told of new mail within ``seconds``. ``stopped`` is asked every ``look`` seconds, and ends the
    wait. Raises ``imaplib.IMAP4.error`` or ``OSError`` if the connection is lost or the server does not keep to
    IDLE."""
    patience = server.sock.gettimeout()
    end = time.monotonic() + seconds
    server.send(_TAG + b" IDLE\r\n")
    line = _line(server)
    new_mail = False
    while not line.startswith(b"+"):
        # What the server had not told yet.
        new_mail = new_mail or _is_new(line)
        line = _line(server)
    server.sock.settimeout(look)
    try:
        while not new_mail and not stopped() and time.monotonic() < end:
            try:
                new_mail = _is_new(_line(server))
            except TimeoutError:
                continue
    finally:
        server.sock.settimeout(patience)
    server.send(b"DONE\r\n")
    until = time.monotonic() + (patience or _BLOCK)
    while not (line := _line(server)).startswith(_TAG + b" "):
        new_mail = new_mail or _is_new(line)
        if time.monotonic() > until:
            raise server.abort("The server does not end IDLE")
    return new_mail


def _line(server: Waiting | WaitingTls) -> bytes:
    line = server.readline()
    if not line:
        raise server.abort("The connection is closed")
    if line.upper().startswith(b"* BYE") or line.startswith((_TAG + b" NO", _TAG + b" BAD")):
        raise server.abort("The server ends the connection")
    return line


def _is_new(line: bytes) -> bool:
    return re.match(rb"\* \d+ EXISTS\b", line, re.IGNORECASE) is not None
