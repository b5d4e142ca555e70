# SPDX-FileCopyrightText: gbz.zorgid contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""The decision table: a dossier, what a run sees, what the variables say -> what the run does and says.

One row for each situation that the docs name. A row that was decided wrong once says in what way.
"""

from __future__ import annotations

import pytest
from ansible_collections.gbz.zorgid.plugins.module_utils._onboarding.deciding import plan
from ansible_collections.gbz.zorgid.plugins.module_utils._onboarding.plan import State
from ansible_collections.gbz.zorgid.plugins.module_utils._onboarding.steps import STEPS
from ansible_collections.gbz.zorgid.tests.support.decision_rows import ROWS
from ansible_collections.gbz.zorgid.tests.support.decisions import (
    Row,
    check,
)
from ansible_collections.gbz.zorgid.tests.support.onboarding_support import (
    NAME,
    NOW,
)


@pytest.mark.parametrize("row", ROWS, ids=[row.name for row in ROWS])
def test_the_decision(row: Row) -> None:
    check(row)


def test_every_name_of_a_row_is_its_own() -> None:
    assert len({row.name for row in ROWS}) == len(ROWS)
    assert NAME


def test_all_is_done_means_each_step() -> None:
    """Not said in the row: a row that names a step cannot show that another one needs it."""
    (row,) = (row for row in ROWS if row.name == "all is done")
    assert {one.step: one.state for one in plan(row.known, row.seen, row.policy, NOW).steps} == dict.fromkeys(
        STEPS, State.DONE
    )
