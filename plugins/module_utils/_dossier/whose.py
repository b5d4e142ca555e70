# SPDX-FileCopyrightText: gbz.zorgid contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""Environment, customer and keys of a dossier, checked whenever it is opened."""

from __future__ import annotations

import json
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from .._common.errors import ZorgidError
from .._common.libraries import needs
from .._common.text import printable
from . import head, schema
from .checks import check_text
from .journal import append
from .keys import Keys, VaultKey
from .model import ENVIRONMENTS, DossierChange
from .rows import fetched, named
from .soundness import damaged, sound

with needs("SQLAlchemy>=2.0.36"):
    import sqlalchemy as sa

    # Without the wrapped keys: a reader on PostgreSQL has no permission for that column.
    _COLUMNS = tuple(column.name for column in schema.dossier.columns if column.name != "wrapped")
    _WHOSE = sa.select(*(schema.dossier.c[name] for name in _COLUMNS))
    _WRAPPED = sa.select(schema.dossier.c.wrapped)

if TYPE_CHECKING:
    from .database import Database


@dataclass(frozen=True)
class Opener:
    """What the caller who opens a dossier expects. None: no expectation. ``adopts``: the caller sets it for a dossier
    in use."""

    environment: str | None = None
    tenant: str | None = None
    key: str | None = None
    adopts: bool = False
    #: The caller replaces the lost key.
    key_lost: bool = False


@dataclass(frozen=True)
class Whose:
    """``environment`` and ``tenant`` are None while nobody has set them; an empty tenant means that there is only one
    customer."""

    identity: str
    environment: str | None
    tenant: str | None
    migrated: bool
    key_id: str | None


def read(connection: sa.Connection) -> Whose:
    row = next(named(connection, "dossier", _COLUMNS, _WHOSE), None)
    if row is None:
        raise damaged("dossier (1)", "no record of its environment and customer")
    sound("dossier", row)
    return Whose(row.identity, row.environment, row.tenant, row.migrated_at is not None, row.key_id)


def check(found: Whose, opener: Opener, shown: str) -> None:
    """Errors: ``dossier_environment_differs``, ``dossier_tenant_differs``."""
    if found.environment and opener.environment and found.environment != opener.environment:
        raise ZorgidError(
            "dossier_environment_differs",
            f"The dossier {shown} belongs to the environment {found.environment}",
            expected=f"a run for {found.environment}",
            found=f"a run for {printable(opener.environment)}",
            action="set the dossier_url of that environment: each environment has its own dossier",
        )
    if found.tenant and found.tenant != (opener.tenant or ""):
        raise ZorgidError(
            "dossier_tenant_differs",
            f"The dossier {shown} belongs to another customer",
            expected="the customer that the dossier belongs to, in dossier_tenant",
            found=printable(opener.tenant) if opener.tenant else "no dossier_tenant",
            action="set the dossier_url of this customer: each customer has its own dossier",
        )
    if found.tenant == "" and opener.tenant and not opener.adopts:
        raise ZorgidError(
            "dossier_tenant_differs",
            f"The dossier {shown} is in use and has no customer",
            expected="no dossier_tenant, as at its first use",
            found=printable(opener.tenant),
            action="set the dossier_url of this customer; if everything in the dossier belongs to this "
            "customer, record that once: gbz.zorgid.dossier with adopt: true, environment, "
            "dossier_tenant and attested_by",
        )


def first_use(connection: sa.Connection, found: Whose, opener: Opener) -> dict[str, str]:
    """The values to write at the first use. Once the dossier has records, only a person can set them (``adopt``), who
    knows which customer the records belong to. Both are set together: no tenant means the only customer."""
    values: dict[str, str] = {}
    if opener.environment and found.environment is None:
        values["environment"] = opener.environment
    if found.tenant is None and (opener.tenant or values):
        values["tenant"] = opener.tenant or ""
    return {} if not values or found.migrated or _in_use(connection) else values


def _in_use(connection: sa.Connection) -> bool:
    """Whether the journal has rows about more than the dossier itself."""
    table = schema.journal
    other = sa.select(table.c.seq).where(table.c.event.not_like("dossier!_%", escape="!"))
    return connection.execute(other.limit(1)).first() is not None


def demand_known(found: Whose, opener: Opener, shown: str) -> None:
    """Refuse changes that cannot be undone while environment and customer are unknown or differ from the opener's.

    Errors: ``dossier_whose_unknown``, ``dossier_key_missing``, and those of ``check``.
    """
    check(found, opener, shown)
    if found.key_id and not opener.key and not opener.key_lost:
        # Reading is allowed without the key, writing is not.
        raise _key_missing(shown)
    environment = found.environment is None and (found.migrated or opener.environment)
    tenant = found.tenant is None and (found.migrated or opener.tenant)
    if environment or tenant:
        what = "environment" if environment else "customer"
        older = "an older version created it" if found.migrated else f"it was used before the {what} was set"
        raise ZorgidError(
            "dossier_whose_unknown",
            f"It is not recorded to which {what} the dossier {shown} belongs: {older}",
            expected="one statement by a person",
            found=f"a dossier without {what}" + (f", and a run with {_said(opener)}" if _said(opener) else ""),
            action="let a person who knows it record this once, as a task with your own dossier_url"
            + (" and dossier_key" if found.key_id else "")
            + f": {_adopting(found, opener)}",
        )


