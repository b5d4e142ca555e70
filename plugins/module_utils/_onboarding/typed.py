# SPDX-FileCopyrightText: gbz.zorgid contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""What a person typed with -e: whole sentences, and names that are almost right. Pure.

``-e how='by telephone'`` reaches Ansible without its quotes, and of two words it takes the first for the value.
"""

from __future__ import annotations

import difflib
import re
from collections.abc import Collection, Iterable, Mapping
from itertools import zip_longest

from .._common.errors import ZorgidError
from .._common.text import printable

_TRUE, _FALSE = frozenset({"true", "yes", "ja", "on", "1"}), frozenset({"false", "no", "nee", "off", "0"})
#: Nearer than this, it was meant.
_NEAR = 0.7


def texts(options: Iterable[str], loaded: Mapping[str, object], names: Collection[str]) -> dict[str, str]:
    """The variables of these names as whole texts. ``options``: each -e as the shell gave it. ``loaded``: what Ansible
    made of them, files too."""
    found = {name: str(loaded[name]).strip() for name in names if loaded.get(name) is not None}
    for name, text in _whole(options, names):
        if name in found and text.startswith(found[name]):
            found[name] = text
    return {name: text for name, text in found.items() if text}


def _whole(options: Iterable[str], names: Collection[str]) -> Iterable[tuple[str, str]]:
    start = re.compile(rf"(?:^|\s)({'|'.join(names)}|(?:zorgid|ansible)_\w+)=")
    for option in options:
        if option.startswith(("@", "{", "[", "/", ".")):
            # A file, or YAML: Ansible loses nothing of it.
            continue
        places = list(start.finditer(option))
        for one, following in zip_longest(places, places[1:]):
            yield one[1], option[one.end() : following.start() if following else None].strip()


def refuse_near(given: Iterable[str], names: Collection[str], playbook: str) -> None:
    """A misspelled ``-e stpe=…`` would record nothing, and nobody would know. What is like none of ours is somebody
    else's. Error: ``variables_invalid``."""
    for one in sorted(set(given) - set(names)):
        if near := difflib.get_close_matches(one.lower(), sorted(names), 1, _NEAR):
            raise ZorgidError(
                "variables_invalid",
                f"gbz.zorgid.{playbook} has no variable {printable(one, 80)}",
                expected=f"for example {near[0]}; it has {', '.join(names)}",
                found=printable(one, 80),
                action="correct the name, or take it out",
            )


def is_true(given: Mapping[str, str], name: str) -> bool:
    """False where it was not given. Error: ``options_invalid``."""
    text = given.get(name, "false").lower()
    if text not in _TRUE | _FALSE:
        raise ZorgidError(
            "options_invalid",
            f"{name} is neither true nor false",
            expected=f"-e {name}=true or -e {name}=false",
            found=printable(given[name], 80),
            action=f"correct {name}",
        )
    return text in _TRUE
