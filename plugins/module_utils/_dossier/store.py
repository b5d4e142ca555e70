# SPDX-FileCopyrightText: gbz.zorgid contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""The dossiers of all organisations in one database; one transaction per call.

If opened with ``read_only``, the calls that return a Change say what they would change and write nothing.
"""

from __future__ import annotations

from contextlib import AbstractContextManager
from pathlib import Path
from types import TracebackType
from typing import Any

from .._common.libraries import needs
from . import head, journal_verification, records, schema, whose, writable
from .checks import check_text, check_ura
from .claims import Claims
from .database import Database
from .erasure import Erased, Erasure
from .leaving import Leaving
from .model import Dossier, DossierChange, JournalCheck, WordName
from .observations import Observations
from .plans import Plans
from .rekeying import Rekeying
from .rows import many
from .runs import Runs
from .sealed import Sealed
from .secrets import Secrets
from .shared_readings import SharedReadings
from .steps import Steps
from .transactions import Transactions
from .words import Words

with needs("SQLAlchemy>=2.0.36"):
    import sqlalchemy as sa


class DossierStore(AbstractContextManager["DossierStore"]):
    def __init__(self, database: Database, transactions: Transactions, *, read_only: bool) -> None:
        self._database = database
        self._read_only = read_only
        self._transactions = transactions
        self.observations = Observations(transactions)
        self.sealed = Sealed(transactions)
        self.secrets = Secrets(transactions)
        self.shared_readings = SharedReadings(transactions)
        self.rekeying = Rekeying(transactions)
        self.words = Words(transactions)
        self.plans = Plans(transactions)
        self.runs = Runs(transactions)
        claims = Claims(transactions)
        self.submission, self.claim, self.release = claims.submission, claims.claim, claims.release
        self.mark_sending, self.mark_done, self.resolve = claims.mark_sending, claims.mark_done, claims.resolve
        self.claim_sending, self.mark_each_done = claims.claim_sending, claims.mark_each_done
        steps = Steps(transactions, self.words)
        self.register, self.note, self.attest, self.take = steps.register, steps.note, steps.attest, steps.take
        self.set_milestone, self.prove, self.proving = steps.set_milestone, steps.prove, steps.proving
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
        held: bool = False,
    ) -> DossierStore:
        """``environment`` and ``tenant``: what the dossier must have; written at its first use. ``key``: the vault's.
        ``head_path``: the file with the last known row of the journal. ``adopts``: the caller will call ``adopt``.
        ``key_lost``: open without the key, to replace it. ``held``: one connection for the opening and for all reads,
        which each see their own moment; for a process that reads often and does not fork.

        Errors: those of the database, ``dossier_environment_differs``, ``dossier_tenant_differs``,
        ``dossier_key_invalid``, ``dossier_key_missing``, ``dossier_key_wrong``, and those of ``head``.
        """
        opener = whose.Opener(environment or None, tenant or None, key or None, adopts, key_lost)
        noted = Path(head_path) if head_path else None
        database = Database(url)
        try:
            transactions = Transactions(database, opener, read_only=read_only, head_path=noted)
            if not held:
                database.let_go()
        except BaseException:
            database.close()
            raise
        return cls(database, transactions, read_only=read_only)

    @classmethod
    def migrate(cls, url: str, *, read_only: bool, environment: str | None, tenant: str | None) -> DossierChange:
        """Only migrate the tables; on PostgreSQL as their owner."""
        database = Database(url)
        try:
            before, wanted = database.found, schema.REVISIONS[-1]
            with database.reading() as connection:
                opener = whose.Opener(environment or None, tenant or None)
                whose.check(whose.read(connection), opener, database.shown)
            if not read_only:
                database.prepare()
            return DossierChange(before != wanted, {"schema": before} if before else {}, {"schema": wanted})
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
        """Environment, customer and keys at the moment of opening."""
        return self._transactions.whose

    @property
    def exists(self) -> bool:
        """Whether the dossier had tables at the moment of opening."""
        return self._database.found is not None

    def place(self) -> writable.Place:
        """Where the dossier is, and whether this user can write it; nothing is written to find out."""
        return self._database.place()

    def demand_known(self) -> None:
        """Check that environment and customer are known. Errors: ``dossier_whose_unknown`` and those of
        ``whose.check``."""
        with self._database.reading() as connection:
            found, opener = whose.read(connection), self._transactions.opener
            # The first writer sets environment and customer.
            if not whose.first_use(connection, found, opener):
                whose.demand_known(found, opener, self._database.shown)

    def adopt(self, *, by: str) -> DossierChange:
        """A person states that a dossier of an older version belongs to the environment and tenant of ``open``."""
        check_text(attested_by=by)
        with self._transactions.changing() as (connection, at):
            opener, shown = self._transactions.opener, self._database.shown
            return whose.adopt(connection, at, opener, by, shown=shown, write=not self._read_only)

    def read(self, ura: str) -> Dossier:
        """Errors: ``dossier_changed``, ``dossier_journal_broken``, ``dossier_damaged``."""
        check_ura(ura)
        with self._database.reading() as connection:
            ura = records.spelling(connection, ura)
            self._transactions.demand(connection, ura)
            return records.dossier(connection, ura)

    def head_behind(self, path: Path | None) -> tuple[head.Head | None, head.Head]:
        """As ``head.behind``."""
        with self._database.reading() as connection:
            return head.behind(connection, path, self._database.shown)

    def accept_head(self, path: Path) -> None:
        """A person states that this dossier is a restored backup: the noted later row is overwritten."""
        with self._database.reading() as connection:
            head.note(connection, path, restored=True)

    def newest_at(self, *, before: int | None = None) -> str:
        """The moment of the journal's last row, or of the last row before number ``before``; empty without rows."""
        with self._database.reading() as connection:
            newest = sa.select(schema.journal.c.at).order_by(schema.journal.c.seq.desc()).limit(1)
            if before is not None:
                newest = newest.where(schema.journal.c.seq < before)
            return str(connection.execute(newest).scalar() or "")

    def at_once(self) -> AbstractContextManager[None]:
        """As ``Database.at_once``."""
        return self._database.at_once()

    def read_all(self) -> list[Dossier]:
        """All dossiers. An unreadable one has ``damaged`` and no other content."""
        with self._database.reading() as connection:
            return list(records.dossiers(connection, None, tolerant=True).values())

    def read_checked(self) -> tuple[list[Dossier], JournalCheck]:
        """All dossiers, with the check of the whole journal; a changed one has ``damaged`` too."""
        with many(), self._database.reading() as connection:
            check, tables = journal_verification.verify(connection, self._transactions.keys)
            # Rows that are proven unchanged need no second check.
            found = records.dossiers(connection, None, tolerant=True, proven=tables if check.proven else None)
        for ura, why in check.damaged.items():
            found[ura] = records.broken(ura, found[ura].name if ura in found else "", why)
        return list(found.values()), check

    def say(self, ura: str, word: WordName, **more: Any) -> DossierChange:
        """As ``Words.say``; also removes a destroyed code from SQLite's log."""
        change = self.words.say(ura, word, **more)
        if change.changed and not self._read_only and word in ("withdrawn", "lost"):
            self._database.forget()
        return change

    # Observations

    def references(self) -> dict[str, str | None]:
        """Every known confirmation number and its URA number; None if several organisations have it."""
        found: dict[str, set[str]] = {}
        for dossier in self.read_all():
            evidence = [one.evidence for one in dossier.submissions]
            evidence += [one.evidence for one in dossier.milestones.values()]
            references = [one.get("reference") for one in evidence] + [one.reference for one in dossier.observations]
            for reference in filter(None, references):
                found.setdefault(str(reference), set()).add(dossier.ura)
        # Also those of damaged dossiers: a number of two organisations identifies neither, even if one cannot be read.
        mails = schema.observation.c
        with self._database.reading() as connection:
            owned = sa.select(mails.reference, mails.ura).where(mails.reference.is_not(None), mails.ura.is_not(None))
            for row in connection.execute(owned):
                found.setdefault(str(row.reference), set()).add(str(row.ura))
        return {reference: uras.pop() if len(uras) == 1 else None for reference, uras in found.items()}

    # Secrets with their own key

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
        """Check all rows and all tables. Before a change for one organisation, its own rows are checked separately."""
        with many(), self._database.reading() as connection:
            return journal_verification.verify(connection, self._transactions.keys)[0]

    def export(self, ura: str | None = None) -> dict[str, Any]:
        """Everything except the content of secrets, which are only listed."""
        with self._database.reading() as connection:
            return records.export(connection, None if ura is None else records.spelling(connection, ura))

    def erase(self, ura: str, *, subject: str, by: str) -> Erased:
        return self.erasure.erase(ura, subject=subject, by=by)
