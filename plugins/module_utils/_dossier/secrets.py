# SPDX-FileCopyrightText: gbz.zorgid contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""Secrets with their own key (``secret_key``), from before the dossier had a key: used once, and then destroyed.
``sealed`` has the contents that the dossier's own key encrypts."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from .._common.errors import ZorgidError
from .._common.libraries import needs
from .._common.text import printable
from . import records, schema, sealing
from .checks import check_ura
from .journal import append
from .rows import fetched
from .sealed import named
from .soundness import damaged, sound
from .transactions import Transactions

with needs("SQLAlchemy>=2.0.36"):
    import sqlalchemy as sa

    _SECRET = schema.secret.c
    _KEPT = sa.select(_SECRET.name).where(_SECRET.ura == sa.bindparam("of"), _SECRET.name == sa.bindparam("kind"))


class Secrets:
    def __init__(self, transactions: Transactions) -> None:
        self._transactions = transactions
        self._database = transactions.database

    def keep(self, ura: str, name: str, payload: str, key: str) -> bool:
        """Store the secret; returns whether something changed. The same secret under the same key is not stored
        again."""
        check_ura(ura)
        with self._database.writing() as (connection, at):
            ura = records.spelling(connection, ura)
            row = _secret(connection, ura, name)
            if row is not None and _same_secret(row, payload, key, f"{ura}/{name}"):
                return False
            salt, sealed = sealing.seal(payload, key, f"{ura}/{name}")
            table = schema.secret
            connection.execute(sa.delete(table).where(table.c.ura == ura, table.c.name == name))
            self._transactions.ensure(connection, ura)
            values = {"ura": ura, "name": name, "salt": salt, "sealed": sealed, "kept_at": at}
            connection.execute(sa.insert(table), values)
            append(connection, at, ura, "secret_kept", {"name": name})
        self._database.forget()
        return True

    @contextmanager
    def using(self, ura: str, name: str, key: str) -> Iterator[str]:
        """The secret for the block. It is destroyed when the block ends without an error."""
        with self._database.writing() as (connection, at):
            ura = records.spelling(connection, ura)
            self._transactions.demand(connection, ura)
            row = _secret(connection, ura, name)
            if row is None:
                raise ZorgidError(
                    "secret_absent",
                    f"The dossier of {ura} contains no secret {name}",
                    expected="a stored secret that was not yet used",
                    action="it may already have been used; in that case request a new one",
                )
            yield sealing.unseal(row.salt, row.sealed, key, f"{ura}/{name}")
            _destroy(connection, at, ura, name, "secret_used")
        self._database.forget()

    def keeps(self, ura: str, name: str) -> bool:
        """Whether a code is stored, in the present or the older way; needs no key."""
        with self._database.reading() as connection:
            ura = records.spelling(connection, ura)
            sealed = any(row.kind == name for row in named(connection, ura))
            return sealed or bool(fetched(connection, _KEPT, of=ura, kind=name))

    def destroy(self, ura: str, name: str) -> bool:
        with self._transactions.changing() as (connection, at):
            ura = records.spelling(connection, ura)
            # Without its bytes: a reader has no permission for that column.
            table = schema.secret
            mine = sa.select(table.c.name).where(table.c.ura == ura, table.c.name == name)
            there = connection.execute(mine).first() is not None
            if there and not self._transactions.read_only:
                _destroy(connection, at, ura, name, "secret_destroyed")
        if there and not self._transactions.read_only:
            self._database.forget()
        return there


def _secret(connection: sa.Connection, ura: str, name: str) -> Any:
    table = schema.secret
    try:
        row = connection.execute(sa.select(table).where(table.c.ura == ura, table.c.name == name)).first()
    except TypeError as error:
        raise damaged(f"secret ({ura}, {printable(name)})", "text instead of bytes") from error
    return row and sound("secret", row)


def _destroy(connection: sa.Connection, at: str, ura: str, name: str, event: str) -> None:
    table = schema.secret
    connection.execute(sa.delete(table).where(table.c.ura == ura, table.c.name == name))
    append(connection, at, ura, event, {"name": name})


def _same_secret(row: Any, payload: str, key: str, name: str) -> bool:
    try:
        return sealing.unseal(row.salt, row.sealed, key, name) == payload
    except ZorgidError as error:
        if error.code != "secret_key_wrong":
            raise
        return False
