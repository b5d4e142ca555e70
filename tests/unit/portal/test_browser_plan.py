# SPDX-FileCopyrightText: gbz.zorgid contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""What the plan and preflight say while nobody is logged in: whose login is needed, and never that nothing is to do."""

from __future__ import annotations

import dataclasses

import pytest
from ansible_collections.gbz.zorgid.plugins.module_utils._dossier.model import Milestone
from ansible_collections.gbz.zorgid.plugins.module_utils._onboarding import recording
from ansible_collections.gbz.zorgid.plugins.module_utils._onboarding.deciding import plan
from ansible_collections.gbz.zorgid.plugins.module_utils._onboarding.observed import Look, Seen
from ansible_collections.gbz.zorgid.plugins.module_utils._onboarding.plan import State
from ansible_collections.gbz.zorgid.plugins.module_utils._portal.browser_opening import kept_session
from ansible_collections.gbz.zorgid.plugins.module_utils._report.notices import ask
from ansible_collections.gbz.zorgid.plugins.plugin_utils._ansible.onboarding import arguments, portal_look
from ansible_collections.gbz.zorgid.plugins.plugin_utils._ansible.onboarding.shared import OncePerRun
from ansible_collections.gbz.zorgid.plugins.plugin_utils._ansible.preflight import line_portal
from ansible_collections.gbz.zorgid.tests.support.browser_site import OPERATOR, Site
from ansible_collections.gbz.zorgid.tests.support.dossier_key import KEY
from ansible_collections.gbz.zorgid.tests.support.intake_support import ORGANISATION
from ansible_collections.gbz.zorgid.tests.support.model_portal import MAP, PERSON, URA
from ansible_collections.gbz.zorgid.tests.support.onboarding_support import NOW, POLICY, done, known_until, seen
from ansible_collections.gbz.zorgid.tests.support.preflight_looking import found, variables

COMMAND = "let the person with external id HR-900 log in: ansible-playbook gbz.zorgid.portal_login -l linde"
STEPS = ("administrators_registered", "employees_registered", "employees_active")


def needed():
    return seen(portal=Seen.bad("portal_login_needed", "The portal wants a person to log in first", action=COMMAND))


@pytest.fixture
def site(tmp_path):
    return Site(tmp_path)


def given_of(site, **more):
    portal = {
        "driver": "browser",
        "map_path": str(site.map),
        "permission_path": str(site.permission),
        "permission_key_path": str(site.key),
        "person": OPERATOR,
        "people": {OPERATOR: PERSON},
        **more,
    }
    organised = {**ORGANISATION, "ura": URA}
    return variables(site.folder, organisation=organised, portal=portal, dossier_key=KEY)


def test_the_steps_of_the_portal_wait_for_the_person():
    made = plan(known_until("identity_activated"), needed(), POLICY, NOW)
    reported = {step.step: step for step in made.steps if step.step in STEPS}
    assert {(step.state, step.what, step.trouble) for step in reported.values()} == {(State.WAIT, COMMAND, None)}
    assert [reported[name].who for name in STEPS] == ["portal_administrator", "portal_operator", "portal_operator"]
    assert made.effects == ()


def test_the_person_is_asked_to_make_an_appointment_and_not_to_do_the_work():
    for step in STEPS:
        milestone = Milestone(step, "waiting", who="portal_operator", what=COMMAND)
        assert ask(milestone)[0] == "Spreek met ons af wanneer u inlogt op het ZORG-ID Portaal."
    other = Milestone("employees_registered", "waiting", who="portal_operator", what="complete the worklist")
    assert ask(other)[0].startswith("Registreer")


def test_before_somebody_can_log_in_that_comes_first():
    made = plan(known_until("document_sent"), needed(), POLICY, NOW)
    assert {step.state for step in made.steps if step.step in STEPS} == {State.LATER}


def test_what_an_earlier_session_proved_stays_recorded():
    known = known_until("identity_activated")
    steps = {**known.steps, **{name: done(name, accounts=2) for name in STEPS[:2]}}
    known = dataclasses.replace(known, steps=steps)
    made = plan(known, needed(), POLICY, NOW)
    assert {step.state for step in made.steps if step.step in STEPS} == {State.WAIT}
    recorded = {one.step: (one.state, one.what) for one in recording.records(known, made)}
    assert recorded == {"employees_active": ("waiting", COMMAND)}


def test_a_look_without_a_session_names_the_command_and_starts_no_browser(site):
    from ansible.module_utils.common.arg_spec import ArgumentSpecValidator
    from ansible_collections.gbz.zorgid.plugins.action.portal_accounts_info import ActionModule
    from ansible_collections.gbz.zorgid.plugins.plugin_utils._ansible.onboarding.arguments import given as without_none

    checked = ArgumentSpecValidator(ActionModule.SPEC.options).validate(without_none(arguments.portal(given_of(site))))
    assert not checked.error_messages
    found_here = portal_look.look(
        checked.validated_parameters,
        shared=OncePerRun(site.folder / "run"),
        administrators_list=[],
        employees=None,
        purge=False,
        store=None,
        host="linde",
    )
    assert (found_here.look, found_here.trouble.code) == (Look.BAD, "portal_login_needed")
    assert COMMAND in found_here.trouble.action


def preflight(site, given):
    return found(line_portal.look, given, OncePerRun(site.folder / "run"))


def test_preflight_reads_the_map_and_the_permission_and_says_who_logs_in(site):
    site.remember()
    (line,) = preflight(site, given_of(site))
    assert (line.standing.value, line.trouble) == ("waits", None)
    assert line.says == "browser: permission until 2099-12-31; HR-900 logs in: ansible-playbook gbz.zorgid.portal_login"
    assert not kept_session(site.access(keep_session=1).site(), MAP).path.exists()


def test_preflight_says_what_is_missing_or_wrong(site):
    (line,) = preflight(site, given_of(site, map_path=""))
    assert (line.standing.value, line.trouble.code) == ("look", "portal_not_configured")
    assert "map_path" in line.trouble.found
    (line,) = preflight(site, given_of(site))
    assert (line.standing.value, line.trouble.code) == ("look", "page_map_not_remembered")
    site.sign(until="2026-11-02")
    (line,) = preflight(site, given_of(site))
    assert (line.standing.value, line.trouble.code) == ("stop", "permission_invalid")
