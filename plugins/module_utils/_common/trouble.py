# SPDX-FileCopyrightText: gbz.zorgid contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""What Python and its libraries raise, in words for ``found``: nobody who runs a playbook knows their classes."""

from __future__ import annotations

import csv
import re
import socket
import ssl

_WORDS: tuple[tuple[type[BaseException], str], ...] = (
    (FileNotFoundError, "no such file or folder"),
    (IsADirectoryError, "a folder"),
    (NotADirectoryError, "a file where a folder has to be"),
    (PermissionError, "this user may not"),
    (socket.gaierror, "no such host name"),
    (ConnectionRefusedError, "it refuses the connection"),
    (ConnectionError, "the connection was broken off"),
    (TimeoutError, "no answer in time"),
    (EOFError, "the end, too early"),
    (UnicodeError, "no text in UTF-8"),
    (RecursionError, "too many levels"),
    (csv.Error, "no CSV"),
)
#: of libraries that this room does not import, by the name of their class
_NAMED = {
    "abort": "the connection was broken off",  # imaplib
    "SMTPServerDisconnected": "the connection was broken off",
    "ConnectTimeout": "no answer in time",
    "ConnectTimeoutError": "no answer in time",
    "ReadTimeout": "no answer in time",
    "ReadTimeoutError": "no answer in time",
    "IncompleteRead": "an answer that ends too early",
    "ChunkedEncodingError": "an answer that ends too early",
    "ContentDecodingError": "an answer that cannot be unpacked",
    "DecodeError": "an answer that cannot be unpacked",
    "TooManyRedirects": "it sends on without end",
    "DecompressionBombError": "more than it may unpack to",
    "UnidentifiedImageError": "no picture of a known format",
    "TokenNotPresent": "no token in the reader",
    "NoSuchToken": "no such token",
    "PinIncorrect": "a wrong PIN",
    "PinLocked": "a PIN that is locked",
}


def in_words(error: BaseException) -> str:
    """What went wrong, in a few words without secrets: the first cause that has some, else the name of the class, taken
    apart (``TokenWriteProtected`` is "token write protected")."""
    causes: list[BaseException] = []
    cause: BaseException | None = error
    while cause is not None and not any(cause is one for one in causes):
        causes.append(cause)
        cause = cause.__cause__ or cause.__context__
    # A library's own class often stands around the system's, which says more.
    told = next(filter(None, map(_known, causes)), "") or next(filter(None, map(_named, causes)), "")
    if told:
        return told
    apart = re.sub(r"(?<=[a-z])(?=[A-Z])|(?<=[A-Z])(?=[A-Z][a-z])", " ", type(error).__name__)
    return apart if apart.isupper() else apart.lower()


def _named(error: BaseException) -> str:
    return _NAMED.get(type(error).__name__, "")


def _known(error: BaseException) -> str:
    if isinstance(error, ssl.SSLError):
        # Its sentence ends in a line of OpenSSL's source.
        told = str(getattr(error, "verify_message", "") or getattr(error, "reason", "") or "").replace("_", " ").lower()
        return f"TLS: {told}" if told else "a failed TLS handshake"
    for kind, words in _WORDS:
        if isinstance(error, kind):
            return words
    line = getattr(getattr(error, "problem_mark", None), "line", None)
    if line is not None:
        return f"no YAML, at line {line + 1}"
    system = getattr(error, "strerror", None)
    return system if isinstance(system, str) else ""
