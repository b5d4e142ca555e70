# SPDX-FileCopyrightText: gbz.zorgid contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""Which button a person presses to send the form. The rule, which docs/intake.md describes:

1. the one whose text the mapping names (``button``);
2. else the one whose text says that it sends; on the way to a next page the one that goes on;
3. else the only one that does not go back, stop, or keep a draft.

Never one that goes back, stops, or keeps a draft. Where more than one fits and they do different things, a person
decides.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import replace

from .fields import Button, Form
from .labels import normal

_SENDS = re.compile(
    r"verzend|verstu|bevestig|indien|definitief|aanvra|akkoord|submit|send|confirm|\bapply\b", re.IGNORECASE
)
_GOES_ON = re.compile(r"volgende|verder|doorgaan|ga door|next|continue|proceed", re.IGNORECASE)
_STORES = re.compile(r"opslaan|bewa(?:ar|ren)\b|\bsave\b|\bstore\b", re.IGNORECASE)
_NEVER = re.compile(
    r"concept|\bdraft|voorlopig|tussentijds|\blater\b|vorige|\bterug\b|\bback\b|previous|annul|cancel|\bwis|\breset|leegma|"
    r"afbreken|\bstop|verwijder|delete|remove|\bniet\b|\bnot\b|voorbeeld|preview|\bprint|afdruk|upload|\bzoek|search|"
    r"uitlog|log ?out|toevoegen|\badd\b",
    re.IGNORECASE,
)


def sends(button: Button) -> bool:
    return bool(_SENDS.search(button.text)) and not _NEVER.search(button.text)


def button_of(form: Form, wanted: str | None, *, more_pages: bool) -> Button | None:
    """The button to press (``form.enter`` where there is none at all), None if a person has to decide.

    ``wanted``: the text that the mapping names; ``more_pages``: the mapping has rules for a page after this one.
    """
    if wanted is not None:
        return _one([button for button in form.buttons if normal(button.text) == normal(wanted)])
    if not form.buttons:
        return form.enter
    free = [button for button in form.buttons if not _NEVER.search(button.text)]
    final = [button for button in free if _SENDS.search(button.text)]
    on = [button for button in free if _GOES_ON.search(button.text)]
    others = [button for button in free if not _STORES.search(button.text)]
    order = (on, final) if more_pages else (final, on)
    return _one(next((fitting for fitting in (*order, others, free) if fitting), []))


def _one(fitting: Sequence[Button]) -> Button | None:
    """The only one, or the first if all do the same, such as one above the form and one below it."""
    same = {replace(button, text="", number=0) for button in fitting}
    return fitting[0] if len(same) == 1 else None
