# SPDX-FileCopyrightText: gbz.zorgid contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""Variables that a person typed with -e: whole sentences, and misspelled names. Pure.

The shell removes the quotes of ``-e how='by telephone'``, and Ansible then takes only the first word as the value.
"""

from __future__ import annotations

import difflib
import re
from collections.abc import Collection, Iterable, Mapping
from itertools import zip_longest

from .._common.errors import ZorgidError
from .._common.text import printable

_TRUE, _FALSE = frozenset({"true", "yes", "ja", "on", "1"}), frozenset({"false", "no", "nee", "off", "0"})
#: Names with a higher similarity are treated as misspelled.
_NEAR = 0.7
#: Ansible's own tags, and those that Molecule skips in every run.
_OTHER_TAGS = frozenset({"all", "tagged", "untagged", "always", "never", "notest", "molecule-notest"})


def texts(options: Iterable[str], loaded: Mapping[str, object], names: Collection[str]) -> dict[str, str]:
    """The variables of these names as whole texts. ``options``: each -e as the shell passed it. ``loaded``: Ansible's
    result, with files."""
    found = {name: str(loaded[name]).strip() for name in names if loaded.get(name) is not None}
    for name, text in _whole(options, names):
        if name in found and text.startswith(found[name]):
            found[name] = text
    return {name: text for name, text in found.items() if text}


def _whole(options: Iterable[str], names: Collection[str]) -> Iterable[tuple[str, str]]:
    start = re.compile(rf"(?:^|\s)({'|'.join(names)}|(?:zorgid|ansible)_\w+)=")
    for option in options:
        if option.startswith(("@", "{", "[", "/", ".")):
            # A file or YAML, which Ansible reads completely.
            continue
        places = list(start.finditer(option))
        for one, following in zip_longest(places, places[1:]):
            yield one[1], option[one.end() : following.start() if following else None].strip()


def refuse_near(given: Iterable[str], names: Collection[str], playbook: str) -> None:
    """Refuse misspelled names: ``-e stpe=…`` would record nothing without a message. Names unlike ours may belong to
    the user's own playbooks. Error: ``variables_invalid``."""
    for one in sorted(set(given) - set(names)):
        if near := difflib.get_close_matches(one.lower(), sorted(names), 1, _NEAR):
            raise ZorgidError(
                "variables_invalid",
                f"gbz.zorgid.{playbook} has no variable {printable(one, 80)}",
                expected=f"for example {near[0]}; it has {', '.join(names)}",
                found=printable(one, 80),
                action="correct the name, or take it out",
            )


def refuse_tags(given: Iterable[str], known: Iterable[str], *, playbook_is_ours: bool) -> None:
    """Refuse misspelled tags: ``--tags`` would exclude every effect and ``--skip-tags`` none, without a message. In
    other playbooks than ours, only a tag similar to one of ours is refused. Error: ``tag_unknown``."""
    names = sorted(known)
    for one in sorted({str(each) for each in given} - {*names, *_OTHER_TAGS}):
        near = difflib.get_close_matches(one.lower(), names, 1, _NEAR)
        if near or playbook_is_ours:
            raise ZorgidError(
                "tag_unknown",
                f"No step has the tag {printable(one, 60)}",
                expected=f"for example {near[0]}" if near else f"one of {', '.join(names)}",
                found=printable(one, 60),
                action=f"use one of the tags there are: {', '.join(names)}",
            )


def is_true(given: Mapping[str, str], name: str) -> bool:
    """False if it was not given. Error: ``options_invalid``."""
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
