# SPDX-FileCopyrightText: gbz.zorgid contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""Days in the one form in which a portal writes them, such as ``dd-mm-jjjj``: nothing is guessed from the digits."""

from __future__ import annotations

import functools
import re
from datetime import date

_FORM = re.compile(r"(?:(?:jjjj|yyyy)([-/. ]?)mm\1dd|(?:dd([-/. ])mm|mm([-/. ])dd)(?:\2|\3)(?:jjjj|yyyy))")
EXPECTED = "yyyy-mm-dd, dd-mm-jjjj or mm-dd-jjjj, with -, / or . between the parts"


def is_form(form: str) -> bool:
    """Whether this is a form of a day."""
    return _FORM.fullmatch(form) is not None


def day_of(text: str, form: str) -> str | None:
    """The day in ``text`` as ``1990-01-31``; None if it is not a day that is written in this form. One digit is enough
    for a day or a month where a character separates the parts."""
    found = _pattern(form).fullmatch(text.strip())
    if found is None:
        return None
    try:
        return date(int(found["y"]), int(found["m"]), int(found["d"])).isoformat()
    except ValueError:
        return None


@functools.lru_cache(maxsize=16)
def _pattern(form: str) -> re.Pattern[str]:
    separated = re.search(r"[-/. ]", form) is not None
    digits = r"\d\d?" if separated else r"\d\d"
    pattern = re.escape(form.replace("j", "y"))
    pattern = pattern.replace("yyyy", r"(?P<y>[0-9]{4})")
    for part in ("mm", "dd"):
        pattern = pattern.replace(part, f"(?P<{part[0]}>{digits})", 1)
    return re.compile(pattern, re.ASCII)
