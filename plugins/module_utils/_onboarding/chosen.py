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
    organisations: Sequence[str],
    in_play: Collection[str],
    *,
    limit: str,
    playbook: str,
    everyone: bool,
    named: str | None = None,
) -> tuple[str, ...]:
    """Returns inventory names. ``in_play``: the hosts that ``-l`` selects, organisations or not. ``named``: the value
    of ``zorgid_organisation``, for a controller that may ignore a limit; None if it is not given.

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
    if named is not None:
        return _named(organisations, in_play, named, everyone=everyone)
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


def _named(organisations: Sequence[str], in_play: Collection[str], named: str, *, everyone: bool) -> tuple[str, ...]:
    """No pattern and no group, so that a text that a form passes never selects more than one."""
    if everyone:
        raise _not_one(
            "all=true is about all organisations, and zorgid_organisation about one",
            found="both",
            action="leave out one of the two",
        )
    if named not in organisations:
        raise _not_one(
            f"zorgid_organisation is none of the care organisations: {printable(named, 100) or '(empty)'}",
            found="a text that is the name of none",
            action=f"correct it; they are {_names(organisations)}",
        )
    if named not in in_play:
        raise _not_one(
            f"zorgid_organisation is {printable(named, 100)}, and the limit excludes it",
            found="two different organisations",
            action="leave out the limit, or zorgid_organisation",
        )
    return (named,)


def _not_one(message: str, *, found: str, action: str) -> ZorgidError:
    return ZorgidError(
        "organisation_not_one",
        message,
        expected="the inventory name of one organisation after -l, or in zorgid_organisation",
        found=found,
        action=action,
    )


def _names(hosts: Sequence[str]) -> str:
    more = len(hosts) - _MOST_NAMES
    shown = ", ".join(printable(one, 100) for one in hosts[:_MOST_NAMES])
    return f"{shown} and {more:,} more" if more > 0 else shown
