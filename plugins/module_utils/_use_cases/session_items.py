# SPDX-FileCopyrightText: gbz.zorgid contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""The changes of a session as lines for the person in whose name they are made: before, and with their result. Pure."""

from __future__ import annotations

import hmac
from collections.abc import Sequence
from typing import NamedTuple

from .._browser.names import ChangeKind, PageMap
from .._onboarding.digest import canonical
from .._portal import model
from .._portal.browser_changes import CONFIRMED, ByPerson, Session, decide, kinds_of
from .._portal.model import AccountResult, Change, family_name
from .keep_accounts import AccountsKept

_HELD = frozenset({model.FAILED, model.UNPROVEN})
#: Hexadecimal digits of ``digest_of``: 64 bits, which a person can type. Nobody can search for another list without the
#: key.
LENGTH = 16


class Item(NamedTuple):
    """A change. shown: the account, as it may stand in a result. name: of the person; only for their own screen and
    page. kinds: the clicks, in order; none for an account that is refused or unproven: nothing is planned for it.
    by_hand: why a person makes it; empty: it is made in the session. result: after the session. content: of the change,
    with every value; only for ``digest_of``."""

    shown: str
    name: str
    kinds: tuple[ChangeKind, ...]
    by_hand: str = ""
    result: AccountResult | None = None
    content: bytes = b""

    @property
    def asks(self) -> bool:
        """Whether the person is asked about it in particular."""
        return not self.by_hand and bool(CONFIRMED & set(self.kinds))

    @property
    def what(self) -> str:
        return " + ".join(self.kinds) or "nothing"


def items_of(kept: AccountsKept, page_map: PageMap, session: Session) -> list[Item]:
    """The planned changes of one list, as its look or its run planned them."""
    found = []
    removed = len(kept.wanted)
    for change in kept.changes:
        decided = decide(change, page_map, session)
        by_hand = decided.reason if isinstance(decided, ByPerson) else ""
        # The results of what purge removes stand behind those of the list, in the same order.
        place = change.position - 1 if change.position else removed
        removed += not change.position
        shown = kept.results[place].external_id if kept.private_key else change.external_id
        found.append(Item(shown, _name(change), kinds_of(change, page_map), by_hand, content=content_of(change)))
    planned = {item.shown for item in found}
    held = (one for one in kept.results if one.status in _HELD and one.external_id not in planned)
    return found + [Item(one.external_id, "", (), result=one) for one in held]


def content_of(change: Change) -> bytes:
    """All that the change is made of: two mail addresses look the same on a screen without them."""
    member = change.actual and (change.actual["id"], change.actual["external_id"])
    return canonical([change.status, change.external_id, member, change.desired, change.fields, change.device])


def digest_of(items: Sequence[Item], key: str, *about: str) -> str:
    """What a person confirms: these changes, whatever their order. key: of the dossier, so that nobody can guess a name
    or a birth date from the digest. about: whose session it is, where, and by which page map."""
    lines = [
        [item.shown, item.name, item.kinds, item.by_hand, item.content.decode(), item.result and item.result.status]
        for item in items
    ]
    content = b"gbz.zorgid session\n" + canonical([about, sorted(canonical(line).decode() for line in lines)])
    return hmac.new(key.encode(), content, "sha256").hexdigest()[:LENGTH]


def done_of(looked: Sequence[Item], kept: AccountsKept, page_map: PageMap, session: Session) -> list[Item]:
    """What the run planned, with its results; then what was in the look and is not needed any more."""
    results = {result.external_id: result for result in kept.results}
    run = [item._replace(result=results.get(item.shown)) for item in items_of(kept, page_map, session)]
    there = {item.shown for item in run}
    # Who was held back in the look and is not now is as the list says.
    return run + [item for item in looked if item.shown not in there and item.kinds]


def _name(change: Change) -> str:
    if change.actual is not None and (change.actual["first_name"] or change.actual["last_name"]):
        return model.clean(f"{change.actual['first_name'] or ''} {change.actual['last_name'] or ''}".strip())
    wanted = change.wanted
    return model.clean(f"{wanted.get('first_name', '')} {family_name(wanted)}".strip()) if wanted else ""
