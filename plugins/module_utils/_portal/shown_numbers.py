# SPDX-FileCopyrightText: gbz.zorgid contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""Which numbers of people may stand on a screen: only those that can hardly be made of a name or a birth date. Pure."""

from __future__ import annotations

import re

_FORM = re.compile(r"(?=.*\d)[A-Za-z0-9._:/-]{1,40}")
_UUID = re.compile(r"[0-9A-Fa-f]{8}(?:-[0-9A-Fa-f]{4}){3}-[0-9A-Fa-f]{12}")
#: ``HR-1042`` has a word of its own; ``jan.jansen85`` and ``Piet2`` have names.
_WORD = re.compile(r"[A-Za-z]{5,}|(?=[A-Za-z]{3})[A-Za-z]*[a-z][A-Za-z]*")
_LETTERS = re.compile(r"[A-Za-z]+")
_DAYS = (
    re.compile(r"(?:19|20)\d\d(?:0[1-9]|1[0-2])(?:0[1-9]|[12]\d|3[01])"),
    re.compile(r"(?:0[1-9]|[12]\d|3[01])(?:0[1-9]|1[0-2])(?:19|20)\d\d"),
)


def may_be_shown(number: str) -> bool:
    """Whether a number looks as if it contains neither a name nor a birth date. In doubt it is not shown."""
    if _UUID.fullmatch(number):
        return True
    if not _FORM.fullmatch(number) or any(map(_WORD.fullmatch, _LETTERS.findall(number))):
        return False
    digits = re.sub(r"\D", "", number)
    return not any(day.fullmatch(digits) for day in _DAYS)
