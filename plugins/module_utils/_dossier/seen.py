# SPDX-FileCopyrightText: gbz.zorgid contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""What was seen of a portal, a list or a document: a digest of it, with a date and an owner, and never its content.

The digest is keyed (HMAC): who guesses a name with a birth date finds a bare one in a second.
"""

from __future__ import annotations

import hashlib

from .._common.libraries import needs
from . import records, schema
from .journal import append
from .keys import Keys
from .model import Change, check_text, check_ura, moment
from .soundness import sound
from .transactions import Transactions

with needs("SQLAlchemy>=2.0.36"):
    import sqlalchemy as sa

    _TABLE = schema.seen


class Seen:
    def __init__(self, transactions: Transactions) -> None:
        self._seen = transactions

    def note(
        self, ura: str, kind: str, content: bytes, *, at: str | None = None, owner: str | None = None
    ) -> Change | None:
        """What was seen last of this kind, for the organisation. None: nothing is kept, because there is no key.

        ``at``: of when it is (a file's own date); without it, when this content was seen first. ``owner``: the URA
        number of whose it is, when it is not this organisation's.
        """
        check_ura(ura)
        check_ura(owner or ura)
        check_text(kind=kind)
        keys = self._seen.keys
        if keys is None:
            return None
        with self._seen.changing() as (connection, present):
            ura = records.spelling(connection, ura)
            wanted = {"digest": _digest(keys, ura, kind, content)}
            wanted["owner"] = records.spelling(connection, owner or ura)
            same = (_TABLE.c.ura == ura, _TABLE.c.kind == kind)
            row = connection.execute(sa.select(_TABLE).where(*same)).first()
            known = dict(sound("seen", row)._mapping) if row else {}
            before = {name: known[name] for name in ("digest", "owner", "at") if name in known}
            kept = known.get("at") if known.get("digest") == wanted["digest"] else None
            wanted["at"] = moment(at, present) if at else (kept or present)
            change = Change(before != wanted, before, wanted)
            if change.changed and not self._seen.read_only:
                self._seen.ensure(connection, ura)
                connection.execute(sa.delete(_TABLE).where(*same))
                connection.execute(sa.insert(_TABLE), {"ura": ura, "kind": kind, **wanted})
                append(connection, present, ura, "seen_noted", {"kind": kind, **wanted})
            return change

    def used_for(self, kind: str, content: bytes) -> list[str]:
        """The organisations of which this content was what was seen last of this kind. Nobody's without a key."""
        keys = self._seen.keys
        if keys is None:
            return []
        with self._seen.database.reading() as connection:
            query = sa.select(_TABLE).where(_TABLE.c.kind == kind).order_by(_TABLE.c.at, _TABLE.c.ura)
            rows = [sound("seen", row) for row in connection.execute(query)]
        return [row.ura for row in rows if _digest(keys, row.ura, kind, content) == row.digest]


def _digest(keys: Keys, ura: str, kind: str, content: bytes) -> str:
    return keys.digest_of(ura.zfill(8), kind, hashlib.sha256(content).digest())
