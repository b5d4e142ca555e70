# SPDX-FileCopyrightText: gbz.zorgid contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""Exceptions of Python and its libraries in words for ``found``: users of a playbook do not know the classes."""

from __future__ import annotations

import csv
import re
import socket
import ssl

_WORDS: tuple[tuple[type[BaseException], str], ...] = (
    (FileNotFoundError, "no such file or folder"),
    (IsADirectoryError, "a folder"),
    (NotADirectoryError, "a file instead of a folder"),
    (PermissionError, "permission denied for this user"),
    (socket.gaierror, "no such host name"),
    (ConnectionRefusedError, "the connection was refused"),
    (ConnectionError, "the connection was interrupted"),
    (TimeoutError, "no answer in time"),
    (EOFError, "an unexpected end"),
    (UnicodeError, "not text in UTF-8"),
    (RecursionError, "too many levels"),
    (csv.Error, "no CSV"),
)
#: exceptions of libraries that are not imported here, by the name of their class
_NAMED = {
    "abort": "the connection was interrupted",  # imaplib
    "SMTPServerDisconnected": "the connection was interrupted",
    "ConnectTimeout": "no answer in time",
    "ConnectTimeoutError": "no answer in time",
    "ReadTimeout": "no answer in time",
    "ReadTimeoutError": "no answer in time",
    "IncompleteRead": "an incomplete answer",
    "ChunkedEncodingError": "an incomplete answer",
    "ContentDecodingError": "an answer that cannot be decompressed",
    "DecodeError": "an answer that cannot be decompressed",
    "TooManyRedirects": "too many redirects",
    "DecompressionBombError": "an answer that is too large after decompression",
    "UnidentifiedImageError": "not an image in a supported format",
    "TokenNotPresent": "no token is present",
    "NoSuchToken": "no such token",
    "PinIncorrect": "a wrong PIN",
    "PinLocked": "the PIN is locked",
}


def in_words(error: BaseException) -> str:
    """The cause in a few words without secrets: of the first known exception in the chain, else the name of the class
    as words (``TokenWriteProtected`` is "token write protected")."""
    chain = causes(error)
    # A library often wraps the system's exception, which is more exact.
    words = next(filter(None, map(_known, chain)), "") or next(filter(None, map(_named, chain)), "")
    if words:
        return words
    apart = re.sub(r"(?<=[a-z])(?=[A-Z])|(?<=[A-Z])(?=[A-Z][a-z])", " ", type(error).__name__)
    return apart if apart.isupper() else apart.lower()


def causes(error: BaseException) -> list[BaseException]:
    """The error, and the chain of exceptions that it was raised from or while handling."""
    chain: list[BaseException] = []
    cause: BaseException | None = error
    while cause is not None and not any(cause is one for one in chain):
        chain.append(cause)
        cause = cause.__cause__ or cause.__context__
    return chain


def _named(error: BaseException) -> str:
    return _NAMED.get(type(error).__name__, "")


def _known(error: BaseException) -> str:
    if isinstance(error, ssl.SSLError):
        # str() of this error ends in a source line of OpenSSL.
        reason = (
            str(getattr(error, "verify_message", "") or getattr(error, "reason", "") or "").replace("_", " ").lower()
        )
        return f"TLS: {reason}" if reason else "a failed TLS handshake"
    for kind, words in _WORDS:
        if isinstance(error, kind):
            return words
    line = getattr(getattr(error, "problem_mark", None), "line", None)
    if line is not None:
        return f"invalid YAML, at line {line + 1}"
    system = getattr(error, "strerror", None)
    return system if isinstance(system, str) else ""
