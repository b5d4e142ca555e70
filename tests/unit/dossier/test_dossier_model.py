# SPDX-FileCopyrightText: gbz.zorgid contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""What is a change, and what a step that is done does not do."""

from __future__ import annotations

import dataclasses

import pytest
from ansible_collections.gbz.zorgid.plugins.module_utils._common.errors import ZorgidError
from ansible_collections.gbz.zorgid.plugins.module_utils._dossier.checks import kept_evidence, moment_of
from ansible_collections.gbz.zorgid.plugins.module_utils._dossier.model import (
    EVENTS,
    STEPS,
    Attestation,
    Milestone,
    shown_milestone,
)
from ansible_collections.gbz.zorgid.plugins.module_utils._dossier.progress import settle

THEN, NOW = "2026-11-20T08:00:00+00:00", "2026-11-24T08:00:00+00:00"
PERSON = Attestation("Sanne Zwaluwstaart", THEN, "by hand")


def done(step, **more):
    return Milestone(step, "done", THEN, evidence={"reference": "A1"}, **more)


def waiting(step, who="employee", what="enrol"):
    return Milestone(step, "waiting", NOW, who=who, what=what)


def failed(step, code="certificate_expired"):
    return Milestone(step, "failed", NOW, error_code=code, message="It failed.")


def test_the_same_again_is_no_change_and_keeps_its_since():
    for wanted in (waiting("employees_active"), failed("employees_active"), done("prepared")):
        before = dataclasses.replace(wanted, since=THEN)
        assert settle(before, dataclasses.replace(wanted, since=NOW)) is before


def test_a_wait_is_as_old_as_it_was_when_only_its_text_changes():
    before = dataclasses.replace(waiting("employees_active", what="3 to go"), since=THEN)
    assert settle(before, waiting("employees_active", what="2 to go")).since == THEN
    assert settle(before, waiting("employees_active", who="portal_operator")).since == NOW
    assert settle(dataclasses.replace(failed("prepared"), since=THEN), failed("prepared", "key_absent")).since == NOW


@pytest.mark.parametrize("step", sorted(EVENTS))
def test_what_happened_once_does_not_wait_again(step):
    assert settle(done(step), waiting(step)) == done(step)
    assert settle(done(step), failed(step)).state == "failed"


@pytest.mark.parametrize("step", sorted(set(STEPS) - EVENTS))
def test_a_condition_may_end(step):
    assert settle(done(step), waiting(step)).state == "waiting"
    assert settle(done(step, attested=PERSON), waiting(step)) == done(step, attested=PERSON)
    assert settle(done(step, attested=PERSON), failed(step)).state == "failed"


def test_a_persons_word_that_it_happened_stands():
    known = done("application_submitted", attested=PERSON)
    assert settle(known, failed("application_submitted")) == known
    assert settle(known, Milestone("application_submitted", "done", NOW)) == known
    again = settle(known, Milestone("application_submitted", "done", NOW, evidence={"reference": "B2"}))
    assert (again.attested, again.evidence) == (PERSON, {"reference": "B2"})


def test_open_takes_everything_back():
    for step in STEPS:
        wanted = Milestone(step, "open", NOW)
        assert settle(done(step, attested=PERSON), wanted) == wanted


def test_evidence_stays_until_there_is_other():
    assert settle(done("document_sent"), failed("document_sent")).evidence == {"reference": "A1"}


def test_names_are_unreadable_in_changes_and_roles_are_not():
    step = "application_submitted"
    assert "Zwaluwstaart" not in str(shown_milestone(done(step, attested=PERSON)))
    role = done(step, attested=dataclasses.replace(PERSON, by="technical_administrator"))
    assert shown_milestone(role)["attested"]["by"] == "technical_administrator"


@pytest.mark.parametrize(
    ("wanted", "code"),
    [
        (Milestone("celebrated", "done"), "step_unknown"),
        (Milestone("prepared", "finished"), "state_unknown"),
        (Milestone("prepared", "waiting", who="employee"), "milestone_invalid"),
        (Milestone("prepared", "waiting", what="do it"), "milestone_invalid"),
        (Milestone("prepared", "failed", message="no"), "milestone_invalid"),
        (Milestone("prepared", "done", who="employee"), "milestone_invalid"),
        (Milestone("prepared", "open", error_code="x"), "milestone_invalid"),
        (Milestone("prepared", "waiting", who="employee\x00", what="do it"), "text_invalid"),
        (Milestone("prepared", "done", attested=Attestation("\udcff", THEN, "x")), "text_invalid"),
    ],
)
def test_what_cannot_be_recorded_is_refused_by_name(wanted, code):
    with pytest.raises(ZorgidError) as caught:
        settle(Milestone(wanted.step), wanted)
    assert caught.value.code == code


@pytest.mark.parametrize(
    ("text", "reported"),
    [
        ("2026-11-24", "2026-11-24T00:00:00+00:00"),
        ("2026-11-24T10:15:00+01:00", "2026-11-24T09:15:00+00:00"),
        ("2026-11-24T09:15:00Z", "2026-11-24T09:15:00+00:00"),
        ("2026-11-24 09:15:00.500+00:00", "2026-11-24T09:15:00+00:00"),
    ],
)
def test_times_become_utc(text, reported):
    assert moment_of(text, NOW) == reported


@pytest.mark.parametrize(
    ("text", "code"),
    [
        ("yesterday", "time_invalid"),
        ("2026-11-24T10:15:00", "time_invalid"),
        ("24-11-2026", "time_invalid"),
        ("2026-12-24", "time_in_future"),
    ],
)
def test_times_that_say_too_little_are_refused(text, code):
    with pytest.raises(ZorgidError) as caught:
        moment_of(text, NOW)
    assert caught.value.code == code


def test_evidence_must_be_plain():
    assert kept_evidence({"a": (1, 2)}) == {"a": [1, 2]}
    with pytest.raises(ZorgidError) as caught:
        kept_evidence({"a": object()})
    assert caught.value.code == "evidence_invalid"
