# SPDX-FileCopyrightText: gbz.zorgid contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""Whose a dossier is: its environment, its customer and its keys, looked at whenever it is opened."""

from __future__ import annotations

from collections.abc import Callable
from contextlib import AbstractContextManager
from dataclasses import dataclass
from typing import Any

from .._common.errors import ZorgidError
from .._common.libraries import needs
from . import schema
from .journal import append
from .keys import Keys, VaultKey
from .model import Change, check_text
from .soundness import damaged, sound

with needs("SQLAlchemy>=2.0.36"):
    import sqlalchemy as sa


@dataclass(frozen=True)
class Opener:
    """What whoever opens a dossier says of it. None: says nothing."""

    environment: str | None = None
    tenant: str | None = None
    key: str | None = None
    #: Somebody is here to replace it.
    key_lost: bool = False


@dataclass(frozen=True)
class Whose:
    """``environment`` and ``tenant`` are None while nobody has said them; an empty tenant is the only customer here."""

    identity: str
    environment: str | None
    tenant: str | None
    migrated: bool
    key_id: str | None
    wrapped: bytes | None


def read(connection: sa.Connection) -> Whose:
    # Not the keys of who may not read them: a reader of PostgreSQL has no right to that column.
    table = schema.dossier
    columns = [column for column in table.columns if column.name != "wrapped"]
    row = connection.execute(sa.select(*columns)).first()
    if row is None:
        raise damaged("dossier (1)", "nothing that says whose it is")
    sound("dossier", row)
    return Whose(row.identity, row.environment, row.tenant, row.migrated_at is not None, row.key_id, None)


def check(found: Whose, opener: Opener, shown: str) -> None:
    """Errors: ``dossier_environment_differs``, ``dossier_tenant_differs``."""
    if found.environment and opener.environment and found.environment != opener.environment:
        raise ZorgidError(
            "dossier_environment_differs",
            f"The dossier {shown} belongs to the environment {found.environment}",
            expected=f"a run for {found.environment}",
            found=f"a run for {opener.environment}",
            action=f"give the dossier_url of {opener.environment}: each environment has a dossier of its own",
        )
    if found.tenant and found.tenant != (opener.tenant or ""):
        raise ZorgidError(
            "dossier_tenant_differs",
            f"The dossier {shown} belongs to another customer",
            expected="the customer that it was made for, in dossier_tenant",
            found=opener.tenant or "no dossier_tenant",
            action="give the dossier_url of this customer: each has a dossier of its own",
        )


def first_use(found: Whose, opener: Opener) -> dict[str, str]:
    """What is to be written because it was never said. Not of an older version's dossier: there a person says it."""
    if found.migrated:
        return {}
    told = {"environment": opener.environment, "tenant": opener.tenant}
    return {name: value for name, value in told.items() if value and getattr(found, name) is None}


def demand_known(found: Whose, shown: str) -> None:
    """Nothing that cannot be undone while nobody has said whose it is. Error: ``dossier_whose_unknown``."""
    if found.migrated and found.environment is None:
        raise ZorgidError(
            "dossier_whose_unknown",
            f"Nobody has said yet to which environment the dossier {shown} belongs: an older version made it",
            expected="one person's word, once",
            found="a dossier without environment",
            action="record it: gbz.zorgid.dossier with adopt: true, environment, attested_by, and dossier_tenant where "
            "you have several customers",
        )


def admit(
    reading: Callable[[], AbstractContextManager[sa.Connection]],
    writing: Callable[[], AbstractContextManager[tuple[sa.Connection, str]]],
    opener: Opener,
    *,
    shown: str,
    read_only: bool,
) -> tuple[Whose, Keys | None]:
    """Look whose it is; at the first use, write it. Errors: as ``check``, and those of keys."""
    if opener.tenant:
        check_text(dossier_tenant=opener.tenant)
    vault = VaultKey.of(opener.key) if opener.key else None
    with reading() as connection:
        found = read(connection)
        check(found, opener, shown)
        wrapped = _wrapped(connection) if vault and found.key_id else None
    if not read_only:
        if found.key_id and vault is None and not opener.key_lost:
            raise _key_missing(shown)
        if first_use(found, opener) or (vault and not found.key_id):
            found, wrapped = _write(writing, opener, vault, shown)
    keys = Keys.unwrap(found.identity, vault, wrapped) if vault and wrapped else None
    return found, keys


def _wrapped(connection: sa.Connection) -> bytes:
    try:
        found: Any = connection.execute(sa.select(schema.dossier.c.wrapped)).scalar()
    except TypeError as error:
        raise damaged("dossier (1)", "wrapped is no key") from error
    if not isinstance(found, bytes):
        raise damaged("dossier (1)", "wrapped is no key")
    return found


def _write(
    writing: Callable[[], AbstractContextManager[tuple[sa.Connection, str]]],
    opener: Opener,
    vault: VaultKey | None,
    shown: str,
) -> tuple[Whose, bytes | None]:
    """Under the lock, and looked at again: another process may have been first."""
    with writing() as (connection, at):
        found = read(connection)
        check(found, opener, shown)
        if told := first_use(found, opener):
            connection.execute(sa.update(schema.dossier).values(**told))
            append(connection, at, "", "dossier_used", told)
        if vault and not found.key_id:
            keys = Keys.make(found.identity, vault)
            connection.execute(sa.update(schema.dossier).values(key_id=vault.id, wrapped=keys.wrapped(vault)))
            # The row itself is the first one under the key.
            append(connection.execution_options(zorgid_keys=keys), at, "", "dossier_keyed", {"key_id": vault.id})
        return read(connection), _wrapped(connection) if vault else None


def demand_same_key(connection: sa.Connection, keys: Keys, shown: str) -> None:
    """Under the lock: another process may have given the dossier another key since. Error: ``dossier_key_wrong``."""
    if read(connection).key_id != keys.vault.id:
        raise ZorgidError(
            "dossier_key_wrong",
            f"The dossier {shown} was given another key while this run was at it",
            expected="the key that this run opened it with",
            found="another one",
            action="run again with the new dossier_key",
        )


def _key_missing(shown: str) -> ZorgidError:
    return ZorgidError(
        "dossier_key_missing",
        f"The dossier {shown} is written with a key",
        expected="dossier_key, as in the runs before",
        found="none",
        action="give dossier_key from your vault; when it is lost, see docs/dossier.md, A lost key",
    )


def adopt(connection: sa.Connection, at: str, opener: Opener, by: str, *, write: bool) -> Change:
    """One person's word on whose a dossier is; what was said before stays. Error: ``options_invalid``."""
    found = read(connection)
    if not opener.environment:
        raise ZorgidError("options_invalid", "adopt needs environment", action="give environment")
    wanted = {
        "environment": found.environment or opener.environment,
        "tenant": found.tenant if found.tenant is not None else (opener.tenant or ""),
    }
    before = {"environment": found.environment, "tenant": found.tenant}
    change = Change(before != wanted, {key: value for key, value in before.items() if value is not None}, dict(wanted))
    if change.changed and write:
        connection.execute(sa.update(schema.dossier).values(**wanted))
        append(connection, at, "", "dossier_adopted", {**wanted, "by": by})
    return change
