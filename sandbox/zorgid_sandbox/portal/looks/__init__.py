# SPDX-FileCopyrightText: gbz.zorgid contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""Other looks of the same portal: other pages, words and technique over the same store and the same rules.

The classic pages stay at /portal whatever the look, because the sandbox's own people use them.
"""

from __future__ import annotations

from importlib import import_module

from starlette.routing import Route

from ..phone import Phone
from ..store import Store


def routes(look: str, store: Store, phone: Phone) -> list[Route]:
    """What a look serves besides the classic pages."""
    if look == "classic":
        return []
    found: list[Route] = import_module(f"{__name__}.{look}").routes(store, phone)
    return found
