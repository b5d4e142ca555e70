# SPDX-FileCopyrightText: gbz.zorgid contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""Submissions that are sent once: decides who may send now. Every function runs in the writer's transaction."""

from __future__ import annotations

import datetime
import uuid
from typing import Any

from .._common.errors import ZorgidError
from .._common.libraries import needs
from .._common.moments import iso
from . import schema
from .journal import append, canonical
from .model import Submission, SubmissionState
from .owner import Owner, this_process
from .soundness import damaged, key_of, loaded_json, sound

with needs("SQLAlchemy>=2.0.36"):
    import sqlalchemy as sa

LEASE = datetime.timedelta(minutes=15)
RELEASED = "released"
_NOBODY = {"owner_host": None, "owner_pid": None, "owner_started": None, "lease_until": None}


def as_submission(row: Any, state: SubmissionState | None = None) -> Submission:
    return Submission(
        row.id, row.ura, row.kind, row.digest, row.message_id, state or row.state, loaded_json(row.evidence), row.since
    )


def newest(connection: sa.Connection, ura: str, kind: str, digest: str | None) -> Any:
    table = schema.submission
    query = sa.select(table).where(table.c.ura == ura, table.c.kind == kind, table.c.state != RELEASED)
    if digest is not None:
        query = query.where(table.c.digest == digest)
    return checked(connection.execute(query.order_by(table.c.claimed.desc()).limit(1)).first())


def checked(row: Any) -> Any:
    """Error: ``dossier_damaged``."""
    if row is not None:
        sound("submission", row)
        lease = (row.owner_host, row.owner_pid, row.owner_started, row.lease_until)
        if None in lease and lease != (None, None, None, None):
            raise damaged(key_of("submission", row), "half a claim")
    return row


def held_elsewhere(row: Any, at: str) -> bool:
    """Whether another process has the claim and may still run. ``at``: the present moment."""
    if row.state not in ("intended", "sending") or row.owner_host is None:
        return False
    here, owner = this_process(), Owner(row.owner_host, row.owner_pid, row.owner_started)
    if owner == here or owner.dead(here):
        return False
    return owner.host == here.host or datetime.datetime.fromisoformat(at) < datetime.datetime.fromisoformat(
        row.lease_until
    )


def claim(
    connection: sa.Connection,
    at: str,
    ura: str,
    kind: str,
    digest: str,
    *,
    per_digest: bool,
    domain: str,
    again: int | None = None,
) -> Submission:
    """``per_digest``: send once for each digest, otherwise once for each kind. ``again``: the number of a person's
    statement that the earlier submission does not apply any more; it allows one more.

    The returned state: ``intended``: this process has the claim and may send; ``sending``: an earlier run died while
    sending, and the outcome is unknown; ``done``; ``elsewhere``: another running process, or another controller within
    its lease, has the claim. The Message-ID is made with the claim and never changes.
    """
    table = schema.submission
    once = digest if per_digest else ""
    # Not by ``once``: if somebody changed that column, the submission was still sent.
    same = (table.c.ura == ura, table.c.kind == kind, *([table.c.digest == digest] if per_digest else []))
    newest_first = sa.select(table).where(*same).order_by(table.c.claimed.desc()).limit(1)
    row = checked(connection.execute(newest_first).first())
    if again is not None and row is not None and row.state == "done" and row.once != once_more(digest, again):
        row, once = None, once_more(digest, again)
    if row is not None and row.state == "done":
        return as_submission(row)
    if row is not None and held_elsewhere(row, at):
        return as_submission(row, "elsewhere")
    taken = _held(at)
    if row is not None and row.state == "sending":
        # It is unknown what that run sent, so digest and Message-ID do not change.
        append(connection, at, ura, "submission_taken_over", {"kind": kind, "message_id": row.message_id, **taken})
        connection.execute(sa.update(table).where(table.c.id == row.id).values(**taken))
        return as_submission(row)
    message_id = f"<{uuid.uuid4()}@{domain}>" if row is None else row.message_id
    fixed = {"ura": ura, "kind": kind, "once": once, "message_id": message_id}
    values = {"digest": digest, "state": "intended", "evidence": "{}", "since": at, **taken}
    if row is None:
        made = connection.execute(sa.insert(table), {**fixed, **values, "claimed": 0}).inserted_primary_key
        number = made[0] if made else None
    else:
        number = row.id
    claimed = {"id": number, "kind": kind, "digest": digest, "message_id": message_id, "once": once, **taken}
    seq = append(connection, at, ura, "submission_claimed", claimed)
    connection.execute(sa.update(table).where(table.c.id == number).values(**values, claimed=seq))
    return as_submission(connection.execute(sa.select(table).where(table.c.id == number)).one())


