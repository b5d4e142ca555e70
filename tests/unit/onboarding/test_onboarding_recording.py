# SPDX-FileCopyrightText: gbz.zorgid contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""What is written down so that the dossier says what the plan says; and nothing the second time."""

from __future__ import annotations

import dataclasses
from typing import Any

import pytest
from ansible_collections.gbz.zorgid.plugins.module_utils._dossier.model import EVENTS, Attestation, Milestone
from ansible_collections.gbz.zorgid.plugins.module_utils._onboarding.deciding import plan
from ansible_collections.gbz.zorgid.plugins.module_utils._onboarding.known import Known
from ansible_collections.gbz.zorgid.plugins.module_utils._onboarding.observed import (
    ABSENT,
    Answer,
    Certificate,
    Look,
    Observed,
    Seen,
)
from ansible_collections.gbz.zorgid.plugins.module_utils._onboarding.plan import State
from ansible_collections.gbz.zorgid.plugins.module_utils._onboarding.policy import Policy
from ansible_collections.gbz.zorgid.plugins.module_utils._onboarding.recording import Record, records
from ansible_collections.gbz.zorgid.plugins.module_utils._onboarding.runs import Host, decide
from ansible_collections.gbz.zorgid.plugins.module_utils._report.texts import ASKS, ROLES
from ansible_collections.gbz.zorgid.tests.support.onboarding_strategies import situations
from ansible_collections.gbz.zorgid.tests.support.onboarding_support import (
    CONTENT,
    HOST,
    NAME,
    NOW,
    POLICY,
    THUMBPRINT,
    accounts,
    answer,
    days,
    done,
    known_until,
    portal,
    said,
    seen,
    submission,
    with_step,
    with_words,
    word,
)


def written(known: Known, wanted: tuple[Record, ...]) -> Known:
    """The dossier after these were recorded, by its own rules."""
    for one in wanted:
        current = known.step(one.step)
        after = one.over(known, current, NOW.isoformat())
        known = with_step(known, after)
        if one.step == "prepared" and one.state == "done" and one.evidence:
            reported = after.evidence
            known = dataclasses.replace(known, name=reported.get("name", known.name), host=reported.get("host"))
    return known


def wanted(known: Known, observed: Observed, policy: Policy = POLICY) -> dict[str, Record]:
    """By step; the last one where there are two."""
    return {one.step: one for one in records(known, plan(known, observed, policy, NOW))}


@pytest.mark.heavy
@situations
def test_written_down_and_planned_again_there_is_nothing_to_write(
    known: Known, observed: Observed, policy: Policy
) -> None:
    first = records(known, plan(known, observed, policy, NOW))
    after = written(known, first)
    again = plan(after, observed, policy, NOW)
    assert records(after, again) == (), first


@pytest.mark.heavy
@situations
def test_writing_down_leads_to_no_effect_that_was_not_planned(known: Known, observed: Observed, policy: Policy) -> None:
    before = plan(known, observed, policy, NOW)
    after = plan(written(known, records(known, before)), observed, policy, NOW)
    assert set(after.effects) <= set(before.effects)


@pytest.mark.heavy
@situations
def test_a_persons_word_that_it_happened_gives_way_to_a_mail_alone(
    known: Known, observed: Observed, policy: Policy
) -> None:
    for one in records(known, plan(known, observed, policy, NOW)):
        reported = known.step(one.step)
        if one.step in EVENTS and reported.state == "done" and reported.attested and one.state != "done":
            assert one.evidence_at, one


@pytest.mark.heavy
@situations
def test_the_board_can_ask_for_whatever_is_waited_for(known: Known, observed: Observed, policy: Policy) -> None:
    for one in plan(known, observed, policy, NOW).steps:
        if one.state in (State.WAIT, State.LOOK):
            assert (one.step, one.who) in ASKS


@pytest.mark.parametrize("asked", sorted(ASKS))
def test_the_board_asks_in_dutch(asked: tuple[str, str]) -> None:
    assert all(ASKS[asked])
    assert asked[1] in ROLES


