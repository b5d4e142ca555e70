# SPDX-FileCopyrightText: gbz.zorgid contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""smtplib with limits: no server can keep a run waiting by endless or slow replies. Its replies are made safe to
show."""

from __future__ import annotations

import io
import re
import smtplib
import socket
import time
from typing import Any

from .._common.text import printable

#: Most bytes of one reply; RFC 5321 has lines of 512 bytes, and a reply has a few lines.
MOST_REPLY = 65_536
#: How many times the timeout one whole reply may take.
PATIENCE = 4


class _Bounded(io.RawIOBase):
    """Reads from the socket with the limits of one reply."""

    def __init__(self, connection: socket.socket, timeout: float) -> None:
        self._connection = connection
        self._timeout = timeout
        self.begin()

    def begin(self) -> None:
        self._left = MOST_REPLY
        self._until = time.monotonic() + PATIENCE * self._timeout

    def readable(self) -> bool:
        return True

    def readinto(self, buffer: Any) -> int:
        patience = self._until - time.monotonic()
        if patience <= 0 or self._left <= 0:
            raise TimeoutError("the reply does not end")
        self._connection.settimeout(min(self._timeout, patience))
        count = self._connection.recv_into(buffer, min(len(buffer), self._left))
        self._left -= count
        return count


class _Patient(smtplib.SMTP):
    _source: _Bounded | None = None

    def getreply(self) -> tuple[int, bytes]:
        """Code and text of the next reply."""
        if self.sock is not None and (self.file is None or self._source is None):
            self._source = _Bounded(self.sock, float(self.timeout))
            self.file = io.BufferedReader(self._source)
        elif self._source is not None:
            self._source.begin()
        try:
            return super().getreply()
        finally:
            if self.sock is not None:
                self.sock.settimeout(self.timeout)


class PatientSmtp(_Patient):
    """SMTP with limits, for STARTTLS."""


class PatientSmtpTls(_Patient, smtplib.SMTP_SSL):
    """SMTP with limits, for TLS from the first byte."""


def printable_reply(reply: bytes | str, *addresses: str | None) -> str:
    """A reply in a form for messages, logs and the dossier: one printable line of at most 200 characters, without mail
    addresses and without the local parts of ``addresses`` (servers often repeat the address that they refuse)."""
    text = reply[:4000].decode("utf-8", "replace") if isinstance(reply, bytes) else reply
    line = printable(text, 1000)
    if line.endswith("…"):
        # The last word was cut; half an address would not be recognised below.
        line = line.rpartition(" ")[0]
    line = re.sub(r"\S+@\S+", "…", line)
    for address in addresses:
        local = (address or "").partition("@")[0]
        if local:
            line = re.sub(rf"(?<![\w.+-]){re.escape(local)}(?![\w+-])", "…", line, flags=re.IGNORECASE)
    return printable(line, 200)
