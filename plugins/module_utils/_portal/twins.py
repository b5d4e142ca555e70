# SPDX-FileCopyrightText: gbz.zorgid contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""Find two accounts of one list with the same number."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Literal

from .._common.errors import ZorgidError
from .model import Account

#: most mistakes in one message
MOST = 20
ONCE = "each external_id and each uzi_number once"


def rest(count: int) -> str:
    return f"; and {count - MOST} more" if count > MOST else ""


def twins(accounts: Sequence[Account], *, zeros: bool = False) -> list[tuple[int, int, str, str]]:
    """Accounts with the same number: the places of both, the field, and its name in messages. zeros: also numbers that
    differ only by leading zeros, which spreadsheets drop. UZI numbers have nine digits, so they are always compared
    like that."""
    found: list[tuple[int, int, str, str]] = []
    names: tuple[Literal["external_id", "uzi_number"], ...] = ("external_id", "uzi_number")
    for name in names:
        bare = zeros or name == "uzi_number"
        seen: dict[str, int] = {}
        for place, account in enumerate(accounts):
            value = account.get(name)
            if value is None:
                continue
            first = seen.setdefault(value.lstrip("0") if bare and value.isdecimal() else value, place)
            if first != place:
                zero = "" if accounts[first][name] == value else ", except for leading zeros"
                found.append((first, place, name, f"the same {name}{zero}"))
    return found


def refuse_twins(
    accounts: list[Account], numbers: Sequence[int], where: tuple[str, str], *, zeros: bool = False
) -> None:
    """Error ``accounts_contradict`` if there are such accounts."""
    found = [(first, place, what) for first, place, _name, what in twins(accounts, zeros=zeros)]
    if not found:
        return
    first, second, what = found[0]
    noun, name = where
    more = "".join(
        f"; {noun.lower()} {numbers[one]} and {numbers[two]} {what}" for one, two, what in found[1:MOST]
    ) + rest(len(found))
    same = accounts[first] == accounts[second]
    raise ZorgidError(
        "accounts_contradict",
        f"{noun} {numbers[first]} and {numbers[second]} of {name} have {what}{more}",
        expected=ONCE,
        found="the same account twice" if same else "two accounts with different contents",
        action="keep one of them; nothing was changed",
        details={"positions": [numbers[first], numbers[second]]},
    )
