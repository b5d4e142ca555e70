# SPDX-FileCopyrightText: gbz.zorgid contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""The playbook status shows what the dossier says, and plans nothing."""

from __future__ import annotations

import dataclasses

from ansible_collections.gbz.zorgid.plugins.module_utils._dossier.model import Milestone
from ansible_collections.gbz.zorgid.plugins.module_utils._onboarding.known import Known, Word
from ansible_collections.gbz.zorgid.plugins.module_utils._onboarding.observed import Trouble
from ansible_collections.gbz.zorgid.plugins.module_utils._onboarding.plan import State
from ansible_collections.gbz.zorgid.plugins.module_utils._onboarding.standing import recorded
from ansible_collections.gbz.zorgid.tests.support.onboarding_strategies import dossiers
from ansible_collections.gbz.zorgid.tests.support.onboarding_support import days, known_until
from hypothesis import given

WAITS = Milestone("document_sent", "waiting", days(4).isoformat(), who="technical_administrator", what="mail it")
FAILS = Milestone(
    "certificate_checked", "failed", days(1).isoformat(), error_code="certificate_expired", message="Over."
)


def test_each_state_is_told_as_it_was_recorded() -> None:
    known = known_until("document_signed")
    known = dataclasses.replace(known, steps={**known.steps, "document_sent": WAITS, "certificate_checked": FAILS})
    plan = recorded(known)
    reported = {step.step: step.state for step in plan.steps}
    assert reported["document_signed"] is State.DONE
    assert (reported["document_sent"], plan.step("document_sent").who) == (State.WAIT, "technical_administrator")
    assert plan.step("document_sent").since == days(4)
    assert plan.step("certificate_checked").trouble == Trouble("certificate_expired", "Over.")
    assert reported["application_confirmed"] is State.LATER
    assert plan.state is State.STOP


def test_one_that_the_dossier_does_not_know_has_the_inventory_s_name() -> None:
    plan = recorded(Known("90000101"), "De Linde")
    assert (plan.name, plan.state) == ("De Linde", State.LATER)


def test_a_held_one_and_one_that_cannot_be_believed_say_so() -> None:
    held = dataclasses.replace(known_until("prepared"), words=(Word("hold", days(2)),))
    assert (recorded(held).note or Trouble("", "")).code == "dossier_held"
    damaged = dataclasses.replace(held, unusable=Trouble("dossier_changed", "Changed"))
    assert (recorded(damaged).note or Trouble("", "")).code == "dossier_changed"


@given(dossiers())
def test_nothing_is_ever_done(known: Known) -> None:
    assert recorded(known).effects == ()
