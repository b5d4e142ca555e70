# SPDX-FileCopyrightText: gbz.zorgid contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""The images of a mail, wherever mail programs put them, and the parts that may contain one but are not read."""

from __future__ import annotations

import base64
import hashlib
import html
import re
from collections.abc import Callable, Iterator
from email.message import Message
from typing import Any
from urllib.parse import unquote_to_bytes

from .mail_parser import parse

MOST_PICTURES = 50
#: bytes of one image
MOST_BYTES = 10_000_000
# Forwarded mails in forwarded mails exist; deeper ones are not opened.
_MOST_INNER = 5
# Obstacles: parts that may contain a code and are not read.
PDF, SVG, REMOTE, PACKED, TOO_MANY = "PDF", "SVG", "picture on the web", "packed or encrypted", "too many"
_MAGIC = (b"\x89PNG", b"\xff\xd8\xff", b"GIF8", b"II*\0", b"MM\0*", b"RIFF")
# Of a winmail.dat (TNEF), an Outlook message (OLE), an archive or Office document (ZIP).
_PACKED = (b"\x78\x9f\x3e\x22", b"\xd0\xcf\x11\xe0", b"PK\x03\x04")
_SEALED = re.compile(r"application/(x-)?pkcs7-mime|application/pgp-encrypted|application/(vnd\.)?ms-tnef")
_DATA_URI = re.compile(r"data:([^,\"'()<>]{0,200}),\s*([^\"'()<>]*)", re.IGNORECASE)
_BASE64 = re.compile(r"[A-Za-z0-9+/_%\s-]*")
_NO_BASE64 = bytes(one for one in range(256) if not re.match(rb"[A-Za-z0-9+/_-]", bytes([one])))
# Every repetition has a limit, so that no page can make the search slow.
_REMOTE = re.compile(
    r"<(?:img|image|input|v:fill|v:imagedata)\b[^<>]{0,2000}?\b(?:src|srcset|href)\s{0,9}=[\s\"']{0,9}(?:https?:)?//"
    r"|(?:\bbackground\s{0,9}=[\s\"']{0,9}|\burl\([\s\"']{0,9})(?:https?:)?//",
    re.IGNORECASE,
)


class MailPictures:
    """Iterate over it for the images (bytes, each once); ``obstacles`` is complete afterwards."""

    def __init__(self, raw: bytes) -> None:
        self.obstacles: set[str] = set()
        self._raw = raw
        self._seen: set[bytes] = set()
        self._inner = 0

    def __iter__(self) -> Iterator[bytes]:
        for data in self._of(self._raw):
            digest = hashlib.sha256(data).digest()
            if digest in self._seen:
                continue
            if len(self._seen) == MOST_PICTURES:
                self.obstacles.add(TOO_MANY)
                return
            self._seen.add(digest)
            yield data

    def _of(self, raw: bytes) -> Iterator[bytes]:
        mail = parse(raw)
        if mail is None:
            self.obstacles.add(PACKED)
        for part in mail.walk() if mail else ():
            kind = _asked(part.get_content_type, "")
            if kind == "multipart/encrypted" or _SEALED.fullmatch(kind):
                self.obstacles.add(PACKED)
            elif kind.startswith("message/") and part.is_multipart():
                yield from self._encoded_mail(part)
            elif not part.is_multipart():
                yield from self._leaf(kind, part)

    def _leaf(self, kind: str, part: Message[Any, Any]) -> Iterator[bytes]:
        content = _asked(lambda: part.get_payload(decode=True), b"")
        data = content if isinstance(content, bytes) else b""
        name = str(_asked(part.get_filename, "") or "").lower()
        if kind in ("text/html", "application/xhtml+xml") or name.endswith((".html", ".htm")):
            yield from self._page(data)
        elif name.endswith(".eml"):
            yield from self._mail(data)
        elif (obstacle := hides(data)) is not None:
            self.obstacles.add(obstacle)
        elif kind == "image/svg+xml" or name.endswith((".svg", ".svgz")):
            # In UTF-16 or packed, and not by its bytes.
            if _is_picture(data):
                yield data
            else:
                self.obstacles.add(SVG)
        elif kind.startswith("image/") or _is_picture(data):
            yield data

    def _encoded_mail(self, part: Message[Any, Any]) -> Iterator[bytes]:
        """Python opens an attached mail itself, but not one in base64, which RFC 2046 forbids and some programs
        send."""
        encoding = str(_asked(lambda: part.get("Content-Transfer-Encoding", ""), "")).strip().lower()
        content: Any = part.get_payload()
        inside = content[0].get_payload() if isinstance(content, list) and content else None
        if encoding == "base64" and isinstance(inside, str):
            yield from self._mail(_decoded(inside))

    def _mail(self, raw: bytes) -> Iterator[bytes]:
        self._inner += 1
        if self._inner > _MOST_INNER:
            self.obstacles.add(PACKED)
            return
        yield from self._of(raw)

    def _page(self, data: bytes) -> Iterator[bytes]:
        # The patterns are ASCII, so the charset (also UTF-16) does not matter.
        text = html.unescape(data.replace(b"\0", b"").decode("latin-1"))
        if _REMOTE.search(text):
            self.obstacles.add(REMOTE)
        if "<svg" in text.lower():
            self.obstacles.add(SVG)
        for uri in _DATA_URI.finditer(text):
            about, content = uri.group(1).lower(), uri.group(2)
            if "svg" in about:
                self.obstacles.add(SVG)
            elif about.rstrip().endswith(";base64"):
                # One byte over the limit is enough for the check of the image to refuse it.
                yield _decoded(content[: 2 * MOST_BYTES])
            elif _is_picture(picture := unquote_to_bytes(content[: 3 * MOST_BYTES])):
                yield picture


def hides(data: bytes) -> str | None:
    """Which obstacle these bytes are, if any: a kind of file that may contain an image and is not unpacked."""
    start = data[:1024].lstrip(b"\xef\xbb\xbf \t\r\n")
    if b"%PDF-" in data[:1024]:
        return PDF
    if start.startswith(_PACKED):
        return PACKED
    return SVG if start.startswith(b"<") and b"<svg" in data[:4096].lower() else None


def _is_picture(data: bytes) -> bool:
    return data.startswith(_MAGIC) or (data.startswith(b"BM") and data[6:10] == bytes(4))


def _decoded(text: str) -> bytes:
    """Decodes base64 as mail programs write it: folded, percent-encoded, with the URL alphabet, without padding."""
    found = _BASE64.match(text)
    plain = unquote_to_bytes(found.group() if found else "").translate(bytes.maketrans(b"-_", b"+/"), _NO_BASE64)
    return base64.b64decode(plain[: len(plain) - (len(plain) % 4 == 1)] + b"==")


def _asked(question: Callable[[], Any], otherwise: Any) -> Any:
    """The standard library's parser of headers raises many kinds of errors on malformed ones; then ``otherwise`` is
    returned."""
    try:
        return question()
    except Exception:  # noqa: BLE001 - see above
        return otherwise
