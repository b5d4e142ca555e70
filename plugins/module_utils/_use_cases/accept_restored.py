# SPDX-FileCopyrightText: gbz.zorgid contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""After a restore of a backup it is unknown what was sent since, so nothing is sent until a person releases it."""

from __future__ import annotations

import dataclasses
from dataclasses import dataclass
from pathlib import Path

from .._common.moments import iso, now
from .._dossier import said
from .._dossier.model import Statement
from .._dossier.place import DossierPlace
from .._dossier.store import DossierStore
from .._onboarding.recordable import Restored

_RESTORED = "restored from a backup"


@dataclass(frozen=True)
class AcceptRestored:
    """``by``: who states it; ``why``: reason of the restore, without personal data."""

    place: DossierPlace
    by: str
    why: str


def accept_restored(command: AcceptRestored, *, read_only: bool) -> Restored:
    """Put all organisations on hold, and each by itself, so that each can be released separately; then note the head.

    The hold of all is needed for an organisation that started after the backup: it is unknown here and would start
    again. The head comes last: until everything is on hold, the dossier is refused. Errors: those of opening the
    dossier and of ``head``, except ``dossier_cut_off``.
    """
    place = command.place
    noted_at = Path(place.head_path) if place.head_path else None
    with dataclasses.replace(place, head_path=None).open(read_only=True) as store:
        # Checked first, before a writer migrates tables or creates a missing dossier.
        store.head_behind(noted_at)
    with dataclasses.replace(place, head_path=None).open(read_only=read_only) as store:
        noted, current = store.head_behind(noted_at)
        behind = noted is not None and noted.seq > current.seq
        standing = said.held(store.words.of(""))
        # Said once more, nothing more is known than the first time.
        again = not behind and standing is not None and (standing.how or "").startswith(_RESTORED)
        last_at = store.newest_at(before=standing.seq if standing is not None and again else None)
        missing = f" (its journal has {current.seq} rows, and {noted.seq} were noted)" if noted else ""
        changed = _hold(store, "", store.words.of(""), command, missing)
        held = 0
        for dossier in store.read_all():
            if dossier.damaged:
                continue  # A damaged dossier stops anyway, and the hold of all covers it.
            held += 1
            mine = [word for word in dossier.words if word.ura]
            changed = _hold(store, dossier.ura, mine, command, missing) or changed
        if noted_at is not None:
            changed = changed or noted is None or noted.seq > current.seq
            if not read_only:
                store.accept_head(noted_at)
    return Restored(changed, current.seq, noted.seq if noted else None, last_at, held)


def _hold(store: DossierStore, ura: str, words: list[Statement], command: AcceptRestored, missing: str) -> bool:
    if said.held(words):
        return False
    # An explicit moment records the hold again if it was released before.
    at = iso(now()) if any(one.word == "hold" for one in words) else None
    how = f"{_RESTORED}{missing}: {command.why}"
    return store.say(ura, "hold", by=command.by, at=at, how=how).changed
