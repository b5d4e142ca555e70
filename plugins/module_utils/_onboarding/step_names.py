# SPDX-FileCopyrightText: gbz.zorgid contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""Finds a step by the name that a person types: its own or a Dutch one. Pure."""

from __future__ import annotations

import difflib
import re
import unicodedata

from .._common.errors import ZorgidError
from .._common.text import printable
from .._dossier.model import STEPS
from .._report import texts
from .commands import WHOLE

#: The statements about a whole organisation, in Dutch, with their meaning.
WORDS = {
    "withdrawn": ("Ingetrokken", "the organisation stops"),
    "registered_before": ("Al aangesloten", "it was on the portal before this dossier"),
}
_NEAR, _PART = 0.6, 4


def dutch(name: str) -> str:
    """The step's Dutch name, as above a column of the board."""
    return next((row[2] for step, row in texts.STEPS.items() if step == name), "") or WORDS[name][0]


def named(text: str) -> str:
    """A step, or a statement of ``WHOLE``. Error: ``step_unknown``."""
    names = _names()
    if found := names.get(_bare(text)):
        return found
    bare = _bare(text)
    # For a shortened name: the shortest name that contains it.
    parts = sorted((name for name in names if len(bare) >= _PART and bare in name), key=len)
    near = parts or difflib.get_close_matches(bare, sorted(names), 1, _NEAR)
    nearest = names[near[0]] if near else ""
    raise ZorgidError(
        "step_unknown",
        f"This is no step of the process: {printable(text, 80)}",
        expected=f"for example {nearest} ({dutch(nearest)})" if nearest else f"one of {', '.join((*STEPS, *WHOLE))}",
        found=printable(text, 80),
        action="correct step; without -e step=… the playbook lists what can be recorded",
    )


def _names() -> dict[str, str]:
    found = {_bare(name): name for name in (*STEPS, *WHOLE)}
    for step, (_number, title, column) in texts.STEPS.items():
        found |= {_bare(title): step, _bare(column): step}
    return found | {_bare(title): word for word, (title, _does) in WORDS.items()}


def _bare(text: str) -> str:
    """Lower-case letters and digits only: capitals, blanks, hyphens and accents make no difference."""
    return re.sub(r"[^a-z0-9]", "", unicodedata.normalize("NFKD", text).lower())
