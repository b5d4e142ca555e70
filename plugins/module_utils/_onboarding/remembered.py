# SPDX-FileCopyrightText: gbz.zorgid contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""Converts the dossier's rows into the planner's types. Pure: the caller reads the dossier.

An unusable dossier is a trouble of its own organisation, never an error of the run.
"""

from __future__ import annotations

import dataclasses
import datetime
from collections.abc import Collection, Iterable, Mapping
from typing import TYPE_CHECKING

from .._dossier.model import REASON, UNDOABLE, Dossier, Submission
from .known import Known, Word, moment
from .observed import Moment, Trouble

if TYPE_CHECKING:
    from .._dossier import model
    from .._dossier.seen import Noted

_APPLICATION, _DOCUMENT = "application_form", "organisation_document"
_DAY = datetime.timedelta(days=1)
_LONG_AGO = datetime.datetime.min.replace(tzinfo=datetime.UTC)


def known(
    dossier: Dossier,
    *,
    seen: Mapping[str, Noted] | None = None,
    code_kept: bool = False,
    elsewhere: Collection[str] = (),
    unusable: Trouble | None = None,
) -> Known:
    """``seen``: the newest record of each kind (``Seen.noted``). ``code_kept``: whether the dossier stores an
    activation code. ``elsewhere``: the kinds of submission that another run works on. ``unusable``: why nothing may be
    done with the whole dossier, such as an unknown environment."""
    noted = seen or {}
    changed = noted.get("portal_change")
    host = dossier.milestones["prepared"].evidence.get("host") if "prepared" in dossier.milestones else None
    return Known(
        dossier.ura,
        dossier.name,
        dict(dossier.milestones),
        _submissions(dossier.submissions, elsewhere),
        _words(dossier.words),
        host=host if isinstance(host, str) else None,
        code_for=noted["code_for"].digest if "code_for" in noted else None,
        code_kept=code_kept,
        link_for=_link_for(noted.get("link_for"), dossier),
        portal_changed_at=moment(changed.at) if changed else None,
        unusable=_damaged(dossier) or unusable,
    )


def _link_for(link: Noted | None, dossier: Dossier) -> str | None:
    """The person for whom the link came; None after a person stated that it was lost, because the next link is for the
    person named then."""
    at = moment(link.at) if link else None
    lost = [moment(one.at) for one in dossier.words if one.word == "lost" and one.subject == "activation_code"]
    return link.digest if link and not any(one and at and one >= at for one in lost) else None


def _damaged(dossier: Dossier) -> Trouble | None:
    if not dossier.damaged:
        return None
    return Trouble(
        "dossier_changed",
        f"The dossier of {dossier.ura} is not reliable, so nothing is done",
        expected="rows that only this collection has written",
        found=dossier.damaged,
        action="find out what changed it, and restore a good backup (docs/dossier.md)",
    )


def _submissions(rows: Iterable[Submission], elsewhere: Collection[str]) -> dict[str, Submission]:
    """The newest of each kind, which is the last; for a document also how many were sent before."""
    found: dict[str, Submission] = {}
    before = 0
    for one in rows:
        if one.kind == _DOCUMENT:
            one = dataclasses.replace(one, evidence={**one.evidence, "documents_before": before})
            # A submission that was only claimed was perhaps never sent.
            before += one.state != "intended"
        if one.kind in elsewhere:
            one = dataclasses.replace(one, state="elsewhere")
        found[one.kind] = one
    return found


def _words(rows: Iterable[model.Statement]) -> tuple[Word, ...]:
    """The statements that apply, oldest first: of each topic the last one, without those that only undid another
    statement. Statements that undid a step stay."""
    last: dict[tuple[str, str, str], model.Statement] = {}
    for one in sorted(rows, key=lambda each: each.seq):
        last[one.topic] = one
    return tuple(
        Word(one.word, moment(one.at) or _LONG_AGO, one.subject, one.by, one.how or "")
        for one in sorted(last.values(), key=lambda each: each.seq)
        if one.word not in ("go_on", "looked_at")
        and not (one.word == "undone" and one.subject.partition(":")[0] in UNDOABLE)
    )


def for_results(known: Known) -> Known:
    """The part for task results, which Ansible prints and logs: without who made a statement and how, and without
    VZVZ's text (``REASON``). No plan depends on these."""
    steps = {
        name: dataclasses.replace(
            one,
            message=one.message and one.message.partition(REASON)[0].rstrip(),
            attested=one.attested and dataclasses.replace(one.attested, by="", how=""),
        )
        for name, one in known.steps.items()
    }
    words = tuple(dataclasses.replace(one, by="", how="") for one in known.words)
    return dataclasses.replace(known, steps=steps, words=words)


def documents_today(dossiers: Iterable[Dossier], now: Moment) -> int:
    """Number of documents sent in the last 24 hours, so that no limit restarts at midnight. An application and the
    document that it announces are one."""
    return sum(
        max(_left(one.submissions, now, _DOCUMENT), _left(one.submissions, now, _APPLICATION)) for one in dossiers
    )


def announced(known: Known, now: Moment) -> bool:
    """Whether the next document of this organisation is already counted with its application."""
    sent = known.submissions.values()
    return bool(_left(sent, now, _APPLICATION)) and not _left(sent, now, _DOCUMENT)


def notices_today(dossiers: Iterable[Dossier], now: Moment) -> int:
    """Number of notices sent in the last 24 hours."""
    return sum(_left(one.submissions, now, "notice:") for one in dossiers)


def _left(rows: Iterable[Submission], now: Moment, kind: str) -> int:
    """Submissions with an unknown outcome are included."""
    sent = (
        moment(str(one.evidence.get("sent_at") or one.since))
        for one in rows
        if one.kind.startswith(kind) and one.state in ("sending", "done")
    )
    return sum(at is not None and at > now - _DAY for at in sent)
