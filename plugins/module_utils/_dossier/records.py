# SPDX-FileCopyrightText: gbz.zorgid contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""Converts table rows into the types of ``model``."""

from __future__ import annotations

import dataclasses
import functools
from collections.abc import Iterator
from typing import Any

from .._common.errors import ZorgidError
from .._common.libraries import needs
from .._common.ura import is_ura
from . import journal, schema, submissions
from .database import stored_now
from .journal import canonical
from .model import STEPS, Attestation, Dossier, Milestone, Observation, Statement
from .rows import Tables, as_named, fetched, named
from .soundness import damaged, key_of, loaded_json, sound

with needs("SQLAlchemy>=2.0.36"):
    import sqlalchemy as sa

    _JOURNAL = schema.journal
    _SPELLED = sa.select(schema.organisation.c.ura).where(schema.organisation.c.digits == sa.bindparam("digits"))


def dossiers(
    connection: sa.Connection, ura: str | None, *, tolerant: bool = False, proven: Tables | None = None
) -> dict[str, Dossier]:
    """Error: ``dossier_damaged``; ``tolerant``: an unreadable row damages the dossier of its organisation only, and one
    of no organisation is skipped (the check of the journal reports it). ``proven``: rows of all organisations that are
    proven unchanged; they are not fetched or checked again."""
    found: dict[str, Dossier] = {}
    faults: dict[str, str] = {}

    def rows(table: sa.Table) -> Iterator[Any]:
        if proven:
            found_rows = as_named(table.name, *proven[table.name])
        else:
            columns, query = _query(table, one=ura is not None)
            found_rows = named(connection, table.name, columns, query, **({} if ura is None else {"of": ura}))
        for row in found_rows:
            try:
                if not proven:
                    sound(table.name, row)
                if table.name != "organisation" and row.ura and row.ura not in found:
                    raise damaged(key_of(table.name, row), "no organisation for this row")
            except ZorgidError as error:
                if not tolerant:
                    raise
                faults.setdefault(row.ura, f"{error.message}: {error.found}.")
            else:
                yield row

    for row in rows(schema.organisation):
        found[row.ura] = Dossier(row.ura, row.name, {}, [], [])
    for row in rows(schema.milestone):
        found[row.ura].milestones[row.step] = as_milestone(row)
    for row in rows(schema.submission):
        if row.state != submissions.RELEASED:
            found[row.ura].submissions.append(submissions.as_submission(row))
    for row in rows(schema.observation):
        if row.ura is not None:
            found[row.ura].observations.append(as_observation(row))
    for row in rows(schema.word):
        for each in [found[row.ura]] if row.ura else found.values():
            each.words.append(Statement(**row._asdict()))
    complete = {
        key: dataclasses.replace(one, milestones=all_steps(list(one.milestones.values()))) for key, one in found.items()
    }
    for key, why in faults.items():
        if is_ura(key):
            complete[key] = broken(key, found[key].name if key in found else "", why)
    return complete


@functools.cache
def _query(table: sa.Table, *, one: bool) -> tuple[tuple[str, ...], sa.Select[Any]]:
    query = sa.select(table).order_by(*schema.in_order(table))
    of = table.c.ura == sa.bindparam("of")
    # A statement may be about all organisations.
    whose = sa.or_(of, table.c.ura == "") if table.name == "word" else of
    return tuple(table.c.keys()), query.where(whose) if one else query


def broken(ura: str, name: str, why: str) -> Dossier:
    """A dossier that cannot be used: its name and the reason."""
    return Dossier(ura, name, all_steps([]), [], [], damaged=why)


def dossier(connection: sa.Connection, ura: str) -> Dossier:
    """``ura`` as the dossier writes it. An organisation without rows has an empty dossier."""
    known = dossiers(connection, ura).get(ura)
    return known or Dossier(ura, "", all_steps([]), [], [], words(connection, ura))


def words(connection: sa.Connection, ura: str | None) -> list[Statement]:
    """Oldest first: the statements about one organisation and about all; without ``ura``, of every organisation."""
    columns, query = _query(schema.word, one=ura is not None)
    rows = named(connection, "word", columns, query, **({} if ura is None else {"of": ura}))
    return [Statement(**sound("word", row)._asdict()) for row in rows]


def spelling(connection: sa.Connection, ura: str) -> str:
    """The URA number as the dossier writes it: 202 and 00000202 are one organisation."""
    known = fetched(connection, _SPELLED, digits=ura.zfill(8))
    return str(known[0][0]) if known else ura


def spellings(connection: sa.Connection, ura: str) -> list[str]:
    """Every spelling in the dossier: an organisation that left and started again may have another spelling now."""
    known = [connection.execute(sa.select(one.c.ura).distinct()).scalars() for one in (schema.organisation, _JOURNAL)]
    same = {str(one) for each in known for one in each if one and str(one).zfill(8) == ura.zfill(8)}
    return sorted(same | {spelling(connection, ura)})


def export(connection: sa.Connection, ura: str | None) -> dict[str, Any]:
    """Everything except the content of secrets, which are only listed."""
    secret = schema.secret
    kept = connection.execute(sa.select(secret.c.ura, secret.c.name, secret.c.kept_at)).all()
    names = [schema.sealed.c[name] for name in ("ura", "kind", "version", "kept_at")]
    sealed = [sound("sealed", row) for row in connection.execute(sa.select(*names).order_by(*names))]
    return {
        "schema": schema.REVISIONS[-1],
        "exported_at": stored_now(),
        "organisations": [
            {
                "ura": one.ura,
                "name": one.name,
                "steps": [dataclasses.asdict(each) for each in one.milestones.values()],
                "submissions": [dataclasses.asdict(each) for each in one.submissions],
                "observations": [dataclasses.asdict(each) for each in one.observations],
                "words": [dataclasses.asdict(each) for each in one.words],
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
    return Observation(**{name: value for name, value in row._asdict().items() if name != "reading"})


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
        loaded_json(row.evidence),
        attested,
        row.evidence_at,
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
