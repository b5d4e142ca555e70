# SPDX-FileCopyrightText: gbz.zorgid contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""The table of steps: no row of it, and no need of an effect, can go without a decision of the table turning red."""

from __future__ import annotations

import dataclasses
from typing import Any

import pytest
from ansible_collections.gbz.zorgid.plugins.module_utils._dossier import model
from ansible_collections.gbz.zorgid.plugins.module_utils._onboarding import deciding
from ansible_collections.gbz.zorgid.plugins.module_utils._onboarding.known import Known
from ansible_collections.gbz.zorgid.plugins.module_utils._onboarding.observed import Look, Observed, Seen
from ansible_collections.gbz.zorgid.plugins.module_utils._onboarding.policy import TAGS
from ansible_collections.gbz.zorgid.plugins.module_utils._onboarding.steps import (
    NEEDS,
    STEP_OF,
    STEPS,
    TABLE,
    Effect,
    Need,
)
from ansible_collections.gbz.zorgid.tests.support.decision_rows import ROWS as ROAD
from ansible_collections.gbz.zorgid.tests.support.decisions import FRESH, Row, check
from ansible_collections.gbz.zorgid.tests.support.onboarding_support import (
    NOW,
    POLICY,
    accounts,
    answer,
    known_until,
    portal,
    seen,
)
from ansible_collections.gbz.zorgid.tests.support.word_rows import ROWS as WORDS

ROWS = [*ROAD, *WORDS]


def red(rows: list[Row] = ROWS) -> list[str]:
    """The names of the rows that are decided in another way than the table says."""
    found = []
    for row in rows:
        try:
            check(row)
        except (AssertionError, KeyError, StopIteration):
            found.append(row.name)
    return found


def test_the_table_is_green_as_it_stands() -> None:
    assert red() == []


@pytest.mark.heavy
@pytest.mark.parametrize("step", TABLE, ids=[step.name for step in TABLE])
def test_no_row_can_go(step: object, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(deciding, "TABLE", tuple(one for one in TABLE if one is not step))
    assert red()


#: Of each effect a situation in which it is planned, when all is seen good.
PLANNED: dict[Effect, tuple[Known, Observed]] = {
    Effect.SUBMIT_APPLICATION: (known_until(None), FRESH),
    Effect.SIGN_DOCUMENT: (known_until("application_submitted"), FRESH),
    Effect.MAIL_DOCUMENT: (known_until("document_signed"), seen()),
    Effect.SUBMIT_FOLLOW_UP: (known_until("application_confirmed"), seen(answers=(answer("follow_up_link"),))),
    Effect.MAKE_LETTER: (known_until("follow_up_submitted"), seen(answers=(answer("activation_qr"),))),
    Effect.KEEP_ADMINISTRATORS: (
        known_until("identity_activated"),
        seen(portal=Seen.good(portal(administrators=accounts(2, 1, 1, operations={"appoint": 1})))),
    ),
    Effect.KEEP_EMPLOYEES: (
        known_until("identity_activated"),
        seen(portal=Seen.good(portal(employees=accounts(2, 1, 1, operations={"register": 1})))),
    ),
}
EACH = [(effect, need) for effect in PLANNED for need in NEEDS[effect]]


@pytest.mark.parametrize(("effect", "need"), EACH, ids=[f"{effect}-{need}" for effect, need in EACH])
@pytest.mark.parametrize("how", ["bad", "not asked"])
def test_nothing_is_planned_before_what_it_needs_was_seen_good(effect: Effect, need: Need, how: str) -> None:
    """Invariant 5. A trouble is told exactly once, and what nobody looked at is asked for."""
    known, observed = PLANNED[effect]
    assert effect in deciding.plan(known, observed, POLICY, NOW).effects
    lack: Seen[Any] = Seen.bad("broken", "It is broken") if how == "bad" else Seen(Look.NOT_ASKED)
    found = deciding.plan(known, dataclasses.replace(observed, **{need.value: lack}), POLICY, NOW)
    assert effect not in found.effects
    if how == "bad":
        reported = [step.step for step in found.steps if step.trouble and step.trouble.code == "broken"]
        assert len(reported) == 1
    elif need in (Need.KEY, Need.SMTP, Need.APPLICATION_FORM, Need.FOLLOW_UP_FORM):
        assert need in found.looks


@pytest.mark.parametrize("effect", [Effect.KEEP_ADMINISTRATORS, Effect.KEEP_EMPLOYEES, Effect.MAKE_LETTER])
def test_what_an_effect_does_not_need_holds_it_not_back(effect: Effect) -> None:
    """Wrong decision 23: whoever left the practice leaves the portal today."""
    known, observed = PLANNED[effect]
    others = {need.value: Seen.bad("broken", "It is broken") for need in Need if need not in NEEDS[effect]}
    assert effect in deciding.plan(known, dataclasses.replace(observed, **others), POLICY, NOW).effects


def test_the_table_and_the_dossier_know_the_same_steps() -> None:
    assert tuple(STEPS) == model.STEPS
    assert {step.name for step in TABLE if step.event} == model.EVENTS
    assert {step.tag for step in TABLE} <= set(TAGS)
    for step in TABLE:
        # Whatever comes before stands before, so that it is decided before.
        assert set(step.after) <= set(list(STEPS)[: list(STEPS).index(step.name)])
    assert set(STEP_OF) == set(NEEDS) == set(Effect)
