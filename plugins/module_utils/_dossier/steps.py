# SPDX-FileCopyrightText: gbz.zorgid contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""Records the name of an organisation and the state of its steps, one transaction per call.

With a read-only store, the calls return what they would change and write nothing. Errors of all calls: ``ura_invalid``,
``text_invalid``, ``dossier_changed``, ``dossier_journal_broken``, ``dossier_damaged``.
"""

from __future__ import annotations

import dataclasses
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

from .._common.errors import ZorgidError
from .._common.libraries import needs
from . import milestones, records, said, schema
from .checks import check_step, check_text, check_ura, kept_evidence, moment_of
from .journal import append
from .model import Dossier, DossierChange, Milestone, Statement, StepState
from .transactions import Transactions
from .words import Words

with needs("SQLAlchemy>=2.0.36"):
    import sqlalchemy as sa


class Steps:
    def __init__(self, transactions: Transactions, words: Words) -> None:
        self._transactions = transactions
        self._words = words

    def register(self, ura: str, name: str) -> DossierChange:
        """Record the organisation's name, which may change. The first call creates its dossier."""
        check_ura(ura)
        check_text(name=name)
        with self._transactions.changing() as (connection, at):
            ura = records.spelling(connection, ura)
            self._transactions.demand(connection, ura)
            known = connection.execute(
                sa.select(schema.organisation.c.name).where(schema.organisation.c.ura == ura)
            ).scalar()
            change = DossierChange(known != name, {"name": known} if known else {}, {"name": name})
            if change.changed and not self._transactions.read_only:
                self._name(connection, at, ura, name)
            return change

    def _name(self, connection: sa.Connection, at: str, ura: str, name: str) -> None:
        self._transactions.ensure(connection, ura)
        table = schema.organisation
        connection.execute(sa.update(table).where(table.c.ura == ura).values(name=name))
        append(connection, at, ura, "organisation_registered", {"name": name})

    def take(self, ura: str, host: str, name: str, *, seen: str | None) -> str | None:
        """Record that the organisation ``name`` is ``host`` of the inventory, before anything is done for it. Two runs
        that each see one of two hosts with this URA number cannot both do that. ``seen``: the host that the dossier had
        when the caller decided. Returns the host that another run recorded since; None if it is ``host`` now."""
        check_ura(ura)
        check_text(host=host, name=name)
        with self._transactions.database.writing() as (connection, at):
            ura = records.spelling(connection, ura)
            self._transactions.demand(connection, ura)
            known = milestones.current(connection, ura, "prepared")
            owner = known.evidence.get("host") if known else None
            if owner == host:
                return None
            if isinstance(owner, str) and owner != seen:
                return owner
            self._name(connection, at, ura, name)
            wanted = Milestone("prepared", "done", evidence=kept_evidence({"name": name, "host": host}))
            milestones.record(self._transactions, connection, at, ura, wanted, records.words(connection, ura))
        return None

    def set_milestone(
        self,
        ura: str,
        step: str,
        state: StepState,
        *,
        who: str | None = None,
        what: str | None = None,
        error_code: str | None = None,
        message: str | None = None,
        evidence: dict[str, Any] | None = None,
        evidence_at: str | None = None,
    ) -> DossierChange:
        """``evidence_at``: when the mail of VZVZ that proves it arrived, by the mail server's clock. If a person's
        statement says the opposite, the later of the two applies.

        Errors besides: ``step_unknown``, ``state_unknown``, ``milestone_invalid``, ``evidence_invalid``,
        ``time_invalid``, ``time_in_future``.
        """
        check_ura(ura)
        wanted = Milestone(check_step(step), state, None, who, what, error_code, message, kept_evidence(evidence))
        with self._transactions.changing() as (connection, at):
            ura = records.spelling(connection, ura)
            if evidence_at:
                wanted = dataclasses.replace(wanted, evidence_at=moment_of(evidence_at, at))
            change = milestones.record(self._transactions, connection, at, ura, wanted, records.words(connection, ura))
            if change.changed and state == "open" and "attested" in change.before and not self._transactions.read_only:
                self._words.keep(connection, at, Statement(0, ura, "undone", step, "a person", at, "state: open"))
            return change

    def prove(self, ura: str, wanted: Milestone) -> DossierChange:
        """Record a step that an effect did. If the dossier already has it, the call does not wait for other writers."""
        check_ura(ura)
        with self._transactions.database.reading() as connection:
            ura = records.spelling(connection, ura)
            self._transactions.demand(connection, ura)
            known = milestones.current(connection, ura, wanted.step)
            if known and milestones.proven(known, wanted):
                return DossierChange(False, {}, {})
        with self._transactions.changing() as (connection, at):
            return milestones.prove(self._transactions, connection, at, records.spelling(connection, ura), wanted)

    @contextmanager
    def proving(
        self, ura: str, wanted: Milestone, *, still: Callable[[Dossier], str | None] | None = None
    ) -> Iterator[None]:
        """For a short effect on the controller, such as a file: it happens in the block, and the step that it proves is
        recorded with it. If it fails, nothing is recorded. ``still`` and errors: as for ``claim``."""
        check_ura(ura)
        with self._transactions.database.writing() as (connection, at):
            self._transactions.demand(connection, records.spelling(connection, ura))
            ura = self._transactions.ensure(connection, ura)
            said.demand_wanted(records.dossier(connection, ura), still)
            yield
            milestones.prove(self._transactions, connection, at, ura, wanted)

    def attest(
        self, ura: str, step: str, *, by: str, at: str | None, how: str, evidence: dict[str, Any] | None = None
    ) -> DossierChange:
        """``at``: when it was done; default: now, or the moment of the same attestation before. Errors besides:
        ``attestation_incomplete`` and those of ``Words.say``."""
        if not by.strip() or not how.strip():
            raise ZorgidError(
                "attestation_incomplete",
                "An attestation must state who did the step and how",
                expected="attested_by and attested_how with a text",
                action="complete them",
            )
        return self._words.say(ura, "done", subject=step, by=by, at=at, how=how, evidence=evidence)

    def note(self, ura: str, what: str, *, by: str) -> DossierChange:
        """Record an event outside the steps (a person left, a phone was blocked) in the journal only."""
        check_ura(ura)
        check_text(note=what, attested_by=by)
        with self._transactions.changing() as (connection, at):
            if not self._transactions.read_only:
                ura = self._transactions.ensure(connection, ura)
                append(connection, at, ura, "noted", {"what": what, "by": by})
        return DossierChange(True, {}, {"note": what})
