# SPDX-FileCopyrightText: gbz.zorgid contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""Dossiers as a care group has them, in every state that the board shows."""

from __future__ import annotations

import datetime
from collections.abc import Mapping
from typing import Any

from ansible_collections.gbz.zorgid.plugins.module_utils._dossier.model import (
    STEPS,
    Attestation,
    Dossier,
    Milestone,
    Submission,
)
from ansible_collections.gbz.zorgid.plugins.module_utils._onboarding.steps import TABLE

#: For ``dossier(done=…)``: every step.
ALL = len(STEPS)
NOW = datetime.datetime(2026, 11, 30, 12, 0, tzinfo=datetime.UTC)
CERTIFICATE: dict[str, Any] = {"not_after": "2029-06-30T12:00:00Z", "hierarchy": "g4", "warnings": []}
#: step -> who it waits for, as the role writes it; before the follow-up form comes VZVZ's link
WAITS = {step.name: step.actor for step in TABLE} | {"follow_up_submitted": "vzvz"}


def dossier(
    name: str = "Huisartsenpraktijk De Linde",
    ura: str = "90000101",
    *,
    done: int = 0,
    state: str = "open",
    since: str = "2026-11-24T10:15:00+00:00",
    certificate: Mapping[str, Any] | None = None,
    submissions: list[Submission] | None = None,
    **next_step: Any,
) -> Dossier:
    """``done`` steps are done, the next one is in ``state`` (with ``next_step``'s fields), the others are open."""
    milestones = {step: Milestone(step) for step in STEPS}
    for step in STEPS[:done]:
        evidence: dict[str, Any] = {"reference": "VZ-2026-0042"} if step == "application_submitted" else {}
        if step == "certificate_checked":
            evidence = dict(certificate or CERTIFICATE)
        milestones[step] = Milestone(step, "done", "2026-11-20T09:00:00+00:00", evidence=evidence)
    if done < len(STEPS) and state != "open":
        step = STEPS[done]
        usual: dict[str, Any] = {}
        if state == "waiting":
            usual = {"who": WAITS[step], "what": "Somebody has to do something"}
        elif state == "failed":
            usual = {"error_code": "smtp_unreachable", "message": "The SMTP server cannot be reached."}
        milestones[step] = Milestone(step, state, since, **{**usual, **next_step})
    return Dossier(ura, name, milestones, submissions or [], [])


def three() -> list[Dossier]:
    g1 = {**CERTIFICATE, "hierarchy": "g1", "not_after": "2028-11-12T00:00:00Z", "warnings": ["certificate_g1_ends"]}
    return [
        dossier(done=8, state="waiting"),
        dossier("Apotheek Het Anker", "00000202", done=5, state="waiting", certificate=g1),
        dossier("Thuiszorg Zonneveld", "90000303", done=ALL),
    ]


def many(count: int = 200) -> list[Dossier]:
    """A large care group: most wait, some failed, some certificates end soon."""
    kinds = ("Huisartsenpraktijk", "Apotheek", "Thuiszorg", "Verpleeghuis", "Gezondheidscentrum")
    places = ("De Linde", "Het Anker", "Zonneveld", "Aan de Maas", "De Oude Molen in Wijk bij Duurstede", "’t Veld")
    found = []
    for number in range(count):
        name = f"{kinds[number % 5]} {places[number % 6]} {number + 1}"
        ura = f"{90000000 + number}"
        soon = {**CERTIFICATE, "not_after": "2026-12-24T10:00:00Z", "warnings": ["certificate_expires_soon"]}
        since = f"2026-11-{number % 27 + 1:02}T08:00:00+00:00"
        if number % 29 == 0:
            failure = {
                "error_code": "certificate_revoked",
                "message": "The certificate has been revoked. What to do: ask CIBG for a new one.",
            }
            found.append(dossier(name, ura, done=1, state="failed", since=since, **failure))
        elif number % 3 == 0:
            found.append(dossier(name, ura, done=ALL, certificate=soon if number % 27 == 0 else None))
        elif number % 17 == 0:
            found.append(dossier(name, ura, done=number % 4))
        else:
            found.append(dossier(name, ura, done=5 + number % 7, state="waiting", since=since))
    return found


def attested(one: Dossier, step: str) -> Dossier:
    word = Attestation("Johanna Lindeman", "2026-11-21T00:00:00+00:00", "telephone")
    one.milestones[step] = Milestone(step, "done", "2026-11-21T00:00:00+00:00", attested=word)
    return one
