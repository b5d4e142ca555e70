# SPDX-FileCopyrightText: gbz.zorgid contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""The state of every organisation, as one structure for the HTML, CSV and JSON boards. No personal data.

Only roles, counts, references and dates are taken from a dossier. There are no ages, so that a board changes only if a
dossier changes (or a certificate expires soon).
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable
from dataclasses import replace
from datetime import datetime, timedelta
from typing import Any

from .._common.moments import stored
from .._dossier import said
from .._dossier.closing import closed
from .._dossier.model import REASON, Dossier, Milestone, Observation
from .._mail.problems import NOTHING_TO_DO
from . import texts
from .dates import day
from .failures import FAILED_OTHERWISE, FAILURES
from .notices import (
    ask,
    message,
    reference_of,
    role_of,
    without_addresses,
)

Board = dict[str, Any]


def board(
    dossiers: Iterable[Dossier],
    *,
    now: datetime,
    journal_problem: str = "",
    expiry_warning_days: int = 60,
    nobodys: Iterable[Observation] = (),
) -> Board:
    """The content of onboarding.json. Organisations that need attention come first, then those that have waited
    longest.

    ``nobodys``: mail of no organisation. ``journal_problem`` is empty if the dossier's journal is valid. ``now`` is
    only used for the certificates' last days.
    """
    soon = now + timedelta(days=expiry_warning_days)
    mail = _mail(nobodys)
    organisations = sorted((_organisation(one, now, soon) for one in dossiers), key=_urgency)
    statuses = Counter(one["status"] for one in organisations)
    going = [one for one in organisations if one["status"] != "withdrawn"]
    roles = Counter(step["who_label"] for one in going for step in one["steps"] if step["state"] == "waiting")
    return {
        "summary": {
            "organisations": len(organisations),
            **{status: statuses[status] for status in texts.STATUSES},
            "failed": sum(any(step["state"] == "failed" for step in one["steps"]) for one in going),
            "certificates": sum(any(w["severe"] for w in one["warnings"]) for one in going),
            "mail": sum(each["count"] for each in [*mail, *(two for one in organisations for two in one["mail"])]),
            "waiting_for": dict(sorted(roles.items(), key=lambda item: (-item[1], item[0]))),
        },
        "journal": {"valid": not journal_problem, "message": without_addresses(journal_problem)},
        "changed_at": max((step["since"] for one in organisations for step in one["steps"]), default=""),
        "mail": mail,
        "organisations": organisations,
    }


def _organisation(dossier: Dossier, now: datetime, soon: datetime) -> dict[str, Any]:
    milestones = [dossier.milestones[step] for step in texts.STEPS]
    if dossier.damaged:
        # Its steps cannot be trusted: the first one shows the damage, the others are not shown.
        first = replace(milestones[0], state="failed", error_code="dossier_changed", message=dossier.damaged)
        milestones = [first, *(Milestone(step) for step in list(texts.STEPS)[1:])]
    steps = [_step(dossier, milestone) for milestone in milestones]
    warnings = _warnings(dossier.milestones["certificate_checked"], now, soon)
    states = {step["state"] for step in steps}
    mail = _mail(one for one in dossier.observations if not closed(dossier, one))
    withdrawn = said.withdrawn(dossier.words)
    word = withdrawn or said.held(dossier.words)
    stopped = (texts.WITHDRAWN if withdrawn else texts.HELD).format(date=day(word.at)) if word else ""
    if withdrawn:
        status = "withdrawn"
    elif mail or "failed" in states or any(one["severe"] for one in warnings):
        status = "attention"
    elif "waiting" in states:
        status = "waiting"
    else:
        status = "done" if states == {"done"} else "open"
    turn = next((step for state in ("failed", "waiting", "open") for step in steps if step["state"] == state), None)
    return {
        "name": without_addresses(dossier.name),
        "ura": dossier.ura,
        "status": status,
        "status_label": texts.STATUSES[status],
        "stopped": stopped,
        "linked": _linked(dossier),
        "next": turn["step"] if turn and not withdrawn else "",
        "reference": reference_of(dossier),
        "warnings": warnings,
        "mail": mail,
        "steps": steps,
    }


def _linked(dossier: Dossier) -> str:
    """The other URA number under which this organisation has a dossier."""
    further, former = said.linked(dossier.words, "continued_by"), said.linked(dossier.words, "continues")
    continued = [texts.CONTINUED.format(ura=further[-1].subject)] if further else []
    return " ".join([*continued, *([texts.CONTINUES.format(ura=former[-1].subject)] if former else [])])


