# SPDX-FileCopyrightText: gbz.zorgid contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""Bytes of mail as text. Labels are often wrong, and a wrong one never loses more than a letter."""

from __future__ import annotations

import codecs
import re
import unicodedata

# Labels that mail programs also write on text that is something else. What they call Latin-1 is windows-1252
# (WHATWG Encoding Standard).
_LATIN = frozenset({"ascii", "iso8859-1", "cp1252", ""})
# Codecs of Python that are no charset of mail; some take quadratic time.
_NONE = frozenset({"idna", "punycode", "unicode_escape", "raw_unicode_escape", "undefined", "mbcs", "oem"})
_ESCAPES = re.compile(r"\x1b(?:\[[0-?]*[ -/]*[@-~]|\][^\x07\x1b]*(?:\x07|\x1b\\)?|[@-Z\\^_])|\x9b[0-?]*[ -/]*[@-~]")


def decoded_as_labelled(data: bytes, label: str) -> str:
    """``data`` by its label where it fits; else as UTF-8 where that fits; else as windows-1252."""
    name = _name(label)
    # Text with letters beyond ASCII that is valid UTF-8 is hardly ever anything else.
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


# Some versions of the parser end at these.
_CONTROLS = re.compile(r"[\x00-\x08\x0b\x0c\x0e-\x1f\x7f\ud800-\udfff\ufffe\uffff]")


def without_controls(html: str) -> str:
    """HTML without control characters and without what a terminal would act upon; references to them stay."""
    return _CONTROLS.sub("", _ESCAPES.sub("", html))


class _Plain(dict[int, str]):
    """What becomes of each letter, worked out when it is first met."""

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
    """Text in which only letters differ: one kind of blank, hyphen and line end, nothing that cannot be seen, and
    nothing that a terminal would act upon."""
    text = _ESCAPES.sub("", text.replace("\r\n", "\n").replace("\r", "\n")).translate(_PLAIN)
    return re.sub(r" ?\n ?", "\n", re.sub(" +", " ", text))
