# SPDX-FileCopyrightText: gbz.zorgid contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""What one task tells the next is what it saw: as JSON and back, nothing is lost and nothing else comes in."""

from __future__ import annotations

import datetime
import json
from typing import Any

import pytest
from ansible_collections.gbz.zorgid.plugins.module_utils._dossier.model import Milestone
from ansible_collections.gbz.zorgid.plugins.module_utils._onboarding.deciding import plan
from ansible_collections.gbz.zorgid.plugins.module_utils._onboarding.known import Known
from ansible_collections.gbz.zorgid.plugins.module_utils._onboarding.observed import Observed
from ansible_collections.gbz.zorgid.plugins.module_utils._onboarding.plan import Plan
from ansible_collections.gbz.zorgid.plugins.module_utils._onboarding.policy import Policy
from ansible_collections.gbz.zorgid.plugins.module_utils._onboarding.wire import pack, unpack
from ansible_collections.gbz.zorgid.tests.support.onboarding_strategies import dossiers, observations, policies
from ansible_collections.gbz.zorgid.tests.support.onboarding_support import NOW
from hypothesis import given


def there_and_back(kind: Any, value: Any) -> Any:
    return unpack(kind, json.loads(json.dumps(pack(value))))


@pytest.mark.heavy
@given(dossiers(), observations(), policies())
def test_nothing_is_lost_on_the_way(known: Known, observed: Observed, policy: Policy) -> None:
    made = plan(known, observed, policy, NOW)
    assert there_and_back(Known, known) == known
    assert there_and_back(Observed, observed) == observed
    assert there_and_back(Policy, policy) == policy
    assert there_and_back(Plan, made) == made


@pytest.mark.parametrize(
    "reported",
    [{"host": 1}, {"host": "a", "other": "b"}, {"host": "a", "proof_needed": "no"}, {"host": "a", "run_tags": 3}],
)
def test_what_is_no_policy_is_refused(reported: dict[str, Any]) -> None:
    with pytest.raises((TypeError, ValueError, KeyError)):
        unpack(Policy, reported)


def test_a_moment_keeps_its_zone() -> None:
    at = datetime.datetime(2026, 11, 26, 9, 0, tzinfo=datetime.timezone(datetime.timedelta(hours=1)))
    assert there_and_back(datetime.datetime, at) == at


def test_only_the_values_of_a_literal_are_taken() -> None:
    reported = pack(Milestone("prepared", "done"))
    assert unpack(Milestone, reported) == Milestone("prepared", "done")
    with pytest.raises(ValueError, match="waiting"):
        unpack(Milestone, {**reported, "state": "half done"})
