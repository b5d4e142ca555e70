# SPDX-FileCopyrightText: gbz.zorgid contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""Reads a mail's subject and headers: the kind of answer, and whether it is an automatic reply."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Mapping
from typing import TypeVar

from .headers import Fields, values, words_of
from .text import tidy

Kind = TypeVar("Kind", bound=str)
MOST_SUBJECT = 1000
# Prefixes that gateways and mail programs write before a subject; compared after case folding.
_PREFIX = re.compile(
    r"[^\w\[{<(*#]+|[\[{<][^\]}>]{0,60}[\]}>]|\*+[^*]{0,60}\*+|#+[^#]{0,60}#+"
    r"|(?:re|fw|fwd|doorgestuurd|doorst|antw|antwoord|wg|aw|tr|rv|sv|vs|betr|betreft|onderwerp)\.?(?:\[\d+\])?\s?:"
    r"|\(?(?:extern\w*|ext|spam\w*|junk|verdacht\w*|suspicious|phishing|onveilig|niet[ -]veilig|e-?mail van buiten"
    r"|let op|caution|warning|waarschuwing)(?:[ -]\w+){0,3}\)?\s?[:|>-]+"
    r"|\((?:extern|spam)[^)]{0,30}\)"
)
_AUTOMATIC = re.compile(r"(?:automatisch antwoord|automatic reply|out of office|autoreply|afwezig(?:heid)?)\b")


def subject_of(fields: Fields) -> str:
    """The subject as ``subject_kind`` compares it; empty when there are several."""
    found = values(fields, "subject")
    return _comparable(words_of(found[0][:MOST_SUBJECT])) if len(found) == 1 else ""


def _comparable(text: str) -> str:
    """The subject without differences of case, blanks, hyphens, and the two names of the product."""
    plain = " ".join(tidy(unicodedata.normalize("NFKC", text)).split()).casefold()
    return re.sub(r"\bzorg[ -]?id[ -](?:smart|mobiele?|mobile)\b", "zorg-id smart", plain)


def subject_kind(subject: str, subjects: Mapping[Kind, str]) -> Kind | None:
    """The kind whose start the subject has, after the prefixes of other programs; of several the longest start
    applies."""
    starts = {_comparable(start): kind for kind, start in subjects.items() if start}
    while True:
        fitting = [start for start in starts if subject.startswith(start)]
        if fitting:
            return starts[max(fitting, key=len)]
        prefix = _PREFIX.match(subject)
        if prefix is None:
            return None
        subject = subject[prefix.end() :]


def is_automatic(fields: Fields, subject: str) -> bool:
    """Whether it is an automatic reply (RFC 3834). ``auto-generated`` is not a reply: VZVZ's own system may send
    that."""
    auto_submitted = " ".join(values(fields, "auto-submitted")).lower()
    old = any(values(fields, name) for name in ("x-autoreply", "x-autorespond"))
    return auto_submitted.startswith("auto-replied") or old or bool(_AUTOMATIC.match(subject))
