# SPDX-FileCopyrightText: gbz.zorgid contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""The dossiers of all organisations in one database: what the rooms' contract promises, one transaction a call.

Opened with ``read_only``, the calls that return a Change say what they would change and write nothing.
"""

from __future__ import annotations

import dataclasses
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager
from pathlib import Path
from types import TracebackType
from typing import Any

from .._common.errors import ZorgidError
from .._common.libraries import needs
from . import milestones, records, said, schema, verification, whose
from .claims import Claims
from .database import Database
from .erasure import Erased, Erasure
from .journal import append
from .leaving import Leaving
from .model import (
    Change,
    Dossier,
    JournalCheck,
    Milestone,
    check_text,
    check_ura,
    moment,
    plain,
)
from .observations import Observations
from .rekeying import Rekeying
from .rows import many
from .said import Word
from .sealed import Sealed
from .secrets import Secrets
from .transactions import Transactions
from .words import Words

with needs("SQLAlchemy>=2.0.36"):
    import sqlalchemy as sa


class DossierStore(AbstractContextManager["DossierStore"]):
    def __init__(self, database: Database, transactions: Transactions, *, read_only: bool) -> None:
        self._database = database
        self._read_only = read_only
        self._transactions = transactions
        self._changing = self._transactions.changing
        self._ensure = self._transactions.ensure
        self.observations = Observations(transactions)
        self.sealed = Sealed(transactions)
        self.secrets = Secrets(transactions)
        self.rekeying = Rekeying(transactions)
        self.words = Words(transactions)
        self._demand = self._transactions.demand
        claims = Claims(transactions)
        self.submission, self.claim, self.release = claims.submission, claims.claim, claims.release
        self.mark_sending, self.mark_done, self.resolve = claims.mark_sending, claims.mark_done, claims.resolve
        self.erasure = Erasure(transactions, self.sealed)
        self.leaving = Leaving(transactions, self.sealed)

    @classmethod
    def open(
        cls,
        url: str,
        *,
        read_only: bool = False,
        environment: str | None = None,
        tenant: str | None = None,
        key: str | None = None,
        head_path: str | Path | None = None,
        adopts: bool = False,
        key_lost: bool = False,
    ) -> DossierStore:
        """``environment`` and ``tenant``: whose the dossier has to be; written at the first use. ``key``: the vault's.
        ``head_path``: where it was noted how far the journal was. ``adopts``: ``adopt`` follows. ``key_lost``: without
        the key, to make another one.

        Errors: those of the database, ``dossier_environment_differs``, ``dossier_tenant_differs``,
        ``dossier_key_invalid``, ``dossier_key_missing``, ``dossier_key_wrong``, and those of ``head``.
        """
        opener = whose.Opener(environment or None, tenant or None, key or None, adopts, key_lost)
        noted = Path(head_path) if head_path else None
        database = Database(url)
        try:
            transactions = Transactions(database, opener, read_only=read_only, head_path=noted)
        except BaseException:
            database.close()
            raise
        return cls(database, transactions, read_only=read_only)

    @classmethod
    def migrate(cls, url: str, *, read_only: bool, environment: str | None, tenant: str | None) -> Change:
        """Bring the tables up to date and do no more; on PostgreSQL as their owner."""
        database = Database(url)
        try:
            before, wanted = database.found, schema.REVISIONS[-1]
            with database.reading() as connection:
                opener = whose.Opener(environment or None, tenant or None)
                whose.check(whose.read(connection), opener, database.shown)
            if not read_only:
                database.prepare()
            return Change(before != wanted, {"schema": before} if before else {}, {"schema": wanted})
        finally:
            database.close()

    def close(self) -> None:
        try:
            self._transactions.close()
        finally:
            self._database.close()

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    @property
    def read_only(self) -> bool:
        return self._read_only

    @property
    def whose(self) -> whose.Whose:
        """As it was when the dossier was opened."""
        return self._transactions.whose

    def demand_known(self) -> None:
        """That somebody has said whose it is. Errors: ``dossier_whose_unknown`` and those of ``whose.check``."""
        with self._database.reading() as connection:
            found, opener = whose.read(connection), self._transactions.opener
            # The first one who writes in it says whose it is.
            if not whose.first_use(connection, found, opener):
                whose.demand_known(found, opener, self._database.shown)

    def adopt(self, *, by: str) -> Change:
        """One person's word that an older version's dossier belongs to the environment and tenant of ``open``."""
        check_text(attested_by=by)
        with self._changing() as (connection, at):
            opener, shown = self._transactions.opener, self._database.shown
            return whose.adopt(connection, at, opener, by, shown=shown, write=not self._read_only)

    # Organisations and steps

    def register(self, ura: str, name: str) -> Change:
        check_ura(ura)
        check_text(name=name)
        with self._changing() as (connection, at):
            ura = records.spelling(connection, ura)
            self._demand(connection, ura)
            known = connection.execute(
                sa.select(schema.organisation.c.name).where(schema.organisation.c.ura == ura)
            ).scalar()
            change = Change(known != name, {"name": known} if known else {}, {"name": name})
            if change.changed and not self._read_only:
                self._ensure(connection, ura)
                table = schema.organisation
                connection.execute(sa.update(table).where(table.c.ura == ura).values(name=name))
                append(connection, at, ura, "organisation_registered", {"name": name})
            return change

    def read(self, ura: str) -> Dossier:
        """Errors: ``dossier_changed``, ``dossier_journal_broken``, ``dossier_damaged``."""
        check_ura(ura)
        with self._database.reading() as connection:
            ura = records.spelling(connection, ura)
            self._demand(connection, ura)
            return records.dossier(connection, ura)

    def held(self) -> AbstractContextManager[None]:
        """As ``Database.held``."""
        return self._database.held()

    def at_once(self) -> AbstractContextManager[None]:
        """As ``Database.at_once``."""
        return self._database.at_once()

    def read_all(self) -> list[Dossier]:
        """One that cannot be read is ``damaged`` and says nothing else."""
        with self._database.reading() as connection:
            return list(records.dossiers(connection, None, tolerant=True).values())

    def read_checked(self) -> tuple[list[Dossier], JournalCheck]:
        """All, with the check of the whole journal; one that was changed is ``damaged`` as well."""
        with many(), self._database.reading() as connection:
            check, tables = verification.verify(connection, self._transactions.keys)
            # What is proven to be as this collection wrote it need not be looked at once more.
            found = records.dossiers(connection, None, tolerant=True, proven=tables if check.proven else None)
        for ura, why in check.damaged.items():
            found[ura] = records.broken(ura, found[ura].name if ura in found else "", why)
        return list(found.values()), check

    def set_milestone(
        self,
        ura: str,
        step: str,
        state: str,
        *,
        who: str | None = None,
        what: str | None = None,
        error_code: str | None = None,
        message: str | None = None,
        evidence: dict[str, Any] | None = None,
        evidence_at: str | None = None,
    ) -> Change:
        """``evidence_at``: when the mail of VZVZ that proves it came, by the mail server's clock. Where a person said
        the opposite, the later of the two counts."""
        check_ura(ura)
        wanted = Milestone(step, state, None, who, what, error_code, message, plain(evidence))
        with self._changing() as (connection, at):
            ura = records.spelling(connection, ura)
            if evidence_at:
                wanted = dataclasses.replace(wanted, evidence_at=moment(evidence_at, at))
            change = milestones.record(self._transactions, connection, at, ura, wanted, records.words(connection, ura))
            if change.changed and state == "open" and "attested" in change.before and not self._read_only:
                self.words.keep(connection, at, Word(0, ura, "undone", step, "a person", at, "state: open"))
            return change

    def prove(self, ura: str, wanted: Milestone) -> Change:
        """A step that an effect did, unless the dossier says so already; then no other writer is waited for."""
        check_ura(ura)
        with self._database.reading() as connection:
            ura = records.spelling(connection, ura)
            self._demand(connection, ura)
            known = milestones.current(connection, ura, wanted.step)
            if known and milestones.proven(known, wanted):
                return Change(False, {}, {})
        with self._changing() as (connection, at):
            return milestones.prove(self._transactions, connection, at, records.spelling(connection, ura), wanted)

    @contextmanager
    def proving(
        self, ura: str, wanted: Milestone, *, still: Callable[[Dossier], str | None] | None = None
    ) -> Iterator[None]:
        """For an effect on the controller that takes a moment, such as a file: made within, and recorded with the step
        that it proves. When it fails, nothing is recorded. ``still`` and errors: as ``claim``."""
        check_ura(ura)
        with self._database.writing() as (connection, at):
            self._demand(connection, records.spelling(connection, ura))
            ura = self._ensure(connection, ura)
            said.demand_wanted(records.dossier(connection, ura), still)
            yield
            milestones.prove(self._transactions, connection, at, ura, wanted)

    def attest(
        self, ura: str, step: str, *, by: str, at: str | None, how: str, evidence: dict[str, Any] | None = None
    ) -> Change:
        """``at`` is when it was done; without it now, or what the same attestation said before."""
        if not by.strip() or not how.strip():
            raise ZorgidError(
                "attestation_incomplete",
                "An attestation says who did the step and how",
                expected="attested_by and attested_how with a text",
                action="complete them",
            )
        return self.words.say(ura, "done", subject=step, by=by, at=at, how=how, evidence=evidence)

    def say(self, ura: str, word: str, **more: Any) -> Change:
        """As ``Words.say``; of a code that it destroys nothing stays in SQLite's log."""
        change = self.words.say(ura, word, **more)
        if change.changed and not self._read_only and word in ("withdrawn", "lost"):
            self._database.forget()
        return change

    def note(self, ura: str, what: str, *, by: str) -> Change:
        """Something that happened after the steps (somebody left, a phone was blocked), for the journal alone."""
        check_ura(ura)
        check_text(note=what, attested_by=by)
        with self._changing() as (connection, at):
            if not self._read_only:
                ura = self._ensure(connection, ura)
                append(connection, at, ura, "noted", {"what": what, "by": by})
        return Change(True, {}, {"note": what})

    # What was observed

    def references(self) -> dict[str, str | None]:
        """Every confirmation number known, and whose it is; None: one that several organisations have."""
        found: dict[str, set[str]] = {}
        for dossier in self.read_all():
            evidence = [one.evidence for one in dossier.submissions]
            evidence += [one.evidence for one in dossier.milestones.values()]
            told = [one.get("reference") for one in evidence] + [one.reference for one in dossier.observations]
            for reference in filter(None, told):
                found.setdefault(str(reference), set()).add(dossier.ura)
        # Also those of a dossier that is damaged: what two have is no one's, whichever of them can be read.
        mails = schema.observation.c
        with self._database.reading() as connection:
            owned = sa.select(mails.reference, mails.ura).where(mails.reference.is_not(None), mails.ura.is_not(None))
            for row in connection.execute(owned):
                found.setdefault(str(row.reference), set()).add(str(row.ura))
        return {reference: uras.pop() if len(uras) == 1 else None for reference, uras in found.items()}

    # Secrets with a key of their own

    def keep_secret(self, ura: str, name: str, payload: str, key: str) -> bool:
        return self.secrets.keep(ura, name, payload, key)

    def using_secret(self, ura: str, name: str, key: str) -> AbstractContextManager[str]:
        return self.secrets.using(ura, name, key)

    def keeps(self, ura: str, name: str) -> bool:
        return self.secrets.keeps(ura, name)

    def destroy_secret(self, ura: str, name: str) -> bool:
        return self.secrets.destroy(ura, name)

    # Journal, export, erasure

    def verify_journal(self) -> JournalCheck:
        """All rows and all tables; whoever acts for one organisation looks at that one's by itself."""
        with many(), self._database.reading() as connection:
            return verification.verify(connection, self._transactions.keys)[0]

    def export(self, ura: str | None = None) -> dict[str, Any]:
        """Everything but secrets, which are named and not shown."""
        with self._database.reading() as connection:
            return records.export(connection, None if ura is None else records.spelling(connection, ura))

    def erase(self, ura: str, *, subject: str, by: str) -> Erased:
        return self.erasure.erase(ura, subject=subject, by=by)
