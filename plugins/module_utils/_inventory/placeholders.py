# SPDX-FileCopyrightText: gbz.zorgid contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""Finds values of an inventory that a person still has to fill in, before they are used."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from typing import Any

from .._common.errors import ZorgidError
from .._common.text import printable

#: the placeholder
FILL_IN = "FILL_IN"
_DEEP = 6


def unfilled(data: Any, path: str = "", deep: int = _DEEP) -> Iterator[str]:
    """The path of each placeholder in ``data``, such as ``zorgid_onboarding_smtp.host``."""
    if isinstance(data, str):
        if data == FILL_IN:
            yield path
    elif isinstance(data, Mapping) and deep:
        for name, value in data.items():
            yield from unfilled(value, f"{path}.{name}" if path else str(name), deep - 1)


def refuse_unfilled(used: Mapping[str, Any], written: Mapping[str, Any]) -> None:
    """used: the values that are needed. written: every variable as the inventory has it, to show where to fill it in.

    Error: ``placeholder_unfilled``."""
    needed = list(unfilled(used))
    if not needed:
        return
    # The needed value may be a template of a variable in the vault: then name that variable.
    made_of = " ".join(str(written.get(place.partition(".")[0])) for place in needed)
    places = list(unfilled({name: value for name, value in written.items() if name in used or name in made_of}))
    grouped = _together(places or needed)
    more = f" and {len(grouped) - 1} other places" if len(grouped) > 1 else ""
    raise ZorgidError(
        "placeholder_unfilled",
        f"{FILL_IN} still stands in {printable(grouped[0], 60)}{more}",
        expected="the value itself",
        found=f"{FILL_IN} in {printable(', '.join(grouped), 380)}",
        action="fill it in, or take it out where it is not used (ansible-vault edit for an encrypted file)",
    )


def _together(places: Iterable[str]) -> list[str]:
    """Paths grouped by variable, such as ``gbz_provider (name, email)``, secrets first."""
    found: dict[str, list[str]] = {}
    for place in places:
        name, _dot, below = place.partition(".")
        found.setdefault(name, []).extend([below] if below else [])
    grouped = [f"{name} ({', '.join(below)})" if below else name for name, below in found.items()]
    return sorted(grouped, key=lambda one: (not one.startswith("vault_"), one))
