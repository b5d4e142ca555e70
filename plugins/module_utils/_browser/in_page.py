# SPDX-FileCopyrightText: gbz.zorgid contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""What a window needs inside a page, over Playwright's sync ``Page``: all frames, open shadow roots (``script/``).

Every function looks once, or again until ``wait`` seconds are over, and raises ``page_not_as_mapped`` if there is no
visible thing of that name, or more than one. No error contains a value of a page: only the map's own words, so a name
with a person's value in it is given to ``shown`` and ``line`` only, which raise nothing about it. Nothing here knows
tabs, hosts, requests or native dialogs: they are the engine's. A page whose own script never ends stops every call: the
engine's watch ends the browser.

Names are equal whole, with their capitals, after both sides were normalised (``script/names.js``): names of people are
compared by the same rule, and "Jan jansen" is not "Jan Jansen". CSS may show capitals that the page does not contain:
the error then says that only the capitals differ.
"""

from __future__ import annotations

from .filling import differing, fill
from .frames import init_script, patiently
from .looking import (
    aimed,
    beside,
    document,
    each_shown,
    find,
    fitting,
    forget,
    forgotten,
    is_covered,
    lines,
    normal,
    numbers,
    outline,
    press,
    press_row,
    rows,
    seen_each,
    shown,
)
from .self_test import self_test

__all__ = (
    "aimed", "beside", "differing", "document", "each_shown", "fill", "find", "fitting", "forget", "forgotten",
    "init_script", "is_covered", "lines", "normal", "numbers", "outline", "patiently", "press", "press_row", "rows",
    "seen_each", "self_test", "shown",
)  # fmt: skip
