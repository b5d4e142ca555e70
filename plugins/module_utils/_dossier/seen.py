# SPDX-FileCopyrightText: gbz.zorgid contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""What was last seen of a portal, a list or a document: a digest with a date and an owner, and never the content.

The digest is keyed (HMAC), because names and birth dates are easy to guess from a plain digest.
"""

from __future__ import annotations

import hashlib
from dataclasses import dataclass

from .._common.libraries import needs
from . import records, schema
from .checks import check_text, check_ura, moment_of
from .journal import append
from .keys import Keys
from .model import DossierChange
from .rows import named
from .soundness import sound
from .transactions import Transactions

with needs("SQLAlchemy>=2.0.36"):
    import sqlalchemy as sa

    _TABLE = schema.seen
    _COLUMNS = tuple(_TABLE.c.keys())
    _OF_ONE = sa.select(_TABLE).where(_TABLE.c.ura == sa.bindparam("of"))
    _OF_KIND = _OF_ONE.where(_TABLE.c.kind == sa.bindparam("kind"))


#: Kinds whose digests are compared with each other: the person for whom a code or a link came, and the person named
#: now.
PERSON = "portal_administrator"
_SAME = {"code_for": PERSON, "link_for": PERSON}


@dataclass(frozen=True)
class Noted:
    """``owner``: the URA number of the organisation that owns it. ``at``: the moment of the content."""

    digest: str
    owner: str
    at: str


class LastSeen:
    def __init__(self, transactions: Transactions) -> None:
        self._seen = transactions

    def note(
        self, ura: str, kind: str, content: bytes, *, at: str | None = None, owner: str | None = None
    ) -> DossierChange | None:
        """Record the newest content of this kind. Returns the change; None without a key, because then nothing is
        recorded.

        ``at``: the moment of the content (such as a file's date); default: when it was first seen. ``owner``: the URA
        number of its owner, if that is not this organisation.
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
            wanted["at"] = moment_of(at, present) if at else (kept or present)
            change = DossierChange(before != wanted, before, wanted)
            if change.changed and not self._seen.read_only:
                self._seen.ensure(connection, ura)
                connection.execute(sa.delete(_TABLE).where(*same))
                connection.execute(sa.insert(_TABLE), {"ura": ura, "kind": kind, **wanted})
                append(connection, present, ura, "seen_noted", {"kind": kind, **wanted})
            return change

    def keyed(self, ura: str, kind: str, content: bytes) -> str | None:
        """The digest that ``note`` would store for this content; None without a key."""
        check_ura(ura)
        keys = self._seen.keys
        return _digest(keys, ura, kind, content) if keys else None

    def keyed_for_all(self, kind: str, content: bytes) -> str | None:
        """The same for content of no single organisation, such as an identity that two of them link."""
        keys = self._seen.keys
        return _digest(keys, "", kind, content) if keys else None

    def is_last(self, ura: str, kind: str, content: bytes) -> bool:
        """Whether this content is the newest of its kind. False without a key."""
        wanted = self.keyed(ura, kind, content)
        if wanted is None:
            return False
        with self._seen.database.reading() as connection:
            of = {"of": records.spelling(connection, ura), "kind": kind}
            row = next(named(connection, "seen", _COLUMNS, _OF_KIND, **of), None)
            return row is not None and bool(sound("seen", row).digest == wanted)

    def noted(self, ura: str) -> dict[str, Noted]:
        """The newest record of each kind; needs no key."""
        with self._seen.database.reading() as connection:
            of = records.spelling(connection, ura)
            rows = [sound("seen", row) for row in named(connection, "seen", _COLUMNS, _OF_ONE, of=of)]
        return {row.kind: Noted(row.digest, row.owner or row.ura, row.at) for row in rows}

    def noted_at(self, ura: str, kind: str) -> str | None:
        """The moment of the newest record of this kind."""
        with self._seen.database.reading() as connection:
            same = (_TABLE.c.ura == records.spelling(connection, ura), _TABLE.c.kind == kind)
            row = connection.execute(sa.select(_TABLE).where(*same)).first()
        return sound("seen", row).at if row else None

    def kinds(self, prefix: str) -> frozenset[str]:
        """The kinds that begin with ``prefix``, of all organisations."""
        with self._seen.database.reading() as connection:
            query = sa.select(_TABLE).where(_TABLE.c.kind.startswith(prefix, autoescape=True))
            return frozenset(sound("seen", row).kind for row in connection.execute(query))

    def used_for(self, kind: str, content: bytes) -> list[str]:
        """The organisations for which this content is the newest of its kind; none without a key."""
        keys = self._seen.keys
        if keys is None:
            return []
        with self._seen.database.reading() as connection:
            query = sa.select(_TABLE).where(_TABLE.c.kind == kind).order_by(_TABLE.c.at, _TABLE.c.ura)
            rows = [sound("seen", row) for row in connection.execute(query)]
        return [row.ura for row in rows if _digest(keys, row.ura, kind, content) == row.digest]


def _digest(keys: Keys, ura: str, kind: str, content: bytes) -> str:
    return keys.digest_of(ura.zfill(8), _SAME.get(kind, kind), hashlib.sha256(content).digest())
