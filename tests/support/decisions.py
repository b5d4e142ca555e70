# SPDX-FileCopyrightText: gbz.zorgid contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""How a row of the decision tables is written and tried: a dossier, what a run sees -> what it does and says."""

from __future__ import annotations

import dataclasses
import datetime
from typing import Any

from ansible_collections.gbz.zorgid.plugins.module_utils._onboarding.deciding import plan
from ansible_collections.gbz.zorgid.plugins.module_utils._onboarding.known import Known
from ansible_collections.gbz.zorgid.plugins.module_utils._onboarding.observed import (
    Certificate,
    DocumentSeen,
    Observed,
    Seen,
)
from ansible_collections.gbz.zorgid.plugins.module_utils._onboarding.plan import State
from ansible_collections.gbz.zorgid.plugins.module_utils._onboarding.policy import Policy
from ansible_collections.gbz.zorgid.plugins.module_utils._onboarding.steps import Effect, Need
from ansible_collections.gbz.zorgid.tests.support.onboarding_support import (
    CONTENT,
    DIGEST,
    NOW,
    POLICY,
    THUMBPRINT,
    known_until,
    seen,
)

A, S, M, F = Effect.SUBMIT_APPLICATION, Effect.SIGN_DOCUMENT, Effect.MAIL_DOCUMENT, Effect.SUBMIT_FOLLOW_UP
L, D = Effect.MAKE_LETTER, Effect.DESTROY_CODE
KA, KE = Effect.KEEP_ADMINISTRATORS, Effect.KEEP_EMPLOYEES
NEW = DocumentSeen(None, None, "new", CONTENT)
CHANGED = DocumentSeen(DIGEST, THUMBPRINT, "content", "d" * 64)
RENEWED = Seen.good(Certificate("9" * 64, NOW + datetime.timedelta(days=1000)))
SENT = known_until("document_sent")
FRESH = seen(document=Seen.good(NEW))


@dataclasses.dataclass(frozen=True)
class Row:
    """``states``: of the steps named. ``codes``: of the troubles, by step. ``note``: code of the organisation's."""

    name: str
    known: Known
    seen: Observed
    effects: tuple[Effect, ...] = ()
    states: dict[str, State] = dataclasses.field(default_factory=dict)
    codes: dict[str, str] = dataclasses.field(default_factory=dict)
    warns: dict[str, str] = dataclasses.field(default_factory=dict)
    policy: Policy = POLICY
    note: str | None = None
    remind: bool = True
    looks: frozenset[Need] = frozenset()


def bad(code: str) -> Seen[Any]:
    return Seen.bad(code, f"{code} it is", action="put it right")


def check(row: Row) -> None:
    found = plan(row.known, row.seen, row.policy, NOW)
    reported = {step.step: step for step in found.steps}
    assert found.effects == row.effects, {name: (step.state.value, step.because) for name, step in reported.items()}
    assert {name: reported[name].state for name in row.states} == row.states
    assert {name: step.trouble.code for name, step in reported.items() if step.trouble} == row.codes
    for name, code in row.warns.items():
        assert code in [one.code for one in reported[name].warnings]
    assert (found.note.code if found.note else None) == row.note
    assert found.remind is row.remind
    assert found.looks == row.looks