def test_what_is_waited_for_is_written_with_who_and_what() -> None:
    known = known_until("document_sent")
    record = wanted(known, seen())["application_confirmed"]
    assert (record.state, record.who, record.what) == ("waiting", "vzvz", "assess the document and confirm it by mail")


def test_an_error_is_written_with_its_code_and_all_its_parts() -> None:
    trouble: Seen[Any] = Seen.bad("smtp_unreachable", "It cannot be reached.", "a server", "none", "start it")
    record = wanted(known_until("document_signed"), seen(smtp=trouble))["document_sent"]
    reported = "It cannot be reached. Expected: a server. Found: none. What to do: start it."
    assert (record.state, record.error_code, record.message) == ("failed", "smtp_unreachable", reported)


def test_a_confirmation_is_written_with_its_reference_and_moment() -> None:
    observed = seen(answers=(answer("document_confirmed", 2, reference="ZS-1"),))
    record = wanted(known_until("document_sent"), observed)["application_confirmed"]
    assert (record.state, record.evidence) == ("done", {"reference": "ZS-1"})
    assert record.evidence_at == days(2).isoformat(timespec="seconds")


def test_a_rejection_is_written_with_its_moment_and_an_earlier_word_gives_way() -> None:
    known = with_step(known_until("document_sent"), said("application_confirmed", 5))
    observed = seen(answers=(answer("document_rejected", 2),))
    record = wanted(known, observed)["application_confirmed"]
    assert (record.state, record.error_code) == ("failed", "document_rejected")
    assert written(known, (record,)).step("application_confirmed").state == "failed"


def test_whose_host_it_is_is_written_once() -> None:
    known = known_until("certificate_checked", host=None)
    record = wanted(known, seen())["prepared"]
    assert record.evidence == {"name": NAME, "host": HOST}
    assert "prepared" not in wanted(written(known, (record,)), seen())


def test_another_certificate_leaves_nothing_of_the_former_one() -> None:
    known = with_step(
        known_until("certificate_checked"), done("certificate_checked", thumbprint="9" * 64, hierarchy="G1")
    )
    other = Certificate(THUMBPRINT, days(-700), {"thumbprint": THUMBPRINT, "not_after": "2028"})
    record = wanted(known, seen(certificate=Seen.good(other)))["certificate_checked"]
    after = written(known, (record,)).step("certificate_checked")
    assert after.evidence == {"thumbprint": THUMBPRINT, "not_after": "2028"}


def test_what_the_dossier_knows_besides_of_the_same_certificate_stays() -> None:
    known = with_step(
        known_until("certificate_checked"), done("certificate_checked", thumbprint=THUMBPRINT, hierarchy="G4")
    )
    assert "certificate_checked" not in wanted(known, seen())


def test_what_is_described_in_the_signed_document_is_added() -> None:
    known = known_until("document_sent")
    bare = {name: value for name, value in known.step("document_signed").evidence.items() if name != "content"}
    known = with_step(known, done("document_signed", **bare))
    record = wanted(known, seen())["document_signed"]
    assert record.evidence == {**bare, "content": CONTENT}
    assert "document_signed" not in wanted(written(known, (record,)), seen())


def test_a_condition_that_ended_is_no_longer_green() -> None:
    known = known_until("employees_active")
    observed = seen(portal=Seen.good(portal(employees=accounts(2, 0, 0))))
    found = wanted(known, observed)
    assert (found["employees_registered"].state, found["employees_active"].state) == ("waiting", "open")


def test_what_nobody_could_look_at_stays_as_it_was_seen_last() -> None:
    known = known_until("employees_active")
    found = wanted(known, seen(portal=Seen.bad("portal_unreachable", "It cannot be reached")))
    assert found["administrators_registered"].state == "failed"
    assert "employees_registered" not in found
    assert "employees_active" not in found


