# SPDX-FileCopyrightText: gbz.zorgid contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""Personal or secret content that a later run needs, encrypted: the signed document, a form's answer, the code.

Each organisation has its own random key, wrapped by the vault key. The ciphertext is bound to dossier, organisation,
kind and version, so that rows cannot be exchanged.
"""

from __future__ import annotations

import os
from dataclasses import dataclass, field
from typing import Any

from .._common.errors import ZorgidError
from .._common.libraries import needs
from . import records, rows, schema, whose
from .checks import check_text, check_ura
from .journal import append
from .keys import LENGTH, Keys, decrypt, encrypt
from .soundness import damaged, key_of, sound
from .transactions import Transactions

with needs("SQLAlchemy>=2.0.36"):
    import sqlalchemy as sa

    _NAMES = ("ura", "kind", "version", "kept_at")
    #: All columns without the content.
    _PLAIN = [schema.sealed.c[name] for name in _NAMES]
    _NAMED = sa.select(*_PLAIN).order_by(*_PLAIN)
    _NAMED_OF_ONE = _NAMED.where(schema.sealed.c.ura == sa.bindparam("of"))

#: The kind that a person's statement (withdrawn, lost) can make void.
ACTIVATION_CODE = "activation_qr"


@dataclass(frozen=True)
class Content:
    """``version``: the number of the journal row that added it; numbers are never reused."""

    version: int
    kept_at: str
    content: bytes = field(repr=False)


class Sealed:
    def __init__(self, transactions: Transactions) -> None:
        self._transactions = transactions
        self._database = transactions.database

    @property
    def usable(self) -> bool:
        """Whether content can be stored: only with a key, and never read-only."""
        return self._transactions.keys is not None and not self._transactions.read_only

    def keep(self, ura: str, kind: str, content: bytes) -> int:
        """Store content and return its version. Content equal to the newest version is not stored again. Error:
        ``dossier_key_missing``."""
        check_ura(ura)
        check_text(kind=kind)
        keys = self._needed()
        with self._database.writing() as (connection, at):
            ura = self._transactions.ensure(connection, ura)
            last = self._newest(connection, ura, kind)
            if last is not None and last.content == content:
                return last.version
            key = _key(connection, keys, ura)
            if key is None:
                whose.demand_same_key(connection, keys, self._database.shown)
                key = os.urandom(LENGTH)
                made = {"ura": ura, "key_id": keys.vault.id, "wrapped": wrapped(keys, ura, key)}
                connection.execute(sa.insert(schema.organisation_key), made)
                append(connection, at, ura, "organisation_key_made", {"key_id": keys.vault.id})
            version = int(connection.execute(sa.select(schema.journal_head.c.seq)).scalar_one()) + 1
            digest = keys.digest_of(ura.zfill(8), f"sealed {kind}", content)
            append(connection, at, ura, "sealed_kept", {"kind": kind, "version": version, "digest": digest})
            sealed = encrypt(key, content, _bound(keys, ura, kind, version))
            row = {"ura": ura, "kind": kind, "version": version, "sealed": sealed, "kept_at": at}
            connection.execute(sa.insert(schema.sealed), row)
            return version

    def newest(self, ura: str, kind: str) -> Content | None:
        """Errors: ``dossier_damaged``; ``dossier_key_missing`` if there is content that needs the key."""
        with self._database.reading() as connection:
            return self._newest(connection, records.spelling(connection, ura), kind)

    def one(self, ura: str, kind: str, version: int) -> Content | None:
        with self._database.reading() as connection:
            return self.opened(connection, records.spelling(connection, ura), kind, version)

    def versions(self, ura: str, kind: str) -> list[int]:
        """Oldest first."""
        with self._database.reading() as connection:
            return _versions(connection, records.spelling(connection, ura), kind)

    def destroy(self, ura: str, kind: str) -> bool:
        """Destroy all versions; returns whether there was one. Read-only: returns whether there is one."""
        with self._transactions.changing() as (connection, at):
            ura = records.spelling(connection, ura)
            versions = _versions(connection, ura, kind)
            if versions and not self._transactions.read_only:
                destroy(connection, at, ura, kind, versions)
        if versions and not self._transactions.read_only:
            self._database.forget()
        return bool(versions)

    def _needed(self) -> Keys:
        if self._transactions.keys is None:
            raise ZorgidError(
                "dossier_key_missing",
                f"The dossier {self._database.shown} cannot store encrypted content without a key",
                expected="dossier_key",
                found="none",
                action="set dossier_key from your vault",
            )
        return self._transactions.keys

    def _newest(self, connection: sa.Connection, ura: str, kind: str) -> Content | None:
        versions = _versions(connection, ura, kind)
        return self.opened(connection, ura, kind, versions[-1]) if versions else None

    def opened(self, connection: sa.Connection, ura: str, kind: str, version: int) -> Content | None:
        """Decrypt in the caller's transaction; ``ura`` as the dossier writes it."""
        table = schema.sealed
        same = (table.c.ura == ura, table.c.kind == kind, table.c.version == version)
        row = _bytes_of(connection, sa.select(table).where(*same), f"sealed ({ura}, {kind}, {version})")
        if row is None:
            return None
        sound("sealed", row)
        keys = self._needed()
        key = _key(connection, keys, ura)
        content = key and decrypt(key, row.sealed, _bound(keys, ura, kind, version))
        if content is None:
            why = "content of another organisation, kind, version or dossier, or changed content"
            raise damaged(key_of("sealed", row), why if key else "no key for its organisation")
        return Content(version, row.kept_at, content)


