# SPDX-FileCopyrightText: gbz.zorgid contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""Detect a list in which most people have other numbers than in the portal: a wrong column, or a new system. Pure."""

from __future__ import annotations

from collections.abc import Sequence, Set

from .._common.errors import ZorgidError
from .matching import Index, former_members
from .model import Account, Actual, family_name, folded


def refuse_renumbered(desired: Sequence[Account], scope: Sequence[Actual], index: Index, keys: Set[str]) -> None:
    """Error ``accounts_renumbered`` when most members of the scope, two at least, have another number in the list.

    A member has another number if the list has a person with the same UZI number, or with the same first and last name
    and no different date of birth, under a number that no member has. A person whose former numbers are in the list
    only gets the new number, and is not counted."""
    lost = [item for item in scope if item["external_id"] and item["external_id"] not in keys and not item.get("gone")]
    numbered = sum(bool(item["external_id"]) and not item.get("gone") for item in scope)
    if len(lost) < 2 or 2 * len(lost) <= numbered:
        return
    by_uzi: set[str] = set()
    by_name: dict[tuple[str, str], set[str]] = {}
    for account in desired:
        if account["external_id"] in index.external or former_members(account, index, keys):
            continue
        if number := account.get("uzi_number"):
            by_uzi.add(number)
        name = folded(account["first_name"]), folded(family_name(account))
        by_name.setdefault(name, set()).add(account.get("date_of_birth", ""))
    changed = sum(item["attributes"].get("uziNumber") in by_uzi or _is_named(item, by_name) for item in lost)
    if changed < 2 or 2 * changed <= numbered:
        return
    raise ZorgidError(
        "accounts_renumbered",
        "Most members have another number in the list than in the portal, so purge would remove them as people who "
        "left; nothing was changed",
        expected="the numbers that these people have in the portal",
        found=f"{changed} of {numbered} members with another number",
        action="check that this is the right list and that key in its mapping is the right column. If the HR system "
        "gave new numbers, write them into the portal, or run once without purge if the list has UZI numbers",
        details={"renumbered": changed, "members": numbered},
    )


def _is_named(item: Actual, by_name: dict[tuple[str, str], set[str]]) -> bool:
    if not item["first_name"] or not item["last_name"]:
        return False
    births = by_name.get((folded(item["first_name"]), folded(item["last_name"])))
    return births is not None and (not item["date_of_birth"] or bool(births & {"", item["date_of_birth"]}))