def test_a_confirmation_of_an_earlier_document_is_taken_back() -> None:
    """The document was sent anew after it: the board waits for VZVZ again."""
    sent = {"sha256": "b" * 64, "sent_at": days(2).isoformat(), "message_id": "<second@gbz.example>"}
    known = with_step(known_until("application_confirmed"), done("document_sent", 2, **sent))
    mailed = submission("organisation_document", ago=2, documents_before=1)
    known = dataclasses.replace(known, submissions={**known.submissions, "organisation_document": mailed})
    reported = answer("document_confirmed", 9, seen_at=days(8.9))
    observed = seen(answers=(reported, answer("follow_up_link", 8, seen_at=days(7.9))))
    made = records(known, plan(known, observed, POLICY, NOW))
    assert [(one.state, one.who) for one in made if one.step == "application_confirmed"] == [
        ("open", None),
        ("waiting", "vzvz"),
    ]
    after = written(known, made)
    assert after.step("application_confirmed").state == "waiting"
    anew = dataclasses.replace(observed, answers=(*observed.answers, answer("document_confirmed", 1)))
    assert wanted(after, anew)["application_confirmed"].state == "done"


def test_a_failure_that_is_gone_is_not_shown_any_more() -> None:
    failed = Milestone(
        "document_sent", "failed", days(1).isoformat(), error_code="smtp_unreachable", message="It is gone."
    )
    known = with_step(known_until("application_submitted"), failed)
    observed = seen(key=Seen.bad("key_absent", "There is none"))
    assert wanted(known, observed)["document_sent"].state == "open"


def test_what_another_run_is_at_that_run_records() -> None:
    known = known_until(
        "certificate_checked", submissions={"application_form": submission("application_form", "elsewhere", 0)}
    )
    assert plan(known, seen(), POLICY, NOW).step("application_submitted").state is State.WAIT
    assert "application_submitted" not in wanted(known, seen())


def test_nothing_is_written_for_who_is_held_or_the_dossier_of_another_host() -> None:
    held = with_words(known_until("document_sent"), word("hold"))
    assert records(held, plan(held, seen(), POLICY, NOW)) == ()
    twin = Host(Policy("copied"), known_until("document_sent"), seen())
    run = decide([Host(POLICY, known_until("document_sent"), seen()), twin], NOW)
    assert records(twin.known, run.plans["copied"]) == ()
    assert records(twin.known, run.plans[HOST])


def test_a_later_word_that_took_a_step_back_stands_against_an_earlier_mail() -> None:
    known = with_words(known_until("document_sent"), word("undone", 1, "application_confirmed"))
    observed = seen(answers=(Answer("document_confirmed", days(5), "<a@vzvz.example>"),))
    assert "application_confirmed" not in wanted(known, observed)


def test_without_a_mail_server_a_person_mails_the_document() -> None:
    record = wanted(known_until("document_signed"), seen(smtp=ABSENT))["document_sent"]
    assert (record.state, record.who) == ("waiting", "technical_administrator")


def test_without_a_portal_the_employees_are_waited_for_once_somebody_said_that_they_are_registered() -> None:
    word = {"attested": Attestation("technical_administrator", days(1).isoformat(), "by hand")}
    known = known_until("administrators_registered")
    assert "employees_active" not in wanted(known, seen(portal=Seen(Look.ABSENT)))
    for name in ("administrators_registered", "employees_registered"):
        known = with_step(known, dataclasses.replace(done(name), **word))
    record = wanted(known, seen(portal=Seen(Look.ABSENT)))["employees_active"]
    assert (record.state, record.who) == ("waiting", "employees")


def test_the_next_containers_folder_is_no_news() -> None:
    def failing(folder: str) -> Observed:
        text = f"The list {folder}/hr/delinde.csv cannot be read"
        return dataclasses.replace(seen(), organisation=Seen.bad("file_missing", text, action=f"look into {folder}/hr"))

    before = known_until("prepared")
    known = written(before, records(before, plan(before, failing("/runner/a1"), POLICY, NOW)))
    reported = known.step("prepared").message
    assert reported == "The list delinde.csv cannot be read. What to do: look into hr."
    assert records(known, plan(known, failing("/runner/b2"), POLICY, NOW)) == ()
