# SPDX-FileCopyrightText: gbz.zorgid contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""Decides which notices are due: requests, reminders, escalations and status mails. Pure; nothing is sent here."""

from __future__ import annotations

import hashlib
import re
from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime, timedelta

from .._common.moments import stored
from .._dossier.model import Dossier, Milestone
from . import texts
from .dates import day

#: Step, kind and role of a notice.
Named = tuple[str, str, str]
REMINDER_DAYS, ESCALATION_DAYS = 7, 21


@dataclass(frozen=True)
class Notice:
    """One message that is due.

    ``kind`` is request, reminder, escalation or status; ``role`` is whom to mail (one of the organisation's people,
    ``provider`` or ``vzvz``); ``number`` distinguishes the reminders of one wait.
    """

    step: str
    kind: str
    role: str
    subject: str
    text: str
    number: str
    since: str

    @property
    def submission(self) -> str:
        """The kind of the submission in the dossier."""
        return f"notice:{self.step}:{self.number}"

    @property
    def named(self) -> Named:
        return self.step, self.kind, self.role

    @property
    def digest(self) -> str:
        """A notice is sent once per wait: a later wait for the same person gives a new digest. A milestone is announced
        once."""
        period = "" if self.kind == "status" else self.since
        return hashlib.sha256(f"{self.submission}|{period}".encode()).hexdigest()


def without_addresses(text: object) -> str:
    """One printable line without e-mail addresses: free text from a dossier goes to many readers and terminals."""
    line = "".join(letter for letter in " ".join(str(text or "").split()) if letter.isprintable())
    return re.sub(r"[^\s<>()]+@[^\s<>()]+", "…", line)


def role_of(who: object) -> str:
    """The name of the role. Any other text may be a person's name and is not shown."""
    return texts.ROLES.get(str(who), texts.OTHER_ROLE) if who else ""


def ask(milestone: Milestone) -> tuple[str, str]:
    """What has to be done, and how; in Dutch if step and role are known."""
    known = texts.ASKS.get((milestone.step, str(milestone.who)))
    if texts.LOGIN_COMMAND in (milestone.what or ""):
        return texts.LOGIN
    return known or (without_addresses(milestone.what) or f"{texts.STEPS[milestone.step][1]}.", "")


def reference_of(dossier: Dossier) -> str:
    """VZVZ's reference of the application, if known."""
    for step in ("application_confirmed", "application_submitted"):
        if reference := without_addresses(dossier.milestones[step].evidence.get("reference"))[:100]:
            return reference
    return ""


def message(dossier: Dossier, milestone: Milestone, kind: str = "") -> tuple[str, str]:
    """Subject and text for the person who has to act; ``kind``: an opening of ``texts.OPENINGS``."""
    what, how = ask(milestone)
    name = without_addresses(dossier.name)
    subject = f"ZORG-ID Smart, {name}: {what.rstrip('.')}"
    if kind == "reminder":
        subject = f"Herinnering: {subject}"
    opening = texts.OPENINGS[kind or ("vzvz" if milestone.who == "vzvz" else "request")]
    facts = _facts(dossier, milestone)
    todo = f"{what}\n\n{how}" if how else what
    return subject, texts.REQUEST.format(**facts, opening=opening.format(**facts), what=todo)


def due(
    dossier: Dossier,
    now: datetime,
    reminder_days: int = REMINDER_DAYS,
    escalation_days: int = ESCALATION_DAYS,
    *,
    planned: Collection[Named] | None = None,
) -> list[Notice]:
    """The notices that are due now and that, by the dossier, were not sent yet.

    A wait begins with a request. A reminder follows every ``reminder_days``, and one mail to the representative after
    ``escalation_days``; then only the board shows it. VZVZ gets no request at the beginning of a wait. The same request
    goes to the same person at most once a day, even if the step alternates between failed and waiting. ``planned``:
    only these; others that are due wait for the next plan.
    """
    found = [one for one in [_status(dossier, planned)] if one]
    for milestone in _in_order(dossier):
        if milestone.state != "waiting" or not milestone.since:
            continue
        waited = now - stored(milestone.since)
        if waited >= timedelta(days=escalation_days):
            found.append(_escalation(dossier, milestone))
        elif count := waited // timedelta(days=reminder_days):
            found.append(_turn(dossier, milestone, "reminder", count))
        elif milestone.who != "vzvz":
            found.append(_turn(dossier, milestone, "request", 0))
    done = [one for one in dossier.submissions if one.state == "done"]
    sent = {(one.kind, one.digest) for one in done}
    today = {(one.kind, one.evidence.get("role")) for one in done if now - stored(one.since) < timedelta(days=1)}
    return [
        one
        for one in found
        if (one.submission, one.digest) not in sent
        and not (one.kind == "request" and (one.submission, one.role) in today)
        and (planned is None or one.named in planned)
    ]


def _in_order(dossier: Dossier) -> list[Milestone]:
    return [dossier.milestones[step] for step in texts.STEPS]


def _facts(dossier: Dossier, milestone: Milestone) -> dict[str, str]:
    reference = reference_of(dossier)
    return {
        "name": without_addresses(dossier.name),
        "ura": dossier.ura,
        "since": day(milestone.since),
        "role": role_of(milestone.who),
        "reference": f"Kenmerk: {reference}\n" if reference else "",
    }


def _turn(dossier: Dossier, milestone: Milestone, kind: str, number: int) -> Notice:
    who = str(milestone.who)
    addressee = texts.RELAYED.get(who, who if who in texts.ROLES else "provider")
    opening = kind
    if addressee != who:
        opening = "relay"
    elif who == "vzvz":
        opening = "vzvz"
    subject, text = message(dossier, milestone, opening)
    if kind == "reminder" and opening != "reminder":
        subject = f"Herinnering: {subject}"
    return Notice(milestone.step, kind, addressee, subject, text, str(number), str(milestone.since))


def _escalation(dossier: Dossier, milestone: Milestone) -> Notice:
    facts = _facts(dossier, milestone)
    subject = f"ZORG-ID Smart, {facts['name']}: de aansluiting staat stil sinds {facts['since']}"
    text = texts.ESCALATION.format(**facts, what=ask(milestone)[0])
    return Notice(milestone.step, "escalation", "representative", subject, text, "escalation", str(milestone.since))


def _status(dossier: Dossier, planned: Collection[Named] | None) -> Notice | None:
    """The furthest milestone for the representative, unless that one or a later one was announced."""
    announced = {one.kind for one in dossier.submissions if one.state == "done"}
    for step in reversed(texts.STATUS_MAILS):
        milestone = dossier.milestones[step]
        if f"notice:{step}:status" in announced:
            return None
        if milestone.state != "done" or (planned is not None and (step, "status", "representative") not in planned):
            continue
        facts = _facts(dossier, milestone)
        waiting = [one for one in _in_order(dossier) if one.state == "waiting"]
        turn = f"\nNu is aan zet: {role_of(waiting[0].who)}. {ask(waiting[0])[0]}\n" if waiting else ""
        subject = f"ZORG-ID Smart, {facts['name']}: {texts.STEPS[step][1]}"
        text = texts.STATUS.format(**facts, reached=texts.STATUS_MAILS[step], next=turn)
        return Notice(step, "status", "representative", subject, text, "status", str(milestone.since))
    return None
