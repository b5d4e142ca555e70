# SPDX-FileCopyrightText: gbz.zorgid contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""Runs to be shown: organisations of every kind, as few or as many as wanted."""

from __future__ import annotations

import dataclasses
import datetime
import zoneinfo
from collections.abc import Sequence

from ansible_collections.gbz.zorgid.plugins.module_utils._dossier.model import Milestone
from ansible_collections.gbz.zorgid.plugins.module_utils._onboarding.known import Known
from ansible_collections.gbz.zorgid.plugins.module_utils._onboarding.observed import (
    Certificate,
    DocumentSeen,
    Observed,
    Seen,
)
from ansible_collections.gbz.zorgid.plugins.module_utils._onboarding.runs import Host, RunPlan, decide
from ansible_collections.gbz.zorgid.plugins.module_utils._onboarding.style import Style
from ansible_collections.gbz.zorgid.tests.support.onboarding_support import (
    ALL_DONE,
    CONTENT,
    DIGEST,
    NOW,
    POLICY,
    THUMBPRINT,
    accounts,
    answer,
    days,
    known_until,
    portal,
    seen,
    with_step,
    with_words,
    word,
)

AMSTERDAM = Style(zone=zoneinfo.ZoneInfo("Europe/Amsterdam"), zone_name="Amsterdam")
Situation = tuple[str, Known, Observed]

BROKEN_KEY: Situation = (
    "De Brug",
    known_until("prepared"),
    seen(
        key=Seen.bad(
            "passphrase_wrong",
            "The private key cannot be opened",
            found="the passphrase does not fit key.pem",
            action="correct `passphrase` in zorgid_onboarding_certificate, or point key_path elsewhere",
        )
    ),
)
NOT_UNDERSTOOD: Situation = (
    "Het Anker",
    known_until("document_sent"),
    seen(answers=(answer("unknown", 2, problem="not_recognised"),)),
)
RENEWED: Situation = (
    "De Linde",
    known_until("application_confirmed"),
    seen(
        certificate=Seen.good(Certificate("9" * 64, NOW + datetime.timedelta(days=900))),
        document=Seen.good(DocumentSeen(DIGEST, THUMBPRINT, "certificate", CONTENT)),
    ),
)
CHANGES: Situation = (
    "Huisartsenpraktijk Zonneveld Noordwest",
    known_until("identity_activated"),
    seen(portal=Seen.good(portal(employees=accounts(5, 2, 2, operations={"linked": 3, "unlinked": 1})))),
)
CLICKS: Situation = (
    "Klik",
    known_until("identity_activated"),
    seen(portal=Seen.good(portal(by_click=True, employees=accounts(5, 2, 2, operations={"linked": 2})))),
)
HELD: Situation = ("Rust", with_words(known_until("document_sent"), word("hold")), seen())
FINE: Situation = ("Praktijk", known_until(ALL_DONE), seen(portal=Seen.good(portal())))
DEAD_HOST: Situation = (
    "Venster",
    known_until("document_sent"),
    seen(certificate=Seen.bad("windows_unreachable", "cert02.gbz.example does not answer", action="start it")),
)


def waits(name: str, ago: int) -> Situation:
    """For VZVZ's confirmation."""
    milestone = Milestone("application_confirmed", "waiting", days(ago).isoformat(), who="vzvz")
    return name, with_step(known_until("document_sent"), milestone), seen()


def run_of(situations: Sequence[Situation]) -> RunPlan:
    hosts = []
    for place, (name, known, observed) in enumerate(situations):
        host = f"org{place:03}"
        mine = dataclasses.replace(known, ura=f"{90000000 + place}", name=name, host=host)
        hosts.append(Host(dataclasses.replace(POLICY, host=host), mine, observed))
    return decide(hosts, NOW)
