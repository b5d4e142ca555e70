# SPDX-FileCopyrightText: gbz.zorgid contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""Names of IMAP folders: as a person writes them, and as they go over the wire (modified UTF-7, RFC 3501, 5.1.3)."""

from __future__ import annotations

import base64
import binascii
import re
import unicodedata
from collections.abc import Iterable, Sequence
from typing import Any

from .._common.text import printable

MOST_FOLDERS = 2000
MOST_SHOWN = 20


def encode(name: str) -> str:
    """``name`` for the wire: printable ASCII as it is, ``&`` as ``&-``, all else as base64 of UTF-16."""

    def run(found: re.Match[str]) -> str:
        coded = base64.b64encode(found[0].encode("utf-16-be", "surrogatepass")).decode().rstrip("=")
        return "&" + coded.replace("/", ",") + "-"

    return re.sub(r"[^\x20-\x7e]+", run, name.replace("&", "&-"))


def decode(wire: str) -> str:
    """The name of ``wire`` as a person writes it; a wrongly encoded name stays as it is."""

    def run(found: re.Match[str]) -> str:
        if not found[1]:
            return "&"
        coded = found[1].replace(",", "/")
        try:
            return base64.b64decode(coded + "=" * (-len(coded) % 4), validate=True).decode("utf-16-be")
        except (binascii.Error, ValueError):
            return found[0]

    return re.sub(r"&([A-Za-z0-9+,]*)-", run, wire)


def quoted(wire: str) -> str:
    """As a quoted string (RFC 3501, 4.3)."""
    return '"' + re.sub(r'(["\\])', r"\\\1", wire) + '"'


_LIST = re.compile(
    rb'\((?P<flags>[^)]*)\) (?P<delimiter>NIL|"(?:[^"\\]|\\.)") ?(?P<name>.*)\Z', re.DOTALL | re.IGNORECASE
)


def listed(data: Sequence[Any]) -> list[tuple[str, str]]:
    """(name for the wire, delimiter) of each folder that can be opened, from imaplib's answer to LIST."""
    found = []
    for entry in data[:MOST_FOLDERS]:
        line, literal = entry if isinstance(entry, tuple) else (entry, None)
        match = _LIST.match(line or b"")
        if match is None or b"\\noselect" in match["flags"].lower():
            continue
        name = literal if literal is not None else match["name"].strip()
        if literal is None and name.startswith(b'"'):
            name = re.sub(rb"\\(.)", rb"\1", name[1:-1])
        delimiter = b"" if match["delimiter"].upper() == b"NIL" else match["delimiter"][1:-1][-1:]
        found.append((name.decode("utf-8", "replace"), delimiter.decode("ascii", "replace")))
    return found


def meant(name: str, folders: Iterable[tuple[str, str]]) -> str | None:
    """The one folder (for the wire) that a person means: with ``/`` or the server's own delimiter, encoded or not, in
    any case. None when there is none, or more than one."""
    wanted = {_folded(one, "/") for one in (name, decode(name))}
    found = {
        wire for wire, delimiter in folders if wanted & {_folded(decode(wire), delimiter), _folded(decode(wire), "")}
    }
    exact = {wire for wire in found if decode(wire) == name}
    return next(iter(exact or found)) if len(exact or found) == 1 else None


def _folded(name: str, delimiter: str) -> str:
    plain = name.replace(delimiter, "/") if delimiter else name
    return unicodedata.normalize("NFC", plain).casefold().strip("/ ")


def folder_names(folders: Sequence[tuple[str, str]]) -> str:
    """The folders' names as a person writes them, the first of them."""
    names = [printable(decode(wire), 100) for wire, _delimiter in folders]
    more = f", and {len(names) - MOST_SHOWN} more" if len(names) > MOST_SHOWN else ""
    return ", ".join(names[:MOST_SHOWN]) + more
