# SPDX-FileCopyrightText: gbz.zorgid contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""Corrects parts of names to the form of an identity document: restores apostrophes where the correction is certain."""

from __future__ import annotations

import re
import unicodedata

from . import cells
from .cells import Cell, Fault

_FIRST = ["aan", "af", "bij", "boven", "in", "onder", "op", "over", "tot", "uit", "van", "von", "voor"]
_ARTICLES = ("de", "den", "der", "het", "'t", "ter", "la", "le", "l'", "den der")
_ALONE = (
    "'s 't a al am auf aus ben bin d' da dal dalla de degli dei del dela della den der des di die dit do don dos du e "
    "el het i im in la las le les lo los of onder op over 's 't te ten ter thoe tho tot uijt uit unter van vanden "
    "vander ver vom von vor y zu zum zur abu ibn af av ould"
)
#: the usual surname prefixes in the Netherlands (the population register has a table of them), folded
PREFIXES = frozenset(
    (
        *_ALONE.split(),
        *(f"{one} {two}" for one in _FIRST for two in _ARTICLES),
        *("de la", "de l'", "de le", "de los", "de las", "de die le", "von und zu", "van de l'", "a la", "in 't veld"),
        *("op gen", "op ten", "op ter", "van gen", "van ter", "van te", "van ten", "van 's", "uit te de", "voor in 't"),
        *("van van de", "onder 't", "over 't", "aan den", "de van der", "van den der", "von dem", "von den", "am de"),
    )
)

#: characters that keyboards and databases use instead of an apostrophe
_APOSTROPHES = re.compile("[`´\u2018\u2019ʼ′‛]")
_LOST = re.compile(r"(?:(?<=\s)|^)'?([tsn])(?=\s|$)", re.I)
_GLUED = re.compile(r"\b(van|in|op|aan|uit|voor|over|onder|bij)'t\b", re.I)
#: 't and 's in front of a surname, also without the apostrophe (Excel removes it)
_BEGINNING = re.compile("^(?:''|[`´\u2018\u2019ʼ′‛'\"])?([ts])([ -]+)(?=[A-Z\u00c0-\u00de\u0100-\u024f])")
#: an apostrophe that marks a text for a spreadsheet: no name begins with one and a capital
_MARK = re.compile("^'(?=[A-Z\u00c0-\u00de\u0100-\u024f][a-z\u00df-\u024f])")
#: Windows-1252 characters for letters in the encodings of DOS or the Macintosh, in addition to those in ``cells``
_OTHER_ENCODING = re.compile(r"[\u201c\u201d¡¢£¥]|\w\u2018(?!\w)")
_NOTHING = re.compile(r"[\s\-–—./']*")
#: a character reference of HTML (M&uuml;ller)
_ENTITY = re.compile(r"&(?:#\d+|#x[0-9a-f]+|[a-z]{2,8}\d?);", re.I)
_NO_NAME = Fault(
    "no name: it has no letter", "correct the cell, and check whether the whole row has shifted by a column"
)
_AN_ADDRESS = Fault(
    "a mail address, where a name is expected",
    "correct the cell, and check whether the whole row has shifted by a column",
)


def _read(cell: Cell) -> str | Fault:
    if isinstance(cell, str) and cell.isalpha() and cell.isascii():
        return cell  # true for most names
    found = cells.name(cell)
    if isinstance(found, str) and "@" in found:
        return _AN_ADDRESS
    if isinstance(found, str) and "&" in found and _ENTITY.search(found):
        return cells.GARBLED
    if isinstance(found, str) and not found.isascii():
        if _OTHER_ENCODING.search(found):
            return cells.GARBLED
        found = unicodedata.normalize("NFC", found)
    return found


def first_name(cell: Cell) -> str | Fault:
    """First names; the apostrophe that marks a text for a spreadsheet is removed."""
    found = _read(cell)
    return found if isinstance(found, Fault) else _lettered(_MARK.sub("", found))


def last_name(cell: Cell) -> str | Fault:
    """A surname, with a prefix if the same column contains one."""
    found = _read(cell)
    if isinstance(found, Fault) or not found:
        return found
    return _lettered(_MARK.sub("", _BEGINNING.sub(r"'\1\2", found)))


def _lettered(found: str) -> str | Fault:
    return found if not found or any(map(str.isalpha, found)) else _NO_NAME


def prefix(cell: Cell) -> str | Fault:
    """``van 't`` for van`t, van t and any apostrophe; the case stays. Empty for a hyphen."""
    found = _read(cell)
    if isinstance(found, Fault) or not found:
        return found
    if _NOTHING.fullmatch(found):
        return ""
    plain = _GLUED.sub(r"\1 't", _APOSTROPHES.sub("'", found))
    plain = " ".join(_LOST.sub(r"'\1", plain).split())
    return plain if plain.casefold() in PREFIXES else _MARK.sub("", found)


def is_usual(text: str) -> bool:
    """Whether the prefix is in ``PREFIXES``."""
    return text.casefold() in PREFIXES


def without_prefix(surname: str, before: str) -> str:
    """The surname without a prefix that is also in its own column."""
    start = f"{before} ".casefold()
    return surname[len(start) :] if before and surname.casefold().startswith(start) else surname
