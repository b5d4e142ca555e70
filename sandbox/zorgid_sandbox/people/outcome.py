# SPDX-FileCopyrightText: gbz.zorgid contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""The state that was reached, counted in the tables of the receiving services."""

from __future__ import annotations

from collections import Counter
from contextlib import closing
from pathlib import Path
from typing import Any

from .. import portal
from .. import scenario as scenarios
from ..intake import store as intake
from ..portal.store import connect
from ..smtp import store as smtp


def outcome(state: Path) -> dict[str, Any]:
    """Per organisation what arrived and who is active; what arrived twice; what was only delivered again."""
    applications = Counter(form.ura for form in intake.forms(state, "application"))
    follow_ups = Counter(form.ura for form in intake.forms(state, "follow_up"))
    documents = smtp.mails(state, "document")
    accepted = Counter(mail.ura for mail in documents if mail.verdict == "accepted")
    with closing(connect(state)) as connection:
        rows = connection.execute("SELECT ura FROM portal_activation WHERE used IS NOT NULL").fetchall()
    activations = Counter(row["ura"] for row in rows)

    organisations = scenarios.load(state).organisations
    homes: dict[str, set[str]] = {}
    for one in organisations:
        homes.setdefault(one.portal_administrator.email.rpartition("@")[2], set()).add(one.ura)
    members = portal.members(state)
    memberships = Counter(one["id"] for one in members)

    def at_home(member: dict[str, Any]) -> bool:
        """Nobody of the scenario works at two organisations, so a mail address shows the organisation."""
        at = homes.get(member["domain"])
        return memberships[member["id"]] == 1 and (at is None or member["ura"] in at)

    reached = {}
    for organisation in organisations:
        employees = [one for one in members if one["ura"] == organisation.ura and one["role"] == "employee"]
        reached[organisation.ura] = {
            "name": organisation.name,
            "applications": applications[organisation.ura],
            "documents_accepted": accepted[organisation.ura],
            "follow_up_forms": follow_ups[organisation.ura],
            "activations": activations[organisation.ura],
            "employees_active": sum(one["device"] == "active" for one in employees),
            "employees_with_wrong_membership": sum(not at_home(one) for one in employees),
        }

    digests = Counter(mail.digest for mail in documents if mail.digest)
    notices = smtp.mails(state, "notice")
    return {
        "organisations": reached,
        "received_twice": [
            *(f"application of URA {ura}, {count} times" for ura, count in applications.items() if count > 1),
            *(f"follow-up form of URA {ura}, {count} times" for ura, count in follow_ups.items() if count > 1),
            *(
                f"document {digest[:16]} under {count} message identifiers"
                for digest, count in digests.items()
                if digest and count > 1
            ),
        ],
        "repeats": sum(mail.repeats for mail in (*documents, *notices)),
        "notices": dict(sorted(Counter(smtp.shown(mail.recipient) for mail in notices).items())),
    }
