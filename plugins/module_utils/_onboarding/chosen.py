# SPDX-FileCopyrightText: gbz.zorgid contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""Selects the organisations of a command: exactly one, or explicitly all. Pure."""

from __future__ import annotations

import difflib
from collections.abc import Collection, Sequence

from .._common.errors import ZorgidError
from .._common.text import printable
from .commands import command

_MOST_NAMES = 20


def chosen(
    organisations: Sequence[str], in_play: Collection[str], *, limit: str, playbook: str, everyone: bool
) -> tuple[str, ...]:
    """Returns inventory names. ``in_play``: the hosts that ``-l`` selects, organisations or not.

    Errors: ``inventory_empty``, ``organisation_not_one``.
    """
    if not organisations:
        raise ZorgidError(
            "inventory_empty",
            "The inventory has no care organisation",
            expected="at least one host in care_organisations",
            found="none",
            action="look whether -i names the right inventory and whether it can be parsed",
        )
    found = tuple(one for one in organisations if one in in_play)
    if everyone:
        if limit:
            raise _not_one(
                "all=true is about all organisations, and -l about some",
                found=f"-l {printable(limit, 200)}",
                action="leave out one of the two",
            )
        return found
    if len(found) == 1:
        return found
    if not found:
        near = difflib.get_close_matches(limit, organisations, 1)
        raise _not_one(
            f"-l {printable(limit, 200)} is none of the care organisations",
            found="a host that is none",
            action=f"{f'perhaps {near[0]}? ' if near else ''}They are {_names(organisations)}",
        )
    raise _not_one(
        f"This is about one organisation, and {len(found):,} are chosen",
        found=_names(found),
        action=f"name one of them: {' '.join(command(playbook, printable(found[0], 200), {}))}",
    )


def _not_one(message: str, *, found: str, action: str) -> ZorgidError:
    return ZorgidError(
        "organisation_not_one",
        message,
        expected="the inventory name of one organisation after -l",
        found=found,
        action=action,
    )


def _names(hosts: Sequence[str]) -> str:
    more = len(hosts) - _MOST_NAMES
    shown = ", ".join(printable(one, 100) for one in hosts[:_MOST_NAMES])
    return f"{shown} and {more:,} more" if more > 0 else shown