def _mail(observations: Iterable[Observation]) -> list[dict[str, Any]]:
    """Mail that a person has to look at: what to do, how many, and the date of the oldest."""
    found: dict[str, dict[str, Any]] = {}
    # After a rename of the server the mailbox counts as another one, so the same mails appear twice.
    for one in {(each.message_id, each.received_at, each.problem): each for each in observations}.values():
        if one.problem and one.problem not in NOTHING_TO_DO:
            what = texts.MAIL.get(one.problem, texts.MAIL_OTHERWISE)
            line = found.setdefault(what, {"what": what, "count": 0, "since": one.received_at})
            line["count"] += 1
            line["since"] = min(line["since"] or one.received_at, one.received_at or line["since"])
    return sorted(found.values(), key=lambda line: (line["since"], line["what"]))


def _step(dossier: Dossier, milestone: Milestone) -> dict[str, Any]:
    number, label, column = texts.STEPS[milestone.step]
    state = milestone.state
    step: dict[str, Any] = {
        "step": milestone.step,
        "number": number,
        "label": label,
        "column": column,
        "state": state,
        "state_label": texts.STATES[state],
        "since": (milestone.since or "") if state != "open" else "",
        "who": "",
        "who_label": "",
        "what": "",
        "error_code": "",
        "message": "",
        "reason": "",
        "subject": "",
        "text": "",
        "by_hand": milestone.attested is not None,
    }
    if state == "waiting":
        subject, text = message(dossier, milestone)
        role = role_of(milestone.who) or texts.OTHER_ROLE
        known = str(milestone.who) if str(milestone.who) in texts.ROLES else "other"
        step |= {"who": known, "who_label": role, "what": ask(milestone)[0], "subject": subject, "text": text}
    elif state == "failed":
        code = without_addresses(milestone.error_code)
        step |= {
            "error_code": code,
            "what": FAILURES.get(code, FAILED_OTHERWISE),
            "message": without_addresses(milestone.message),
            "reason": without_addresses(milestone.message).partition(REASON)[2],
        }
    return {**step, "summary": _summary(step, milestone)}


def _summary(step: dict[str, Any], milestone: Milestone) -> str:
    """A few words for one line: facts about a step that is done, otherwise who has to do what."""
    since = f"sinds {day(step['since'])}" if step["since"] else ""
    if step["state"] == "waiting":
        return f"{step['who_label']}: {step['what'].rstrip('.')}" + (f" ({since})" if since else "")
    if step["state"] == "failed":
        return str(step["what"])
    if step["state"] == "open":
        return ""
    evidence = milestone.evidence
    parts = [f"op {day(milestone.attested.at)} door een mens bevestigd"] if milestone.attested else []
    if ends := day(evidence.get("not_after")):
        hierarchy = without_addresses(evidence.get("hierarchy")).upper()[:8]
        parts.append(f"{hierarchy}, geldig tot {ends}".lstrip(", "))
    if reference := without_addresses(evidence.get("reference"))[:100]:
        parts.append(f"kenmerk {reference}")
    if str(evidence.get("accounts", "")).isdigit():
        parts.append(f"{evidence['accounts']} {'medewerkers' if 'employees' in milestone.step else 'beheerders'}")
    return ", ".join(parts) or day(step["since"])


def _warnings(milestone: Milestone, now: datetime, soon: datetime) -> list[dict[str, Any]]:
    """The certificate's warnings: those in the evidence, and those about its last day now."""
    evidence = milestone.evidence
    codes = {without_addresses(code) for code in evidence.get("warnings") or []}
    ends = str(evidence.get("not_after") or "")
    if day(ends):
        codes.discard("certificate_expires_soon")
        if stored(ends) <= now:
            codes.add("certificate_expired")
        elif stored(ends) <= soon:
            codes.add("certificate_expires_soon")
    found = []
    for code in sorted(codes):
        severe, text = texts.WARNINGS.get(code, (False, texts.WARNING_OTHERWISE))
        found.append({"code": code, "severe": severe, "message": text.format(date=day(ends) or "?", code=code)})
    return sorted(found, key=lambda one: not one["severe"])


def _urgency(organisation: dict[str, Any]) -> tuple[Any, ...]:
    steps = organisation["steps"]
    failed = [step["since"] for step in steps if step["state"] == "failed"]
    waiting = [step["since"] for step in steps if step["state"] == "waiting"]
    order = list(texts.STATUSES).index(organisation["status"])
    return order, not failed, min(failed or waiting or [""]), organisation["name"].casefold(), organisation["ura"]
