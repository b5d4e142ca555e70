# SPDX-FileCopyrightText: gbz.zorgid contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""How VZVZ's mails are recognised: by their subjects and texts. VZVZ may change both; then a user sets the option
texts."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Literal, TypeAlias

from .._common.errors import ZorgidError, kind
from .._common.text import printable
from .text import tidy

MailKind: TypeAlias = Literal[
    "application_confirmed",
    "document_confirmed",
    "document_rejected",
    "follow_up_link",
    "activation_qr",
    "undelivered",
    "unknown",
]
SUBJECTS: dict[MailKind, str] = {
    "application_confirmed": "Bevestiging aanvraag ZORG-ID Smart",
    "document_confirmed": "Bevestiging organisatiedocument ZORG-ID Smart",
    "document_rejected": "Organisatiedocument afgekeurd",
    "follow_up_link": "Vervolgformulier ZORG-ID Smart",
    "activation_qr": "Activatie ZORG-ID Smart",
}
# For text that ``tidy`` returned. Digits in groups are not recognised as a URA number.
BODIES: dict[str, str] = {
    "ura": r"(?i)(?<!\w)URA\)?(?:[ -]{0,3}(?:abonnee-?)?(?:nummer|nr\.?))?\)?(?:(?: [a-z]+){1,4}\s*:|\s*[:=(]?)\s*"
    r"([0-9]{8}|[0-9]{1,7}(?![ .-][0-9]))(?!\w)",
    "reference": r"(?i)(?<!\w)Kenmerk\s*:\s*(\S+)",
    # To the end of its paragraph, or to the next line that begins with a label.
    "reason": r"(?i)(?<!\w)Reden\s*:\s*(\S[^\n]*(?:\n(?!\w[\w -]{0,30}:)[^\n]+)*)",
    "link": r"((?i:https?)://[^\s<>\"']+)",
}


@dataclass(frozen=True)
class MailPatterns:
    """Starts of subjects by kind, regular expressions with one group for the body."""

    subjects: Mapping[MailKind, str] = field(default_factory=lambda: dict(SUBJECTS))
    bodies: Mapping[str, str] = field(default_factory=lambda: dict(BODIES))

    @classmethod
    def of(cls, changed: Mapping[str, Any]) -> MailPatterns:
        """The defaults with ``changed`` on top. Error: ``options_invalid``."""
        unknown = sorted(printable(key, 40) for key in set(changed) - set(SUBJECTS) - set(BODIES))
        if unknown:
            raise ZorgidError(
                "options_invalid",
                "texts has unknown keys",
                expected=f"keys among {', '.join([*SUBJECTS, *BODIES])}",
                found=", ".join(unknown),
                action="correct or remove these keys",
            )
        for key, text in changed.items():
            _check_text(key, text)
        return cls(
            {key: str(changed.get(key, text)) for key, text in SUBJECTS.items()},
            # The body is tidied before it is searched, so the expression has to be as well.
            {key: tidy(str(changed[key])) if key in changed else text for key, text in BODIES.items()},
        )


def _check_text(key: str, text: Any) -> None:
    what = "a regular expression with one group" if key in BODIES else "what the subject starts with"
    found = ""
    if not isinstance(text, str):
        found = kind(text)
    elif not any(letter.isalnum() for letter in text):
        # An empty start would fit every subject.
        found = "a text without a letter or a digit" if text.strip() else "an empty text"
    elif key in BODIES:
        try:
            groups = re.compile(text).groups
            found = "" if groups == 1 else f"{groups or 'no'} groups"
        except (re.error, OverflowError, RecursionError) as error:
            found = f"no regular expression: {printable(error)}"
    if found:
        raise ZorgidError(
            "options_invalid",
            f"texts.{key} cannot be used",
            expected=f"a text in quotes: {what}",
            found=found,
            action=f"correct texts.{key}, or remove it to use the built-in text",
        )
