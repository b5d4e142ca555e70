# SPDX-FileCopyrightText: gbz.zorgid contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""People's statements about an organisation or about all: stored with their moment, and never overwritten.

``said`` decides which of them apply.
"""

from __future__ import annotations

import dataclasses
import re
from collections.abc import Iterable
from typing import Any

from .._common.errors import ZorgidError
from .._common.libraries import needs
from .._common.masking import shown_person
from .._common.ura import is_ura
from . import milestones, records, said, schema, sealed
from .checks import check_step, check_text, check_ura, kept_evidence, moment_of
from .journal import append
from .keys import Keys
from .model import (
    LOST,
    STEPS,
    UNDOABLE,
    WORDS,
    Attestation,
    Dossier,
    DossierChange,
    Milestone,
    Statement,
    WordName,
    shown_milestone,
)
from .sealed import ACTIVATION_CODE
from .soundness import sound
from .transactions import Transactions

with needs("SQLAlchemy>=2.0.36"):
    import sqlalchemy as sa

_OF_ALL = ("hold", "go_on", "looked_at")
_OF_PERSON = ("offboarded", "rehired")
_LINKS = ("continues", "continued_by")
_WITH_SUBJECT = (*_OF_PERSON, *_LINKS, "moved", "lost", "looked_at")
_UNSEEN = (
    "No mail in the dossier has the code {code}. Check that it is the code that the plan "
    "shows. A mail that was only seen in check mode is recorded by the next normal run; "
    "the statement applies to it from then on."
)


class Words:
    def __init__(self, transactions: Transactions) -> None:
        self._transactions = transactions

    def say(
        self,
        ura: str,
        word: WordName,
        *,
        by: str,
        at: str | None = None,
        how: str | None = None,
        subject: str = "",
        evidence: dict[str, Any] | None = None,
    ) -> DossierChange:
        """Record a statement (``WORDS``) and its consequences: a step done or open again, codes destroyed.

        ``ura``: empty for all organisations (hold and go_on). A statement about a mail (looked_at) is recorded with the
        mail's organisation, or with none. ``at``: when it happened; default: now, or the moment of the same statement
        before. ``subject``: a step (done, undone), an external id (offboarded, rehired), a name in the inventory
        (moved), the lost thing, a mail's code (looked_at); to undo another statement: its ``word``, a colon and its
        subject. SQLite's log may still contain a destroyed code: the caller then has to call ``Database.forget``.
        Errors: ``word_invalid``, ``step_unknown``, ``text_invalid``, ``time_invalid``, ``time_in_future``,
        ``dossier_key_missing``.
        """
        _check(ura, word, subject, by)
        check_text(attested_by=by, attested_how=how, subject=subject)
        with self._transactions.changing() as (connection, now):
            ura = ura and records.spelling(connection, ura)
            unseen: tuple[str, ...] = ()
            if code := _mail(word, subject):
                ura, unseen = _whose_mail(connection, ura, code)
            subject = self._kept(ura, word, subject)
            dossier = records.dossier(connection, ura)
            # A provisional number, higher than all others; the journal row gives the real one.
            seq = dossier.words[-1].seq + 1 if dossier.words else 1
            one = Statement(seq, ura, word, subject, by, moment_of(at, now) if at else "", how)
            known = _again(dossier, one)
            one = dataclasses.replace(one, at=one.at or (known.at if known else now))
            if known and (stale := _superseded(dossier, known)):
                stands = _standing(dossier, known)
                return DossierChange(False, stands, stands, (stale,))
            warnings = () if known else (*unseen, *_order(dossier, one))
            if known is None and not self._transactions.read_only:
                one = self.keep(connection, now, one)
            words = dossier.words if known else [*dossier.words, one]
            change = self._carry_out(connection, now, one, words, kept_evidence(evidence))
        return dataclasses.replace(
            change, changed=change.changed or known is None, warnings=(*warnings, *change.warnings)
        )

    def of(self, ura: str) -> list[Statement]:
        """The statements about this organisation and about all, oldest first."""
        with self._transactions.database.reading() as connection:
            return records.words(connection, ura and records.spelling(connection, ura))

    def looked_at(self) -> frozenset[str]:
        """As ``said.looked_at``, from the statements about all organisations."""
        with self._transactions.database.reading() as connection:
            return said.looked_at(records.words(connection, None))

    def demand_going(self, ura: str) -> None:
        """Errors: ``dossier_held``, ``organisation_withdrawn``."""
        said.demand_going(ura, self.of(ura))

    def rehired(self, ura: str, external_id: str) -> Statement | None:
        """The statement that this person is back; None if there is none. Error: ``dossier_key_missing``."""
        with self._transactions.database.reading() as connection:
            ura = records.spelling(connection, ura)
            return said.newest(records.words(connection, ura), "rehired", self._digest(ura, external_id))

    def offboarded(self, ura: str, external_ids: Iterable[str]) -> frozenset[str]:
        """Which of these people were offboarded and not rehired since; none without a key."""
        with self._transactions.database.reading() as connection:
            ura = records.spelling(connection, ura)
            left = said.offboarded(records.words(connection, ura))
        if not left or self._transactions.keys is None:
            return frozenset()
        return frozenset(one for one in external_ids if self._digest(ura, one) in left)

    def left(self, ura: str, external_id: str) -> Statement | None:
        """The statement that this person left, if it applies; None without a key."""
        with self._transactions.database.reading() as connection:
            ura = records.spelling(connection, ura)
            words = records.words(connection, ura)
            digest = self._digest(ura, external_id) if self._transactions.keys else ""
        if digest not in said.offboarded(words):
            return None
        return max((one for one in words if (one.word, one.subject) == ("offboarded", digest)), key=lambda one: one.seq)

    def keep(self, connection: sa.Connection, now: str, one: Statement) -> Statement:
        """Write the statement itself, without consequences."""
        if one.ura:
            self._transactions.ensure(connection, one.ura)
        values = dataclasses.asdict(one)
        del values["seq"], values["ura"]
        seq = append(connection, now, one.ura, "word_said", values)
        connection.execute(sa.insert(schema.word), {**values, "seq": seq, "ura": one.ura})
        return dataclasses.replace(one, seq=seq)

    def _carry_out(
        self, connection: sa.Connection, now: str, one: Statement, words: list[Statement], evidence: dict[str, Any]
    ) -> DossierChange:
        if one.word == "done":
            attested = Attestation(one.by, one.at, one.how or "")
            wanted = Milestone(check_step(one.subject), "done", evidence=evidence, attested=attested)
            return milestones.record(self._transactions, connection, now, one.ura, wanted, words)
        if one.word == "undone" and one.subject in STEPS:
            opened = Milestone(check_step(one.subject))
            return milestones.record(self._transactions, connection, now, one.ura, opened, words, undo=one)
        destroyed = one.word in ("withdrawn", "lost") and self._destroy_codes(connection, now, one.ura, words)
        return DossierChange(
            bool(destroyed), {}, {**shown_word(one), **({"codes_destroyed": destroyed} if destroyed else {})}
        )

    def _destroy_codes(self, connection: sa.Connection, now: str, ura: str, words: list[Statement]) -> int:
        """Destroy the stored codes that do not apply any more; returns how many."""
        table = schema.secret
        rows = connection.execute(sa.select(table.c.name, table.c.kept_at).where(table.c.ura == ura)).all()
        void = [row.name for row in rows if not said.kept_counts(words, row.kept_at)]
        if void and not self._transactions.read_only:
            connection.execute(sa.delete(table).where(table.c.ura == ura, table.c.name.in_(void)))
            for name in void:
                append(connection, now, ura, "secret_destroyed", {"name": name})
        codes = [row for row in sealed.named(connection, ura) if row.kind == ACTIVATION_CODE]
        if not codes or said.kept_counts(words, codes[-1].kept_at):
            return len(void)
        if not self._transactions.read_only:
            sealed.destroy(connection, now, ura, ACTIVATION_CODE, [row.version for row in codes])
        return len(void) + len(codes)

    def _kept(self, ura: str, word: str, subject: str) -> str:
        """The subject as it is stored: an external id as a keyed digest only."""
        undoes, colon, rest = subject.partition(":")
        if word in _OF_PERSON:
            return self._digest(ura, subject)
        if word == "undone" and undoes in _OF_PERSON:
            return f"{undoes}{colon}{self._digest(ura, rest)}"
        return subject

    def _digest(self, ura: str, external_id: str) -> str:
        keys: Keys | None = self._transactions.keys
        if keys is None:
            raise ZorgidError(
                "dossier_key_missing",
                (
                    "A statement about one person needs the key of the dossier: the external id is "
                    "stored only as a keyed digest"
                ),
                expected="dossier_key",
                found="none",
                action="set dossier_key from your vault; generate a key with: openssl rand -base64 32",
            )
        return keys.digest_of(ura.zfill(8), "external_id", external_id.encode())


def _check(ura: str, word: str, subject: str, by: str) -> None:
    undoes, _colon, rest = subject.partition(":")
    if ura or (word not in _OF_ALL and not _mail(word, subject)):
        check_ura(ura)
    about_other = word == "undone" and undoes in UNDOABLE
    kind, what = (undoes, rest) if about_other else (word, subject)
    problem = ""
    if kind not in WORDS:
        problem = "it is none of " + ", ".join(WORDS)
    elif not by.strip():
        problem = "attested_by is missing"
    elif kind in ("done", "undone"):
        check_step(what)
    elif kind == "lost" and what not in LOST:
        problem = "subject must be what was lost, one of " + ", ".join(LOST)
    elif kind in (*_OF_PERSON, "moved") and not what.strip():
        problem = f"{kind} needs a subject"
    elif kind in _LINKS and (not is_ura(what) or what.zfill(8) == ura.zfill(8)):
        problem = "subject must be the URA number of another organisation"
    elif kind == "looked_at" and not re.fullmatch("[0-9a-f]{16}", what):
        problem = "subject must be the code of a mail, as shown in the plan"
    elif what and kind not in _WITH_SUBJECT:
        problem = f"{kind} has no subject"
    if problem:
        raise ZorgidError(
            "word_invalid",
            f"This statement cannot be recorded: {problem}",
            expected="a word as described in ansible-doc gbz.zorgid.dossier",
            action="correct word, undoes or subject",
        )


def _mail(word: str, subject: str) -> str:
    """The code of the mail that the statement is about; empty for another subject."""
    undoes, _colon, rest = subject.partition(":")
    if word == "looked_at":
        return subject
    return rest if word == "undone" and undoes == "looked_at" else ""


def _whose_mail(connection: sa.Connection, ura: str, code: str) -> tuple[str, tuple[str, ...]]:
    """The organisation with which a statement about this mail is recorded, and a sentence if the dossier has no such
    mail. A further statement stays with the organisation of the first one."""
    before = [one for one in records.words(connection, ura) if _mail(one.word, one.subject) == code]
    if before:
        return before[-1].ura, ()
    table = schema.observation
    of = sa.or_(table.c.ura.is_(None), table.c.ura == ura)
    for row in connection.execute(sa.select(table).where(of)):
        if records.as_observation(sound("observation", row)).code == code:
            return row.ura or "", ()
    return ura, (_UNSEEN.format(code=code),)


def _again(dossier: Dossier, one: Statement) -> Statement | None:
    """The same statement, if it was recorded before: the newest on its topic or, with an explicit moment, any earlier
    one."""
    same_topic = [each for each in dossier.words if each.topic == one.topic]
    for each in reversed(same_topic):
        same = (each.word, each.subject, each.by, each.how) == (one.word, one.subject, one.by, one.how)
        if same and (each.at == one.at or (not one.at and each is same_topic[-1])):
            return each
    # An older version stored only the attestation of a statement.
    attested = dossier.milestones[one.subject].attested if one.word == "done" else None
    if not same_topic and attested and (attested.by, attested.how) == (one.by, one.how):
        return dataclasses.replace(one, at=attested.at) if one.at in ("", attested.at) else None
    return None


def _standing(dossier: Dossier, known: Statement) -> dict[str, Any]:
    """The subject of a statement that changes nothing: the present step, or the statement itself."""
    is_step = known.word in ("done", "undone") and known.subject in STEPS
    return shown_milestone(dossier.milestones[known.subject]) if is_step else shown_word(known)


def _superseded(dossier: Dossier, known: Statement) -> str:
    """A sentence if the statement was recorded before and a later one replaced it: a task that stays in a playbook does
    not record it again."""
    last = max((one for one in dossier.words if one.topic == known.topic), key=lambda each: each.seq, default=known)
    if last.seq == known.seq or last.word == known.word:
        step = dossier.milestones.get(known.subject) if known.word == "undone" else None
        if step is None or step.state != "done" or (step.since or "") < known.at:
            return ""
        return (
            f"{step.step} was undone on {known.at} by this same statement, and done again on "
            f"{step.since}: the last one applies. To undo it again, record the statement with its "
            "own time (attested_at)."
        )
    return (
        f"The word {known.word} of {known.at} was said before, and {last.word} after it ({said.said_by(last)}): the "
        "later one counts. When it is so again, say it with a moment of its own (attested_at)."
    )


def _order(dossier: Dossier, one: Statement) -> tuple[str, ...]:
    """Warnings about steps or other statements that do not fit this one; it is recorded anyway."""
    if one.word in ("done", "undone") and one.subject in STEPS:
        place = STEPS.index(one.subject)
        if one.word == "done":
            found = [step for step in STEPS[:place] if dossier.milestones[step].state != "done"]
            why = "is recorded as done while earlier steps are not"
        else:
            found = [step for step in STEPS[place + 1 :] if dossier.milestones[step].state == "done"]
            why = "is undone while later steps are done"
        return (
            ((f"{one.subject} of {one.ura} {why}: {', '.join(found)}. Check whether this is intended."),)
            if found
            else ()
        )
    if one.word in ("hold", "withdrawn") and one.ura and (further := said.goes_on(dossier.words)):
        return (f"{further}.",)
    if one.word == "go_on" and one.ura and (hold := said.newest([w for w in dossier.words if not w.ura], "hold")):
        return (f"{one.ura} may go on, and all organisations are still held ({said.said_by(hold)}).",)
    return ()


def shown_word(word: Statement) -> dict[str, Any]:
    """The statement for results; a person's name is masked."""
    about = {"word": word.word, "subject": word.subject}
    return {**about, "by": shown_person(word.by), "at": word.at, "how": word.how, "of_all": not word.ura}
