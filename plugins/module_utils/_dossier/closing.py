# SPDX-FileCopyrightText: gbz.zorgid contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""Decides when a mail that a person had to look at is closed. Pure: no database, no clock.

All moments here are the dossier's own clock: when a mail was sent, and since when a step is done.
"""

from __future__ import annotations

import datetime
from collections.abc import Iterator

from .._common import moments
from . import said
from .model import Dossier, Milestone, Observation, Submission

DOCUMENT, NOTICE, INVITATION = "organisation_document", "notice:", "invitation:"


def kind(dossier: Dossier, report: Observation) -> str:
    """The kind of the mail that did not arrive; empty if the dossier does not know that mail."""
    mailed = _mailed(dossier, report)
    return mailed.kind if mailed else ""


def closed(dossier: Dossier, mail: Observation) -> bool:
    """Whether a person recorded that the mail needs nothing, or it reports on a mail of ours that is settled."""
    return mail.code in said.looked_at(dossier.words) or settled(dossier, mail)


def settled(dossier: Dossier, report: Observation) -> bool:
    """Whether the mail that did not arrive was sent again since, or the step that it asked for is done since. A mail
    that the dossier does not know is not settled, because its outcome is unknown."""
    mailed = _mailed(dossier, report)
    if mailed is None:
        return False
    later = dossier.submissions[dossier.submissions.index(mailed) + 1 :]
    if any(one.state == "done" and _serves(one) == _serves(mailed) for one in later):
        return True
    sent_at = moments.parse(str(mailed.evidence.get("sent_at") or mailed.since))
    return any(_done_since(one, sent_at) for one in _asked_for(dossier, mailed))


def _mailed(dossier: Dossier, report: Observation) -> Submission | None:
    return next((one for one in dossier.submissions if report.about and one.message_id == report.about), None)


def _serves(one: Submission) -> tuple[str, str]:
    """The key that two mails share if the later one replaces the earlier one: a reminder replaces the request before
    it, to the same role."""
    if one.kind.startswith(NOTICE):
        return one.kind.rpartition(":")[0], str(one.evidence.get("role", ""))
    return (INVITATION, one.digest) if one.kind.startswith(INVITATION) else (one.kind, "")


def _asked_for(dossier: Dossier, mailed: Submission) -> Iterator[Milestone]:
    # A dossier of another version may lack a step.
    steps = dossier.milestones
    if mailed.kind == DOCUMENT:
        # ``document_sent`` became done with the mail itself, so it proves nothing; a person may have delivered the
        # document in another way.
        names = ["application_confirmed"]
        if (sent := steps.get("document_sent")) and sent.attested:
            names.append("document_sent")
    elif mailed.kind.startswith(INVITATION):
        names = ["employees_active"]
    elif mailed.kind.startswith(NOTICE):
        names = mailed.kind.split(":")[1:2]
    else:
        names = []
    yield from (found for name in names if (found := steps.get(name)))


def _done_since(milestone: Milestone, sent_at: datetime.datetime | None) -> bool:
    since = moments.parse(milestone.since)
    return milestone.state == "done" and since is not None and sent_at is not None and since > sent_at
