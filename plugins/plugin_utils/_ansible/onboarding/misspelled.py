# SPDX-FileCopyrightText: gbz.zorgid contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""Finds names in variables that the role does not have, at any depth, each with the nearest known name. Pure."""

from __future__ import annotations

import difflib
from collections.abc import Iterable, Iterator, Mapping
from typing import Any

from ....module_utils._common.errors import ZorgidError
from ....module_utils._common.text import printable

#: Maximum of names in one message; more are counted.
_MOST = 5
_ALL = "what ansible-doc -t role gbz.zorgid.zorgid_onboarding lists"


def refuse_misspelled(found: Mapping[str, Any], spec: Mapping[str, Any], more: Iterable[str] = ()) -> None:
    """``found``: rendered variables by their full names. ``more``: other variables with the role's prefix. Error:
    ``variables_invalid``."""
    wrong = [(name, nearest(name, spec), _ALL) for name in sorted(more)]
    for name, value in found.items():
        wrong += _within(value, spec[name], name)
    if not wrong:
        return
    first, near, known = wrong[0]
    names = ", ".join(
        printable(name, 120) + (f" (meant: {near}?)" if near else "") for name, near, _known in wrong[:_MOST]
    )
    rest = f", and {len(wrong) - _MOST} more" if len(wrong) > _MOST else ""
    raise ZorgidError(
        "variables_invalid",
        f"The role zorgid_onboarding has no variable {printable(first, 120)}",
        expected=f"for example {near}" if near else known,
        found=names + rest,
        action="correct the name" if len(wrong) == 1 else "correct the names",
    )


def nearest(name: str, known: Iterable[str]) -> str:
    """The nearest known name; empty if none is similar."""
    return next(iter(difflib.get_close_matches(name, sorted(known), 1)), "")


def _within(value: Any, rule: Mapping[str, Any], path: str) -> Iterator[tuple[str, str, str]]:
    """The unknown names in a value, as ``path.name``, with the nearest and all allowed names, if the role specifies
    these."""
    options = rule.get("options")
    if not options:
        return
    rows = value if isinstance(value, list) else [value]
    for row in rows:
        if not isinstance(row, Mapping):
            continue
        known = {alias: one for name, one in options.items() for alias in (name, *one.get("aliases", ()))}
        for name, item in row.items():
            if name in known:
                yield from _within(item, known[name], f"{path}.{name}")
            else:
                near = nearest(str(name), known)
                yield f"{path}.{name}", f"{path}.{near}" if near else "", f"one of {', '.join(sorted(options))}"
