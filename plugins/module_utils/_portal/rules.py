# SPDX-FileCopyrightText: gbz.zorgid contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""What one run may change in an organisation's accounts: limits set by the user, and facts about the people."""

from __future__ import annotations

from collections.abc import Callable, Container, Set
from dataclasses import dataclass, field
from datetime import date


@dataclass(frozen=True)
class Bounds:
    """Limits set by the user. purge: members that are not in the list are removed. max_removals: an absolute number
    (``25``) or a percentage of the organisation's members with the list's roles (``10%``), rounded up, at least one.
    reactivate: a present account that is blocked is unblocked, one that is revoked is invited again; without it a
    block stays, because another organisation may have set it (a block applies to all)."""

    purge: bool = False
    max_removals: str = "10%"
    reactivate: bool = False


@dataclass(slots=True)
class Rules:
    """What one run may do.

    roles: the roles that this list manages; members with another role are never purged. purge, max_removals,
    reactivate: as ``Bounds``. today: for the WID check. owner: the portal's id of the owner of the token, if the portal
    says it. offboarded: external ids that were offboarded and not rehired. linked: external ids whose identity another
    organisation has too; shared: whether another organisation has the identity with this portal's id; both in addition
    to what the portal says. unproven: as ``Reading.unproven``; None: everything may be sent. place: the name of the
    n-th account of the list in messages.
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
    unproven: Container[str] | None = None
    place: Callable[[int], str] = "Account {}".format
