# SPDX-FileCopyrightText: gbz.zorgid contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""Submissions that are sent once: claimed before and recorded after, each in its own transaction (``submissions``)."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

from .._common.libraries import needs
from . import limits, milestones, records, said, submissions, whose
from .checks import check_text, check_ura, kept_evidence
from .model import Dossier, DossierChange, Milestone, Submission
from .transactions import Transactions

with needs("SQLAlchemy>=2.0.36"):
    import sqlalchemy as sa


#: of the Message-ID of what is no mail
_NO_MAIL = "zorgid.invalid"


class Claims:
    def __init__(self, transactions: Transactions) -> None:
        self._transactions = transactions
        self._database = transactions.database

    def submission(self, ura: str, kind: str, digest: str | None = None) -> Submission | None:
        """The newest submission of this kind, and of this digest if one is given. Its state is ``elsewhere`` while
        another run works on it."""
        with self._database.reading() as connection:
            ura = records.spelling(connection, ura)
            self._transactions.demand(connection, ura)
            row = submissions.newest(connection, ura, kind, digest)
            if row is None:
                return None
            at = self._database.moment(connection)
            return submissions.as_submission(row, "elsewhere" if submissions.held_elsewhere(row, at) else None)

    def claim(
        self,
        ura: str,
        kind: str,
        digest: str,
        *,
        per_digest: bool,
        domain: str = _NO_MAIL,
        still: Callable[[Dossier], str | None] | None = None,
        again: int | None = None,
        day: limits.DayLimit | None = None,
    ) -> Submission:
        """``domain``: of the Message-ID; the sender's own, because mail servers may reject another. ``still`` reads the
        dossier under the claim and returns a sentence if the effect is not wanted any more. ``again``: the number
        (``seq``) of a person's statement that the earlier submission with this digest does not apply any more; it is
        sent once more, with another Message-ID. ``day``: how many may be sent in a day.

        Errors: ``dossier_whose_unknown``, ``dossier_held``, ``plan_stale``, that of ``day``; nothing is claimed then.
        """
        check_ura(ura)
        check_text(kind=kind, digest=digest)
        with self._database.writing() as (connection, at):
            ura = self._wanted(connection, ura)
            if still:
                said.demand_wanted(records.dossier(connection, ura), still)
            claimed = submissions.claim(
                connection, at, ura, kind, digest, per_digest=per_digest, domain=domain, again=again
            )
            if day and claimed.state == "intended":
                limits.demand(connection, at, claimed.id, day)
            return claimed

    def claim_sending(self, ura: str, kind: str, digest: str) -> Submission:
        """``claim`` for this digest and ``mark_sending`` in one transaction, for what is sent at once, and may be sent
        once more each time that it was done. Errors: ``dossier_whose_unknown``, ``dossier_held``."""
        check_ura(ura)
        check_text(kind=kind, digest=digest)
        with self._database.writing() as (connection, at):
            ura = self._wanted(connection, ura)
            before = submissions.newest(connection, ura, kind, digest)
            again = before.id if before is not None and before.state == "done" else None
            claimed = submissions.claim(
                connection, at, ura, kind, digest, per_digest=True, domain=_NO_MAIL, again=again
            )
            if claimed.state == "intended":
                submissions.mark_sending(connection, at, claimed)
            return claimed

    def _wanted(self, connection: sa.Connection, ura: str) -> str:
        """As the dossier spells it, if something may be sent for it."""
        whose.demand_known(whose.read(connection), self._transactions.opener, self._database.shown)
        self._transactions.demand(connection, records.spelling(connection, ura))
        ura = self._transactions.ensure(connection, ura)
        said.demand_not_held(ura, records.words(connection, ura))
        return ura

    def mark_sending(self, submission: Submission) -> None:
        """Call it before the first byte is sent; it renews the claim. Error: ``submission_taken_over``."""
        with self._database.writing() as (connection, at):
            submissions.mark_sending(connection, at, submission)

    def mark_done(
        self, submission: Submission, evidence: dict[str, Any], *, milestone: Milestone | None = None
    ) -> None:
        """``milestone``: the step that the submission proves, recorded in the same transaction."""
        with self._database.writing() as (connection, at):
            submissions.mark_done(connection, at, submission, kept_evidence(evidence))
            if milestone:
                milestones.prove(self._transactions, connection, at, submission.ura, milestone)

    def mark_each_done(self, those: Sequence[tuple[Submission, dict[str, Any]]]) -> None:
        """``mark_done`` of many that one look has shown, in one transaction. Each with its evidence."""
        with self._database.writing() as (connection, at):
            for submission, evidence in those:
                submissions.mark_done(connection, at, submission, kept_evidence(evidence))

    def release(self, submission: Submission) -> None:
        """The submission was certainly not sent: the next run may claim it. Error: ``submission_taken_over``."""
        with self._database.writing() as (connection, at):
            submissions.release(connection, at, submission)

    def resolve(self, ura: str, kind: str, *, arrived: bool, by: str, digest: str | None = None) -> DossierChange:
        """A person's statement whether a submission arrived: the newest of this kind, or of this digest.

        Errors: ``submission_unknown``, ``submission_not_uncertain``, ``submission_elsewhere``.
        """
        check_ura(ura)
        with self._transactions.changing() as (connection, at):
            ura = records.spelling(connection, ura)
            self._transactions.demand(connection, ura)
            before, after = submissions.resolve(
                connection,
                at,
                ura,
                kind,
                arrived=arrived,
                by=by,
                write=not self._transactions.read_only,
                digest=digest,
            )
            return DossierChange(before != after, {"kind": kind, "state": before}, {"kind": kind, "state": after})
