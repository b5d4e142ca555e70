# SPDX-FileCopyrightText: gbz.zorgid contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""Charsets by the WHATWG Encoding Standard, and their Python codecs."""

from __future__ import annotations

import codecs
import re

from .libraries import needs

with needs("turbohtml>=1.15"):
    from turbohtml import parse

# Names of the WHATWG Encoding Standard that Python does not know, or for which Python has a smaller table.
_PYTHON_NAMES = {
    **{"windows-874": "cp874", "gbk": "gb18030", "shift_jis": "cp932", "euc-kr": "cp949", "big5": "big5hkscs"},
    **{"iso-8859-8-i": "iso-8859-8", "x-mac-cyrillic": "mac-cyrillic", "macintosh": "mac-roman"},
}


def whatwg_name(label: str) -> str | None:
    """The encoding for a charset label on the web (``latin1`` is windows-1252); None for an unknown label."""
    try:
        return str(parse(b"", encoding=label).encoding)
    except (LookupError, ValueError):
        return None


def python_codec(name: str) -> str | None:
    """Python's codec for a WHATWG encoding; None if Python has none."""
    try:
        return codecs.lookup(_PYTHON_NAMES.get(name.lower(), name)).name
    except LookupError:
        return None


def decoded_page(content_type: str, body: bytes) -> tuple[str, str]:
    """Text and encoding of a page: from the byte order mark, the HTTP header or ``<meta>``, else UTF-8 if the bytes are
    valid, else windows-1252 (WHATWG HTML, "Determining the character encoding"). Wrong bytes become U+FFFD."""
    label = re.search(r";\s*charset\s*=\s*[\"']?\s*([\w.:+-]{1,40})", content_type[:1000], re.IGNORECASE | re.ASCII)
    named = whatwg_name(label.group(1)) if label else None
    # Ignore an HTTP header with UTF-16 if the page has no tag in UTF-16: browsers would show wrong characters.
    if named and named.startswith("UTF-16") and not body.startswith((b"\xff\xfe", b"\xfe\xff")):
        named = named if b"<\x00" in body or b"\x00<" in body else None
    head = parse(body[:4096], encoding=named)
    encoding = str(head.encoding)
    if head.encoding_confidence != "certain":
        encoding = "UTF-8"
        try:
            return body.decode("utf-8"), encoding
        except UnicodeDecodeError:
            encoding = "windows-1252"
    text = body.decode(python_codec(encoding) or "latin-1", "replace")
    return text.removeprefix("\ufeff"), encoding