def once_more(digest: str, again: int) -> str:
    return f"{digest} {again}"


def _held(at: str) -> dict[str, Any]:
    here = this_process()
    until = iso(datetime.datetime.fromisoformat(at) + LEASE)
    return {"owner_host": here.host, "owner_pid": here.pid, "owner_started": here.started, "lease_until": until}


def mark_sending(connection: sa.Connection, at: str, submission: Submission) -> None:
    row = _own(connection, submission)
    held = _held(at)
    append(connection, at, row.ura, "submission_sending", {**_named(row), **held})
    _set(connection, row, state="sending", since=at, **held)


def mark_done(connection: sa.Connection, at: str, submission: Submission, evidence: dict[str, Any]) -> None:
    # Whichever process has the claim now: the submission was accepted, so record it.
    row = _by_id(connection, submission)
    append(connection, at, row.ura, "submission_done", {**_named(row), "evidence": evidence})
    if row.state != "done":
        _set(connection, row, state="done", since=at, evidence=canonical(evidence), **_NOBODY)


def release(connection: sa.Connection, at: str, submission: Submission) -> None:
    row = _own(connection, submission)
    append(connection, at, row.ura, "submission_released", _named(row))
    _set(connection, row, state=RELEASED, since=at, **_NOBODY)


def resolve(
    connection: sa.Connection,
    at: str,
    ura: str,
    kind: str,
    *,
    arrived: bool,
    by: str,
    write: bool,
    digest: str | None = None,
) -> tuple[str, str]:
    """Record a person's statement about the outcome. Returns the state before and after."""
    table = schema.submission
    same = (table.c.ura == ura, table.c.kind == kind, *([table.c.digest == digest] if digest is not None else []))
    row = checked(connection.execute(sa.select(table).where(*same).order_by(table.c.claimed.desc()).limit(1)).first())
    wanted = "done" if arrived else RELEASED
    if row is None:
        raise ZorgidError(
            "submission_unknown",
            f"The dossier of {ura} has no submission {kind}",
            expected="a submission with an unknown outcome",
            action="for something submitted by hand, attest the step instead",
        )
    if row.state == wanted:
        return row.state, wanted
    if row.state in ("done", RELEASED):
        raise ZorgidError(
            "submission_not_uncertain",
            f"The outcome of the submission {kind} of {ura} is already known",
            expected="a submission with an unknown outcome",
            found="it was accepted" if row.state == "done" else "it was not accepted",
            action="remove this task; for something submitted by hand, attest the step",
        )
    if held_elsewhere(row, at):
        raise ZorgidError(
            "submission_elsewhere",
            f"The submission {kind} of {ura} is being sent by another run",
            expected="a run that has ended",
            action="wait for that run to end; after an interrupted run, wait at most 15 minutes",
        )
    if write:
        append(connection, at, ura, "submission_resolved", {**_named(row), "arrived": arrived, "by": by})
        evidence = canonical({"resolved": "arrived", "resolved_at": at}) if arrived else row.evidence
        _set(connection, row, state=wanted, since=at, evidence=evidence, **_NOBODY)
    return row.state, wanted


def _named(row: Any) -> dict[str, Any]:
    return {"kind": row.kind, "digest": row.digest, "message_id": row.message_id}


def _by_id(connection: sa.Connection, submission: Submission) -> Any:
    found = connection.execute(sa.select(schema.submission).where(schema.submission.c.id == submission.id)).first()
    if found is None:
        raise damaged(f"submission ({submission.ura}, {submission.kind}, {submission.id})", "the row no longer exists")
    return checked(found)


def _own(connection: sa.Connection, submission: Submission) -> Any:
    """The row, if this process still has the claim: a process whose lease expired must not continue."""
    row = _by_id(connection, submission)
    owner = Owner(row.owner_host or "", row.owner_pid or 0, row.owner_started or "")
    if row.state not in ("intended", "sending") or owner != this_process():
        raise ZorgidError(
            "submission_taken_over",
            f"This run no longer holds the claim on the submission {row.kind} of {row.ura}",
            expected="the claim of this run",
            found="another run took it over, or it was resolved",
            action="run again: the dossier has the current state",
        )
    return row


def _set(connection: sa.Connection, row: Any, **values: Any) -> None:
    connection.execute(sa.update(schema.submission).where(schema.submission.c.id == row.id).values(**values))