def _said(opener: Opener) -> str:
    options = {"environment": opener.environment, "dossier_tenant": opener.tenant}
    return ", ".join(f"{name} {printable(value)}" for name, value in options.items() if value)


def _adopting(found: Whose, opener: Opener) -> str:
    """A complete task for a playbook; secrets are variables in it."""
    environment = found.environment or opener.environment
    tenant = found.tenant or opener.tenant
    options = {
        "dossier_url": '"{{ dossier_url }}"',
        "dossier_key": '"{{ dossier_key }}"' if found.key_id else "",
        "adopt": "true",
        "environment": _text(environment) if environment else " or ".join(ENVIRONMENTS),
        "dossier_tenant": _text(tenant) if tenant else "",
        "attested_by": "technical_administrator",
    }
    return f"gbz.zorgid.dossier: {{{', '.join(f'{name}: {value}' for name, value in options.items() if value)}}}"


def _text(value: str) -> str:
    """Quoted for YAML: a customer's name may contain a colon."""
    return json.dumps(printable(value), ensure_ascii=False)


def admit(database: Database, opener: Opener, noted: Path | None, *, read_only: bool) -> tuple[Whose, Keys | None]:
    """Check the dossier against the noted head, environment and customer; then create or migrate it, and write the
    values of its first use. Errors: those of ``check``, ``head``, keys and ``Database.prepare``."""
    if opener.tenant:
        check_text(dossier_tenant=opener.tenant)
    vault = VaultKey.of(opener.key) if opener.key else None
    found, wrapped, first_values = _look(database, opener, vault, noted)
    if not read_only:
        if found.key_id and vault is None and not opener.key_lost:
            raise _key_missing(database.shown)
        if database.prepare():
            found, wrapped, first_values = _look(database, opener, vault, noted)
        if first_values or (vault and not found.key_id):
            found, wrapped = _write(database, opener, vault)
    keys = Keys.unwrap(found.identity, vault, wrapped) if vault and wrapped else None
    return found, keys


def _look(
    database: Database, opener: Opener, vault: VaultKey | None, noted: Path | None
) -> tuple[Whose, bytes | None, dict[str, str]]:
    with database.reading() as connection:
        if noted is not None:
            head.check(connection, noted, database.shown)
        found = read(connection)
        check(found, opener, database.shown)
        wrapped = _wrapped(connection) if vault and found.key_id else None
        return found, wrapped, first_use(connection, found, opener)


def _wrapped(connection: sa.Connection) -> bytes:
    rows = fetched(connection, _WRAPPED)
    found: Any = rows[0][0] if rows else None
    if not isinstance(found, bytes):
        raise damaged("dossier (1)", "wrapped is not a key")
    return found


def _write(database: Database, opener: Opener, vault: VaultKey | None) -> tuple[Whose, bytes | None]:
    """Read again under the lock: another process may have been first."""
    with database.writing() as (connection, at):
        found = read(connection)
        check(found, opener, database.shown)
        if values := first_use(connection, found, opener):
            connection.execute(sa.update(schema.dossier).values(**values))
            append(connection, at, "", "dossier_used", values)
        if vault and not found.key_id:
            keys = Keys.make(found.identity, vault)
            connection.execute(sa.update(schema.dossier).values(key_id=vault.id, wrapped=keys.wrapped(vault)))
            # This row is the first one that the key proves.
            append(connection.execution_options(zorgid_keys=keys), at, "", "dossier_keyed", {"key_id": vault.id})
        return read(connection), _wrapped(connection) if vault else None


def demand_same_key(connection: sa.Connection, keys: Keys, shown: str) -> None:
    """Check under the lock: another process may have changed the dossier's key since. Error: ``dossier_key_wrong``."""
    if read(connection).key_id != keys.vault.id:
        raise ZorgidError(
            "dossier_key_wrong",
            f"The dossier {shown} got another key during this run",
            expected="the key that this run opened it with",
            found="another one",
            action="run again with the new dossier_key",
        )


def _key_missing(shown: str) -> ZorgidError:
    return ZorgidError(
        "dossier_key_missing",
        f"The dossier {shown} has a key",
        expected="dossier_key, as in the runs before",
        found="none",
        action="set dossier_key from your vault; if it is lost, see docs/dossier.md, A lost key",
    )


def adopt(connection: sa.Connection, at: str, opener: Opener, by: str, *, shown: str, write: bool) -> DossierChange:
    """A person states environment and customer of a dossier; values that were set before stay. Error:
    ``options_invalid``."""
    found = read(connection)
    check(found, opener, shown)
    if not opener.environment:
        raise ZorgidError("options_invalid", "adopt needs environment", action="give environment")
    wanted = {
        "environment": found.environment or opener.environment,
        "tenant": found.tenant or opener.tenant or "",
    }
    before = {"environment": found.environment, "tenant": found.tenant}
    change = DossierChange(
        before != wanted, {key: value for key, value in before.items() if value is not None}, dict(wanted)
    )
    if change.changed and write:
        connection.execute(sa.update(schema.dossier).values(**wanted))
        append(connection, at, "", "dossier_adopted", {**wanted, "by": by})
    return change
