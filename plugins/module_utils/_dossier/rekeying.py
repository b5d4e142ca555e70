# SPDX-FileCopyrightText: gbz.zorgid contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""Another vault key for a dossier: its keys are wrapped again if the old vault key is known, and replaced if it is
lost.

With the old vault key the random keys stay, so contents and rows need no change. Each way is one transaction: if the
process dies, the old key stays.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TypedDict

from .._common.errors import ZorgidError
from .._common.libraries import needs
from . import schema, sealed, whose
from .checks import check_text
from .journal import append
from .keys import Keys, VaultKey
from .model import DossierChange
from .transactions import Transactions

with needs("SQLAlchemy>=2.0.36"):
    import sqlalchemy as sa


class Destroyed(TypedDict):
    """A kind of content of one organisation that nobody can decrypt any more."""

    ura: str
    kind: str


@dataclass(frozen=True)
class Lost:
    """What was lost with the key: ``destroyed`` lists organisation and kind, ``unproven`` is the last row that no key
    proves."""

    change: DossierChange
    destroyed: list[Destroyed]
    unproven: int


class Rekeying:
    def __init__(self, transactions: Transactions) -> None:
        self._transactions = transactions
        self._database = transactions.database

    def rekey(self, new_key: str) -> DossierChange:
        """Wrap the dossier's keys under another vault key. Errors: ``dossier_key_invalid``, ``dossier_key_missing``."""
        vault = VaultKey.of(new_key)
        with self._transactions.changing() as (connection, at):
            before = whose.read(connection).key_id
            change = DossierChange(before != vault.id, {"key_id": before}, {"key_id": vault.id})
            keys = self._transactions.keys
            if keys is None and before is not None:
                raise ZorgidError(
                    "dossier_key_missing",
                    f"The dossier {self._database.shown} cannot get a new key without its current key",
                    expected="dossier_key (the current key) together with new_dossier_key",
                    found="none",
                    action="set dossier_key; if it is lost, see docs/dossier.md, A lost key",
                )
            if keys is None or not change.changed or self._transactions.read_only:
                return change
            whose.demand_same_key(connection, keys, self._database.shown)
            other = replace(keys, vault=vault)
            _wrap(connection, other)
            table = schema.organisation_key
            for row in sealed.organisation_keys(connection):
                again = sealed.wrapped(other, row.ura, sealed.unwrapped(keys, row))
                values = {"key_id": vault.id, "wrapped": again}
                connection.execute(sa.update(table).where(table.c.ura == row.ura).values(**values))
            append(connection, at, "", "dossier_rekeyed", {"key_id": vault.id, "before": before})
            self._transactions.use(other)
        # No free page of the file may contain values that the old key opens.
        self._database.forget()
        return change

    def replace_lost(self, new_key: str, *, by: str) -> Lost:
        """A person states that the key is lost: make new keys and destroy the content that nobody can decrypt any
        more."""
        check_text(attested_by=by)
        vault = VaultKey.of(new_key)
        with self._transactions.changing() as (connection, at):
            found = whose.read(connection)
            last = int(connection.execute(sa.select(schema.journal_head.c.seq)).scalar_one())
            kinds: dict[tuple[str, str], list[int]] = {}
            for row in sealed.named(connection):
                kinds.setdefault((row.ura, row.kind), []).append(row.version)
            lost = Lost(
                DossierChange(True, {"key_id": found.key_id}, {"key_id": vault.id}),
                [{"ura": ura, "kind": kind} for ura, kind in kinds],
                last,
            )
            if self._transactions.read_only:
                return lost
            keys = Keys.make(found.identity, vault)
            _wrap(connection, keys)
            connection.execute(sa.delete(schema.organisation_key))
            proven = connection.execution_options(zorgid_keys=keys)
            # The first row under the new key. Only the chain proves the rows before it.
            loss = {"key_id": vault.id, "before": found.key_id, "by": by}
            append(proven, at, "", "dossier_key_lost", loss)
            for (ura, kind), versions in kinds.items():
                sealed.destroy(proven, at, ura, kind, versions)
            self._transactions.use(keys)
        self._database.forget()
        return lost


def _wrap(connection: sa.Connection, keys: Keys) -> None:
    values = {"key_id": keys.vault.id, "wrapped": keys.wrapped(keys.vault)}
    connection.execute(sa.update(schema.dossier).values(**values))
