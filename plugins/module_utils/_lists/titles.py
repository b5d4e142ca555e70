# SPDX-FileCopyrightText: gbz.zorgid contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""How column headers are compared, and which headers may never be read, or not for a certain field."""

from __future__ import annotations

import re
import unicodedata

from .cells import clean

_LEFT_OUT = re.compile(r"[\s_()\[\]{}<>\"'`´\u2018\u2019\u201c\u201d„]+")
_WORDS = re.compile(r"[^\W\d_]+")
_HUMPS = re.compile(r"(?<=[a-z])(?=[A-Z])|(?<=[A-Z])(?=[A-Z][a-z])")
_NOT_LETTERS = re.compile(r"[\W\d_]+")
_CITIZEN = (
    "burgerservice", "sofinummer", "sofinr", "citizenservice", "citizennumber", "socialsecurity", "sociaalnummer",
    "nationalid", "nationaalnummer", "rijksregister", "fiscaalnummer", "fiscaalnr", "fiscalnumber",
)  # fmt: skip
_CITIZEN_WORDS = ("sofi", "ssn", "insz", "socnr")
_PRIVATE = ("priv", "personalmail", "personalemail", "emailpersonal", "mailpersonal", "thuis")
_DISPLAY = frozenset(
    ("displayname", "weergavenaam", "volledigenaam", "naamvolledig", "fullname", "commonname", "cn", "formattedname")
)


def title_key(title: object) -> str:
    """A header in the form for comparison: without case, blanks, underscores, brackets and quotation marks."""
    found = clean(str(title))
    if not found.isascii():
        found = unicodedata.normalize("NFKC", found)
    return _LEFT_OUT.sub("", found).casefold()


def _letters(title: str) -> str:
    return _NOT_LETTERS.sub("", unicodedata.normalize("NFKD", title)).casefold()


def is_citizen_number(title: str) -> bool:
    """Whether the header is that of a BSN, which is never read from a list."""
    whole = _letters(title)
    if any(word in whole for word in _CITIZEN) or whole.startswith("bsn") or whole.endswith("bsn"):
        return True
    words = [word.casefold() for word in _WORDS.findall(_HUMPS.sub(" ", title))]
    return any(word.startswith("bsn") or word.endswith("bsn") or word in _CITIZEN_WORDS for word in words)


def is_private_mail(title: str) -> bool:
    """Whether the header is that of a column with private mail addresses."""
    whole = _letters(title)
    return any(word in whole for word in _PRIVATE)


def is_display_name(title: str) -> bool:
    """Whether the header is that of a column with first and last name in one cell."""
    return _letters(title) in _DISPLAY


def is_of_partner(title: str) -> bool:
    """Whether the header is that of a column with the partner's name."""
    return "partner" in _letters(title)
