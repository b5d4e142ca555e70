# SPDX-FileCopyrightText: gbz.zorgid contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""Rows to what the model knows, and back."""

from __future__ import annotations

import dataclasses
import json
from collections.abc import Iterator
from typing import Any

from .._common.libraries import needs
from . import journal, schema, submissions
from .database import now
from .journal import canonical
from .model import STEPS, Attestation, Dossier, Milestone, Observation
from .soundness import damaged, key_of, sound

with needs("SQLAlchemy>=2.0.36"):
    import sqlalchemy as sa

    _JOURNAL = schema.journal


def dossiers(connection: sa.Connection, ura: str | None) -> dict[str, Dossier]:
    def rows(table: sa.Table, *order: Any) -> Iterator[Any]:
        query = sa.select(table).order_by(*order)
        for row in connection.execute(query if ura is None else query.where(table.c.ura == ura)):
            yield sound(table.name, row)

    found = {
        row.ura: Dossier(row.ura, row.name, {}, [], []) for row in rows(schema.organisation, schema.organisation.c.ura)
    }

    def owner(table: str, row: Any) -> Dossier:
        if row.ura not in found:
            raise damaged(key_of(table, row), "no organisation that it belongs to")
        return found[row.ura]

    for row in rows(schema.milestone):
        owner("milestone", row).milestones[row.step] = as_milestone(row)
    for row in rows(schema.submission, schema.submission.c.claimed):
        if row.state != submissions.RELEASED:
            owner("submission", row).submissions.append(submissions.as_submission(row))
    mails = schema.observation.c
    for row in rows(schema.observation, mails.received_at, mails.message_id):
        if row.ura is not None:
            owner("observation", row).observations.append(as_observation(row))
    return {
        key: dataclasses.replace(one, milestones=all_steps(list(one.milestones.values()))) for key, one in found.items()
    }


def spelling(connection: sa.Connection, ura: str) -> str:
    """How the dossier of this organisation writes its URA: 202 is 00000202, and not a second dossier."""
    table = schema.organisation
    known = connection.execute(sa.select(table.c.ura).where(table.c.digits == ura.zfill(8))).scalar()
    return ura if known is None else str(known)


def spellings(connection: sa.Connection, ura: str) -> list[str]:
    """Every way in which the dossier writes it: one that left and began anew may be written in another way now."""
    known = [connection.execute(sa.select(one.c.ura).distinct()).scalars() for one in (schema.organisation, _JOURNAL)]
    same = {str(one) for each in known for one in each if one and str(one).zfill(8) == ura.zfill(8)}
    return sorted(same | {spelling(connection, ura)})


def export(connection: sa.Connection, ura: str | None) -> dict[str, Any]:
    """Everything but secrets, which are named and not shown."""
    secret = schema.secret
    kept = connection.execute(sa.select(secret.c.ura, secret.c.name, secret.c.kept_at)).all()
    names = [schema.sealed.c[name] for name in ("ura", "kind", "version", "kept_at")]
    sealed = [sound("sealed", row) for row in connection.execute(sa.select(*names).order_by(*names))]
    return {
        "schema": schema.REVISIONS[-1],
        "exported_at": now(),
        "organisations": [
            {
                "ura": one.ura,
                "name": one.name,
                "steps": [dataclasses.asdict(each) for each in one.milestones.values()],
                "submissions": [dataclasses.asdict(each) for each in one.submissions],
                "observations": [dataclasses.asdict(each) for each in one.observations],
                "secrets": [{"name": each.name, "kept_at": each.kept_at} for each in kept if each.ura == one.ura],
                "sealed": [
                    {"kind": each.kind, "version": each.version, "kept_at": each.kept_at}
                    for each in sealed
                    if each.ura == one.ura
                ],
            }
            for one in dossiers(connection, ura).values()
        ],
        "journal": journal.entries(connection, ura),
    }


def all_steps(known: list[Milestone]) -> dict[str, Milestone]:
    by_step = {one.step: one for one in known}
    return {step: by_step.get(step) or Milestone(step) for step in STEPS}


def as_observation(row: Any) -> Observation:
    return Observation(**{name: value for name, value in row._mapping.items() if name != "reading"})


def as_milestone(row: Any) -> Milestone:
    attested = Attestation(row.attested_by, row.attested_at, row.attested_how) if row.attested_by else None
    return Milestone(
        row.step,
        row.state,
        row.since,
        row.who,
        row.what,
        row.error_code,
        row.message,
        json.loads(row.evidence),
        attested,
    )


def as_row(milestone: Milestone) -> dict[str, Any]:
    attested = milestone.attested
    values = dataclasses.asdict(dataclasses.replace(milestone, attested=None))
    del values["step"], values["attested"]
    return {
        **values,
        "evidence": canonical(milestone.evidence),
        "attested_by": attested.by if attested else None,
        "attested_at": attested.at if attested else None,
        "attested_how": attested.how if attested else None,
    }
