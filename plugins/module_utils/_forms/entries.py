# SPDX-FileCopyrightText: gbz.zorgid contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""What a form sends, in the bytes that a browser sends (HTML, "Form submission"; URL Standard; RFC 7578)."""

from __future__ import annotations

import mimetypes
import re
import secrets
from collections.abc import Sequence
from typing import TypeAlias
from urllib.parse import quote_plus

from .._common.charsets import python_codec

Upload = tuple[str, bytes]
"""File name and content; both empty when no file was chosen."""
FormEntry: TypeAlias = "tuple[str, str | Upload]"
URLENCODED = "application/x-www-form-urlencoded"


def encoded(entries: Sequence[FormEntry], enctype: str, charset: str) -> tuple[str, bytes]:
    """Content type and body; ``charset`` is one that ``tree.python_codec`` knows."""
    codec = python_codec(charset) or "utf-8"
    if enctype == "multipart/form-data":
        boundary = f"----gbz-zorgid-{secrets.token_hex(16)}"
        parts = b"".join(_part(entry, boundary, codec) for entry in entries)
        return f"{enctype}; boundary={boundary}", parts + f"--{boundary}--\r\n".encode()
    texts = [(_lines(name), _lines(value if isinstance(value, str) else value[0])) for name, value in entries]
    if enctype == "text/plain":
        return enctype, b"".join(_bytes(f"{name}={value}\r\n", codec) for name, value in texts)
    pairs = "&".join(f"{_quoted(_bytes(name, codec))}={_quoted(_bytes(value, codec))}" for name, value in texts)
    return enctype, pairs.encode("ascii")


def _bytes(text: str, codec: str) -> bytes:
    # As a browser does with a letter that the form's charset lacks. Half a surrogate pair is not a letter.
    return re.sub("[\ud800-\udfff]", "\ufffd", text).encode(codec, "xmlcharrefreplace")


def _lines(text: str) -> str:
    return re.sub(r"\r\n|\r|\n", "\r\n", text)


def _quoted(raw: bytes) -> str:
    """The application/x-www-form-urlencoded percent-encode set."""
    return quote_plus(raw, safe="*").replace("~", "%7E")


def _name(raw: bytes) -> bytes:
    return raw.replace(b"\r", b"%0D").replace(b"\n", b"%0A").replace(b'"', b"%22")


def _part(entry: FormEntry, boundary: str, codec: str) -> bytes:
    name, value = entry
    head = b'--%s\r\nContent-Disposition: form-data; name="%s"' % (
        boundary.encode(),
        _name(_bytes(_lines(name), codec)),
    )
    if isinstance(value, str):
        return head + b"\r\n\r\n" + _bytes(_lines(value), codec) + b"\r\n"
    file, content = value
    kind = mimetypes.guess_type(file)[0] or "application/octet-stream"
    return (
        head
        + b'; filename="%s"\r\nContent-Type: %s\r\n\r\n' % (_name(_bytes(file, codec)), kind.encode())
        + content
        + b"\r\n"
    )
