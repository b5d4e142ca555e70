# SPDX-FileCopyrightText: gbz.zorgid contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""Decodes the bytes of mail. Charset labels are often wrong; with a wrong one single letters may be lost, never the
text."""

from __future__ import annotations

import codecs
import re
import unicodedata

# Charset labels that mail programs also write on other text. What they call Latin-1 is windows-1252
# (WHATWG Encoding Standard).
_LATIN = frozenset({"ascii", "iso8859-1", "cp1252", ""})
# Codecs of Python that are not charsets of mail; some take quadratic time.
_NONE = frozenset({"idna", "punycode", "unicode_escape", "raw_unicode_escape", "undefined", "mbcs", "oem"})
_ESCAPES = re.compile(r"\x1b(?:\[[0-?]*[ -/]*[@-~]|\][^\x07\x1b]*(?:\x07|\x1b\\)?|[@-Z\\^_])|\x9b[0-?]*[ -/]*[@-~]")


def decoded_as_labelled(data: bytes, label: str) -> str:
    """``data`` by its label where it fits; else as UTF-8 where that fits; else as windows-1252."""
    name = _name(label)
    # Text with letters outside ASCII that is valid UTF-8 is almost always UTF-8.
    for charset in ("utf-8", name) if name in _LATIN else (name, "utf-8"):
        try:
            return data.decode("cp1252" if charset in _LATIN else charset)
        except (UnicodeError, LookupError):
            continue
    return data.decode("cp1252", "replace")


def _name(label: str) -> str:
    try:
        found = codecs.lookup(label.strip("\"' ")).name
    except (LookupError, ValueError):
        return ""
    return "" if found in _NONE else found


# Some versions of the parser stop at these characters.
_CONTROLS = re.compile(r"[\x00-\x08\x0b\x0c\x0e-\x1f\x7f\ud800-\udfff\ufffe\uffff]")


def without_controls(html: str) -> str:
    """HTML without control characters and terminal sequences; character references to them stay."""
    return _CONTROLS.sub("", _ESCAPES.sub("", html))


class _Plain(dict[int, str]):
    """Maps each letter to its plain form, computed at its first use."""

    def __missing__(self, number: int) -> str:
        letter = chr(number)
        kind = unicodedata.category(letter)
        if letter == "\n" or kind in ("Zl", "Zp"):
            plain = "\n"
        elif letter == "\t" or kind == "Zs":
            plain = " "
        elif kind == "Pd" or letter == "\u2212":
            plain = "-"
        else:
            plain = "" if kind in ("Cc", "Cf", "Cs", "Co", "Cn") else letter
        self[number] = plain
        return plain


_PLAIN = _Plain()


def tidy(text: str) -> str:
    """Text in which only letters differ: one kind of blank, hyphen and line end, no invisible characters, and no
    terminal sequences."""
    text = _ESCAPES.sub("", text.replace("\r\n", "\n").replace("\r", "\n")).translate(_PLAIN)
    return re.sub(r" ?\n ?", "\n", re.sub(" +", " ", text))