def destroy(connection: sa.Connection, at: str, ura: str, kind: str, versions: list[int]) -> None:
    table = schema.sealed
    connection.execute(sa.delete(table).where(table.c.ura == ura, table.c.kind == kind))
    append(connection, at, ura, "sealed_destroyed", {"kind": kind, "versions": versions})


def wrapped(keys: Keys, ura: str, key: bytes) -> bytes:
    return keys.vault.wrap(key, _place(keys, ura))


def unwrapped(keys: Keys, row: Any) -> bytes:
    """The organisation's key. Errors: ``dossier_damaged``, ``dossier_key_wrong``."""
    sound("organisation_key", row)
    try:
        return keys.vault.unwrap(row.wrapped, _place(keys, row.ura))
    except ZorgidError as error:
        if row.key_id != keys.vault.id:
            raise
        why = "a key of another organisation or dossier, or a changed key"
        raise damaged(key_of("organisation_key", row), why) from error


def organisation_keys(connection: sa.Connection, ura: str | None = None) -> list[Any]:
    """Error: ``dossier_damaged``."""
    table = schema.organisation_key
    query = sa.select(table).order_by(table.c.ura)
    try:
        return list(connection.execute(query if ura is None else query.where(table.c.ura == ura)))
    except TypeError as error:
        raise damaged(f"organisation_key ({ura or ''})", "text instead of bytes") from error


def _key(connection: sa.Connection, keys: Keys, ura: str) -> bytes | None:
    found = organisation_keys(connection, ura)
    return unwrapped(keys, found[0]) if found else None


def _versions(connection: sa.Connection, ura: str, kind: str) -> list[int]:
    return [row.version for row in named(connection, ura) if row.kind == kind]


def named(connection: sa.Connection, ura: str | None = None) -> list[Any]:
    """The list of encrypted contents, without the contents. Error: ``dossier_damaged``."""
    query, of = (_NAMED, {}) if ura is None else (_NAMED_OF_ONE, {"of": ura})
    return [sound("sealed", row) for row in rows.named(connection, "sealed", _NAMES, query, **of)]


def _bytes_of(connection: sa.Connection, query: Any, place: str) -> Any:
    try:
        return connection.execute(query).first()
    except TypeError as error:
        raise damaged(place, "text instead of bytes") from error


def _bound(keys: Keys, ura: str, kind: str, version: int) -> tuple[str, ...]:
    return keys.identity, ura.zfill(8), kind, str(version)


def _place(keys: Keys, ura: str) -> tuple[str, ...]:
    return keys.identity, ura.zfill(8), "organisation key"
