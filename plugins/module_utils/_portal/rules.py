# SPDX-FileCopyrightText: gbz.zorgid contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""What one run may do with an organisation's accounts: what a person allows, and what is known of the people."""

from __future__ import annotations

from collections.abc import Callable, Set
from dataclasses import dataclass, field
from datetime import date


@dataclass(frozen=True)
class Bounds:
    """What a person allows. purge: members that the list does not name are removed. max_removals: an absolute number
    (``25``) or a percentage of the organisation's members with the list's roles (``10%``), rounded up, at least one.
    reactivate: a present account that is blocked is unblocked, one that is revoked is invited again; without it a
    block stays, because another organisation may have set it (a block counts for all)."""

    purge: bool = False
    max_removals: str = "10%"
    reactivate: bool = False


@dataclass(slots=True)
class Rules:
    """What one run may do.

    roles: the roles this list keeps; members with another role are never purged. purge, max_removals, reactivate: as
    ``Bounds``. today: for the WID check. owner: the portal's id of whose token is used, where the portal tells.
    offboarded: external ids that a person offboarded and nobody rehired. linked: external ids whose identity is another
    organisation's too; shared: whether that of a portal's id is; both beside those of which the portal says so. place:
    what the n-th account of the list is called.
    """

    ura: str
    roles: tuple[str, ...] = ("employee",)
    purge: bool = False
    max_removals: str = "10%"
    reactivate: bool = False
    today: date = field(default_factory=date.today)
    owner: str | None = None
    offboarded: Set[str] = frozenset()
    linked: Set[str] = frozenset()
    shared: Callable[[str], bool] | None = None
    place: Callable[[int], str] = "Account {}".format
